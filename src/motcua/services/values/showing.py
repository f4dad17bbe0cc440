"""Back to words: a stored value as a person reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from motcua.kernel import money, phones
from motcua.services.declaration import Option, Question, QuestionType, Text
from motcua.services.values.dates import as_day, as_moment

YES = Text("Có", "Yes")
NO = Text("Không", "No")


def show(question: Question, value: object, lang: str = "vi", *, masked: bool = False) -> str:
    """A stored value in words. `masked` hides most of a number that identifies a person."""
    if value is None:
        return ""
    shown = _SHOWERS.get(question.type, _show_plain)(question, value, lang)
    if not masked:
        return shown
    if question.type is QuestionType.PHONE:
        return phones.mask(str(value))
    if question.type in (QuestionType.ID_NUMBER, QuestionType.ACCOUNT_CODE):
        return "•" * max(len(str(value)) - 3, 0) + str(value)[-3:]
    return shown


def show_number(number: Decimal | int | float) -> str:
    """1234.5 gives "1.234,5"."""
    plain = format(Decimal(str(number)).normalize(), "f")
    whole, _, fraction = plain.lstrip("-").partition(".")
    return (
        ("-" if plain.startswith("-") else "")
        + money.format_number(int(whole))
        + ("," + fraction if fraction else "")
    )


def option_label(option: Option | None, value: object, lang: str) -> str:
    """An option by its label; a value that is no longer among the options as it is."""
    return option.label.get(lang) if option else str(value)


def place_text(place: Mapping[str, object], lang: str = "vi") -> str:
    """A place in one line: as it was typed, or put together from its parts."""
    if place.get("text"):
        return str(place["text"])
    pole, pin, near = (
        ("cột", "vị trí", "gần nhà có mã") if not lang.startswith("en") else ("pole", "pin", "near account")
    )
    pieces = [str(place[name]) for name in ("detail", "hamlet") if place.get(name)]
    if place.get("pole_number"):
        pieces.append(f"{pole} {place['pole_number']}")
    if place.get("neighbour_account_code"):
        pieces.append(f"{near} {place['neighbour_account_code']}")
    pieces += [str(place[name]) for name in ("commune", "district") if place.get(name)]
    if not pieces and "lat" in place:
        pieces.append(f"{pin} {place['lat']}, {place['lon']}")
    return ", ".join(pieces)


def _show_plain(question: Question, value: object, lang: str) -> str:
    return str(value)


def _show_number(question: Question, value: object, lang: str) -> str:
    number = show_number(value) if isinstance(value, int | float | Decimal) else str(value)
    return f"{number} {question.unit}".strip()


def _show_choice(question: Question, value: object, lang: str) -> str:
    return option_label(question.option(value), value, lang)


def _show_multi(question: Question, value: object, lang: str) -> str:
    chosen = value if isinstance(value, list | tuple) else [value]
    return ", ".join(option_label(question.option(one), one, lang) for one in chosen)


def _show_day(question: Question, value: object, lang: str) -> str:
    day = as_day(value)
    return f"{day:%d/%m/%Y}" if day else str(value)


def _show_moment(question: Question, value: object, lang: str) -> str:
    moment = as_moment(value)
    return f"{moment:%H:%M %d/%m/%Y}" if moment else str(value)


def _show_id_number(question: Question, value: object, lang: str) -> str:
    digits = str(value)
    return " ".join(digits[i : i + 3] for i in range(0, len(digits), 3))


_SHOWERS: Mapping[QuestionType, Callable[[Question, object, str], str]] = {
    QuestionType.PHONE: lambda question, value, lang: phones.display(str(value)),
    QuestionType.ID_NUMBER: _show_id_number,
    QuestionType.INTEGER: _show_number,
    QuestionType.DECIMAL: _show_number,
    QuestionType.CHOICE: _show_choice,
    QuestionType.MULTI: _show_multi,
    QuestionType.YES_NO: lambda question, value, lang: (YES if value else NO).get(lang),
    QuestionType.DATE: _show_day,
    QuestionType.MOMENT: _show_moment,
    QuestionType.PLACE: lambda question, value, lang: (
        place_text(value, lang) if isinstance(value, Mapping) else str(value)
    ),
}
