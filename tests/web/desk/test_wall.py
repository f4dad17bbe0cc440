"""The supervisor's wall, and figures of a period that open to the conversations they count."""

from __future__ import annotations

from datetime import timedelta

from motcua.companies.access import actor_of
from motcua.kernel.local_time import local_date
from motcua.messaging import operations
from motcua.messaging.desk import assigning
from tests.messaging import desk_house as house
from tests.web.shown import text_of

LIST = "/ban-viec/hoi-thoai/"
WALL = LIST + "bang-truc/"
DUTY = LIST + "truc/"
FIGURES = LIST + "so-lieu/"


class TestWall:
    def test_every_figure_opens_to_its_conversations(self, supervisor_page, intake_page, now):
        for topic in ("FAULT", "FAULT", "bill_high"):
            house.waiting(now - timedelta(days=2), topic=topic)
        intake_page.post(DUTY, {"viec": "truc"})
        house.waiting(now, topic="solar")

        page = supervisor_page.get(WALL)

        seen = 0
        for item in page.context["queues"]:
            for name in ("waiting", "held", "snoozed", "late"):
                listed = supervisor_page.get(LIST + item[name]).context["lines"]
                assert len(listed) == getattr(item["row"], name), (item["row"].name, name)
                seen += len(listed)
        assert seen >= 7
        for item in page.context["people"]:
            assert len(supervisor_page.get(LIST + item["held"]).context["lines"]) == item["row"].load == 3
        assert page.context["sums"] == {"waiting": 1, "held": 3, "snoozed": 0, "late": 3}

    def test_says_when_nobody_answers_a_queue(self, supervisor_page, now):
        house.waiting(now, topic="FAULT")

        assert "chưa ai trực hàng này" in text_of(supervisor_page.get(WALL))

    def test_is_for_supervisors(self, intake_page):
        assert [intake_page.get(path).status_code for path in (WALL, FIGURES)] == [403, 403]

    def test_takes_the_same_queries_for_few_and_many(
        self, supervisor_page, now, django_assert_max_num_queries
    ):
        for number in range(6):
            house.agent(f"agent{number}", now)
        for _ in range(20):
            house.waiting(now)
        assigning.assign_waiting(at=now)

        with django_assert_max_num_queries(30):
            supervisor_page.get(WALL)

    def test_figures_of_a_period_open_to_the_conversations_they_count(self, supervisor_page, lan, now):
        actor = actor_of(lan)
        for topic, answers in (("FAULT", True), ("FAULT", False), ("bill_high", True)):
            here = house.waiting(now - timedelta(hours=1), topic=topic)
            if answers:
                house.say(here, actor, now)
                operations.close(conversation_id=here.id, actor=actor, at=now)

        page = supervisor_page.get(FIGURES)

        sums = {item["name"]: item for item in page.context["by_queue"]}
        assert {name: item["row"].begun for name, item in sums.items()} == {"Sự cố": 2, "Hóa đơn": 1}
        for item in (*sums.values(), *page.context["by_person"]):
            row = item["row"]
            for name, number in (
                ("all", row.begun), ("first_late", row.first_late), ("first_in_time", row.first_in_time),
                ("resolved_late", row.resolved_late), ("resolved_in_time", row.resolved_in_time),
            ):  # fmt: skip
                assert len(supervisor_page.get(LIST + item[name]).context["lines"]) == number, name
        assert [item["row"].begun for item in page.context["by_person"]] == [2]

    def test_a_period_that_is_none_is_the_last_week(self, supervisor_page, now):
        for query in ("?tu=x", "?tu=2026-05-01&den=2026-04-01", ""):
            page = supervisor_page.get(FIGURES + query)
            assert page.context["last"] == local_date(now)
            assert (page.context["last"] - page.context["first"]).days == 6
