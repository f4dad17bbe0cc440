"""One thread per customer at the desk: what was said on every channel, where an answer goes, an address that is not theirs."""

from __future__ import annotations

from uuid import uuid4

import pytest

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from tests.web import people


def said(channel, address, text, **facts):
    here = messaging_ops.open_conversation(channel=channel, address=address, at=clock.now(), **facts)
    messaging_ops.append_in(conversation_id=here.id, text=text, client_msg_id=uuid4().hex, at=clock.now())
    return here


@pytest.fixture
def page(company):
    return people.browser(people.add_staff("hoa.nv", Role.INTAKE))


@pytest.fixture
def thread(company):
    """A customer who wrote on Zalo, then in the web chat, and proved it there."""
    hoa = customer_ops.create_customer(
        full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=Actor.system("t"), at=clock.now()
    )
    zalo = said("ZALO", "z1", "tôi nhắn từ Zalo")
    messaging_ops.identify(conversation_id=zalo.id, customer_id=hoa.id, at=clock.now())
    web = said("WEBCHAT", str(uuid4()), "tôi nhắn từ trang web")
    kept = messaging_ops.identify(conversation_id=web.id, customer_id=hoa.id, at=clock.now())
    return zalo, kept, hoa


def url(conversation, act=""):
    return f"/ban-viec/hoi-thoai/{conversation.id}/{act}"


def legs_of(conversation):
    return {leg.channel: leg for leg in messaging_queries.list_legs(conversation.id) if leg.ended_at is None}


def test_shows_what_was_said_on_every_channel_in_order_with_its_name(page, thread):
    _, kept, _ = thread

    text = page.get(url(kept)).content.decode()

    assert text.index("tôi nhắn từ Zalo") < text.index("tôi nhắn từ trang web")
    assert "Khách nhắn qua" in text and "Trả lời qua" in text


def test_the_old_address_of_the_page_leads_to_the_thread(page, thread):
    zalo, kept, _ = thread

    answer = page.get(url(zalo))

    assert (answer.status_code, answer.headers["Location"]) == (302, url(kept))


def test_an_answer_goes_where_the_customer_spoke_last_or_where_it_is_sent(page, thread):
    _, kept, _ = thread
    page.post(url(kept), {"text": "Dạ, ở đây", "client_msg_id": "r1"})
    page.post(url(kept), {"text": "Dạ, ở Zalo", "client_msg_id": "r2", "kenh": str(legs_of(kept)["ZALO"].id)})

    by_text = {m.text: m.channel for m in messaging_queries.list_messages(kept.id)}

    assert (by_text["Dạ, ở đây"], by_text["Dạ, ở Zalo"]) == ("WEBCHAT", "ZALO")


def test_an_address_of_somebody_else_is_refused_and_what_was_typed_stays(page, thread):
    _, kept, _ = thread
    other = said("ZALO", "z2", "người khác")

    answer = page.post(url(kept), {"text": "Dạ", "client_msg_id": "r1", "kenh": str(other.leg_id)})

    assert answer.status_code == 422
    assert "Dạ" in answer.content.decode()


def test_an_address_that_is_not_theirs_goes_on_by_itself(page, thread):
    _, kept, hoa = thread

    page.post(url(kept, "viec/"), {"viec": "tach", "kenh": str(legs_of(kept)["ZALO"].id)})

    own = messaging_queries.find_open_conversation("ZALO", "z1")
    assert (own.id != kept.id, own.customer_id) == (True, None)
    assert messaging_queries.get_conversation(kept.id).customer_id == hoa.id


def test_a_mail_shows_its_subject_and_who_it_says_it_is_from(page, company):
    here = messaging_ops.open_conversation(channel="EMAIL", address="hoa@thu.example", at=clock.now())
    told = {
        "channel": "EMAIL",
        "subject": "Giá điện",
        "from_name": "Nguyễn Thị Hoa",
        "from_address": "hoa@thu.example",
        "by": "SENDER",
    }
    messaging_ops.append_in(
        conversation_id=here.id, text="Cho tôi hỏi giá điện", client_msg_id="m1", at=clock.now(), payload=told
    )

    text = page.get(url(here)).content.decode()

    assert "Giá điện" in text and "Nguyễn Thị Hoa &lt;hoa@thu.example&gt;" in text


def test_an_address_that_is_unlinked_on_the_card_leaves_the_thread(page, thread):
    _, kept, hoa = thread
    customer_ops.link_handle_by_staff(
        customer_id=hoa.id, channel="ZALO", address="z1", reason="gọi lại số trong hợp đồng",
        actor=Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"]), at=clock.now(),
    )  # fmt: skip
    [handle] = customer_queries.list_handle_rows(hoa.id).filter(channel="ZALO")

    page.post(
        f"/ban-viec/khach-hang/{hoa.id}/viec/go-kenh/", {"handle": str(handle.id), "reason": "Khách đổi máy"}
    )

    own = messaging_queries.find_open_conversation("ZALO", "z1")
    assert (own.id != kept.id, own.customer_id) == (True, None)
    assert messaging_queries.get_conversation(kept.id).customer_id == hoa.id
