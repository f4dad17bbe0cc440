"""Sending by Messenger against its stand-in over HTTP: what it checks, what can go wrong, and that nothing goes twice."""

import httpx
import pytest

from motcua.channels import accounts, media, outbound, tokens
from motcua.channels.messenger import errors, looking_after, profile, sending, templates
from motcua.channels.models import MediaFetch
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents.models import Document
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Delivery, Kind, SendFailed
from motcua.sandbox import messenger, messenger_api, messenger_calls
from tests.channels.chat_house import HOST
from tests.channels.messenger_house import messenger_house  # noqa: F401 - a fixture
from tests.documents import samples


@pytest.fixture
def house(company, messenger_house, monkeypatch):  # noqa: F811
    from motcua.messaging import registry

    monkeypatch.setattr(registry, "_responders", [])
    messenger_house.says("alo")
    messenger_house.carry()
    return messenger_house


def reply(house, text="Dạ, em nghe", author=operations.BOT, **more):
    return operations.append_out(
        conversation_id=house.conversation().id, text=text, author=author, key=None, at=house.later(seconds=1), **more
    )  # fmt: skip


def due(house, **span):
    operations.send_due(at=house.later(**(span or {"seconds": 1})))


class TestReplies:
    def test_reaches_the_phone_is_played_back_and_read_and_stands_once(self, house):
        reply(house)
        house.work()
        assert house.phone() == ["Dạ, em nghe"]
        assert house.states() == [("DELIVERED", "")]
        messenger_calls.read("HANOI", HOST, house.person, house.later(seconds=1))
        house.work()

        assert house.states() == [("READ", "")]
        assert [m.direction for m in house.said()] == ["IN", "OUT"]

    def test_choices_are_quick_replies_and_numbers_past_what_they_carry(self, house):
        most = [{"label": f"Việc {n}", "value": f"s|{n}"} for n in range(13)]
        reply(house, "Chọn", buttons=most)
        reply(house, "Chọn nữa", buttons=[*most, {"label": "Việc 13", "value": "s|13"}])
        reply(house, "Dài", buttons=[{"label": "Mua điện sinh hoạt cho nhà mới", "value": "s|x"}])
        house.work()
        first, second, third, cards = house.heard()

        assert [one["payload"] for one in first.extra["choices"]] == [f"s|{n}" for n in range(13)]
        assert (second.extra, second.text.splitlines()[-1]) == ({}, "14. Việc 13")
        assert (third.text, third.extra) == ("Dài", {})
        assert [card["title"] for card in cards.extra["cards"]] == ["Mua điện sinh hoạt cho nhà mới"]

    def test_links_are_buttons_and_lines_past_what_they_carry(self, house):
        link = {"label": "Mở phiếu", "url": "https://hanoi.example.vn/phieu/1"}
        reply(house, "Phiếu của chị", buttons=[link, {"label": "Để sau", "value": "c|later"}])
        reply(house, "x" * 700, buttons=[link])
        house.work()
        first, second, card = house.heard()

        assert [one["type"] for one in first.extra["buttons"]] == ["web_url", "postback"]
        assert second.text == "x" * 700
        assert card.extra["cards"][0]["default_action"]["url"] == "https://hanoi.example.vn/phieu/1"

    def test_a_picture_goes_after_its_words_each_once(self, house, intake):
        stored = document_ops.store(
            content=samples.jpeg(), name="so-do.jpg", kind="CHAT", subject_type="conversation",
            subject_id=house.conversation().id, sensitive=False, actor=Actor.system("t"), at=house.later(seconds=1),
        )  # fmt: skip
        payload = {"document_id": str(stored.id), "file_name": stored.name, "mime": stored.mime}
        reply(house, "Sơ đồ đây ạ", author=intake, payload=payload, kind="FILE")
        house.work()

        assert [(line.text, line.extra.get("file", "")) for line in house.heard()] == [
            ("Sơ đồ đây ạ", ""), ("", stored.name),
        ]  # fmt: skip
        assert house.states() == [("DELIVERED", "")]
        assert [m.direction for m in house.said() if m.kind != "EVENT"] == ["IN", "OUT"]

    def test_a_list_goes_as_cards_after_its_words_each_once(self, house):
        places = [
            {"label": f"Đường đến điểm giao dịch số {n}", "url": f"https://hanoi.example.vn/{n}"}
            for n in range(4)
        ]
        call = {"label": "Gọi tổng đài chăm sóc khách hàng", "url": "tel:+8419001288"}
        pick = {"label": "Cấp điện mới từ lưới hạ áp", "value": "s|NEW-LV-RES"}
        reply(house, "Gần chị nhất", buttons=[*places, call, pick])
        house.work()
        words, line = house.heard()

        assert (words.text, words.extra) == ("Gần chị nhất", {})
        shown = line.extra["cards"]
        assert [card["title"] for card in shown] == [one["label"] for one in [*places, call, pick]]
        assert shown[0]["buttons"] == [
            {"type": "web_url", "title": "Mở", "url": "https://hanoi.example.vn/0"}
        ]
        assert shown[4]["buttons"] == [{"type": "phone_number", "title": "Gọi", "payload": "+8419001288"}]
        assert shown[5]["buttons"] == [
            {"type": "postback", "title": "Cấp điện mới từ lướ…", "payload": "s|NEW-LV-RES"}
        ]
        assert house.states() == [("DELIVERED", "")]
        assert [m.text for m in house.said() if not m.is_from_customer] == ["Gần chị nhất"]

    def test_more_than_cards_can_hold_is_a_numbered_list(self, house):
        reply(
            house,
            "Chọn",
            buttons=[{"label": f"Việc rất dài của khách số {n}", "value": f"s|{n}"} for n in range(11)],
        )
        house.work()
        [line] = house.heard()
        assert (line.extra, line.text.splitlines()[-1]) == ({}, "11. Việc rất dài của khách số 10")

    def test_long_words_go_in_parts(self, house):
        reply(house, "Điện lực đã nhận phản ánh của anh chị. " * 150)
        house.work()

        assert len(house.phone()) > 2 and all(len(part) <= 2000 for part in house.phone())
        assert house.states() == [("DELIVERED", "")]


