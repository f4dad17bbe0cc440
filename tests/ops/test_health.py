"""`/healthz` and `/metrics`: ages, answered for any host, the inside alone for metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from motcua.companies.models import Company
from motcua.config import clock
from motcua.messaging.models import InboxEvent
from motcua.web import health

NOBODYS_HOST = {"host": "nobody.example"}


@pytest.fixture
def machine(db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Asks as a load balancer does, under a name that is no company's; nothing is remembered between
    questions.
    """
    monkeypatch.setattr(health, "CACHED_SECONDS", -1.0)
    return Client(headers=NOBODYS_HOST)


def heartbeat(seconds_ago: float) -> None:
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second')",
            [seconds_ago],
        )


class TestHealthz:
    def test_is_well_while_a_worker_shows_itself(self, machine: Client) -> None:
        heartbeat(5)

        answer = machine.get("/healthz")

        assert answer.status_code == 200
        assert answer.json()["problems"] == []
        assert answer["Cache-Control"] == "no-store"

    def test_names_a_silent_worker(self, machine: Client) -> None:
        heartbeat(300)

        answer = machine.get("/healthz")

        assert answer.status_code == 503
        assert answer.json()["problems"] == ["worker silent for 300 s"]

    def test_names_the_company_whose_inbox_is_late(self, machine: Client, company: Company) -> None:
        heartbeat(1)
        connection.set_tenant(company)
        InboxEvent.objects.create(
            channel="sms", event_id="e1", payload={}, received_at=clock.now() - timedelta(seconds=400)
        )

        answer = machine.get("/healthz")

        assert answer.status_code == 503
        assert answer.json()["problems"] == ["HANOI inbox: oldest waits 400 s"]

    def test_the_load_balancers_question_is_about_the_pages_alone(self, machine: Client) -> None:
        heartbeat(300)

        assert machine.get("/healthz?only=pages").status_code == 200

    def test_a_database_that_does_not_answer_is_an_answer(
        self, machine: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> None:
            raise OSError("gone")

        with monkeypatch.context() as patch:
            patch.setattr(connection, "cursor", broken)
            whole, pages = machine.get("/healthz"), machine.get("/healthz?only=pages")

        assert whole.json()["problems"] == ["database does not answer"]
        assert (whole.status_code, pages.status_code) == (503, 503)


class TestMetrics:
    def test_tell_ages_by_company(self, machine: Client) -> None:
        heartbeat(7)

        text = machine.get("/metrics", REMOTE_ADDR="10.0.0.9").content.decode()

        assert "motcua_database_up 1.0" in text
        assert 'motcua_queue_oldest_seconds{company="HANOI",queue="inbox"} 0.0' in text
        assert "motcua_worker_heartbeat_age_seconds 7." in text

    def test_are_for_the_inside_alone(self, machine: Client) -> None:
        assert machine.get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 404
        assert machine.get("/metrics", HTTP_X_FORWARDED_FOR="8.8.8.8").status_code == 404


class TestOthers:
    def test_an_unknown_host_gets_no_page(self, machine: Client) -> None:
        assert machine.get("/").status_code == 404

    def test_no_certificate_without_https(self, machine: Client) -> None:
        assert machine.get(health.CERTIFICATE_PATH).status_code == 404
