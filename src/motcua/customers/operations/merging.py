"""Two records of one customer become one, in a named direction, and can be parted again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models, transaction

from motcua.companies import operations as company_ops
from motcua.customers.models import (
    Authority,
    Consent,
    Customer,
    CustomerStatus,
    Handle,
    MergeRecord,
    VisitorSession,
)
from motcua.customers.operations.handles import StaffOnly
from motcua.customers.operations.people import CustomerUnknown, ReasonMissing, lock_customers
from motcua.kernel import ids
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.results import NotFound, Refused, gettext_noop

# What follows a customer into another: name in the record, model, column.
_FOLLOWERS: tuple[tuple[str, type[models.Model], str], ...] = (
    ("handles", Handle, "customer_id"),
    ("sessions", VisitorSession, "customer_id"),
    ("authorities", Authority, "customer_id"),
    ("agencies", Authority, "agent_id"),
    ("consents", Consent, "customer_id"),
)


class MergeRefused(Refused):
    code = "MERGE_REFUSED"
    message = gettext_noop("Không gộp được hai khách hàng này: một trong hai đã được gộp hoặc đã xóa.")


class MergeAlreadyUndone(Refused):
    code = "MERGE_ALREADY_UNDONE"
    message = gettext_noop("Lần gộp này đã được tách ra trước đó.")


def merge_customers(*, from_id: UUID, into_id: UUID, reason: str, actor: Actor, at: datetime) -> UUID:
    """`from_id` becomes part of `into_id`, whose values stand; the id of the merge, to undo it by.

    Both ids keep existing and lead to the survivor. Handles, sessions, authorities and consents follow; a
    consent that the survivor has already stays behind. Staff or system only, with a reason. Raises StaffOnly,
    ReasonMissing, CustomerUnknown, MergeRefused. Locks both customers.
    """
    _require_staff(actor, reason)
    with transaction.atomic():
        customers = lock_customers(from_id, into_id)
        if len(customers) < 2:
            raise MergeRefused if from_id == into_id else CustomerUnknown
        if any(customer.status != CustomerStatus.ACTIVE for customer in customers.values()):
            raise MergeRefused
        loser = customers[from_id]
        moved = {name: _move(model, column, from_id, into_id) for name, model, column in _FOLLOWERS}
        loser.status, loser.merged_into_id, loser.changed_at = CustomerStatus.MERGED, into_id, at
        loser.save(update_fields=["status", "merged_into", "changed_at"])
        record = MergeRecord.objects.create(
            id=ids.new_id(at),
            loser_id=from_id,
            winner_id=into_id,
            reason=reason.strip()[:300],
            moved=moved,
            actor=actor.ref,
            at=at,
        )
        _audit("customer.merged", record, actor, at)
        return record.id


def unmerge_customers(*, merge_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Part them again: what had followed returns, unless it was linked elsewhere since.

    Raises StaffOnly, ReasonMissing, NotFound, MergeAlreadyUndone. Locks the merge and the customers.
    """
    _require_staff(actor, reason)
    with transaction.atomic():
        record = MergeRecord.objects.select_for_update().filter(id=merge_id).first()
        if record is None:
            raise NotFound
        if record.undone_at is not None:
            raise MergeAlreadyUndone
        loser = lock_customers(record.loser_id, record.winner_id)[record.loser_id]
        if loser.status != CustomerStatus.MERGED:
            raise MergeRefused
        holders = _winners_upwards(record.winner_id)
        loser.status, loser.merged_into_id, loser.changed_at = CustomerStatus.ACTIVE, None, at
        loser.save(update_fields=["status", "merged_into", "changed_at"])
        for name, model, column in _FOLLOWERS:
            rows = model._default_manager.filter(
                pk__in=record.moved.get(name, []), **{f"{column}__in": holders}
            )
            rows.update(**{column: record.loser_id})
        record.undone_at, record.undone_by, record.undone_reason = at, actor.ref, reason.strip()[:300]
        record.save(update_fields=["undone_at", "undone_by", "undone_reason"])
        _audit("customer.unmerged", record, actor, at)


def _move(model: type[models.Model], column: str, from_id: UUID, into_id: UUID) -> list[object]:
    rows = model._default_manager.filter(**{column: from_id})
    if model is Authority:  # nobody acts for themselves
        other = "agent_id" if column == "customer_id" else "customer_id"
        rows = rows.exclude(**{other: into_id})
    if model is Consent:
        theirs = Consent.objects.filter(customer_id=into_id, withdrawn_at__isnull=True).values_list(
            "purpose", "channel"
        )
        for purpose, channel in theirs:
            rows = rows.exclude(purpose=purpose, channel=channel, withdrawn_at__isnull=True)
    keys = list(rows.values_list("pk", flat=True))
    model._default_manager.filter(pk__in=keys).update(**{column: into_id})
    return [str(key) if isinstance(key, UUID) else key for key in keys]


def _winners_upwards(customer_id: UUID) -> list[UUID]:
    """The customer and those it was merged into since: where the rows may be now."""
    chain = [customer_id]
    while (
        above := Customer.objects.filter(id=chain[-1]).values_list("merged_into_id", flat=True).first()
    ) is not None:
        chain.append(above)
    return chain


def _require_staff(actor: Actor, reason: str) -> None:
    if not (actor.is_staff() or actor.kind is ActorKind.SYSTEM):
        raise StaffOnly
    if not reason.strip():
        raise ReasonMissing(field="reason")


def _audit(verb: str, record: MergeRecord, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor,
        verb=verb,
        subject_type="customer",
        subject_id=str(record.loser_id),
        at=at,
        facts={"merge": str(record.id), "into": str(record.winner_id)},
    )
