"""Sending by Zalo against its stand-in over HTTP: what it checks, what can go wrong, and that nothing goes twice."""

import unicodedata
from datetime import timedelta

import httpx
import pytest

from motcua.channels import accounts, outbound, tokens
from motcua.channels.models import ChannelToken
from motcua.channels.zalo import consent, errors, looking_after, sending
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Delivery, Kind, SendFailed
from motcua.sandbox import zalo
from tests.channels.zalo_house import zalo_house  # noqa: F401 - a fixture


@pytest.fixture
def house(zalo_house, monkeypatch):  # noqa: F811
    from motcua.messaging import registry

    monkeypatch.setattr(registry, "_responders", [])
    zalo_house.says("alo")
    zalo_house.carry()
    return zalo_house


def reply(house, text="Dạ, em nghe", **more):
    return operations.append_out(
        conversation_id=house.conversation().id,
        text=text,
        author=operations.BOT,
        key=None,
        at=house.later(seconds=1),
        **more,
    )


def deliver(house, **more):
    fields = {
        "id": "019a0000-0000-7000-8000-000000000001", "channel": "ZALO", "address": house.person, "text": "Xin chào",
        "kind": Kind.REPLY, "attempt": 1,
    }  # fmt: skip
    return sending.Zalo().send(Delivery(**{**fields, **more}))


@pytest.mark.usefixtures("company")
class TestReplies:
    def test_reaches_the_phone_is_played_back_and_read_and_stands_once(self, house):
        reply(house)
        house.work()
        assert house.phone() == ["Dạ, em nghe"]
        assert house.states() == [("DELIVERED", "")]
        assert [m.direction for m in house.said()] == ["IN", "OUT"]

    def test_choices_are_buttons_up_to_five_and_numbers_past_them(self, house):
        few = [{"label": f"Việc {n}", "value": f"s|{n}"} for n in range(5)]
        reply(house, "Chọn", buttons=few)
        reply(house, "Chọn nữa", buttons=[*few, {"label": "Việc 5", "value": "s|5"}])
        house.work()

        first, second = [line for line in house.lines() if not line.is_theirs]
        assert [button["payload"] for button in first.extra["buttons"]] == [f"s|{n}" for n in range(5)]
        assert second.extra == {}
        assert second.text.splitlines()[-1] == "6. Việc 5"

    def test_a_tapped_button_comes_back_as_its_value_and_is_known_as_the_button(self, house):
        reply(house, "Chọn", buttons=[{"label": "Mua điện mới", "value": "s|NEW-LV-RES"}])
        house.work()
        house.says("s|NEW-LV-RES")
        house.says("s|CHG-HOLDER")
        house.carry()

        tapped, typed = house.said()[-2:]
        assert (tapped.text, tapped.payload["button"]) == ("Mua điện mới", "s|NEW-LV-RES")
        assert (typed.text, "button" in typed.payload) == ("s|CHG-HOLDER", False)

    def test_long_words_go_in_parts_in_order_composed_and_under_the_limit(self, house):
        text = unicodedata.normalize("NFD", "Điện lực đã nhận phản ánh của anh chị. " * 150)
        reply(house, text)
        house.work()

        parts = house.phone()
        assert len(parts) > 2
        assert all(len(part) <= 2000 and part == unicodedata.normalize("NFC", part) for part in parts)
        assert " ".join(" ".join(parts).split()) == " ".join(unicodedata.normalize("NFC", text).split())
        assert [m.direction for m in house.said()] == ["IN", "OUT"]
        assert house.states() == [("DELIVERED", "")]

    def test_a_part_that_failed_is_sent_again_alone(self, house):
        zalo.plan_faults(["SLOW"])
        reply(house, "Câu dài. " * 400)
        operations.send_due(at=house.later(seconds=1))
        zalo.plan_faults(["BUSY"])
        house.work()
        house.later(minutes=1)
        house.work()

        assert " ".join(house.phone()).count("Câu dài.") == 400

    def test_says_which_words_in_braces_were_said(self, house):
        reply(house, "Nhập {ma} vào ô")
        house.work()
        assert house.phone() == ["Nhập {ma} vào ô"]


