"""Who must be billed by three prices: pure. The numbers are those of dated rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from motcua.kernel.periods import months_before
from motcua.tariffs.book import ThreePrices


def why_three(
    group: str, transformer_kva: int, kwh_by_month: Mapping[date, int], rules: Sequence[ThreePrices]
) -> tuple[str, int | None] | None:
    """GROUP, TRANSFORMER or USE, with the monthly average (rounded down) of the newest months as far as there is one; None: need not.

    `kwh_by_month` by the first of a month. Only consecutive months count: who was not billed in one has no average.
    """
    rule = next((one for one in rules if one.customer_group == group), None)
    if rule is None:
        return None
    used = _used(kwh_by_month, rule.months) if rule.months else None
    average = used // rule.months if used is not None and rule.months else None
    if rule.is_always:
        return "GROUP", average
    if rule.from_kva is not None and transformer_kva >= rule.from_kva:
        return "TRANSFORMER", average
    if used is not None and rule.months and rule.from_kwh is not None and used >= rule.from_kwh * rule.months:
        return "USE", average
    return None


def _used(kwh_by_month: Mapping[date, int], months: int) -> int | None:
    if not kwh_by_month:
        return None
    newest = max(kwh_by_month)
    wanted = [months_before(newest, back) for back in range(months)]
    return sum(kwh_by_month[month] for month in wanted) if all(m in kwh_by_month for m in wanted) else None
