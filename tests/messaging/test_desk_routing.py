"""Handing on, putting off, opening again, idle ones, and the clocks of the targets in working time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries
from motcua.messaging.desk import administering, assigning, idle, lists, routing, rules
from motcua.messaging.desk.lists import Shown, Wanted
from motcua.messaging.desk.models import DeskEpisode, DeskLabel, DeskMark
from tests.messaging import desk_house as house

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lan(company, at):
    return house.agent("lan", at)


@pytest.fixture
def held(lan, at):
    here = house.waiting(at, topic="FAULT")
    operations.take_over(conversation_id=here.id, actor=lan, at=at)
    return here


class TestQueues:
    @pytest.mark.parametrize(
        ("topic", "code"),
        [
            ("FAULT", "su-co"),
            ("bill_high", "hoa-don"),
            ("solar", "cap-dien-moi"),
            ("", "chung"),
            ("x", "chung"),
        ],
    )
    def test_a_topic_leads_to_its_queue(self, company, at, topic, code):
        assert house.episode(house.waiting(at, topic=topic).id).queue.code == code

    def test_a_units_own_queue_comes_before_the_companys(self):
        of_all = rules.QueueRule(1, "", frozenset({"FAULT"}), False)
        own = rules.QueueRule(2, "A", frozenset({"FAULT"}), False)
        general = rules.QueueRule(3, "", frozenset(), True)

        chosen = [
            rules.choose_queue([of_all, own, general], topic=topic, unit_code=unit)
            for topic, unit in (("FAULT", "A"), ("FAULT", "B"), ("other", "A"))
        ]

        assert chosen == [2, 1, 3]

    def test_every_topic_of_the_first_queues_is_known_to_the_assistant(self):
        from motcua.assistant.understanding import seeds as intents
        from motcua.messaging.desk import seeds

        assert {topic for row in seeds.QUEUES for topic in row[3]} <= set(intents.intents())


class TestClocks:
    def test_due_and_taken_times_are_working_time(self, lan):
        friday = datetime(2026, 11, 13, 9, 50, tzinfo=UTC)  # 16:50 in Vietnam, ten minutes before closing
        here = house.waiting(friday, topic="bill_high")  # 15 and 480 working minutes
        row = house.episode(here.id)
        assert row.first_due_at == datetime(2026, 11, 16, 0, 35, tzinfo=UTC)  # Monday 07:35
        assert row.resolve_due_at == datetime(2026, 11, 16, 9, 50, tzinfo=UTC)

        house.say(here, lan, datetime(2026, 11, 16, 1, 0, tzinfo=UTC))  # Monday 08:00
        operations.close(conversation_id=here.id, actor=lan, at=datetime(2026, 11, 16, 9, 40, tzinfo=UTC))

        row = house.episode(here.id)
        assert (row.first_minutes, row.first_answered_by) == (40, lan.id)
        assert (row.resolve_minutes, row.end_reason) == (470, "CLOSED")
        assert row.first_answered_at > row.first_due_at
        assert row.ended_at < row.resolve_due_at

    def test_a_later_target_leaves_what_has_begun(self, lan, at):
        old = house.waiting(at, topic="FAULT")
        administering.set_target(
            queue_id=house.queue("su-co").id, first_minutes=60, resolve_minutes=600, valid_from=date(2026, 11, 17), source="QĐ 1",
            today=date(2026, 11, 16), actor=house.admin(), at=at,
        )  # fmt: skip
        same_day, next_day = house.waiting(at, topic="FAULT"), house.waiting(at + DAY, topic="FAULT")

        assert [house.episode(one.id).first_due_at - house.episode(one.id).begun_at for one in (old, same_day, next_day)] == [
            5 * MINUTE, 5 * MINUTE, 60 * MINUTE,
        ]  # fmt: skip

    def test_another_queue_counts_from_when_they_began_to_wait(self, lan, held, at):
        routing.transfer_to_queue(
            conversation_id=held.id,
            queue_id=house.queue("hoa-don").id,
            note="",
            actor=lan,
            at=at + 10 * MINUTE,
        )

        row = house.episode(held.id)
        assert (row.begun_at, row.first_due_at) == (at, at + 15 * MINUTE)
        assert (row.waiting_since, row.not_to) == (at + 10 * MINUTE, lan.id)

    def test_only_words_of_a_person_to_the_customer_are_the_first_answer(self, lan, held, at):
        operations.append_out(
            conversation_id=held.id, text="ghi chú", author=lan, key="n", at=at + MINUTE, is_internal=True
        )
        operations.append_out(
            conversation_id=held.id,
            text="thông báo",
            author=operations.BOT,
            key="b",
            at=at + MINUTE,
            is_notice=True,
        )
        assert house.episode(held.id).first_answered_at is None

        house.say(held, lan, at + 3 * MINUTE)
        house.say(held, lan, at + 9 * MINUTE)

        assert (house.episode(held.id).first_minutes, house.episode(held.id).first_answered_at) == (
            3,
            at + 3 * MINUTE,
        )

    def test_given_back_to_the_assistant_it_is_over_and_the_next_time_is_another_episode(self, lan, held, at):
        operations.release(conversation_id=held.id, actor=lan, at=at + MINUTE)
        operations.queue_for_staff(conversation_id=held.id, at=at + HOUR)

        rows = DeskEpisode.objects.filter(conversation_id=held.id).order_by("begun_at")
        assert [(row.state, row.end_reason) for row in rows] == [("ENDED", "BOT"), ("WAITING", "")]

    def test_the_list_of_the_late_holds_what_owes_something(self, lan, held, at):
        quiet = house.waiting(at, topic="FAULT")
        house.say(held, lan, at + MINUTE)

        def late(now: datetime) -> set:
            return {line.conversation.id for line in lists.list_page(Wanted(Shown.LATE, now))}

        assert late(at + 5 * MINUTE) == set()
        assert late(at + 6 * MINUTE) == {quiet.id}
        assert late(at + DAY) == {quiet.id, held.id}


class TestHandingOn:
    def test_to_a_colleague_with_a_note_for_staff_alone(self, lan, held, at):
        minh = house.agent("minh", at)

        now = routing.transfer_to_colleague(
            conversation_id=held.id, staff_id=minh.id, note="Khách bực", actor=lan, at=at
        )

        assert now.staff_id == minh.id
        assert house.episode(held.id).staff_id == minh.id
        noted = [m for m in queries.list_messages(held.id, with_internal=True) if m.text == "Khách bực"]
        assert [(m.is_internal, m.author) for m in noted] == [(True, lan.ref)]

    def test_not_to_who_may_not_see_it_or_is_gone(self, lan, held, at):
        operations.link(conversation_id=held.id, unit_code="PD0100")
        far = house.agent("xa", at, unit="PD0200")
        crew = house.people.add_staff("tho", Role.CREW)

        for staff_id in (far.id, str(crew.id), str(uuid4()), "x", ""):
            with pytest.raises(routing.TakerUnfit):
                routing.transfer_to_colleague(
                    conversation_id=held.id, staff_id=staff_id, note="mất", actor=lan, at=at
                )
        assert all(m.text != "mất" for m in queries.list_messages(held.id, with_internal=True))
        assert queries.get_conversation(held.id).staff_id == lan.id

    def test_not_what_another_holds_unless_one_oversees(self, lan, held, at):
        minh = house.agent("minh", at)
        with pytest.raises(operations.NotOwner):
            routing.transfer_to_colleague(
                conversation_id=held.id, staff_id=minh.id, note="", actor=minh, at=at
            )

        routing.transfer_to_colleague(
            conversation_id=held.id, staff_id=minh.id, note="", actor=house.chief(), at=at
        )

        assert queries.get_conversation(held.id).staff_id == minh.id

    def test_not_to_a_queue_of_another_unit_or_out_of_use(self, lan, held, at):
        far = administering.save_queue(
            queue_id=None, name="Riêng", name_en="", unit_code="PD0200", topics=[], place=9, is_active=True,
            actor=house.admin(), at=at,
        )  # fmt: skip
        for queue_id in (far.id, 0):
            with pytest.raises(routing.QueueUnknown):
                routing.transfer_to_queue(
                    conversation_id=held.id, queue_id=queue_id, note="", actor=lan, at=at
                )

    def test_two_colleagues_take_at_once_one_wins(self, committed_company, at, race):
        minh, here = house.agent("minh", at), house.waiting(at)
        other = Actor.staff(uuid4(), "An", ["INTAKE"], ["PD0000"])

        results = race(
            lambda: routing.transfer_to_colleague(
                conversation_id=here.id, staff_id=minh.id, note="", actor=minh, at=at
            ),
            lambda: operations.take_over(conversation_id=here.id, actor=other, at=at),
        )

        assert sum(isinstance(r, operations.NotOwner) for r in results) == 1
        assert house.episode(here.id).staff_id == queries.get_conversation(here.id).staff_id


class TestPuttingOff:
    def test_out_of_sight_until_the_instant(self, lan, held, at):
        routing.snooze(conversation_id=held.id, until=at + HOUR, actor=lan, at=at)

        def mine(now: datetime) -> list:
            return lists.list_page(Wanted(Shown.MINE, now, staff_id=lan.id))

        assert (len(mine(at)), len(mine(at + HOUR))) == (0, 1)
        assert routing.wake_due(at=at + 59 * MINUTE) == 0
        assert routing.wake_due(at=at + HOUR) == 1
        assert routing.wake_due(at=at + HOUR) == 0
        assert house.episode(held.id).snoozed_until is None

    def test_back_at_once_when_the_customer_writes(self, lan, held, at):
        house.say(held, lan, at)
        routing.snooze(conversation_id=held.id, until=at + DAY, actor=lan, at=at)

        house.write(held, at + MINUTE)

        row = house.episode(held.id)
        assert (row.snoozed_until, row.customer_since) == (None, None)

    def test_tomorrow_morning_is_the_next_working_one(self, company):
        from motcua.companies import queries as company_queries

        saturday = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)
        assert rules.next_morning(company_queries.get_calendar(), saturday) == datetime(
            2026, 11, 16, 0, 30, tzinfo=UTC
        )

    @pytest.mark.parametrize("after", [timedelta(0), -HOUR, 61 * DAY])
    def test_not_until_the_past_or_for_ever(self, lan, held, at, after):
        with pytest.raises(routing.SnoozeInvalid):
            routing.snooze(conversation_id=held.id, until=at + after, actor=lan, at=at)

    def test_not_what_nobody_holds(self, company, lan, at):
        here = house.waiting(at)
        with pytest.raises(routing.NotHeld):
            routing.snooze(conversation_id=here.id, until=at + HOUR, actor=lan, at=at)


class TestOpeningAgain:
    def test_goes_on_with_who_opened_it(self, lan, held, at):
        operations.close(conversation_id=held.id, actor=lan, at=at)

        routing.reopen(conversation_id=held.id, actor=lan, at=at + MINUTE)

        house.write(held, at + 2 * MINUTE)
        assert queries.get_conversation(held.id).staff_id == lan.id
        assert queries.find_open_conversation(held.channel, held.address).id == held.id

    def test_not_while_the_customer_talks_elsewhere(self, lan, held, at):
        operations.close(conversation_id=held.id, actor=lan, at=at)
        house.talk(at + MINUTE, address=held.address)

        with pytest.raises(routing.TalkOpenAlready):
            routing.reopen(conversation_id=held.id, actor=lan, at=at + 2 * MINUTE)
        assert queries.get_conversation(held.id).status == "CLOSED"

    def test_twice_changes_nothing(self, lan, held, at):
        operations.close(conversation_id=held.id, actor=lan, at=at)
        for _ in range(2):
            routing.reopen(conversation_id=held.id, actor=lan, at=at + MINUTE)

        assert DeskEpisode.objects.filter(conversation_id=held.id).count() == 2


class TestLabels:
    def test_one_out_of_use_stays_where_it_was_set(self, lan, held, at):
        old, new = (DeskLabel.objects.create(name=name, tone="go") for name in ("cũ", "mới"))
        routing.set_labels(conversation_id=held.id, label_ids=[old.id], actor=lan, at=at)
        administering.save_label(
            label_id=old.id, name="cũ", tone="go", is_active=False, actor=house.admin(), at=at
        )

        routing.set_labels(conversation_id=held.id, label_ids=[new.id, 999], actor=lan, at=at)

        assert set(DeskMark.objects.values_list("label__name", flat=True)) == {"cũ", "mới"}


class TestIdle:
    def test_closes_what_the_customer_has_left_with_a_word(self, lan, held, at):
        still, silent = house.waiting(at), house.waiting(at)
        house.say(held, lan, at)
        for here in (still, silent):
            operations.take_over(conversation_id=here.id, actor=lan, at=at)
        house.say(still, lan, at)
        house.write(still, at + DAY)

        assert idle.close_idle(at=at + 3 * DAY) == 0
        assert idle.close_idle(at=at + 3 * DAY + MINUTE) == 1

        assert [queries.get_conversation(one.id).status for one in (held, still, silent)] == [
            "CLOSED",
            "OPEN",
            "OPEN",
        ]
        assert house.episode(held.id).end_reason == "IDLE"
        words = [m.text for m in queries.list_messages(held.id) if m.kind == "TEXT"]
        assert words[-1].startswith("Đã 3 ngày chúng tôi chưa thấy anh/chị nhắn lại")
        assert idle.close_idle(at=at + 4 * DAY) == 0

    def test_not_when_the_company_closes_nothing(self, lan, held, at):
        house.say(held, lan, at)
        administering.save_settings(
            idle_days=0, away_minutes=30, asks_rating=True, rating_days=30, actor=house.admin(), at=at
        )

        assert idle.close_idle(at=at + 300 * DAY) == 0

    def test_not_what_is_put_off(self, lan, held, at):
        house.say(held, lan, at)
        routing.snooze(conversation_id=held.id, until=at + 30 * DAY, actor=lan, at=at)

        assert idle.close_idle(at=at + 10 * DAY) == 0


class TestJoining:
    def test_the_older_clock_goes_on_in_the_conversation_that_is_left(self, lan, at):
        from motcua.customers import operations as customer_ops

        hoa = customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa",
            phone="0901234567",
            id_number="001185012345",
            actor=Actor.system("t"),
            at=at,
        )
        first, second = house.waiting(at, topic="FAULT"), house.talk(at + MINUTE)
        operations.identify(conversation_id=first.id, customer_id=hoa.id, at=at + MINUTE)
        operations.identify(conversation_id=second.id, customer_id=hoa.id, at=at + 2 * MINUTE)

        kept = [one for one in (first, second) if queries.get_conversation(one.id).status == "OPEN"]
        assert len(kept) == 1
        row = DeskEpisode.objects.exclude(state="ENDED").get()
        assert (row.conversation_id, row.begun_at, row.queue.code, row.state) == (
            kept[0].id,
            at,
            "su-co",
            "WAITING",
        )
        assert assigning.assign_waiting(at=at + 3 * MINUTE) == 1
