"""A wrong price was applied: what is to be paid after, or given back.

Back to the day on which it began, or, when nobody knows that day, so many months (twelve: Decree 137/2013 as the power
companies publish it; a dated row of `tariffs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from motcua.billing.rules import rating
from motcua.billing.rules.case import Case
from motcua.kernel.periods import months_before
from motcua.tariffs.book import PriceBook


@dataclass(frozen=True)
class Difference:
    """One bill put right: what it was, what it ought to have been. Positive differences are owed, negative given back."""

    end: date
    billed: rating.Bill
    right: rating.Bill

    @property
    def subtotal_vnd(self) -> int:
        return self.right.subtotal_vnd - self.billed.subtotal_vnd

    @property
    def vat_vnd(self) -> int:
        """At the rate of that bill's own reading day."""
        return self.right.vat_vnd - self.billed.vat_vnd

    @property
    def total_vnd(self) -> int:
        return self.subtotal_vnd + self.vat_vnd


@dataclass(frozen=True)
class Rebilling:
    """All bills put right, and their sum."""

    since: date
    differences: tuple[Difference, ...]

    @property
    def total_vnd(self) -> int:
        return sum(one.total_vnd for one in self.differences)


def rebill(
    cases: Sequence[tuple[Sequence[Case], Sequence[Case]]],
    book: PriceBook,
    *,
    found_on: date,
    wrong_since: date | None,
    months_back: int,
) -> Rebilling:
    """`cases` are (as billed, as it should have been), each with all that share the meter. Bills read after the day it began, or after so many months before
    it was found, are put right; older ones stay.
    """
    since = wrong_since or months_before(found_on, months_back)
    return Rebilling(
        since,
        tuple(
            Difference(end, _rated(billed, book), _rated(right, book))
            for billed, right in cases
            if since < (end := max(case.end for case in billed)) <= found_on
        ),
    )


def _rated(cases: Sequence[Case], book: PriceBook) -> rating.Bill:
    """Reactive power and VAT of all together, by the one that ends last."""
    return rating.rate_together(cases, book, max(cases, key=lambda case: case.end))
