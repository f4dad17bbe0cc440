"""How many requests of a year `motcua year-2018` plays a second, and what of that is sending them.

    python -m bench.year [REQUESTS]

In a fresh database of its own on the embedded server of the tests (not durable): faults and complaints sent one by one
and together, a year of what is answered at once (the north), a year of the whole mix (Hanoi).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench.import_customers import a_database

BATCH = 500
FIRST = 1_000_000  # beyond the numbers of the year that is played after


def played(company: str, services, count: int) -> tuple[float, float]:
    """Seconds by the clock and of this process to play so many requests of a mix."""
    from motcua.ops.year import plan, play

    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        begun, worked = time.monotonic(), time.process_time()
        play.play_company(
            company, scale=count / plan.COMPANIES[company], done=0, batch=BATCH, folder=Path(folder), note=lambda done: None,
            progress=lines.append, services=services,
        )  # fmt: skip
        return time.monotonic() - begun, time.process_time() - worked


def furnish() -> None:
    """People, crews and stores, as the command finds them in a home."""
    from motcua.companies.context import using_company
    from motcua.companies.models import Company
    from motcua.config import clock
    from motcua.ops import seed

    for company in Company.objects.filter(code__in=("HANOI", "NPC")):
        with using_company(company.code):
            seed.furnish(company, clock.now(), meters=10)


def sent(company: str, count: int) -> dict[str, tuple[float, float]]:
    """The same for sending so many faults and complaints, singly and together."""
    from dataclasses import asdict, replace

    from motcua.companies.context import using_company
    from motcua.ops.year import plan, play
    from motcua.requests import operations as request_ops

    with using_company(company):
        where = play.places()
        weights = [(number, place.weight) for number, place in enumerate(where)]
        mix = (("FAULT", 26.0), ("COMPLAINT", 6.0))
        items = [plan.planned(company, FIRST + number, weights, mix) for number in range(3 * count)]
        orders = [play._order(item, where[item.unit]) for item in items]
        request_ops.submit_many(orders[:count])  # what is read once is read
        found: dict[str, tuple[float, float]] = {}
        begun, worked = time.monotonic(), time.process_time()
        for order in orders[count : 2 * count]:
            told = asdict(replace(order, actor=None)) | {"actor": order.actor}  # type: ignore[arg-type]
            request_ops.submit(**told)
        found["one by one"] = time.monotonic() - begun, time.process_time() - worked
        begun, worked = time.monotonic(), time.process_time()
        for start in range(2 * count, 3 * count, BATCH):
            request_ops.submit_many(orders[start : start + BATCH])
        found["together"] = time.monotonic() - begun, time.process_time() - worked
        return found


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    count = int(arguments[0]) if arguments else 2000
    with a_database():
        from motcua.ops.year import mix

        furnish()
        for name, spent in sent("HANOI", count).items():
            say(f"faults and complaints sent {name}", count, spent)
        say("answered at once, from sending to rating", count, played("NPC", mix.SIMPLE, count))
        say("the whole mix", count, played("HANOI", mix.ALL, count))
    return 0


def say(name: str, count: int, spent: tuple[float, float]) -> None:
    print(
        f"  {name:<42} {count / spent[0]:>7,.0f}/s   {spent[1] * 1000 / count:>6.1f} s of CPU a thousand",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
