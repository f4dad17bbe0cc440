"""The stand-in text message centre over real sockets in the test's own process, and our line to it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from motcua.channels import accounts
from motcua.channels.accounts import Account
from motcua.channels.models import KeywordCount, SmppHeard, SmppLine, SmppPart, SmppPiece
from motcua.channels.smpp import holding, sending
from motcua.companies.context import using_company
from motcua.companies.models import Company
from motcua.config import clock
from motcua.kernel.ids import new_id
from motcua.messaging import operations, queries
from motcua.messaging.models import Conversation, InboxEvent, Message, OutboxMessage
from motcua.messaging.rules import Delivery, Kind, SendFailed
from motcua.sandbox import smpp, smpp_server, store
from tests import database
from tests.channels.chat_house import MovedClock
from tests.conftest import _point_at

PHONE = "+84901234567"
LONG = (
    "Kinh gui quy khach, lich ngung cap dien ngay 20/11 tu 7h30 den 11h30 tai khu vuc Cau Giay de sua chua luoi dien. "
    * 3
)


@dataclass
class House:
    """The centre, a person with a phone, and the way of their words through our inbox and outbox."""

    server: smpp_server.Server
    loop: asyncio.AbstractEventLoop
    clock: MovedClock
    account: Account

    def set_up(self, **told: Any) -> None:
        """Other settings of the account."""
        self.account = replace(self.account, settings={**self.account.settings, **told})

    def on_phone(self, phone: str = PHONE) -> list[smpp.Text]:
        """What stands on the phone, oldest first."""
        return smpp.list_texts(phone=phone, company_code="HANOI")[::-1]

    def words(self, phone: str = PHONE) -> list[str]:
        return [text.text for text in self.on_phone(phone) if not text.is_reply]

    def writes(self, text: str, phone: str = PHONE) -> None:
        smpp.write(company_code="HANOI", phone=phone, text=text, at=clock.now())

    def plan(self, *faults: str) -> None:
        assert smpp.STORE.plan_faults(faults) == len(faults)

    def plan_silence(self, fault: str) -> None:
        """Our line gives the answer up soon; otherwise it is as patient as a loaded machine needs."""
        self.set_up(answer_seconds=2.0)
        self.plan(fault)

    def hears_of_all(self) -> None:
        """Let the receipts of what is on the phone come before the clock goes on, or it would be sent once more."""
        until(lambda: self.events("smpp_receipt") >= len(self.words()))

    def queue(
        self, text: str = "Xin chao", *, key: str = "a", kind: Kind = Kind.TRANSACTIONAL, **more: Any
    ) -> None:
        operations.queue_message(
            key=key,
            channel="SMS",
            address=PHONE,
            texts={"vi": text},
            params={},
            kind=kind,
            at=clock.now(),
            **more,
        )

    def bind(self) -> holding.Holder:
        """Our line, once it is bound."""
        from motcua.channels.smpp import settings
        from motcua.companies.context import current_company

        holder = holding.keep("HANOI", current_company().schema_name, settings.line_of(self.account))
        assert holder is not None
        until(lambda: holder.state == holding.BOUND)
        return holder

    def send_due(self, **later: float) -> None:
        operations.send_due(at=self.later(**later))

    def work(self) -> int:
        """Everything that waits in the inbox and the outbox."""
        done = 0
        for _ in range(20):
            some = operations.drain_inbox(at=clock.now()) + operations.send_due(at=clock.now())
            done += some
            if not some:
                break
        return done

    def later(self, **span: float) -> datetime:
        self.clock.at = clock.now() + timedelta(**span)
        return clock.now()

    def state(self, key: str = "a") -> tuple[str, str]:
        row = OutboxMessage.objects.get(key=key)
        return row.state, row.reason

    def events(self, kind: str) -> int:
        return InboxEvent.objects.filter(channel="SMS", payload__type=kind).count()

    def heard(self, count: int, kind: str = "smpp_receipt") -> None:
        """Wait until so many events of the centre's are stored, then take them in."""
        until(lambda: self.events(kind) >= count)
        operations.drain_inbox(at=clock.now())

    def said(self, phone: str = PHONE) -> list[queries.MessageView]:
        found = queries.find_open_conversation("SMS", phone)
        return queries.list_messages(found.id) if found else []

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self.server.cut(), self.loop).result(60)

    def parts(self) -> list[tuple[str, bool]]:
        return [
            (row.state, bool(row.message_id)) for row in SmppPart.objects.order_by("delivery_id", "number")
        ]


def until(is_so: Callable[[], object], seconds: float = 180.0) -> None:
    """Wait for what other threads do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return
        time.sleep(0.03)
    raise AssertionError("it did not happen in time")


def delivery(at: datetime, **more: Any) -> Delivery:
    fields: dict[str, Any] = {
        "id": str(new_id(at)), "channel": "SMS", "address": PHONE, "text": "Xin chao", "kind": Kind.TRANSACTIONAL, "attempt": 1,
    }  # fmt: skip
    return Delivery(**{**fields, **more})


def outbox_of(one: Delivery) -> UUID:
    return UUID(one.id.partition("#")[0])


@pytest.fixture(scope="module")
def lines_database(
    django_db_setup: None, shared_server: database.SharedServer, django_db_blocker: Any
) -> Iterator[str]:
    """A database with real commits for all the tests of a file: other threads see them, and a clone for each would be dear."""
    name = shared_server.clone()
    with django_db_blocker.unblock():
        before = dict(connections["default"].settings_dict)
        _point_at(shared_server.app_url(name))
        yield shared_server.app_url(name)
        connections["default"].close()
        connections["default"].close_pool()
        restored = {key: before[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        connections["default"].settings_dict.update(restored)
        connections.settings["default"].update(restored)
    shared_server.drop(name)


@pytest.fixture
def lines_company(lines_database: str) -> Iterator[Company]:
    """HANOI there, with no message of the test before."""
    with using_company("HANOI") as chosen:
        for model in (
            Message,
            Conversation,
            InboxEvent,
            OutboxMessage,
            SmppPart,
            SmppLine,
            SmppHeard,
            SmppPiece,
            KeywordCount,
        ):
            model.objects.all().delete()
        yield chosen


@pytest.fixture
def smpp_house(
    lines_company: Company, tmp_path: Any, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    class Home:
        home = tmp_path

    moved = MovedClock(at)
    monkeypatch.setattr(clock, "CLOCK", moved)
    monkeypatch.setattr(store, "ENV", Home)
    monkeypatch.setattr(holding, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(holding, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(holding, "LOCK_TRY_SECONDS", 0.2)
    monkeypatch.setattr(holding, "LOCK_LOOK_SECONDS", 0.3)
    monkeypatch.setattr(sending, "BIND_WAIT", 30.0)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = smpp_server.Server()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)
    account = Account(
        "HANOI", "", "EVNHANOI", {"password": smpp.password_of("HANOI")}, "", "", {
            "way": "SMPP", "host": "127.0.0.1", "port": server.port, "system_id": "HANOI", "answer_seconds": 30.0,
            "per_second": 500, "number": smpp.NUMBER,
        },
    )  # fmt: skip
    house = House(server, loop, moved, account)
    real = accounts.find_account
    monkeypatch.setattr(accounts, "find_account", lambda code: house.account if code == "SMS" else real(code))
    yield house
    holding.let_go()
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)
    # what the line still stores belongs to this test, not to the next
    until(lambda: not any(thread.name.startswith("smpp-") for thread in threading.enumerate()))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)


def failed(call):
    """The refusal to send."""
    with pytest.raises(SendFailed) as told:
        call()
    return told.value
