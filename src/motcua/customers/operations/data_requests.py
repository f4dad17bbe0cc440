"""A customer asks for their data or to be forgotten; the company answers within the limit of the day of asking."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.customers import exporting, queries
from motcua.customers.models import Customer, DataRequest, DataRequestState, DataWish
from motcua.customers.operations.erasing import erase_customer
from motcua.customers.operations.handles import StaffOnly
from motcua.customers.operations.people import CustomerUnknown, ReasonMissing, lock_customer
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Conflict, gettext_noop
from motcua.kernel.worktime import Span
from motcua.tariffs import queries as tariff_queries


class DataRequestClosed(Conflict):
    code = "DATA_REQUEST_CLOSED"
    message = gettext_noop("Yêu cầu này đã được trả lời hoặc đã rút lại.")


def ask_for_data(*, customer_id: UUID, wish: str, actor: Actor, at: datetime) -> UUID:
    """The customer wants a copy of their data (EXPORT) or to be forgotten (ERASE); the id of what was asked.

    Asked again while the first is open, it is the first. The limit is that of the day, counted from now by the company's
    calendar. Raises CustomerUnknown, ValueError for another wish. Locks the customer.
    """
    if wish not in DataWish.values:
        raise ValueError(wish)
    with transaction.atomic():
        customer = lock_customer(customer_id)
        known = DataRequest.objects.filter(
            customer_id__in=queries.list_ids(customer_id), wish=wish, state=DataRequestState.OPEN
        ).first()
        if known is not None:
            return known.id
        limit = next(iter(tariff_queries.list_limits(f"DATA-{wish}", local_date(at))), None)
        row = DataRequest.objects.create(
            id=ids.new_id(at), customer=customer, wish=wish, asked_at=at, asked_by=actor.ref,
            within=limit.within if limit else "",
            due_at=company_queries.get_calendar().add(at, Span.parse(limit.within)).at if limit else None,
            source=limit.source if limit else "", is_verified=bool(limit and limit.is_verified),
        )  # fmt: skip
        _audit("data.asked", row, actor, at)
        return row.id


def withdraw_data_request(*, request_id: UUID, actor: Actor, at: datetime) -> None:
    """The customer no longer wants it. Raises DataRequestClosed. Locks the request."""
    with transaction.atomic():
        row = _open_row(request_id)
        _close(row, DataRequestState.WITHDRAWN, "", actor, at)


def refuse_data_request(*, request_id: UUID, answer: str, actor: Actor, at: datetime) -> None:
    """Say no, with the reason the customer will read. Raises StaffOnly, ReasonMissing, DataRequestClosed. Locks it."""
    if not actor.is_staff():
        raise StaffOnly
    answer = vietnamese.clean(answer)[:300]
    if not answer:
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        _close(_open_row(request_id), DataRequestState.REFUSED, answer, actor, at)


def export_customer(*, customer_id: UUID, actor: Actor, at: datetime) -> bytes:
    """A file with everything held of the customer, to be given to them; that it was made, and by whom, is audited.

    Closes what they asked. Raises StaffOnly, CustomerUnknown. Locks the customer.
    """
    if not actor.is_staff():
        raise StaffOnly
    with transaction.atomic():
        customer = lock_customer(customer_id)
        content = exporting.as_zip(
            exporting.collect(customer.id), company=company_queries.get_company().name, at=at
        )
        _fulfil(customer.id, DataWish.EXPORT, actor, at)
        company_ops.record_audit(
            actor=actor, verb="customer.exported", subject_type="customer", subject_id=str(customer.id), at=at
        )
        return content


def erase_as_asked(*, customer_id: UUID, reason: str, actor: Actor, at: datetime) -> list[UUID]:
    """Erase the customer and close what they asked. Raises StaffOnly and what `erase_customer` raises."""
    if not actor.is_staff():
        raise StaffOnly
    with transaction.atomic():
        if not Customer.objects.filter(id=customer_id).exists():
            raise CustomerUnknown(field="customer_id")
        family = queries.list_ids(customer_id)
        erased = erase_customer(customer_id=customer_id, reason=reason, actor=actor, at=at)
        for id in family:
            _fulfil(id, DataWish.ERASE, actor, at)
        DataRequest.objects.filter(customer_id__in=family, state=DataRequestState.OPEN).update(
            state=DataRequestState.WITHDRAWN, closed_at=at, closed_by=actor.ref
        )
        return erased


def _fulfil(customer_id: UUID, wish: str, actor: Actor, at: datetime) -> None:
    rows = DataRequest.objects.select_for_update().filter(
        customer_id__in=queries.list_ids(customer_id), wish=wish, state=DataRequestState.OPEN
    )
    for row in rows:
        _close(row, DataRequestState.DONE, "", actor, at)


def _open_row(request_id: UUID) -> DataRequest:
    row = DataRequest.objects.select_for_update().filter(id=request_id, state=DataRequestState.OPEN).first()
    if row is None:
        raise DataRequestClosed
    return row


def _close(row: DataRequest, state: str, answer: str, actor: Actor, at: datetime) -> None:
    row.state, row.answer, row.closed_at, row.closed_by = state, answer, at, actor.ref
    row.save(update_fields=["state", "answer", "closed_at", "closed_by"])
    _audit(f"data.{state.lower()}", row, actor, at)


def _audit(verb: str, row: DataRequest, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="customer", subject_id=str(row.customer_id), at=at,
        facts={"wish": row.wish, "data_request": str(row.id)},
    )  # fmt: skip
