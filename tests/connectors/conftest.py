"""A portal that is known to the company, and dossiers of its."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from motcua.connectors import outside
from motcua.connectors.portals import intake, partners
from motcua.kernel.actors import Actor
from tests.requests.conftest import HOME_ANSWERS

PORTAL = "DVC-HN"
SECRET = "p" * 40
CALLBACKS = "https://cong.example.vn/nhan/trang-thai"
SYSTEM = Actor.system("test")
BUSINESS = Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0000", "PD0400"])


def add_portal(at: datetime, **changes: Any) -> partners.PortalView:
    given = {
        "code": PORTAL, "name": "Cổng Hà Nội", "format": "PROVINCIAL", "agency": "H26", "secret": SECRET,
        "callback_url": CALLBACKS, "actor": SYSTEM, "at": at, **changes,
    }  # fmt: skip
    partners.add_portal(**given)
    portal = partners.find_portal(given["code"])
    assert portal is not None
    return portal


@pytest.fixture
def portal(company, at) -> partners.PortalView:
    return add_portal(at)


def submit(portal: partners.PortalView, at: datetime, number: str = "H26.17.15-261116-0001", **changes: Any):
    return intake.submit(
        portal, number=number, procedure="NEW-LV-RES", province_code="01", submitted_at=at, form=dict(HOME_ANSWERS),
        at=at, **changes,
    ).view  # fmt: skip


class Outside:
    """The portal's side of the wire: what it was told, and what it answers (a status, or an exception)."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[int | Exception] = []

    def call(self, method: str, url: str, *, content=None, form=None, headers=None) -> httpx.Response:
        self.calls.append({"method": method, "url": url, "content": content, "headers": dict(headers or {})})
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Outside:
    made = Outside()
    monkeypatch.setattr(outside, "call", made.call)
    return made


@pytest.fixture
def submitted(portal, at) -> Callable[..., Any]:
    return lambda number="H26.17.15-261116-0001": submit(portal, at, number)


@pytest.fixture
def submit_home(portal, at):
    """A request that came through no portal."""
    from motcua.requests import operations as request_ops

    def send() -> Any:
        return request_ops.submit(
            service_code="NEW-LV-RES",
            answers=HOME_ANSWERS,
            channel="WEB",
            actor=Actor.anonymous("v"),
            at=at,
            key="w",
        )

    return send