class TestWhatCanGoWrong:
    @pytest.mark.parametrize(
        ("fault", "state", "reason"),
        [
            ("TOO_MANY", "QUEUED", "META_613"), ("TEMPORARY", "QUEUED", "META_1200"), ("BUSY", "QUEUED", "HTTP_503"),
            ("DEAD_TOKEN", "QUEUED", "NEEDS_CONSENT"), ("OUTSIDE_WINDOW", "FAILED", "WINDOW_CLOSED"),
            ("BLOCKED", "FAILED", "UNREACHABLE"),
        ],
    )  # fmt: skip
    def test_each_class_has_its_end(self, house, fault, state, reason):
        messenger.plan_faults([fault])
        reply(house)
        due(house)

        assert house.states() == [(state, reason)]
        assert house.phone() == []

    def test_a_dead_token_is_an_alarm_until_it_works_again(self, house):
        messenger.plan_faults(["DEAD_TOKEN"])
        reply(house)
        due(house)
        assert tokens.list_alarms(house.later(seconds=1)) == ["MESSENGER: needs consent (190)"]
        looking_after.check_page(at=house.later(seconds=1))

        assert tokens.list_alarms(house.later(seconds=1)) == []
        due(house, minutes=31)
        assert house.phone() == ["Dạ, em nghe"]

    def test_no_answer_after_taking_waits_for_the_echo_and_goes_once(self, house, monkeypatch):
        self.silent(monkeypatch)
        messenger.plan_faults(["SILENT_AFTER_TAKING"])
        reply(house)
        due(house)
        assert house.states() == [("SENDING", "TIMEOUT")]
        house.carry()
        assert house.states()[0][0] in {"SENT", "DELIVERED"}
        due(house, hours=2)

        assert house.phone() == ["Dạ, em nghe"]

    def test_when_the_echo_is_lost_too_meta_is_asked_before_anything_is_sent_again(self, house, monkeypatch):
        self.silent(monkeypatch)
        messenger.plan_faults(["SILENT_AFTER_TAKING"])
        reply(house)
        due(house)
        house.calls()
        due(house, seconds=120)

        assert house.states() == [("SENT", "")]
        assert house.phone() == ["Dạ, em nghe"]

    def test_a_lost_answer_to_cards_sends_neither_part_again(self, house, monkeypatch):
        self.silent(monkeypatch)
        reply(house, "Gần chị nhất", buttons=[{"label": "Đường đến điểm giao dịch số 1", "value": "s|1"}])
        due(house)
        messenger.plan_faults(["SILENT_AFTER_TAKING"])
        due(house)
        assert house.states() == [("SENDING", "TIMEOUT")]
        house.carry()
        due(house, hours=2)
        assert [bool(line.extra.get("cards")) for line in house.heard()] == [False, True]

    def silent(self, monkeypatch):
        monkeypatch.setattr(messenger_api, "SILENT_SECONDS", 9.0)
        monkeypatch.setitem(outbound._clients, True, httpx.Client(timeout=3.0, trust_env=False))

    def test_what_never_arrived_is_sent_after_the_wait(self, house):
        messenger.plan_faults(["BROKEN"])
        reply(house)
        due(house)
        due(house, seconds=120)

        assert house.phone() == ["Dạ, em nghe"]

    def test_faults_of_events_lose_and_double_nothing(self, house):
        for fault in ("EVENT_TWICE", "EVENTS_TOGETHER", "BAD_SIGNATURE"):
            messenger.plan_faults([fault])
            house.later(seconds=1)
            house.says(fault)
        house.carry()

        assert [m.text for m in house.said()] == ["alo", "EVENT_TWICE", "EVENTS_TOGETHER"]
        assert house.refused == ["SIGNATURE"]

    def test_every_code_of_the_documents_has_a_class(self):
        classes = {
            (1, 0): "RETRY", (2, 0): "RETRY", (1200, 0): "RETRY", (4, 2018022): "SLOW_DOWN", (32, 0): "SLOW_DOWN", (613, 0): "SLOW_DOWN",
            (80006, 0): "SLOW_DOWN", (613, 2018338): "ACCOUNT", (10, 2018278): "WINDOW", (10, 0): "ACCOUNT", (200, 0): "ACCOUNT",
            (230, 0): "ACCOUNT", (100, 1893061): "DEAD", (100, 99): "DEAD", (100, 2018001): "UNREACHABLE", (190, 460): "CONSENT",
            (551, 1545041): "UNREACHABLE", (100, 2018416): "TEMPLATE", (99999, 0): "RETRY",
        }  # fmt: skip
        assert {key: errors.find(*key).act.value for key in classes} == classes


