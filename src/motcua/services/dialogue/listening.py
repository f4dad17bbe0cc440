"""What each type of question listens for in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from motcua.kernel import codes, phones, vietnamese
from motcua.services import values
from motcua.services.declaration import Option, Question, QuestionType

PlaceFinder = Callable[[str], Mapping[str, object] | None]
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


def phone_in(words: str, own_phone: str | None) -> object:
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


def day_in(words: str, today: date | None) -> object:
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


def place_in(text: str, find_place: PlaceFinder | None) -> object:
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


HEARERS: Mapping[QuestionType, Callable[[Question, str], object]] = {
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
TYPED: Mapping[QuestionType, Callable[[str], list[str]]] = {
    QuestionType.ACCOUNT_CODE: _accounts_in,
    QuestionType.PHONE: _phones_in,
    QuestionType.ID_NUMBER: _ids_in,
    QuestionType.EMAIL: _all(_EMAIL_LIKE),
}
