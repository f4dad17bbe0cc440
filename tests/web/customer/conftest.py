"""Requests, charges and signed-in browsers for the customer's pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from motcua.companies import queries as company_queries
from motcua.companies.models import Company
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger.queries import ChargeView
from motcua.requests import operations as request_ops
from motcua.requests.models import Request
from motcua.requests.states import Channel
from motcua.web import visitors
from tests.web.people import HOME_ANSWERS

NOON = datetime.fromisoformat("2026-11-16T12:00:00+07:00")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def send(company: Company) -> Callable[..., Request]:
    """A request of a customer."""

    def make(
        code: str = "NEW-LV-RES",
        answers: dict[str, Any] | None = None,
        *,
        hours_ago: float = 1,
        key: str = "",
        **more: Any,
    ) -> Request:
        receipt = request_ops.submit(
            service_code=code,
            answers=HOME_ANSWERS if answers is None else answers,
            channel=Channel.WEB,
            actor=Actor.anonymous("somebody"),
            at=NOON - timedelta(hours=hours_ago),
            key=key or f"test:{code}:{hours_ago}",
            **more,
        )
        return Request.objects.get(number=receipt.number)

    return make


@pytest.fixture
def owe(company: Company) -> Callable[..., ChargeView]:
    """A charge that waits to be paid."""

    def make(request: Request | None = None, amount_vnd: int = 1_000_000) -> ChargeView:
        return ledger_ops.raise_charge(
            kind="CM", amount_vnd=amount_vnd, vat_rate=Decimal("0.08"), customer_id=None,
            request_id=request.id if request else None, unit_code=company_queries.get_centre().code,
            actor=Actor.system("test"), at=NOON, key=f"owe:{amount_vnd}", description="HN26-000001-X",
        )  # fmt: skip

    return make


@pytest.fixture
def signed_in(company: Company) -> Callable[..., Client]:
    """A browser whose person has proven a phone number."""

    def make(phone: str, customer_id: UUID | None = None) -> Client:
        opened = customer_ops.open_session(at=NOON)
        started = customer_ops.start_proof(
            phone=phone, purpose="FOLLOW", actor=Actor.anonymous(opened.id), at=NOON
        )
        finished = customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=NOON)
        linked = customer_ops.link_session(
            session_id=opened.id, proof_id=finished.id, at=NOON, customer_id=customer_id
        )
        client = Client(headers={"host": "hanoi.localhost"})
        client.cookies[visitors.COOKIE] = linked.token
        return client

    return make
