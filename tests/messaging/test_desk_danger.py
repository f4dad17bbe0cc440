"""Danger told to the assistant: a person is called at once, and the assistant goes on asking meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.customers import operations as customer_ops
from motcua.messaging import operations, queries
from motcua.messaging.desk import assigning, lists, presence
from motcua.messaging.desk.lists import Shown, Wanted
from motcua.messaging.desk.models import DeskEpisode
from motcua.messaging.writing import BOT
from tests.messaging import desk_house as house

MINUTE = timedelta(minutes=1)


def call(here, at, **more):
    operations.call_staff(conversation_id=here.id, at=at, **more)


def in_danger(at, **more):
    here = house.talk(at, "dây điện đứt rơi xuống đường")
    call(here, at, unit_code="PD0100", topic="FAULT", **more)
    return queries.get_conversation(here.id)


def waiting_ids(at):
    return [line.conversation.id for line in lists.list_page(Wanted(Shown.WAITING, at))]


class TestCalled:
    def test_stands_first_among_who_waits_while_the_assistant_answers(self, company, at):
        early = house.waiting(at - MINUTE)
        here = in_danger(at)

        episode = house.episode(here.id)
        assert (here.owner, here.is_urgent, here.unit_code) == ("BOT", True, "PD0100")
        assert (episode.state, episode.is_urgent, episode.queue.code) == ("WAITING", True, "su-co")
        assert (episode.begun_at, episode.waiting_since) == (at, at)
        assert episode.first_due_at is not None
        assert waiting_ids(at) == [here.id, early.id]

    def test_staff_alone_are_told_in_the_conversation(self, company, at):
        here = in_danger(at)

        assert [m.text for m in queries.list_messages(here.id)] == ["dây điện đứt rơi xuống đường"]
        told = queries.list_messages(here.id, with_internal=True)[-1]
        assert told.text == "Khách báo nguy hiểm: cần nhân viên vào ngay. Trợ lý vẫn đang hỏi tiếp."

    def test_calling_again_changes_nothing(self, company, at):
        here = in_danger(at)
        call(here, at + MINUTE, unit_code="PD0200", topic="bill_high")

        assert queries.get_conversation(here.id) == here
        assert DeskEpisode.objects.count() == 1
        assert house.episode(here.id).waiting_since == at

    def test_the_assistant_may_go_on_speaking(self, company, at):
        here = in_danger(at)
        operations.append_out(conversation_id=here.id, text="Ở đâu ạ?", author=BOT, key="q", at=at)

        assert queries.get_conversation(here.id).owner == "BOT"

    def test_who_is_answered_by_a_person_is_only_put_in_front(self, company, at):
        lan = house.agent("lan", at, unit="PD0100")
        here = house.waiting(at)
        operations.take_over(conversation_id=here.id, actor=lan, at=at)
        before = queries.get_conversation(here.id).last_seq
        call(here, at + MINUTE)

        now, episode = queries.get_conversation(here.id), house.episode(here.id)
        assert (now.owner, now.staff_id, now.is_urgent, now.last_seq) == ("STAFF", lan.id, True, before)
        assert (episode.state, episode.staff_id, episode.is_urgent) == ("HELD", lan.id, True)

    def test_who_waits_for_a_person_already_is_put_in_front(self, company, at):
        here, other = house.waiting(at), house.waiting(at - MINUTE)
        call(here, at + MINUTE)

        assert waiting_ids(at) == [here.id, other.id]
        assert DeskEpisode.objects.filter(conversation_id=here.id).count() == 1

    def test_two_calls_at_once_are_one_episode(self, committed_company, at, race):
        here = house.talk(at)
        race(*[lambda: call(here, at, topic="FAULT")] * 3)

        assert DeskEpisode.objects.filter(conversation_id=here.id).count() == 1
        assert len(queries.list_messages(here.id, with_internal=True)) == 2


class TestTaken:
    def test_the_first_person_who_writes_takes_it(self, company, at):
        lan = house.agent("lan", at, unit="PD0100")
        here = in_danger(at)
        house.say(here, lan, at + MINUTE)

        now, episode = queries.get_conversation(here.id), house.episode(here.id)
        assert (now.owner, now.staff_id) == ("STAFF", lan.id)
        assert (episode.state, episode.staff_id, episode.first_answered_at) == ("HELD", lan.id, at + MINUTE)
        assert DeskEpisode.objects.count() == 1

    def test_nobody_is_given_it_by_itself_while_the_assistant_asks(self, company, at):
        house.agent("lan", at, unit="PD0100")
        for _ in range(3):
            in_danger(at)
        asked = house.waiting(at + MINUTE, unit="PD0100")

        assert assigning.assign_waiting(at=at + MINUTE, limit=2) == 1
        assert queries.get_conversation(asked.id).owner == "STAFF"

    def test_after_two_minutes_somebody_on_duty_is_given_it_and_the_customer_is_told(self, company, at):
        lan = house.agent("lan", at, unit="PD0100")
        here = in_danger(at)

        assert assigning.assign_waiting(at=at + 2 * MINUTE) == 1

        now, episode = queries.get_conversation(here.id), house.episode(here.id)
        assert (now.owner, now.staff_id) == ("STAFF", lan.id)
        assert (episode.state, episode.staff_id) == ("HELD", lan.id)
        assert queries.list_messages(here.id)[-1].text == "Nhân viên đã tham gia cuộc trò chuyện."
        with pytest.raises(operations.NotOwner):
            operations.append_out(conversation_id=here.id, text="Ở đâu ạ?", author=BOT, key="q", at=at)

    def test_handed_over_later_it_goes_on_in_the_same_episode_and_keeps_its_place(self, company, at):
        lan = house.agent("lan", at, unit="PD0100")
        here = in_danger(at)
        operations.queue_for_staff(conversation_id=here.id, at=at + 9 * MINUTE, topic="bill_high")

        episode = house.episode(here.id)
        assert (episode.queue.code, episode.waiting_since, episode.is_urgent) == ("su-co", at, True)
        assert assigning.assign_waiting(at=at + 9 * MINUTE) == 1
        assert house.episode(here.id).id == episode.id
        assert house.episode(here.id).staff_id == lan.id

    def test_a_customer_who_goes_back_to_the_assistant_is_still_looked_at(self, company, at):
        here = in_danger(at)
        operations.queue_for_staff(conversation_id=here.id, at=at)
        operations.release(conversation_id=here.id, actor=BOT, at=at)

        now = queries.get_conversation(here.id)
        assert (now.owner, now.is_urgent) == ("BOT", True)
        assert waiting_ids(at) == [here.id]

    def test_a_person_who_gives_it_back_has_looked(self, company, at):
        lan = house.agent("lan", at, unit="PD0100")
        here = in_danger(at)
        operations.take_over(conversation_id=here.id, actor=lan, at=at)
        operations.release(conversation_id=here.id, actor=lan, at=at)

        assert queries.get_conversation(here.id).is_urgent is False
        assert house.episode(here.id).end_reason == "BOT"

        call(here, at + MINUTE, topic="FAULT")
        assert waiting_ids(at) == [here.id]
        assert DeskEpisode.objects.count() == 2

    def test_nobody_on_duty_leaves_it_waiting(self, company, at):
        lan = house.agent("lan", at, unit="PD0100")
        here = in_danger(at)
        presence.go_away(actor=lan, at=at)
        assigning.sweep_duty(at=at + MINUTE)

        assert waiting_ids(at) == [here.id]


class TestJoined:
    def test_joined_with_another_of_the_assistants_it_still_waits(self, company, at):
        customer = customer_ops.create_customer(
            full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=house.chief(), at=at
        ).id
        here, other = in_danger(at), house.talk(at)
        operations.identify(conversation_id=here.id, customer_id=customer, at=at)
        kept = operations.identify(conversation_id=other.id, customer_id=customer, at=at + MINUTE)

        assert (kept.id, kept.owner, kept.is_urgent) == (other.id, "BOT", True)
        assert waiting_ids(at) == [other.id]
        assert house.episode(other.id).begun_at == at
