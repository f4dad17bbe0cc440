"""A bank's signed call from a process of its own."""

from __future__ import annotations

from typing import Any

import orjson
from django.test import Client

from motcua.config import clock
from motcua.connectors import signed_calls
from tests.api.conftest import BANK, PARTNER, SECRET


def post(name: str, content: dict[str, Any], *, request_id: str) -> Any:
    """Call HANOI's bank interface."""
    path, body = f"/api/banks/{BANK}/{name}", orjson.dumps(content)
    headers = signed_calls.signed_headers(
        partner_code=PARTNER, secret=SECRET, method="POST", path=path, request_id=request_id, body=body, at=clock.now()
    )  # fmt: skip
    client = Client(headers={"host": "hanoi.localhost"}, raise_request_exception=False)
    return client.post(path, data=body, content_type="application/json", headers=headers)
