"""The whole way over real HTTP: a phone on this Zalo, the edge in a process of its own, the inbox, the assistant, the desk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import httpx
import pytest
from django.conf import settings
from tests.channels.chat_house import HOST, PHONE, live_at
from tests.database import ROOT
from tests.free_ports import free_house

from motcua.channels import accounts, outbound, tokens
from motcua.config import clock
from motcua.kernel.clock import SystemClock
from motcua.messaging import operations, queries
from motcua.messaging.models import InboxEvent, OutboxMessage
from motcua.sandbox import zalo, zalo_calls


class Machines:
    """The edge and this Zalo in one process, as a demonstration starts them."""

    def __init__(self, url: str, home: Any) -> None:
        self.home, self.url = home, url
        self.port = free_house() + 1
        self.start()

    def start(self) -> None:
        environment = {
            **os.environ, "DATABASE_URL": self.url, "MOTCUA_DB_ROLE_PREFIX": settings.COMPANY_ROLE_PREFIX.removesuffix("_"),
            "MOTCUA_SECRET_KEY": settings.SECRET_KEY, "MOTCUA_DEMO": "1", "MOTCUA_HOME": str(self.home),
            "MOTCUA_EDGE_PORT": str(self.port), "PYTHONPATH": f"{ROOT / 'src'}:{os.environ.get('PYTHONPATH', '')}",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port),
                "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "3", "motcua.ops.machines:app",
            ],
            env=environment, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        for _ in range(900):
            try:
                if (
                    httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False, timeout=5).status_code
                    == 200
                ):
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise RuntimeError("the machines do not answer")

    def kill(self) -> None:
        os.killpg(self.process.pid, 9)
        self.process.wait(60)


@pytest.fixture
def machines(committed_company, shared_server, tmp_path, monkeypatch):
    started = Machines(shared_server.edge_url(committed_company.test_database), tmp_path)

    live_at(tmp_path, monkeypatch, edge_port=started.port, calls=zalo_calls)
    monkeypatch.setattr(clock, "CLOCK", SystemClock())  # the edge's process goes by the real one
    accounts.forget()
    yield started
    if started.process.poll() is None:
        started.kill()
    accounts.forget()
    outbound._clients.clear()


def carry(rounds: int = 600) -> None:
    """Bring every call over, work it off, send what it led to, until nothing is left."""
    for _ in range(rounds):
        left = zalo_calls.deliver_pending()
        done = operations.drain_inbox(at=clock.now()) + operations.send_due(at=clock.now())
        if not (left or done):
            return
        if not done:
            time.sleep(0.1)


def say(text: str, person: str) -> None:
    zalo_calls.say("HANOI", HOST, person, "text", {"text": text}, clock.now(), shown=text, extra={})


def heard(person: str) -> list[str]:
    return [line.text for line in zalo.list_lines("HANOI", person) if not line.is_theirs]


class TestTheWholeWay:
    def test_somebody_on_zalo_is_answered_handed_over_and_answered_by_a_person(self, machines, intake):
        person = zalo.ensure_person("HANOI", phone=PHONE, name="Hoa")
        zalo_calls.relation("HANOI", HOST, person, "follow", clock.now())
        say("Xin chào", person)
        carry()
        assert heard(person), "the assistant answers"
        assert tokens.find_token("ZALO").state == "LIVE"

        say("gặp nhân viên", person)
        carry()
        [waiting] = queries.list_queue()
        assert (waiting.conversation.channel, waiting.conversation.address) == ("ZALO", person)

        operations.append_out(
            conversation_id=waiting.conversation.id,
            text="Chào chị, em là Lan.",
            author=intake,
            key="d1",
            at=clock.now(),
        )
        carry()
        assert heard(person)[-1] == "Chào chị, em là Lan."
        assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"DELIVERED"}
        spoken = queries.list_messages(waiting.conversation.id)
        assert [m.text for m in spoken if not m.is_from_customer].count("Chào chị, em là Lan.") == 1

    def test_kills_and_doubles_lose_and_double_nothing(self, machines, monkeypatch):
        from motcua.messaging import registry

        monkeypatch.setattr(registry, "_responders", [])
        person = zalo.ensure_person("HANOI", phone=PHONE)
        for number in range(40):
            if number % 5 == 0:
                zalo.plan_faults(
                    [("EVENT_TWICE", "EVENT_LATE", "EVENT_TWICE", "EVENTS_SWAPPED")[number // 5 % 4]]
                )
            say(f"tin {number:02}", person)
            if number == 20:
                machines.kill()
            if number == 24:
                machines.start()
            zalo_calls.deliver_pending()
        while zalo_calls.deliver_pending():
            time.sleep(0.1)
        carry()

        conversation = queries.find_open_conversation("ZALO", person)
        texts = [m.text for m in queries.list_messages(conversation.id)]
        assert sorted(texts) == [f"tin {number:02}" for number in range(40)]
        assert texts == sorted(texts), "worked off at the end, in the sender's order"
        assert InboxEvent.objects.count() == 40

    def test_no_underscore_is_lost_on_the_way_and_a_bearer_is_no_token(self, machines):
        base = f"http://127.0.0.1:{machines.port}/sandbox/zalo"
        given = httpx.get(
            f"{base}/v2.0/oa/getoa", headers={"Authorization": "Bearer x"}, trust_env=False, timeout=60
        ).json()
        assert given["error"] == -216
        refused = httpx.post(
            f"{base}/v4/oa/access_token", data={"app_id": zalo.app_of("HANOI")["app_id"], "grant_type": "refresh_token"},
            headers={"secret_key": zalo.secret_of("HANOI")}, trust_env=False, timeout=60,
        )  # fmt: skip
        assert (refused.status_code, refused.json()["error_name"]) == (200, "Invalid token")


class TestPhone:
    @pytest.fixture(autouse=True)
    def own_store(self, tmp_path, monkeypatch):
        live_at(tmp_path, monkeypatch, calls=zalo_calls)

    def waiting(self):
        with zalo.STORE.open() as opened:
            return opened.execute("SELECT count(*) FROM hook_calls WHERE state = 'PENDING'").fetchone()[0]

    def test_a_person_writes_and_sees_what_comes(self, hanoi):
        assert hanoi.get("/sandbox/zalo/").status_code == 200
        assert hanoi.get("/sandbox/zalo/?phone=12").status_code == 422
        hanoi.post("/sandbox/zalo/say", {"phone": "0901234567", "text": "alo"})
        for act in ("follow", "share", "sticker", "place", "read", "silent", "unfollow"):
            assert hanoi.post("/sandbox/zalo/act", {"phone": "0901234567", "act": act}).status_code == 302
        lines = hanoi.get("/sandbox/zalo/lines.json?phone=0901234567").json()["lines"]

        assert [line["text"] for line in lines] == ["alo", "[sticker]", "[vị trí]"]
        assert "alo" in hanoi.get("/sandbox/zalo/?phone=0901234567").content.decode()
        assert self.waiting() == 6

    @pytest.mark.parametrize(("fault", "calls"), [("EVENT_TWICE", 2), ("EVENT_LOST", 0), ("EVENT_LATE", 1)])
    def test_faults_count_for_one_event(self, hanoi, fault, calls):
        hanoi.post("/sandbox/zalo/faults", {"faults": [fault], "phone": ""})
        hanoi.post("/sandbox/zalo/say", {"phone": "0901234567", "text": "alo"})
        assert self.waiting() == calls

    def test_is_not_there_outside_a_demo(self, hanoi, monkeypatch):
        from motcua.sandbox import gate

        monkeypatch.setattr(gate, "is_open", lambda: False)
        assert hanoi.get("/sandbox/zalo/").status_code == 404
