"""Whether a call is Zalo's, which event it is and whose: the vectors, and what must not pass."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.channels.calls import Call, Verdict
from motcua.channels.zalo import hook

APP, OA, USER = "1234567890123456789", "9998887776665554443", "5551112223334445556"
SECRET = "oa-secret-for-tests"
TIMESTAMP = "1764000000123"
BODY = (
    '{"app_id":"1234567890123456789","sender":{"id":"5551112223334445556"},"user_id_by_app":"7770001112223334445",'
    '"recipient":{"id":"9998887776665554443"},"event_name":"user_send_text",'
    '"message":{"text":"Mất điện từ sáng","msg_id":"96d3cdf3af150460909a"},"timestamp":"1764000000123"}'
).encode()
BY_APP = "60e7913f97c73373ef4beed7bb1bf9be5a3ad578081ca535b2c1e6fbfb6ea35f"
BY_OA = "532d4cb266e645836b7afb3ca7f666da37596224e804c56b1bc0e85683052239"
SETTINGS = {"app_id": APP, "oa_id": OA, "mac": "app_id"}
AT = datetime.fromtimestamp(1764000000, tz=UTC) + timedelta(seconds=2)
EVENTS = sorted((Path(__file__).parent / "zalo_events").glob("*.json"))


def call(body=BODY, mark="mac=" + BY_APP, *, secrets=(SECRET,), at=AT, **settings):
    headers = {"x-zevent-signature": mark} if mark is not None else {}
    return Call(headers, body, list(secrets), {**SETTINGS, **settings}, at)


def signed(event, **more):
    body = json.dumps(event, ensure_ascii=False).encode()
    return call(body, "mac=" + hook.mac(APP, body, str(event.get("timestamp", "")), SECRET), **more)


class TestMark:
    def test_vectors(self):
        assert len(BODY) == 286
        assert hook.mac(APP, BODY, TIMESTAMP, SECRET) == BY_APP
        assert hook.mac(OA, BODY, TIMESTAMP, SECRET) == BY_OA

    @pytest.mark.parametrize(
        ("setting", "mark", "matched"),
        [
            ("app_id", BY_APP, "app_id"),
            ("app_id", BY_OA, None),
            ("oa_id", BY_OA, "oa_id"),
            ("oa_id", BY_APP, None),
            ("either", BY_APP, "app_id"),
            ("either", BY_OA, "oa_id"),
        ],
    )
    def test_the_setting_decides_what_stands_first_and_it_is_told_which_matched(self, setting, mark, matched):
        verdict = hook.check(call(mark=mark, mac=setting))

        assert verdict == (Verdict(True, matched=matched) if matched else Verdict(False, "SIGNATURE"))

    @pytest.mark.parametrize(
        "mark", ["mac=" + BY_APP, BY_APP, "mac=" + BY_APP.upper(), " mac=" + BY_APP + " "]
    )
    def test_prefix_and_case_do_not_matter(self, mark):
        assert hook.check(call(mark=mark)).is_genuine

    def test_a_body_written_anew_is_not_the_body(self):
        event = json.loads(BODY)
        for body in (
            json.dumps(event).encode(),
            json.dumps(event, ensure_ascii=False).encode(),
            json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(),
            unicodedata.normalize("NFD", BODY.decode()).encode(),
            BODY + b"\n",
        ):
            assert body != BODY
            assert hook.check(call(body)).reason == "SIGNATURE"

    @pytest.mark.parametrize(
        "text", ["Mất điện", unicodedata.normalize("NFD", "Mất điện"), "mất điện ⚡😡👨‍👩‍👧", "\u0000"]
    )
    def test_any_text_passes_when_its_own_bytes_are_signed(self, text):
        assert hook.check(signed({**json.loads(BODY), "message": {"text": text, "msg_id": "1"}})).is_genuine

    def test_a_keyed_hash_is_not_the_mark(self):
        import hmac

        false = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
        assert hook.check(call(mark="mac=" + false)).reason == "SIGNATURE"

    def test_reasons(self):
        assert hook.check(call(mark=None)).reason == "UNSIGNED"
        assert hook.check(call(b"[]")).reason == "UNREADABLE"
        assert hook.check(call(secrets=[])).reason == "SIGNATURE"
        assert hook.check(call(secrets=["other"])).reason == "SIGNATURE"
        assert hook.check(call(secrets=["new", SECRET])).is_genuine
        assert hook.check(call(app_id="1")).reason == "OTHER_APP"

    @pytest.mark.parametrize(
        ("late", "is_genuine"),
        [(timedelta(hours=2, minutes=59), True), (timedelta(hours=4), False), (-timedelta(hours=1), False)],
    )
    def test_an_old_call_played_again_is_refused(self, late, is_genuine):
        verdict = hook.check(call(at=AT + late))

        assert (verdict.is_genuine, verdict.reason) == (is_genuine, "" if is_genuine else "TOO_OLD")

    @given(st.binary(max_size=300), st.text(max_size=40))
    def test_any_call_has_a_verdict(self, body, mark):
        assert not hook.check(call(body, mark)).is_genuine


class TestReading:
    def rows(self):
        return {
            path.stem: hook.read(signed(event), Verdict(True, matched="app_id"))[0]
            for path in EVENTS
            if (event := json.loads(path.read_text()))
        }

    def test_each_event_has_a_key_of_its_own_and_the_same_every_time(self):
        rows = self.rows()

        assert len({row.event_id for row in rows.values()}) == len(EVENTS)
        assert {row.event_id for row in self.rows().values()} == {row.event_id for row in rows.values()}
        assert all(row.sent_at is not None for row in rows.values())

    def test_the_sender_is_the_customer_whichever_side_they_stand_on(self):
        senders = {name: row.sender for name, row in self.rows().items()}

        for name in (
            "user_send_text",
            "oa_send_text",
            "follow",
            "user_click_chatnow",
            "user_submit_info",
            "user_withdraw",
        ):
            assert senders[name] == USER, name
        for name in ("user_received_message", "user_seen_message", "user_seen_message_swapped"):
            assert senders[name] == f"receipt:{USER}", name
        assert senders["anonymous_send_text"] == senders["oa_send_anonymous_text"] == "anon-6f1c2d"
        assert senders["user_received_message_template"] == "receipt:84901234567"

    def test_keeps_what_was_found_out_about_the_call(self):
        [row] = hook.read(call(), Verdict(True, matched="app_id"))

        assert row.event_id == f"{OA}:user_send_text:96d3cdf3af150460909a"
        assert row.payload["mac"] == "app_id"
        assert row.payload["event"]["message"]["text"] == "Mất điện từ sáng"
        assert row.sent_at == datetime(2025, 11, 24, 16, 0, 0, 123000, tzinfo=UTC)

    def test_long_ids_lose_no_digits(self):
        [row] = hook.read(
            call(
                b'{"event_name":"follow","oa_id":9998887776665554443,"follower":{"id":5551112223334445556},"timestamp":1764000000123}'
            ),
            Verdict(True),
        )

        assert (row.sender, row.sent_at.year) == (USER, 2025)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("1764000000", True),
            ("1764000000123", True),
            ("17640000001", False),
            ("", False),
            ("-764000000", False),
        ],
    )
    def test_odd_timestamps_say_nothing(self, text, found):
        assert (hook.instant(text) is not None) is found

    @given(st.binary(max_size=200))
    def test_any_body_can_be_stored(self, body):
        for row in hook.read(call(body), Verdict(True)):
            assert row.event_id and len(row.event_id) <= 200 and len(row.sender) <= 120
