"""Notifications through a push service over real HTTP: signed, sealed, opened by the browser alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from motcua.channels import push_sealing, webpush
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.models import OutboxMessage, PushSubscription
from motcua.sandbox import push, store

UNB64 = push_sealing.unb64


def key_of(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(UNB64(text), "big"), push_sealing.CURVE)


class TestSealing:
    """RFC 8291, appendix A."""

    SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
    BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
    P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
    SEALED = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    TEXT = b"When I grow up, I want to be a watermelon"

    def test_is_what_the_standard_gives(self) -> None:
        sealed = push_sealing.seal(
            self.TEXT, p256dh=self.P256DH, auth=self.AUTH, own=key_of(self.SENDER), salt=UNB64(self.SALT)
        )
        assert push_sealing.b64(sealed) == self.SEALED

    def test_opens_with_the_browsers_keys_alone(self) -> None:
        sealed, browser = UNB64(self.SEALED), key_of(self.BROWSER)

        assert push_sealing.unseal(sealed, key=browser, auth=UNB64(self.AUTH)) == self.TEXT
        with pytest.raises(push_sealing.CannotOpen):
            push_sealing.unseal(sealed, key=key_of(self.SENDER), auth=UNB64(self.AUTH))
        with pytest.raises(push_sealing.CannotOpen):
            push_sealing.unseal(sealed, key=browser, auth=b"0" * 16)
        with pytest.raises(push_sealing.CannotOpen):
            push_sealing.unseal(sealed[:-1] + b"x", key=browser, auth=UNB64(self.AUTH))

    def test_is_never_the_same_twice(self) -> None:
        made = {push_sealing.seal(b"x", p256dh=self.P256DH, auth=self.AUTH) for _ in range(8)}
        assert len(made) == 8

    @pytest.mark.parametrize(("p256dh", "auth"), [("", AUTH), (P256DH, "AA"), ("-" * 87, AUTH), ("é", AUTH)])
    def test_keys_that_are_none_are_refused(self, p256dh: str, auth: str) -> None:
        with pytest.raises(ValueError):
            push_sealing.seal(b"x", p256dh=p256dh, auth=auth)

    def test_the_key_is_made_of_the_secret(self) -> None:
        one, same, other = (push_sealing.sender_key(s) for s in ("a", "a", "b"))
        assert (
            push_sealing.public_text(one) == push_sealing.public_text(same) != push_sealing.public_text(other)
        )


class TestSigning:
    def test_is_for_one_service_and_half_a_day(self, at: Any) -> None:
        key = push_sealing.sender_key("x")
        header = push_sealing.authorization(
            "https://push.example/abc", key=key, contact="https://e.vn", at=at
        )
        public = push_sealing.public_text(key)

        def wrong(audience: str = "https://push.example", own: str = public, hours: float = 0) -> str:
            return push_sealing.check_authorization(
                header, audience=audience, public_key=own, at=at + timedelta(hours=hours)
            )

        assert wrong() == ""
        assert "another" in wrong(audience="https://other.example")
        assert "too old" in wrong(hours=13)
        assert "not the key" in wrong(own=push_sealing.public_text(push_sealing.sender_key("y")))
        assert push_sealing.check_authorization(
            header.replace("t=ey", "t=eyX"), audience="https://push.example", public_key=public, at=at
        )


@pytest.mark.parametrize(
    ("endpoint", "is_known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://db5p.notify.windows.com/w/?token=x", True),
        ("https://web.push.apple.com/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.apple.com.example/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]:99999/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_nobody_makes_us_call_anything_but_a_push_service(endpoint: str, is_known: bool) -> None:
    assert webpush.is_known_service(endpoint) is is_known


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: Any) -> Iterator[Callable[[], push.Device]]:
    """The stand-in push service behind a real socket; makes browsers that subscribed."""
    from dataclasses import replace

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, wrong = push.take(self.path.rsplit("/", 1)[1], self.headers, body, at)  # type: ignore[arg-type]
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "7")
            self.send_header("Content-Length", str(len(wrong)))
            self.end_headers()
            self.wfile.write(wrong.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    env = replace(webpush.ENV, port=server.server_port, home=tmp_path, demo=True, production=False)
    monkeypatch.setattr(webpush, "ENV", env)
    monkeypatch.setattr(push, "ENV", env)
    monkeypatch.setattr(store, "ENV", env)
    monkeypatch.setattr(clock, "now", lambda: at)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield lambda: push.new_device(sender=webpush.public_key())
    server.shutdown()
    server.server_close()


@pytest.fixture
def hoa(company: object, at: Any) -> UUID:
    made = customer_ops.create_customer(
        full_name="Nguyễn Thị Hoa", phone="0901234567", actor=Actor.system("test"), at=at
    )
    return made.id


def subscribe(customer: UUID, device: push.Device, at: Any) -> UUID:
    return messaging_ops.subscribe(
        customer_id=customer, visitor_id=UUID(int=7), endpoint=device.endpoint, p256dh=device.p256dh,
        auth=device.auth, at=at,
    )  # fmt: skip


def tell(customer: UUID, at: Any, key: str = "k") -> None:
    messaging_ops.notify(
        key=key, at=at, customer_id=customer, texts={"vi": "Tổ công tác đến lúc {hour}."}, params={"hour": "9:00"},
        important=True,
    )  # fmt: skip


def test_reaches_the_screen_in_its_own_words(service: Callable[[], push.Device], hoa: UUID, at: Any) -> None:
    device = service()
    subscribe(hoa, device, at)
    tell(hoa, at)
    tell(hoa, at)

    messaging_ops.send_due(at=at)

    shown = push.list_shown(device.id)
    assert [(one.title, one.body, one.ttl) for one in shown] == [
        ("EVNHANOI", "Tổ công tác đến lúc 9:00.", 86400)
    ]
    row = OutboxMessage.objects.get(channel="WEBPUSH")
    assert row.state == "SENT"


def test_comes_again_after_a_bad_minute(service: Callable[[], push.Device], hoa: UUID, at: Any) -> None:
    device = service()
    subscribe(hoa, device, at)
    push.plan_faults(["BUSY", "BROKEN"])
    tell(hoa, at)

    for minutes in (0, 1, 5, 20):
        messaging_ops.send_due(at=at + timedelta(minutes=minutes))

    assert len(push.list_shown(device.id)) == 1


def test_a_browser_that_is_gone_is_not_called_again_and_the_word_goes_by_sms(
    service: Callable[[], push.Device], hoa: UUID, at: Any
) -> None:
    device = service()
    subscription = subscribe(hoa, device, at)
    push.plan_faults(["GONE"])
    tell(hoa, at)

    messaging_ops.send_due(at=at)

    assert messaging_queries.find_subscription(subscription) is None
    assert PushSubscription.objects.get().ended_why == "SERVICE"
    sms = OutboxMessage.objects.get(channel="SMS")
    assert (sms.address, sms.key) == ("+84901234567", "notice:k:sms")


def test_another_company_cannot_sign_for_ours(
    service: Callable[[], push.Device], hoa: UUID, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = service()
    subscribe(hoa, device, at)
    monkeypatch.setattr(webpush, "key", lambda: push_sealing.sender_key("somebody else"))
    tell(hoa, at)

    messaging_ops.send_due(at=at)

    assert push.list_shown(device.id) == []
    assert OutboxMessage.objects.get(channel="WEBPUSH").reason.startswith("HTTP_403")


def test_one_browser_belongs_to_who_used_it_last(hoa: UUID, at: Any) -> None:
    other = customer_ops.create_customer(
        full_name="Lê Ba", phone="0912345678", actor=Actor.system("t"), at=at
    )
    device = push.Device("x", "https://fcm.googleapis.com/x", "p", "a")
    subscribe(hoa, device, at)
    subscribe(other.id, device, at)

    assert messaging_queries.list_subscriptions(customer_ids=[hoa]) == []
    assert len(messaging_queries.list_subscriptions(customer_ids=[other.id])) == 1


def test_the_oldest_browsers_end_when_there_are_too_many(hoa: UUID, at: Any) -> None:
    for number in range(11):
        device = push.Device("x", f"https://fcm.googleapis.com/{number}", "p", "a")
        subscribe(hoa, device, at + timedelta(minutes=number))

    live = messaging_queries.list_subscriptions(customer_ids=[hoa])
    assert [s.endpoint[-2:].strip("/") for s in live] == ["3", "4", "5", "6", "7", "8", "9", "10"]
