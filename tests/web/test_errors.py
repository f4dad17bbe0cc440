"""Error pages: while the database is away, the page that says so needs nothing of it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client
from psycopg_pool import PoolTimeout

from motcua.companies.roles import Role
from motcua.web import middleware
from motcua.web.errors import is_database_away
from tests.web import people

HOST = "hanoi.localhost"


def wrapped(cause: BaseException) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Any:
    """From now on every question to the database fails as when its server is gone."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise wrapped(PoolTimeout("couldn't get a connection after 10.00 sec"))

    def go(*, forget: bool = True) -> None:
        if forget:
            middleware.forget_hosts()
        monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", fail)

    yield go
    monkeypatch.undo()


class TestDatabaseAway:
    @pytest.mark.parametrize("path", ["/", "/dich-vu/", "/ban-viec/", "/theo-doi/"])
    def test_says_that_it_passes_and_when_to_try_again(self, company: Any, away: Any, path: str) -> None:
        client = Client(headers={"host": HOST}, raise_request_exception=False)
        away()

        page = client.get(path)

        assert (page.status_code, page["Retry-After"]) == (503, "15")
        assert "Trang đang được bảo trì" in page.content.decode()

    def test_staff_are_not_signed_out_by_it(self, company: Any, away: Any) -> None:
        client = people.browser(people.add_staff("lan", Role.INTAKE))
        client.raise_request_exception = False
        client.get("/")  # the host is known from here on: the session is what fails
        before = {name: morsel.value for name, morsel in client.cookies.items()}
        away(forget=False)

        page = client.get("/ban-viec/")

        assert page.status_code == 503
        assert {name: morsel.value for name, morsel in client.cookies.items()} == before

    def test_any_other_failure_is_a_failure(self, company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: Any) -> Any:
            raise RuntimeError("a mistake of ours")

        monkeypatch.setattr("motcua.services.catalogue.list_services", fail)
        page = Client(headers={"host": HOST}, raise_request_exception=False).get("/dich-vu/")

        assert page.status_code == 500


class TestRecognising:
    @pytest.mark.parametrize(
        ("error", "is_away"),
        [
            (wrapped(PoolTimeout("no connection")), True),
            (wrapped(psycopg.OperationalError("connection refused")), True),
            (wrapped(psycopg.errors.AdminShutdown("terminating")), True),
            (wrapped(psycopg.errors.CannotConnectNow("starting up")), True),
            (wrapped(psycopg.errors.TooManyConnections("sorry")), True),
            (wrapped(psycopg.errors.DeadlockDetected("deadlock")), False),
            (wrapped(psycopg.errors.QueryCanceled("too long")), False),
            (ValueError("no"), False),
            (None, False),
        ],
    )
    def test_tells_a_database_that_is_away_from_one_that_refuses(self, error: Any, is_away: bool) -> None:
        assert is_database_away(error) is is_away


def test_staff_who_may_not_open_a_page_are_led_back_to_their_work(company):
    accountant = people.browser(people.add_staff("ketoan-9", Role.ACCOUNTANT))

    shown = accountant.get("/ban-viec/")

    assert shown.status_code == 403
    text = shown.content.decode()
    assert 'href="/nhan-vien/"><span>Về việc của tôi' in text
    assert "nhờ quản trị viên" in text
    assert "theo dõi một yêu cầu" not in text
    assert accountant.get("/nhan-vien/").url == "/tien/"
