"""The line to the centre: held by one, bound anew, asked when silent, left to the next when its holder is killed."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from uuid import uuid4

import psycopg

from motcua.channels.models import SmppLine
from motcua.channels.smpp import holding, parts, sending, settings
from motcua.companies.context import current_company
from motcua.config import clock, own_connection
from motcua.messaging import operations
from motcua.messaging.models import InboxEvent, OutboxMessage
from motcua.messaging.rules import Kind
from motcua.sandbox import smpp
from tests.channels.smpp_house import (  # noqa: F401 - fixtures among them
    LONG,
    PHONE,
    delivery,
    failed,
    lines_company,
    lines_database,
    smpp_house,
    until,
)

ENQUIRE = 0x15


class TestHolding:
    def test_refused_bind_is_told_and_messages_wait(self, smpp_house):
        smpp_house.plan("BIND_REFUSED")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("QUEUED", "LINE_REFUSED")
        assert OutboxMessage.objects.get().attempts == 0
        line = SmppLine.objects.get()
        assert (line.state, line.code) == ("REFUSED", "RINVPASWD")

    def test_cut_line_is_bound_anew(self, smpp_house):
        smpp_house.bind()
        smpp_house.cut()
        until(lambda: smpp_house.server.bound == 2)
        until(lambda: SmppLine.objects.get().state == "BOUND")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.words() == ["Xin chao"]

    def test_absent_centre_makes_messages_wait(self, smpp_house):
        smpp_house.set_up(port=1)
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("QUEUED", "LINE_LOST")

    def test_silent_line_is_asked_and_given_up(self, smpp_house, monkeypatch):
        from motcua.sandbox.smpp_server import _Bind

        smpp_house.set_up(enquire_seconds=0.3, answer_seconds=5.0)
        real, asked, is_deaf = _Bind.take, [], []

        async def take(self, message):
            if message.command == ENQUIRE:
                asked.append(message)
                if is_deaf:
                    return True
            return await real(self, message)

        monkeypatch.setattr(_Bind, "take", take)
        holder = smpp_house.bind()
        until(lambda: len(asked) >= 3)
        assert holder.state == holding.BOUND and smpp_house.server.bound == 1  # it was asked, and answered

        is_deaf.append(True)
        until(lambda: smpp_house.server.bound >= 2)

    def test_one_holder_at_a_time(self, smpp_house):
        """Another process has the line: our messages wait, and it sends them; when it dies we take over."""
        key = f"motcua smpp {current_company().schema_name}"
        with psycopg.connect(own_connection.conninfo("another worker"), autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
            smpp_house.queue()
            smpp_house.send_due()
            assert smpp_house.state() == ("QUEUED", "HELD_ELSEWHERE")
            assert (smpp_house.server.bound, OutboxMessage.objects.get().attempts) == (0, 0)
        until(lambda: smpp_house.server.bound == 1)
        smpp_house.send_due(seconds=5)
        assert smpp_house.words() == ["Xin chao"]

    def test_holder_sends_what_another_worker_put_off(self, smpp_house, monkeypatch):
        monkeypatch.setattr(holding, "FOR_OTHERS_SECONDS", 0.1)
        smpp_house.queue()
        OutboxMessage.objects.update(reason=holding.HELD_ELSEWHERE)
        smpp_house.bind()
        until(lambda: smpp_house.words() == ["Xin chao"])

    def test_lost_lock_ends_the_line(self, smpp_house):
        """A broken database session has no right to the line any more; it is taken anew with a new one."""
        smpp_house.bind()
        with psycopg.connect(own_connection.conninfo("operator"), autocommit=True) as operator:
            ended = operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'motcua smpp' "
                "AND datname = current_database()"
            ).fetchall()
        assert ended == [(True,)]
        until(lambda: smpp_house.server.bound == 2)
        until(lambda: len(smpp_house.server.binds) == 1)

    def test_other_settings_bind_anew_and_switching_off_unbinds(self, smpp_house):
        first = smpp_house.bind()
        smpp_house.set_up(window=3)
        assert smpp_house.bind() is not first
        holding.keep("HANOI", current_company().schema_name, None)
        until(lambda: not smpp_house.server.binds)

    def test_a_burst_with_cuts_loses_and_doubles_nothing(self, smpp_house, monkeypatch):
        monkeypatch.setattr(smpp, "SHOWN", 500)
        smpp_house.bind()
        for number in range(40):
            smpp_house.queue(f"So {number}", key=f"k{number}")
            smpp_house.writes(f"Tin {number}")
        for round_ in range(60):
            if round_ in {2, 5}:
                smpp_house.cut()
            smpp_house.send_due(seconds=12)
            operations.drain_inbox(at=clock.now())
            if OutboxMessage.objects.filter(state="DELIVERED", key__startswith="k").count() == 40:
                break
            smpp_house.hears_of_all()
            time.sleep(0.1)
        assert sorted(word for word in smpp_house.words() if word.startswith("So")) == sorted(
            f"So {number}" for number in range(40)
        )
        until(lambda: smpp_house.events("inbound") == 40)


class TestKill:
    def test_killed_worker_leaves_the_line_to_the_next_and_nothing_is_lost_or_doubled(
        self, smpp_house, lines_database, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(smpp, "SHOWN", 500)
        for number in range(12):
            smpp_house.queue(f"So {number}", key=f"k{number}")
            smpp_house.writes(f"Tin {number}")
        told = {
            "keys": dict(smpp_house.account.keys),
            "settings": {**smpp_house.account.settings, "per_second": 15},
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.channels.smpp_child", json.dumps({**told, "at": smpp_house.later(seconds=10).isoformat()})],
            env={**os.environ, "DATABASE_URL": lines_database, "MOTCUA_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        try:
            until(lambda: len(smpp_house.words()) >= 4, seconds=300)
            other = holding.keep("HANOI", current_company().schema_name, settings.line_of(smpp_house.account))
            until(lambda: other.state == holding.ELSEWHERE)
        finally:
            worker.kill()
            worker.wait()
        until(lambda: other.state == holding.BOUND)
        for _ in range(60):
            smpp_house.send_due(seconds=15)
            operations.drain_inbox(at=clock.now())
            if OutboxMessage.objects.filter(state="DELIVERED", key__startswith="k").count() == 12:
                break
            smpp_house.hears_of_all()
            time.sleep(0.1)
        assert sorted(word for word in smpp_house.words() if word.startswith("So")) == sorted(
            f"So {n}" for n in range(12)
        )
        until(lambda: smpp_house.events("inbound") == 12)


class TestPure:
    def test_names_a_carrier_would_register(self):
        good = ["EVNHANOI", "EVN-HN", "CSKH EVN", "a.b_1"]
        assert [name for name in good if not settings.is_brand(name)] == []
        assert not any(
            settings.is_brand(name) for name in ("", "EV", "ABCDEFGHIJKL", "12345", "Điện lực", "EVN!")
        )

    def test_number_is_told_by_its_shape(self, smpp_house):
        line = settings.line_of(smpp_house.account)
        assert sending.source_of(line, Kind.REPLY)["source_addr_ton"] == 3
        assert sending.source_of(line, Kind.TRANSACTIONAL)["source_addr_ton"] == 5

    def test_old_segments_are_forgotten(self, smpp_house, at):
        parts.prepare(delivery_id="x", outbox_id=uuid4(), address=PHONE, total=2, at=at)
        assert parts.sweep(at=at + timedelta(days=6)) == 0
        assert parts.sweep(at=at + timedelta(days=8)) == 2

    def test_no_text_in_what_is_logged_of_a_message(self):
        from motcua.channels.smpp.pdu import SUBMIT_SM, Pdu

        assert "bi mat" not in repr(Pdu(SUBMIT_SM, fields={"short_message": b"bi mat"}))
        assert InboxEvent is not None
