"""The crew's lists and the page of a visit: whose it is, what it tells, what could not be sent yet."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from motcua.documents.models import DocumentAccess, Signature
from motcua.fieldwork import contracts
from motcua.fieldwork.models import Visit
from tests.documents.test_packs import text_of
from tests.web import people
from tests.web.field.at_the_door import TYPED, html, open_visit, open_visit_status, url
from tests.web.field.conftest import UNIT


class TestLists:
    def test_tomorrow_shows_the_crews_visits_and_prints_their_packs(
        self, crew_page: Any, to_sign: Any
    ) -> None:
        view, visit = to_sign()

        page = crew_page.get(reverse("field:tomorrow"))
        printed = crew_page.get(f"{reverse('field:print')}?ngay={visit.date.isoformat()}")

        assert view.number in html(page)
        assert "Nguyễn Thị Hoa" in html(page)
        assert printed["Content-Type"] == "application/pdf"
        text = text_of(printed.content)
        assert text.count("HỢP ĐỒNG MUA BÁN ĐIỆN") == 2
        assert contracts.spaced_code(visit.code) in text

    def test_today_is_empty_and_says_so(self, crew_page: Any) -> None:
        assert "Chưa có lịch hẹn nào" in html(crew_page.get(reverse("field:today")))

    def test_what_was_left_yesterday_stands_on_top(self, crew_page: Any, to_sign: Any) -> None:
        from datetime import timedelta

        _, visit = to_sign()
        Visit.objects.filter(id=visit.id).update(date=visit.date - timedelta(days=9))

        assert "Còn lại từ hôm trước" in html(crew_page.get(reverse("field:today")))

    def test_a_supervisor_sees_the_whole_unit(self, supervisor_page: Any, to_sign: Any) -> None:
        view, _ = to_sign()

        assert view.number in html(supervisor_page.get(reverse("field:tomorrow")))

    def test_cost_the_same_queries_for_one_and_for_many(
        self, crew_page: Any, to_sign: Any, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(5):
            to_sign(place={"text": f"Số {number + 1} ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        with django_assert_max_num_queries(25):
            crew_page.get(reverse("field:tomorrow"))


class TestVisit:
    def test_tells_where_to_whom_with_which_papers(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign(
            place={
                "text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội",
                "lat": "21.0105",
                "lon": "105.8235",
            }
        )

        page = html(crew_page.get(url("visit", visit)))

        for words in (
            "Số 12 ngõ 34 phố Tây Sơn", "geo:21.0105", 'href="tel:', contracts.spaced_code(visit.code), "Lên đường",
            url("contract", visit), url("checklist", visit), "Căn cước",
        ):  # fmt: skip
            assert words in page
        assert "Đã ký hợp đồng" not in page  # first they set out

    def test_sets_out_once(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()

        for _ in range(2):
            assert crew_page.post(url("start", visit)).status_code == 302

        assert open_visit_status(visit) == "ON_THE_WAY"
        assert "Đã ký hợp đồng" in html(crew_page.get(url("visit", visit)))

    @pytest.mark.parametrize("name", ["visit", "papers", "sign", "contract", "checklist"])
    def test_is_nobody_elses(self, name: str, stranger_page: Any, to_sign: Any, company: Any) -> None:
        _, visit = to_sign()
        desk = people.browser(people.add_staff("clerk", people.Role.BUSINESS, unit=UNIT))

        assert stranger_page.get(url(name, visit)).status_code == 404
        assert desk.get(url(name, visit)).status_code == 403
        assert people.browser().get(url(name, visit)).status_code == 302

    def test_a_stranger_can_do_nothing(self, stranger_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()

        assert stranger_page.post(url("start", visit)).status_code == 404
        assert stranger_page.post(url("act", visit, "nobody_home"), {"key": "k"}).status_code == 404
        assert stranger_page.post(url("sign", visit), TYPED).status_code == 404
        assert (open_visit(view).status, Signature.objects.count()) == ("ASSIGNED", 0)

    def test_opening_the_contract_is_written_down(
        self, crew_page: Any, crew_people: Any, to_sign: Any
    ) -> None:
        view, visit = to_sign()

        answer = crew_page.get(url("contract", visit))

        assert "HỢP ĐỒNG MUA BÁN ĐIỆN" in text_of(answer.content)
        access = DocumentAccess.objects.get(document_id=contracts.find_contract(view.id).id)
        assert access.actor == f"staff:{crew_people[0].id}"

    def test_checklist_is_a_pdf_of_this_visit(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()

        text = text_of(crew_page.get(url("checklist", visit)).content)

        for words in (view.number, "PHIẾU CÔNG TÁC", "Nguyễn Thị Hoa", "0901 234 567", "Hung", "Vinh"):
            assert words in text


class TestPending:
    def test_is_for_crews_and_stands_in_their_menu(self, crew_page: Any, company: Any) -> None:
        from motcua.companies.roles import Role

        assert "Chờ gửi" in html(crew_page.get(reverse("field:pending")))
        assert f'href="{reverse("field:pending")}"' in html(crew_page.get(reverse("field:today")))
        clerk = people.browser(people.add_staff("thu-ky", Role.DESK_CLERK))
        assert clerk.get(reverse("field:pending")).status_code == 403
        assert people.browser().get(reverse("field:pending")).status_code == 302
