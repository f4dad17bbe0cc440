"""The lists of conversations, duty, handing on, putting off, labels; a rating."""

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.messaging import operations, queries
from motcua.messaging.desk import lists
from motcua.messaging.desk.lists import Shown, Wanted
from motcua.messaging.desk.models import DeskAgent, DeskEpisode, DeskLabel
from tests.messaging import desk_house as house
from tests.web import people
from tests.web.shown import text_of

LIST = "/ban-viec/hoi-thoai/"
DUTY = LIST + "truc/"


def url(here, rest=""):
    return f"{LIST}{here.id}/{rest}"


class TestLists:
    def test_mine_and_waiting_with_their_numbers(self, intake_page, lan, now):
        mine, waits = house.waiting(now), house.waiting(now)
        operations.take_over(conversation_id=mine.id, actor=actor_of(lan), at=now)

        page = intake_page.get(LIST)

        assert {tab["label"]: tab["count"] for tab in page.context["tabs"]} == {
            "Của tôi": "1", "Đang chờ": "1", "Hẹn lại": "0", "Quá hạn": "0", "Đã kết thúc": "",
        }  # fmt: skip
        assert [item["line"].conversation.id for item in page.context["lines"]] == [mine.id]
        assert [len(page.context["mine"]), len(page.context["waiting"])] == [1, 1]
        others = intake_page.get(LIST, {"xem": "cho"})
        assert [item["line"].conversation.id for item in others.context["lines"]] == [waits.id]

    def test_what_is_urgent_is_told_on_every_other_list(self, intake_page, now):
        house.waiting(now)
        assert "khẩn đang chờ" not in text_of(intake_page.get(LIST))

        house.waiting(now, urgent=True)

        assert '1 hội thoại khẩn đang chờ người. <a href="?xem=cho">' in text_of(intake_page.get(LIST))
        assert "1 hội thoại khẩn" in text_of(intake_page.get(LIST, {"xem": "hen"}))
        assert "hội thoại khẩn" not in text_of(intake_page.get(LIST, {"xem": "cho"}))

    def test_an_empty_list_says_what_to_do(self, intake_page):
        assert "Vào trực để hội thoại tự đến" in text_of(intake_page.get(LIST))
        assert "Không ai đang chờ" in text_of(intake_page.get(LIST, {"xem": "cho"}))

    def test_filters_by_queue_and_label(self, intake_page, lan, now):
        fault, bill = house.waiting(now, topic="FAULT"), house.waiting(now, topic="bill_high")
        label = DeskLabel.objects.create(name="Gọi lại", tone="go")
        intake_page.post(url(bill, "dieu-phoi/"), {"viec": "nhan", "nhan": label.id})

        by_queue = intake_page.get(LIST, {"xem": "cho", "hang": house.queue("su-co").id})
        by_label = intake_page.get(LIST, {"xem": "cho", "nhan": label.id})

        assert [item["line"].conversation.id for item in by_queue.context["lines"]] == [fault.id]
        assert [item["line"].conversation.id for item in by_label.context["lines"]] == [bill.id]
        assert "Gọi lại" in text_of(by_label)

    def test_what_is_late_says_so_and_has_its_list(self, intake_page, now):
        late = house.waiting(now - timedelta(days=3), topic="FAULT")
        house.waiting(now)

        page = intake_page.get(LIST, {"xem": "cho"})

        assert 'class="late"' in text_of(page)
        assert page.context["lines"][0]["due"]["is_late"]
        # an agent's own late ones; a supervisor sees everybody's
        chief = people.browser(people.add_staff("thao", Role.SUPERVISOR))
        assert [i["line"].conversation.id for i in chief.get(LIST, {"xem": "qua-han"}).context["lines"]] == [
            late.id
        ]
        assert intake_page.get(LIST, {"xem": "qua-han"}).context["lines"] == []

    def test_goes_on_by_key_without_a_gap_or_a_double(self, intake_page, now, monkeypatch):
        for minute in range(7):
            house.waiting(now + timedelta(minutes=minute % 3), urgent=minute % 2 == 0)
        monkeypatch.setattr("motcua.web.desk.talk_lists.PAGE", 3)

        seen, address = [], "?xem=cho"
        while address:
            page = intake_page.get(LIST + address)
            seen += [item["line"].conversation.id for item in page.context["lines"]]
            address = page.context["next"]

        whole = [line.conversation.id for line in lists.list_page(Wanted(Shown.WAITING, now))]
        assert len(set(seen)) == 7
        assert seen == whole

    def test_what_the_assistant_hands_over_waits_in_the_queue_of_what_was_wanted(self, company, now):
        from motcua.assistant import operations as assistant_ops

        here = house.talk(now, "hóa đơn tháng này sao cao thế")
        assistant_ops.handle_inbound(here.id, now)
        house.write(here, now, "gặp nhân viên")
        assistant_ops.handle_inbound(here.id, now)

        row = house.episode(here.id)
        assert (row.queue.code, row.state) == ("hoa-don", "WAITING")

    def test_other_units_conversations_are_not_listed(self, now):
        house.waiting(now, unit="PD0100")
        elsewhere = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))

        assert elsewhere.get(LIST, {"xem": "cho"}).context["lines"] == []

    def test_nonsense_in_the_address_is_ignored(self, intake_page):
        for query in (
            "?xem=x&hang=9999999999&nhan=a&tu=x",
            "?sau=abc",
            "?sau=k~2026-13-01~x",
            "?hang=99",
            "?sao=9",
        ):
            assert intake_page.get(LIST + query).status_code == 200

    def test_takes_the_same_queries_for_few_and_many(self, intake_page, now, django_assert_max_num_queries):
        label = DeskLabel.objects.create(name="Gọi lại", tone="go")
        for number in range(30):
            here = house.waiting(now, topic="FAULT" if number % 2 else "")
            if number % 3 == 0:
                intake_page.post(url(here, "dieu-phoi/"), {"viec": "nhan", "nhan": label.id})

        with django_assert_max_num_queries(26):
            page = intake_page.get(LIST, {"xem": "cho"})
        assert len(page.context["lines"]) == 30

    def test_the_short_lists_stand_beside_a_conversation(self, intake_page, lan, now):
        mine, waits = house.waiting(now), house.waiting(now)
        operations.take_over(conversation_id=mine.id, actor=actor_of(lan), at=now)

        side = intake_page.get(LIST, {"phan": "ben"})

        assert "<html" not in text_of(side)
        assert [len(side.context["mine"]), len(side.context["waiting"])] == [1, 1]
        assert url(waits) in text_of(intake_page.get(url(mine)))


