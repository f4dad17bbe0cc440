"""The books on the page, as CSV and on paper; closing and opening again; whose they are."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.ledger import closing, registry
from motcua.ledger import operations as ledger_ops
from motcua.ledger.models import AccountMapping, LedgerTransaction, Period
from motcua.payments import day_checks
from motcua.web.money import periods
from tests.web import people

pytestmark = pytest.mark.usefixtures("company")
BOOKS = "/tien/so-sach/"
SLUGS = ("can-doi", "nhat-ky", "so-cai", "thu-theo-kenh", "chenh-lech", "dat-coc", "lai-cham-tra", "thue")


@pytest.fixture(autouse=True)
def _nobody_else_looks(monkeypatch):
    monkeypatch.setattr(registry, "_day_looks", [])


@pytest.fixture
def accountant(company):
    return people.browser(people.add_staff("ketoan-1", Role.ACCOUNTANT))


@pytest.fixture
def charge(company):
    """A bill raised and paid in cash three days ago."""
    at = clock.now() - timedelta(days=3)
    made = ledger_ops.raise_charge(
        kind="TD", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code="PD0100",
        account_code="PD01000000001", actor=Actor.system("test"), at=at, key="bill",
    )  # fmt: skip
    ledger_ops.settle_charge(
        charge_id=made.id, amount_vnd=made.total_vnd, clearing_account="111", reference="r", actor=Actor.system("test"),
        at=at, key="paid",
    )  # fmt: skip
    return made


def days():
    day = local_date(clock.now() - timedelta(days=3))
    return {"tu": day.isoformat(), "den": day.isoformat()}


def text(answer):
    return " ".join(answer.content.decode().split())


def rows_of(page):
    return re.findall(r"<tbody>.*?</tfoot>", page, re.DOTALL)[0]


class TestReports:
    @pytest.mark.parametrize("slug", SLUGS)
    def test_each_opens_as_page_csv_and_paper(self, accountant, charge, slug):
        page = accountant.get(f"{BOOKS}{slug}/", days())
        told = accountant.get(f"{BOOKS}{slug}/", days() | {"dang": "csv"})
        paper = accountant.get(f"{BOOKS}{slug}/", days() | {"dang": "pdf"})

        assert page.status_code == told.status_code == paper.status_code == 200
        assert len(list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))) >= 1
        assert paper.content.startswith(b"%PDF")

    def test_the_trial_balance_says_the_same_three_times(self, accountant, charge):
        page = text(accountant.get(f"{BOOKS}can-doi/", days()))
        lines = list(
            csv.reader(
                io.StringIO(
                    accountant.get(f"{BOOKS}can-doi/", days() | {"dang": "csv"}).content.decode("utf-8-sig")
                )
            )
        )
        pdf = PdfReader(BytesIO(accountant.get(f"{BOOKS}can-doi/", days() | {"dang": "pdf"}).content))

        assert "105.840" in page
        assert lines[1][0] == "111"
        assert [int(value) for value in lines[-1][2:]] == [0, 0, 211_680, 211_680, 105_840, 105_840]
        assert "211.680" in "".join(sheet.extract_text() for sheet in pdf.pages)

    def test_a_figure_opens_to_its_bookings_and_a_booking_to_its_charge(self, accountant, charge):
        page = text(accountant.get(f"{BOOKS}can-doi/", days()))
        assert f"{BOOKS}so-cai/?tk=131-TD" in page
        ledger = text(accountant.get(f"{BOOKS}so-cai/", days() | {"tk": "131-TD"}))
        booking = LedgerTransaction.objects.get(key="paid")
        assert f"{BOOKS}but-toan/{booking.id}/" in ledger
        opened = text(accountant.get(f"{BOOKS}but-toan/{booking.id}/"))
        assert charge.payment_code in opened
        assert "PD01000000001" in opened

    def test_accounts_of_a_kind_of_charge_are_called_by_its_name(self, accountant, charge):
        page = text(accountant.get(f"{BOOKS}can-doi/", days()))
        assert ("Phải thu: Tiền điện" in page, "Doanh thu: Tiền điện" in page, "Phải thu TD" in page) == (
            True, True, False,
        )  # fmt: skip
        assert "131-TD Phải thu: Tiền điện</option>" in text(accountant.get(f"{BOOKS}so-cai/"))
        assert "Phải thu: Tiền điện" in text(accountant.get(f"{BOOKS}tai-khoan/"))

    def test_the_day_book_asks_for_one_day_and_opens_at_the_newest_booked_one(self, accountant, charge):
        page = accountant.get(f"{BOOKS}nhat-ky/").content.decode()
        assert ('name="tu"' in page, f'name="den" value="{days()["den"]}"' in page) == (False, True)
        assert "Ghi phải thu" in rows_of(page)
        empty = text(accountant.get(f"{BOOKS}nhat-ky/", {"den": local_date(clock.now()).isoformat()}))
        assert "Không có gì trong ngày này" in empty

    def test_the_tax_equals_its_account(self, accountant, charge):
        page = text(accountant.get(f"{BOOKS}thue/", days()))
        assert "7.840" in page
        assert "không bằng" not in page

    def test_long_ones_come_in_pages(self, accountant, charge, monkeypatch):
        monkeypatch.setattr("motcua.web.money.book_sheets.PAGE", 1)
        first = text(accountant.get(f"{BOOKS}nhat-ky/", days()))
        number = LedgerTransaction.objects.get(key="bill").number
        assert f"sau={number}" in first
        second = text(accountant.get(f"{BOOKS}nhat-ky/", days() | {"sau": number}))
        assert "Thu tiền" in second
        assert "Trang tiếp" not in second

    def test_a_long_account_too(self, accountant, charge, monkeypatch):
        monkeypatch.setattr("motcua.web.money.book_sheets.PAGE", 1)
        first = accountant.get(f"{BOOKS}so-cai/", days() | {"tk": "131-TD"}).content.decode()
        [onward] = re.findall(r'href="([^"]*sau=[^"]*)"', first)
        second = text(accountant.get(f"{BOOKS}so-cai/{html.unescape(onward)}"))

        assert ("Ghi phải thu" in first, "Thu tiền" in first) == (True, False)
        assert ("Ghi phải thu" in second, "Thu tiền" in second, "Trang tiếp" in second) == (
            False,
            True,
            False,
        )

    @pytest.mark.parametrize("after", ["x", "-1", "9" * 30, f"2026-11-16~{'9' * 30}", "0001-01-01~0"])
    @pytest.mark.parametrize("slug", ["nhat-ky", "so-cai"])
    def test_an_address_nobody_wrote_is_the_first_page(self, accountant, charge, slug, after):
        asked = days() | {"tk": "131-TD"}
        first, other = (
            accountant.get(f"{BOOKS}{slug}/", asked | more).content.decode() for more in ({}, {"sau": after})
        )
        assert "Ghi phải thu" in rows_of(first)
        assert rows_of(other) == rows_of(first)


class TestExport:
    def test_comes_under_the_companys_numbers(self, accountant, charge):
        saved = accountant.post(f"{BOOKS}tai-khoan/", {"ma-131-TD": "1311", "ma-111": "1111"})
        assert saved.status_code == 302
        answer = accountant.get(f"{BOOKS}xuat/", days())
        lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

        assert lines[0][:2] == ["date", "number"]
        assert [(line[4], line[5], line[6]) for line in lines[1:]] == [
            ("1311", "511-TD", "98000"), ("1311", "33311", "7840"), ("1111", "1311", "105840"),
        ]  # fmt: skip

    def test_odd_numbers_are_told_beside_their_fields_and_nothing_is_saved(self, accountant):
        accountant.post(f"{BOOKS}tai-khoan/", {"ma-131-TD": "1310"})
        page = accountant.post(
            f"{BOOKS}tai-khoan/", {"ma-111": "=1+1", "ma-131-TD": "1311", "ma-511-TD": "a b"}
        )

        body = page.content.decode()
        assert (page.status_code, body.count('class="error"')) == (409, 2)
        for account, typed in (("111", "=1+1"), ("511-TD", "a b")):
            assert (
                f'name="ma-{account}" value="{typed}" maxlength="24" autocomplete="off" aria-invalid="true"'
                in body
            )
            assert f'id="e-{account}"' in body
        assert 'name="ma-131-TD" value="1311"' in body
        assert list(AccountMapping.objects.values_list("account_id", "own_code")) == [("131-TD", "1310")]

    def test_what_is_not_on_the_form_stays_and_what_is_emptied_goes(self, accountant):
        accountant.post(f"{BOOKS}tai-khoan/", {"ma-131-TD": "1311", "ma-111": "1111"})
        accountant.post(f"{BOOKS}tai-khoan/", {"ma-111": ""})

        assert list(AccountMapping.objects.values_list("account_id", "own_code")) == [("131-TD", "1311")]

    def test_a_rate_of_interest_needs_its_source(self, accountant):
        given = {"viec": "lai", "from": "2026-01-01", "percent": "10,5", "source": ""}
        refused = accountant.post(f"{BOOKS}tai-khoan/", given)
        assert (refused.status_code, 'value="10,5"' in refused.content.decode()) == (409, True)
        assert accountant.post(f"{BOOKS}tai-khoan/", given | {"source": "HĐ mẫu"}).status_code == 302
        assert "HĐ mẫu" in text(accountant.get(f"{BOOKS}tai-khoan/"))


class TestClosing:
    def test_a_day_is_closed_and_opened_by_two(self, accountant, charge):
        day = days()["tu"]
        assert f"{BOOKS}khoa/{day}/" in text(accountant.get(BOOKS))
        assert "105.840" in text(accountant.get(f"{BOOKS}khoa/{day}/")) or "211.680" in text(
            accountant.get(f"{BOOKS}khoa/{day}/")
        )

        assert accountant.post(f"{BOOKS}khoa/{day}/").status_code == 302
        period = closing.find_closed_day(local_date(clock.now() - timedelta(days=3)))
        address = f"{BOOKS}ky/{period.id}/"
        assert accountant.post(address, {"viec": "de-nghi", "reason": "  "}).status_code == 409
        accountant.post(address, {"viec": "de-nghi", "reason": "ghi nhầm"})
        assert accountant.post(address, {"viec": "duyet"}).status_code == 409
        assert "ghi nhầm" in text(accountant.get(BOOKS))

        other = people.browser(people.add_staff("giamsat-1", Role.SUPERVISOR))
        assert other.post(address, {"viec": "duyet"}).status_code == 302
        assert not closing.find_period(period.id).is_closed
        record = text(accountant.get(address))
        assert "Tổng phát sinh nợ bằng tổng phát sinh có: Đạt · 211.680 / 211.680" in record
        for title, name in (
            ("Người khóa", "Ketoan-1"),
            ("Người đề nghị", "Ketoan-1"),
            ("Người duyệt", "Giamsat-1"),
        ):
            assert f"<dt>{title}</dt><dd>{name}, " in record

    def test_every_check_of_the_day_has_its_title_in_the_record(self, charge, monkeypatch):
        monkeypatch.setattr(registry, "_day_looks", [day_checks.look])
        found = closing.check_day(local_date(clock.now()), clock.now())
        assert {check.code: check.title for check in found} == periods.CHECKS

    def test_a_month_that_is_open_again_says_that_its_days_are_not(self, accountant, charge):
        accountant.post(f"{BOOKS}khoa/", {"thang": "2020-01"})
        address = f"{BOOKS}ky/{Period.objects.get().id}/"
        accountant.post(address, {"viec": "de-nghi", "reason": "ghi nhầm"})
        people.browser(people.add_staff("giamsat-1", Role.SUPERVISOR)).post(address, {"viec": "duyet"})

        assert "Các ngày trong tháng vẫn khóa" in text(accountant.get(address))

    def test_what_needs_a_word_is_asked_beside_it(self, accountant, charge):
        registry.on_day_check(lambda _day, _at: [registry.DayCheck("TREO", "Tiền treo", False, False, "3")])
        address = f"{BOOKS}khoa/{days()['tu']}/"

        refused = accountant.post(address, {"ly-do-TREO": ""})
        assert refused.status_code == 409
        assert 'id="e-TREO"' in refused.content.decode()
        assert accountant.post(address, {"ly-do-TREO": "chờ khách"}).status_code == 302

    def test_a_month_with_an_open_day_is_refused(self, accountant, charge):
        answer = accountant.post(f"{BOOKS}khoa/", {"thang": "2020-01"})
        assert answer.status_code == 302
        assert accountant.post(f"{BOOKS}khoa/", {"thang": "2099-01"}).status_code == 409


class TestWhose:
    def test_an_accountant_of_a_unit_does_not_open_the_companys_books(self, charge):
        of_unit = people.browser(people.add_staff("ketoan-dv", Role.ACCOUNTANT, unit="PD0100"))
        assert of_unit.get(BOOKS).status_code == 403
        assert of_unit.get(f"{BOOKS}can-doi/").status_code == 403
