"""One press on many requests: each is an act of its own; together they can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from motcua.companies import access as company_access
from motcua.companies import queries as company_queries
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id, parse_id
from motcua.kernel.results import Refused, gettext_noop
from motcua.requests.models import BulkAct, BulkKind, Request
from motcua.requests.operations import acts, reminding
from motcua.requests.operations.refusals import RequestUnknown

MOST = 300
HOLDERS = ("INTAKE", "BUSINESS", "CREW", "SUPERVISOR")
UNDO_WITHIN = timedelta(minutes=15)


class TooMany(Refused):
    code = "TOO_MANY_CHOSEN"
    message = gettext_noop("Mỗi lần chọn nhiều nhất %(most)s yêu cầu.")


class CannotHold(Refused):
    code = "CANNOT_HOLD"
    message = gettext_noop("Người này không làm việc cho đơn vị của yêu cầu.")


class TooLateToUndo(Refused):
    code = "TOO_LATE_TO_UNDO"
    message = gettext_noop("Việc này không hoàn tác được nữa.")


@dataclass(frozen=True)
class Done:
    """What became of one press: how many worked, and what was refused, by number."""

    id: UUID
    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def assign_many(*, request_ids: Sequence[UUID], assignee: str, actor: Actor, at: datetime, key: str) -> Done:
    """Give these requests to one person ("staff:<id>") or to nobody (""): those that may be given are, the others are told.

    Each is its own transaction. The same key again gives the same answer. Raises TooMany, CannotHold for somebody
    who does no such work.
    """
    holder = _holder(assignee)

    def assign(row: Request, bulk: BulkAct) -> None:
        if holder is not None and row.unit_code not in holder.unit_codes:
            raise CannotHold()
        acts.assign(request_id=row.id, assignee=assignee, actor=actor, at=at, key=f"{key}:{row.id}")

    return _each(BulkKind.ASSIGN, request_ids, assign, actor=actor, at=at, key=key, assignee=assignee)


def remind_many(*, request_ids: Sequence[UUID], actor: Actor, at: datetime, key: str) -> Done:
    """Remind the customers whose turn it is, after a moment in which it can be taken back. Raises TooMany."""

    def remind(row: Request, bulk: BulkAct) -> None:
        reminding.plan_reminder(request_id=row.id, actor=actor, at=at, bulk_id=bulk.id)

    return _each(BulkKind.REMIND, request_ids, remind, actor=actor, at=at, key=key)


def undo_bulk(*, bulk_id: UUID, actor: Actor, at: datetime) -> BulkAct:
    """Take an act on many back, by whoever did it: who held it holds it again, what was not sent is not sent.

    What somebody else has changed since stays as it is and is told in `kept`. Raises RequestUnknown, TooLateToUndo.
    """
    with transaction.atomic():
        bulk = BulkAct.objects.select_for_update().filter(id=bulk_id, actor=actor.ref).first()
        if bulk is None:
            raise RequestUnknown()
        if bulk.undone_at is not None:
            return bulk
        if at - bulk.at > UNDO_WITHIN:
            raise TooLateToUndo()
        undo = _assign_back if bulk.kind == BulkKind.ASSIGN else _withdraw
        bulk.kept = [item[1] for item in bulk.done if not undo(bulk, item, actor, at)]
        bulk.undone_at = at
        bulk.save(update_fields=["kept", "undone_at"])
    return bulk


def _holder(assignee: str) -> Actor | None:
    if not assignee:
        return None
    id = parse_id(assignee.removeprefix("staff:"))
    staff = company_queries.find_staff(id) if id else None
    holder = company_access.actor_of(staff) if staff else None
    if holder is None or not holder.has_role(*HOLDERS):
        raise CannotHold(field="assignee")
    return holder


def _each(
    kind: BulkKind, request_ids: Sequence[UUID], act: Callable[[Request, BulkAct], None], *, actor: Actor, at: datetime,
    key: str, assignee: str = "",
) -> Done:  # fmt: skip
    """Do the act with each request that is theirs; the row of the whole stands first, so that each can name it."""
    if len(request_ids) > MOST:
        raise TooMany(most=MOST)
    bulk, is_new = BulkAct.objects.get_or_create(
        key=key,
        defaults={"id": new_id(at), "kind": kind, "actor": actor.ref, "at": at, "assignee": assignee},
    )
    if not is_new:
        return Done(bulk.id, tuple(item[1] for item in bulk.done), tuple(map(tuple, bulk.refused)))
    rows = {row.id: row for row in Request.objects.filter(id__in=request_ids)}
    for row in (rows[id] for id in request_ids if id in rows):
        if row.unit_code not in actor.unit_codes:
            continue  # not theirs: as if it were not there
        try:
            with transaction.atomic():
                act(row, bulk)
        except Refused as refusal:
            bulk.refused.append([row.number, refusal.code])
        else:
            bulk.done.append([str(row.id), row.number, row.assignee])
    bulk.save(update_fields=["done", "refused"])
    return Done(bulk.id, tuple(item[1] for item in bulk.done), tuple(map(tuple, bulk.refused)))


def _assign_back(bulk: BulkAct, item: list[str], actor: Actor, at: datetime) -> bool:
    id, _number, before = item
    row = Request.objects.filter(id=id).first()
    if row is None or row.assignee != bulk.assignee:
        return False
    try:
        with transaction.atomic():
            acts.assign(
                request_id=row.id, assignee=before, actor=actor, at=at, key=f"undo:{bulk.id}:{row.id}"
            )
    except Refused:
        return False
    return True


def _withdraw(bulk: BulkAct, item: list[str], actor: Actor, at: datetime) -> bool:
    return reminding.withdraw(bulk_id=bulk.id, request_id=UUID(item[0]), at=at)
