"""The lists of conversations, duty, handing on, putting off, labels; the supervisor's wall and figures."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.messaging import operations, queries
from motcua.messaging.desk import administering, assigning, lists
from motcua.messaging.desk.lists import Shown, Wanted
from motcua.messaging.desk.models import DeskAgent, DeskEpisode, DeskLabel
from tests.messaging import desk_house as house
from tests.web import people

LIST = "/ban-viec/hoi-thoai/"
WALL = LIST + "bang-truc/"
FIGURES = LIST + "so-lieu/"
DUTY = LIST + "truc/"


def url(here, rest=""):
    return f"{LIST}{here.id}/{rest}"


def text_of(page):
    return page.content.decode()


@pytest.fixture
def lan(company):
    return people.add_staff("lan", Role.INTAKE)


@pytest.fixture
def lan_page(lan):
    return people.browser(lan)


@pytest.fixture
def now(company):
    return clock.now()


class TestLists:
    def test_mine_and_waiting_with_their_numbers(self, lan_page, lan, now):
        mine, waits = house.waiting(now), house.waiting(now)
        operations.take_over(conversation_id=mine.id, actor=actor_of(lan), at=now)

        page = lan_page.get(LIST)

        assert {tab["label"]: tab["count"] for tab in page.context["tabs"]} == {
            "Của tôi": "1", "Đang chờ": "1", "Hẹn lại": "0", "Quá hạn": "0", "Đã kết thúc": "",
        }  # fmt: skip
        assert [item["line"].conversation.id for item in page.context["lines"]] == [mine.id]
        assert [len(page.context["mine"]), len(page.context["waiting"])] == [1, 1]
        others = lan_page.get(LIST, {"xem": "cho"})
        assert [item["line"].conversation.id for item in others.context["lines"]] == [waits.id]

    def test_an_empty_list_says_what_to_do(self, lan_page):
        assert "Vào trực để hội thoại tự đến" in text_of(lan_page.get(LIST))
        assert "Không ai đang chờ" in text_of(lan_page.get(LIST, {"xem": "cho"}))

    def test_filters_by_queue_and_label(self, lan_page, lan, now):
        fault, bill = house.waiting(now, topic="FAULT"), house.waiting(now, topic="bill_high")
        label = DeskLabel.objects.create(name="Gọi lại", tone="go")
        lan_page.post(url(bill, "dieu-phoi/"), {"viec": "nhan", "nhan": label.id})

        by_queue = lan_page.get(LIST, {"xem": "cho", "hang": house.queue("su-co").id})
        by_label = lan_page.get(LIST, {"xem": "cho", "nhan": label.id})

        assert [item["line"].conversation.id for item in by_queue.context["lines"]] == [fault.id]
        assert [item["line"].conversation.id for item in by_label.context["lines"]] == [bill.id]
        assert "Gọi lại" in text_of(by_label)

    def test_what_is_late_says_so_and_has_its_list(self, lan_page, now):
        late = house.waiting(now - timedelta(days=3), topic="FAULT")
        house.waiting(now)

        page = lan_page.get(LIST, {"xem": "cho"})

        assert 'class="late"' in text_of(page)
        assert page.context["lines"][0]["due"]["is_late"]
        # an agent's own late ones; a supervisor sees everybody's
        chief = people.browser(people.add_staff("thao", Role.SUPERVISOR))
        assert [i["line"].conversation.id for i in chief.get(LIST, {"xem": "qua-han"}).context["lines"]] == [
            late.id
        ]
        assert lan_page.get(LIST, {"xem": "qua-han"}).context["lines"] == []

    def test_goes_on_by_key_without_a_gap_or_a_double(self, lan_page, now, monkeypatch):
        for minute in range(7):
            house.waiting(now + timedelta(minutes=minute % 3), urgent=minute % 2 == 0)
        monkeypatch.setattr("motcua.web.desk.talk_lists.PAGE", 3)

        seen, address = [], "?xem=cho"
        while address:
            page = lan_page.get(LIST + address)
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

    def test_nonsense_in_the_address_is_ignored(self, lan_page):
        for query in (
            "?xem=x&hang=9999999999&nhan=a&tu=x",
            "?sau=abc",
            "?sau=k~2026-13-01~x",
            "?hang=99",
            "?sao=9",
        ):
            assert lan_page.get(LIST + query).status_code == 200

    def test_takes_the_same_queries_for_few_and_many(self, lan_page, now, django_assert_max_num_queries):
        label = DeskLabel.objects.create(name="Gọi lại", tone="go")
        for number in range(30):
            here = house.waiting(now, topic="FAULT" if number % 2 else "")
            if number % 3 == 0:
                lan_page.post(url(here, "dieu-phoi/"), {"viec": "nhan", "nhan": label.id})

        with django_assert_max_num_queries(26):
            page = lan_page.get(LIST, {"xem": "cho"})
        assert len(page.context["lines"]) == 30

    def test_the_short_lists_stand_beside_a_conversation(self, lan_page, lan, now):
        mine, waits = house.waiting(now), house.waiting(now)
        operations.take_over(conversation_id=mine.id, actor=actor_of(lan), at=now)

        side = lan_page.get(LIST, {"phan": "ben"})

        assert "<html" not in text_of(side)
        assert [len(side.context["mine"]), len(side.context["waiting"])] == [1, 1]
        assert url(waits) in text_of(lan_page.get(url(mine)))


class TestDuty:
    def test_coming_on_duty_brings_what_waits(self, lan_page, lan, now):
        here = house.waiting(now)

        page = lan_page.post(DUTY, {"viec": "truc"}, follow=True)

        assert "Đang trực · 1/4 cuộc" in text_of(page)
        assert queries.get_conversation(here.id).staff_id == str(lan.id)

    def test_going_away_gives_it_back(self, lan_page, now):
        here = house.waiting(now)
        lan_page.post(DUTY, {"viec": "truc"})

        page = lan_page.post(DUTY, {"viec": "vang"}, follow=True)

        assert "Đang vắng" in text_of(page)
        assert queries.get_conversation(here.id).owner == "QUEUE"

    def test_only_a_supervisor_sends_another_away(self, lan_page, lan, company):
        lan_page.post(DUTY, {"viec": "truc"})
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

    def test_hands_on_to_a_colleague_with_a_note(self, lan_page, mine):
        minh = people.add_staff("minh", Role.BUSINESS)

        page = lan_page.post(
            url(mine, "dieu-phoi/"),
            {"viec": "chuyen-nguoi", "ai": str(minh.id), "loi-nhan": "Khách cần gấp"},
            follow=True,
        )

        assert queries.get_conversation(mine.id).staff_id == str(minh.id)
        assert "Khách cần gấp" in text_of(page)
        assert all("Khách cần gấp" not in m.text for m in queries.list_messages(mine.id))

    def test_hands_on_to_another_queue(self, lan_page, mine):
        lan_page.post(url(mine, "dieu-phoi/"), {"viec": "chuyen-hang", "hang": house.queue("hoa-don").id})

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

    def test_puts_off_until_the_customer_writes(self, lan_page, mine, now):
        lan_page.post(url(mine, "dieu-phoi/"), {"viec": "hen", "den": "mot-gio"})
        assert lan_page.get(LIST).context["lines"] == []
        assert len(lan_page.get(LIST, {"xem": "hen"}).context["lines"]) == 1

        house.write(mine, now + timedelta(minutes=5))

        assert len(lan_page.get(LIST).context["lines"]) == 1

    @pytest.mark.parametrize(
        ("day", "hour"), [("", ""), ("2001-01-01", "08:00"), ("2999-01-01", "08:00"), ("x", "y")]
    )
    def test_an_instant_that_is_none_is_refused(self, lan_page, mine, day, hour):
        page = lan_page.post(
            url(mine, "dieu-phoi/"), {"viec": "hen", "den": "chon", "ngay": day, "gio": hour}, follow=True
        )

        assert "Hãy chọn lúc nhắc lại" in text_of(page)
        assert house.episode(mine.id).snoozed_until is None

    def test_labels_are_set_and_taken_off(self, lan_page, mine):
        label = DeskLabel.objects.create(name="Gọi lại", tone="go")
        lan_page.post(url(mine, "dieu-phoi/"), {"viec": "nhan", "nhan": label.id})
        assert "Gọi lại" in text_of(lan_page.get(url(mine)))

        lan_page.post(url(mine, "dieu-phoi/"), {"viec": "nhan"})

        assert lists.labels_of([mine.id]) == {}

    def test_opens_a_closed_one_again(self, lan_page, lan, mine):
        lan_page.post(url(mine, "viec/"), {"viec": "ket-thuc"})
        assert "Mở lại" in text_of(lan_page.get(url(mine)))

        lan_page.post(url(mine, "dieu-phoi/"), {"viec": "mo-lai"})

        now = queries.get_conversation(mine.id)
        assert (now.status, now.staff_id) == ("OPEN", str(lan.id))
        assert DeskEpisode.objects.filter(conversation_id=mine.id).count() == 2

    def test_an_unknown_act_or_another_units_conversation_is_not_found(self, lan_page, mine):
        assert lan_page.post(url(mine, "dieu-phoi/"), {"viec": "x"}).status_code == 404
        operations.link(conversation_id=mine.id, unit_code="PD0100")
        elsewhere = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))
        assert elsewhere.post(url(mine, "dieu-phoi/"), {"viec": "mo-lai"}).status_code == 404


class TestWall:
    @pytest.fixture
    def chief_page(self, company):
        return people.browser(people.add_staff("thao", Role.SUPERVISOR))

    def test_every_figure_opens_to_its_conversations(self, chief_page, lan_page, now):
        for topic in ("FAULT", "FAULT", "bill_high"):
            house.waiting(now - timedelta(days=2), topic=topic)
        lan_page.post(DUTY, {"viec": "truc"})
        house.waiting(now, topic="solar")

        page = chief_page.get(WALL)

        seen = 0
        for item in page.context["queues"]:
            for name in ("waiting", "held", "snoozed", "late"):
                listed = chief_page.get(LIST + item[name]).context["lines"]
                assert len(listed) == getattr(item["row"], name), (item["row"].name, name)
                seen += len(listed)
        assert seen >= 7
        for item in page.context["people"]:
            assert len(chief_page.get(LIST + item["held"]).context["lines"]) == item["row"].load == 3
        assert page.context["sums"] == {"waiting": 1, "held": 3, "snoozed": 0, "late": 3}

    def test_says_when_nobody_answers_a_queue(self, chief_page, now):
        house.waiting(now, topic="FAULT")

        assert "chưa ai trực hàng này" in text_of(chief_page.get(WALL))

    def test_is_for_supervisors(self, lan_page):
        assert [lan_page.get(path).status_code for path in (WALL, FIGURES)] == [403, 403]

    def test_takes_the_same_queries_for_few_and_many(self, chief_page, now, django_assert_max_num_queries):
        for number in range(6):
            house.agent(f"agent{number}", now)
        for _ in range(20):
            house.waiting(now)
        assigning.assign_waiting(at=now)

        with django_assert_max_num_queries(30):
            chief_page.get(WALL)

    def test_figures_of_a_period_open_to_the_conversations_they_count(self, chief_page, lan, now):
        actor = actor_of(lan)
        for topic, answers in (("FAULT", True), ("FAULT", False), ("bill_high", True)):
            here = house.waiting(now - timedelta(hours=1), topic=topic)
            if answers:
                house.say(here, actor, now)
                operations.close(conversation_id=here.id, actor=actor, at=now)

        page = chief_page.get(FIGURES)

        sums = {item["name"]: item for item in page.context["by_queue"]}
        assert {name: item["row"].begun for name, item in sums.items()} == {"Sự cố": 2, "Hóa đơn": 1}
        for item in (*sums.values(), *page.context["by_person"]):
            row = item["row"]
            for name, number in (
                ("all", row.begun), ("first_late", row.first_late), ("first_in_time", row.first_in_time),
                ("resolved_late", row.resolved_late), ("resolved_in_time", row.resolved_in_time),
            ):  # fmt: skip
                assert len(chief_page.get(LIST + item[name]).context["lines"]) == number, name
        assert [item["row"].begun for item in page.context["by_person"]] == [2]

    def test_a_period_that_is_none_is_the_last_week(self, chief_page, now):
        for query in ("?tu=x", "?tu=2026-05-01&den=2026-04-01", ""):
            page = chief_page.get(FIGURES + query)
            assert page.context["last"] == local_date(now)
            assert (page.context["last"] - page.context["first"]).days == 6


class TestAdministration:
    ADMIN = "/quan-tri/hoi-thoai/"

    @pytest.fixture
    def admin_page(self, company):
        return people.browser(people.add_staff("quan", Role.ADMIN))

    def test_a_queue_is_added_and_its_topics_lead_there(self, admin_page, now):
        page = admin_page.post(
            self.ADMIN + "hang/them/",
            {"name": "Khiếu nại", "place": 5, "topics": ["COMPLAINT"], "is_active": "on"},
            follow=True,
        )

        assert "Đã lưu" in text_of(page)
        assert house.episode(house.waiting(now, topic="COMPLAINT").id).queue.name == "Khiếu nại"

    def test_a_name_twice_is_refused_beside_the_field(self, admin_page):
        page = admin_page.post(self.ADMIN + "hang/them/", {"name": "Sự cố", "place": 5, "is_active": "on"})

        assert page.status_code == 422
        assert "Đã có hàng chờ tên này" in text_of(page)

    def test_a_target_counts_from_its_day(self, admin_page, now):
        queue = house.queue("su-co")
        today = local_date(now).isoformat()

        page = admin_page.post(
            f"{self.ADMIN}hang/{queue.id}/",
            {
                "viec": "muc-tieu",
                "first_minutes": 7,
                "resolve_minutes": 70,
                "valid_from": today,
                "source": "QĐ 12",
            },
            follow=True,
        )

        assert "QĐ 12" in text_of(page)
        assert [(t.first_minutes, t.valid_to is None) for t in queue.targets.order_by("valid_from")] == [
            (5, False), (7, True),
        ]  # fmt: skip

    def test_a_target_of_the_past_or_upside_down_is_refused(self, admin_page):
        queue = house.queue("su-co")
        for changed in ({"valid_from": "2020-01-01"}, {"resolve_minutes": 3}, {"source": ""}):
            page = admin_page.post(
                f"{self.ADMIN}hang/{queue.id}/",
                {
                    "viec": "muc-tieu",
                    "first_minutes": 7,
                    "resolve_minutes": 70,
                    "valid_from": "2999-01-01",
                    "source": "QĐ",
                }
                | changed,
            )
            assert page.status_code == 422, changed
        assert queue.targets.count() == 1

    def test_labels_and_rules(self, admin_page):
        admin_page.post(self.ADMIN + "nhan/", {"ten": "Gọi lại", "mau": "go", "dung": "1"})
        twice = admin_page.post(
            self.ADMIN + "nhan/", {"ten": "Gọi lại", "mau": "go", "dung": "1"}, follow=True
        )
        odd = admin_page.post(self.ADMIN + "nhan/", {"ten": "X", "mau": "#ff0000", "dung": "1"}, follow=True)
        bad = admin_page.post(
            self.ADMIN + "quy-tac/", {"idle_days": 9999, "away_minutes": 30, "rating_days": 30}
        )
        good = admin_page.post(
            self.ADMIN + "quy-tac/",
            {"idle_days": 5, "away_minutes": 20, "rating_days": 60, "asks_rating": "on"},
        )

        assert list(DeskLabel.objects.values_list("name", "tone")) == [("Gọi lại", "go")]
        assert all("chưa dùng và một màu" in text_of(page) for page in (twice, odd))
        assert (bad.status_code, good.status_code) == (422, 302)
        assert "Gọi lại" in text_of(admin_page.get(self.ADMIN))

    def test_a_supervisor_sets_queues_and_capacity_of_their_people(self, lan, company):
        chief = people.browser(people.add_staff("thao", Role.SUPERVISOR))
        assert "Lan" in text_of(chief.get("/nhan-vien/truc/"))

        chief.post(f"/nhan-vien/truc/{lan.id}/", {"so-cuoc": "7", "hang": [house.queue("su-co").id]})

        agent = DeskAgent.objects.get(staff_id=str(lan.id))
        assert (agent.capacity, [queue.code for queue in agent.queues.all()]) == (7, ["su-co"])
        refused = chief.post(f"/nhan-vien/truc/{lan.id}/", {"so-cuoc": "70"}, follow=True)
        assert "từ 1 đến 50" in text_of(refused)
        assert chief.post(f"/nhan-vien/truc/{uuid4()}/", {"so-cuoc": "7"}, follow=True).status_code == 200

    def test_is_for_administrators_of_the_whole_company(self, lan_page):
        unit_admin = people.browser(people.add_staff("xa", Role.ADMIN, unit="PD0200"))
        for page in (lan_page, unit_admin):
            assert page.get(self.ADMIN).status_code == 403
            assert page.get(self.ADMIN + "hang/them/").status_code == 403
        assert lan_page.get("/nhan-vien/truc/").status_code == 403

    def test_a_queue_put_out_of_use_leaves_nobody_waiting_in_it(self, now):
        here = house.waiting(now, topic="FAULT")
        queue = house.queue("su-co")

        administering.save_queue(
            queue_id=queue.id, name=queue.name, name_en="", unit_code="", topics=queue.topics, place=1, is_active=False,
            actor=house.admin(), at=now,
        )  # fmt: skip

        assert house.episode(here.id).queue.is_general


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
