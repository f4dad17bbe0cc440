"""One conversation per customer, over several addresses: joining by proof, where answers go, parting again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries, registry
from motcua.messaging.models import Conversation, Leg
from motcua.messaging.rules import Kind, Phase
from tests.messaging.conftest import ScriptedChannel

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"])
MINH = Actor.staff("22222222-2222-7222-8222-222222222222", "Minh", ["INTAKE"], ["PD0100"])


def hoa(at):
    return customer_ops.create_customer(full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=LAN, at=at).id


def opened(channel, address, at, **facts):
    return operations.open_conversation(channel=channel, address=address, at=at, **facts)


def say(conversation, text, at):
    return operations.append_in(conversation_id=conversation.id, text=text, client_msg_id=uuid4().hex, at=at)


def identified(conversation, customer, at):
    return operations.identify(conversation_id=conversation.id, customer_id=customer, at=at)


class Pushing(ScriptedChannel):
    def __init__(self, code):
        super().__init__()
        self.code = code


@pytest.fixture
def zalo():
    before = registry.get_channel("ZALO")
    channel = Pushing("ZALO")
    registry.register_channel(channel)
    yield channel
    registry.register_channel(before)


class TestJoining:
    def test_two_addresses_of_one_customer_become_one_conversation(self, company, at):
        customer = hoa(at)
        zalo = opened("ZALO", "z1", at)
        say(zalo, "tôi muốn mua điện", at)
        identified(zalo, customer, at)
        web = opened("WEBCHAT", str(uuid4()), at)
        say(web, "tôi đây", at)

        kept = identified(web, customer, at)

        assert kept.id == web.id
        assert {(leg.channel, leg.address) for leg in queries.list_legs(web.id)} == {
            ("ZALO", "z1"),
            ("WEBCHAT", web.address),
        }
        ended = queries.get_conversation(zalo.id)
        assert (ended.status, ended.continued_in_id) == ("CLOSED", web.id)
        assert [m.text for m in queries.list_earlier_messages(web.id) if m.is_from_customer] == [
            "tôi muốn mua điện"
        ]
        assert opened("ZALO", "z1", at).id == web.id

    def test_a_known_customer_who_writes_from_a_new_address_is_in_the_same_conversation(self, company, at):
        customer = hoa(at)
        zalo = opened("ZALO", "z1", at)
        identified(zalo, customer, at)

        web = opened("WEBCHAT", "w1", at, visitor_id=uuid4(), customer_id=customer)

        assert web.id == zalo.id
        assert (web.channel, web.address) == ("WEBCHAT", "w1")

    def test_a_person_who_answers_in_one_answers_in_the_joined_one(self, company, at):
        customer = hoa(at)
        zalo = opened("ZALO", "z1", at)
        identified(zalo, customer, at)
        operations.take_over(conversation_id=zalo.id, actor=LAN, at=at)
        web = opened("WEBCHAT", "w1", at)
        operations.queue_for_staff(conversation_id=web.id, at=at, is_urgent=True)

        kept = identified(web, customer, at)

        assert (kept.owner, kept.staff_id, kept.is_urgent) == ("STAFF", LAN.id, True)

    def test_three_in_a_row_are_flat(self, company, at):
        customer = hoa(at)
        first, second, third = (opened("ZALO", f"z{n}", at) for n in range(3))
        identified(first, customer, at)
        identified(second, customer, at)
        identified(third, customer, at)

        parts = Conversation.objects.filter(continued_in_id=third.id).values_list("id", flat=True)
        assert set(parts) == {first.id, second.id}

    def test_strangers_are_never_joined(self, company, at):
        one, other = opened("ZALO", "z1", at), opened("WEBCHAT", "z1", at)

        assert one.id != other.id
        identified(one, hoa(at), at)
        assert opened("WEBCHAT", "z1", at).id == other.id

    def test_who_follows_is_told_once(self, company, at, monkeypatch):
        told = []
        monkeypatch.setattr(registry, "_join_hooks", [lambda kept, ended, at: told.append((kept, ended))])
        customer = hoa(at)
        zalo, web = opened("ZALO", "z1", at), opened("WEBCHAT", "w1", at)
        identified(zalo, customer, at)
        identified(web, customer, at)
        identified(web, customer, at)

        assert told == [(web.id, zalo.id)]

    def test_an_act_on_the_old_conversation_is_one_on_the_new(self, company, at):
        customer = hoa(at)
        zalo, web = opened("ZALO", "z1", at), opened("WEBCHAT", "w1", at)
        identified(zalo, customer, at)
        identified(web, customer, at)

        assert operations.take_over(conversation_id=zalo.id, actor=LAN, at=at).id == web.id


class TestWhereItGoes:
    def test_the_answer_goes_where_the_customer_spoke_last(self, company, at, zalo):
        customer = hoa(at)
        web = opened("WEBCHAT", "w1", at)
        identified(web, customer, at)
        phone = opened("ZALO", "z1", at, customer_id=customer)
        say(phone, "alo", at)

        said = operations.append_out(conversation_id=web.id, text="Dạ", author=LAN, key="1", at=at)

        assert said.channel == "ZALO"
        operations.send_due(at=at)
        assert [d.address for d in zalo.calls] == ["z1"]

    def test_staff_may_choose_another_of_its_addresses(self, company, at, zalo):
        customer = hoa(at)
        phone = opened("ZALO", "z1", at)
        identified(phone, customer, at)
        opened("WEBCHAT", "w1", at, customer_id=customer)
        web = next(leg for leg in queries.list_legs(phone.id) if leg.channel == "WEBCHAT")

        said = operations.append_out(
            conversation_id=phone.id, text="Dạ", author=LAN, key="1", at=at, leg_id=web.id
        )

        assert (said.channel, said.leg_id) == ("WEBCHAT", web.id)
        operations.send_due(at=at)
        assert zalo.calls == []

    def test_an_address_of_another_conversation_is_refused(self, company, at):
        mine, others = opened("WEBCHAT", "w1", at), opened("WEBCHAT", "w2", at)

        with pytest.raises(operations.LegNotFound):
            operations.append_out(
                conversation_id=mine.id, text="Dạ", author=LAN, key="1", at=at, leg_id=others.leg_id
            )

    def test_a_leg_sees_its_own_words_and_what_all_are_told_and_no_notes(self, company, at, zalo):
        customer = hoa(at)
        web = opened("WEBCHAT", "w1", at)
        identified(web, customer, at)
        say(web, "từ web", at)
        leg = web.leg_id
        say(opened("ZALO", "z1", at, customer_id=customer), "từ zalo", at)
        operations.append_out(
            conversation_id=web.id, text="ghi chú", author=LAN, key="n", at=at, is_internal=True
        )
        operations.take_over(conversation_id=web.id, actor=LAN, at=at)

        seen = [m.text for m in queries.list_messages(web.id, leg_id=leg)]

        assert seen == ["từ web", "Nhân viên đã tham gia cuộc trò chuyện."]
        assert [m.text for m in queries.list_last_messages(web.id, leg_id=leg)] == seen

    def test_the_window_is_of_the_address_not_of_the_conversation(self, company, at):
        customer = hoa(at)
        phone = opened("ZALO", "z1", at)
        identified(phone, customer, at)
        say(phone, "alo", at)
        later = at + timedelta(days=8)
        say(opened("WEBCHAT", "w1", later, customer_id=customer), "alo", later)

        window = queries.find_window(channel="ZALO", address="z1", at=later, kind=Kind.REPLY)

        assert window.phase is Phase.CLOSED


class TestParting:
    def test_a_wrong_address_goes_on_by_itself_with_nobody_known(self, company, at):
        customer = hoa(at)
        web = opened("WEBCHAT", "w1", at)
        identified(web, customer, at)
        phone = opened("ZALO", "z1", at, customer_id=customer)

        own = operations.part(conversation_id=web.id, leg_id=phone.leg_id, actor=LAN, at=at)

        assert (own.address, own.customer_id) == ("z1", None)
        stays = queries.get_conversation(web.id)
        assert (stays.address, stays.customer_id) == ("w1", customer)
        assert opened("ZALO", "z1", at).id == own.id

    def test_proof_of_another_person_takes_the_address_along_and_nothing_else(self, company, at):
        first = hoa(at)
        second = customer_ops.create_customer(
            full_name="Trần Văn Bình", phone="+84907654321", actor=LAN, at=at
        ).id
        phone = opened("ZALO", "z1", at)
        identified(phone, first, at)
        opened("WEBCHAT", "w1", at, customer_id=first)

        own = identified(phone, second, at)

        assert own.id != phone.id
        assert (own.channel, own.customer_id) == ("WEBCHAT", second)
        assert queries.get_conversation(phone.id).customer_id == first

    def test_the_last_address_only_forgets_whose_it_was(self, company, at):
        web = opened("WEBCHAT", "w1", at)
        identified(web, hoa(at), at)

        own = operations.part(conversation_id=web.id, leg_id=web.leg_id, actor=LAN, at=at)

        assert (own.id, own.customer_id) == (web.id, None)


class TestEnding:
    def test_closing_ends_every_address_and_each_opens_another(self, company, at):
        customer = hoa(at)
        web = opened("WEBCHAT", "w1", at)
        identified(web, customer, at)
        opened("ZALO", "z1", at, customer_id=customer)
        operations.close(conversation_id=web.id, actor=LAN, at=at)

        assert not Leg.objects.filter(ended_at__isnull=True).exists()
        assert opened("ZALO", "z1", at).id != web.id


class TestRaces:
    def test_an_address_that_writes_while_it_is_joined_is_neither_lost_nor_doubled(
        self, committed_company, race, at
    ):
        """Two transactions: one proves whose the web chat is, the other brings a Zalo message of the same customer."""
        customer = hoa(at)
        zalo = opened("ZALO", "z1", at)
        identified(zalo, customer, at)
        web = opened("WEBCHAT", "w1", at)

        def write():
            for number in range(20):
                here = opened("ZALO", "z1", at)
                operations.append_in(
                    conversation_id=here.id, text=f"tin {number}", client_msg_id=f"m{number}", at=at
                )

        ends = race(write, lambda: identified(web, customer, at))
        opened("WEBCHAT", "w1", at)  # whatever could not be joined while it was written in is joined now

        assert [end for end in ends if isinstance(end, Exception)] == []
        assert Conversation.objects.filter(status="OPEN").count() == 1
        kept = Conversation.objects.get(status="OPEN")
        heard = [*queries.list_earlier_messages(kept.id), *queries.list_messages(kept.id)]
        assert sorted(m.text for m in heard if m.is_from_customer) == sorted(f"tin {n}" for n in range(20))
