"""A notice goes to the chat that the customer chose for its topic, among the addresses of their conversation."""

from __future__ import annotations

import pytest

from motcua.customers import operations as customer_ops
from motcua.customers.models import Handle
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries, registry
from motcua.messaging.models import OutboxMessage
from tests.messaging.conftest import ScriptedChannel

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"])
TEXTS = {"vi": "Tổ công tác đến lúc 9 giờ.", "en": "The crew comes at 9."}


@pytest.fixture
def chats():
    before = {code: registry.get_channel(code) for code in ("ZALO", "MESSENGER")}
    for code in before:
        channel = ScriptedChannel()
        channel.code = code
        registry.register_channel(channel)
    yield
    for channel in before.values():
        registry.register_channel(channel)


@pytest.fixture
def hoa(company, chats, at):
    """Known by proof on Zalo and on Messenger, where she wrote last."""
    customer = customer_ops.create_customer(
        full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=LAN, at=at
    )
    for channel, address in (("ZALO", "z1"), ("MESSENGER", "m1")):
        customer_ops.link_handle_by_staff(
            customer_id=customer.id, channel=channel, address=address, reason="gọi lại số trong hợp đồng", actor=LAN, at=at
        )  # fmt: skip
        talk = operations.open_conversation(channel=channel, address=address, at=at)
        operations.append_in(conversation_id=talk.id, text="alo", client_msg_id=channel, at=at)
        operations.identify(conversation_id=talk.id, customer_id=customer.id, at=at)
    return customer


def choose(customer, *channels, at):
    customer_ops.choose_channels(
        customer_id=customer.id, topic="REQUEST", channels=channels, actor=Actor.customer(customer.id), at=at
    )


def tell(customer, at, key="visit"):
    return operations.notify(
        key=key, at=at, customer_id=customer.id, phone=customer.phone, texts=TEXTS, important=True
    )


def went():
    return [(row.channel, row.address) for row in OutboxMessage.objects.order_by("id")]


def test_unasked_it_goes_where_they_wrote_last(hoa, at):
    tell(hoa, at)

    assert went() == [("MESSENGER", "m1")]


def test_chosen_it_goes_there_and_stands_in_the_one_conversation(hoa, at):
    choose(hoa, "ZALO", at=at)
    told = tell(hoa, at)

    assert went() == [("ZALO", "z1")]
    said = queries.find_message(told.conversation_id, told.seq)
    assert (said.channel, said.text) == ("ZALO", TEXTS["vi"])


def test_chosen_it_goes_there_after_the_conversation_ended(hoa, at):
    choose(hoa, "ZALO", at=at)
    here = queries.find_open_conversation("ZALO", "z1")
    operations.close(conversation_id=here.id, actor=LAN, at=at)
    tell(hoa, at)

    assert ("ZALO", "z1") in went()


def test_an_address_taken_back_is_written_to_no_more(hoa, at):
    choose(hoa, "ZALO", at=at)
    here = queries.find_open_conversation("ZALO", "z1")
    operations.close(conversation_id=here.id, actor=LAN, at=at)
    Handle.objects.filter(channel="ZALO").delete()
    tell(hoa, at)

    assert [channel for channel, _ in went()] == ["SMS"]


def test_of_a_conversation_that_became_part_of_another_it_goes_where_that_goes(hoa, at):
    web = operations.open_conversation(channel="WEBCHAT", address="w1", at=at)
    kept = operations.identify(
        conversation_id=queries.find_open_conversation("ZALO", "z1").id, customer_id=hoa.id, at=at
    )
    operations.identify(conversation_id=web.id, customer_id=hoa.id, at=at)
    operations.open_conversation(channel="ZALO", address="z1", at=at)

    told = operations.notify(
        key="k",
        at=at,
        conversation_id=kept.id,
        customer_id=hoa.id,
        phone=hoa.phone,
        texts=TEXTS,
        important=True,
    )

    assert told.conversation_id == web.id
    assert went() == [("ZALO", "z1")]
