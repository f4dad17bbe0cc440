"""The stand-in phone: its page, its JSON, and the round of a message through the edge."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from tests.channels.chat_house import live_at

from motcua.channels import credentials
from motcua.config import clock
from motcua.kernel.clock import FixedClock
from motcua.sandbox import sms

PHONE = "+84901234567"


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    live_at(tmp_path, monkeypatch, calls=sms)


def take(at, text="Xin chao", request_id="r1", **more):
    told = {
        "ApiKey": "HANOI",
        "SecretKey": credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "SMS"),
        "Phone": PHONE.removeprefix("+"),
        "Content": text,
        "Brandname": "EVNHANOI",
        "RequestId": request_id,
        "CallbackUrl": "http://127.0.0.1:1/hooks/sms",
        **more,
    }
    return sms.take(company_code="HANOI", host="hanoi.localhost", told=told, at=at)


class TestPhone:
    def test_shows_what_came_and_takes_an_answer(self, hanoi, at):
        take(at, "Ma cua ban la 123456")
        page = hanoi.get("/sandbox/sms/?phone=0901234567").content.decode()
        assert "Ma cua ban la 123456" in page and "EVNHANOI" in page

        hanoi.post("/sandbox/sms/reply", {"phone": "0901234567", "text": "cam on"})
        texts = hanoi.get("/sandbox/sms/inbox.json?phone=0901234567").json()["texts"]
        assert [(t["text"], t["is_reply"]) for t in texts] == [
            ("cam on", True),
            ("Ma cua ban la 123456", False),
        ]

    def test_says_what_is_wrong_with_a_number(self, hanoi):
        assert hanoi.get("/sandbox/sms/?phone=12").status_code == 422
        assert hanoi.get("/sandbox/sms/inbox.json?phone=12").status_code == 422

    def test_is_not_there_outside_a_demo(self, hanoi, monkeypatch):
        from motcua.sandbox import gate

        monkeypatch.setattr(gate, "is_open", lambda: False)
        assert hanoi.get("/sandbox/sms/").status_code == 404
        assert (
            hanoi.post(f"/sandbox/sms/{sms.API_PATH}", {}, content_type="application/json").status_code == 404
        )

    def test_interface_needs_no_form_token_but_the_keys(self, company):
        strict = Client(enforce_csrf_checks=True, headers={"host": "hanoi.localhost"})
        answer = strict.post(
            f"/sandbox/sms/{sms.API_PATH}", {"ApiKey": "HANOI"}, content_type="application/json"
        )

        assert answer.json()["CodeResult"] == "101"


class TestCalls:
    def waiting(self):
        with sms.STORE.open() as opened:
            rows = opened.execute(
                "SELECT body FROM hook_calls WHERE state = 'PENDING' ORDER BY serial"
            ).fetchall()
        return [json.loads(row[0])["event_id"] for row in rows]

    def test_receipt_waits_until_the_edge_takes_it(self, company, at, monkeypatch):
        take(at)
        assert self.waiting() == ["receipt-r1-0"]
        assert sms.deliver_pending() == 1  # nobody listens there
        calls = []
        monkeypatch.setattr(sms.CALLS, "call", lambda *call: calls.append(call) or True)
        assert sms.deliver_pending() == 1  # its next try is not due yet
        monkeypatch.setattr(clock, "CLOCK", FixedClock(at + timedelta(seconds=1)))

        assert sms.deliver_pending() == 0
        assert len(calls) == 1
        assert self.waiting() == []

    @pytest.mark.parametrize(
        ("fault", "calls"),
        [
            ("NO_RECEIPT", []),
            ("RECEIPT_TWICE", ["receipt-r1-0", "receipt-r1-0"]),
            ("UNDELIVERED_THEN_DELIVERED", ["receipt-r1-0", "receipt-r1-1"]),
        ],
    )
    def test_faults_count_for_one_message(self, company, at, fault, calls):
        sms.plan_faults([fault, "NONSENSE"])
        take(at)
        assert self.waiting() == calls
        take(at, request_id="r2")
        assert "receipt-r2-0" in self.waiting()
