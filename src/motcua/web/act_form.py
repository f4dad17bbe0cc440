"""An act as the page draws it: its form and fields, and what was refused, in its place with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.config import clock
from motcua.kernel.ids import new_id
from motcua.kernel.results import Problem
from motcua.web import inputs, question_fields
from motcua.web.staff_pages import StaffRequest

Problems = Mapping[str, list[Problem]]


@dataclass(frozen=True)
class Failed:
    """An act that was refused: what was typed, what is wrong with it."""

    code: str
    values: Mapping[str, Any]
    problems: Problems
    general: list[str]
    key: str


@dataclass(frozen=True)
class Form:
    """An act as the page draws it."""

    code: str
    label: str
    post_url: str
    key: str
    style: str = "secondary"
    boxes: list[dict[str, Any]] = field(default_factory=list)
    hidden: Mapping[str, str] = field(default_factory=dict)
    known: str = "{}"
    general: list[str] = field(default_factory=list)
    text: str = ""
    is_open: bool = False
    has_files: bool = False

    @property
    def id(self) -> str:
        return f"act-{self.code}"

    @property
    def summary(self) -> list[tuple[str, str]]:
        return [*((f"{self.id}", line) for line in self.general), *inputs.summary_of(self.boxes)]


def new_key() -> str:
    """A key for one form on one page: sent twice, it acts once."""
    return f"desk:{new_id(clock.now())}"


def key_of(request: StaffRequest) -> str:
    return request.POST.get("key", "")[:100] or new_key()


def box(name: str, kind: str, label: str, code: str, failed: Failed | None) -> dict[str, Any]:
    return boxes([{"name": name, "kind": kind, "label": label}], code, failed)[0]


def boxes(fields: list[dict[str, Any]], code: str, failed: Failed | None) -> list[dict[str, Any]]:
    """Fields with ids of their own, what was typed and what is wrong."""
    made = []
    for spec in fields:
        drawn = {**spec, "id": f"id_{code}_{spec['name']}"}
        if failed:
            drawn["value"] = failed.values.get(spec["name"], spec.get("value"))
            drawn["errors"] = [question_fields.problem_text(p) for p in failed.problems.get(spec["name"], ())]
        made.append({"field": drawn, "when": ""})
    return made
