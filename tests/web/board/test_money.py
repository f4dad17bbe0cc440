"""The board of money: figures as they were counted, each opening to its bills, in the reach of who looks."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from motcua.companies.context import using_company
from motcua.companies.roles import Role
from motcua.reports.money import counting
from tests.reports import test_money as ledger
from tests.web import people

BOARD, CASES = "/bang/tien/", "/bang/tien/khoan/"
MONTH = "thang=2018-12"


@pytest.fixture
def counted(company: Any) -> Any:
    ledger.by_cash(ledger.bill(100_000))
    ledger.by_bank(ledger.bill(200_000), channel="MOBILE")
    ledger.by_bank(ledger.bill(300_000, unit="PD0200"), day=11)
    ledger.bill(600_000, due=20)
    counting.count(at=ledger.at(31))


def staff(role: Role, unit: str = "") -> Any:
    return people.browser(people.add_staff(f"nv-{role.lower()}", role, unit=unit))


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


class TestBoard:
    def test_shows_the_figures_of_the_month(self, counted):
        page = text(staff(Role.ACCOUNTANT).get(f"{BOARD}?{MONTH}"))
        assert "66,67" in page  # two of three bills without cash
        assert "83,33" in page  # five of six hundred thousand
        assert "Chưa đến hạn" in page

    @pytest.mark.parametrize("by", ["unit_code", "way", "channel", "month"])
    def test_every_cell_opens_to_its_bills(self, counted, by):
        client = staff(Role.SUPERVISOR)
        page = client.get(f"{BOARD}?{MONTH}&theo={by}").content.decode()
        links = [part.split('"')[0] for part in page.split(f'href="{CASES}')[1:]]
        assert links
        for link in links:
            assert client.get(CASES + link.replace("&amp;", "&")).status_code == 200

    def test_a_way_opens_to_the_bills_paid_so(self, counted):
        page = text(staff(Role.SUPERVISOR).get(f"{CASES}?{MONTH}&chi-tieu=CASHLESS_BILLS&cach=CASH"))
        assert page.count("<tr>") == 2
        assert "110.000" in page

    def test_debt_opens_to_the_open_bills(self, counted):
        client = staff(Role.ACCOUNTANT)
        assert "660.000" in text(client.get(f"{CASES}?no=ABOVE_90"))
        assert "660.000" not in text(client.get(f"{CASES}?no=NOT_DUE"))

    def test_of_ones_own_units_only(self, counted):
        page = text(staff(Role.BUSINESS, unit="PD0200").get(f"{CASES}?{MONTH}&chi-tieu=PAID_VND"))
        assert "330.000" in page
        assert "110.000" not in page

    @pytest.mark.parametrize(
        "typed", ["thang=x", "theo=1&cach=NONE", "ky=khoang&tu=x", "sau=x~y&no=ABOVE_90"]
    )
    def test_what_makes_no_sense_is_told_or_left_aside(self, counted, typed):
        client = staff(Role.SUPERVISOR)
        assert client.get(f"{BOARD}?{typed}").status_code == 200
        assert client.get(f"{CASES}?{typed}").status_code == 200

    def test_as_a_table(self, counted):
        told = (
            staff(Role.DIRECTOR).get(f"{BOARD}so-lieu.csv?{MONTH}&theo=unit_code").content.decode("utf-8-sig")
        )
        assert len(told.splitlines()) == 3

    def test_is_not_for_intake(self, counted):
        assert staff(Role.INTAKE).get(BOARD).status_code == 403


class TestGroup:
    def test_opens_a_companys_bills_by_a_pass(self, counted):
        with using_company("GROUP"):
            client = people.browser(people.add_staff("quan", Role.DIRECTOR), host="localhost")
            page = client.get(f"{BOARD}?{MONTH}").content.decode()
            assert "66,67" in page
            link = "/bang/mo/?" + page.split('href="/bang/mo/?')[1].split('"')[0].replace("&amp;", "&")
            there = client.get(link)["Location"]
        assert parse_qs(urlsplit(link).query)["sang"] == ["tien"]
        visitor = people.browser()
        arrived = visitor.get(f"{urlsplit(there).path}?{urlsplit(there).query}")
        assert arrived["Location"].startswith(CASES)
        assert "110.000" in text(visitor.get(arrived["Location"]))