class TestDuty:
    def test_coming_on_duty_brings_what_waits(self, intake_page, lan, now):
        here = house.waiting(now)

        page = intake_page.post(DUTY, {"viec": "truc"}, follow=True)

        assert "Đang trực · 1/4 cuộc" in text_of(page)
        assert queries.get_conversation(here.id).staff_id == str(lan.id)

    def test_going_away_gives_it_back(self, intake_page, now):
        here = house.waiting(now)
        intake_page.post(DUTY, {"viec": "truc"})

        page = intake_page.post(DUTY, {"viec": "vang"}, follow=True)

        assert "Đang vắng" in text_of(page)
        assert queries.get_conversation(here.id).owner == "QUEUE"

    def test_only_a_supervisor_sends_another_away(self, intake_page, lan, company):
        intake_page.post(DUTY, {"viec": "truc"})
        other = people.browser(people.add_staff("an", Role.INTAKE))
        chief = people.browser(people.add_staff("thao", Role.SUPERVISOR))

        other.post(DUTY, {"viec": "vang", "ai": str(lan.id)})
        assert DeskAgent.objects.get(staff_id=str(lan.id)).is_on_duty
        chief.post(DUTY, {"viec": "vang", "ai": str(lan.id)})
        assert not DeskAgent.objects.get(staff_id=str(lan.id)).is_on_duty