@pytest.mark.usefixtures("company")
class TestWhatCanGoWrong:
    @pytest.mark.parametrize(
        ("fault", "state", "reason"),
        [
            ("TOO_MANY", "QUEUED", "ZALO_-32"),
            ("NO_MONEY", "QUEUED", "ZALO_-321"),
            ("QUOTA", "QUEUED", "ZALO_-211"),
            ("BUSY", "QUEUED", "HTTP_503"),
            ("NO_INTERACTION", "FAILED", "WINDOW_CLOSED"),
            ("UNREACHABLE", "FAILED", "UNREACHABLE"),
        ],
    )
    def test_each_class_has_its_end(self, house, fault, state, reason):
        zalo.plan_faults([fault])
        reply(house)
        operations.send_due(at=house.later(seconds=1))

        assert house.states() == [(state, reason)]
        assert house.phone() == []

    def test_an_account_in_trouble_costs_a_message_no_try(self, house):
        zalo.plan_faults(["NO_MONEY"] * 12)
        reply(house)
        for _ in range(12):
            operations.send_due(at=house.later(minutes=31))
        operations.send_due(at=house.later(minutes=31))

        assert OutboxMessage.objects.get().state == "SENT"

    def test_no_answer_after_taking_waits_for_the_echo_and_goes_once(self, house, monkeypatch):
        self.silent(monkeypatch)
        zalo.plan_faults(["SILENT_AFTER_TAKING"])
        reply(house)
        operations.send_due(at=house.later(seconds=1))
        assert house.states() == [("SENDING", "TIMEOUT")]
        operations.send_due(at=house.later(seconds=30))
        house.carry()

        assert house.states()[0][0] in {"SENT", "DELIVERED"}
        operations.send_due(at=house.later(hours=2))
        assert house.phone() == ["Dạ, em nghe"]

    def test_when_the_echo_is_lost_too_zalo_is_asked_before_anything_is_sent_again(self, house, monkeypatch):
        self.silent(monkeypatch)
        zalo.plan_faults(["SILENT_AFTER_TAKING"])
        reply(house)
        operations.send_due(at=house.later(seconds=1))
        house.calls()
        operations.send_due(at=house.later(seconds=120))

        assert house.states() == [("SENT", "")]
        assert house.phone() == ["Dạ, em nghe"]

    def test_what_never_arrived_is_sent_after_the_wait(self, house):
        zalo.plan_faults(["BROKEN"])
        reply(house)
        operations.send_due(at=house.later(seconds=1))
        operations.send_due(at=house.later(seconds=20))
        assert house.phone() == []
        operations.send_due(at=house.later(seconds=120))

        assert house.phone() == ["Dạ, em nghe"]

    def test_an_echo_before_the_answer_is_no_second_message(self, house, monkeypatch):
        reply(house)
        plain = consent.with_token

        def first_the_echo(*given):
            sent = plain(*given)
            house.carry()
            return sent

        monkeypatch.setattr(consent, "with_token", first_the_echo)
        operations.send_due(at=house.later(seconds=1))

        assert [m.direction for m in house.said()] == ["IN", "OUT"]
        assert house.states()[0][0] in {"SENT", "DELIVERED"}

    def test_not_set_up_waits_and_a_dead_worker_loses_nothing(self, house, monkeypatch):
        monkeypatch.setattr(accounts, "find_account", lambda channel: None)
        reply(house)
        operations.send_due(at=house.later(seconds=1))
        assert house.states() == [("QUEUED", "NOT_SET_UP")]

    def test_tables_have_a_class_for_every_code_of_the_documents(self):
        for code in (
            -32,
            -100,
            -200,
            -201,
            -204,
            -209,
            -210,
            -211,
            -213,
            -216,
            -217,
            -219,
            -221,
            -223,
            -227,
            -230,
            -234,
            -242,
            -320,
            -321,
        ):
            assert code in errors.ACCOUNT_ERRORS
        for code in (-100, -108, -110, -115, -118, -124, -131, -133, -144, -1121):
            assert code in errors.TEMPLATE_ERRORS
        assert errors.find(-99999).act is errors.Act.RETRY

    def silent(self, monkeypatch):
        from motcua.sandbox import zalo_api

        monkeypatch.setattr(zalo_api, "SILENT_SECONDS", 9.0)
        consent.with_token(accounts.find_account("ZALO"), self_at(), lambda token: None)
        monkeypatch.setitem(outbound._clients, True, httpx.Client(timeout=3.0, trust_env=False))


