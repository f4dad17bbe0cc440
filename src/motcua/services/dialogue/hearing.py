"""What a free text means as an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from motcua.kernel import vietnamese
from motcua.kernel.results import Problem
from motcua.services import forms, values
from motcua.services.declaration import Question, QuestionType, Service
from motcua.services.dialogue import listening
from motcua.services.dialogue.listening import PlaceFinder
from motcua.services.forms import Answers

_SKIPPING = frozenset(
    {
        "bo qua",
        "khong co",
        "ko co",
        "skip",
        "khong",
        "ko",
        "qua",
        "chua co",
        "khong nho",
        "khong biet",
        "de trong",
    }
)


@dataclass(frozen=True)
class Heard:
    """What an answer to the asked question means: a value, a problem in plain words, or the wish to skip."""

    value: object = None
    problem: Problem | None = None
    skipped: bool = False

    @property
    def is_good(self) -> bool:
        return self.value is not None


def parse_answer(
    question: Question,
    text: str,
    *,
    today: date | None = None,
    own_phone: str | None = None,
    find_place: PlaceFinder | None = None,
) -> Heard:
    """What a free text means as the answer to this question.

    `own_phone` is the number the person writes from, for "this very number"; `find_place` completes a place
    with the codes of its province and commune.
    """
    words = vietnamese.clean(text)
    key = vietnamese.search_key(words)
    if not key:
        return Heard(problem=forms.REQUIRED)
    if not question.required and question.type is not QuestionType.YES_NO and key in _SKIPPING:
        return Heard(skipped=True)
    hearer = listening.HEARERS.get(question.type)
    if hearer is not None:
        raw = hearer(question, words)
    elif question.type is QuestionType.PHONE:
        raw = listening.phone_in(words, own_phone)
    elif question.type is QuestionType.DATE:
        raw = listening.day_in(words, today)
    elif question.type is QuestionType.PLACE:
        raw = listening.place_in(text, find_place)
    else:
        raw = text
    found = values.read(question, raw)
    if found.value is None and found.problem is None:
        return Heard(problem=forms.REQUIRED)
    return Heard(value=found.value, problem=found.problem)


def hear_ahead(service: Service, answers: Answers, text: str, asked: str = "") -> dict[str, object]:
    """Typed values that a message gives ahead of their question: only into questions that are still empty.

    Telephone, identity number, account code and e-mail are known by their form; a name or a place is not.
    """
    clean = forms.validate(service, answers, partial=True).clean
    found: dict[str, object] = {}
    taken: list[str] = []
    for question in forms.visible_questions(service, answers):
        finder = listening.TYPED.get(question.type)
        if finder is None or question.name in clean or question.name == asked:
            continue
        for candidate in finder(text):
            read = values.read(question, candidate)
            digits = re.sub(r"\D", "", candidate)
            if read.value is not None and digits not in taken:
                found[question.name] = read.value
                taken.append(digits)
                break
    return found
