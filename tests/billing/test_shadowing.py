"""A bill beside which a trial's prices are worked out: nobody owes them, and they can be told again to the dong."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from motcua.billing import operations, personal, queries, recounting
from motcua.billing.access import Seen
from motcua.billing.models import Bill, ShadowBill
from motcua.billing.rules import quoting
from motcua.billing.rules.refusals import Contradiction, FieldWrong, NoPrice
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import queries as ledger_queries
from motcua.tariffs import queries as tariff_queries
from motcua.web import bill_papers
from tests.billing.price_books import enter_two_part

AT = datetime(2026, 4, 16, 1, 0, tzinfo=UTC)
AN = Actor.staff("a", "An", ["BUSINESS"])
PLANT = {
    "group": "PRODUCTION", "voltage": "KV22_110", "from": "2026-03-15", "to": "2026-04-15", "cosphi": 0.85,
    "registers": {"normal": 200_000, "off_peak": 80_000, "peak": 40_000},
}  # fmt: skip
OWNER = uuid4()


@pytest.fixture
def prices(company):
    enter_two_part()


def issue(case=PLANT, number=1):
    return operations.issue_bill(
        account_code=f"PD0100{number:07d}", customer_id=OWNER, unit_code="PD0100", case=case, readings=[],
        billing_month=date(2026, 4, 1), actor=AN, at=AT,
    )  # fmt: skip


def tell(bill, kw_hundredths=150_050, at=AT):
    return operations.tell_demand(bill_id=bill.id, kw_hundredths=kw_hundredths, source="Đọc tại trạm", actor=AN, at=at)  # fmt: skip


class TestTheShadow:
    def test_is_the_quote_of_the_trials_prices_beside_the_bill(self, prices):
        bill = issue()

        tell(bill)

        (shadow,) = queries.list_shadows(bill.id)
        assert (shadow.active_vnd, shadow.capacity_vnd, shadow.reactive_vnd) == (
            404_520_000,
            353_238_707,
            23_785_776,
        )
        assert (shadow.subtotal_vnd, shadow.vat_vnd, shadow.total_vnd) == (
            781_544_483,
            62_523_559,
            844_068_042,
        )
        assert (shadow.trial, str(shadow.kw), shadow.source) == ("TWO_PART", "1500.5", "Đọc tại trạm")
        assert [(line["rule"], line.get("kw"), line["source"]) for line in shadow.lines] == [
            ("NORMAL", None, "9/QĐ-BCT"), ("OFF_PEAK", None, "9/QĐ-BCT"), ("PEAK", None, "9/QĐ-BCT"), ("CAPACITY", 1500.5, "9/QĐ-BCT"),
        ]  # fmt: skip

    def test_changes_nothing_that_is_owed(self, prices):
        bill = issue()
        charge = ledger_queries.get_charge(bill.charge_id)

        tell(bill)

        assert queries.find_bill(bill.id) == bill
        assert ledger_queries.get_charge(bill.charge_id) == charge
        assert (charge.total_vnd, bill.total_vnd) == (683_495_211, 683_495_211)
        assert Bill.objects.count() == 1

    def test_its_case_gives_the_same_years_later(self, prices):
        (shadow,) = tell(issue())

        answer = quoting.quote(shadow.case, tariff_queries.price_book(), AT.date())
        assert (answer["total_vnd"], answer["capacity_vnd"]) == (shadow.total_vnd, shadow.capacity_vnd)

    def test_told_again_is_told_once_and_another_demand_stands_instead(self, prices):
        bill = issue()
        assert [one.id for one in tell(bill)] == [one.id for one in tell(bill, at=AT + timedelta(days=1))]
        tell(bill, 140_000, at=AT + timedelta(days=2))

        (shadow,) = queries.list_shadows(bill.id)
        assert (shadow.capacity_vnd, ShadowBill.objects.count()) == (329_579_600, 2)

    def test_is_never_changed(self, prices):
        tell(issue())
        with pytest.raises(DatabaseError), transaction.atomic():
            ShadowBill.objects.update(total_vnd=1)

    def test_is_in_the_copy_of_what_is_held_of_the_customer(self, prices):
        bill = issue()
        assert "bills_on_trial" not in personal.export([OWNER])
        tell(bill)
        (told,) = personal.export([OWNER])["bills_on_trial"]
        assert (told["bill__account_code"], told["total_vnd"]) == (bill.account_code, 844_068_042)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "case",
        [
            {"group": "HOME", "from": "2026-03-15", "to": "2026-04-15", "kwh": 300_000},
            {
                "group": "PRODUCTION",
                "voltage": "KV6_22",
                "from": "2026-03-15",
                "to": "2026-04-15",
                "kwh": 300_000,
            },
            {
                "group": "PRODUCTION",
                "voltage": "KV22_110",
                "from": "2026-03-15",
                "to": "2026-04-15",
                "kwh": 199_999,
            },
        ],
    )
    def test_a_bill_that_no_trial_concerns(self, prices, case):
        with pytest.raises(operations.NotOnTrial):
            tell(issue(case))

    def test_a_demand_below_what_was_used(self, prices):
        bill = issue()
        with pytest.raises(Contradiction) as found:
            tell(bill, 41_666)
        assert found.value.field == "kw"
        assert tell(bill, 41_667)[0].capacity_vnd == 98_089_951  # 416.67 kW x 768 hours are 320,003 kWh

    def test_a_trial_whose_prices_nobody_entered(self, company):
        with pytest.raises(NoPrice):
            tell(issue())

    def test_a_bill_that_does_not_stand_and_one_that_is_none(self, prices):
        bill = issue()
        Bill.objects.filter(id=bill.id).update(state="CANCELLED")
        with pytest.raises(operations.BillNotStanding):
            tell(bill)
        with pytest.raises(NotFound):
            operations.tell_demand(bill_id=uuid4(), kw_hundredths=1, source="", actor=AN, at=AT)


class TestNobodyOwesByATrial:
    CASE = PLANT | {"group": "PRODUCTION_TWO_PART", "kw": 1500}

    def test_no_bill_is_made_of_its_prices(self, prices):
        with pytest.raises(FieldWrong) as found:
            issue(self.CASE)
        assert (found.value.field, Bill.objects.count()) == ("group", 0)

    def test_no_bill_is_put_right_by_them(self, prices):
        bill = issue()
        actor = Actor.staff("k", "Kế", ["ACCOUNTANT"], unit_codes=["PD0100"])
        with pytest.raises(FieldWrong) as found:
            operations.propose_correction(
                bill_id=bill.id, kind="REPLACE", reason="x", actor=actor, at=AT, case=self.CASE
            )
        assert found.value.field == "group"

    def test_a_bill_still_comes_out_the_same(self, prices):
        bill = issue()
        tell(bill)
        assert recounting.recount(bill, tariff_queries.price_book()).differs.keys() <= {"readings"}


def test_on_paper_it_is_an_annex_that_nobody_pays(prices):
    bill = issue()
    plain = bill_papers.bill_pdf(Seen(bill, None))
    tell(bill)

    pages = [
        " ".join(unicodedata.normalize("NFC", page.extract_text()).split())
        for page in PdfReader(BytesIO(bill_papers.bill_pdf(Seen(bill, None)))).pages
    ]

    assert len(pages) == len(PdfReader(BytesIO(plain)).pages) + 1
    assert "KHÔNG PHẢI THANH TOÁN" in pages[-1] and "1.500,5 kW" in pages[-1]
    for sum_vnd in ("353.238.707", "844.068.042", "683.495.211", "+160.572.831 đ"):
        assert sum_vnd in pages[-1]
    assert not any("844.068.042" in page or "KHÔNG PHẢI" in page for page in pages[:-1])
    assert not any("QR" in line for line in pages[-1].split())
