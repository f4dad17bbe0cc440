"""Cash at the counter: what is owed, the receipt, its number, taking it back, the drawer of the day."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, connection
from pypdf import PdfReader

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments.models import CashReceipt
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.web import people

TOTAL = 105_840
CENTRE_FIRST = "PT26-PD0000-00001"


@pytest.fixture
def charge(company):
    return raise_one("c1")


def raise_one(key: str, **more):
    given = {
        "kind": "CM", "amount_vnd": 98_000, "vat_rate": Decimal("0.08"), "customer_id": None, "request_id": None,
        "unit_code": "PD0100", "actor": Actor.system("test"), "at": clock.now(), "key": key,
    }  # fmt: skip
    return ledger_ops.raise_charge(**{**given, **more})


def pay(page, charge, **more):
    posted = {"amount_vnd": str(charge.total_vnd), "payer_name": "Nguyễn Thị Hoa", "key": "k1", **more}
    return page.post(f"/quay/thu-tien/{charge.id}/", posted)


class TestTake:
    def test_finds_by_payment_code_takes_and_prints(self, counter, charge):
        found = counter.get("/quay/thu-tien/", {"q": charge.payment_code.lower()}).content.decode()
        assert f"/quay/thu-tien/{charge.id}/" in found

        page = pay(counter, charge)

        assert page.headers["Location"] == f"/quay/phieu-thu/{CENTRE_FIRST}/"
        assert ledger_queries.get_charge(charge.id).status == "PAID"
        assert ledger_queries.get_balance("111").balance_vnd == TOTAL
        pdf = counter.get(f"/quay/phieu-thu/{CENTRE_FIRST}.pdf")
        text = " ".join(
            "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf.content)).pages).split()
        )
        assert "Một trăm linh năm nghìn tám trăm bốn mươi đồng" in text
        assert "Nguyễn Thị Hoa" in text
        assert ledger_queries.check_ledger() == []

    def test_the_same_page_sent_twice_is_one_receipt(self, counter, charge):
        assert pay(counter, charge).headers["Location"] == pay(counter, charge).headers["Location"]
        assert CashReceipt.objects.count() == 1

    def test_numbers_have_no_gaps(self, counter, company):
        for number in range(3):
            pay(counter, raise_one(f"c{number}"), key=f"k{number}")
        assert sorted(CashReceipt.objects.values_list("number", flat=True)) == [
            f"PT26-PD0000-0000{number}" for number in (1, 2, 3)
        ]

    def test_money_for_a_paid_charge_is_not_taken(self, counter, charge):
        pay(counter, charge)

        page = pay(counter, charge, key="k2")

        assert page.status_code == 409
        assert "Đừng nhận tiền" in page.content.decode()
        assert CashReceipt.objects.count() == 1

    def test_an_old_page_says_what_is_owed_now_and_keeps_the_name(self, counter, charge):
        page = pay(counter, charge, amount_vnd="100000")

        assert page.status_code == 409
        assert "105.840" in page.content.decode()
        assert "Nguyễn Thị Hoa" in page.content.decode()

    def test_a_charge_of_another_unit_is_not_there(self, company, charge):
        page = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))
        assert pay(page, charge).status_code == 404

    def test_the_step_goes_on_and_the_trip_is_counted(self, company, counter):
        at = clock.now()
        receipt = request_ops.submit(
            service_code="NEW-LV-RES", answers=people.HOME_ANSWERS, channel="WEB", actor=Actor.anonymous("v"), at=at, key="s",
        )  # fmt: skip
        view = request_queries.find_by_number(receipt.number)
        worker = Actor.staff(new_id(at), "An", [Role.BUSINESS], [view.unit_code])
        request_ops.advance(
            request_id=view.id, action="accept", inputs={"needs_survey": False, "cost_vnd": 1_200_000, "cost_note": "cáp"},
            actor=worker, at=at, key="a",
        )  # fmt: skip
        (owed,) = ledger_queries.list_charges(view.id)

        pay(counter, owed)

        after = request_queries.find_by_number(receipt.number)
        assert (after.step, after.state.trips, after.state.paid_online) == ("SIGN", 1, False)


class TestVoid:
    def test_gives_the_money_back_and_keeps_the_number(self, counter, charge):
        pay(counter, charge)

        page = counter.post(f"/quay/phieu-thu/{CENTRE_FIRST}/huy/", {"reason": "Khách đổi ý"}, follow=True)

        assert "Hãy trả lại tiền" in page.content.decode()
        assert ledger_queries.get_charge(charge.id).remaining_vnd == TOTAL
        assert ledger_queries.get_balance("111").balance_vnd == 0
        assert pay(counter, charge, key="k2").headers["Location"].endswith("-00002/")
        assert ledger_queries.check_ledger() == []

    def test_needs_a_reason(self, counter, charge):
        pay(counter, charge)
        assert counter.post(f"/quay/phieu-thu/{CENTRE_FIRST}/huy/", {"reason": " "}).status_code == 409
        assert ledger_queries.get_charge(charge.id).status == "PAID"

    def test_only_by_who_wrote_it_or_a_supervisor(self, counter, charge):
        pay(counter, charge)
        other = people.browser(people.add_staff("hai", Role.INTAKE))
        chief = people.browser(people.add_staff("chief", Role.SUPERVISOR))

        other.post(f"/quay/phieu-thu/{CENTRE_FIRST}/huy/", {"reason": "x"})
        assert ledger_queries.get_charge(charge.id).status == "PAID"
        chief.post(f"/quay/phieu-thu/{CENTRE_FIRST}/huy/", {"reason": "Nhầm khách"})
        assert ledger_queries.get_charge(charge.id).status == "OPEN"

    def test_a_receipt_is_never_changed_otherwise(self, counter, charge):
        pay(counter, charge)
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute("UPDATE payments_cashreceipt SET amount_vnd = 1")


class TestDay:
    def test_says_what_the_drawer_holds(self, counter, company):
        for number in range(2):
            pay(counter, raise_one(f"c{number}"), key=f"k{number}", payer_name="=HYPERLINK(1)")
        counter.post(f"/quay/phieu-thu/{CENTRE_FIRST}/huy/", {"reason": "nhầm"})

        text = counter.get("/quay/so-quy/").content.decode()
        table = counter.get("/quay/so-quy/?dang=csv").content.decode("utf-8-sig")

        assert "1 phiếu thu, 1 phiếu đã hủy" in text
        assert [line.split(",")[0] for line in table.splitlines()[1:]] == [CENTRE_FIRST, "PT26-PD0000-00002"]
        assert ",'=HYPERLINK(1)," in table

    def test_is_empty_before_the_first(self, counter):
        assert "Chưa có phiếu thu nào" in counter.get("/quay/so-quy/").content.decode()
