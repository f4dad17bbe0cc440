"""From the portal's form names to our questions, and back from what is wrong with an answer to its form name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motcua.connectors.portals.formats import PLACE, Format, Target
from motcua.connectors.portals.provinces import Served
from motcua.kernel.results import Invalid, Problem, gettext_noop
from motcua.services.declaration import PLACE_PARTS, QuestionType, Service

NOT_OF_LIST = Problem("NOT_OF_LIST", gettext_noop("Giá trị này không có trong danh mục đã thống nhất."))
NOT_OF_PLACE = Problem("NOT_OF_PLACE", gettext_noop("Địa chỉ có phần không nhận được."))
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
    return Mapped(answers, names, tuple(sorted(name for name in form if name not in targets)))


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
