"""Conversations go by themselves to who is on duty: skill, unit, room, and the longest time since the last one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from motcua.companies import operations as company_ops
from motcua.companies.models import AuditEntry
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries
from motcua.messaging.desk import assigning, episodes, presence, routing, rules
from motcua.messaging.desk.models import DeskAgent, DeskEpisode
from tests.messaging import desk_house as house

NIGHT = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)  # Monday 21:00 in Vietnam
MINUTE = timedelta(minutes=1)


def holder(here):
    return queries.get_conversation(here.id).staff_id


class TestDeal:
    QUEUES = st.integers(1, 3)
    AGENTS = st.lists(
        st.builds(
            rules.Free,
            staff_id=st.uuids().map(str),
            room=st.integers(0, 4),
            queue_ids=st.frozensets(QUEUES),
            unit_codes=st.frozensets(st.sampled_from(["A", "B"])),
            last_given_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        ),
        max_size=6,
        unique_by=lambda one: one.staff_id,
    )
    WAITING = st.lists(
        st.builds(
            rules.Waiting,
            conversation_id=st.uuids(),
            queue_id=QUEUES,
            unit_code=st.sampled_from(["", "A", "B"]),
        ),
        max_size=20,
        unique_by=lambda one: one.conversation_id,
    )

    @given(WAITING, AGENTS)
    def test_nobody_gets_what_does_not_suit_or_more_than_fits_and_nothing_fitting_is_left(
        self, waiting, agents
    ):
        dealt = dict(rules.deal(waiting, agents))

        of = {agent.staff_id: agent for agent in agents}
        counts = Counter(dealt.values())
        assert all(counts[id] <= agent.room for id, agent in of.items())
        for one in waiting:
            if one.conversation_id in dealt:
                assert of[dealt[one.conversation_id]].suits(one)
            else:
                assert all(not a.suits(one) or counts[a.staff_id] == a.room for a in agents)

    def test_goes_round(self):
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        agents = [
            rules.Free("b", 5, frozenset({1}), frozenset(), long_ago + MINUTE),
            rules.Free("a", 5, frozenset({1}), frozenset(), long_ago + 2 * MINUTE),
            rules.Free("c", 5, frozenset({1}), frozenset()),
        ]
        waiting = [rules.Waiting(uuid4(), 1) for _ in range(5)]

        assert [staff for _, staff in rules.deal(waiting, agents)] == ["c", "b", "a", "c", "b"]


class TestAssignWaiting:
    def test_gives_what_waits_to_who_is_on_duty(self, company, at):
        lan = house.agent("lan", at)
        here = house.waiting(at)

        assert assigning.assign_waiting(at=at) == 1

        now = queries.get_conversation(here.id)
        assert (now.owner, now.staff_id) == ("STAFF", lan.id)
        assert (house.episode(here.id).state, house.episode(here.id).assigned_at) == ("HELD", at)
        assert AuditEntry.objects.filter(verb="conversation.assigned", subject_id=str(here.id)).count() == 1
        told = queries.list_messages(here.id, with_internal=True)[-1]
        assert (told.payload["notice"], told.is_internal) == ("conversation.routed", True)

    def test_goes_round_and_stops_at_capacity(self, company, at):
        agents = [house.agent(name, at, capacity=2) for name in ("lan", "minh")]
        for second in range(6):
            house.waiting(at + timedelta(seconds=second))

        assert assigning.assign_waiting(at=at + MINUTE) == 4

        assert assigning.load_of([a.id for a in agents], at) == {a.id: 2 for a in agents}
        assert DeskEpisode.objects.filter(state="WAITING").count() == 2
        assert assigning.assign_waiting(at=at + MINUTE) == 0

    def test_the_one_idle_longest_is_next(self, company, at):
        lan, minh = house.agent("lan", at), house.agent("minh", at)
        DeskAgent.objects.filter(staff_id=lan.id).update(last_given_at=at - 5 * MINUTE)
        DeskAgent.objects.filter(staff_id=minh.id).update(last_given_at=at - 9 * MINUTE)
        first, second = house.waiting(at), house.waiting(at + MINUTE)

        assigning.assign_waiting(at=at + 2 * MINUTE)

        assert (holder(first), holder(second)) == (minh.id, lan.id)

    def test_urgent_ones_first_then_who_waits_longest(self, company, at):
        house.agent("lan", at, capacity=2)
        house.waiting(at + MINUTE)
        longest, urgent = house.waiting(at), house.waiting(at + 2 * MINUTE, urgent=True)

        assigning.assign_waiting(at=at + 3 * MINUTE)

        held = DeskEpisode.objects.filter(state="HELD").values_list("conversation_id", flat=True)
        assert set(held) == {longest.id, urgent.id}

    def test_only_to_who_answers_that_queue(self, company, at):
        house.agent("lan", at, queues=("hoa-don",))
        minh = house.agent("minh", at, queues=("su-co", "chung"))
        fault, bill, solar = (house.waiting(at, topic=t) for t in ("FAULT", "bill_high", "solar"))

        assigning.assign_waiting(at=at)

        assert holder(fault) == minh.id
        assert holder(bill) not in {"", minh.id}
        assert holder(solar) == ""

    def test_only_to_who_reaches_the_unit(self, company, at):
        house.agent("lan", at, unit="PD0200")
        here = house.waiting(at, unit="PD0100")

        assert assigning.assign_waiting(at=at) == 0

        operations.link(conversation_id=here.id, unit_code="PD0200")
        assert assigning.assign_waiting(at=at) == 1

    def test_many_that_suit_nobody_do_not_stand_in_the_way(self, company, at):
        house.agent("lan", at, unit="PD0200", queues=("su-co",))
        for _ in range(4):
            house.waiting(at, unit="PD0100", topic="FAULT")
        mine = house.waiting(at + MINUTE, unit="PD0200", topic="FAULT")

        assert assigning.assign_waiting(at=at + MINUTE, limit=2) == 1
        assert holder(mine) != ""

    def test_nothing_when_nobody_is_on_duty(self, company, at):
        lan = house.agent("lan", at)
        presence.go_away(actor=lan, at=at)
        house.waiting(at)

        assert assigning.assign_waiting(at=at) == 0

    def test_nothing_after_hours_unless_somebody_says_that_they_work(self, company, at):
        lan = house.agent("lan", at)
        here = house.waiting(NIGHT)
        assert assigning.assign_waiting(at=NIGHT) == 0

        presence.come_on_duty(actor=lan, at=NIGHT)

        assert assigning.assign_waiting(at=NIGHT) == 1
        assert holder(here) == lan.id

    def test_given_back_by_hand_it_does_not_come_again_by_itself(self, company, at):
        lan = house.agent("lan", at)
        here = house.waiting(at)
        assigning.assign_waiting(at=at)
        operations.release(conversation_id=here.id, actor=lan, at=at, to_queue=True)

        assert assigning.assign_waiting(at=at) == 0
        minh = house.agent("minh", at)
        assert assigning.assign_waiting(at=at) == 1
        assert holder(here) == minh.id

    def test_what_is_put_off_takes_no_room(self, company, at):
        lan = house.agent("lan", at, capacity=1)
        first, second = house.waiting(at), house.waiting(at + MINUTE)
        assigning.assign_waiting(at=at + MINUTE)
        routing.snooze(conversation_id=first.id, until=at + timedelta(hours=1), actor=lan, at=at)

        assert assigning.assign_waiting(at=at + MINUTE) == 1
        assert holder(second) == lan.id

    def test_needs_the_same_queries_for_few_and_many_agents_and_grows_by_what_is_given(
        self, company, at, django_assert_max_num_queries
    ):
        for number in range(8):
            house.agent(f"agent{number}", at)
        for _ in range(3):
            house.waiting(at)

        with django_assert_max_num_queries(12 + 3 * 8):
            assert assigning.assign_waiting(at=at) == 3


class TestRaces:
    def test_two_workers_give_each_conversation_once_and_fill_nobody_beyond_their_room(
        self, committed_company, at, race
    ):
        agents = [house.agent(name, at, capacity=3) for name in ("lan", "minh", "hoa")]
        for second in range(12):
            house.waiting(at + timedelta(seconds=second))
        now = at + MINUTE

        results = race(*[lambda: assigning.assign_waiting(at=now)] * 4)

        assert sum(results) == 9
        assert assigning.load_of([a.id for a in agents], now) == {a.id: 3 for a in agents}
        given_once = AuditEntry.objects.filter(verb="conversation.assigned").values_list(
            "subject_id", flat=True
        )
        assert len(given_once) == len(set(given_once)) == 9

    def test_a_manual_take_and_a_worker_one_wins(self, committed_company, at, race):
        lan, here = house.agent("lan", at), house.waiting(at)
        other = Actor.staff(uuid4(), "An", ["INTAKE"], ["PD0000"])

        results = race(
            lambda: assigning.assign_waiting(at=at),
            lambda: operations.take_over(conversation_id=here.id, actor=other, at=at),
        )

        refused = [r for r in results if isinstance(r, operations.NotOwner)]
        assert holder(here) == (lan.id if refused else other.id)
        assert [r for r in results if isinstance(r, Exception)] == refused
        assert house.episode(here.id).staff_id == holder(here)

    def test_going_away_while_a_worker_deals_leaves_nothing_behind(self, committed_company, at, race):
        lan = house.agent("lan", at)
        for second in range(3):
            house.waiting(at + timedelta(seconds=second))
        now = at + MINUTE

        results = race(lambda: assigning.assign_waiting(at=now), lambda: presence.go_away(actor=lan, at=now))

        assert not [r for r in results if isinstance(r, Exception)]
        assert DeskEpisode.objects.filter(state="HELD").count() == 0
        assert DeskEpisode.objects.filter(state="WAITING").count() == 3


class TestPresence:
    def test_duty_lasts_until_closing_or_some_hours_at_night(self, company, at):
        lan = house.agent("lan", at)
        assert DeskAgent.objects.get(staff_id=lan.id).duty_until == datetime(2026, 11, 16, 10, 0, tzinfo=UTC)

        presence.come_on_duty(actor=lan, at=NIGHT)

        assert DeskAgent.objects.get(staff_id=lan.id).duty_until == NIGHT + timedelta(hours=8)

    def test_who_comes_first_answers_every_queue(self, company, at):
        lan = house.agent("lan", at)

        assert set(DeskAgent.objects.get(staff_id=lan.id).queues.values_list("code", flat=True)) == {
            "chung", "su-co", "hoa-don", "cap-dien-moi",
        }  # fmt: skip

    def test_going_away_gives_back_what_was_never_answered(self, company, at):
        lan = house.agent("lan", at)
        answered, unanswered = house.waiting(at), house.waiting(at)
        assigning.assign_waiting(at=at)
        house.say(answered, lan, at + MINUTE)

        presence.go_away(actor=lan, at=at + 2 * MINUTE)

        assert (holder(answered), holder(unanswered)) == (lan.id, "")
        assert house.episode(unanswered.id).state == "WAITING"
        assert house.episode(unanswered.id).begun_at == at

    def test_who_is_not_seen_for_a_while_goes_off_duty(self, company, at):
        lan, minh = house.agent("lan", at), house.agent("minh", at)
        episodes.seen(minh.id, at + 29 * MINUTE)

        assert assigning.sweep_duty(at=at + 31 * MINUTE) == 1
        assert not DeskAgent.objects.get(staff_id=lan.id).is_on_duty
        assert DeskAgent.objects.get(staff_id=minh.id).is_on_duty

    def test_at_closing_duty_is_over(self, company, at):
        lan = house.agent("lan", at)
        episodes.seen(lan.id, NIGHT)

        assert assigning.sweep_duty(at=NIGHT) == 1

    def test_who_left_the_company_leaves_everything(self, company, at):
        lan = house.agent("lan", at)
        here = house.waiting(at)
        assigning.assign_waiting(at=at)
        house.say(here, lan, at)
        company_ops.staff_deactivate(staff_id=UUID(lan.id), actor=house.admin(), at=at)

        assert assigning.sweep_duty(at=at + MINUTE) == 1
        assert holder(here) == ""

    def test_being_seen_is_written_once_a_minute(self, company, at, django_assert_num_queries):
        lan = house.agent("lan", at)
        episodes.seen(lan.id, at + timedelta(seconds=59))
        assert DeskAgent.objects.get(staff_id=lan.id).seen_at == at

        episodes.seen(lan.id, at + timedelta(seconds=61))

        assert DeskAgent.objects.get(staff_id=lan.id).seen_at == at + timedelta(seconds=61)


class TestForgotten:
    def test_who_writes_to_an_agent_that_is_away_waits_for_anybody_after_a_while(self, company, at):
        lan, here = house.agent("lan", at), house.waiting(at)
        assigning.assign_waiting(at=at)
        house.say(here, lan, at)
        presence.go_away(actor=lan, at=at)
        minh = house.agent("minh", at)
        assert assigning.free_the_forgotten(at=at + 31 * MINUTE) == 0  # the last word is ours

        house.write(here, at + MINUTE)

        assert assigning.free_the_forgotten(at=at + 30 * MINUTE) == 0
        assert assigning.free_the_forgotten(at=at + 32 * MINUTE) == 1
        assigning.assign_waiting(at=at + 32 * MINUTE)
        assert holder(here) == minh.id

    def test_not_at_night_nor_when_nobody_else_is_there(self, company, at):
        lan, here = house.agent("lan", at), house.waiting(at)
        assigning.assign_waiting(at=at)
        house.say(here, lan, at)
        presence.go_away(actor=lan, at=at)
        house.write(here, at + MINUTE)
        assert assigning.free_the_forgotten(at=at + 32 * MINUTE) == 0

        presence.come_on_duty(actor=house.agent("minh", at), at=NIGHT)

        assert assigning.free_the_forgotten(at=NIGHT) == 0
        assert holder(here) == lan.id