def self_at():
    from motcua.config import clock

    return clock.now()


@pytest.mark.usefixtures("company")
class TestWindow:
    def test_free_then_paid_then_nothing_but_templates(self, house):
        found = [
            queries.find_window(channel="ZALO", address=house.person, at=house.later(hours=hours)).phase.value
            for hours in (1, 46, 2, 100, 30)
        ]
        assert found == ["FREE", "FREE", "PAID", "PAID", "CLOSED"]

    def test_a_closed_window_without_another_way_is_told_to_staff(self, house):
        house.later(days=8)
        reply(house)
        operations.send_due(at=house.later(seconds=1))

        assert house.states() == [("HELD", "WINDOW_CLOSED")]
        last = house.said(with_internal=True)[-1]
        assert last.is_internal and "chưa chứng minh số điện thoại" in last.text

    def test_every_sign_opens_it_anew(self, house):
        from motcua.sandbox import zalo_calls

        at = house.later(days=8)
        zalo_calls.relation("HANOI", "hanoi.localhost", house.person, "user_click_chatnow", at)
        house.carry()
        reply(house)
        house.work()

        assert house.phone() == ["Dạ, em nghe"]


@pytest.mark.usefixtures("company")
class TestTokens:
    def test_a_dead_token_is_changed_once_and_the_call_made_once_more(self, house):
        reply(house)
        zalo.plan_faults(["EXPIRED_TOKEN"])
        house.work()
        assert house.phone() == ["Dạ, em nghe"]
        assert ChannelToken.objects.get().generation == 2

    def test_a_refusal_wipes_nothing_holds_what_waits_and_asks_for_consent(self, house):
        deliver(house)
        before = ChannelToken.objects.get().sealed_pair
        zalo.kill_tokens("HANOI")
        reply(house)
        for _ in range(3):
            operations.send_due(at=house.later(minutes=31))

        row = ChannelToken.objects.get()
        assert (row.state, row.sealed_pair, row.refused_code) == ("NEEDS_CONSENT", before, "Invalid token")
        assert house.states() == [("QUEUED", "NEEDS_CONSENT")]
        assert tokens.list_alarms(self_at()) == ["ZALO: needs consent (Invalid token)"]

        account = accounts.find_account("ZALO")
        consent._consent_of_stand_in(account, self_at())
        operations.send_due(at=house.later(minutes=31))
        assert house.phone()[-1] == "Dạ, em nghe"
        assert tokens.list_alarms(self_at()) == []

    @pytest.mark.parametrize(
        "answer",
        [
            {"error_name": "x", "access_token": None, "refresh_token": None},
            {"access_token": "a"}, {"access_token": "", "refresh_token": ""}, [], {"access_token": 1, "refresh_token": 2},
        ],
    )  # fmt: skip
    def test_half_an_answer_is_none(self, house, answer, monkeypatch):
        deliver(house)
        before = ChannelToken.objects.get().sealed_pair
        account = accounts.find_account("ZALO")
        monkeypatch.setattr(consent.api, "ask", lambda *given, **more: httpx.Response(200, json=answer))
        with pytest.raises(tokens.NeedsConsent):
            tokens.refresh("ZALO", seen=1, at=self_at(), exchange=consent.refresher(account))
        assert ChannelToken.objects.get().sealed_pair == before

    def test_a_provider_that_is_away_changes_nothing(self, house, monkeypatch):
        deliver(house)
        account = accounts.find_account("ZALO")
        monkeypatch.setattr(consent.api, "ask", lambda *given, **more: httpx.Response(502))
        with pytest.raises(consent.api.NoAnswer):
            tokens.refresh("ZALO", seen=1, at=self_at(), exchange=consent.refresher(account))
        row = ChannelToken.objects.get()
        assert (row.state, row.generation, row.lease) == ("LIVE", 1, None)

    def test_is_changed_hours_before_its_end_and_the_alarm_comes_days_before(self, house):
        deliver(house)
        assert looking_after.refresh_tokens(at=house.later(hours=1)) == 0
        assert looking_after.refresh_tokens(at=house.later(hours=20)) == 1
        assert tokens.list_alarms(house.later(days=70)) == []
        assert tokens.list_alarms(house.later(days=10)) == ["ZALO: consent ends in 9 days"]

    def test_vector_of_the_challenge(self):
        assert (
            consent.challenge("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq")
            == "dp6NlaokagLZTUjEL7cYPlMchcQdWzRW3bkAEXEti9c"
        )
        assert len(consent.new_verifier()) == 43

    def test_who_comes_back_must_have_been_sent_and_be_this_account(self, house, intake):
        account = accounts.find_account("ZALO")
        with pytest.raises(consent.ConsentNotAsked):
            consent.finish(account, code="x", oa_id="", state="", actor=intake, at=self_at())
        consent.begin(account, redirect="https://x/", at=self_at())
        with pytest.raises(consent.ConsentNotAsked):
            consent.finish(account, code="x", oa_id="", state="other", actor=intake, at=self_at())
        consent.begin(account, redirect="https://x/", at=self_at())
        with pytest.raises(consent.ConsentOfAnother):
            consent.finish(account, code="x", oa_id="1", state="", actor=intake, at=self_at())
        consent.begin(account, redirect="https://x/", at=self_at())
        with pytest.raises(consent.ConsentRefused):
            consent.finish(account, code="x", oa_id="", state="", actor=intake, at=self_at())


