"""What an account is billed by when nobody said otherwise, and the power factor from two registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isqrt

from motcua.billing.rules import rating
from motcua.billing.rules.case import WHOLE_QUOTA, Case
from motcua.billing.rules.use import Purpose, split_by_purpose
from motcua.tariffs.book import Part, PriceBook

# The contract's purpose as a price group, and the voltage that belongs to it where the prices ask for one.
GROUP_OF_PURPOSE: Mapping[str, tuple[str, str]] = {
    "RESIDENTIAL": ("HOME", ""),
    "PRODUCTION": ("PRODUCTION", "LT_6KV"),
    "BUSINESS": ("BUSINESS", "LT_6KV"),
    "SCHOOL_HOSPITAL": ("HOSPITAL_SCHOOL", "LT_6KV"),
    "PUBLIC": ("ADMIN_LIGHTING", "LT_6KV"),
}


def cosphi_hundredths(active_kwh: int, reactive_kvarh: int) -> int | None:
    """cos phi = Wp / sqrt(Wp^2 + Wq^2) to two decimals, half up; None where nothing was used."""
    if not active_kwh:
        return None
    # the largest c with c - 1/2 <= 100 Wp / s, both sides squared
    apparent = active_kwh**2 + reactive_kvarh**2
    return (isqrt((200 * active_kwh) ** 2 // apparent) + 1) // 2


@dataclass(frozen=True)
class Terms:
    """What an account is billed by for some time."""

    price_group: str
    voltage: str
    area: str = ""
    quota_hundredths: int = WHOLE_QUOTA
    is_undeclared: bool = False
    purposes: tuple[Purpose, ...] = ()


def cases_of(whole: Case, changes: Sequence[tuple[date, Terms]], book: PriceBook) -> list[Case]:
    """The cases of a period whose terms changed: `changes` are (first day, terms) in order, the first one not after the start.

    What was used goes to the days in proportion, as where a price changes; every part is shared among its purposes.
    """
    cuts = [(max(day, whole.start), terms) for day, terms in changes if day < whole.end]
    held = [
        pair
        for pair, after in zip(cuts, [*cuts[1:], None], strict=True)
        if after is None or after[0] > pair[0]
    ]
    cases: list[Case] = []
    used = dict.fromkeys(whole.use, 0)
    for (start, terms), after in zip(held, [*held[1:], None], strict=True):
        end = after[0] if after else whole.end
        until = {part: rating.used_until(whole, part, end) for part in whole.use}
        use = {part: until[part] - used[part] for part in whole.use}
        cases += by_terms(replace(whole, start=start, end=end, use=use, known={}), terms, book)
        used = until
    return cases


def by_terms(case: Case, terms: Terms, book: PriceBook) -> list[Case]:
    """A case under these terms: one, or one for each purpose."""
    told = replace(case, area=terms.area)
    if terms.purposes:
        return [fitted(one, terms, book) for one in split_by_purpose(told, terms.purposes, book)]
    return [fitted(replace(told, group=terms.price_group, voltage=terms.voltage), terms, book)]


def fitted(case: Case, terms: Terms, book: PriceBook) -> Case:
    """Registers together where the prices know no hours; households and tenants only where there are tiers."""
    has_hours, has_tiers = kind_of_prices(case.group, case.voltage, case.end, book)
    return replace(
        case,
        use=case.use if has_hours or not case.has_registers else {Part.ONE: case.total_kwh},
        known=case.known if has_hours or not case.has_registers else {},
        quota_hundredths=terms.quota_hundredths if has_tiers else WHOLE_QUOTA,
        is_undeclared=terms.is_undeclared and has_tiers,
    )


def kind_of_prices(group: str, voltage: str, on: date, book: PriceBook) -> tuple[bool, bool]:
    """Whether the prices of a group on a day know hours, and whether they know tiers."""
    spans = book.spans(group, voltage)
    if not spans:
        return False, False
    span = next(
        (s for s in spans if s.valid_from <= on and (s.valid_to is None or on < s.valid_to)), spans[-1]
    )
    return span.has_hours, bool(span.tiers)
