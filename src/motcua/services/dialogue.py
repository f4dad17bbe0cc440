"""The questions of a service as a conversation: what to ask next, what an answer means, what is corrected.

All pure: the caller keeps the answers and what was skipped. Nothing here knows a channel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from motcua.kernel import codes, phones, vietnamese
from motcua.kernel.results import Problem, gettext_noop
from motcua.services import forms, values
from motcua.services.declaration import Eligibility, Option, Question, QuestionType, Service, Text

Answers = Mapping[str, object]
PlaceFinder = Callable[[str], Mapping[str, object] | None]

SKIP = Text("Bỏ qua", "Skip")
_PAYLOAD = "f"

_YES = frozenset(
    [
        "co",
        "roi",
        "dung",
        "phai",
        "u",
        "uh",
        "uk",
        "um",
        "ok",
        "oki",
        "okie",
        "okay",
        "oke",
        "yes",
        "yep",
        "chuan",
        "dung roi",
        "dung r",
        "da co",
        "da phai",
        "da dung",
        "vang",
        "co roi",
        "co r",
        "chinh xac",
        "dong y",
        "duoc",
    ]
)
_NO = frozenset(
    [
        "khong",
        "ko",
        "k",
        "kg",
        "hong",
        "hok",
        "khg",
        "chua",
        "sai",
        "no",
        "nope",
        "sai roi",
        "sai r",
        "hong phai",
        "da khong",
        "da chua",
        "chang",
    ]
)
_NOT_KNOWING = re.compile(r"^(khong|ko|k|chua) (biet|ro|nho|chac)\b")
_SHORT = {
    "ko": "khong",
    "kg": "khong",
    "hok": "khong",
    "hong": "khong",
    "dc": "duoc",
    "r": "roi",
    "bt": "biet",
}
_POLITE = frozenset(
    [
        "a",
        "ah",
        "ạ",
        "da",
        "dạ",
        "nhe",
        "nha",
        "nhé",
        "oi",
        "em",
        "anh",
        "chi",
        "c",
        "minh",
        "toi",
        "admin",
        "ad",
        "shop",
    ]
)
_CORRECTIONS = (
    "a khong",
    "y toi la",
    "a nham",
    "a dau",
    "a thoi",
    "chinh xac la",
    "phai la",
    "a quen",
    "a lon",
    "moi dung",
    "doi sang",
    "sua lai",
    "sua thanh",
    "nham",
    "lon roi",
    "ma la",
)
_CHANGE = re.compile(
    r"^(?:(?:cho|xin|toi|em|minh|anh|chi|muon|can|vui long|giup|please)\s+)*"
    r"(?:sua|doi|thay|thay doi|chinh|chinh sua|cap nhat|nhap lai|ghi lai|lam lai|change|correct|edit|fix)"
    r"(?:\s+(?:lai|giup|dum|ho))*\s+(?P<rest>.+)$"
)
_WRONG = re.compile(
    r"^(?P<rest>.+?)\s+(?:bi\s+)?(?:sai|nham|chua dung|khong dung|ko dung)(?:\s+(?:roi|r|a))*$"
)
_TO = re.compile(r"^(?:moi\s+)?(?:thanh|sang|la|to|bang|:)\s+")
_NAME_BEFORE = re.compile(
    r"^(?:(?:dạ|da|vâng|vang)[\s,]+)?(?:(?:họ\s+(?:và\s+)?tên|ho\s+(?:va\s+)?ten|tên|ten|my name is|i am)\s*"
    r"(?:của|cua)?\s*(?:tôi|toi|em|mình|minh|anh|chị|chi|cháu|chau|khách hàng|khach hang)?\s*(?:là|la|:)?\s+"
    r"|(?:tôi|toi|em|mình|minh|cháu|chau)\s+(?:tên\s+là|ten\s+la|tên|ten|là|la)\s+)",
    re.IGNORECASE,
)
_PHONE_LIKE = re.compile(r"(?<![\w])(?:\+84|0084|84|0)[\d\s.\-()]{8,15}\d(?![\w])")
_ID_LIKE = re.compile(r"(?<![\w])\d(?:[\s.]?\d){8,11}(?![\w])")
_ACCOUNT_LIKE = re.compile(r"(?<![A-Za-z0-9])[Pp][A-Za-z](?:[\s.\-]?[A-Za-z0-9]){11}(?![A-Za-z0-9])")
_EMAIL_LIKE = re.compile(r"[A-Za-z0-9_.+%-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}")
_NUMBER_LIKE = re.compile(r"\d[\d.,]*")
_WEEKDAYS = {
    "hai": 0,
    "ba": 1,
    "tu": 2,
    "nam": 3,
    "sau": 4,
    "bay": 5,
    "2": 0,
    "3": 1,
    "4": 2,
    "5": 3,
    "6": 4,
    "7": 5,
}
_THIS_NUMBER = frozenset(
    {
        "so nay",
        "so dien thoai nay",
        "chinh so nay",
        "so dang nhan",
        "so dang goi",
        "this number",
        "dung so nay",
    }
)
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
class Button:
    """Something to tap. The payload says which version of which form it belongs to, for late taps."""

    label: str
    payload: str


@dataclass(frozen=True)
class Ask:
    """The next thing to say: one question, with how far we are."""

    question: Question
    text: str
    buttons: tuple[Button, ...]
    number: int
    of: int
    may_skip: bool

    @property
    def progress(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True)
class Heard:
    """What an answer to the asked question means: a value, a problem in plain words, or the wish to skip."""

    value: object = None
    problem: Problem | None = None
    skipped: bool = False

    @property
    def is_good(self) -> bool:
        return self.value is not None


@dataclass(frozen=True)
class Correction:
    """The wish to change an answer: which one, and the new value when it was said in the same breath."""

    question: Question
    value: object = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Tap:
    """A tapped button, read back."""

    service_code: str
    version: int
    question: str
    value: str

    @property
    def is_skip(self) -> bool:
        return not self.value


# asking


def chat_questions(service: Service, answers: Answers) -> tuple[Question, ...]:
    """What the chat asks, given the answers so far."""
    return tuple(question for question in forms.visible_questions(service, answers) if question.ask_in_chat)


def next_question(
    service: Service, answers: Answers, *, skipped: Collection[str] = (), lang: str = "vi"
) -> Ask | None:
    """The next question still open; None when the summary is due, or when `find_refusal` has a refusal."""
    if find_refusal(service, answers) is not None:
        return None
    asked = chat_questions(service, answers)
    clean = forms.validate(service, answers, lang, partial=True).clean
    for number, question in enumerate(asked, start=1):
        passed = question.name in skipped and not question.required
        if question.name not in clean and not passed:
            return ask(service, question, number=number, of=len(asked), lang=lang)
    return None


def ask(service: Service, question: Question, *, number: int, of: int, lang: str = "vi") -> Ask:
    """A question in words and buttons, whatever its turn: for asking again, and for corrections."""
    lines = [question.label.get(lang)]
    if question.help:
        lines.append(question.help.get(lang))
    if question.example and question.type not in (QuestionType.CHOICE, QuestionType.YES_NO):
        lines.append(("E.g. " if lang.startswith("en") else "Ví dụ: ") + question.example)
    return Ask(
        question=question,
        text="\n".join(lines),
        buttons=list_buttons(service, question, lang),
        number=number,
        of=of,
        may_skip=not question.required,
    )


def ask_by_name(service: Service, answers: Answers, name: str, lang: str = "vi") -> Ask:
    """One question by name, with its place among those asked."""
    asked = [question.name for question in chat_questions(service, answers)]
    number = asked.index(name) + 1 if name in asked else len(asked)
    return ask(service, service.question(name), number=number, of=len(asked), lang=lang)


def list_buttons(service: Service, question: Question, lang: str = "vi") -> tuple[Button, ...]:
    found = []
    if question.type is QuestionType.YES_NO:
        found = [
            Button(values.YES.get(lang), payload(service, question, "true")),
            Button(values.NO.get(lang), payload(service, question, "false")),
        ]
    elif question.type in (QuestionType.CHOICE, QuestionType.MULTI):
        found = [
            Button(option.label.get(lang), payload(service, question, option.value))
            for option in question.options
        ]
    if not question.required:
        found.append(Button(SKIP.get(lang), payload(service, question, "")))
    return tuple(found)


def find_refusal(service: Service, answers: Answers) -> Eligibility | None:
    """The first rule that makes the service impossible for this customer, to be said at once."""
    refusals = forms.list_refusals(service, forms.validate(service, answers, partial=True).clean)
    return refusals[0] if refusals else None


def summary(service: Service, answers: Answers, lang: str = "vi") -> tuple[str, ...]:
    """The answers before sending, each with a number by which it can be corrected."""
    return tuple(
        f"{line.number}. {line.label.get(lang)}: {line.shown}"
        for line in forms.review(service, answers, lang)
    )


# taps


def payload(service: Service, question: Question, value: str) -> str:
    return ":".join((_PAYLOAD, service.code, str(service.version), question.name, value))


def read_payload(text: str) -> Tap | None:
    """A button's payload; None when it is none of a form. An empty value means skip."""
    parts = text.split(":", 4)
    if len(parts) != 5 or parts[0] != _PAYLOAD or not parts[2].isascii() or not parts[2].isdigit():
        return None
    return Tap(parts[1], int(parts[2]), parts[3], parts[4])


