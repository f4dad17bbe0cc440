"""Whether what a meter is said to show may be so, asked at once: at the customer's door, of the customer themselves.

The same bounds and the same rule that a bill run holds readings against later; see `rules.plausibility`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from motcua.billing import run_queries
from motcua.billing.models import AccountTerms, Bill, BillKind, BillState
from motcua.billing.rules import plausibility
from motcua.billing.rules.plausibility import Doubt, Use
from motcua.billing.rules.terms import GROUP_OF_PURPOSE
from motcua.kernel.local_time import local_date
from motcua.supply import queries as supply_queries
from motcua.supply.hanging import Hanging

ACTIVE = frozenset({"KT", "BT", "CD", "TD"})


@dataclass(frozen=True)
class Ground:
    """What an account's reading is held against: its last bill, its terms."""

    prev_day: date | None
    previous: Mapping[tuple[str, str], int]
    last: Use | None
    is_home: bool
    factor: int

    def kwh_of(self, meters: Sequence[Hanging], shown: Mapping[tuple[str, str], int]) -> int:
        """What was used through these meters since the last bill, as far as they were read and known before."""
        used = 0
        for meter in meters:
            for register in meter.registers:
                now, before = shown.get((meter.serial, register)), self._before(meter, register)
                if now is not None and before is not None and register in ACTIVE:
                    used += (now - before) % 10**meter.digits * self.factor
        return used

    def doubt_of(
        self,
        meters: Sequence[Hanging],
        shown: Mapping[tuple[str, str], int],
        on: date,
        bounds: plausibility.Bounds,
    ) -> Doubt | None:
        """What is doubtful about what (serial, register) showed on a day; nothing where nothing is known before."""
        registers = [(meter, register) for meter in meters for register in meter.registers]
        pairs = [(m, now, self._before(m, r)) for m, r in registers if (now := shown.get((m.serial, r))) is not None]  # fmt: skip
        is_negative = any(
            before is not None and plausibility.is_negative(before, now, m.digits) for m, now, before in pairs
        )
        is_whole = all(shown.get((m.serial, r)) is not None for m, r in registers if r in ACTIVE)
        if is_negative:
            return Doubt.NEGATIVE
        if not is_whole or self.prev_day is None or on <= self.prev_day:
            return None
        if any(local_date(meter.installed_at) >= self.prev_day for meter in meters):
            return None  # what the meter before it counted is not among these
        use = Use(self.kwh_of(meters, shown), (on - self.prev_day).days)
        return plausibility.doubt_of(use, self.last, is_home=self.is_home, is_negative=False, bounds=bounds)

    def _before(self, meter: Hanging, register: str) -> int | None:
        known = self.previous.get((meter.serial, register))
        if known is None and register in meter.last:
            return int(meter.last[register].value)
        return known


def grounds_of(account_codes: Collection[str], at: datetime) -> dict[str, Ground]:
    """By account; a few questions however many accounts."""
    on = local_date(at)
    bills: dict[str, Bill] = {}
    standing = Bill.objects.filter(account_code__in=account_codes, state=BillState.ISSUED, to_day__lt=on)
    newest = standing.exclude(kind=BillKind.ADJUSTMENT).order_by("account_code", "-to_day").distinct("account_code")  # fmt: skip
    for bill in newest:
        bills[bill.account_code] = bill
    rows = AccountTerms.objects.filter(account_code__in=account_codes, valid_from__lte=on).order_by("valid_from")  # fmt: skip
    terms = {row.account_code: row for row in rows if row.valid_to is None or row.valid_to > on}
    contracts = supply_queries.find_contracts(account_codes)
    return {
        code: _ground(bills.get(code), terms.get(code), contracts[code].purpose if code in contracts else "")
        for code in account_codes
    }


def bounds_of(unit_code: str, on: date) -> plausibility.Bounds:
    """Of the unit on a day. Refuses NoPolicy."""
    return run_queries.policy_of(unit_code, on).bounds


def _ground(bill: Bill | None, terms: AccountTerms | None, purpose: str) -> Ground:
    group = terms.price_group if terms else GROUP_OF_PURPOSE.get(purpose, ("", ""))[0]
    readings: Sequence[Mapping[str, Any]] = bill.readings if bill else ()
    previous = {
        (str(r["serial"]), str(r["register"])): int(r["current"])
        for r in readings
        if r.get("current") is not None
    }
    return Ground(
        bill.to_day if bill else None, previous, Use(bill.kwh, (bill.to_day - bill.from_day).days) if bill else None,
        group == "HOME", terms.factor if terms else 1,
    )  # fmt: skip
