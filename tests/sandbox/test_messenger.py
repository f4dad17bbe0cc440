"""The whole way over real HTTP: a phone on this Messenger, the edge in a process of its own, the assistant, the desk."""

from __future__ import annotations

import time

import pytest
from tests.channels.chat_house import live_at
from tests.sandbox.test_zalo import HOST, PHONE, Machines

from motcua.channels import accounts, outbound
from motcua.config import clock
from motcua.kernel.clock import SystemClock
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.requests.models import Draft
from motcua.sandbox import messenger, messenger_calls


@pytest.fixture
def machines(committed_company, shared_server, tmp_path, monkeypatch):
    started = Machines(shared_server.edge_url(committed_company.test_database), tmp_path)

    live_at(tmp_path, monkeypatch, edge_port=started.port, calls=messenger_calls)
    monkeypatch.setattr(clock, "CLOCK", SystemClock())  # the edge's process goes by the real one
    accounts.forget()
    yield started
    started.kill()
    accounts.forget()
    outbound._clients.clear()


def carry(rounds: int = 600) -> None:
    """Bring every call over, work it off, send what it led to, until nothing is left."""
    for _ in range(rounds):
        left = messenger_calls.deliver_pending()
        done = operations.drain_inbox(at=clock.now()) + operations.send_due(at=clock.now())
        if not (left or done):
            return
        if not done:
            time.sleep(0.1)


def say(text: str, person: str, **more: object) -> None:
    messenger_calls.say("HANOI", HOST, person, {"text": text, **more}, clock.now(), shown=text)


def heard(person: str) -> list[messenger.Line]:
    return [line for line in messenger.list_lines("HANOI", person) if not line.is_theirs]


class TestTheWholeWay:
    def test_a_form_is_begun_by_taps_and_a_person_answers(self, machines, intake):
        assert messenger_calls.greet(HOST, "HANOI", "1158201444") == (200, "1158201444")
        assert messenger_calls.greet("npc.localhost", "HANOI", "1158201444")[0] == 403
        person = messenger.ensure_person("HANOI", phone=PHONE, name="Nguyễn Thị Hoa")
        started = {"mid": "m_start", "title": "Bắt đầu", "payload": "GET_STARTED"}
        messenger_calls.tell("HANOI", HOST, person, "postback", started, clock.now())
        carry()
        assert heard(person), "the assistant answers"

        messenger.plan_faults(["EVENT_TWICE"])
        say("tôi muốn mua điện mới cho nhà", person)
        carry()
        choices = heard(person)[-1].extra["choices"]
        assert [one["title"] for one in choices] == ["Có", "Không"]
        say("Không", person, quick_reply={"payload": choices[1]["payload"]})
        carry()
        say("Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội", person)
        carry()
        assert Draft.objects.get().channel == "MESSENGER"

        say("gặp nhân viên", person)
        carry()
        [waiting] = queries.list_queue()
        operations.append_out(
            conversation_id=waiting.conversation.id, text="Chào chị, em là Lan.", author=intake, key="d1", at=clock.now()
        )  # fmt: skip
        carry()
        assert heard(person)[-1].text == "Chào chị, em là Lan."
        assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"DELIVERED"}
        messenger_calls.read("HANOI", HOST, person, clock.now())
        carry()
        assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"READ"}