@pytest.mark.usefixtures("company")
class TestTheRest:
    def test_asks_zalo_about_people_quota_and_account(self, house):
        at = self_at()
        assert looking_after.find_profile(house.person, at=at).name == "Hoa"
        assert looking_after.check_account(at=at).is_verified
        assert looking_after.find_quota(house.person, at=at).remain == 1000
        looking_after.name_new_ones(at=at)
        assert looking_after.name_new_ones(at=at) == 0
        assert "Tên trên Zalo: Hoa" in house.said(with_internal=True)[-1].text

    def test_asks_for_contact_data(self, house):
        reply(house, "Xin số điện thoại", payload={"ask": "contact"})
        house.work()
        assert house.lines()[-1].extra == {"asks": True}

    def test_a_picture_is_made_small_and_a_paper_goes_as_file(self, house, intake):
        from motcua.documents import operations as document_ops
        from tests.documents import samples

        conversation = house.conversation()
        stored = document_ops.store(
            content=samples.jpeg(), name="so-do.jpg", kind="CHAT", subject_type="conversation", subject_id=conversation.id,
            sensitive=True, actor=intake, at=self_at(),
        )  # fmt: skip
        facts = {"document_id": str(stored.id), "file_name": stored.name, "mime": stored.mime}
        reply(house, "Sơ đồ", payload=facts, kind="FILE")
        house.work()
        line = house.lines()[-1]
        assert (line.text, line.extra) == ("Sơ đồ", {"image": "anh.jpg"})

    def test_failed_send_says_what_it_is(self, house):
        zalo.plan_faults(["UNREACHABLE"])
        with pytest.raises(SendFailed) as failed:
            deliver(house)
        assert (failed.value.code, failed.value.is_final) == ("UNREACHABLE", True)
        assert timedelta(0) < errors.failure(-234, at=self_at()).retry_after <= timedelta(days=1)


@pytest.mark.usefixtures("committed_company")
class TestRaces:
    def test_two_refreshers_change_it_once(self, house, race):
        deliver(house)
        at = self_at()
        account = accounts.find_account("ZALO")
        seen = tokens.find_token("ZALO").generation

        def change():
            return tokens.refresh("ZALO", seen=seen, at=at, exchange=consent.refresher(account)).generation

        results = race(change, change, change)
        assert results.count(seen + 1) >= 1
        assert all(found == seen + 1 or isinstance(found, tokens.Busy) for found in results), results
        assert deliver(house).provider_code == "0"
