"""Messenger's webhook: signatures over the very bytes, the handshake, batches taken apart."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.channels.calls import Call, Verdict
from motcua.channels.credentials import sign
from motcua.channels.messenger import hook

PAGE, USER = "100200300400500", "6543210987654321"
SECRET = "meta-app-secret-for-tests"
BODY = (
    rb'{"object":"page","entry":[{"id":"100200300400500","time":1764000000456,"messaging":[{"sender":{"id":"6543210987654321"},'
    rb'"recipient":{"id":"100200300400500"},"timestamp":1764000000123,"message":{"mid":"m_TEST0001","text":"M\u1ea5t \u0111i\u1ec7n"}}]}]}'
)
MARK = "sha256=8f66c4019f84d78f1d12d505906e59a98ac4d8b9685cba47d5e4f67b596b309a"
AT = datetime.fromtimestamp(1764000002, tz=UTC)


def call(body=BODY, mark=MARK, *, secrets=(SECRET,), at=AT):
    return Call({} if mark is None else {"x-hub-signature-256": mark}, body, list(secrets), {}, at)


def signed(told, **more):
    body = json.dumps(told).encode()
    return call(body, "sha256=" + sign(body, SECRET), **more)


def batch(*events, where="messaging", page=PAGE, time=1764000000456):
    return {"object": "page", "entry": [{"id": page, "time": time, where: list(events)}]}


def message(number, **more):
    sides = {"sender": {"id": USER}, "recipient": {"id": PAGE}, "timestamp": 1764000000123 + number}
    return {**sides, "message": {"mid": f"m_{number}", "text": f"tin {number}", **more}}


class TestMark:
    def test_vector(self):
        assert len(BODY) == 251
        assert "sha256=" + sign(BODY, SECRET) == MARK
        assert hook.check(call()) == Verdict(True)

    def test_a_body_written_anew_is_not_the_body(self):
        told = json.loads(BODY)
        for body in (
            json.dumps(told).encode(),
            json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(),
            json.dumps(told, separators=(",", ":"), sort_keys=True).encode(),
            BODY.replace(rb"\u1ea5", rb"\u1EA5"),
            BODY + b"\n",
        ):
            assert body != BODY
            assert hook.check(call(body)).reason == "SIGNATURE"

    @pytest.mark.parametrize(
        "text", ["Mất điện", unicodedata.normalize("NFD", "Mất điện"), "⚡😡👨‍👩‍👧", "\u0000"]
    )
    def test_any_text_passes_when_its_own_bytes_are_signed(self, text):
        assert hook.check(signed(batch(message(1, text=text)))).is_genuine

    def test_reasons(self):
        assert hook.check(call(mark=None)).reason == "UNSIGNED"
        assert hook.check(call(mark="sha256=" + "0" * 64)).reason == "SIGNATURE"
        assert hook.check(call(secrets=[])).reason == "SIGNATURE"
        assert hook.check(call(secrets=["new", SECRET])).is_genuine
        assert hook.check(call(b"[]", "sha256=" + sign(b"[]", SECRET))).reason == "UNREADABLE"
        assert hook.check(signed({"object": "instagram"})).reason == "OTHER_APP"
        assert hook.check(call(at=AT + timedelta(hours=36))).is_genuine
        assert hook.check(call(at=AT + timedelta(hours=41))).reason == "TOO_OLD"
        assert hook.check(call(at=AT - timedelta(hours=1))).reason == "TOO_OLD"

    def test_the_verify_token_is_no_key(self):
        false = sign(BODY, hook.verify_token(SECRET))
        assert hook.check(call(mark="sha256=" + false)).reason == "SIGNATURE"

    @given(st.binary(max_size=200), st.text(max_size=40))
    def test_any_call_has_a_verdict(self, body, mark):
        assert not hook.check(call(body, mark)).is_genuine


class TestGreeting:
    def ask(self, **more):
        token = hook.verify_token(SECRET)
        asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444", **more}
        return hook.greet(asked, ["newer", SECRET])

    def test_the_challenge_goes_back_to_whoever_knows_the_token(self):
        assert self.ask() == "1158201444"

    @pytest.mark.parametrize(
        "more",
        [
            {"hub.mode": "x"},
            {"hub.verify_token": "x"},
            {"hub.challenge": "a" * 300},
            {"hub.verify_token": ""},
        ],
    )
    def test_and_to_nobody_else(self, more):
        assert self.ask(**more) is None


class TestReading:
    def rows(self, *entries):
        told = {"object": "page", "entry": list(entries)}
        return hook.read(signed(told), Verdict(True))

    def test_every_event_of_every_entry_is_a_row(self):
        entries = [
            {"id": PAGE, "time": 1764000000456, "messaging": [message(1), message(2)], "standby": [message(3)]},
            {"id": PAGE, "time": 1764000000457, "changes": [{"field": "feed", "value": {"item": "comment"}}]},
            "odd", {"id": PAGE, "messaging": ["odd", {}]}, {"id": PAGE},
        ]  # fmt: skip
        rows = self.rows(*entries)

        assert [row.payload["where"] for row in rows] == [
            "messaging",
            "messaging",
            "standby",
            "changes",
            "messaging",
            "messaging",
        ]
        assert [row.sender for row in rows] == [USER, USER, USER, "?", "?", "?"]
        assert len({row.event_id for row in rows}) == 6

    def test_the_customer_is_the_sender_on_whichever_side(self):
        echo = {"sender": {"id": PAGE}, "recipient": {"id": USER}, "message": {"mid": "m_9", "is_echo": True}}
        read = {"sender": {"id": USER}, "recipient": {"id": PAGE}, "read": {"watermark": 1764000000123}}
        visitor = {"sender": {"user_ref": "abc"}, "recipient": {"id": PAGE}, "postback": {"payload": "x"}}
        rows = hook.read(signed(batch(echo, read, visitor)), Verdict(True))

        assert [row.sender for row in rows] == [USER, f"receipt:{USER}", "ref:abc"]

    def test_a_repeat_has_the_same_key_also_beside_the_usual_list(self):
        [first] = hook.read(signed(batch(message(1))), Verdict(True))
        [again] = hook.read(signed(batch(message(1), where="standby", time=1764000009999)), Verdict(True))
        [deleted] = hook.read(signed(batch(message(1, is_deleted=True))), Verdict(True))

        assert first.event_id == again.event_id == f"{PAGE}:message:m_1"
        assert deleted.event_id != first.event_id
        assert first.sent_at == datetime.fromtimestamp(1764000000.124, tz=UTC)

    @given(st.binary(max_size=200))
    def test_any_body_can_be_stored(self, body):
        for row in hook.read(call(body), Verdict(True)):
            assert row.event_id and len(row.event_id) <= 200 and len(row.sender) <= 120
