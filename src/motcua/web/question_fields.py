"""Declared questions as form fields, the same on the customer's pages, the desk, the counter and the crew's phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, gettext

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Problem, fill
from motcua.services.declaration import PLACE_PARTS, Question, QuestionType

KINDS = {
    QuestionType.TEXT: "text",
    QuestionType.LONG_TEXT: "textarea",
    QuestionType.PERSON_NAME: "text",
    QuestionType.PHONE: "tel",
    QuestionType.EMAIL: "email",
    QuestionType.ID_NUMBER: "number",
    QuestionType.INTEGER: "number",
    QuestionType.DECIMAL: "decimal",
    QuestionType.CHOICE: "radios",
    QuestionType.MULTI: "checkboxes",
    QuestionType.YES_NO: "radios",
    QuestionType.DATE: "date",
    QuestionType.MOMENT: "datetime",
    QuestionType.PLACE: "place",
    QuestionType.ACCOUNT_CODE: "text",
}


def field_of(
    question: Question, value: Any, problems: Iterable[Problem] = (), *, heading: bool = False
) -> dict[str, Any]:
    """The mapping that the `field` tag draws."""
    language = get_language()
    made: dict[str, Any] = {
        "kind": KINDS[question.type],
        "name": question.name,
        "label": question.label.get(language),
        "help": _help(question, language),
        "value": value,
        "errors": [problem_text(problem) for problem in problems],
        "required": question.required,
        "heading": heading,
        "suffix": question.unit,
        "attrs": _attrs(question),
        "width": "10" if question.type in {QuestionType.INTEGER, QuestionType.DECIMAL} else "",
    }
    if question.type in {QuestionType.CHOICE, QuestionType.MULTI}:
        made["options"] = [
            {"value": o.value, "label": o.label.get(language), "help": o.help.get(language) if o.help else ""}
            for o in question.options
        ]
    elif question.type is QuestionType.YES_NO:
        made["options"] = [("true", gettext("Có")), ("false", gettext("Không"))]
        made["inline"] = True
    elif question.type is QuestionType.PLACE:
        made["provinces"] = _provinces()
        place = value if isinstance(value, Mapping) else {"text": value}
        if len(made["provinces"]) == 1:
            place = {"province_code": made["provinces"][0][0], **place}
        made["value"] = {**place, "house": place.get("detail", "")}
    return made


def fields_of(
    questions: Iterable[Question],
    values: Mapping[str, Any],
    problems: Mapping[str, list[Problem]],
    *,
    heading: bool = False,
) -> list[dict[str, Any]]:
    """Fields of several questions; `heading` makes the label of a lone question the page's heading."""
    listed = list(questions)
    return [
        field_of(q, values.get(q.name), problems.get(q.name, ()), heading=heading and len(listed) == 1)
        for q in listed
    ]


def summary_of(fields: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What stands in the way, for the error summary: the id to go to, and the sentence."""
    return [
        (f"id_{field['name']}_text" if field["kind"] == "place" else f"id_{field['name']}", text)
        for field in fields
        for text in field["errors"]
    ]


def values_from(questions: Iterable[Question], data: QueryDict) -> dict[str, Any]:
    """What was typed, as typed; an empty field is None, so that it is taken out of the draft."""
    return {question.name: _typed(question, data) for question in questions}


def _typed(question: Question, data: QueryDict) -> Any:
    if question.type is QuestionType.MULTI:
        return data.getlist(question.name) or None
    if question.type is QuestionType.PLACE:
        given = {
            part: data.get(f"{question.name}_{part}", "").strip()
            for part in (*PLACE_PARTS, "street", "house")
        }
        given["detail"] = " ".join(filter(None, (given.pop("house"), given.pop("street"), given["detail"])))
        named = {part: value for part, value in given.items() if value}
        # A company of one province has it chosen already: by itself it says nothing.
        return None if named.keys() == {"province_code"} and len(_provinces()) == 1 else named or None
    return data.get(question.name, "").strip() or None


def problem_text(problem: Problem) -> str:
    """The problem in the reader's language."""
    return fill(gettext(problem.message), problem.facts)


def _help(question: Question, language: str | None) -> str:
    text = question.help.get(language) if question.help else ""
    if question.example and question.type is not QuestionType.PLACE:
        example = gettext("Ví dụ: %(example)s") % {"example": question.example}
        text = f"{text} {example}".strip()
    return text


def _attrs(question: Question) -> dict[str, Any]:
    attrs: dict[str, Any] = {"autocomplete": question.autocomplete or None}
    if question.max_length and question.type in {
        QuestionType.TEXT,
        QuestionType.LONG_TEXT,
        QuestionType.PERSON_NAME,
    }:
        attrs["maxlength"] = question.max_length
    return attrs


def _provinces() -> list[tuple[str, str]]:
    company = company_queries.get_company()
    served = company_queries.list_served_provinces(company.code, local_date(clock.now()))
    rows = [(province.code, province.name) for province in served]
    return rows if len(rows) == 1 else [("", gettext("Chọn tỉnh, thành phố")), *rows]
