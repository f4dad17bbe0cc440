"""Asking for a copy of one's data, or to be forgotten: without JavaScript, at My page."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from motcua.customers import operations as customer_ops
from motcua.customers.models import Consent, DataRequest
from motcua.kernel.actors import Actor
from motcua.requests.models import Request
from tests.web.customer.conftest import NOON

HOA, LAN = "0901234567", "0912345678"
PATH = "/cua-toi/thong-tin/"
THAO = Actor.staff("thao", "Thảo", ["SUPERVISOR"])
SignedIn = Callable[..., Client]
Send = Callable[..., Request]


def text(client: Client, path: str = PATH) -> str:
    return str(client.get(path).content.decode())


def test_is_asked_once_with_the_day_of_the_answer_and_taken_back(signed_in: SignedIn, send: Send) -> None:
    send()
    hoa = signed_in(HOA)
    assert PATH in text(hoa, "/cua-toi/")

    hoa.post(PATH, {"wish": "EXPORT"})
    hoa.post(PATH, {"wish": "EXPORT"})

    row = DataRequest.objects.get()
    assert row.asked_by == f"customer:{row.customer_id}"
    assert "đang chờ trả lời" in text(hoa)
    assert "12:00 19/11/2026" in text(hoa)
    assert 'value="EXPORT"' not in text(hoa)
    hoa.post(PATH, {"thoi": str(row.id)})
    row.refresh_from_db()
    assert row.state == "WITHDRAWN"


def test_a_no_is_read_there(signed_in: SignedIn, send: Send) -> None:
    send()
    hoa = signed_in(HOA)
    hoa.post(PATH, {"wish": "ERASE"})
    customer_ops.refuse_data_request(
        request_id=DataRequest.objects.get().id, answer="Còn yêu cầu đang làm", actor=THAO, at=NOON
    )

    assert "Còn yêu cầu đang làm" in text(hoa)


def test_nobody_asks_or_takes_back_for_another(signed_in: SignedIn, send: Send) -> None:
    send()
    signed_in(HOA).post(PATH, {"wish": "ERASE"})
    row = DataRequest.objects.get()
    lan = customer_ops.create_customer(full_name="Trần Thị Lan", phone=LAN, actor=Actor.system("t"), at=NOON)
    authority = customer_ops.grant_authority(
        customer_id=row.customer_id, agent_id=lan.id, ground="HOUSEHOLD_MEMBER", valid_from=NOON.date(),
        actor=Actor.system("t"), at=NOON,
    )  # fmt: skip
    page = signed_in(LAN)
    page.post(PATH, {"thoi": str(row.id)})
    page.post("/cua-toi/lam-thay/", {"who": str(row.customer_id)})

    assert page.get(PATH).status_code == 404
    assert page.post(PATH, {"wish": "EXPORT"}).status_code == 404
    row.refresh_from_db()
    assert (authority is not None, row.state, DataRequest.objects.count()) == (True, "OPEN", 1)


def test_what_one_agrees_to_is_seen_and_changed(signed_in: SignedIn, send: Send) -> None:
    send()
    hoa = signed_in(HOA)
    assert "tiết kiệm điện" in text(hoa)

    hoa.post(PATH, {"viec": "dong-y", "dong-y": ["NEWS:SMS", "CALL_BACK:CALL", "NEWS:EMAIL", "OTHER:SMS"]})
    rows = Consent.objects.order_by("purpose")
    assert [(row.purpose, row.channel, row.withdrawn_at) for row in rows] == [
        ("CALL_BACK", "CALL", None), ("NEWS", "SMS", None),
    ]  # fmt: skip
    assert all(row.given_by == f"customer:{row.customer_id}" for row in rows)
    assert "đồng ý từ" in text(hoa)

    hoa.post(PATH, {"viec": "dong-y", "dong-y": ["CALL_BACK:CALL"]})
    assert [row.purpose for row in Consent.objects.filter(withdrawn_at__isnull=True)] == ["CALL_BACK"]
