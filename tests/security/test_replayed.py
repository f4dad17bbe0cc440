"""Calls played again and calls of somebody else's: genuine by their mark, and still without effect."""

import json
from datetime import timedelta

import pytest
from django.conf import settings

from motcua.channels import credentials, stand_ins
from motcua.channels.calls import Call
from motcua.channels.hooks import HOOKS
from motcua.channels.messenger import events as messenger_events
from motcua.channels.messenger import hook as messenger
from motcua.channels.zalo import events as zalo_events
from motcua.channels.zalo import hook as zalo
from motcua.companies.context import using_company
from motcua.config import clock
from motcua.kernel.clock import FixedClock
from motcua.messaging import operations
from motcua.messaging.models import Conversation, InboxEvent, Message


@pytest.fixture(autouse=True)
def now(at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))


def own(channel, company="HANOI"):
    return stand_ins.settings_of(channel, company)


def secret(channel, company="HANOI"):
    return credentials.stand_in_secret(settings.SECRET_KEY, company, channel)


def zalo_call(
    at, *, said="mất điện rồi", oa="", person="5551112223334445556", key="m1", when=None, by="HANOI"
):
    """The call as Zalo makes it for an account, signed for the app of a company."""
    stamp = str(int((when or at).timestamp() * 1000))
    event = {
        "app_id": own("ZALO", by)["app_id"], "sender": {"id": person}, "recipient": {"id": oa or own("ZALO", by)["oa_id"]},
        "event_name": "user_send_text", "message": {"text": said, "msg_id": key}, "timestamp": stamp,
    }  # fmt: skip
    body = json.dumps(event, ensure_ascii=False).encode()
    mark = zalo.mac(event["app_id"], body, stamp, secret("ZALO", by))
    return Call({"x-zevent-signature": f"mac={mark}"}, body, [secret("ZALO")], own("ZALO"), at)


def page_call(at, *, page="", person="6543210987654321", key="mid1", when=None):
    stamp = int((when or at).timestamp() * 1000)
    event = {
        "sender": {"id": person},
        "recipient": {"id": page},
        "timestamp": stamp,
        "message": {"mid": key, "text": "chào"},
    }
    body = json.dumps(
        {"object": "page", "entry": [{"id": page, "time": stamp, "messaging": [event]}]}
    ).encode()
    mark = f"sha256={credentials.sign(body, secret('MESSENGER'))}"
    return Call({"x-hub-signature-256": mark}, body, [secret("MESSENGER")], own("MESSENGER"), at)


def deliver(channel, call, at) -> int:
    """As the edge does it: how many rows were new; -1 when the call is not believed."""
    hook = HOOKS[channel]
    verdict = hook.check(call)
    if not verdict.is_genuine:
        return -1
    new = 0
    for row in hook.read(call, verdict):
        new += operations.receive(
            channel=hook.channel, event_id=row.event_id, sender=row.sender, payload=row.payload, at=at, sent_at=row.sent_at,
            wakes_worker=False,
        )  # fmt: skip
    operations.drain_inbox(at=at)
    return new


def heard() -> list[str]:
    return list(Message.objects.filter(author="customer").values_list("text", flat=True))


