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
        Leg(chart.income(kind), Side.CREDIT, net_vnd),
    ]
    if vat_vnd:
        legs.append(Leg(chart.OUTPUT_VAT, Side.CREDIT, vat_vnd))
    return legs


def credit_legs(*, kind: str, net_vnd: int, vat_vnd: int, customer_id: UUID) -> list[Leg]:
    """What a corrected bill gives back: less income, less tax, more that the customer has with us."""
    legs = [Leg(chart.income(kind), Side.DEBIT, net_vnd)]
    if vat_vnd:
        legs.append(Leg(chart.OUTPUT_VAT, Side.DEBIT, vat_vnd))
    return [*legs, Leg(chart.CUSTOMER_CREDIT, Side.CREDIT, net_vnd + vat_vnd, customer_id)]


def rate_text(rate: Decimal) -> str:
    """A rate as the content of a booking says it: 0.0800 and 0.08 are the same."""
    return format(rate.normalize() + 0, "f")


def mirrored(legs: Iterable[Leg]) -> list[Leg]:
    """The legs that undo these."""
    return [Leg(leg.account, leg.side.other, leg.amount_vnd, leg.party_id) for leg in legs]


def differing_field(stored: Mapping[str, object], asked: Mapping[str, object]) -> str | None:
    """The first field, by name, in which two contents differ."""
    for name in sorted(set(stored) | set(asked)):
        if stored.get(name) != asked.get(name):
            return name
    return None
