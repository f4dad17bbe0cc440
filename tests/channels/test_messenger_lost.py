"""Events that Messenger lost on the way come in by the Page's list of conversations, once."""

import pytest

from motcua.channels import tokens
from motcua.channels.messenger import backfill
from motcua.channels.models import MediaFetch
from motcua.config import clock
from motcua.messaging import operations, registry
from motcua.messaging.models import InboxEvent
from motcua.sandbox import messenger, messenger_calls
from tests.channels.chat_house import HOST
from tests.channels.messenger_house import messenger_house  # noqa: F401 - a fixture


@pytest.fixture
def house(company, messenger_house, monkeypatch):  # noqa: F811
    monkeypatch.setattr(registry, "_responders", [])
    tokens.note_state("MESSENGER", is_live=True, code="", until=None, at=clock.now())
    messenger_house.says("alo")
    messenger_house.carry()
    return messenger_house


def found_after(house, **span):
    new = backfill.bring_in_lost(at=house.later(**span))
    operations.drain_inbox(at=clock.now())
    return new


class TestLost:
    def test_what_meta_lists_and_nobody_told_comes_in_once_also_when_it_comes_after_all(self, house):
        operations.append_out(
            conversation_id=house.conversation().id, text="Dạ", author=operations.BOT, key=None, at=house.later(seconds=1)
        )  # fmt: skip
        house.work()
        house.says("mất tin này")
        calls = house.calls()
        assert found_after(house, seconds=5) == 0, "it may be on its way"
        assert found_after(house, minutes=3) == 1
        house.carry(calls)
        assert found_after(house, minutes=3) == 0

        assert [m.text for m in house.said()] == ["alo", "Dạ", "mất tin này"]
        assert InboxEvent.objects.filter(payload__by="history").count() == 1

    def test_an_echo_that_was_lost_is_known_by_its_name(self, house):
        messenger.plan_faults(["NO_ECHO"])
        operations.append_out(
            conversation_id=house.conversation().id, text="Dạ", author=operations.BOT, key=None, at=house.later(seconds=1)
        )  # fmt: skip
        house.work()
        found_after(house, minutes=3)

        assert [m.text for m in house.said()] == ["alo", "Dạ"]

    def test_a_tap_that_came_is_not_said_again_in_words(self, house):
        messenger_calls.tap("HANOI", HOST, house.person, "Mua điện", "s|NEW", clock.now())
        house.carry()
        assert found_after(house, minutes=3) == 0
        assert [m.text for m in house.said()] == ["alo", "Mua điện"]

        messenger_calls.tap("HANOI", HOST, house.person, "Báo mất điện", "s|CUT", clock.now())
        house.calls()
        assert found_after(house, minutes=3) == 1, "a tap that was lost comes as words"
        assert [m.text for m in house.said()][-1] == "Báo mất điện"

    def test_a_lost_picture_is_to_be_fetched(self, house):
        url = "https://scontent.xx.fbcdn.net/v/1.jpg"
        message = {"attachments": [{"type": "image", "payload": {"url": url}}]}
        messenger_calls.say(
            "HANOI", HOST, house.person, message, clock.now(), shown="", extra={"file": "anh.jpg", "url": url}
        )
        house.calls()
        assert found_after(house, minutes=3) == 1

        assert MediaFetch.objects.get().url == url

    def test_what_was_taken_back_and_what_is_old_stays_out(self, house):
        mine = house.says("nhầm")
        house.calls()
        house.does("message", mid=mine, is_deleted=True)
        house.carry()
        house.says("hôm kia")
        house.calls()

        assert found_after(house, hours=25) == 0

    def test_a_page_that_lost_its_token_is_not_asked(self, house, monkeypatch):
        asked = []
        monkeypatch.setattr("motcua.channels.messenger.api.call", lambda *a, **k: asked.append(a) or {})
        tokens.note_state("MESSENGER", is_live=False, code="190", until=None, at=clock.now())
        assert backfill.bring_in_lost(at=house.later(minutes=3)) == 0
        assert asked == []
