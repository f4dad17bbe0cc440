"""Working-time sums, ours beside the library workclock, in the same run: `python -m bench.worktime`.

Each sum of ours that makes a deadline also explains it day by day; theirs gives the instant alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import time as clock
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import workclock

from motcua.kernel.worktime import Calendar, Day, office_week

GOAL_MICROSECONDS = 20.0
SPANS = ((time(7, 30), time(11, 30)), (time(13), time(16, 30)))
HOLIDAYS = (
    *(date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2)),
    *(date(2026, 2, 16) + timedelta(n) for n in range(5)),
    *(date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)),
)
SWAPPED = (date(2025, 4, 26), date(2026, 8, 22))
FIRST, LAST = date(2024, 12, 1), date(2027, 6, 1)

Sum = Callable[[datetime], object]


def ours() -> Calendar:
    days = {day: Day(False, "Nghỉ lễ") for day in HOLIDAYS}
    return Calendar(office_week(SPANS), days | {day: Day(True, "Làm bù") for day in SWAPPED})


def theirs() -> workclock.Schedule:
    saturdays = {
        day for day in (FIRST + timedelta(n) for n in range((LAST - FIRST).days)) if day.weekday() == 5
    }
    return workclock.Schedule(
        [
            workclock.WorkDay(SPANS[0][0], SPANS[1][1], days=range(6)),
            workclock.Break(SPANS[0][1], SPANS[1][0], days=range(6)),
            workclock.Holidays((saturdays - set(SWAPPED)) | set(HOLIDAYS)),
        ],
        time_zone="Asia/Ho_Chi_Minh",
    )


def sums() -> list[tuple[str, Sum, Sum | None]]:
    """Name, ours, theirs (None where it has no such sum)."""
    calendar, schedule = ours(), theirs()
    hours, day, month, year = timedelta(hours=8), timedelta(days=3), timedelta(days=45), timedelta(days=400)
    return [
        ("5 working days, explained", lambda at: calendar.add_days(at, 5), None),
        ("7 working days, explained", lambda at: calendar.add_days(at, 7), None),
        (
            "8 working hours, explained",
            lambda at: calendar.add_minutes(at, 480),
            lambda at: schedule.add(at, hours),
        ),
        (
            "minutes over 3 days",
            lambda at: calendar.minutes_between(at, at + day),
            lambda at: schedule.between(at, at + day),
        ),
        (
            "minutes over 45 days",
            lambda at: calendar.minutes_between(at, at + month),
            lambda at: schedule.between(at, at + month),
        ),
        (
            "minutes over 400 days",
            lambda at: calendar.minutes_between(at, at + year),
            lambda at: schedule.between(at, at + year),
        ),
        ("next opening", calendar.next_opening, schedule.next_period),
    ]


def starts(count: int, seed: int = 7) -> list[datetime]:
    rng = random.Random(seed)
    first = datetime(2025, 1, 1, tzinfo=UTC)
    return [first + timedelta(seconds=rng.randrange(370 * 86_400)) for _ in range(count)]


def best_of(sum_: Sum, instants: Sequence[datetime], rounds: int) -> float:
    """Microseconds a sum, in the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        begun = clock.perf_counter()
        for at in instants:
            sum_(at)
        best = min(best, clock.perf_counter() - begun)
    return best / len(instants) * 1e6


def run(count: int = 5_000, rounds: int = 5) -> list[tuple[str, float, float | None]]:
    """Measure every sum: name, microseconds of ours, of theirs. The two take turns in one process."""
    instants = starts(count)
    return [
        (name, best_of(our, instants, rounds), best_of(their, instants, rounds) if their else None)
        for name, our, their in sums()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000, help="instants in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--check", action="store_true", help=f"fail when a sum takes over {GOAL_MICROSECONDS:g} us"
    )
    options = parser.parse_args()
    measured = run(options.count, options.rounds)
    print(f"{'working-time sum':30}{'ours us':>10}{'sums/s':>12}{'workclock us':>14}{'theirs/ours':>13}")
    for name, our, their in measured:
        theirs_text = f"{their:14.2f}{their / our:12.2f}x" if their is not None else f"{'-':>14}{'-':>13}"
        print(f"{name:30}{our:10.2f}{1e6 / our:12,.0f}{theirs_text}")
    slow = [name for name, our, _ in measured if our > GOAL_MICROSECONDS]
    if slow:
        print(f"over {GOAL_MICROSECONDS:g} us: {', '.join(slow)}")
    return 1 if slow and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
