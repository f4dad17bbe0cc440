"""The question after a conversation: asked once in a while, answered once, read from a button, a number or words."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.messaging import inbox, operations, personal, queries
from motcua.messaging.desk import administering, figures, rules
from motcua.messaging.desk.models import DeskAsked, DeskRating
from motcua.messaging.models import Conversation
from tests.messaging import desk_house as house

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def lan(company, at):
    return house.agent("lan", at)


def settle(lan, at, *, channel="WEBCHAT", address="", customer_id: UUID | None = None):
    """A conversation that lan answered and closed."""
    address = address or str(uuid4())
    opened = operations.open_conversation(channel=channel, address=address, at=at, customer_id=customer_id)
    operations.append_in(conversation_id=opened.id, text="alo", client_msg_id=uuid4().hex, at=at)
    operations.queue_for_staff(conversation_id=opened.id, at=at)
    house.say(opened, lan, at)
    operations.close(conversation_id=opened.id, actor=lan, at=at)
    return queries.get_conversation(opened.id)


def hear(channel: str, address: str, text: str, at) -> None:
    inbox.receive(
        channel=channel,
        event_id=uuid4().hex,
        sender=address,
        payload={"text": text},
        at=at,
        wakes_worker=False,
    )
    inbox.drain_sender(channel=channel, sender=address, at=at)


def questions() -> int:
    return DeskRating.objects.count()


class TestReading:
    @pytest.mark.parametrize(
        ("text", "score", "comment"),
        [
            ("5", 5, ""), (" 4 sao ", 4, ""), ("3/5", 3, ""), ("1 điểm.", 1, ""), ("2 - chờ lâu quá", 2, "chờ lâu quá"),
            ("GY nhân viên nhiệt tình", None, "nhân viên nhiệt tình"), ("góp ý: nên gọi lại", None, "nên gọi lại"),
            ("sao|3", 3, ""),
        ],
    )  # fmt: skip
    def test_answers(self, text, score, comment):
        answer = rules.read_answer(text)
        assert (answer.score, answer.comment) == (score, comment)

    @pytest.mark.parametrize(
        "text",
        [
            "5 ngày nữa có điện không",
            "3 pha",
            "0",
            "6",
            "55",
            "mất điện rồi",
            "2 tháng rồi",
            "",
            "1.200.000 đồng",
            "sao|9",
            "1-2",
        ],
    )
    def test_other_words_are_none(self, text):
        assert rules.read_answer(text) is None

    def test_a_button_of_something_else_is_none(self):
        assert rules.read_answer("5", "a|phases|THREE") is None


class TestAsking:
    def test_after_a_person_has_closed_it_with_five_buttons(self, lan, at):
        here = settle(lan, at)

        last = queries.list_messages(here.id)[-1]
        assert "Anh/chị có hài lòng" in last.text
        assert [button["value"] for button in last.buttons] == [f"sao|{n}" for n in range(1, 6)]

    def test_numbered_text_where_there_are_no_buttons(self, lan, at, sms):
        settle(lan, at, channel="SMS", address="0901234567")

        for _ in range(5):
            operations.send_due(at=at)

        assert sms.calls[-1].text.endswith("1. 1 sao\n2. 2 sao\n3. 3 sao\n4. 4 sao\n5. 5 sao")

    def test_not_when_nobody_answered_nor_when_the_assistant_closes(self, lan, at):
        unanswered = house.waiting(at)
        operations.take_over(conversation_id=unanswered.id, actor=lan, at=at)
        operations.close(conversation_id=unanswered.id, actor=lan, at=at)
        by_bot = house.waiting(at)
        house.say(by_bot, lan, at)
        operations.close(conversation_id=by_bot.id, actor=operations.BOT, at=at)

        assert questions() == 0

    def test_not_twice_in_thirty_days(self, lan, at):
        address = str(uuid4())
        for days in (0, 1, 29):
            settle(lan, at + days * DAY, address=address)
        assert questions() == 1

        settle(lan, at + 30 * DAY, address=address)

        assert questions() == 2

    def test_one_customer_is_one_customer_on_every_channel(self, lan, at, sms):
        hoa = customer_ops.find_or_create_customer(
            full_name="Hoa", phone="0901234567", id_number="001185012345", actor=Actor.system("t"), at=at
        )
        settle(lan, at, customer_id=hoa.id)
        settle(lan, at + DAY, channel="SMS", address="0901234567", customer_id=hoa.id)

        assert questions() == 1

    def test_two_conversations_of_one_address_closed_at_once_ask_once(self, committed_company, at, race):
        lan = house.agent("lan", at)
        hoa = customer_ops.find_or_create_customer(
            full_name="Hoa", phone="0901234567", id_number="001185012345", actor=Actor.system("t"), at=at
        )
        talks = [house.waiting(at) for _ in range(2)]
        for here in talks:
            house.say(here, lan, at)
        Conversation.objects.filter(id__in=[t.id for t in talks]).update(customer_id=hoa.id)

        results = race(*[lambda t=t: operations.close(conversation_id=t.id, actor=lan, at=at) for t in talks])

        assert not [r for r in results if isinstance(r, Exception)]
        assert questions() == 1

    def test_not_when_the_company_does_not_ask(self, lan, at):
        administering.save_settings(
            idle_days=3, away_minutes=30, asks_rating=False, rating_days=30, actor=house.admin(), at=at
        )
        settle(lan, at)

        assert questions() == 0


class TestAnswering:
    @pytest.fixture
    def asked(self, lan, at, sms, heard):
        return settle(lan, at, channel="SMS", address="0901234567")

    def test_the_number_is_kept_and_the_conversation_stays_closed(self, asked, heard, at):
        hear("SMS", "0901234567", "4", at + MINUTE)

        rating = DeskRating.objects.get()
        assert (rating.score, rating.answered_at) == (4, at + MINUTE)
        assert queries.get_conversation(asked.id).status == "CLOSED"
        assert queries.find_open_conversation("SMS", "0901234567") is None
        assert heard == []
        assert [m.text for m in queries.list_messages(asked.id)][-2:] == [
            "4 sao", "Cảm ơn anh/chị đã chấm 4 sao. Muốn góp ý thêm, xin nhắn GY và lời góp ý.",
        ]  # fmt: skip

    def test_answered_once(self, asked, heard, at):
        hear("SMS", "0901234567", "sao|5", at + MINUTE)
        hear("SMS", "0901234567", "sao|1", at + 2 * MINUTE)

        assert DeskRating.objects.get().score == 5
        assert (
            len([m for m in queries.list_messages(asked.id) if m.text.startswith("Cảm ơn anh/chị đã chấm")])
            == 1
        )

    def test_words_may_follow(self, asked, heard, at):
        hear("SMS", "0901234567", "2 - chờ lâu", at + MINUTE)
        hear("SMS", "0901234567", "GY nên gọi lại", at + 2 * MINUTE)

        rating = DeskRating.objects.get()
        assert (rating.score, rating.comment) == (2, "chờ lâu\nnên gọi lại")

    def test_other_words_open_a_conversation_as_ever(self, asked, heard, at):
        hear("SMS", "0901234567", "mất điện rồi", at + MINUTE)

        new = queries.find_open_conversation("SMS", "0901234567")
        assert heard == [new.id]
        assert DeskRating.objects.get().score is None

    def test_a_bare_number_is_said_to_the_conversation_that_is_open(self, asked, heard, at):
        hear("SMS", "0901234567", "mất điện rồi", at + MINUTE)
        hear("SMS", "0901234567", "1", at + 2 * MINUTE)

        assert DeskRating.objects.get().score is None
        assert len(heard) == 2

    def test_a_week_later_it_is_no_answer_any_more(self, asked, heard, at):
        hear("SMS", "0901234567", "4", at + 7 * DAY)

        assert DeskRating.objects.get().score is None

    def test_somebody_elses_number_is_nothing(self, asked, heard, at):
        hear("SMS", "0909999999", "4", at + MINUTE)

        assert DeskRating.objects.get().score is None
        assert len(heard) == 1

    def test_a_doubled_event_counts_once(self, asked, heard, at):
        for _ in range(2):
            inbox.receive(
                channel="SMS", event_id="e1", sender="0901234567", payload={"text": "4"}, at=at + MINUTE
            )
        inbox.drain_sender(channel="SMS", sender="0901234567", at=at + MINUTE)

        assert [m.text for m in queries.list_messages(asked.id)].count("4 sao") == 1

    def test_stars_are_counted_by_the_day_of_the_end(self, asked, heard, at):
        hear("SMS", "0901234567", "4", at + MINUTE)

        found = figures.scores(since=at - DAY, until=at + DAY, unit_codes=None, at=at)
        assert found == {4: 1}


def test_with_a_customer_what_they_said_and_were_asked_goes(lan, at):
    hoa = customer_ops.find_or_create_customer(
        full_name="Hoa", phone="0901234567", id_number="001185012345", actor=Actor.system("t"), at=at
    )
    settle(lan, at, customer_id=hoa.id, address="visitor-hoa")
    DeskRating.objects.update(comment="Nhà tôi ở số 12", score=3, answered_at=at)

    personal.erase(hoa.id, at)

    rating = DeskRating.objects.get()
    assert (rating.score, rating.comment, rating.address) == (3, "", f"erased:{rating.conversation_id}")
    assert not DeskAsked.objects.exists()
