"""The board's pages as a reader without JavaScript meets them."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from motcua.companies.context import using_company
from motcua.companies.models import Company, Unit
from motcua.companies.roles import Role
from motcua.reports import operations as report_ops
from motcua.reports.models import MonthClose, Target
from motcua.requests import operations as request_ops
from motcua.requests.models import Request
from tests.reports.conftest import STAFF
from tests.web import people
from tests.web.board.conftest import DECEMBER, count_all

THIN = "\N{NARROW NO-BREAK SPACE}"


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def figure(response, name: str) -> str:
    """What the card of this name says."""
    page = response.content.decode()
    card = next(part for part in page.split('<div class="figure')[1:] if f'figure-name">{name}<' in part)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", card.split("<details>")[0]))


class TestBoard:
    def test_tells_each_figure_with_its_meaning(self, counted, sign_in):
        page = sign_in(Role.SUPERVISOR).get("/bang/?thang=2026-11")

        assert "3 yêu cầu" in figure(page, "Yêu cầu tiếp nhận")
        assert "66,7 %" in figure(page, "Tiếp nhận gián tiếp")
        assert "50,0 %" in figure(page, "Trực tuyến toàn trình (cấp độ 4)")
        for word in ("Tử số", "Mẫu số", "Kỳ tính theo", "Nguồn", "Quy tắc", "Nghị định 42/2022/NĐ-CP"):
            assert word in text_of(page)

    def test_any_days_are_a_window(self, counted, sign_in):
        client = sign_in(Role.SUPERVISOR)

        assert "1 yêu cầu" in figure(
            client.get("/bang/?ky=khoang&tu=2026-11-17&den=2026-11-17"), "Yêu cầu tiếp nhận"
        )
        assert "3 yêu cầu" in figure(
            client.get("/bang/?ky=khoang&tu=2026-11-16&den=2026-11-18"), "Yêu cầu tiếp nhận"
        )

    @pytest.mark.parametrize(
        ("query", "field"),
        [("tu=2026-11-17&den=2026-11-02", "den"), ("tu=x&den=2026-11-02", "tu"), ("", "tu")],
    )
    def test_wrong_days_are_told_beside_their_field_and_kept(self, counted, sign_in, query, field):
        page = sign_in(Role.SUPERVISOR).get(f"/bang/?ky=khoang&{query}")

        assert page.status_code == 200
        assert f'href="#id_{field}"' in page.content.decode()
        if "2026-11-02" in query:
            assert 'value="2026-11-02"' in page.content.decode()

    def test_is_filtered_by_each_dimension(self, counted, sign_in):
        client = sign_in(Role.DIRECTOR)
        for query, wanted in (
            ("channel=ZALO", "1 yêu cầu"),
            ("unit_code=PD0100", "2 yêu cầu"),
            ("reception=DIRECT", "1 yêu cầu"),
            ("service_code=INFO", "3 yêu cầu"),
        ):
            assert wanted in figure(client.get(f"/bang/?thang=2026-11&{query}"), "Yêu cầu tiếp nhận")

    @pytest.mark.parametrize(
        "by", ["reception", "channel", "service_code", "unit_code", "province_code", "month", "nonsense"]
    )
    def test_goes_line_by_line_through_any_dimension(self, counted, sign_in, by):
        assert (
            sign_in(Role.SUPERVISOR)
            .get(f"/bang/?ky=nam&thang=2026-11&theo={by}&chi-tieu=INDIRECT")
            .status_code
            == 200
        )

    def test_says_so_when_nothing_happened(self, company, december, sign_in):
        assert "Chưa có yêu cầu nào trong kỳ này" in text_of(
            sign_in(Role.SUPERVISOR).get("/bang/?thang=2025-01")
        )

    def test_compares_with_what_was_before(self, counted, sign_in, at):
        page = sign_in(Role.SUPERVISOR).get("/bang/?ky=khoang&tu=2026-11-17&den=2026-11-17")

        assert "so với 1 ngày trước đó" in figure(page, "Tiếp nhận gián tiếp")
        assert "100,0" in figure(page, "Tiếp nhận gián tiếp")

    def test_thousands_stand_apart_by_a_thin_space(self, counted, sign_in):
        from motcua.web.templatetags.board_tags import board_number

        assert board_number(9_600_000) == f"9{THIN}600{THIN}000"

    def test_needs_few_queries_whatever_the_lines(self, counted, sign_in, django_assert_max_num_queries):
        client = sign_in(Role.SUPERVISOR)
        client.get("/bang/")
        with django_assert_max_num_queries(45):
            client.get("/bang/?ky=nam&thang=2026-11&theo=channel")

    def test_a_trend_has_a_table(self, counted, sign_in):
        page = sign_in(Role.SUPERVISOR).get("/bang/?thang=2026-11&chi-tieu=RECEIVED").content.decode()

        assert "trend-line" in page
        assert page.count('<th scope="row">') > 12
        assert "style=" not in page

    def test_opens_to_its_cases(self, counted, sign_in):
        page = sign_in(Role.SUPERVISOR).get(
            "/bang/ho-so/?ky=khoang&tu=2026-11-17&den=2026-11-17&chi-tieu=RECEIVED"
        )

        assert counted[1].number in text_of(page)
        assert counted[0].number not in text_of(page)

    def test_cases_go_on_page_by_page(self, counted, sign_in, monkeypatch):
        from motcua.web.board import views

        monkeypatch.setattr(views, "CASES_A_PAGE", 1)
        client, seen = sign_in(Role.SUPERVISOR), []
        for figure, wanted in (("RECEIVED", 3), ("ON_TIME", 2)):
            address, found = f"/bang/ho-so/?thang=2026-11&chi-tieu={figure}", []
            for _page in range(wanted):
                page = client.get(address)
                found += [receipt.number for receipt in counted if receipt.number in text_of(page)]
                address = "/bang/ho-so/" + re.search(r'href="(\?[^"]*sau=[^"]*)"', page.content.decode())[
                    1
                ].replace("&amp;", "&")
            seen.append(found)
            assert "Không có hồ sơ nào" in text_of(client.get(address))

        assert [sorted(set(found)) for found in seen] == [
            sorted(r.number for r in counted),
            sorted(r.number for r in counted[:2]),
        ]

    def test_a_broken_place_in_the_list_begins_anew(self, counted, sign_in):
        client = sign_in(Role.SUPERVISOR)
        for place in (
            "x~y",
            "2026~",
            "~",
            "2026-11-17T02:00:00+00:00~nothing",
            "2026-99-99T00:00:00~" + "0" * 32,
        ):
            assert client.get("/bang/ho-so/", {"thang": "2026-11", "sau": place}).status_code == 200


class TestTargets:
    SENT = {
        "figure": "INDIRECT",
        "unit_code": "",
        "starts": "2026-01-01",
        "last": "2026-12-31",
        "value": "80,5",
        "reach_by": "2026-12-01",
    }

    def test_is_set_and_shown_beside_its_figure_with_who_set_it(self, counted, sign_in):
        client = sign_in(Role.SUPERVISOR)
        assert client.post("/bang/muc-tieu/", self.SENT).status_code == 302

        assert "Chưa đạt mục tiêu 80,5" in figure(client.get("/bang/?thang=2026-11"), "Tiếp nhận gián tiếp")
        assert "Supervisor" in figure(client.get("/bang/?thang=2026-11"), "Tiếp nhận gián tiếp")
        page = text_of(client.get("/bang/muc-tieu/"))
        assert "quá hạn 2 ngày" in page
        assert "66,7" in page

    def test_wrong_values_stay_in_their_fields(self, counted, sign_in):
        page = sign_in(Role.SUPERVISOR).post("/bang/muc-tieu/", {**self.SENT, "value": "180"})

        assert page.status_code == 422
        assert 'value="180"' in page.content.decode()
        assert "Mức phải từ 0 đến 100." in text_of(page)
        assert Target.objects.count() == 0

    def test_is_withdrawn(self, counted, sign_in):
        client = sign_in(Role.DIRECTOR)
        client.post("/bang/muc-tieu/", self.SENT)
        assert client.post(f"/bang/muc-tieu/{Target.objects.get().id}/rut/").status_code == 302

        assert "Chưa có mục tiêu nào" in text_of(client.get("/bang/muc-tieu/"))


class TestClosing:
    def test_freezes_the_month_and_tells_what_moved_it(self, counted, sign_in):
        client = sign_in(Role.SUPERVISOR)
        assert client.post("/bang/chot/", {"thang": "2026-11", "reason": ""}).status_code == 302
        assert "Như đã công bố" in figure(client.get("/bang/?thang=2026-11"), "Yêu cầu giải quyết xong")

        request_ops.reopen(
            request_id=counted[0].request_id, reason="Xem lại", actor=STAFF, at=DECEMBER, key="r"
        )
        count_all(DECEMBER)

        assert "Đã công bố 2, nay khác" in figure(
            client.get("/bang/?thang=2026-11"), "Yêu cầu giải quyết xong"
        )
        page = text_of(client.get("/bang/chot/?thang=2026-11"))
        assert counted[0].number in page
        assert "mở lại" in page

    def test_a_second_time_asks_why(self, counted, sign_in):
        client = sign_in(Role.SUPERVISOR)
        client.post("/bang/chot/", {"thang": "2026-11"})
        request_ops.reopen(
            request_id=counted[0].request_id, reason="Xem lại", actor=STAFF, at=DECEMBER, key="r"
        )
        count_all(DECEMBER)

        page = client.post("/bang/chot/", {"thang": "2026-11"})
        assert page.status_code == 422
        assert 'href="#id_reason"' in page.content.decode()
        assert (
            client.post("/bang/chot/", {"thang": "2026-11", "reason": "Mở lại một yêu cầu"}).status_code
            == 302
        )
        assert MonthClose.objects.count() == 2

    def test_a_month_that_goes_on_is_not_closed(self, counted, sign_in):
        page = sign_in(Role.SUPERVISOR).post("/bang/chot/", {"thang": "2026-12"})

        assert page.status_code == 422
        assert "chưa kết thúc" in text_of(page)


class TestExports:
    def test_csv_says_the_sums_beside_the_figures(self, counted, sign_in):
        sent = sign_in(Role.SUPERVISOR).get("/bang/so-lieu.csv?thang=2026-11&theo=reception")
        rows = list(csv.DictReader(StringIO(sent.content.decode("utf-8-sig"))))

        assert {(r["name"], r["received"], r["RECEIVED"]) for r in rows} == {
            ("Gián tiếp", "2", "2.0"),
            ("Trực tiếp", "1", "1.0"),
        }

    def test_excel_says_what_the_figures_mean_and_what_was_chosen(self, counted, sign_in):
        sent = sign_in(Role.SUPERVISOR).get("/bang/so-lieu.xlsx?thang=2026-11&theo=channel")
        lines, meanings, chosen = load_workbook(BytesIO(sent.content)).worksheets

        heads = [cell.value for cell in lines[1]]
        assert heads[:3] == ["Mã", "Kênh", "Yêu cầu tiếp nhận (yêu cầu)"]
        assert {(row[1].value, row[2].value) for row in lines.iter_rows(min_row=2)} == {
            ("Zalo", 1),
            ("Quầy giao dịch", 1),
            ("Trang web", 1),
        }
        assert any("Nghị định" in str(row[8].value) for row in meanings.iter_rows(min_row=2))
        assert ["Kỳ", "tháng 11/2026"] in [[cell.value for cell in row] for row in chosen.iter_rows()]

    def test_no_name_becomes_a_formula(self, counted, sign_in):
        Unit.objects.filter(code="PD0400").update(name="=1+1")
        client = sign_in(Role.SUPERVISOR)

        book = load_workbook(BytesIO(client.get("/bang/so-lieu.xlsx?thang=2026-11&theo=unit_code").content))
        assert "=1+1" in {
            cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.data_type != "f"
        }
        assert ",'=1+1," in client.get("/bang/so-lieu.csv?thang=2026-11&theo=unit_code").content.decode()


class TestScreen:
    def test_loads_itself_anew_until_told_not_to(self, counted, sign_in):
        client = sign_in(Role.SUPERVISOR)

        moving, still = (
            client.get("/bang/man-hinh-lon/?thang=2026-11"),
            client.get("/bang/man-hinh-lon/?thang=2026-11&dung=1"),
        )
        assert moving.headers["Refresh"] == "60"
        assert "Refresh" not in still.headers
        assert "66,7 %" in figure(moving, "Tiếp nhận gián tiếp")


class TestGroup:
    def test_shows_the_companies_side_by_side_and_sets_targets_for_them(self, counted, december):
        with using_company("GROUP"):
            quan = people.browser(people.add_staff("quan", Role.DIRECTOR), host="localhost")
            sent = {
                "figure": "INDIRECT",
                "company_code": "HANOI",
                "starts": "2026-01-01",
                "last": "2026-12-31",
                "value": "50",
            }
            assert quan.post("/bang/muc-tieu/", sent).status_code == 302
            page = quan.get("/bang/?thang=2026-11")

        assert "Các tổng công ty cạnh nhau" in text_of(page)
        assert "66,7" in text_of(page)
        for company in Company.objects.filter(kind="POWER"):
            assert company.brand in text_of(page)
        assert "đạt mục tiêu" in page.content.decode()

    def test_names_the_units_of_the_company_it_chose_and_none_without_one(self, counted, december):
        with using_company("GROUP"):
            quan = people.browser(people.add_staff("quan", Role.DIRECTOR), host="localhost")
            chosen = quan.get("/bang/?thang=2026-11&company_code=HANOI&theo=unit_code")
            assert quan.get("/bang/?thang=2026-11&company_code=NONE&theo=unit_code").status_code == 200

        assert Unit.objects.get(code="PD0400").name in text_of(chosen)

    def test_sees_who_has_closed_what(self, counted, december):
        report_ops.close_month(
            month=DECEMBER.date().replace(month=11, day=1), reason="", actor=STAFF, at=DECEMBER
        )
        with using_company("GROUP"):
            quan = people.browser(people.add_staff("quan", Role.DIRECTOR), host="localhost")
            page = text_of(quan.get("/bang/chot/"))
            assert quan.post("/bang/chot/", {"thang": "2026-11"}).status_code in {200, 403, 405}

        assert page.count("đã chốt") == 1
        assert MonthClose.objects.count() == 1


class TestOfAUnit:
    """Somebody of one unit sees the company's figures, and the cases and decisions of their own unit alone."""

    @pytest.fixture
    def page_of(self, counted):
        def make(unit):
            return people.browser(people.add_staff(f"tu-{unit.lower()}", Role.SUPERVISOR, unit=unit))

        return make

    def test_sees_the_cases_of_the_unit(self, counted, page_of):
        address = "/bang/ho-so/?chi-tieu=RECEIVED&thang=2026-11"
        numbers = {
            unit: set(re.findall(r"HN26-\d{6}-\w", text_of(page_of(unit).get(address))))
            for unit in ("PD0000", "PD0400", "PD0200")
        }
        of_unit = {r.number for r in Request.objects.filter(unit_code="PD0400")}

        assert numbers["PD0400"] == of_unit != set()
        assert numbers["PD0200"] == set()
        assert len(numbers["PD0000"]) == 3

    def test_decides_for_the_unit_alone(self, page_of):
        page = page_of("PD0400")
        told = {"figure": "ON_TIME", "starts": "01/12/2026", "last": "31/12/2026", "value": "95"}

        assert page.post("/bang/chot/", {"thang": "2026-11"}).status_code == 403
        assert "Chốt và công bố" not in text_of(page.get("/bang/chot/?thang=2026-11"))
        assert page.post("/bang/muc-tieu/", told).status_code == 422
        assert page.post("/bang/muc-tieu/", {**told, "unit_code": "PD0100"}).status_code == 422
        assert page.post("/bang/muc-tieu/", {**told, "unit_code": "PD0400"}).status_code == 302
        assert [row.unit_code for row in Target.objects.all()] == ["PD0400"]
        assert MonthClose.objects.count() == 0
