"""A channel is called no faster than its provider allows, by however many of us."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from motcua.messaging import operations, pacing
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Capabilities, Kind


def queue(number, at):
    for n in range(number):
        operations.queue_message(
            key=f"k{n}", channel="SMS", address=f"+8490123{n:04d}", texts={"vi": "Xin chào"}, params={}, kind=Kind.TRANSACTIONAL, at=at
        )  # fmt: skip


class Timed:
    """When each call came, by the clock of the wall."""

    def __init__(self, channel, per_second, now=time.monotonic):
        self.calls: list[float] = []
        self._now = now
        self._send, channel.send = channel.send, self.send
        channel.capabilities = Capabilities(pushes=True, per_second=per_second)

    def send(self, delivery):
        self.calls.append(self._now())
        return self._send(delivery)


class Asleep:
    """Time that passes only while somebody sleeps, for who counts thousandths."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_calls_are_no_closer_than_the_limit(company, sms, at, monkeypatch):
    asleep = Asleep()
    monkeypatch.setattr(pacing, "time", asleep)
    timed = Timed(sms, per_second=50, now=asleep.monotonic)
    queue(10, at)

    assert operations.send_due(at=at) == 10
    gaps = [b - a for a, b in zip(timed.calls, timed.calls[1:], strict=False)]
    assert gaps == pytest.approx([0.02] * 9)


def test_two_who_send_at_once_keep_the_limit_together(committed_company, race, sms, at):
    timed = Timed(sms, per_second=8)
    queue(12, at)

    ends = race(lambda: operations.send_due(at=at, limit=6), lambda: operations.send_due(at=at, limit=6))

    assert sum(ends) == 12
    calls = sorted(timed.calls)
    assert calls[-1] - calls[0] >= 8 / 8  # eleven gaps; five, if each went at the whole pace
    assert OutboxMessage.objects.filter(state="SENT").count() == 12


def test_without_a_limit_nobody_waits(company, sms, at):
    timed = Timed(sms, per_second=0)
    queue(10, at)
    operations.send_due(at=at + timedelta(seconds=1))

    assert len(timed.calls) == 10