class TestActs:
    @pytest.fixture
    def mine(self, lan, now):
        here = house.waiting(now)
        operations.take_over(conversation_id=here.id, actor=actor_of(lan), at=now)
        return here

    def test_hands_on_to_a_colleague_with_a_note(self, intake_page, mine):
        minh = people.add_staff("minh", Role.BUSINESS)

        page = intake_page.post(
            url(mine, "dieu-phoi/"),
            {"viec": "chuyen-nguoi", "ai": str(minh.id), "loi-nhan": "Khách cần gấp"},
            follow=True,
        )

        assert queries.get_conversation(mine.id).staff_id == str(minh.id)
        assert "Khách cần gấp" in text_of(page)
        assert all("Khách cần gấp" not in m.text for m in queries.list_messages(mine.id))

    def test_hands_on_to_another_queue(self, intake_page, mine):
        intake_page.post(url(mine, "dieu-phoi/"), {"viec": "chuyen-hang", "hang": house.queue("hoa-don").id})

        assert house.episode(mine.id).queue.code == "hoa-don"
        assert queries.get_conversation(mine.id).owner == "QUEUE"

    def test_who_does_not_hold_it_hands_nothing_on(self, mine, lan):
        other = people.add_staff("an", Role.INTAKE)

        page = people.browser(other).post(
            url(mine, "dieu-phoi/"), {"viec": "chuyen-nguoi", "ai": str(other.id)}, follow=True
        )

        assert "Người khác đang trả lời" in text_of(page)
        assert queries.get_conversation(mine.id).staff_id == str(lan.id)

    def test_a_supervisor_reassigns(self, mine):
        minh, thao = people.add_staff("minh", Role.BUSINESS), people.add_staff("thao", Role.SUPERVISOR)

        people.browser(thao).post(url(mine, "dieu-phoi/"), {"viec": "chuyen-nguoi", "ai": str(minh.id)})

        assert queries.get_conversation(mine.id).staff_id == str(minh.id)

    def test_puts_off_until_the_customer_writes(self, intake_page, mine, now):
        intake_page.post(url(mine, "dieu-phoi/"), {"viec": "hen", "den": "mot-gio"})
        assert intake_page.get(LIST).context["lines"] == []
        assert len(intake_page.get(LIST, {"xem": "hen"}).context["lines"]) == 1

        house.write(mine, now + timedelta(minutes=5))

        assert len(intake_page.get(LIST).context["lines"]) == 1

    @pytest.mark.parametrize(
        ("day", "hour"), [("", ""), ("2001-01-01", "08:00"), ("2999-01-01", "08:00"), ("x", "y")]
    )
    def test_an_instant_that_is_none_is_refused(self, intake_page, mine, day, hour):
        page = intake_page.post(
            url(mine, "dieu-phoi/"), {"viec": "hen", "den": "chon", "ngay": day, "gio": hour}, follow=True
        )

        assert "Hãy chọn lúc nhắc lại" in text_of(page)
        assert house.episode(mine.id).snoozed_until is None

    def test_labels_are_set_and_taken_off(self, intake_page, mine):
        label = DeskLabel.objects.create(name="Gọi lại", tone="go")
        intake_page.post(url(mine, "dieu-phoi/"), {"viec": "nhan", "nhan": label.id})
        assert "Gọi lại" in text_of(intake_page.get(url(mine)))

        intake_page.post(url(mine, "dieu-phoi/"), {"viec": "nhan"})

        assert lists.labels_of([mine.id]) == {}

    def test_opens_a_closed_one_again(self, intake_page, lan, mine):
        intake_page.post(url(mine, "viec/"), {"viec": "ket-thuc"})
        assert "Mở lại" in text_of(intake_page.get(url(mine)))

        intake_page.post(url(mine, "dieu-phoi/"), {"viec": "mo-lai"})

        now = queries.get_conversation(mine.id)
        assert (now.status, now.staff_id) == ("OPEN", str(lan.id))
        assert DeskEpisode.objects.filter(conversation_id=mine.id).count() == 2

    def test_an_unknown_act_or_another_units_conversation_is_not_found(self, intake_page, mine):
        assert intake_page.post(url(mine, "dieu-phoi/"), {"viec": "x"}).status_code == 404
        operations.link(conversation_id=mine.id, unit_code="PD0100")
        elsewhere = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))
        assert elsewhere.post(url(mine, "dieu-phoi/"), {"viec": "mo-lai"}).status_code == 404


class TestRatingInTheWebChat:
    def test_a_tapped_star_is_kept_and_opens_no_conversation(self, company, lan, now):
        from motcua.channels import webchat
        from motcua.customers import operations as customer_ops
        from motcua.messaging.desk.models import DeskRating
        from motcua.web.visitors import COOKIE

        opened = customer_ops.open_session(at=now)
        browser = people.browser()
        browser.cookies[COOKIE] = opened.token
        webchat.accept(visitor_id=opened.id, said=webchat.Said(client_msg_id="1", text="gặp người"), at=now)
        webchat.answer_now(visitor_id=opened.id, at=now)
        here = queries.find_latest_conversation("WEBCHAT", str(opened.id))
        house.say(here, actor_of(lan), now)
        operations.close(conversation_id=here.id, actor=actor_of(lan), at=now)
        asked = text_of(browser.get("/chat/"))

        done = browser.post("/chat/send", {"text": "sao|4", "client_msg_id": "2"}, follow=True)

        assert 'value="sao|4"' in asked
        assert DeskRating.objects.get().score == 4
        assert "Cảm ơn anh/chị đã chấm 4 sao" in text_of(done)
        assert queries.find_open_conversation("WEBCHAT", str(opened.id)) is None
