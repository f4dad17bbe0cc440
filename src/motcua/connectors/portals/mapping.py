"""From the portal's form names to our questions, and back from what is wrong with an answer to its form name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motcua.connectors.portals.formats import PLACE, REPRESENTATIVE, Format, Target
from motcua.connectors.portals.provinces import Served
from motcua.customers.models import Ground
from motcua.kernel import phones
from motcua.kernel.results import Invalid, Problem, gettext_noop
from motcua.services.declaration import PLACE_PARTS, QuestionType, Service

NOT_OF_LIST = Problem("NOT_OF_LIST", gettext_noop("Giá trị này không có trong danh mục đã thống nhất."))
NOT_OF_PLACE = Problem("NOT_OF_PLACE", gettext_noop("Địa chỉ có phần không nhận được."))
NAME_MISSING = Problem("REQUIRED", gettext_noop("Hãy ghi họ tên người đại diện."))
GROUND_MISSING = Problem("REQUIRED", gettext_noop("Hãy chọn căn cứ đại diện."))
PHONE_WRONG = Problem("PHONE", gettext_noop("Số điện thoại chưa đúng. Ví dụ: 0901 234 567."))
NOT_A_TEXT = Problem("NOT_A_TEXT", gettext_noop("Giá trị này phải là một dòng chữ."))
TOO_LONG = Problem("TOO_LONG", gettext_noop("Nội dung dài quá."))
MOST_LETTERS = {"name": 120, "phone": 20, "id_number": 20, "note": 300}
# In what order a place is said when the portal does not say it in one line.
SAID = ("detail", "hamlet", "commune", "district")


@dataclass(frozen=True)
class Mapped:
    """Answers by question, the form names that gave them, and the form names that mean nothing to us."""

    answers: Mapping[str, Any]
    names: Mapping[str, str]
    ignored: tuple[str, ...]

    def renamed(self, refusal: Invalid) -> Invalid:
        """The problems under the names the portal knows."""
        return Invalid(
            {self.names.get(question, question): found for question, found in refusal.errors.items()}
        )


def map_form(told: Format, service: Service, form: Mapping[str, Any], served: Served) -> Mapped:
    """What the portal's form answers. Raises Invalid for a code that stands in no list."""
    targets = told.targets(service)
    answers: dict[str, Any] = {}
    place: dict[str, Any] = {}
    names: dict[str, str] = {}
    problems: dict[str, list[Problem]] = {}
    for name, raw in form.items():
        target = targets.get(name)
        if target is None or raw is None or raw == "":
            continue
        value, problem = _value(target, raw)
        if problem:
            problems[name] = [problem]
            continue
        if target.to.startswith(PLACE):
            place.setdefault(target.to.removeprefix(PLACE), value)
        elif target.to == "place":
            problems |= _take_place(name, value, place)
        else:
            answers.setdefault(target.to, value)
        names.setdefault(target.question, name)
    if problems:
        raise Invalid(problems)
    for unasked, value in told.constants.get(service.code, {}).items():
        answers.setdefault(unasked, value)
    question = next((q for q in service.questions if q.type is QuestionType.PLACE), None)
    if question is not None and place:
        answers[question.name] = _said(place, served)
    understood = {*targets, *told.representative}
    return Mapped(answers, names, tuple(sorted(name for name in form if name not in understood)))


def map_representative(told: Format, form: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Who hands the dossier in for the applicant: as the call says, else by the form's names; empty when nobody does.

    A name and a ground are wanted, a telephone must be one. Raises Invalid under the names the portal knows.
    """
    problems: dict[str, list[Problem]] = {}
    names = {part: f"representative.{part}" for part in REPRESENTATIVE}
    found = {part: value.strip() for part, value in given.items()}
    if not found:
        names |= {target.to: name for name, target in told.representative.items()}
        for name, target in told.representative.items():
            if form.get(name) in (None, ""):
                continue
            value, problem = _value(target, form[name])
            if problem or not isinstance(value, str):
                problems[name] = [problem or NOT_A_TEXT]
            else:
                found[target.to] = value.strip()
    found = {part: value for part, value in found.items() if value}
    if not found and not problems:
        return {}
    for part, problem in _wrong(found).items():
        problems.setdefault(names[part], [problem])
    if problems:
        raise Invalid(problems)
    return found | ({"phone": phones.normalise(found["phone"]) or ""} if "phone" in found else {})


def _wrong(found: Mapping[str, str]) -> dict[str, Problem]:
    wrong = {part: TOO_LONG for part, most in MOST_LETTERS.items() if len(found.get(part, "")) > most}
    if "name" not in found:
        wrong["name"] = NAME_MISSING
    if "ground" not in found:
        wrong["ground"] = GROUND_MISSING
    elif found["ground"] not in Ground.values:
        wrong["ground"] = NOT_OF_LIST
    if "phone" in found and phones.normalise(found["phone"]) is None:
        wrong["phone"] = PHONE_WRONG
    return wrong


def _value(target: Target, raw: Any) -> tuple[Any, Problem | None]:
    if not target.values:
        return raw, None
    known = {str(code): meant for code, meant in target.values.items()}
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        return None, NOT_OF_LIST
    if str(raw) in known:
        return known[str(raw)], None
    # what we call it ourselves is understood too
    return (raw, None) if raw in known.values() else (None, NOT_OF_LIST)


def _take_place(name: str, value: Any, place: dict[str, Any]) -> dict[str, list[Problem]]:
    """A place under our own name: a line of text, or its parts."""
    parts = {"text": value} if isinstance(value, str) else value
    if not isinstance(parts, Mapping) or not set(parts) <= set(PLACE_PARTS):
        return {name: [NOT_OF_PLACE]}
    for part, told in parts.items():
        place.setdefault(part, told)
    return {}


def _said(place: Mapping[str, Any], served: Served) -> dict[str, Any]:
    """The place with its province of the day, and with a line of text to read it by."""
    line = [str(place[part]) for part in SAID if place.get(part)]
    text = str(place.get("text") or "") or ", ".join([*line, served.name])
    return {**place, "text": text, "province_code": served.code}
