"""Notices to many: who writes them, how they are planned, gathered, sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from motcua.kernel.actors import Actor
from motcua.messaging import outbox, queuing
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass import running
from motcua.messaging.mass.models import MassNotice
from motcua.messaging.mass.operations import Plan

WRITER = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["BUSINESS"], ["PD", "PD0100", "PD0400"])
BOSS = Actor.staff("22222222-2222-7222-8222-222222222222", "Minh", ["SUPERVISOR"], ["PD", "PD0100", "PD0400"])
TEXT = {
    "SHORT": {
        "vi": "{company}: Mời quý khách {customer_name} xem lịch ghi chỉ số mới.",
        "en": "{company}: See the new reading days.",
    }
}


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The people of these tests reach the whole company."""
    monkeypatch.setattr(mass_queries, "reaches_company", lambda actor: "PD" in actor.unit_codes)


def planned(at: Any, actor: Actor = WRITER, **told: Any) -> UUID:
    given = {
        "name": "Lịch ghi chỉ số", "topic": "POWER_CUT", "audience": "UNITS", "audience_params": {"units": ["PD0100"]},
        "texts": TEXT, "channels": ["WEBPUSH", "SMS", "EMAIL"],
    } | told  # fmt: skip
    return mass_ops.plan(plan=Plan(**given), actor=actor, at=at)


def gathered(at: Any, page: int = 7, **told: Any) -> UUID:
    notice_id = planned(at, **told)
    while running.gather(notice_id, at=at, page=page):
        pass
    return notice_id


def sent_all(notice_id: UUID, at: Any, *, window: int = 1000, limit: int = 500) -> int:
    """Release and send until nothing moves; how many messages were sent."""
    sent = 0
    for _ in range(200):
        moved = running.release(notice_id, at=at, window=window)
        done = outbox.send_due(at=at, limit=limit, lane=queuing.MASS)
        sent += done
        if not moved and not done:
            break
    return sent


def row(notice_id: UUID) -> MassNotice:
    return MassNotice.objects.get(id=notice_id)


def states(notice_id: UUID) -> dict[str, int]:
    return mass_queries.count_recipients(notice_id)["recipients"]
