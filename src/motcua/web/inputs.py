"""Declared questions as the inputs of a dense form: all at once, those that depend on others with their
condition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from motcua.kernel import expressions
from motcua.kernel.results import Problem, Refused
from motcua.services.declaration import Question
from motcua.web import question_fields
from motcua.web.errors import refused_text

Problems = Mapping[str, Sequence[Problem]]


def boxes_of(
    questions: Iterable[Question],
    values: Mapping[str, Any],
    problems: Problems,
    known: Mapping[str, Any],
    *,
    prefix: str = "id",
) -> list[dict[str, Any]]:
    """A field for each question that can be asked, with its condition for the page's script.

    A question whose condition hangs on what is known already, and does not hold, is left out.
    """
    listed = list(questions)
    own = {question.name for question in listed}
    made = []
    for question in listed:
        asks = question.when.fields()
        if asks and not asks & own and not question.when.holds(known):
            continue
        field = question_fields.field_of(question, values.get(question.name), problems.get(question.name, ()))
        field["id"] = f"{prefix}_{question.name}"
        if field["kind"] == "place":
            field["part_errors"] = {}
        made.append(
            {
                "field": field,
                "when": json.dumps(expressions.to_plain(question.when), default=str) if asks & own else "",
            }
        )
    return made


def known_json(questions: Iterable[Question], known: Mapping[str, Any]) -> str:
    """What conditions may ask about that is no input of the form."""
    listed = list(questions)
    own = {question.name for question in listed}
    asked = {name for question in listed for name in question.when.fields()} - own
    return json.dumps(
        {name: known[name] for name in sorted(asked) if name in known}, default=str, ensure_ascii=False
    )


def summary_of(boxes: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Lines of the error summary: which field, what to do."""
    return [
        (target_of(box["field"]), f"{box['field']['label']}: {error}")
        for box in boxes
        for error in box["field"].get("errors", ())
    ]


def target_of(field: Mapping[str, Any]) -> str:
    return f"{field['id']}_text" if field["kind"] == "place" else str(field["id"])


def problems_of(refusal: Refused, names: Iterable[str]) -> tuple[dict[str, list[Problem]], list[str]]:
    """A refusal as problems beside these inputs, and sentences for what belongs to none of them."""
    known, general = set(names), []
    beside: dict[str, list[Problem]] = {}
    for name, found in refusal.problems().items():
        if name in known:
            beside[name] = list(found)
        elif refusal.code == "INVALID":
            general += [f"{name}: {question_fields.problem_text(problem)}" for problem in found]
        else:
            general.append(refused_text(refusal))
    return beside, general