def hear_tap(service: Service, tap: Tap) -> tuple[Question, Heard] | None:
    """What a tap means to this service; None when its question or value is no longer there.

    A button of an older version counts as long as the question still offers its value.
    """
    question = next((q for q in service.questions if q.name == tap.question), None)
    if tap.service_code != service.code or question is None:
        return None
    if tap.is_skip:
        return (question, Heard(skipped=True)) if not question.required else None
    found = values.read(question, tap.value)
    return (question, Heard(value=found.value)) if found.value is not None else None


# hearing


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
    hearer = _HEARERS.get(question.type)
    if hearer is not None:
        raw = hearer(question, words)
    elif question.type is QuestionType.PHONE:
        raw = _phone(words, own_phone)
    elif question.type is QuestionType.DATE:
        raw = _day(words, today)
    elif question.type is QuestionType.PLACE:
        raw = _place(text, find_place)
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
        finder = _TYPED.get(question.type)
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


_SHAPED = frozenset(
    {QuestionType.PHONE, QuestionType.EMAIL, QuestionType.ID_NUMBER, QuestionType.ACCOUNT_CODE}
)


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


# what each type listens for


def _last_after_cue(text: str, candidates: list[str]) -> str | None:
    """Of several values the first, or the last when a word of correction stands between or behind them."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    key = f" {vietnamese.search_key(text)} "
    return candidates[-1] if any(f" {cue} " in key for cue in _CORRECTIONS) else candidates[0]


def _all(pattern: re.Pattern[str]) -> Callable[[str], list[str]]:
    return lambda text: [found.group().strip() for found in pattern.finditer(text)]


def _phones_in(text: str) -> list[str]:
    return [found for found in _all(_PHONE_LIKE)(text) if phones.normalise(found)]


def _ids_in(text: str) -> list[str]:
    found = (re.sub(r"\D", "", piece) for piece in _all(_ID_LIKE)(text))
    return [digits for digits in found if re.fullmatch(values.ID_NUMBER, digits)]


def _accounts_in(text: str) -> list[str]:
    found = (codes.clean_account_code(piece) for piece in _all(_ACCOUNT_LIKE)(text))
    return [code for code in found if code[6:].translate(str.maketrans("OIL", "011")).isdigit()]


def _phone(words: str, own_phone: str | None) -> object:
    if own_phone and vietnamese.search_key(words) in _THIS_NUMBER:
        return own_phone
    return _last_after_cue(words, _phones_in(words)) or words


def _id_number(question: Question, words: str) -> object:
    return _last_after_cue(words, _ids_in(words)) or words


def _account_code(question: Question, words: str) -> object:
    return _last_after_cue(words, _accounts_in(words)) or words


def _email(question: Question, words: str) -> object:
    return _last_after_cue(words, _all(_EMAIL_LIKE)(words)) or words


def _name(question: Question, words: str) -> object:
    return _NAME_BEFORE.sub("", words).strip(" .,:;-") or words


def _number(question: Question, words: str) -> object:
    found = values.read(question, words)
    if found.value is not None:
        return words
    numbers = [number.rstrip(".,") for number in _all(_NUMBER_LIKE)(words)]
    return _last_after_cue(words, numbers) or words


def _yes_no(question: Question, words: str) -> object:
    key = " ".join(word for word in vietnamese.tokens(words) if word not in _POLITE)
    if _NOT_KNOWING.match(key):
        return words
    if key in _NO or (key.split() and key.split()[0] in ("khong", "chua", "ko", "no")):
        return False
    if key in _YES or (key.split() and key.split()[0] in ("co", "roi", "yes", "dung")):
        return True
    if key.endswith((" roi", " r")):
        return True
    return words


def _choice(question: Question, words: str) -> object:
    """An option by number, label, other words for it, or the only one that is like the text."""
    key = " ".join(_SHORT.get(word, word) for word in vietnamese.tokens(words))
    if key.isdigit() and 1 <= int(key) <= len(question.options) and not _says(question.options, key):
        return question.options[int(key) - 1].value
    exact = [option for option in question.options if key in _names(option)]
    if len(exact) == 1:
        return exact[0].value
    padded = f" {key} "
    within = [
        (max(len(name) for name in _names(option) if f" {name} " in padded), option)
        for option in question.options
        if any(f" {name} " in padded for name in _names(option))
    ]
    within.sort(key=lambda pair: -pair[0])
    if within and (len(within) == 1 or within[0][0] > within[1][0]):
        return within[0][1].value
    scored = sorted(
        (
            (max(vietnamese.similarity(key, name) for name in _names(option)), option)
            for option in question.options
        ),
        key=lambda pair: -pair[0],
    )
    if scored[0][0] >= 0.5 and scored[0][0] - scored[1][0] >= 0.15:
        return scored[0][1].value
    return words


def _multi(question: Question, words: str) -> object:
    """Several options; an "và" parts them, unless it stands in the name of one ("họ và tên")."""
    pieces: list[str] = []
    for part in re.split(r"[,;\n]", words):
        is_one = any(" ".join(vietnamese.tokens(part)) in _names(option) for option in question.options)
        pieces += [part] if is_one else re.split(r"\bvà\b|\bva\b|\band\b", part)
    return [str(_choice(question, piece)) for piece in pieces if piece.strip()]


def _names(option: Option) -> list[str]:
    written = (option.label.vi, option.label.en, *option.synonyms)
    return [key for name in written if (key := vietnamese.search_key(name))]


def _says(options: tuple[Option, ...], key: str) -> bool:
    return any(key in _names(option) for option in options)


def _day(words: str, today: date | None) -> object:
    key = vietnamese.search_key(words)
    if today is not None:
        days = {
            "hom nay": 0,
            "today": 0,
            "ngay mai": 1,
            "mai": 1,
            "tomorrow": 1,
            "ngay kia": 2,
            "mot": 2,
            "hom qua": -1,
        }
        for name, ahead in days.items():
            if key == name:
                return (today + timedelta(days=ahead)).isoformat()
        weekday = re.search(r"\bthu (hai|ba|tu|nam|sau|bay|[2-7])\b", key)
        wanted = _WEEKDAYS[weekday[1]] if weekday else 6 if re.search(r"\b(chu nhat|cn)\b", key) else None
        if wanted is not None:
            ahead = (wanted - today.weekday()) % 7
            later = 7 if "tuan sau" in key and ahead + today.weekday() < 7 else 0
            return (today + timedelta(days=ahead + later)).isoformat()
    found = re.search(
        r"(\d{1,2})\s*(?:[/.\-]|thang)\s*(\d{1,2})(?:\s*(?:[/.\-]|nam)\s*(\d{4}))?", vietnamese.fold(words)
    )
    if found is None:
        return words
    year = int(found[3]) if found[3] else (today.year if today else 0)
    try:
        day = date(year, int(found[2]), int(found[1]))
    except ValueError:
        return words
    if not found[3] and today is not None and day < today - timedelta(days=180):
        day = day.replace(year=year + 1)
    return day.isoformat()


def _place(text: str, find_place: PlaceFinder | None) -> object:
    words = re.sub(
        r"^(?:tôi\s+|em\s+|mình\s+)?(?:ở|nhà ở|địa chỉ(?: là)?|tại)\s*:?\s+",
        "",
        vietnamese.clean(text),
        flags=re.I,
    )
    known = find_place(words) if find_place is not None else None
    accounts = _accounts_in(words)
    place: dict[str, object] = {**(known or {}), "text": words}
    if accounts and "neighbour_account_code" not in place:
        place["neighbour_account_code"] = accounts[0]
    return place


_HEARERS: Mapping[QuestionType, Callable[[Question, str], object]] = {
    QuestionType.PERSON_NAME: _name,
    QuestionType.ID_NUMBER: _id_number,
    QuestionType.ACCOUNT_CODE: _account_code,
    QuestionType.EMAIL: _email,
    QuestionType.INTEGER: _number,
    QuestionType.DECIMAL: _number,
    QuestionType.YES_NO: _yes_no,
    QuestionType.CHOICE: _choice,
    QuestionType.MULTI: _multi,
}
_TYPED: Mapping[QuestionType, Callable[[str], list[str]]] = {
    QuestionType.ACCOUNT_CODE: _accounts_in,
    QuestionType.PHONE: _phones_in,
    QuestionType.ID_NUMBER: _ids_in,
    QuestionType.EMAIL: _all(_EMAIL_LIKE),
}


# when an answer is not understood


AGAIN = (
    gettext_noop("Tôi chưa hiểu câu trả lời. %(reason)s"),
    gettext_noop("Tôi vẫn chưa hiểu. %(reason)s Anh/chị có thể bấm một nút bên dưới hoặc gõ “bỏ qua”."),
    gettext_noop("Để không làm mất thời gian của anh/chị, tôi chuyển cuộc trò chuyện cho nhân viên."),
)


@dataclass(frozen=True)
class Again:
    """How to ask again: the words, and whether a person should take over."""

    problem: Problem
    hand_over: bool


def ask_again(problem: Problem, tries: int) -> Again:
    """After the first failure the reason, after the second a way round, after the third a person."""
    at = min(max(tries, 1), len(AGAIN))
    return Again(
        Problem("NOT_UNDERSTOOD", AGAIN[at - 1], {"reason": str(problem)}), hand_over=at == len(AGAIN)
    )
