"""A portal of the province, its signed calls and its dossier."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.portals import partners
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.requests import queries as request_queries
from tests.documents import samples

PORTAL = "DVC-HN"
SECRET = "p" * 40
NUMBER = "H26.17.15-261116-0001"
SYSTEM = Actor.system("test")
FORM = {
    "ChuHoSo": "Nguyễn Thị Hoa", "SoDinhDanh": "001185012345", "SoDienThoai": "0901 234 567",
    "DiaChi": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa", "QuyenSuDung": "1", "SoPha": "1", "MaLinhVuc": "NL",
}  # fmt: skip


@pytest.fixture
def portal_clock(at, monkeypatch) -> FixedClock:
    fixed = FixedClock(at)
    monkeypatch.setattr(clock, "CLOCK", fixed)
    return fixed


@pytest.fixture
def add_portal(at) -> Callable[..., None]:
    def make(**changes: Any) -> None:
        given = {
            "code": PORTAL, "name": "Cổng dịch vụ công Hà Nội", "format": "PROVINCIAL", "agency": "H26",
            "secret": SECRET, "callback_url": "", "procedures": {"1.008801": "NEW-LV-RES"}, "actor": SYSTEM, "at": at,
        }  # fmt: skip
        partners.add_portal(**{**given, **changes})

    return make


@pytest.fixture(autouse=True)
def _portal(company, add_portal, portal_clock):
    add_portal()


@pytest.fixture
def call(portal_clock) -> Callable[..., Any]:
    """A signed call; every part of it can be made wrong."""
    numbers = itertools.count()

    def make(
        method: str, name: str, content: Any = None, *, portal=PORTAL, host="hanoi.localhost", partner=PORTAL,
        secret=SECRET, at=None, headers=None, signed_path=None, body=None,
    ):  # fmt: skip
        path = f"/api/portals/{portal}/{name}"
        raw = body if body is not None else b"" if content is None else orjson.dumps(content)
        given = signed_calls.signed_headers(
            partner_code=partner, secret=secret, method=method, path=signed_path or path,
            request_id=f"r{next(numbers)}", body=raw, at=at or portal_clock.now(),
        )  # fmt: skip
        client = Client(headers={"host": host}, raise_request_exception=False)
        kind = "application/json" if body is None else "application/octet-stream"
        return client.generic(method, path, raw, content_type=kind, headers={**given, **(headers or {})})

    return make


@pytest.fixture
def dossier(at) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        form = {**FORM, **changes.pop("form", {})}
        return {
            "dossier_number": NUMBER, "procedure": "1.008801", "province_code": "01",
            "submitted_at": at.isoformat(), "form": form, **changes,
        }  # fmt: skip

    return make


@pytest.fixture
def sent(call, dossier):
    answer = call("POST", "dossiers", dossier())
    assert answer.status_code == 201, answer.content
    return request_queries.find_by_external_number(PORTAL, NUMBER)


@pytest.fixture
def business() -> Actor:
    return Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0000", "PD0400"])


def attach(call, file_id="f1", paper="GT_CHO_O", content=None):
    body = samples.jpeg() if content is None else content
    return call("PUT", f"dossiers/{NUMBER}/papers/{paper}/{file_id}", body=body)
