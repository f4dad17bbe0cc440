"""The worker: runs every declared job in each company at its interval, and at once when an operation wakes
it.

procrastinate carries the wake-ups (deferred after commit, heard by LISTEN); the intervals' sweeps find what
was not woken. Two workers may run side by side: a job runs in one company once at a time, held by a lock of
the database.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

THREADS = 4
ROUNDS_AT_ONCE = 50  # then the other jobs have their turn
COMPANIES_KNOWN_FOR_SECONDS = 10.0
FIRST_WITHIN_SECONDS = 60.0
STOP_WITHIN_SECONDS = 2.0


@dataclass
class _Slot:
    """One job in one schema: whether it runs now, and whether it was woken meanwhile."""

    running: bool = False
    again: bool = False
    due: float = 0.0


@dataclass
class Runner:
    """Keeps every (job, schema) at its pace; runs them in threads, each with a database connection of its
    own.
    """

    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="job")
    )
    slots: dict[tuple[str, str], _Slot] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _schemas: list[str] = field(default_factory=list)
    _schemas_read: float = -COMPANIES_KNOWN_FOR_SECONDS

    async def sweep_forever(self) -> None:
        """Start what is due, spread over its interval so that companies do not all come at once."""
        from motcua.config import jobs

        while not self.stopping.is_set():
            schemas = await self._known_schemas()
            now = time.monotonic()
            wanted = [
                (job, schema)
                for job in jobs.list_jobs()
                for schema in (["public"] if job.national else schemas)
            ]
            for number, (job, schema) in enumerate(wanted):
                slot = self.slots.setdefault(
                    (job.name, schema), _Slot(due=now + _first_after(job.every_seconds, number / len(wanted)))
                )
                if now >= slot.due:
                    slot.due = now + job.every_seconds
                    self.begin(job.name, schema)
            await self._pause(0.1)

    def begin(self, name: str, schema: str) -> None:
        """Run the job in that schema now; if it is running already, once more after that."""
        slot = self.slots.setdefault((name, schema), _Slot())
        if slot.running:
            slot.again = True
            return
        slot.running = True
        task = asyncio.ensure_future(self._run(name, schema, slot))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, name: str, schema: str, slot: _Slot) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                slot.again = False
                more = await loop.run_in_executor(self.pool, run_once, name, schema)
                if self.stopping.is_set() or not (more or slot.again):
                    return
        finally:
            slot.running = False

    async def _known_schemas(self) -> list[str]:
        if time.monotonic() - self._schemas_read > COMPANIES_KNOWN_FOR_SECONDS:
            loop = asyncio.get_running_loop()
            try:
                self._schemas = await loop.run_in_executor(self.pool, _read_schemas)
                self._schemas_read = time.monotonic()
            except Exception:  # the database is away: what is known still counts, and we ask again
                _log().warning("worker.companies-unknown", exc_info=True)
                await self._pause(1)
        return self._schemas

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    async def settle(self) -> None:
        """Let what runs come to its end, for as long as a stop may take."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_WITHIN_SECONDS)
        self.pool.shutdown(wait=False, cancel_futures=True)


def _first_after(every_seconds: float, share: float) -> float:
    """Seconds until a job's first run after a start: spread, but soon, or a daily job of a worker that is
    restarted every day would never run.
    """
    return min(every_seconds, FIRST_WITHIN_SECONDS) * share


def run_once(name: str, schema: str) -> bool:
    """Run one job in one schema until it finds nothing more (or has had its turn); True when there may be
    more.

    A failure is logged and left to the next sweep. Another worker that holds the job's lock leaves us
    nothing to do.
    """
    from django.db import connection

    from motcua.config import clock, jobs
    from motcua.config import logging as motcua_logging

    job = jobs.get(name)
    motcua_logging.bind(company=schema, actor=f"system:{name}")
    try:
        _enter(schema)
        with _alone(connection, name, schema) as alone:
            if not alone:
                return False
            return all(job.function(clock.now()) for _ in range(ROUNDS_AT_ONCE))
    except Exception:
        _log().exception("job.failed", job=name)
        return False
    finally:
        connection.close()  # back to the pool, which resets company and role
        motcua_logging.forget()


def _enter(schema: str) -> None:
    from django.db import connection

    from motcua.companies.models import Company

    connection.set_schema_to_public()  # type: ignore[attr-defined]
    if schema != "public":
        connection.set_tenant(Company.objects.get(schema_name=schema))  # type: ignore[attr-defined]


@contextmanager
def _alone(connection, name: str, schema: str) -> Iterator[bool]:  # type: ignore[no-untyped-def]
    """Whether no other worker runs this job here. The lock is the session's: given back before the pool
    gets it.
    """
    key = f"motcua job {name} {schema}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        (got,) = cursor.fetchone()
    try:
        yield bool(got)
    finally:
        if got and connection.connection is not None:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])
            except Exception:
                connection.connection.close()  # a broken session loses its locks


def _read_schemas() -> list[str]:
    from django.db import connection

    from motcua.companies.models import Company

    try:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        return list(
            Company.objects.filter(is_active=True).order_by("id").values_list("schema_name", flat=True)
        )
    finally:
        connection.close()


def _log() -> Any:
    import structlog

    return structlog.get_logger("motcua.ops.worker")


async def work() -> None:
    """Run until a signal says stop."""
    import procrastinate

    from motcua.config import jobs
    from motcua.config.env import ENV

    runner = Runner()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, runner.stopping.set)

    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=ENV.database_url, kwargs={"options": "-c search_path=public"}, min_size=1, max_size=4
        )
    )

    @app.task(name=jobs.TASK, queue=jobs.QUEUE)
    async def wake(job: str, schema: str) -> None:
        if job in {known.name for known in jobs.list_jobs()}:
            runner.begin(job, schema)

    sweeping = asyncio.create_task(runner.sweep_forever())
    listening = asyncio.create_task(_listen(app, runner))
    await runner.stopping.wait()
    listening.cancel()
    await asyncio.wait({sweeping, listening}, timeout=1)
    await runner.settle()


async def _listen(app, runner: Runner) -> None:  # type: ignore[no-untyped-def]
    """procrastinate's worker, started again after a pause when the database went away."""
    for attempt in itertools.count():
        try:
            async with app.open_async():
                _log().info("worker.listening", attempt=attempt)
                housekeeping = asyncio.create_task(_housekeep(app))
                try:
                    await app.run_worker_async(
                        name="motcua",
                        concurrency=4,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        fetch_job_polling_interval=5.0,
                        shutdown_graceful_timeout=1.0,
                    )
                finally:
                    housekeeping.cancel()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            _log().warning("worker.lost-database", error=type(error).__name__)
        await asyncio.sleep(1)


async def _housekeep(app) -> None:  # type: ignore[no-untyped-def]
    """Every minute: wake-ups that a killed worker left in `doing` are given back."""
    while True:
        try:
            for stalled in await app.job_manager.get_stalled_jobs():
                await app.job_manager.retry_job(stalled)
        except Exception as error:
            _log().warning("worker.housekeeping-failed", error=type(error).__name__)
        await asyncio.sleep(60)


def main() -> int:
    import django

    django.setup()
    from django.utils.module_loading import autodiscover_modules

    from motcua.config import logging as motcua_logging

    motcua_logging.configure()
    autodiscover_modules("jobs")
    asyncio.run(work())
    return 0


if __name__ == "__main__":
    from motcua.ops import worker  # tasks are named after their module, which must not be __main__

    sys.exit(worker.main())
