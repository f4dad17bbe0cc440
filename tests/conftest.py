"""Fixtures for all: real PostgreSQL, a clone of the template for each worker, the company switched on and off."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
import structlog
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, connections
from django.test import Client
from hypothesis import HealthCheck, settings

from motcua.companies.context import using_company
from motcua.companies.models import Company
from motcua.config import clock
from motcua.config.settings.database import _parse
from motcua.kernel.actors import Actor
from tests import database, workers
from tests.browser import chromium  # noqa: F401 - a fixture for all

# A property is true or false, however slow or loaded the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday 09:00 in Vietnam
MONDAY = AT + timedelta(days=7)

# The same examples in every run, however long one takes: a machine that is busy elsewhere for 200 ms is no fault, and a
# change is not refused for an example that another one drew. `--hypothesis-profile=default` looks for new ones.
hypothesis.settings.load_profile("ci")


class ThatMonday:
    """The house's clock: it goes on from one Monday morning, whatever day and hour it is. At midnight, on holidays, in another
    year, at another rate of tax the same tests would ask for something else.
    """

    begun = time.monotonic()

    def now(self) -> datetime:
        return MONDAY + timedelta(seconds=time.monotonic() - self.begun)


def pytest_configure(config: pytest.Config) -> None:
    """Passwords are hashed as they are on duty, in fewer rounds: a quarter of a second for every colleague of every
    test was most of what the pages' tests took.
    """
    PBKDF2PasswordHasher.iterations = 1_000
    clock.CLOCK = ThatMonday()
    # As on duty: a stand-in whose last call fails after its test would else write into what another test reads.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailuresAtOnce(config))


class FailuresAtOnce:
    """Say what a worker's test failed on when it fails: a run that is cut off says no more at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """After the letter of its outcome; a run without workers shows its failures as ever."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal and report.failed and hasattr(report, "node"):
            terminal.ensure_newline()
            terminal.write_sep("=", f"FAILED {report.nodeid} ({report.when})", red=True)
            terminal.write_line(report.longreprtext)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """In the order in which workers take them, after all others have shuffled."""
    yield
    items.sort(key=workers.rank_of)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> workers.Together:
    """Whole groups to one worker."""
    return workers.Together(config, log)


def _point_at(url: str) -> None:
    """Let Django's connections use another database."""
    connections["default"].close()
    connections["default"].close_pool()
    parsed = _parse(url)
    parsed.pop("OPTIONS")
    connections["default"].settings_dict.update(parsed)
    connections.settings["default"].update(parsed)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[database.SharedServer]:
    server = database.join()
    yield server
    server.leave()


@pytest.fixture(scope="session")
def django_db_setup(shared_server: database.SharedServer, django_db_blocker: Any) -> Iterator[None]:
    name = shared_server.clone()
    with django_db_blocker.unblock():
        _point_at(shared_server.app_url(name))
    yield
    with django_db_blocker.unblock():
        connections["default"].close()
        connections["default"].close_pool()
    shared_server.drop(name)


@pytest.fixture(autouse=True)
def _no_company_left_behind() -> Iterator[None]:
    from motcua.web.middleware import forget_hosts

    forget_hosts()
    connection.set_schema_to_public()
    yield
    connection.set_schema_to_public()


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def company(db: None) -> Iterator[Company]:
    """HANOI, inside a transaction that is rolled back."""
    with using_company("HANOI") as chosen:
        yield chosen


@pytest.fixture
def committed_company(
    django_db_setup: None, shared_server: database.SharedServer, django_db_blocker: Any
) -> Iterator[Company]:
    """HANOI in a fresh database of the test's own: real commits, other threads and processes see them."""
    name = shared_server.clone()
    with django_db_blocker.unblock():
        before = dict(connections["default"].settings_dict)
        _point_at(shared_server.app_url(name))
        try:
            with using_company("HANOI") as chosen:
                chosen.test_database = name
                yield chosen
        finally:
            connections["default"].close()
            connections["default"].close_pool()
            restored = {key: before[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
            connections["default"].settings_dict.update(restored)
            connections.settings["default"].update(restored)
    shared_server.drop(name)


@pytest.fixture
def race() -> Callable[..., list[Any]]:
    """Run callables at the same instant, each in its own thread, connection and transaction; results or exceptions."""

    def run(*calls: Callable[[], Any], company_code: str = "HANOI") -> list[Any]:
        barrier = threading.Barrier(len(calls))

        def one(call: Callable[[], Any]) -> Any:
            try:
                with using_company(company_code):
                    barrier.wait(timeout=120)
                    return call()
            except Exception as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result(timeout=300) for future in [pool.submit(one, call) for call in calls]]

    return run


@pytest.fixture
def hanoi(company: Company) -> Client:
    """A browser without JavaScript at the Hanoi company's site."""
    return Client(headers={"host": "hanoi.localhost"})


@pytest.fixture
def intake() -> Actor:
    return Actor.staff("intake-1", "Lan", ["INTAKE"], ["PD0000", "PD0100"])


@pytest.fixture
def business() -> Actor:
    return Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0000", "PD0100"])


@pytest.fixture
def crew() -> Actor:
    return Actor.staff("crew-1", "Hùng", ["CREW"], ["PD0000", "PD0100"])


@pytest.fixture
def supervisor() -> Actor:
    return Actor.staff("supervisor-1", "Thảo", ["SUPERVISOR"], ["PD0000", "PD0100"])


@pytest.fixture
def accountant() -> Actor:
    return Actor.staff("accountant-1", "Châu", ["ACCOUNTANT"], ["PD0000", "PD0100"])


@pytest.fixture
def citizen() -> Actor:
    return Actor.customer("00000000-0000-7000-8000-000000000001", "Nguyễn Thị Hoa")
