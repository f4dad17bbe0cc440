"""Single messages while many are told: the real adapter, the stand-in of the SMS centre, two senders at once."""

from __future__ import annotations

import json
import threading
import time
from datetime import time as hour
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection

from motcua.channels import credentials
from motcua.channels import operations as channel_ops
from motcua.channels import sms as adapter
from motcua.companies.context import using_company
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.messaging import jobs, operations, outbox, queuing
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass import running
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Kind
from motcua.sandbox import sms as centre
from tests.messaging import many

BOSS = Actor.staff("22222222-2222-7222-8222-222222222222", "Minh", ["SUPERVISOR"], ["PD0100"])
MANY, SINGLES, WITHIN = 150, 20, 30.0


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, committed_company: Any) -> None:
    """The stand-in answers the adapter's calls after some milliseconds."""

    def answer(request: httpx.Request) -> httpx.Response:
        time.sleep(0.01)
        status, told = centre.take(
            company_code="HANOI", host="hanoi.localhost", told=json.loads(request.content), at=clock.now()
        )
        return httpx.Response(status, json=told)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(adapter, "http", lambda account: client)
    secret = credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "SMS")
    channel_ops.set_account(
        channel="SMS", base_url="http://stand-in", sender_name="EVN", keys={"api_key": "HANOI", "secret_key": secret}, hook_secrets=[],
        actor=Actor.system("test"), at=clock.now(),
    )  # fmt: skip


@pytest.mark.usefixtures("provider")
def test_singles_are_handed_over_at_once_and_everybody_of_the_many_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mass_queries, "reaches_company", lambda actor: True)
    many.customers(MANY, clock.now(), first=700_000)
    plan = mass_ops.Plan(
        name="Lịch", topic="POWER_CUT", audience="UNITS", audience_params={"units": ["PD0100"]}, channels=["SMS"],
        texts={"SHORT": {"vi": "{company}: lịch mới."}}, day_from=hour(0), day_to=hour(23, 59, 59, 999_999),
    )  # fmt: skip
    notice_id = mass_ops.plan(plan=plan, actor=BOSS, at=clock.now())
    while running.gather(notice_id, at=clock.now()):
        pass
    mass_ops.start(notice_id=notice_id, actor=BOSS, at=clock.now())
    ended = threading.Event()

    def tell_many() -> None:
        try:
            with using_company("HANOI"):
                while mass_queries.find_notice(notice_id, BOSS).state == "RUNNING":  # type: ignore[union-attr]
                    running.release(notice_id, at=clock.now(), window=60)
                    jobs.send_to_many(clock.now())
        finally:
            ended.set()
            connection.close()

    sender = threading.Thread(target=tell_many)
    sender.start()
    took, meanwhile = [], 0
    for number in range(SINGLES):
        begun = time.monotonic()
        operations.queue_message(
            key=f"one:{number}", channel="SMS", address=many.phone(800_000 + number), texts={"vi": "Mã: 123456"}, params={},
            kind=Kind.TRANSACTIONAL, at=clock.now(),
        )  # fmt: skip
        meanwhile += not ended.is_set()
        assert outbox.send_due(at=clock.now()) == 1
        took.append(time.monotonic() - begun)
    sender.join(300)

    assert meanwhile >= 3
    assert sorted(took)[int(SINGLES * 0.99)] < WITHIN
    assert OutboxMessage.objects.filter(state="SENT", lane=queuing.MASS).count() == MANY
    for number in range(MANY):
        [text] = centre.list_texts(phone=many.phone(700_000 + number), company_code="HANOI")
        assert text.text.endswith(": lich moi.")
