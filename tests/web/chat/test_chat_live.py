"""The web chat's live side as the pages serve it: unread, read marks, hours, keys, and who may hear and say what."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from motcua.channels import live
from motcua.config import clock
from motcua.customers.models import VisitorSession
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import Conversation, Message
from motcua.web.visitors import COOKIE

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], [])


@pytest.fixture(autouse=True)
def now(at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))


def post(client, text, key="k1"):
    return client.post(
        "/chat/send", {"text": text, "client_msg_id": key}, headers={"X-Requested-With": "fetch"}
    )


@pytest.fixture
def talking(hanoi):
    """A customer whose chat a person answers."""
    post(hanoi, "cho tôi hỏi")
    here = Conversation.objects.get()
    messaging_ops.take_over(conversation_id=here.id, actor=LAN, at=clock.now(), must_be_free=False)
    hanoi.get("/chat/poll", {"after": "0"})
    return here


def answer(here, text, key):
    return messaging_ops.append_out(
        conversation_id=here.id, text=text, author=LAN, key=key, at=clock.now()
    ).seq


class TestUnread:
    def test_counts_what_was_said_since_and_not_what_staff_note(self, hanoi, talking):
        answer(talking, "Dạ em nghe", "a1")
        answer(talking, "Anh cho em mã khách hàng", "a2")
        messaging_ops.append_out(
            conversation_id=talking.id,
            text="khách quen",
            author=LAN,
            key="n",
            at=clock.now(),
            is_internal=True,
        )

        told = hanoi.get("/chat/unread").json()

        assert told["unread"] == 2
        assert "/live/conversation/" in told["stream_url"]

    def test_a_page_nobody_looks_at_reads_nothing_and_one_looked_at_all(self, hanoi, talking):
        answer(talking, "Dạ em nghe", "a1")

        hanoi.get("/chat/poll", {"after": "0", "seen": "0"})
        hidden = hanoi.get("/chat/unread").json()["unread"]
        hanoi.get("/chat/poll", {"after": "0"})

        assert hidden == 1
        assert hanoi.get("/chat/unread").json()["unread"] == 0

    def test_nobody_has_nothing(self, hanoi, talking):
        answer(talking, "Dạ em nghe", "a1")
        stranger = Client(headers={"host": "hanoi.localhost"})

        assert stranger.get("/chat/unread").json() == {"unread": 0, "stream_url": ""}

    def test_every_page_says_where_to_count(self, hanoi):
        assert 'data-unread-url="/chat/unread"' in hanoi.get("/dich-vu/").content.decode()


class TestReadMarks:
    def test_what_staff_have_read_is_marked_without_a_script(self, hanoi, talking):
        messaging_ops.mark_read(conversation_id=talking.id, seq=talking.last_seq, by_staff=True)
        html = hanoi.get("/chat/").content.decode()

        assert html.count("data-read-mark") == 1
        assert "cho tôi hỏi" in html.partition("data-read-mark")[0]
        assert hanoi.get("/chat/poll", {"after": "99"}).headers["X-Chat-Read"] == str(talking.last_seq)

    def test_ones_own_messages_carry_their_key_and_no_others(self, hanoi, talking):
        answer(talking, "Dạ", "secret-key")
        html = hanoi.get("/chat/").content.decode()

        assert 'data-key="k1"' in html
        assert "secret-key" not in html


class TestResync:
    def test_a_message_sent_again_under_its_key_after_a_lost_answer_is_one(self, hanoi, talking):
        first = post(hanoi, "nhà em mất điện", key="lost")
        again = post(hanoi, "nhà em mất điện", key="lost")

        assert (first.status_code, again.status_code) == (200, 200)
        assert Message.objects.filter(text="nhà em mất điện").count() == 1

    def test_asking_after_a_number_gives_each_later_message_once_in_order(self, hanoi, talking):
        seqs = [answer(talking, f"tin {n}", f"a{n}") for n in range(3)]

        html = hanoi.get("/chat/poll", {"after": str(seqs[0])}).content.decode()

        assert [int(seq) for seq in re.findall(r'data-seq="(\d+)"', html)] == seqs[1:]


class TestTokens:
    def test_each_message_is_checked_and_an_ended_session_writes_in_no_old_conversation(self, hanoi, talking):
        before = Message.objects.filter(conversation_id=talking.id).count()
        VisitorSession.objects.update(token_hash="taken back")

        post(hanoi, "còn ai không", key="late")

        assert Message.objects.filter(conversation_id=talking.id).count() == before

    def test_a_forged_cookie_is_a_stranger(self, hanoi, talking):
        forged = Client(headers={"host": "hanoi.localhost"})
        forged.cookies[COOKIE] = hanoi.cookies[COOKIE].value[:-4] + "AAAA"

        assert "cho tôi hỏi" not in forged.get("/chat/").content.decode()
        assert forged.get("/chat/unread").json()["stream_url"] == ""

    def test_the_ticket_is_for_this_company_this_conversation_and_this_leg(self, hanoi, talking):
        address = hanoi.get("/chat/unread").json()["stream_url"]
        ticket = parse_qs(urlsplit(address).query)["ticket"][0]
        read = live.read_ticket(ticket, company_code="HANOI")

        assert (read.conversation_id, read.scope, read.leg_id) == (talking.id, live.CUSTOMER, talking.leg_id)
        assert live.read_ticket(ticket, company_code="NPC") is None


class TestHours:
    @pytest.mark.parametrize(
        ("moment", "is_told"),
        [
            (datetime(2026, 11, 16, 3, 0, tzinfo=UTC), False),  # Monday 10:00
            (datetime(2026, 11, 16, 15, 0, tzinfo=UTC), True),  # Monday 22:00
            (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), True),  # Sunday
        ],
    )
    def test_out_of_hours_it_says_when_a_person_answers(self, hanoi, monkeypatch, moment, is_told):
        monkeypatch.setattr(clock, "CLOCK", FixedClock(moment))
        html = hanoi.get("/chat/").content.decode()

        assert ("nhân viên trả lời từ" in html) is is_told
