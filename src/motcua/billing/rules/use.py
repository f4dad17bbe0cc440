"""From what a meter shows to kilowatt-hours: the round past all nines, a meter changed, a meter that stood still, several
purposes behind one meter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from motcua.billing.rules.case import Case
from motcua.billing.rules.refusals import FieldWrong, NothingToGoBy
from motcua.tariffs.book import Part, PriceBook


@dataclass(frozen=True)
class Shown:
    """What one register showed at both ends of its time here; `factor` is that of its transformers."""

    previous: int
    current: int
    digits: int
    factor: int = 1

    @property
    def kwh(self) -> int:
        """A register that shows less than before has gone round once: 99850 to 00120 of five digits is 270."""
        size: int = 10**self.digits
        if not (0 <= self.previous < size and 0 <= self.current < size):
            raise FieldWrong(field="reading", name="reading", expected=f"0 ... {size - 1}")
        return (self.current - self.previous) % size * self.factor


def kwh_through_changes(shown: Sequence[Shown]) -> int:
    """What was used through all meters that hung here in the period, the one taken down and the one put up."""
    return sum(one.kwh for one in shown)


def kwh_of_stopped(before: Sequence[tuple[int, int]], days: int, *, cycles: int) -> int:
    """What a meter that stood still would have counted in so many days: the daily average of the cycles before, half up.

    `before` are (kilowatt-hours, days) of past cycles, newest last; the last `cycles` count (Decree 137/2013, article
    20: three). Refuses with NothingToGoBy.
    """
    counted = before[-cycles:] if cycles else ()
    of = sum(cycle_days for _, cycle_days in counted)
    if not of:
        raise NothingToGoBy(field="kwh")
    return (2 * sum(kwh for kwh, _ in counted) * days + of) // (2 * of)


@dataclass(frozen=True)
class Purpose:
    """A share of one meter's use for one price group, in hundredths of a per cent (10000 is all)."""

    group: str
    voltage: str
    share: int


def split_by_purpose(case: Case, purposes: Sequence[Purpose], book: PriceBook) -> list[Case]:
    """One case for each purpose; every register is shared out half up, the last purpose takes the rest.

    Purposes whose prices know no hours get their share of all registers together.
    """
    if sum(purpose.share for purpose in purposes) != 10_000 or any(p.share <= 0 for p in purposes):
        raise FieldWrong(field="purposes", name="purposes", expected="100 %")
    cases, given, reached = [], dict.fromkeys(case.use, 0), 0
    for purpose in purposes:
        reached += purpose.share
        until = {part: (2 * kwh * reached + 10_000) // 20_000 for part, kwh in case.use.items()}
        use = {part: until[part] - given[part] for part in case.use}
        cases.append(
            replace(
                case,
                group=purpose.group,
                voltage=purpose.voltage,
                use=_registers_of(use, purpose, book),
                known={},
            )
        )
        given = until
    return cases


def _registers_of(use: Mapping[Part, int], purpose: Purpose, book: PriceBook) -> Mapping[Part, int]:
    spans = book.spans(purpose.group, purpose.voltage)
    has_hours = bool(spans) and spans[-1].has_hours
    return use if has_hours or Part.ONE in use else {Part.ONE: sum(use.values())}
