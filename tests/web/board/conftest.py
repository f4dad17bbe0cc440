"""A company whose November is counted: two settled requests, one on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.reports import operations as report_ops
from tests.reports.conftest import answer, ask
from tests.web import people

DECEMBER = datetime.fromisoformat("2026-12-03T02:00:00+00:00")


@pytest.fixture
def december(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Pages see the third of December 2026."""
    monkeypatch.setattr(clock.CLOCK, "now", lambda: DECEMBER, raising=False)
    monkeypatch.setattr(clock, "now", lambda: DECEMBER)
    return DECEMBER


def count_all(at: datetime) -> None:
    while report_ops.roll_up(at=at):
        pass


@pytest.fixture
def counted(company: Any, december: datetime, at: datetime) -> list[Any]:
    receipts = [
        ask(at, key="a", channel="ZALO"), ask(at + timedelta(days=1), key="b", channel="COUNTER", unit="PD0400"),
        ask(at + timedelta(days=2), key="c", channel="WEB"),
    ]  # fmt: skip
    for n, receipt in enumerate(receipts[:2]):
        answer(receipt, at + timedelta(days=1, hours=2), key=f"answer-{n}")
    count_all(at)
    return receipts


@pytest.fixture
def sign_in(company: Any) -> Callable[..., Any]:
    """A browser of somebody with the roles."""

    def make(*roles: Role, host: str = people.HOST) -> Any:
        return people.browser(people.add_staff("-".join(roles).lower() or "ai", *roles), host=host)

    return make
