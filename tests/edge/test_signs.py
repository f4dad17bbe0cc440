"""Typing, presence, read marks and the desk's own stream, through a real edge; and what a cut does to them."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from motcua.channels import live
from motcua.edge.board import BURST
from motcua.kernel.actors import Actor
from motcua.messaging import operations
from tests.edge.test_streams import ends

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"])
AS_LAN = {"scope": live.STAFF, "who": LAN.id, "name": "Lan"}
AS_MINH = {"scope": live.STAFF, "who": "s-minh", "name": "Minh"}


@pytest.fixture
def talk(committed_company, at):
    visitor = uuid4()
    return operations.open_conversation(channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at)


def ask_for_person(talk, at, unit="PD0100"):
    operations.append_in(conversation_id=talk.id, text="Gặp người", client_msg_id=uuid4().hex, at=at)
    operations.queue_for_staff(conversation_id=talk.id, at=at, unit_code=unit)


class TestSigns:
    def test_two_agents_see_each_other_and_that_one_types(self, edge, talk):
        lan = edge.stream(talk.id, **AS_LAN)
        minh = edge.stream(talk.id, **AS_MINH)
        assert minh.sign_like(lambda s: s["colleagues"])["colleagues"] == [{"name": "Lan", "typing": False}]
        assert lan.sign_like(lambda s: s["colleagues"])["colleagues"] == [{"name": "Minh", "typing": False}]

        assert edge.sign(talk.id, "typing", **AS_LAN) == 204
        assert minh.sign_like(lambda s: s["colleagues"][0]["typing"])

        lan.close()
        assert minh.sign_like(lambda s: not s["colleagues"])["colleagues"] == []
        minh.close()

    def test_typing_crosses_between_customer_and_desk(self, edge, talk):
        customer, lan = edge.stream(talk.id), edge.stream(talk.id, **AS_LAN)

        edge.sign(talk.id, "typing")
        assert lan.sign_like(lambda s: s["typing"])
        edge.sign(talk.id, "typing", **AS_LAN)
        assert customer.sign_like(lambda s: s["typing"]) == {"typing": True, "read": 0}
        edge.sign(talk.id, "quiet", **AS_LAN)
        assert customer.sign_like(lambda s: not s["typing"])
        customer.close()
        lan.close()

    def test_read_marks_are_told_to_the_other_side(self, edge, talk, at):
        operations.append_in(conversation_id=talk.id, text="một", client_msg_id="m1", at=at)
        customer, lan = edge.stream(talk.id, after=1), edge.stream(talk.id, after=1, **AS_LAN)

        operations.mark_read(conversation_id=talk.id, seq=1, by_staff=True)
        assert customer.sign_like(lambda s: s["read"] == 1)
        operations.mark_read(conversation_id=talk.id, seq=1, by_staff=False)
        assert lan.sign_like(lambda s: s["read"] == 1)
        customer.close()
        lan.close()

    def test_what_became_of_a_message_is_told_to_who_has_it_open(self, edge, talk, at):
        from motcua.messaging import receipts
        from motcua.messaging.models import OutboxMessage

        OutboxMessage.objects.create(
            id=uuid4(), key=f"message:{talk.id}:1", channel="ZALO", address="z", kind="REPLY", state="SENT",
            provider_ref="z1", conversation_id=talk.id, created_at=at, next_at=at, sent_at=at,
        )  # fmt: skip
        lan = edge.stream(talk.id, **AS_LAN)

        assert receipts.record_receipt(channel="ZALO", ref="z1", state="DELIVERED", at=at)
        assert lan.sign_like(lambda s: s.get("changed") == 1)
        lan.close()

    def test_a_sign_moves_no_cursor_and_doubles_no_message(self, edge, talk, at):
        stream = edge.stream(talk.id, **AS_LAN)
        operations.append_in(conversation_id=talk.id, text="một", client_msg_id="m1", at=at)
        edge.sign(talk.id, "typing")
        operations.append_in(conversation_id=talk.id, text="hai", client_msg_id="m2", at=at)

        assert [m["text"] for m in stream.take(2)] == ["một", "hai"]
        stream.close()

    def test_stores_nothing_and_is_rate_limited(self, edge, talk):
        from motcua.messaging.models import Message

        with ThreadPoolExecutor(20) as pool:  # together: one sign in two seconds would be allowed
            codes = list(pool.map(lambda _: edge.sign(talk.id, "typing"), range(40)))

        assert codes.count(204) >= int(BURST)
        assert set(codes) == {204, 429}
        assert not Message.objects.exists()

    def test_a_customer_writes_no_notes_and_nobody_gives_unknown_signs(self, edge, talk):
        assert edge.sign(talk.id, "noting") == 400
        assert edge.sign(talk.id, "here", **AS_LAN) == 400
        assert edge.sign(talk.id, "read") == 400


class TestDesk:
    def test_draws_the_list_again_first_and_then_tells_what_changed(self, edge, talk, at):
        desk = edge.desk(LAN.id, ["PD0100"])
        events = desk.events("sync", "changed")
        assert next(events) == ("sync", None)

        ask_for_person(talk, at)

        assert next(events) == ("changed", {"conversations": [str(talk.id)]})
        desk.close()

    def test_is_silent_about_other_units_and_about_what_the_assistant_answers(self, edge, talk, at):
        desk = edge.desk(LAN.id, ["PD0100"])
        events = desk.events("sync", "changed")
        next(events)
        other = operations.open_conversation(channel="WEBCHAT", address="other", at=at)
        with_bot = operations.open_conversation(channel="WEBCHAT", address="bot", at=at)

        ask_for_person(other, at, unit="PD0200")
        operations.append_in(conversation_id=with_bot.id, text="giá điện", client_msg_id="m", at=at)
        ask_for_person(talk, at)

        assert next(events) == ("changed", {"conversations": [str(talk.id)]})
        desk.close()

    def test_hears_of_its_own_whatever_the_unit(self, edge, talk, at):
        ask_for_person(talk, at, unit="PD0200")
        desk = edge.desk(LAN.id, ["PD0100"])
        events = desk.events("sync", "changed")
        next(events)

        operations.take_over(conversation_id=talk.id, actor=LAN, at=at)

        assert next(events)[1] == {"conversations": [str(talk.id)]}
        desk.close()

    def test_a_ticket_of_another_company_or_of_a_conversation_is_refused(self, edge, talk):
        foreign = edge.desk(LAN.id, None, company="NPC")
        ticket = live.make_ticket(company_code="HANOI", conversation_id=talk.id, scope=live.STAFF)
        with edge.client() as client:
            codes = [foreign.response.status_code, client.get(f"/live/desk?ticket={ticket}").status_code]

        assert codes == [403, 403]


class TestCut:
    def test_an_edge_stopped_and_started_again_loses_and_doubles_nothing(self, start_edge, talk, at):
        first = start_edge()
        stream, desk = first.stream(talk.id, **AS_LAN), first.desk(LAN.id, ["PD0100"])
        operations.append_in(conversation_id=talk.id, text="một", client_msg_id="m1", at=at)
        [seen] = stream.take(1)
        first.kill()
        assert ends(stream)
        assert ends(desk)
        operations.append_in(conversation_id=talk.id, text="hai", client_msg_id="m2", at=at)
        operations.append_in(conversation_id=talk.id, text="ba", client_msg_id="m3", at=at)

        second = start_edge()
        again = second.stream(talk.id, after=0, last_event_id=seen["seq"], **AS_LAN)
        desk_again = second.desk(LAN.id, ["PD0100"])

        assert [m["text"] for m in again.take(2)] == ["hai", "ba"]
        assert next(desk_again.events("sync")) == ("sync", None)
        again.close()
        desk_again.close()

    def test_presence_is_told_again_after_the_listening_connection_was_cut(self, edge, talk, cut_listening):
        minh = edge.stream(talk.id, **AS_MINH)
        cut_listening()
        for _ in range(600):
            with edge.client() as client:
                if client.get("/healthz").json()["listening"]:
                    break
            time.sleep(0.1)
        time.sleep(0.7)  # the cut is noticed only now, perhaps
        lan = edge.stream(talk.id, **AS_LAN)

        assert minh.sign_like(lambda s: s["colleagues"])["colleagues"][0]["name"] == "Lan"
        lan.close()
        minh.close()
