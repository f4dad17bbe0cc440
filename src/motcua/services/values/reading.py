"""From what a person typed or tapped to the value that is stored, or to what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from motcua.kernel import codes, money, phones, vietnamese
from motcua.kernel.results import Problem, gettext_noop
from motcua.services.declaration import PLACE_PARTS, Question, QuestionType, Text
from motcua.services.values.dates import as_day, as_moment
from motcua.services.values.limits import (
    EMAIL,
    EMAIL_LENGTH,
    ID_NUMBER,
    LATITUDES,
    LONGITUDES,
    PLACE_PART_LENGTH,
    PLACE_TEXT_LENGTH,
    limit_of,
)
from motcua.services.values.showing import place_text, show_number

_GROUPED = re.compile(r"^-?\d{1,3}([.,\s]\d{3})+$")
_PLAIN = re.compile(r"^-?\d+$")
_YES_WORDS = frozenset({"true", "yes", "y", "1", "on", "co", "dung", "phai"})
_NO_WORDS = frozenset({"false", "no", "n", "0", "off", "khong", "sai"})


class Read(NamedTuple):
    """A value, or the problem that prevented it. Neither means that nothing was answered."""

    value: object = None
    problem: Problem | None = None


def _problem(code: str, message: str, **facts: object) -> Read:
    return Read(None, Problem(code, message, facts))


def read(question: Question, raw: object) -> Read:
    """The value to store for a raw answer, or what is wrong with it in plain words."""
    if is_empty(raw):
        return Read()
    return _READERS[question.type](question, raw)


def is_empty(raw: object) -> bool:
    """Nothing was answered: nothing, blanks, an empty list, a place without any part."""
    if raw is None:
        return True
    if isinstance(raw, str):
        return not vietnamese.clean(raw)
    if isinstance(raw, Mapping):
        return all(is_empty(part) for part in raw.values())
    if isinstance(raw, list | tuple):
        return all(is_empty(item) for item in raw)
    return False


def _words(raw: object) -> str | None:
    return vietnamese.clean(raw) if isinstance(raw, str) else None


def _not_text() -> Read:
    return _problem("NOT_TEXT", gettext_noop("Vui lòng trả lời bằng chữ."))


def _read_text(question: Question, raw: object) -> Read:
    words = _words(raw)
    if words is None:
        return _not_text()
    if len(words) > limit_of(question):
        return _too_long(words, limit_of(question))
    if question.pattern and not re.fullmatch(question.pattern, words):
        return _problem(
            "FORMAT",
            gettext_noop("Nội dung chưa đúng dạng. Ví dụ: %(example)s"),
            example=question.example or "10",
        )
    return Read(words)


def _too_long(words: str, limit: int) -> Read:
    return _problem(
        "TOO_LONG",
        gettext_noop("Nội dung dài %(length)s ký tự, nhiều nhất là %(limit)s. Vui lòng viết ngắn lại."),
        length=len(words),
        limit=limit,
    )


def _read_long_text(question: Question, raw: object) -> Read:
    if not isinstance(raw, str):
        return _not_text()
    lines = (vietnamese.clean(line) for line in re.split(r"\r\n|\r|\n|\u2028|\u2029", raw))
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _too_long(words, limit_of(question)) if len(words) > limit_of(question) else Read(words)


def _read_name(question: Question, raw: object) -> Read:
    words = _words(raw)
    if words is None:
        return _not_text()
    if len(words) > limit_of(question):
        return _too_long(words, limit_of(question))
    if any(letter.isdigit() for letter in words):
        return _problem("NAME_DIGITS", gettext_noop("Họ tên không có chữ số. Ví dụ: Nguyễn Thị Hoa"))
    if sum(letter.isalpha() for letter in words) < 2 or re.search(r"[<>{}@#$%^*=_|\\/\[\]~]", words):
        return _problem("NAME", gettext_noop("Vui lòng ghi họ tên đầy đủ. Ví dụ: Nguyễn Thị Hoa"))
    one_case = words.isupper() or words.islower()
    return Read(vietnamese.titlecase_name(words) if one_case else words)


def _read_phone(question: Question, raw: object) -> Read:
    number = phones.normalise(raw) if isinstance(raw, str) else None
    if number is None:
        return _problem(
            "PHONE", gettext_noop("Số điện thoại chưa đúng. Số di động có 10 chữ số, ví dụ: 0901 234 567")
        )
    return Read(number)


def _read_email(question: Question, raw: object) -> Read:
    words = _words(raw) or ""
    name, _, host = words.rpartition("@")
    address = f"{name}@{host.lower()}"
    if len(address) > EMAIL_LENGTH or not re.fullmatch(EMAIL, address):
        return _problem("EMAIL", gettext_noop("Địa chỉ email chưa đúng. Ví dụ: hoa.nguyen@gmail.com"))
    return Read(address)


def _read_id_number(question: Question, raw: object) -> Read:
    digits = re.sub(r"[\s.\-]", "", raw) if isinstance(raw, str) else ""
    if not digits.isascii() or not digits.isdigit():
        return _problem(
            "ID_NUMBER", gettext_noop("Số căn cước chỉ gồm chữ số: 12 số, hoặc 9 số nếu là loại cũ.")
        )
    if len(digits) not in (9, 12):
        return _problem(
            "ID_NUMBER_LENGTH",
            gettext_noop("Số căn cước có 12 chữ số (loại cũ có 9), anh/chị ghi %(length)s chữ số."),
            length=len(digits),
        )
    if not re.fullmatch(ID_NUMBER, digits):
        return _problem("ID_NUMBER", gettext_noop("Số căn cước chưa đúng. Vui lòng xem lại từng chữ số."))
    return Read(digits)


def _read_integer(question: Question, raw: object) -> Read:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return _in_range(question, Decimal(raw))
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return _in_range(question, Decimal(int(raw)))
    words = _words(raw) or ""
    if question.unit == "đ" and (amount := money.parse_vnd(words)) is not None:
        return _in_range(question, Decimal(amount))
    if len(words) <= 24 and (_PLAIN.match(words) or _GROUPED.match(words)) and words.isascii():
        return _in_range(question, Decimal(re.sub(r"[.,\s]", "", words)))
    return _problem(
        "INTEGER",
        gettext_noop("Vui lòng ghi một số nguyên. Ví dụ: %(example)s"),
        example=question.example or "10",
    )


def _read_decimal(question: Question, raw: object) -> Read:
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        number = Decimal(str(raw))
        return _in_range(question, number) if number.is_finite() else _no_number(question)
    words = _words(raw) or ""
    if question.unit and words.lower().endswith(question.unit.lower()):
        words = words[: -len(question.unit)].strip()
    if not words.isascii() or len(words) > 24:
        return _no_number(question)
    if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", words):
        return _problem(
            "AMBIGUOUS",
            gettext_noop("Số này có thể hiểu hai cách. Vui lòng viết %(whole)s hoặc %(fraction)s."),
            whole=words.replace(".", ""),
            fraction=words.replace(".", ","),
        )
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", words):
        words = words.replace(".", "")
    try:
        number = Decimal(words.replace(",", ".", 1))
    except InvalidOperation:
        return _no_number(question)
    return _in_range(question, number) if number.is_finite() else _no_number(question)


def _no_number(question: Question) -> Read:
    return _problem(
        "NUMBER", gettext_noop("Vui lòng ghi một số. Ví dụ: %(example)s"), example=question.example or "10"
    )


def _in_range(question: Question, number: Decimal) -> Read:
    if question.min is not None and number < question.min:
        return _problem(
            "TOO_SMALL",
            gettext_noop("Nhỏ nhất là %(min)s %(unit)s."),
            min=show_number(question.min),
            unit=question.unit,
        )
    if question.max is not None and number > question.max:
        return _problem(
            "TOO_LARGE",
            gettext_noop("Lớn nhất là %(max)s %(unit)s."),
            max=show_number(question.max),
            unit=question.unit,
        )
    if abs(number) >= 2**53:
        return _no_number(question)
    whole = number == number.to_integral_value()
    if not whole and question.type is QuestionType.INTEGER:
        return _problem("INTEGER", gettext_noop("Vui lòng ghi một số nguyên."))
    return Read(int(number) if whole else float(number))


def _read_choice(question: Question, raw: object) -> Read:
    option = question.option(raw)
    return Read(option.value) if option else _no_option(question)


def _no_option(question: Question) -> Read:
    return _problem("NO_OPTION", gettext_noop("Vui lòng chọn một trong các câu trả lời có sẵn."))


def _read_multi(question: Question, raw: object) -> Read:
    chosen = [raw] if isinstance(raw, str) else raw
    if not isinstance(chosen, list | tuple) or any(question.option(value) is None for value in chosen):
        return _no_option(question)
    return Read([option.value for option in question.options if option.value in chosen])


def _read_yes_no(question: Question, raw: object) -> Read:
    if isinstance(raw, bool):
        return Read(raw)
    word = vietnamese.search_key(raw) if isinstance(raw, str) else ""
    if word in _YES_WORDS or word in _NO_WORDS:
        return Read(word in _YES_WORDS)
    return _problem("YES_NO", gettext_noop("Vui lòng trả lời Có hoặc Không."))


def _read_date(question: Question, raw: object) -> Read:
    day = as_day(raw)
    if day is None or not 1900 <= day.year <= 2200:
        return _problem("DATE", gettext_noop("Ngày chưa đúng. Viết ngày, tháng, năm, ví dụ: 24/11/2026"))
    return Read(day.isoformat())


def _read_moment(question: Question, raw: object) -> Read:
    moment = as_moment(raw)
    if moment is None or not 1900 <= moment.year <= 2200:
        return _problem(
            "MOMENT", gettext_noop("Thời điểm chưa đúng. Viết ngày và giờ, ví dụ: 24/11/2026 10:30")
        )
    return Read(moment.replace(second=0, microsecond=0).isoformat(timespec="minutes"))


def _read_account_code(question: Question, raw: object) -> Read:
    code = codes.clean_account_code(raw) if isinstance(raw, str) else ""
    if len(code) == 13 and not codes.is_account_code(code):
        code = code[:6] + code[6:].replace("O", "0").replace("I", "1").replace("L", "1")
    if codes.is_account_code(code):
        return Read(code)
    if len(code) != 13:
        return _problem(
            "ACCOUNT_CODE_LENGTH",
            gettext_noop("Mã khách hàng có 13 ký tự, anh/chị ghi %(length)s ký tự. Mã in ở đầu hóa đơn."),
            length=len(code),
        )
    return _problem(
        "ACCOUNT_CODE",
        gettext_noop(
            "Mã khách hàng chưa đúng: bắt đầu bằng chữ P và kết thúc bằng 7 chữ số, ví dụ: PD01000123456"
        ),
    )


def _read_place(question: Question, raw: object) -> Read:
    parts = {"text": raw} if isinstance(raw, str) else raw
    if not isinstance(parts, Mapping):
        return _not_text()
    place: dict[str, object] = {}
    for name in PLACE_PARTS:
        part = parts.get(name)
        if is_empty(part):
            continue
        found = _read_place_part(name, part)
        if found.problem:
            return found
        place[name] = found.value
    if ("lat" in place) != ("lon" in place):
        return _problem(
            "PLACE_PIN", gettext_noop("Vị trí trên bản đồ chưa đủ. Vui lòng chọn lại trên bản đồ.")
        )
    if not place.get("text"):
        place["text"] = place_text(place)
    if not _can_be_found(place):
        return _problem(
            "PLACE_VAGUE",
            gettext_noop(
                "Chưa đủ để tìm ra nhà. Vui lòng ghi thêm số nhà, thôn xóm, số cột điện hoặc mã nhà bên."
            ),
        )
    if len(str(place["text"])) > PLACE_TEXT_LENGTH:
        return _too_long(str(place["text"]), PLACE_TEXT_LENGTH)
    return Read({name: place[name] for name in PLACE_PARTS if name in place})


def _read_place_part(name: str, part: object) -> Read:
    if name in ("lat", "lon"):
        low, high = LATITUDES if name == "lat" else LONGITUDES
        try:
            number = Decimal(str(part)) if not isinstance(part, bool) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not Decimal(str(low)) <= number <= Decimal(str(high)):
            return _problem("PLACE_PIN", gettext_noop("Vị trí trên bản đồ nằm ngoài Việt Nam."))
        return Read(round(float(number), 6))
    words = _words(part)
    if words is None:
        return _not_text()
    if name == "neighbour_account_code":
        return _read_account_code(_NO_QUESTION, words)
    limit = PLACE_TEXT_LENGTH if name == "text" else PLACE_PART_LENGTH
    return _too_long(words, limit) if len(words) > limit else Read(words)


def _can_be_found(place: Mapping[str, object]) -> bool:
    """Enough to send somebody: a pin, a neighbour's code, or words that name more than a province."""
    if "lat" in place or "neighbour_account_code" in place:
        return True
    text = str(place["text"])
    words = vietnamese.tokens(text)
    return len(words) >= 3 or (len(words) >= 2 and any(letter.isdigit() for letter in text))


_READERS: Mapping[QuestionType, Callable[[Question, object], Read]] = {
    QuestionType.TEXT: _read_text,
    QuestionType.LONG_TEXT: _read_long_text,
    QuestionType.PERSON_NAME: _read_name,
    QuestionType.PHONE: _read_phone,
    QuestionType.EMAIL: _read_email,
    QuestionType.ID_NUMBER: _read_id_number,
    QuestionType.INTEGER: _read_integer,
    QuestionType.DECIMAL: _read_decimal,
    QuestionType.CHOICE: _read_choice,
    QuestionType.MULTI: _read_multi,
    QuestionType.YES_NO: _read_yes_no,
    QuestionType.DATE: _read_date,
    QuestionType.MOMENT: _read_moment,
    QuestionType.PLACE: _read_place,
    QuestionType.ACCOUNT_CODE: _read_account_code,
}
_NO_QUESTION = Question("neighbour_account_code", QuestionType.ACCOUNT_CODE, Text("", ""))
