"""What runs by itself: named functions with an interval, run by the worker in each company, woken when
there is work.

A room declares them in its `jobs.py` (found by itself):

    @jobs.periodic("outbox", every_seconds=5)
    def drain_outbox(at: datetime) -> int:
        return messaging_ops.send_due(at=at, limit=200)

The function works in the company already chosen and returns how many things it did; while that is more than
none it is called again. An operation that leaves work behind calls `jobs.wake("outbox")`: after the commit,
and only then, the worker is told. A wake-up that gets lost costs at most one interval, since the interval's
sweep finds the work anyway.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Function = Callable[[datetime], int | None]

QUEUE = "wake"
TASK = "motcua.wake"
WAITING = """
SELECT queueing_lock FROM public.procrastinate_jobs WHERE queueing_lock = ANY(%s) AND status = 'todo'
"""


@dataclass(frozen=True)
class Job:
    """A function the worker runs: every so many seconds in each company (or once in `public`: national)."""

    name: str
    function: Function
    every_seconds: float
    national: bool = False


_jobs: dict[str, Job] = {}


def register(name: str, function: Function, *, every_seconds: float, national: bool = False) -> Job:
    """Declare a job. Raises ValueError for a second function under the same name."""
    known = _jobs.get(name)
    if known and (known.function.__module__, known.function.__qualname__) != (
        function.__module__,
        function.__qualname__,
    ):
        raise ValueError(f"two jobs are called {name!r}")
    _jobs[name] = Job(name, function, every_seconds, national)
    return _jobs[name]


def periodic(name: str, *, every_seconds: float, national: bool = False) -> Callable[[Function], Function]:
    """Decorator form of `register`; the function stays callable as it is."""

    def declare(function: Function) -> Function:
        register(name, function, every_seconds=every_seconds, national=national)
        return function

    return declare


def get(name: str) -> Job:
    return _jobs[name]


def list_jobs() -> list[Job]:
    return sorted(_jobs.values(), key=lambda job: job.name)


def wake(name: str) -> None:
    """Tell the worker, after the present transaction commits, that this job has work in the present schema.

    Many calls in one transaction tell it once; a roll-back tells it nothing. Never fails: a worker that
    cannot be told finds the work at its next sweep.
    """
    from django.db import connection, transaction

    schema_name: str = connection.schema_name  # type: ignore[attr-defined]
    savepoints = set(connection.savepoint_ids)
    on_commit: list[Any] = connection.run_on_commit
    planned = next(
        (
            plan
            for sids, plan, _robust in on_commit
            if isinstance(plan, _Wakes) and plan.schema_name == schema_name and sids <= savepoints
        ),
        None,
    )
    if planned is not None:
        planned.names[name] = None
    else:
        transaction.on_commit(_Wakes(schema_name, {name: None}), robust=True)


@dataclass
class _Wakes:
    """The jobs of one transaction to be told, in one go."""

    schema_name: str
    names: dict[str, None]

    def __call__(self) -> None:
        from procrastinate import exceptions
        from procrastinate.contrib.django import app

        locks = {f"{name}:{self.schema_name}": name for name in self.names}
        # A wake-up that waits will find this work too. Asking first is cheaper than being refused for its lock.
        for lock in locks.keys() - _waiting(list(locks)):
            arguments: dict[str, Any] = {"job": locks[lock], "schema": self.schema_name}
            with contextlib.suppress(exceptions.AlreadyEnqueued):
                app.configure_task(TASK, queue=QUEUE, queueing_lock=lock).defer(**arguments)


def _waiting(locks: list[str]) -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(WAITING, [locks])
        return {row[0] for row in cursor.fetchall()}
