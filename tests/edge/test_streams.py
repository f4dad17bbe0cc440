"""Live streams at the edge: the right reader, every message once, nothing missed over a reconnect, a quick stop."""

import signal
import time
from uuid import uuid4

import httpx
import pytest

from motcua.channels import live
from motcua.kernel.actors import Actor
from motcua.messaging import operations
from tests.edge.conftest import KILLS_AFTER_SECONDS, PATIENCE_SECONDS

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"])


@pytest.fixture
def conversation(committed_company, at):
    visitor = uuid4()
    return operations.open_conversation(channel="WEBCHAT", address=str(visitor), visitor_id=visitor, at=at)


@pytest.fixture
def say(conversation, at):
    def one(text, **more):
        return operations.append_out(
            conversation_id=conversation.id, text=text, author=operations.BOT, key=None, at=at, **more
        )

    return one


def ends(stream):
    """Whether the stream is over: cleanly, or cut."""
    try:
        return list(stream.lines) is not None
    except httpx.HTTPError:
        return True


class TestStreams:
    def test_plays_what_was_said_and_what_is_said_now(self, edge, conversation, say):
        say("một")
        stream = edge.stream(conversation.id)
        assert [m["text"] for m in stream.take(1)] == ["một"]

        say("hai", buttons=[{"label": "Có", "value": "yes"}])
        [heard] = stream.take(1)
        stream.close()

        assert (heard["seq"], heard["text"], heard["author"], heard["buttons"]) == (
            2,
            "hai",
            "bot",
            [{"label": "Có", "value": "yes"}],
        )
        assert stream.response.headers["access-control-allow-origin"] == "http://hanoi.localhost:8000"

    def test_goes_on_after_the_last_event_seen(self, edge, conversation, say):
        for text in ("một", "hai", "ba"):
            say(text)
        stream = edge.stream(conversation.id, after=0, last_event_id=2)
        assert [m["seq"] for m in stream.take(1)] == [3]
        stream.close()
        say("bốn")  # while nobody listens

        again = edge.stream(conversation.id, after=0, last_event_id=3)
        assert [m["text"] for m in again.take(1)] == ["bốn"]
        again.close()

    def test_many_quick_messages_arrive_in_order_once(self, edge, conversation, say):
        stream = edge.stream(conversation.id)
        for number in range(150):
            say(str(number))

        assert [m["text"] for m in stream.take(150)] == [str(n) for n in range(150)]
        stream.close()

    def test_listens_again_after_its_connection_was_cut(self, edge, conversation, say, cut_listening):
        stream = edge.stream(conversation.id)
        say("trước")
        stream.take(1)
        cut_listening()
        say("trong lúc đứt")

        assert [m["text"] for m in stream.take(1)] == ["trong lúc đứt"]
        stream.close()

    def test_refuses_false_old_and_foreign_tickets(self, edge, conversation):
        other = uuid4()
        good = live.make_ticket(company_code="HANOI", conversation_id=conversation.id)
        foreign = live.make_ticket(company_code="NPC", conversation_id=conversation.id)
        with edge.client() as client:
            codes = [
                client.get(f"/live/conversation/{conversation.id}").status_code,
                client.get(f"/live/conversation/{conversation.id}?ticket={good}x").status_code,
                client.get(f"/live/conversation/{conversation.id}?ticket={foreign}").status_code,
                client.get(f"/live/conversation/{other}?ticket={good}").status_code,
                client.get(f"/live/conversation/not-an-id?ticket={good}").status_code,
            ]
        with edge.client("npc.localhost") as client:
            codes.append(client.get(f"/live/conversation/{conversation.id}?ticket={good}").status_code)

        assert codes == [403, 403, 403, 403, 404, 403]
        assert live.read_ticket(good, company_code="HANOI", life_seconds=-1) is None

    def test_notes_between_staff_are_played_to_staff_alone(self, edge, conversation, say, at):
        operations.append_out(
            conversation_id=conversation.id, text="khách quen", author=LAN, key="n", at=at, is_internal=True
        )
        say("chào chị")
        customer, staff = edge.stream(conversation.id), edge.stream(conversation.id, scope=live.STAFF)

        assert [m["text"] for m in customer.take(1)] == ["chào chị"]
        assert [m["text"] for m in staff.take(2)] == ["khách quen", "chào chị"]
        customer.close()
        staff.close()

    def test_foreign_pages_may_not_listen(self, edge, conversation):
        ticket = live.make_ticket(company_code="HANOI", conversation_id=conversation.id)
        with edge.client() as client:
            asked = client.options(
                f"/live/conversation/{conversation.id}?ticket={ticket}",
                headers={"Origin": "http://evil.example:8000"},
            )

        assert "access-control-allow-origin" not in asked.headers

    def test_stops_by_itself_with_open_streams(self, edge, conversation, say):
        say("một")
        streams = [edge.stream(conversation.id) for _ in range(5)]
        for stream in streams:
            stream.take(1)

        began = time.monotonic()
        edge.process.send_signal(signal.SIGTERM)
        edge.process.wait(PATIENCE_SECONDS)

        assert time.monotonic() - began < KILLS_AFTER_SECONDS, "it had to be killed"
        for stream in streams:
            assert ends(stream)
            stream.close()
