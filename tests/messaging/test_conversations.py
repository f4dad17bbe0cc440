from uuid import uuid4

import pytest

from motcua.kernel.actors import Actor
from motcua.messaging import access, operations, queries
from motcua.messaging.models import Message
from motcua.messaging.rules import Button

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"])
MINH = Actor.staff("22222222-2222-7222-8222-222222222222", "Minh", ["INTAKE"], ["PD0100"])


@pytest.fixture
def conversation(company, at):
    visitor = uuid4()
    return operations.open_conversation(channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at)


def say(conversation, text, key, at):
    return operations.append_in(conversation_id=conversation.id, text=text, client_msg_id=key, at=at)


class TestOpening:
    def test_gives_back_the_open_conversation_of_the_address(self, conversation, at):
        again = operations.open_conversation(channel="WEBCHAT", address=conversation.address, at=at)

        assert again.id == conversation.id

    def test_opens_a_new_one_after_the_last_was_closed(self, conversation, at):
        operations.close(conversation_id=conversation.id, actor=LAN, at=at)

        again = operations.open_conversation(channel="WEBCHAT", address=conversation.address, at=at)

        assert again.id != conversation.id
        assert queries.find_open_conversation("WEBCHAT", conversation.address).id == again.id
        assert queries.find_latest_conversation("WEBCHAT", conversation.address).id == again.id


class TestSaying:
    def test_numbers_messages_without_gaps(self, conversation, at):
        say(conversation, "mất điện rồi", "a", at)
        operations.append_out(
            conversation_id=conversation.id,
            text="Dạ",
            author=operations.BOT,
            key="1",
            at=at,
            buttons=[Button("Có", "yes")],
        )
        say(conversation, "đường Lê Lợi", "b", at)

        found = queries.list_messages(conversation.id)

        assert [(m.seq, m.direction, m.text) for m in found] == [
            (1, "IN", "mất điện rồi"),
            (2, "OUT", "Dạ"),
            (3, "IN", "đường Lê Lợi"),
        ]
        assert found[1].buttons == [{"label": "Có", "value": "yes"}]
        assert queries.list_messages(conversation.id, after=2)[0].seq == 3

    def test_takes_a_repeated_client_message_once(self, conversation, at):
        first = say(conversation, "alo", "same", at)
        second = say(conversation, "alo (lần hai)", "same", at)

        assert (first.seq, first.is_new, second.seq, second.is_new) == (1, True, 1, False)
        assert second.text == "alo"
        assert Message.objects.filter(conversation_id=conversation.id).count() == 1

    def test_says_a_reply_once_a_key(self, conversation, at):
        for _ in range(2):
            operations.append_out(
                conversation_id=conversation.id, text="Dạ", author=operations.BOT, key="k", at=at
            )

        assert queries.get_conversation(conversation.id).last_seq == 1

    def test_refuses_an_empty_message(self, conversation, at):
        with pytest.raises(operations.MessageEmpty):
            say(conversation, "  \n ", "e", at)

        assert queries.get_conversation(conversation.id).last_seq == 0

    def test_two_threads_sending_get_different_numbers(self, committed_company, at, race):
        visitor = uuid4()

        def send(key):
            opened = operations.open_conversation(
                channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at
            )
            return operations.append_in(conversation_id=opened.id, text=key, client_msg_id=key, at=at).seq

        assert sorted(race(lambda: send("a"), lambda: send("b"), lambda: send("a"))) in ([1, 1, 2], [1, 2, 2])


class TestOwner:
    def test_bot_is_silent_while_staff_owns(self, conversation, at):
        operations.take_over(conversation_id=conversation.id, actor=LAN, at=at)

        with pytest.raises(operations.NotOwner):
            operations.append_out(
                conversation_id=conversation.id, text="Dạ", author=operations.BOT, key="b", at=at
            )

    def test_first_reply_of_staff_takes_it(self, conversation, at):
        operations.queue_for_staff(conversation_id=conversation.id, at=at, unit_code="PD0100")
        operations.append_out(conversation_id=conversation.id, text="Chào chị", author=LAN, key="s", at=at)

        assert queries.get_conversation(conversation.id).staff_id == LAN.id
        with pytest.raises(operations.NotOwner):
            operations.append_out(conversation_id=conversation.id, text="Em đây", author=MINH, key="m", at=at)
        with pytest.raises(operations.NotOwner):
            operations.take_over(conversation_id=conversation.id, actor=MINH, at=at)

    def test_released_conversation_is_the_bots_again(self, conversation, at):
        operations.take_over(conversation_id=conversation.id, actor=LAN, at=at)
        operations.release(conversation_id=conversation.id, actor=LAN, at=at)

        said = operations.append_out(
            conversation_id=conversation.id, text="Dạ", author=operations.BOT, key="b", at=at
        )

        assert said.is_new
        assert [m.payload.get("notice") for m in queries.list_messages(conversation.id)] == [
            "conversation.taken",
            "conversation.released",
            None,
        ]

    def test_two_members_of_staff_one_wins(self, committed_company, at, race):
        visitor = uuid4()
        opened = operations.open_conversation(
            channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at
        )

        results = race(
            lambda: operations.take_over(conversation_id=opened.id, actor=LAN, at=at),
            lambda: operations.take_over(conversation_id=opened.id, actor=MINH, at=at),
        )

        assert sum(isinstance(r, operations.NotOwner) for r in results) == 1
        assert queries.get_conversation(opened.id).staff_id in (LAN.id, MINH.id)

    def test_notes_between_staff_stay_inside(self, conversation, at):
        operations.append_out(
            conversation_id=conversation.id, text="khách quen", author=LAN, key="n", at=at, is_internal=True
        )

        assert queries.list_messages(conversation.id) == []
        assert len(queries.list_messages(conversation.id, with_internal=True)) == 1
        assert queries.get_conversation(conversation.id).owner == "BOT"


class TestDesk:
    def test_lists_who_waits_urgent_first(self, company, at):
        opened = []
        for index in range(3):
            visitor = uuid4()
            one = operations.open_conversation(
                channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at
            )
            say(one, f"tin {index}", "a", at)
            operations.queue_for_staff(
                conversation_id=one.id, at=at, unit_code="PD0100" if index else "PD0200", is_urgent=index == 2
            )
            opened.append(one)

        listed = queries.list_queue(unit_codes=["PD0100"])

        assert [(q.conversation.id, q.last_text) for q in listed] == [
            (opened[2].id, "tin 2"),
            (opened[1].id, "tin 1"),
        ]

    def test_hides_other_units_conversations(self, conversation, at):
        operations.link(conversation_id=conversation.id, unit_code="PD0200")

        with pytest.raises(operations.ConversationNotFound):
            access.access_as_staff(conversation_id=conversation.id, actor=LAN)
        operations.link(conversation_id=conversation.id, unit_code="PD0100")
        assert access.access_as_staff(conversation_id=conversation.id, actor=LAN).id == conversation.id

    def test_hides_conversations_from_other_visitors(self, conversation):
        assert access.access_as_visitor(conversation_id=conversation.id, visitor_id=conversation.visitor_id)
        with pytest.raises(operations.ConversationNotFound):
            access.access_as_visitor(conversation_id=conversation.id, visitor_id=uuid4())
