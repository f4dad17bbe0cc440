"""What the tests of the crew's pages type, draw and read."""

from __future__ import annotations

import base64
import re
from typing import Any

from django.urls import reverse

from motcua.fieldwork import queries as fieldwork_queries
from motcua.requests import queries as request_queries
from tests.documents import samples

TYPED = {
    "customer_typed": "Nguyễn Thị Hoa", "customer_confirmed": "yes", "staff1_typed": "Hung", "staff1_confirmed": "yes",
    "staff2_typed": "Vinh", "staff2_confirmed": "yes",
}  # fmt: skip
METER = {"meter_serial": "26000100001", "first_reading": "3", "seals": "HN 00123, HN 00124"}


def drawn(number: int) -> str:
    return "data:image/png;base64," + base64.b64encode(samples.strokes(shift=number)).decode()


def url(name: str, visit: Any, *more: Any) -> str:
    return reverse(f"field:{name}", args=(visit.id, *more))


def html(response: Any) -> str:
    return response.content.decode()


def hidden(response: Any, name: str = "key") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html(response))
    assert found
    return found[1]


def step_of(view: Any) -> str:
    return request_queries.get_request(view.id).step


def open_visit(view: Any) -> Any:
    return fieldwork_queries.find_open_visit(view.id)


def open_visit_status(visit: Any) -> str:
    return fieldwork_queries.get_visit(visit.id).status
