"""Queues, targets, labels and rules as they are set on pages, and who may set them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from motcua.companies.roles import Role
from motcua.kernel.local_time import local_date
from motcua.messaging.desk import administering
from motcua.messaging.desk.models import DeskAgent, DeskLabel
from tests.messaging import desk_house as house
from tests.web import people
from tests.web.shown import text_of


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

    def test_is_for_administrators_of_the_whole_company(self, intake_page):
        unit_admin = people.browser(people.add_staff("xa", Role.ADMIN, unit="PD0200"))
        for page in (intake_page, unit_admin):
            assert page.get(self.ADMIN).status_code == 403
            assert page.get(self.ADMIN + "hang/them/").status_code == 403
        assert intake_page.get("/nhan-vien/truc/").status_code == 403

    def test_a_queue_put_out_of_use_leaves_nobody_waiting_in_it(self, now):
        here = house.waiting(now, topic="FAULT")
        queue = house.queue("su-co")

        administering.save_queue(
            queue_id=queue.id, name=queue.name, name_en="", unit_code="", topics=queue.topics, place=1, is_active=False,
            actor=house.admin(), at=now,
        )  # fmt: skip

        assert house.episode(here.id).queue.is_general
