"""Pure decisions: how a booking is split into legs. Whole dong in, whole dong out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from motcua.kernel import money
from motcua.ledger import chart
from motcua.ledger.chart import Side


@dataclass(frozen=True)
class Leg:
    account: str
    side: Side
    amount_vnd: int
    party_id: UUID | None = None


@dataclass(frozen=True)
class Split:
    """Where a received amount goes: to the charge, and the rest to `excess_account`."""

    applied_vnd: int
    excess_vnd: int
    excess_account: str


def is_amount(value: object) -> bool:
    """True for a whole number of dong above zero; never a float, a Decimal or a bool."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15


def is_balanced(legs: Iterable[Leg]) -> bool:
    found = list(legs)
    debit = sum(leg.amount_vnd for leg in found if leg.side is Side.DEBIT)
    credit = sum(leg.amount_vnd for leg in found if leg.side is Side.CREDIT)
    return debit == credit > 0 and all(is_amount(leg.amount_vnd) for leg in found)


def vat_of(net_vnd: int, rate: Decimal) -> int:
    """The tax of a charge: once on its whole net amount, rounded half up to whole dong."""
    return money.vat_vnd(net_vnd, rate)


def raise_legs(*, kind: str, net_vnd: int, vat_vnd: int, customer_id: UUID | None) -> list[Leg]:
    legs = [
        Leg(chart.receivable(kind), Side.DEBIT, net_vnd + vat_vnd, customer_id),
        Leg(chart.revenue(kind), Side.CREDIT, net_vnd),
    ]
    if vat_vnd:
        legs.append(Leg(chart.OUTPUT_VAT, Side.CREDIT, vat_vnd))
    return legs


def split(*, amount_vnd: int, owed_vnd: int, has_customer: bool, is_cancelled: bool) -> Split:
    """Never more to a charge than it still owes. The rest is the customer's credit when we know whose it is;
    money for a cancelled charge waits in suspense for a person to decide."""
    applied = min(amount_vnd, owed_vnd)
    excess = amount_vnd - applied
    to_credit = has_customer and not is_cancelled
    account = "" if not excess else chart.CUSTOMER_CREDIT if to_credit else chart.SUSPENSE
    return Split(applied, excess, account)


def settle_legs(
    *,
    kind: str,
    how: Split,
    clearing_account: str,
    clearing_party: UUID | None,
    customer_id: UUID | None,
    case_id: UUID,
) -> list[Leg]:
    legs = [Leg(clearing_account, Side.DEBIT, how.applied_vnd + how.excess_vnd, clearing_party)]
    if how.applied_vnd:
        legs.append(Leg(chart.receivable(kind), Side.CREDIT, how.applied_vnd, customer_id))
    if how.excess_vnd:
        party = customer_id if how.excess_account == chart.CUSTOMER_CREDIT else case_id
        legs.append(Leg(how.excess_account, Side.CREDIT, how.excess_vnd, party))
    return legs


def mirrored(legs: Iterable[Leg]) -> list[Leg]:
    """The legs that undo these."""
    return [Leg(leg.account, leg.side.other, leg.amount_vnd, leg.party_id) for leg in legs]


def differing_field(stored: Mapping[str, object], asked: Mapping[str, object]) -> str | None:
    """The first field, by name, in which two contents differ."""
    for name in sorted(set(stored) | set(asked)):
        if stored.get(name) != asked.get(name):
            return name
    return None
