"""This Zalo over real HTTP in the test's own process, so that a test may plan its faults and move its clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from motcua.channels import accounts, outbound, stand_ins
from motcua.channels.calls import Call
from motcua.channels.hooks import HOOKS
from motcua.config import clock
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.sandbox import gate, store, zalo, zalo_api, zalo_calls

PHONE = "+84901234567"
HOST = "hanoi.localhost"


class _Handler(BaseHTTPRequestHandler):
    """One HTTP call into the raw application; header names as they came, underscores and all."""

    protocol_version = "HTTP/1.1"
    app: Any = staticmethod(zalo_api.app)

    def _serve(self) -> None:
        path, _mark, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scope = {
            "type": "http",
            "method": self.command,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in self.headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        self.send_response(sent[0]["status"])
        for name, value in sent[0]["headers"]:
            self.send_header(name.decode(), value.decode())
        self.end_headers()
        self.wfile.write(sent[1]["body"])

    do_GET = do_POST = _serve

    def log_message(self, *args: object) -> None:
        pass


@dataclass
class House:
    """Zalo, the phone of somebody on it, and the way of their messages through our inbox and outbox."""

    address: str
    at: datetime
    person: str = ""
    clock: Any = None
    refused: list[str] = field(default_factory=list)

    def says(self, text: str, *, kind: str = "text", **message: Any) -> str:
        told = message or {"text": text}
        return zalo_calls.say("HANOI", HOST, self.person, kind, told, clock.now(), shown=text, extra={})

    def phone(self) -> list[str]:
        return [line.text for line in zalo.list_lines("HANOI", self.person) if not line.is_theirs]

    def lines(self) -> list[zalo.Line]:
        return zalo.list_lines("HANOI", self.person)

    def calls(self) -> list[tuple[bytes, str]]:
        with zalo.STORE.open() as opened:
            rows = opened.execute(
                "SELECT serial, body, mac FROM calls WHERE state = 'PENDING' ORDER BY serial"
            ).fetchall()
            opened.execute("UPDATE calls SET state = 'DONE'")
        return [(bytes(body), mark) for _serial, body, mark in rows]

    def carry(self, calls: list[tuple[bytes, str]] | None = None) -> int:
        """Bring what Zalo told to the inbox as the edge does, and work it off; how many were new."""
        new = 0
        for body, mark in self.calls() if calls is None else calls:
            new += self.store(body, mark)
        operations.drain_inbox(at=clock.now())
        return new

    def store(self, body: bytes, mark: str) -> int:
        hook = HOOKS["zalo"]
        own = stand_ins.settings_of("ZALO", "HANOI")
        call = Call({"x-zevent-signature": f"mac={mark}"}, body, [zalo.secret_of("HANOI")], own, clock.now())
        verdict = hook.check(call)
        if not verdict.is_genuine:
            self.refused.append(verdict.reason)
            return 0
        return sum(
            operations.receive(
                channel="ZALO", event_id=row.event_id, sender=row.sender, payload=orjson.loads(orjson.dumps(row.payload)),
                at=clock.now(), sent_at=row.sent_at, wakes_worker=False,
            )
            for row in hook.read(call, verdict)
        )  # fmt: skip

    def work(self) -> None:
        """Everything there is to do, to its end."""
        for _ in range(20):
            sent = operations.send_due(at=clock.now())
            if not (self.carry() or sent):
                return

    def later(self, **span: float) -> datetime:
        self.clock.at = clock.now() + timedelta(**span)
        return clock.now()

    def conversation(self) -> queries.ConversationView:
        found = queries.find_open_conversation("ZALO", self.person)
        assert found is not None
        return found

    def said(self, *, with_internal: bool = False) -> list[queries.MessageView]:
        return queries.list_messages(self.conversation().id, with_internal=with_internal)

    def states(self) -> list[tuple[str, str]]:
        return [(row.state, row.reason) for row in OutboxMessage.objects.order_by("id")]


class MovedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=5)
        return self.at


@pytest.fixture
def zalo_house(tmp_path: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    class Home:
        home = tmp_path
        scheme, edge_port, port, demo = "http", server.server_port, 1, True

        @staticmethod
        def edge_address(scheme: str, host: str) -> str:
            return f"{scheme}://{host}"

    moved = MovedClock(at)
    monkeypatch.setattr(clock, "CLOCK", moved)
    monkeypatch.setattr(store, "ENV", Home)
    monkeypatch.setattr(zalo_calls, "ENV", Home)
    monkeypatch.setattr(accounts, "ENV", Home)
    monkeypatch.setattr(zalo_calls, "start_delivery", lambda: None)
    monkeypatch.setattr(zalo_calls, "deliver_pending", lambda: 0)
    monkeypatch.setattr(gate, "is_open", lambda: True)
    accounts.forget()
    house = House(f"http://127.0.0.1:{server.server_port}/sandbox/zalo", at, clock=moved)
    house.person = zalo.ensure_person("HANOI", phone=PHONE, name="Hoa")
    yield house
    accounts.forget()
    outbound._clients.clear()
    server.shutdown()
    server.server_close()