class TestAgain:
    def test_sent_again_and_again_it_is_said_once(self, company, at):
        call = zalo_call(at)

        assert [deliver("zalo", call, at) for _ in range(3)] == [1, 0, 0]
        assert heard() == ["mất điện rồi"]

    def test_old_ones_are_not_believed(self, company, at):
        assert deliver("zalo", zalo_call(at, when=at - timedelta(hours=4)), at) == -1
        assert deliver("zalo", zalo_call(at, when=at + timedelta(hours=1)), at) == -1
        page = own("MESSENGER")["page_id"]
        assert deliver("messenger", page_call(at, page=page, when=at - timedelta(days=3)), at) == -1
        assert heard() == []

    def test_another_instant_cannot_be_written_into_an_old_call(self, company, at):
        old = zalo_call(at, when=at - timedelta(days=3))
        before, after = (str(int(one.timestamp() * 1000)).encode() for one in (at - timedelta(days=3), at))
        fresh = Call(old.headers, old.body.replace(before, after), old.secrets, old.settings, at)

        assert zalo.check(old).reason == "TOO_OLD"
        assert zalo.check(fresh).reason == "SIGNATURE"

    def test_a_body_written_anew_is_not_believed_on_either_channel(self, company, at):
        page = own("MESSENGER")["page_id"]
        for door, call in (("zalo", zalo_call(at)), ("messenger", page_call(at, page=page))):
            for anew in (
                json.dumps(json.loads(call.body)).encode(), json.dumps(json.loads(call.body), ensure_ascii=False, indent=1).encode(),
                call.body + b" ", b"\xef\xbb\xbf" + call.body,
            ):  # fmt: skip
                if anew != call.body:
                    changed = Call(call.headers, anew, call.secrets, call.settings, at)
                    assert HOOKS[door].check(changed).reason == "SIGNATURE"

    def test_one_channels_key_says_nothing_on_another(self, company, at):
        """The same id on two channels is two events, and one channel's mark opens no other's door."""
        assert deliver("zalo", zalo_call(at, key="same"), at) == 1
        assert deliver("messenger", page_call(at, page=own("MESSENGER")["page_id"], key="same"), at) == 1
        crossed = zalo_call(at, key="other")
        assert HOOKS["messenger"].check(crossed).reason == "UNSIGNED"
        assert HOOKS["sms"].check(crossed).reason == "UNSIGNED"

    @pytest.mark.parametrize("mark", ["", "mac=", "mac=" + "0" * 64, "sha256=", "mac=null", "mac=undefined"])
    @pytest.mark.parametrize("secrets", [[], [""], ["x"]])
    def test_no_mark_fits_a_channel_without_a_secret(self, at, mark, secrets):
        call = zalo_call(at)
        bare = Call(
            {"x-zevent-signature": mark, "x-hub-signature-256": mark}, call.body, secrets, call.settings, at
        )

        assert not any(hook.check(bare).is_genuine for hook in HOOKS.values())

    def test_nor_one_made_with_no_secret_at_all(self, at):
        call = zalo_call(at)
        empty = zalo.mac(own("ZALO")["app_id"], call.body, json.loads(call.body)["timestamp"], "")
        bare = Call({"x-zevent-signature": empty}, call.body, [], call.settings, at)

        assert zalo.check(bare).reason == "SIGNATURE"
        assert (
            messenger.check(
                Call({"x-hub-signature-256": credentials.sign(b"{}", "")}, b"{}", [], {}, at)
            ).reason
            == "SIGNATURE"
        )


class TestOthers:
    def test_a_call_for_another_companys_account_stays_out_of_the_conversations(self, company, at):
        """One app may serve two accounts, so its mark is good at both doors: the account named in it decides."""
        other = own("ZALO", "NPC")["oa_id"]
        assert other != own("ZALO")["oa_id"]

        assert deliver("zalo", zalo_call(at, oa=other), at) == 1
        assert heard() == []
        assert not Conversation.objects.exists()
        assert InboxEvent.objects.get().state == "PARKED"

    def test_nor_does_another_page(self, company, at):
        assert deliver("messenger", page_call(at, page="999"), at) == 1
        assert heard() == []
        assert InboxEvent.objects.get().state == "PARKED"

    def test_another_companys_mark_is_no_mark_here(self, company, at):
        assert deliver("zalo", zalo_call(at, by="NPC"), at) == -1

    def test_the_same_event_at_two_companies_is_each_ones_own(self, company, at):
        deliver("zalo", zalo_call(at), at)
        with using_company("NPC"):
            assert not InboxEvent.objects.exists()
            assert heard() == []

    def test_a_person_is_who_the_channel_says_and_not_what_the_words_say(self, company, at):
        evil = '"sender":{"id":"1"}, "customer_id":"x", "visitor_id":"x"'
        deliver("zalo", zalo_call(at, said=evil), at)

        assert Conversation.objects.get().customer_id is None
        assert heard() == [evil]

    @pytest.mark.parametrize(
        "extra", [{"customer_id": "x"}, {"visitor_id": "x"}, {"author": "staff:1"}, {"is_internal": True}]
    )
    def test_nothing_more_is_taken_from_a_providers_event_than_is_the_channels(self, company, at, extra):
        event = json.loads(zalo_call(at).body)
        event |= extra
        event["message"] |= extra
        [found] = zalo_events.parse({"event": event}, own_id=own("ZALO")["oa_id"], event_id="1")

        assert (found.customer_id, found.visitor_id) == (None, None)
        assert not set(extra) & set(found.payload)

    def test_an_event_of_messenger_names_no_customer_either(self, at):
        page = own("MESSENGER")["page_id"]
        event = json.loads(page_call(at, page=page).body)["entry"][0]["messaging"][0] | {"customer_id": "x"}
        [found] = messenger_events.parse(
            {"page": page, "where": "messaging", "event": event}, own_page=page, own_app=""
        )

        assert (found.customer_id, found.visitor_id) == (None, None)

    def test_channels_without_a_provider_have_no_door(self):
        assert set(HOOKS) == {"sms", "zalo", "messenger"}