class TestWindow:
    def test_a_person_may_write_for_seven_days_the_assistant_for_one(self, house, intake):
        found = [
            queries.find_window(
                channel="MESSENGER", address=house.person, at=house.later(hours=hours), by_person=True
            ).phase.value
            for hours in (23, 2, 140, 10)
        ]
        assert found == ["FREE", "PERSON", "PERSON", "CLOSED"]

    def test_words_of_a_person_go_tagged_and_the_assistants_do_not(self, house, intake):
        house.later(hours=25)
        reply(house)
        due(house)
        assert house.states() == [("HELD", "WINDOW_CLOSED")]
        reply(house, "Em là Lan", author=intake)
        due(house)

        assert house.phone() == ["Em là Lan"]

    def test_without_the_setting_nothing_is_tagged(self, house, intake, monkeypatch):
        account = accounts.find_account("MESSENGER")
        monkeypatch.setitem(account.settings, "human_agent", False)
        house.later(hours=25)
        reply(house, "Em là Lan", author=intake)
        due(house)

        assert house.states() == [("HELD", "WINDOW_CLOSED")]

    def test_a_notice_goes_as_the_template_meta_approved(self, house):
        account = accounts.find_account("MESSENGER")
        assert templates.submit(account) == ["request_received"]
        assert templates.submit(account) == []
        assert templates.list_states(account) == {"request_received": "PENDING"}
        at = house.later(hours=30)
        params = {
            "number": "HN-1",
            "service": "Mua điện",
            "due": "20/11",
            "link": "https://x.vn",
            "brand": "EVN",
        }
        for key in ("a", "b"):
            operations.queue_message(
                key=key, channel="MESSENGER", address=house.person, texts={"vi": "HN-1"}, params=params, kind=Kind.TRANSACTIONAL,
                at=at, template="request.received",
            )  # fmt: skip
            due(house)
            messenger.decide_templates("HANOI", "APPROVED")

        assert house.states() == [("QUEUED", "META_100_2018416"), ("QUEUED", "")] or house.phone() == []
        due(house, minutes=31)
        due(house)
        assert all("HN-1" in text and "Mua điện" in text for text in house.phone())
        assert len(house.phone()) == 2

    def test_a_retired_tag_and_a_missing_person_are_refused(self, house):
        for body, expected in (
            ({"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, 1893061),
            ({"messaging_type": "RESPONSE", "recipient": {"id": "1"}}, 2018001),
        ):
            told = {"recipient": {"id": house.person}, "message": {"text": "x"}, **body}
            with pytest.raises(messenger.Refusal) as refused:
                messenger.take_message("HANOI", told, house.later(seconds=1))
            assert refused.value.subcode == expected


class TestThePage:
    def test_profile_and_subscription_are_put_up(self, house):
        account = accounts.find_account("MESSENGER")
        profile.put_up(account)
        assert looking_after.check_page(at=house.later(seconds=1)).missing == looking_after.FIELDS
        assert looking_after.look_after(at=house.later(seconds=1)) == 1
        assert looking_after.look_after(at=house.later(seconds=1)) == 0

        shown, fields = messenger.find_page("HANOI")
        assert shown["get_started"] == {"payload": "GET_STARTED"}
        assert len(shown["persistent_menu"][0]["call_to_actions"]) == 4
        assert fields == list(looking_after.FIELDS)

    def test_names_are_told_to_staff_once(self, house):
        assert looking_after.name_new_ones(at=house.later(seconds=1)) == 1
        assert looking_after.name_new_ones(at=house.later(seconds=1)) == 0
        assert "Nguyễn Thị Hoa" in house.said(with_internal=True)[-1].text

    def test_while_another_app_answers_we_read_and_a_person_takes_over(self, house, intake):
        messenger.give_to("HANOI", house.person, "263902037430900")
        house.later(seconds=1)
        house.says("còn ai không")
        messenger_calls.write_as_staff("HANOI", HOST, house.person, "Dạ em đây", house.later(seconds=1))
        house.work()
        assert [m.text for m in house.said()][-2:] == ["còn ai không", "Dạ em đây"]
        reply(house, "trợ lý")
        due(house)
        assert house.states()[-1] == ("FAILED", "HELD_ELSEWHERE")
        reply(house, "Em là Lan", author=intake)
        house.work()

        assert house.phone()[-1] == "Em là Lan"

    def test_an_account_switched_off_keeps_what_waits(self, house):
        delivery = Delivery("x", "MESSENGER", house.person, "a", Kind.REPLY, 1)
        with pytest.raises(SendFailed) as failed:
            sending.send(None, delivery, house.later(seconds=1))
        assert (failed.value.code, failed.value.counts) == ("NOT_SET_UP", False)
        assert OutboxMessage.objects.count() == 0


class TestTakenBack:
    """Whoever takes a picture back has it gone here as well, at once."""

    def pictures(self, house, count=2):
        names = [messenger.keep_upload("HANOI", "image", "a.png", samples.png(64 + n)) for n in range(count)]
        files = [{"type": "image", "payload": {"url": f"{house.address}/files/{one}"}} for one in names]
        return house.says("", attachments=files)

    def test_every_picture_of_an_album_goes_and_its_line_says_so(self, house):
        mid = self.pictures(house)
        house.carry()
        assert media.fetch_due(at=clock.now()) == 2
        assert Document.objects.filter(purged_at__isnull=True, kind="CHAT").count() == 2
        house.does("message", mid=mid, is_deleted=True)
        house.carry()

        assert not Document.objects.filter(purged_at__isnull=True, kind="CHAT").exists()
        taken = [line for line in house.said() if line.payload.get("taken_back")]
        assert [line.text for line in taken] == ["[Khách đã xóa tin này]"] * 2
        assert not any("document_id" in line.payload for line in taken)

    def test_a_picture_that_was_sent_twice_stays_for_the_other_line(self, house):
        mids = [self.pictures(house, count=1) for _ in range(2)]
        house.carry()
        media.fetch_due(at=clock.now())
        house.does("message", mid=mids[0], is_deleted=True)
        house.carry()
        assert Document.objects.filter(purged_at__isnull=True, kind="CHAT").count() == 1

        house.does("message", mid=mids[1], is_deleted=True)
        house.carry()
        assert not Document.objects.filter(purged_at__isnull=True, kind="CHAT").exists()

    def test_what_was_not_fetched_yet_is_not_fetched(self, house):
        mid = self.pictures(house)
        house.carry()
        house.does("message", mid=mid, is_deleted=True)
        house.carry()

        assert not MediaFetch.objects.exists()
        assert media.fetch_due(at=clock.now()) == 0

    def test_what_is_taken_back_while_it_is_fetched_is_not_kept(self, house, monkeypatch):
        mid = self.pictures(house, count=1)
        house.carry()
        fetched = media.fetch

        def slow(url, *, channel):
            content = fetched(url, channel=channel)
            house.does("message", mid=mid, is_deleted=True)
            house.carry()
            return content

        monkeypatch.setattr(media, "fetch", slow)
        media.fetch_due(at=clock.now())
        assert not Document.objects.filter(purged_at__isnull=True, kind="CHAT").exists()
        assert not any(line.kind == "NOTE" for line in house.said(with_internal=True))
