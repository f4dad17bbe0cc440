"""A bill worked out again from its readings and the dated prices: it must come out the same to the dong, years later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from motcua.billing.models import BillKind
from motcua.billing.operations.issuing import told_lines
from motcua.billing.queries import BillView
from motcua.billing.rules import rating, reading
from motcua.kernel.results import Refused
from motcua.tariffs.book import PriceBook

REACTIVE = "VC"


@dataclass(frozen=True)
class Recount:
    """What came out. `differs` names what is another now (readings, lines, active_vnd, reactive_vnd, vat_vnd, total_vnd), with
    what the bill says and what came out; nothing, when it agrees.
    """

    lines: Sequence[Mapping[str, Any]] = ()
    active_vnd: int = 0
    reactive_vnd: int = 0
    vat_vnd: int = 0
    total_vnd: int = 0
    differs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    refused: str = ""

    @property
    def agrees(self) -> bool:
        return not self.differs and not self.refused


def recount(bill: BillView, book: PriceBook) -> Recount | None:
    """The bill rated anew; None for an adjustment, which is a difference of two bills and has no use of its own."""
    if bill.kind == BillKind.ADJUSTMENT:
        return None
    cases = [bill.case] if isinstance(bill.case, Mapping) else list(bill.case)
    try:
        rated = rating.rate_together([reading.read_case(reading.given(case), book) for case in cases], book)
    except Refused as refusal:
        return Recount(refused=refusal.code)
    lines = told_lines(rated)
    found = {
        "readings": (bill.kwh, kwh_of(bill.readings)),
        "lines": ([dict(line) for line in bill.lines], lines),
        "active_vnd": (bill.active_vnd, rated.active_vnd),
        "reactive_vnd": (bill.reactive_vnd, rated.reactive_vnd),
        "vat_vnd": (bill.vat_vnd, rated.vat_vnd),
        "total_vnd": (bill.total_vnd, rated.total_vnd),
    }
    if not bill.readings:  # brought in from an older system without them
        del found["readings"]
    return Recount(
        lines,
        rated.active_vnd,
        rated.reactive_vnd,
        rated.vat_vnd,
        rated.total_vnd,
        {name: pair for name, pair in found.items() if pair[0] != pair[1]},
    )


def kwh_of(readings: Sequence[Mapping[str, Any]]) -> int:
    """The kilowatt-hours of all registers that count active energy."""
    return sum(int(row["kwh"]) for row in readings if row.get("register") != REACTIVE)
