"""Jobs: declared once, woken after the commit, run alone in each company, and none lost by a failure."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest
from django.db import connection, transaction

from motcua.companies.context import current_company_code, in_public, using_company
from motcua.companies.models import Company
from motcua.config import jobs
from motcua.ops import worker


@pytest.fixture
def job() -> Iterator[Callable[[Callable[[datetime], int | None]], None]]:
    """Declare a job called `test` for this test only."""

    def declare(function: Callable[[datetime], int | None]) -> None:
        jobs._jobs["test"] = jobs.Job("test", function, 60)

    yield declare
    jobs._jobs.pop("test", None)


def waiting() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT queueing_lock FROM public.procrastinate_jobs ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


class TestRegister:
    def test_refuses_two_functions_under_one_name(self, job: Callable[..., None]) -> None:
        def another(at: datetime) -> int:
            return 1

        job(lambda at: 0)

        with pytest.raises(ValueError, match="two jobs are called 'test'"):
            jobs.register("test", another, every_seconds=1)


class TestWake:
    def test_tells_of_what_does_not_wait_yet(self, committed_company: Company) -> None:
        with transaction.atomic():
            jobs.wake("outbox")
        with transaction.atomic():
            jobs.wake("inbox")
            with transaction.atomic():
                jobs.wake("outbox")
                jobs.wake("rollups")

        assert waiting()[0] == "outbox:hanoi"
        assert sorted(waiting()) == ["inbox:hanoi", "outbox:hanoi", "rollups:hanoi"]

    def test_tells_again_of_what_is_being_done(self, committed_company: Company) -> None:
        """The worker may have looked for work before this commit."""
        jobs.wake("outbox")
        with in_public(), connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")

        jobs.wake("outbox")

        assert waiting() == ["outbox:hanoi", "outbox:hanoi"]

    def test_tells_the_worker_after_the_commit_once(self, committed_company: Company) -> None:
        with transaction.atomic():
            jobs.wake("outbox")
            jobs.wake("outbox")
            assert waiting() == []

        assert waiting() == ["outbox:hanoi"]

    def test_says_nothing_after_a_roll_back(self, committed_company: Company) -> None:
        with transaction.atomic():
            jobs.wake("outbox")
            transaction.set_rollback(True)

        assert waiting() == []

    def test_a_wake_up_that_waits_already_is_enough(self, committed_company: Company) -> None:
        jobs.wake("outbox")
        jobs.wake("outbox")
        jobs.wake("inbox")

        assert waiting() == ["outbox:hanoi", "inbox:hanoi"]


class TestRunOnce:
    def test_works_in_the_company_until_nothing_is_left(
        self, committed_company: Company, job: Callable[..., None]
    ) -> None:
        seen: list[str] = []

        def drain(at: datetime) -> int:
            seen.append(current_company_code())
            return 3 - len(seen)

        job(drain)

        assert worker.run_once("test", "hanoi") is False
        assert seen == ["HANOI", "HANOI", "HANOI"]

    def test_lets_others_have_their_turn(self, committed_company: Company, job: Callable[..., None]) -> None:
        job(lambda at: 1)

        assert worker.run_once("test", "hanoi") is True

    def test_a_failure_is_left_to_the_next_sweep(
        self, committed_company: Company, job: Callable[..., None]
    ) -> None:
        def fail(at: datetime) -> int:
            raise RuntimeError("no")

        job(fail)
        assert worker.run_once("test", "hanoi") is False

        ran: list[int] = []
        job(lambda at: ran.append(1))
        worker.run_once("test", "hanoi")
        assert ran == [1]

    def test_runs_alone_in_a_company(self, committed_company: Company, job: Callable[..., None]) -> None:
        inside, leave = threading.Event(), threading.Event()
        runs: list[str] = []

        def slow(at: datetime) -> None:
            runs.append(current_company_code())
            inside.set()
            leave.wait(120)

        job(slow)
        other = threading.Thread(target=worker.run_once, args=("test", "hanoi"))
        other.start()
        inside.wait(120)

        worker.run_once("test", "hanoi")
        assert runs == ["HANOI"]

        leave.set()
        worker.run_once("test", "npc")
        other.join(120)
        worker.run_once("test", "hanoi")
        assert runs == ["HANOI", "NPC", "HANOI"]

    def test_gives_its_lock_back_when_the_connection_broke(
        self, committed_company: Company, job: Callable[..., None]
    ) -> None:
        def lose_the_connection(at: datetime) -> None:
            connection.connection.close()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")

        job(lose_the_connection)
        worker.run_once("test", "hanoi")

        ran: list[int] = []
        job(lambda at: ran.append(1))
        worker.run_once("test", "hanoi")
        assert ran == [1]

    def test_leaves_the_connection_without_a_company(
        self, committed_company: Company, job: Callable[..., None]
    ) -> None:
        job(lambda at: 0)
        worker.run_once("test", "hanoi")
        parameters = connection.get_connection_params()
        parameters.pop("pool", None)
        parameters.pop("cursor_factory", None)
        parameters.pop("context", None)

        with psycopg.connect(**parameters) as fresh:
            held = fresh.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ).fetchone()
        assert held == (0,)


class TestRunner:
    def test_a_job_woken_while_it_runs_runs_once_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        begun = 0
        first, go_on = threading.Event(), threading.Event()

        def run_once(name: str, schema: str) -> bool:
            nonlocal begun
            begun += 1
            first.set()
            go_on.wait(120)
            return False

        monkeypatch.setattr(worker, "run_once", run_once)

        async def play() -> None:
            runner = worker.Runner()
            runner.begin("outbox", "hanoi")
            await asyncio.to_thread(first.wait, 120)
            for _ in range(5):
                runner.begin("outbox", "hanoi")
            go_on.set()
            await asyncio.wait(runner._tasks, timeout=120)
            await runner.settle()

        asyncio.run(play())

        assert begun == 2

    def test_goes_on_while_there_is_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = [True, True, False]
        monkeypatch.setattr(worker, "run_once", lambda name, schema: left.pop(0))

        async def play() -> None:
            runner = worker.Runner()
            runner.begin("outbox", "hanoi")
            await asyncio.wait(runner._tasks, timeout=120)
            await runner.settle()

        asyncio.run(play())

        assert left == []

    def test_companies_do_not_wait_for_each_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        barrier = threading.Barrier(2, timeout=120)
        monkeypatch.setattr(worker, "run_once", lambda name, schema: bool(barrier.wait()) and False)

        async def play() -> None:
            runner = worker.Runner()
            runner.begin("outbox", "hanoi")
            runner.begin("outbox", "npc")
            await asyncio.wait(runner._tasks, timeout=120)
            await runner.settle()

        asyncio.run(play())

        assert not barrier.broken


class TestSweep:
    def test_a_daily_job_runs_soon_after_a_start(self) -> None:
        assert worker._first_after(86400, 0.5) == 30
        assert worker._first_after(5, 0.5) == 2.5

    def test_finds_companies_by_itself(self, committed_company: Company) -> None:
        connection.close()

        assert {"hanoi", "npc", "group"} <= set(worker._read_schemas())
        with using_company("HANOI"):
            assert current_company_code() == "HANOI"
