"""Consent that is missing or ends soon: told by /healthz and `motcua check`, days ahead."""

from __future__ import annotations

from datetime import timedelta

from motcua.channels import tokens
from motcua.config import clock
from motcua.ops import check
from motcua.web import health


def test_what_will_stop_a_channel_is_told_and_makes_nothing_unhealthy(company, monkeypatch):
    given = tokens.Given("a", "r", timedelta(hours=25), timedelta(days=3))
    tokens.keep("ZALO", given, at=clock.now())

    measured = health.measure()
    assert measured.alarms == ("HANOI ZALO: consent ends in 2 days",)
    assert not any("ZALO" in problem for problem in measured.problems)

    monkeypatch.setattr(health, "measure", lambda: measured)
    found = [finding for finding in check._queues() if finding.about == "channels"]
    assert [(finding.verdict.value, "/quan-tri/kenh/" in finding.do) for finding in found] == [("warn", True)]
