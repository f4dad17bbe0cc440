"""What a decision would make of last month's bills is what the rule makes of each of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from motcua.billing import operations, repricing
from motcua.billing.models import Bill
from motcua.billing.rules import rating, reading
from motcua.companies.context import in_public
from motcua.kernel.actors import Actor
from motcua.tariffs import proposing, queries
from motcua.tariffs.models import PriceEffect, PriceTrial
from motcua.tariffs.new_prices import NewPrice

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
AN = Actor.staff("a", "An", ["ADMIN"])
CASES = [
    {"group": "HOME", "from": "2026-09-05", "to": "2026-10-05", "kwh": 300},
    {"group": "HOME", "from": "2026-09-05", "to": "2026-10-05", "kwh": 80, "tenants": 5, "norm_rounding": "NONE"},
    {"group": "HOME", "from": "2026-08-31", "to": "2026-09-30", "kwh": 777, "quotas": 2},
    {"group": "HOME", "from": "2026-09-05", "to": "2026-10-05", "kwh": 120, "tenants": "UNDECLARED"},
    {"group": "BUSINESS", "voltage": "KV22_110", "from": "2026-09-05", "to": "2026-10-05", "cosphi": 0.85,
     "registers": {"normal": 1000, "off_peak": 300, "peak": 500}},
    {"group": "RURAL", "from": "2026-09-05", "to": "2026-10-05", "kwh": 90, "billing_month": "2026-10"},
    {"group": "PRODUCTION", "voltage": "LT_6KV", "from": "2026-09-05", "to": "2026-10-05", "kwh": 500},
]  # fmt: skip


def issue_bills():
    for number, case in enumerate(CASES):
        operations.issue_bill(
            account_code=f"PD0100{number:07d}", customer_id=uuid4(), unit_code="PD0100", case=case, readings=[],
            billing_month=date(2026, 10, 1), actor=AN, at=AT,
        )  # fmt: skip


@pytest.fixture
def bills(company):
    issue_bills()


def propose(*, new_structure=False, average=Decimal("2424.4721"), prices=()):
    with in_public():
        made = proposing.begin(
            number="1/QĐ-BCT", issued_on=date(2026, 12, 20), average_vnd=average, valid_from=date(2027, 1, 1),
            source="QĐ 1", confidence="high", new_structure=new_structure, actor=AN, at=AT,
        )  # fmt: skip
        proposing.set_prices(proposal_id=made, prices=prices)
        proposing.submit(proposal_id=made, actor=AN, at=AT)
    return made


def by_rule(proposal):
    """Dong before tax by group, as the pure rule rates the same cases with the same prices."""
    book = repricing.with_prices(queries.price_book(), map(NewPrice.read, proposal.prices), proposal.number)
    sums = {}
    for told in CASES:
        case = reading.read_case(reading.given(told), book)
        sums[case.group] = sums.get(case.group, 0) + rating.rate(case, book).subtotal_vnd
    return sums


class TestRepricing:
    def test_is_what_the_rule_makes_of_every_bill(self, bills):
        proposal = queries.find_proposal(propose())
        assert repricing.try_next(AT) == len(CASES)

        effects = {row.customer_group: row for row in PriceEffect.objects.all()}
        assert {code: row.after_vnd for code, row in effects.items()} == by_rule(proposal)
        assert effects["HOME"].before_vnd == sum(
            bill.subtotal_vnd for bill in Bill.objects.all() if bill.case["group"] == "HOME"
        )
        home = effects["HOME"]
        assert (home.bills, home.kwh, home.dearer_to_10 + home.dearer_above_10) == (4, 1277, 4)

    def test_parts_come_to_the_same_and_it_goes_on_where_it_was(self, committed_company, monkeypatch):
        monkeypatch.setattr(repricing, "PART", 3)
        issue_bills()
        proposal = queries.find_proposal(propose())
        assert [repricing.try_next(AT) for _ in range(4)] == [3, 3, 1, 0]
        assert {row.customer_group: row.after_vnd for row in PriceEffect.objects.all()} == by_rule(proposal)
        trial = PriceTrial.objects.get()
        assert (trial.bills, trial.done, trial.finished_at, trial.month) == (7, 7, AT, date(2026, 10, 1))

    def test_bills_without_a_new_price_are_told_and_not_summed(self, bills):
        propose(new_structure=True)
        repricing.try_next(AT)
        below_6_kv = PriceEffect.objects.get(customer_group="PRODUCTION")
        assert (below_6_kv.without_price, below_6_kv.after_vnd, below_6_kv.before_vnd) == (1, 0, 0)

    def test_prices_that_stay_change_nothing(self, bills):
        propose(average=Decimal("2204.0655"))
        repricing.try_next(AT)
        for row in PriceEffect.objects.all():
            assert (row.same, row.after_vnd) == (row.bills, row.before_vnd)

    def test_a_company_without_bills_is_done_at_once(self, company):
        propose()
        assert repricing.try_next(AT) == 0
        assert PriceTrial.objects.get().finished_at == AT
        assert repricing.try_next(AT) == 0

    def test_nothing_waits(self, bills):
        assert repricing.try_next(AT) == 0
