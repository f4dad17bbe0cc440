"""The stand-in mail server over real sockets in the test's own process, so that a test may plan its faults and move its clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from motcua.channels import accounts, media, stand_ins
from motcua.channels.accounts import Account
from motcua.channels.mail import fetching, smtp
from motcua.config import clock
from motcua.messaging import operations, queries
from motcua.messaging.models import Conversation, OutboxMessage
from motcua.sandbox import mail, mail_server, store
from tests.channels.chat_house import MovedClock

HOA = "hoa@example.com"
LAN = "lan@example.com"
BOX = stand_ins.mailbox_of("HANOI")


@dataclass
class House:
    """The mail server, people who write, and the way of their mail through our inbox and outbox."""

    server: mail_server.Server
    account: Account
    clock: MovedClock

    def writes(self, text: str, person: str = HOA, **more: Any) -> str:
        return mail.write("HANOI", person, text=text, at=self.later(seconds=5), **more)

    def raw(self, raw: bytes, person: str = HOA) -> None:
        mail.deliver("HANOI", person, raw, self.later(seconds=5))

    def letters(self, person: str = HOA) -> list[mail.Letter]:
        """What came to the person, oldest first."""
        return [letter for letter in reversed(mail.list_letters("HANOI", person)) if not letter.is_mine]

    def answers(self, text: str, person: str = HOA, **more: Any) -> str:
        """To the last mail that came, as a mail program does it."""
        return self.writes(text, person, answers=self.letters(person)[-1].serial, **more)

    def work(self) -> None:
        """Everything there is to do, to its end."""
        for _ in range(20):
            new = fetching.fetch_new(at=clock.now())
            done = operations.drain_inbox(at=clock.now()) + media.fetch_due(at=clock.now())
            if not (new + done + operations.send_due(at=clock.now())):
                return

    def later(self, **span: float) -> datetime:
        self.clock.at = clock.now() + timedelta(**span)
        return clock.now()

    def threads(self) -> list[str]:
        return list(
            Conversation.objects.filter(channel="EMAIL")
            .order_by("opened_at", "id")
            .values_list("address", flat=True)
        )

    def conversation(self, address: str = HOA) -> queries.ConversationView:
        found = queries.find_open_conversation("EMAIL", address)
        assert found is not None
        return found

    def said(self, address: str = HOA, *, with_internal: bool = False) -> list[queries.MessageView]:
        return queries.list_messages(self.conversation(address).id, with_internal=with_internal)

    def heard(self, address: str = HOA) -> list[str]:
        """What customers wrote in the thread."""
        return [message.text for message in self.said(address) if message.is_from_customer]

    def states(self) -> list[tuple[str, str]]:
        return [(row.state, row.reason) for row in OutboxMessage.objects.order_by("id")]


@pytest.fixture
def mail_house(tmp_path: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    class Home:
        home = tmp_path

    moved = MovedClock(at)
    monkeypatch.setattr(clock, "CLOCK", moved)
    monkeypatch.setattr(store, "ENV", Home)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = mail_server.Server()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)
    own = {
        **stand_ins.mail_settings("HANOI", 1),
        "imap_port": server.imap_port,
        "smtp_port": server.smtp_port,
    }
    account = Account(
        "HANOI", "", "EVNHANOI", {"password": mail.password_of("HANOI")}, "", "hanoi.localhost", own
    )
    real = accounts.find_account
    monkeypatch.setattr(accounts, "find_account", lambda code: account if code == "EMAIL" else real(code))
    yield House(server, account, moved)
    smtp.forget()
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
