"""A chat service that exists only here, over real HTTP in the test's own process, so that a test may plan its faults and move
its clock; and the way of somebody's messages through our inbox and outbox.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import orjson
import pytest

from motcua.channels import accounts, outbound, stand_ins
from motcua.channels.calls import Call
from motcua.channels.hooks import HOOKS
from motcua.config import clock
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.sandbox import gate, installation, store
from motcua.sandbox.chat_book import ChatBook, Line
from motcua.sandbox.hook_calls import HookCalls

PHONE = "+84901234567"
HOST = "hanoi.localhost"


class MovedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=5)
        return self.at


@dataclass
class ChatHouse:
    """One service, the phone of somebody on it, and what its calls lead to here."""

    book: ClassVar[ChatBook[Any]]
    hook_calls: ClassVar[HookCalls[Any]]
    address: str
    clock: MovedClock
    person: str
    refused: list[str] = field(default_factory=list)

    @property
    def channel(self) -> str:
        return self.book.channel

    def lines(self) -> list[Line]:
        return self.book.list_lines("HANOI", self.person)

    def heard(self) -> list[Line]:
        return [line for line in self.lines() if not line.is_theirs]

    def phone(self) -> list[str]:
        return [line.text for line in self.heard()]

    def calls(self) -> list[tuple[bytes, str]]:
        return self.hook_calls.take_waiting()

    def carry(self, calls: list[tuple[bytes, str]] | None = None) -> int:
        """Bring what the service told to the inbox as the edge does, and work it off; how many were new."""
        told = self.calls() if calls is None else calls
        new = sum(self.store(body, mark) for body, mark in told)
        operations.drain_inbox(at=clock.now())
        return new

    def store(self, body: bytes, mark: str) -> int:
        hook = HOOKS[self.channel.lower()]
        own = stand_ins.settings_of(self.channel, "HANOI")
        headers = {self.hook_calls.mark_header.lower(): mark}
        call = Call(headers, body, [self.book.secret_of("HANOI")], own, clock.now())
        verdict = hook.check(call)
        if not verdict.is_genuine:
            self.refused.append(verdict.reason)
            return 0
        return sum(
            operations.receive(
                channel=self.channel, event_id=row.event_id, sender=row.sender, payload=orjson.loads(orjson.dumps(row.payload)),
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
        found = queries.find_open_conversation(self.channel, self.person)
        assert found is not None
        return found

    def said(self, *, with_internal: bool = False) -> list[queries.MessageView]:
        return queries.list_messages(self.conversation().id, with_internal=with_internal)

    def states(self) -> list[tuple[str, str]]:
        return [(row.state, row.reason) for row in OutboxMessage.objects.order_by("id")]


class _Handler(BaseHTTPRequestHandler):
    """One HTTP call into the raw application; header names as they came, underscores and all."""

    protocol_version = "HTTP/1.1"
    app: Any

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


def live_at(
    home: Path, monkeypatch: pytest.MonkeyPatch, *, edge_port: int = 1, calls: ModuleType | None = None
) -> None:
    """The stand-ins' books lie in this home, the edge is at that port, and nothing is carried in the background."""

    class Home:
        scheme, port, demo = "http", 1, True

        @staticmethod
        def edge_address(scheme: str, host: str) -> str:
            return f"{scheme}://{host}"

    Home.home, Home.edge_port = home, edge_port  # type: ignore[attr-defined]
    for module in (store, installation, accounts):
        monkeypatch.setattr(module, "ENV", Home)
    if calls is not None:
        monkeypatch.setattr(calls, "start_delivery", lambda: None)


@contextmanager
def served(
    app: Any, calls: ModuleType, home: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, MovedClock]]:
    """The service's interface over HTTP: the machine's address, and the clock everything goes by."""
    handler = type("_Served", (_Handler,), {"app": staticmethod(app)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    moved = MovedClock(at)
    monkeypatch.setattr(clock, "CLOCK", moved)
    live_at(home, monkeypatch, edge_port=server.server_port, calls=calls)
    monkeypatch.setattr(gate, "is_open", lambda: True)
    accounts.forget()
    yield f"http://127.0.0.1:{server.server_port}", moved
    accounts.forget()
    outbound._clients.clear()
    server.shutdown()
    server.server_close()
