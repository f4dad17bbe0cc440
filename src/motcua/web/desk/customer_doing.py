"""How an act on a customer is told: who may, what it asks, what it does, at whose hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext

from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.web.desk.customer_access import Card
from motcua.web.staff_pages import StaffRequest


class NotChosen(Refused):
    code = "NOT_CHOSEN"
    message = _("Hãy chọn một mục.")


@dataclass(frozen=True)
class Doing:
    """One act at work: on whom, by whom, when, with what was typed."""

    card: Card
    actor: Actor
    at: datetime
    data: QueryDict

    @property
    def id(self) -> UUID:
        return self.card.view.id

    def text(self, name: str) -> str:
        return self.data.get(name, "").strip()

    def chosen(self, name: str) -> UUID:
        """An id that was chosen. Raises NotChosen."""
        found = parse_id(self.text(name))
        if found is None:
            raise NotChosen(field=name)
        return found


Fields = Callable[[StaffRequest, Card, datetime], list[dict[str, Any]]]


@dataclass(frozen=True)
class Act:
    """An act on a customer: who may, what it asks, what it does. What it asks nothing for, it is not offered for."""

    slug: str
    label: str
    done: str
    roles: tuple[Role, ...]
    fields: Fields
    do: Callable[[Doing], Mapping[str, object] | None]
    style: str = "secondary"
    text: str = ""
    is_offered: Callable[[StaffRequest, Card], bool] = lambda request, card: True


def reason(help: str = "") -> dict[str, Any]:
    """Why: kept with the act."""
    return {
        "name": "reason", "kind": "textarea", "label": gettext("Lý do"), "help": help, "attrs": {"maxlength": 300, "rows": 2},
    }  # fmt: skip


def select(name: str, label: str, options: list[tuple[str, str]], **more: Any) -> dict[str, Any]:
    """One of several, none chosen yet."""
    return {
        "name": name,
        "kind": "select",
        "label": label,
        "options": [("", gettext("– Hãy chọn –")), *options],
        **more,
    }
