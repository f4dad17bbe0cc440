"""This Messenger over real HTTP in the test's own process, so that a test may plan its faults and move its clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from motcua.channels import accounts, outbound, stand_ins
from motcua.channels.calls import Call
from motcua.channels.hooks import HOOKS
from motcua.config import clock
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.sandbox import messenger, messenger_api, messenger_calls, store
from tests.channels.zalo_house import HOST, PHONE, MovedClock, _Handler

OWN = stand_ins.settings_of("MESSENGER", "HANOI")


class _MessengerHandler(_Handler):
    app = staticmethod(messenger_api.app)


class House:
    """Messenger, the phone of somebody on it, and the way of their messages through our inbox and outbox."""

    def __init__(self, address: str, moved: MovedClock) -> None:
        self.address, self.clock = address, moved
        self.refused: list[str] = []
        self.person = messenger.ensure_person("HANOI", phone=PHONE, name="Nguyễn Thị Hoa")

    def says(self, text: str, **message: Any) -> str:
        return messenger_calls.say(
            "HANOI", HOST, self.person, message or {"text": text}, clock.now(), shown=text
        )

    def does(self, kind: str, **told: Any) -> None:
        messenger_calls.tell("HANOI", HOST, self.person, kind, told, clock.now())

    def lines(self) -> list[messenger.Line]:
        return [line for line in messenger.list_lines("HANOI", self.person) if not line.is_theirs]

    def phone(self) -> list[str]:
        return [line.text for line in self.lines()]

    def calls(self) -> list[tuple[bytes, str]]:
        with messenger.STORE.open() as opened:
            rows = opened.execute(
                "SELECT body, mac FROM calls WHERE state = 'PENDING' ORDER BY serial"
            ).fetchall()
            opened.execute("UPDATE calls SET state = 'DONE'")
        return [(bytes(body), mark) for body, mark in rows]

    def carry(self) -> int:
        """Bring what Messenger told to the inbox as the edge does, and work it off; how many were new."""
        new = sum(self.store(body, mark) for body, mark in self.calls())
        operations.drain_inbox(at=clock.now())
        return new

    def store(self, body: bytes, mark: str) -> int:
        hook = HOOKS["messenger"]
        call = Call({"x-hub-signature-256": mark}, body, [messenger.secret_of("HANOI")], OWN, clock.now())
        verdict = hook.check(call)
        if not verdict.is_genuine:
            self.refused.append(verdict.reason)
            return 0
        return sum(
            operations.receive(
                channel="MESSENGER", event_id=row.event_id, sender=row.sender, payload=orjson.loads(orjson.dumps(row.payload)),
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
        found = queries.find_open_conversation("MESSENGER", self.person)
        assert found is not None
        return found

    def said(self, *, with_internal: bool = False) -> list[queries.MessageView]:
        return queries.list_messages(self.conversation().id, with_internal=with_internal)

    def states(self) -> list[tuple[str, str]]:
        return [(row.state, row.reason) for row in OutboxMessage.objects.order_by("id")]


@pytest.fixture
def messenger_house(tmp_path: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _MessengerHandler)
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
    for module in (store, messenger_calls, accounts):
        monkeypatch.setattr(module, "ENV", Home)
    monkeypatch.setattr(messenger_calls, "start_delivery", lambda: None)
    monkeypatch.setattr("motcua.sandbox.beside_edge.gate.is_open", lambda: True)
    accounts.forget()
    yield House(f"http://127.0.0.1:{server.server_port}/sandbox/messenger", moved)
    accounts.forget()
    outbound._clients.clear()
    server.shutdown()
    server.server_close()
