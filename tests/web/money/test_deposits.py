"""Deposits and interest on the accountant's pages: asked for, given back by two, booked; the same as the books."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.ledger import books
from motcua.ledger import operations as ledger_ops
from motcua.ledger.models import Charge, DepositReturn
from motcua.supply import queries as supply_queries
from tests.billing.billed_house import House
from tests.web import people

pytestmark = pytest.mark.usefixtures("company")
LIST, LATE, SYSTEM = "/tien/dat-coc/", "/tien/lai-cham-tra/", Actor.system("test")


@pytest.fixture
def accountant(company):
    return people.browser(people.add_staff("ketoan-1", Role.ACCOUNTANT))


@pytest.fixture
def second(company):
    return people.browser(people.add_staff("ketoan-2", Role.ACCOUNTANT))


@pytest.fixture
def contract(company):
    home = House(clock.now(), uuid4())
    return supply_queries.get_contract(home.contract(home.person("Nguyễn Thị Hoa", "0901000012")))


@pytest.fixture
def held(contract):
    return laid_down(contract, 500_000)


def laid_down(contract, amount):
    now = clock.now()
    made = ledger_ops.raise_deposit(
        customer_id=contract.customer_id, account_code=contract.account_code, unit_code=contract.unit_code, amount_vnd=amount,
        due_at=now + timedelta(days=3), reason="thi công", actor=SYSTEM, at=now, key=str(uuid4()),
    )  # fmt: skip
    ledger_ops.settle_charge(
        charge_id=made.id, amount_vnd=amount, clearing_account="111", reference="x", actor=SYSTEM, at=now, key=str(uuid4())
    )  # fmt: skip
    return made


def text(answer):
    return " ".join(answer.content.decode().split())


def rows(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


class TestAsking:
    def form(self, contract, **changes):
        day = local_date(clock.now()) + timedelta(days=10)
        return {
            "account_code": contract.account_code, "amount": "900.000", "due": day.isoformat(), "reason": "Cấp điện thi công",
            "key": "0193a000-0000-7000-8000-000000000001",
        } | changes  # fmt: skip

    def test_stands_among_what_the_customer_owes_once(self, accountant, contract):
        for _time in range(2):
            answer = accountant.post(f"{LIST}them/", self.form(contract))
        charge = Charge.objects.get(kind="DC")

        assert answer.headers["Location"] == f"{LIST}{charge.id}/"
        assert (charge.total_vnd, charge.vat_vnd, charge.customer_id) == (900_000, 0, contract.customer_id)
        page = text(accountant.get(f"{LIST}?xem=cho-nop"))
        assert charge.payment_code in page
        assert "Nguyễn Thị Hoa" in page

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"account_code": "PD01000000999"}, "Không có mã khách hàng này"),
            ({"amount": "0"}, "Số tiền phải là số đồng nguyên"),
            ({"amount": "12,5"}, "Số tiền phải là số đồng nguyên"),
            ({"due": "2020-01-01"}, "Hạn nộp phải từ hôm nay"),
            ({"reason": ""}, "#id_reason"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong_and_keeps_the_rest(
        self, accountant, contract, changes, said
    ):
        answer = accountant.post(f"{LIST}them/", self.form(contract, **changes))

        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert Charge.objects.filter(kind="DC").count() == 0


class TestGivingBack:
    def test_takes_two_and_opens_to_its_booking(self, accountant, second, held):
        page = f"{LIST}{held.id}/"
        asked = accountant.post(f"{page}viec", {"viec": "de-nghi", "so_tien": "120.000", "ly_do": "Hết việc"})
        assert asked.status_code == 302
        row = DepositReturn.objects.get()
        own = accountant.post(f"{page}viec", {"viec": "duyet", "de_nghi": row.id})
        assert own.status_code == 409
        assert "cần người thứ hai" in own.content.decode()
        assert "cần một người khác duyệt" in text(accountant.get(page))
        assert held.payment_code in text(second.get(LIST))

        done = second.post(f"{page}viec", {"viec": "duyet", "de_nghi": row.id})

        assert done.status_code == 302
        row.refresh_from_db()
        shown = text(second.get(page))
        assert "380.000" in shown
        assert f"/tien/so-sach/but-toan/{row.transaction_id}/" in shown

    def test_more_than_is_held_is_refused_and_what_was_typed_stays(self, accountant, held):
        answer = accountant.post(
            f"{LIST}{held.id}/viec", {"viec": "de-nghi", "so_tien": "500.001", "ly_do": "Hết việc"}
        )
        assert answer.status_code == 409
        assert "chỉ còn giữ 500.000 đ" in answer.content.decode()
        assert 'value="500.001"' in answer.content.decode()
        assert DepositReturn.objects.count() == 0

    def test_a_deposit_of_another_unit_is_not_there(self, held):
        elsewhere = people.browser(people.add_staff("ketoan-xa", Role.ACCOUNTANT, unit="PD0200"))
        assert elsewhere.get(f"{LIST}{held.id}/").status_code == 404
        assert held.payment_code not in text(elsewhere.get(LIST))

    def test_the_list_is_the_same_as_page_csv_and_paper(self, accountant, held):
        assert "500.000" in text(accountant.get(LIST))
        assert rows(accountant.get(f"{LIST}?dang=csv"))[-1] == [
            "Cộng",
            "",
            "",
            "",
            "500000",
            "500000",
            "0",
            "500000",
        ]
        assert accountant.get(f"{LIST}?dang=pdf").content.startswith(b"%PDF")

    def test_goes_on_in_pages(self, accountant, contract, monkeypatch):
        monkeypatch.setattr("motcua.web.money.deposits.PAGE", 2)
        codes = {laid_down(contract, 1_000 + turn).payment_code for turn in range(5)}
        seen, url = [], LIST
        for _page in range(3):
            page = accountant.get(url).content.decode()
            seen += re.findall(r'/">(\w+)</a></td>', page)
            found = re.search(r'rel="next" href="([^"]+)"', page)
            url = LIST + found.group(1).replace("&amp;", "&") if found else ""
        assert sorted(seen) == sorted(codes)
        assert url == ""


class TestMonth:
    def test_deposits_and_interest_come_to_what_the_accounts_say(self, accountant, second, held, contract):
        now = clock.now()
        today = local_date(now)
        row = ledger_ops.ask_deposit_return(
            charge_id=held.id, amount_vnd=120_000, reason="Hết việc", actor=Actor.system("a"), at=now
        )
        ledger_ops.approve_deposit_return(return_id=row, actor=SYSTEM, at=now)
        asked = {"tu": today.replace(day=1).isoformat(), "den": today.isoformat(), "dang": "csv"}
        told = rows(accountant.get("/tien/so-sach/dat-coc/", asked))
        page = text(accountant.get("/tien/so-sach/dat-coc/", asked | {"dang": ""}))

        assert told[-1] == ["Cộng", "", "", "0", "500000", "120000", "380000", "0"]
        assert books.held_on("344", today) == -380_000
        assert "344: 380.000 đ; 131-DC: 0 đ" in page
        assert "không bằng sổ" not in page
        assert f"{LIST}{held.id}/" in page

    def test_a_booking_past_the_deposits_is_seen(self, accountant, held):
        ledger_ops.transfer(
            debit_account="344", credit_account="3388", amount_vnd=7, actor=SYSTEM, at=clock.now(), key="past"
        )
        monthly = text(accountant.get("/tien/so-sach/dat-coc/"))
        assert "344: 499.993 đ" in monthly


class TestInterest:
    @pytest.fixture
    def late(self, contract):
        now = clock.now()
        ledger_ops.set_late_rate(
            valid_from=date(2020, 1, 1), percent_a_year=Decimal(10), source="HĐ", actor=SYSTEM, at=now
        )
        return ledger_ops.raise_charge(
            kind="TD", amount_vnd=1_000_000, vat_rate=Decimal(0), customer_id=contract.customer_id, request_id=None,
            unit_code=contract.unit_code, account_code=contract.account_code, actor=SYSTEM, at=now - timedelta(days=40),
            due_at=now - timedelta(days=31), key="late",
        )  # fmt: skip

    def test_is_shown_and_booked_once(self, accountant, late):
        page = text(accountant.get(LATE))
        assert "8.219" in page
        assert "(30 ngày)" in page
        assert rows(accountant.get(f"{LATE}?dang=csv"))[1][-1] == "8219"
        assert accountant.get(f"{LATE}?dang=pdf").content.startswith(b"%PDF")

        assert accountant.post(f"{LATE}ghi", {"khoan": late.id}).status_code == 302
        assert "Đã ghi lãi của 1 khoản, 8.219 đ." in text(accountant.get(LATE))
        assert "Không có lãi nào chờ ghi" in text(accountant.get(LATE))
        accountant.post(f"{LATE}ghi", {"khoan": late.id})
        booked = Charge.objects.get(kind="LS")
        assert (booked.total_vnd, booked.account_code) == (8_219, late.account_code)
        told = rows(accountant.get("/tien/so-sach/lai-cham-tra/", {"dang": "csv"}))
        assert told[-1] == ["Cộng", "", "", "", "", "8219", "0", "8219"]

    def test_nothing_chosen_or_not_ones_own_books_nothing(self, accountant, late):
        assert accountant.post(f"{LATE}ghi", {}).status_code == 409
        elsewhere = people.browser(people.add_staff("ketoan-xa", Role.ACCOUNTANT, unit="PD0200"))
        assert elsewhere.post(f"{LATE}ghi", {"khoan": late.id}).status_code == 409
        assert Charge.objects.filter(kind="LS").count() == 0
