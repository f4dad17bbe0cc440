"""Pages of staff opened over tables that grow: rows made without their indexes, pages measured size after size."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

ROUNDS = 30
BATCH = 50_000
# Millions of rows go in before their indexes are made; those that hold a constraint stay.
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes i
 WHERE schemaname = current_schema() AND tablename = ANY(%s)
   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""


@contextmanager
def without_indexes(owner: Any, tables: Sequence[str]) -> Iterator[None]:
    """Rows go into these tables inside; the indexes are made and the tables looked at afterwards."""
    indexes = owner.execute(INDEXES, [list(tables)]).fetchall()
    for name, _ in indexes:
        owner.execute(f'DROP INDEX "{name}"')
    yield
    owner.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        owner.execute(definition)
    owner.commit()
    owner.autocommit = True
    owner.execute("VACUUM (ANALYZE)")
    owner.autocommit = False


def batches(first: int, last: int) -> Iterator[tuple[int, int]]:
    """(first, last) numbers of each batch; `last` is the first number that is not made."""
    for start in range(first, last, BATCH):
        yield start, min(start + BATCH, last) - 1


def browser_of(person: Any) -> Any:
    """Somebody signed in at the company's host."""
    from django.test import Client
    from tests.web import people

    browser = Client(headers={"host": "hanoi.localhost"})
    browser.force_login(person, backend=people.BACKEND)
    return browser


def measure(open_page: Callable[[int], Any]) -> tuple[float, float]:
    """p50 and p95 in milliseconds, after three to warm up."""
    took = []
    for number in range(ROUNDS + 3):
        begun = time.perf_counter()
        status = open_page(number).status_code
        took.append((time.perf_counter() - begun) * 1000)
        assert status in {200, 302}, status
    took = sorted(took[3:])
    return took[len(took) // 2], took[int(len(took) * 0.95)]


def grown(title: str, now: float, before: dict[str, float]) -> str:
    """By what factor a page's p95 grew since the size before."""
    return f"{now / before[title]:6.1f}x" if title in before else ""


def sizes(name: str) -> list[int]:
    """What `--sizes` says, smallest first."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    return sorted(parser.parse_args().sizes)
