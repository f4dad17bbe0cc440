"""Outages on the pages of staff, and what a customer reads of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import to_local
from motcua.outages import operations, plans, queries
from motcua.outages.operations import Place
from tests.web import people

UNIT = "PD0400"
LIST = "/nhan-vien/mat-dien/"


@pytest.fixture
def page(company: Any) -> Any:
    return people.browser(people.add_staff("truc", Role.SUPERVISOR, unit=UNIT))


def incident(**told: Any) -> Any:
    at = clock.now()
    given = {
        "place": "Phố Tây Sơn", "areas": [Place(UNIT, "Đống Đa", street="Tây Sơn")], "cause": "LINE", "began_at": at - timedelta(hours=1),
        "expected_at": at + timedelta(hours=2), "actor": Actor.staff("s", "S", ["SUPERVISOR"], [UNIT]), "at": at, "key": "k",
    } | told  # fmt: skip
    return operations.enter_incident(**given)


def sheet(*rows: str) -> SimpleUploadedFile:
    text = ";".join(plans.TEMPLATE) + "\n" + "\n".join(rows)
    return SimpleUploadedFile("lich.csv", text.encode(), content_type="text/csv")


def row(code: str = "L1", unit: str = UNIT, begins: str = "") -> str:
    day = f"{to_local(clock.now()) + timedelta(days=3):%d/%m/%Y}"
    return f"{code};{unit};Phố Tây Sơn;Đống Đa;;Tây Sơn;{begins or f'{day} 07:30'};{day} 16:00;Thay dây"


class TestIncident:
    def test_is_entered_shown_promised_anew_and_restored(self, page):
        began = f"{to_local(clock.now()) - timedelta(minutes=5):%Y-%m-%dT%H:%M}"
        told = {"unit": UNIT, "place": "Ngõ 12 Tây Sơn", "communes": "Đống Đa; Láng Hạ", "streets": "", "stations": "", "cause": "LINE",
                "began_at": began, "expected_at": "", "key": "abc"}  # fmt: skip
        made = page.post(f"{LIST}ghi/", told)
        assert page.post(f"{LIST}ghi/", told)["Location"] == made["Location"]

        (view,) = queries.list_now(clock.now())
        assert {area.commune_key for area in view.areas} == {"dong da", "lang ha"}
        assert "Ngõ 12 Tây Sơn" in page.get(LIST).content.decode()
        act = f"{LIST}{view.id}/viec/"
        later = f"{to_local(clock.now()) + timedelta(hours=3):%Y-%m-%dT%H:%M}"
        page.post(act, {"viec": "hen-lai", "expected_at": later, "cause": "STORM", "key": "1"})
        shown = page.get(made["Location"]).content.decode()
        assert "Mưa bão, cây đổ" in shown
        page.post(act, {"viec": "co-dien", "key": "2"})
        assert queries.find_outage(view.id, clock.now()).state.state == "RESTORED"
        assert "Ngõ 12 Tây Sơn" in page.get(LIST).content.decode()

    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self, page):
        at = to_local(clock.now())
        told = {"unit": UNIT, "place": "Ngõ 12", "cause": "LINE", "began_at": f"{at:%Y-%m-%dT%H:%M}",
                "expected_at": f"{at - timedelta(hours=1):%Y-%m-%dT%H:%M}"}  # fmt: skip
        answer = page.post(f"{LIST}ghi/", told)

        text = answer.content.decode()
        assert answer.status_code == 422
        assert "Giờ có điện lại phải sau giờ mất điện." in text
        assert 'value="Ngõ 12"' in text
        assert queries.list_now(clock.now()) == []

    def test_of_other_units_is_not_found(self, page):
        id = incident(areas=[Place("PD0200")], actor=Actor.staff("x", "X", ["SUPERVISOR"], ["PD0200"]))

        assert page.get(f"{LIST}{id}/").status_code == 404
        assert page.post(f"{LIST}{id}/viec/", {"viec": "co-dien"}).status_code == 404

    def test_a_second_act_is_told_that_it_is_over(self, page):
        id = incident()
        page.post(f"{LIST}{id}/viec/", {"viec": "huy", "key": "1"})

        answer = page.post(f"{LIST}{id}/viec/", {"viec": "co-dien", "key": "2"})

        assert answer.status_code == 422
        assert "Lần mất điện này đã kết thúc." in answer.content.decode()

    def test_the_past_pages(self, page, monkeypatch):
        from motcua.web.staff import outages

        monkeypatch.setattr(outages, "A_PAGE", 2)
        for number in range(5):
            id = incident(
                key=f"k{number}",
                place=f"Nơi {number}",
                began_at=clock.now() - timedelta(hours=9 - number),
                expected_at=None,
            )
            operations.cancel(
                outage_id=id,
                actor=Actor.staff("s", "S", ["SUPERVISOR"], [UNIT]),
                at=clock.now(),
                key=f"c{number}",
            )

        seen, address = [], LIST
        while address:
            answer = page.get(address)
            seen += [line.view.state.place for line in answer.context["past"]]
            address = answer.context["older"]

        assert seen == [f"Nơi {number}" for number in (4, 3, 2, 1, 0)]


class TestPlans:
    def test_are_looked_at_then_written_once(self, page):
        seen = page.post(f"{LIST}lich/", {"tep": sheet(row()), "viec": "xem"})
        assert "Xem thử, chưa ghi gì" in seen.content.decode()
        assert queries.list_ahead(clock.now()) == []

        for _ in range(2):
            assert page.post(f"{LIST}lich/", {"tep": sheet(row()), "viec": "nhap"})["Location"] == LIST

        assert [view.state.external_code for view in queries.list_ahead(clock.now())] == ["L1"]

    def test_faults_are_told_by_row_and_the_rest_is_written(self, page):
        answer = page.post(
            f"{LIST}lich/",
            {"tep": sheet(row(), row("L2", "PD0900"), row("L3", begins="mai")), "viec": "nhap"},
        )

        assert answer.status_code == 200
        assert [(number, column) for number, column, _said in answer.context["faults"]] == [
            (3, "Đơn vị"),
            (4, "Bắt đầu"),
        ]
        assert [view.state.external_code for view in queries.list_ahead(clock.now())] == ["L1"]

    @pytest.mark.parametrize(
        "file", [None, SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old")]
    )
    def test_what_cannot_be_read_is_refused(self, page, file):
        answer = page.post(f"{LIST}lich/", {"viec": "nhap", **({"tep": file} if file else {})})

        assert answer.status_code == 422

    def test_the_template_can_be_loaded(self, page):
        text = page.get(f"{LIST}lich/mau.csv").content

        given = page.post(f"{LIST}lich/", {"tep": SimpleUploadedFile("mau.csv", text), "viec": "xem"})

        assert given.context["faults"] == []
        assert len(given.context["done"].new) == 1


class TestCustomersPage:
    def test_lists_what_is_out_and_planned(self, hanoi, page):
        incident()
        page.post(f"{LIST}lich/", {"tep": sheet(row()), "viec": "nhap"})

        text = hanoi.get("/mat-dien/").content.decode()

        assert text.count("Phố Tây Sơn") == 2
        assert "Hỏng đường dây" in text

    def test_says_whether_it_is_ones_own_place(self, hanoi):
        incident()

        there = hanoi.get("/mat-dien/", {"noi": "12 phố Tây Sơn, phường Đống Đa"}).content.decode()
        elsewhere = hanoi.get("/mat-dien/", {"noi": "12 phố Láng, phường Láng"}).content.decode()

        assert "Chúng tôi đã biết và đang xử lý." in there
        assert "Chưa thấy sự cố hay lịch cắt điện nào ở đó." in elsewhere

    def test_an_unknown_code_is_answered_like_a_quiet_one(self, hanoi):
        text = hanoi.get("/mat-dien/", {"noi": "PD04000099999"}).content.decode()

        assert "Chưa thấy sự cố hay lịch cắt điện nào ở đó." in text

    def test_takes_the_same_queries_whatever_there_is(self, hanoi, django_assert_max_num_queries):
        for number in range(12):
            incident(key=f"k{number}")
        hanoi.get("/mat-dien/")

        with django_assert_max_num_queries(22):
            hanoi.get("/mat-dien/", {"noi": "12 phố Tây Sơn, phường Đống Đa"})
