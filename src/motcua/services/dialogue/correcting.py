"""The wish to change an answer: which one, and to what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from motcua.kernel import vietnamese
from motcua.kernel.results import Problem
from motcua.services import forms
from motcua.services.declaration import Question, QuestionType, Service
from motcua.services.dialogue.hearing import parse_answer
from motcua.services.dialogue.listening import PlaceFinder
from motcua.services.forms import Answers

_CHANGE = re.compile(
    r"^(?:(?:cho|xin|toi|em|minh|anh|chi|muon|can|vui long|giup|please)\s+)*"
    r"(?:sua|doi|thay|thay doi|chinh|chinh sua|cap nhat|nhap lai|ghi lai|lam lai|change|correct|edit|fix)"
    r"(?:\s+(?:lai|giup|dum|ho))*\s+(?P<rest>.+)$"
)
_WRONG = re.compile(
    r"^(?P<rest>.+?)\s+(?:bi\s+)?(?:sai|nham|chua dung|khong dung|ko dung)(?:\s+(?:roi|r|a))*$"
)
_TO = re.compile(r"^(?:moi\s+)?(?:thanh|sang|la|to|bang|:)\s+")
_SHAPED = frozenset(
    {QuestionType.PHONE, QuestionType.EMAIL, QuestionType.ID_NUMBER, QuestionType.ACCOUNT_CODE}
)


@dataclass(frozen=True)
class Correction:
    """The wish to change an answer: which one, and the new value when it was said in the same breath."""

    question: Question
    value: object = None
    problem: Problem | None = None


def find_correction(
    service: Service,
    answers: Answers,
    text: str,
    *,
    at_summary: bool = False,
    today: date | None = None,
    find_place: PlaceFinder | None = None,
) -> Correction | None:
    """The wish to change an answer: "sửa số điện thoại", "đổi tên thành Hoa", "số điện thoại sai rồi".

    At the summary a bare number is the number of a line.
    """
    words = vietnamese.clean(text)
    key = vietnamese.search_key(words)
    if at_summary:
        numbered = _by_number(service, answers, key)
        if numbered is not None:
            return Correction(numbered)
    found = _CHANGE.match(key) or _WRONG.match(key)
    if found is None:
        return None
    named = _named_question(service, answers, found["rest"])
    if named is None:
        numbered = _by_number(
            service, answers, re.sub(r"^(?:cau|so|dong|muc|muc so|cau so)\s+", "", found["rest"])
        )
        return Correction(numbered) if numbered is not None else None
    question, after = named
    value_key = _TO.sub("", after)
    if not after:
        return Correction(question)
    if value_key == after:  # "sửa số điện thoại 0912 345 678": only a value that its shape betrays
        shown = parse_answer(question, _tail(words, len(after.split())), today=today, find_place=find_place)
        is_shaped = question.type in _SHAPED and shown.problem is None
        return Correction(question, shown.value if is_shaped else None)
    tail = _tail(words, len(value_key.split()))
    heard = parse_answer(question, tail, today=today, find_place=find_place)
    return Correction(question, heard.value, heard.problem)


def _by_number(service: Service, answers: Answers, key: str) -> Question | None:
    found = re.fullmatch(r"(?:(?:sua|doi|cau|so|dong|muc)\s+)*(\d{1,2})", key)
    if found is None:
        return None
    lines = forms.review(service, answers)
    number = int(found[1])
    return lines[number - 1].question if 1 <= number <= len(lines) else None


def _named_question(service: Service, answers: Answers, rest: str) -> tuple[Question, str] | None:
    """The question whose name begins the text (the longest name wins), and what follows it."""
    best: tuple[int, Question, str] | None = None
    for question in forms.visible_questions(service, answers):
        short = question.short_label
        for name in (short.vi, short.en, *question.synonyms):
            key = vietnamese.search_key(name)
            if key and (rest == key or rest.startswith(key + " ")) and (best is None or len(key) > best[0]):
                best = (len(key), question, rest[len(key) :].strip())
    return (best[1], best[2]) if best else None


def _tail(words: str, count: int) -> str:
    """The last folded words of a text, as they were written."""
    pieces = list(re.finditer(r"\S+", words))
    seen = 0
    for piece in reversed(pieces):
        seen += len(vietnamese.tokens(piece.group()))
        if seen >= count:
            return words[piece.start() :]
    return words
