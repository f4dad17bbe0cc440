"""Many charges raised together: one booking for all of them, a row for each, by a few statements.

The caller fills `ledger_to_raise`, a table of the transaction, and has it raised. The receivable's account holds the sum; whose
it is, the charges say (`raised_in`), and the recount compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.ledger import chart
from motcua.ledger.chart import Side
from motcua.ledger.models import TransactionKind
from motcua.ledger.operations.posting import post
from motcua.ledger.operations.refusals import AmountInvalid, ChargeKindUnknown
from motcua.ledger.rules import Leg, is_amount

# `vat_vnd` is told, not computed: a bill's tax is the bill's. `net_vnd` above zero, both whole dong.
STAGE = """
CREATE TEMPORARY TABLE ledger_to_raise (
    charge_id uuid PRIMARY KEY, net_vnd bigint NOT NULL CHECK (net_vnd > 0), vat_rate numeric(5, 4) NOT NULL,
    vat_vnd bigint NOT NULL CHECK (vat_vnd >= 0), customer_id uuid, account_code text NOT NULL, unit_code text NOT NULL,
    due_at timestamptz, description text NOT NULL
) ON COMMIT DROP
"""

# The check character is a sum, over the digits of the serial, of what each gives by its place: in GF(4) by exclusive or, in
# GF(9) as two numbers modulo three. Three digits at a time are looked up.
RAISE = """
INSERT INTO ledger_charge (id, kind, payment_code, customer_id, request_id, account_code, raised_in_id, unit_code,
    description, net_vnd, vat_rate, vat_vnd, total_vnd, paid_vnd, status, created_at, due_at)
SELECT s.charge_id, %(kind)s, %(kind)s || lpad(s.serial::text, 9, '0') || substr(%(alphabet)s, 1 + ((c.b # c.h # c.m # c.l) & 3)
           + 4 * (((c.b >> 2) %% 3 + (c.h >> 2) %% 3 + (c.m >> 2) %% 3 + (c.l >> 2) %% 3) %% 3)
           + 12 * (((c.b >> 2) / 3 + (c.h >> 2) / 3 + (c.m >> 2) / 3 + (c.l >> 2) / 3) %% 3), 1),
       s.customer_id, NULL, s.account_code, %(transaction)s, s.unit_code, s.description, s.net_vnd, s.vat_rate, s.vat_vnd,
       s.net_vnd + s.vat_vnd, 0, 'OPEN', %(at)s, s.due_at
FROM (SELECT *, nextval('ledger_payment_serial') AS serial FROM ledger_to_raise OFFSET 0) s
CROSS JOIN LATERAL (
    SELECT %(kind_gives)s::int AS b,
           (%(millions)s::int[])[1 + s.serial / 1000000] AS h,
           (%(thousands)s::int[])[1 + s.serial / 1000 %% 1000] AS m,
           (%(ones)s::int[])[1 + s.serial %% 1000] AS l
) c
"""


@dataclass(frozen=True)
class RaisedMany:
    """How many charges, what they come to with tax, and the booking. `is_new` is false when the key was used before."""

    transaction_id: UUID | None
    charges: int
    total_vnd: int
    is_new: bool


def open_stage() -> None:
    """Make the empty table `ledger_to_raise`; in a transaction, at whose end it goes."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)


@transaction.atomic
def raise_staged(*, kind: str, actor: Actor, at: datetime, key: str, reason: str = "") -> RaisedMany:
    """Raise what is staged, all of one kind: Dr 131 / Cr 511, 33311 of the sums, in one booking. Empties the stage.

    Nothing staged books nothing. The same key again with the same sums raises nothing more. Refuses ChargeKindUnknown,
    AmountInvalid (a sum past what the books hold), KeyReused.
    """
    if kind not in codes.CHARGE_KINDS:
        raise ChargeKindUnknown(field="kind", kind=kind)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(net_vnd), 0)::bigint, coalesce(sum(vat_vnd), 0)::bigint FROM ledger_to_raise"
        )
        charges, net, vat = cursor.fetchone()
    if not charges:
        return RaisedMany(None, 0, 0, is_new=False)
    if not is_amount(net + vat):
        raise AmountInvalid(field="amount_vnd")
    legs = [Leg(chart.receivable(kind), Side.DEBIT, net + vat), Leg(chart.income(kind), Side.CREDIT, net)]
    if vat:
        legs.append(Leg(chart.OUTPUT_VAT, Side.CREDIT, vat))
    content = {"act": "run", "kind": kind, "charges": charges, "net_vnd": net, "vat_vnd": vat}
    posted, _ = post(TransactionKind.RUN, legs, content=content, actor=actor, at=at, key=key, reason=reason)
    if posted.is_new:
        _write(kind, posted.transaction_id, at)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_to_raise")
    return RaisedMany(posted.transaction_id, charges, net + vat, posted.is_new)


def _write(kind: str, transaction_id: UUID, at: datetime) -> None:
    millions, thousands, ones = _digits_give()
    values: dict[str, Any] = {
        "kind": kind, "alphabet": codes.ALPHABET, "transaction": transaction_id, "at": at, "millions": millions,
        "thousands": thousands, "ones": ones, "kind_gives": _gives(f"{kind}000000000"),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RAISE, values)


def _gives(body: str) -> int:
    return codes.ALPHABET.index(codes.check_character(body))


@cache
def _digits_give() -> tuple[list[int], list[int], list[int]]:
    """What three digits give to the check character as millions, as thousands and as ones of a serial."""
    return (
        [_gives(f"{digits:03d}000000") for digits in range(1000)],
        [_gives(f"{digits:03d}000") for digits in range(1000)],
        [_gives(f"{digits:03d}") for digits in range(1000)],
    )
