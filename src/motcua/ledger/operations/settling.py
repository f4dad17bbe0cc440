"""Money for a charge: what it pays, what is left over and where that goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.kernel import hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import chart, registry
from motcua.ledger.models import Charge, ChargeStatus, LedgerTransaction
from motcua.ledger.operations.posting import find_same, refusal_of, require_amount

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says


@dataclass(frozen=True)
class Settled:
    """What became of a received amount. `case_id` is set when a part went to suspense: open a case under
    that id.
    """

    transaction_id: UUID
    charge_id: UUID
    applied_vnd: int
    excess_vnd: int
    excess_account: str
    remaining_vnd: int
    status: str
    case_id: UUID | None
    is_new: bool


def settle_charge(
    *,
    charge_id: UUID,
    amount_vnd: int,
    clearing_account: str,
    reference: str,
    actor: Actor,
    at: datetime,
    key: str,
    clearing_party: UUID | None = None,
) -> Settled:
    """Money came for a charge: Dr clearing / Cr 131. Never refuses money for its amount or the charge's
    state.

    Too little leaves the charge open with the rest; too much, or money for a paid charge, becomes the
    customer's
    credit (3387); money for a cancelled charge, or without a known customer, goes to suspense (3388) under
    `Settled.case_id`. A charge that becomes paid is told to `registry.on_charge_paid` in this transaction.
    One statement, which needs no transaction around it, unless somebody waits for the charge.
    Locks the charge. Refuses AmountInvalid, AccountUnknown, DayClosed, NotFound, KeyReused.
    """
    require_amount(amount_vnd)
    content = content_of(charge_id, amount_vnd, clearing_account, reference)
    return _settle(
        charge_id, amount_vnd, clearing_account, clearing_party, content=content, actor=actor, at=at, key=key
    )


def content_of(charge_id: UUID, amount_vnd: int, clearing_account: str, reference: str) -> dict[str, object]:
    """What a settling is asked: under one key always the same."""
    return {
        "act": "settle",
        "charge_id": str(charge_id),
        "amount_vnd": amount_vnd,
        "clearing_account": clearing_account,
        "reference": reference,
    }


def settle_from_credit(
    charge: Charge, amount_vnd: int, *, content: Mapping[str, object], actor: Actor, at: datetime, key: str
) -> Settled:
    """Dr 3387 / Cr 131 of a charge that is held and owes at least this much."""
    return _settle(
        charge.id, amount_vnd, chart.CUSTOMER_CREDIT, charge.customer_id, content=content, actor=actor, at=at, key=key
    )  # fmt: skip


def _settle(
    charge_id: UUID, amount_vnd: int, account: str, party: UUID | None, *, content: Mapping[str, object], actor: Actor,
    at: datetime, key: str,
) -> Settled:  # fmt: skip
    """Book by one statement; where somebody waits for the charge, in one transaction with what they do then."""
    head, tail = _values(account, party, content=content, actor=actor, at=at, key=key)
    values, day = [*head, charge_id, amount_vnd, *tail], local_time.local_date(at)
    is_heard = _IS_HEARD.format(awaited=registry.is_awaited())
    said, booking, settled, outcome = _say(_SETTLE.format(is_heard=is_heard), [*values, charge_id])
    if said == "HEARD":
        with transaction.atomic():
            said, booking, settled, outcome = _say(_SETTLE.format(is_heard="FALSE"), values)
            if (
                not said and outcome["applied_vnd"] and outcome["status"] == ChargeStatus.PAID
            ):  # nobody else paid it meanwhile
                registry.charge_paid(charge_id, at, actor)
    if not said or said == "SAME":
        return _told(booking, settled, outcome, is_new=not said)
    if said == "NONE":
        raise NotFound(field="charge_id")
    if said != "TAKEN":
        raise refusal_of(said, day)
    find_same(key, content)
    raise RuntimeError("a key is taken by a row nobody can see; read-committed isolation is needed")


def _values(
    account: str, party: UUID | None, *, content: Mapping[str, object], actor: Actor, at: datetime, key: str
) -> tuple[list[Any], list[Any]]:
    """What the call is given before the charge and the amount, and after them."""
    told = hashing.canonical_json(content)
    head = [ids.new_id(at), ids.new_id(at), key, told.decode(), hashing.sha256_hex(told)]
    return head, [account, party, at, local_time.local_date(at), actor.ref]


_SETTLE = "SELECT * FROM ledger_settle(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, {is_heard})"
_IS_HEARD = "EXISTS (SELECT FROM ledger_charge charge WHERE charge.id = %s AND ({awaited}))"


def _say(statement: str, values: list[Any]) -> tuple[str, UUID, UUID, Mapping[str, Any]]:
    with _wrapper.prepared_cursor() as cursor:
        cursor.execute(statement, values)
        said, booking, settled, outcome = cursor.fetchone()
    return said, booking, settled, json.loads(outcome or "{}")


def told_of(row: LedgerTransaction, *, is_new: bool) -> Settled:
    """What a settling said when it was booked."""
    return _told(row.id, row.charge_id, row.outcome, is_new=is_new)  # type: ignore[arg-type]  # a SETTLE has its charge


def _told(booking: UUID, charge_id: UUID, outcome: Mapping[str, Any], *, is_new: bool) -> Settled:
    case_id = outcome["case_id"]
    return Settled(
        transaction_id=booking,
        charge_id=charge_id,
        applied_vnd=outcome["applied_vnd"],
        excess_vnd=outcome["excess_vnd"],
        excess_account=outcome["excess_account"],
        remaining_vnd=outcome["remaining_vnd"],
        status=outcome["status"],
        case_id=UUID(case_id) if case_id else None,
        is_new=is_new,
    )


def take_back(charge: Charge, amount_vnd: int, *, at: datetime, actor: Actor) -> None:
    """The charge owes this much again; a charge that was paid is told to `registry.charge_reopened`."""
    was_paid = charge.status == ChargeStatus.PAID
    charge.paid_vnd -= amount_vnd
    charge.status = ChargeStatus.OPEN
    charge.paid_at = None
    charge.save(update_fields=["paid_vnd", "status", "paid_at"])
    if was_paid:
        registry.charge_reopened(charge.id, at, actor)
