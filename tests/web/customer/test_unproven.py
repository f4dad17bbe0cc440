"""What somebody may see who has proven nothing: prices, procedures, outages. Not a name, an address, a bill."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.ledger.queries import ChargeView
from motcua.messaging.models import Direction, Message
from motcua.requests.models import Request
from motcua.services import catalogue
from motcua.web.intake import known
from tests.web.customer.conftest import NOON

HOA, NOBODYS = "0901234567", "0977000111"
MARKS = ("Nguyễn Thị Hoa", "12 ngõ 34 phố Tây Sơn", "001185012345", "0901 234 567", "+84901234567")
OPEN = ("/", "/dich-vu/", "/dich-vu/NEW-LV-RES/", "/gia-dien/", "/mat-dien/", "/lien-he/", "/rieng-tu/")
Send = Callable[..., Request]
SignedIn = Callable[..., Client]


@pytest.fixture(params=["anybody", "of another number"])
def stranger(request: pytest.FixtureRequest, hanoi: Client, signed_in: SignedIn) -> Client:
    """A browser nobody has used, and one that has proven a number which no customer has."""
    return hanoi if request.param == "anybody" else signed_in(NOBODYS)


def told(page: str) -> list[str]:
    return [mark for mark in MARKS if mark in page]


@pytest.mark.parametrize("path", OPEN)
def test_what_anybody_may_know_is_open_and_names_nobody(stranger: Client, send: Send, path: str) -> None:
    send()

    answer = stranger.get(path)

    assert answer.status_code == 200
    assert told(answer.content.decode()) == []


def test_what_is_somebodys_asks_for_proof(stranger: Client, send: Send) -> None:
    request = send()

    for path in (
        "/cua-toi/",
        "/cua-toi/thong-tin/",
        f"/theo-doi/{request.number}/",
        f"/theo-doi/{request.number}/thanh-toan/",
    ):
        page = stranger.get(path, follow=True).content.decode()
        assert told(page) == [], path


def test_a_typed_number_opens_nothing_before_its_code(hanoi: Client, send: Send) -> None:
    send()

    known_number = hanoi.post("/cua-toi/gui-ma/", {"phone": HOA}).content.decode()
    unknown = hanoi.post("/cua-toi/gui-ma/", {"phone": NOBODYS}).content.decode()

    assert told(known_number) == []
    assert ("gửi" in known_number, "gửi" in unknown) == (True, True)


@pytest.mark.parametrize(
    "said",
    [
        "Hóa đơn tiền điện của tôi bao nhiêu?", "Số điện thoại của tôi là 0901234567, tôi còn nợ bao nhiêu",
        "Yêu cầu {number} đến đâu rồi?", "Cho tôi xem hợp đồng của tôi", "CCCD 001185012345 tên gì, ở đâu?",
    ],
)  # fmt: skip
def test_the_assistant_tells_a_stranger_nothing_of_anybody(
    hanoi: Client, send: Send, owe: Callable[..., ChargeView], said: str
) -> None:
    request = send()
    charge = owe(request)

    hanoi.post("/chat/send", {"text": said.format(number=request.number), "client_msg_id": "m1"})

    answers = " ".join(Message.objects.filter(direction=Direction.OUT).values_list("text", flat=True))
    assert answers
    assert [mark for mark in (*MARKS[:2], f"{charge.total_vnd:,}".replace(",", ".")) if mark in answers] == []


def test_forms_are_filled_for_the_proven_alone(send: Send) -> None:
    send()
    service = next(s for s in catalogue.list_services(NOON.date()) if s.code == "CHG-INFO")

    assert known.answers(service, customer_id=None) == {}


def test_a_number_on_record_is_no_handle(send: Send, signed_in: SignedIn) -> None:
    """Nobody is linked by what stands on record; one of two with the same number is not chosen for them."""
    request = send()
    assert request.customer_id is not None
    assert list(customer_queries.list_handle_rows(request.customer_id)) == []
    customer_ops.create_customer(full_name="Chồng Hoa", phone=HOA, actor=Actor.system("t"), at=NOON)

    page = signed_in(HOA).get("/cua-toi/").content.decode()

    assert told(page) == []
