"""The journal of a visit: one act at a time, under the lock of the visit's row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from motcua.fieldwork import access, queries, rules
from motcua.fieldwork.models import Visit, VisitEntry
from motcua.fieldwork.operations.refusals import VisitClosed, VisitNotYours
from motcua.fieldwork.queries import VisitView
from motcua.fieldwork.rules import VisitFact
from motcua.fieldwork.states import VisitStatus
from motcua.kernel.actors import Actor


class Act:
    """One visit under lock for the length of an act."""

    def __init__(self, row: Visit, actor: Actor, at: datetime, key: str) -> None:
        self.row, self.actor, self.at, self.key = row, actor, at, key
        self.state = queries.state_of(row)
        self.entries: list[VisitEntry] = []

    def append(self, name: str, payload: Mapping[str, Any]) -> None:
        self.state = rules.apply(self.state, VisitFact(name, self.at, payload))
        key = self.key if not self.entries else ""
        self.entries.append(
            VisitEntry(
                visit_id=self.row.id,
                seq=self.state.seq,
                name=name,
                at=self.at,
                actor=self.actor.ref,
                payload=dict(payload),
                key=key,
            )
        )

    def save(self, *, is_new: bool = False) -> VisitView:
        for name in queries.STATE_FIELDS:
            setattr(self.row, name, getattr(self.state, name))
        self.row.save(force_insert=is_new, force_update=not is_new)
        VisitEntry.objects.bulk_create(self.entries)
        return queries.views([self.row])[0]


def begin(visit_id: UUID, actor: Actor, at: datetime, key: str) -> tuple[Act, bool]:
    """Lock the visit; True beside it when this key was done before. Raises VisitUnknown."""
    row = Visit.objects.select_for_update().filter(id=visit_id).first()
    if row is None:
        raise access.VisitUnknown()
    return Act(row, actor, at, key), VisitEntry.objects.filter(visit_id=visit_id, key=key).exists()


def require_staff(act: Act) -> None:
    """Raises VisitNotYours when the actor does not work for the visit's unit."""
    if not access.may_see(act.actor, act.row.unit_code):
        raise VisitNotYours()


def require_open(act: Act) -> None:
    """Raises VisitClosed when the visit came to its end."""
    if not VisitStatus(act.state.status).is_open:
        raise VisitClosed()
