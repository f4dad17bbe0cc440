"""The edge's own addresses, as the matrix says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import orjson
from django.conf import settings
from starlette.routing import Route

from motcua.channels import credentials, live
from motcua.channels.messenger import hook as messenger
from motcua.edge.app import app
from motcua.messaging import operations as messaging_ops
from tests.edge.conftest import edge, start_edge  # noqa: F401 - fixtures
from tests.permissions import matrix as matrices

PREFIX = "edge:"
ROWS = [row for section in matrices.read() for row in section.rows if row.address.startswith(PREFIX)]
HOSTS = {"ticket elsewhere": "npc.localhost", "unknown host": "nowhere.example"}
WORDS = {401: "unsigned", 403: "forbidden", 404: "not-found"}
EVENT = {"type": "inbound", "from": "0901234567", "text": "mat dien roi"}


def routes() -> set[str]:
    return {
        f"{method} {PREFIX}{route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }


def test_the_table_names_every_route() -> None:
    assert routes() - {
        f"HEAD {PREFIX}{path}"
        for path in ("/healthz", "/metrics", "/live/conversation/{id}", "/live/desk", "/hooks/{channel}")
    } - {
        f"OPTIONS {PREFIX}{path}"
        for path in ("/live/conversation/{id}", "/live/conversation/{id}/sign", "/live/desk")
    } == {row.name for row in ROWS}


def test_each_meets_what_the_table_says(edge: Any, at: datetime) -> None:  # noqa: F811
    visitor = uuid4()
    talk = messaging_ops.open_conversation(channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at)
    wrong = {}
    for row in ROWS:
        for who, word in row.cells.items():
            met = _ask(edge, row, who, talk.id)
            if met != word:
                wrong[f"{row.name} for {who}"] = f"{met}, and the table says {word}"

    assert wrong == {}


def test_takes_no_other_method(edge: Any) -> None:  # noqa: F811
    found = {}
    for path in sorted({row.address for row in ROWS}):
        served = {row.method for row in ROWS if row.address == path}
        with edge.client("hanoi.localhost") as client:
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - served:
                address = path.removeprefix(PREFIX).format(channel="sms", id=uuid4())
                status = client.request(method, address).status_code
                if status != httpx.codes.METHOD_NOT_ALLOWED:
                    found[f"{method} {path}"] = status

    assert found == {}


def _ask(edge: Any, row: matrices.Row, who: str, conversation_id: Any) -> str:  # noqa: F811
    has_right = who not in {"no ticket", "wrong ticket"}
    greets = row.method == "GET" and "{channel}" in row.address
    path = row.address.removeprefix(PREFIX).format(
        channel="messenger" if greets else "sms", id=conversation_id
    )
    headers = {"X-Forwarded-For": "203.0.113.9"} if who == "through the proxy" else {}
    body, params = b"", {}
    if row.address.endswith("/live/desk"):
        asked_of = "HANOI" if has_right else "NPC"
        address = live.desk_stream_url(
            edge_base="", company_code=asked_of, staff_id="s1", unit_codes=["PD0000"]
        )
        params = {} if who == "no ticket" else {"ticket": parse_qs(urlsplit(address).query)["ticket"][0]}
    elif row.method == "POST" and "{channel}" in row.address:
        body = orjson.dumps({**EVENT, "event_id": f"e-{who}"})
        secret = credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "SMS")
        if who != "no ticket":
            headers["X-Signature"] = credentials.sign(body, secret if has_right else secret + "x")
    elif greets:
        secret = credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "MESSENGER")
        token = messenger.verify_token(secret if has_right else secret + "x")
        params = {"hub.mode": "subscribe", "hub.challenge": "c1"} | (
            {"hub.verify_token": token} if who != "no ticket" else {}
        )
    elif "ticket" not in row.cells or "{id}" in row.address:
        named = conversation_id if has_right else uuid4()
        if who != "no ticket":
            params = {"ticket": live.make_ticket(company_code="HANOI", conversation_id=named)}
        if row.method == "POST":
            params["what"] = "typing"
    with edge.client(HOSTS.get(who, "hanoi.localhost")) as client:
        asked = client.build_request(row.method, path, content=body, params=params, headers=headers)
        answer = client.send(asked, stream=True)
        answer.close()
    if answer.status_code in WORDS:
        return WORDS[answer.status_code]
    assert answer.status_code in {httpx.codes.OK, httpx.codes.NO_CONTENT}, answer.status_code
    return "does" if row.method == "POST" else "ok"
