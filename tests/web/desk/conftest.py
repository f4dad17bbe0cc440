"""Requests at the desk, and who works there."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.web import people


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def supervisor_page(company):
    return people.browser(people.add_staff("thao", Role.SUPERVISOR))


@pytest.fixture
def business(company):
    return people.add_staff("minh", Role.BUSINESS)


@pytest.fixture
def business_page(business):
    return people.browser(business)


@pytest.fixture
def lan(company):
    return people.add_staff("lan", Role.INTAKE)


@pytest.fixture
def intake_page(lan):
    return people.browser(lan)


@pytest.fixture
def now(company):
    return clock.now()


@pytest.fixture
def send(company):
    """Send a request as a customer on the web."""
    count = iter(range(10_000))

    def submit(service_code: str = "NEW-LV-RES", answers: dict[str, Any] | None = None, **more: Any) -> Any:
        given = dict(people.HOME_ANSWERS if answers is None else answers)
        receipt = request_ops.submit(
            **{
                "service_code": service_code,
                "answers": given,
                "channel": "WEB",
                "actor": Actor.anonymous("v"),
                "at": clock.now(),
                "key": f"test:{next(count)}",
                **more,
            }  # fmt: skip
        )
        return request_queries.get_request(receipt.request_id)

    return submit


INFO = {
    "topic": "PRICE_BILL",
    "question": "Nhà tôi có 6 người thì định mức thế nào?",
    "phone": "0901234567",
    "full_name": "Trần Văn An",
}


@pytest.fixture
def ask(send):
    """Send a question, which one step answers."""
    return lambda **more: send("INFO", INFO, **more)
