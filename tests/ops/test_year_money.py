"""A year of bills: the article's shares come out, the board says what went in, a second run does nothing."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import pytest

from motcua.companies.context import using_company
from motcua.kernel.local_time import ZONE
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import Charge
from motcua.ops.year import money, money_plan
from motcua.payments import queries as payment_queries
from motcua.reports.money.ways import CASHLESS, Way

DECEMBER = date(2018, 12, 1)
END = datetime(2018, 12, 31, 20, tzinfo=ZONE)


def share(found, wanted, of=lambda bill: 1):
    return sum(of(bill) for bill in found if wanted(bill)) / sum(of(bill) for bill in found)


class TestPlan:
    def test_the_articles_shares_come_out(self):
        bills = money_plan.bills("HCMC", DECEMBER, 5_000, [1.0])
        assert share(bills, lambda b: b.way in CASHLESS) == pytest.approx(0.9051, abs=0.0004)
        assert share(bills, lambda b: b.way in CASHLESS, lambda b: b.total_vnd) == pytest.approx(
            0.9789, abs=0.0001
        )
        assert share(bills, lambda b: b.way is Way.ONLINE) == pytest.approx(0.60, abs=0.0004)
        before = money_plan.bills("HCMC", date(2015, 12, 1), 5_000, [1.0])
        assert share(before, lambda b: b.way is Way.ONLINE) == pytest.approx(0.149, abs=0.0004)

    def test_the_same_each_time(self):
        assert money_plan.bills("NPC", DECEMBER, 50, [1.0, 2.0]) == money_plan.bills(
            "NPC", DECEMBER, 50, [1.0, 2.0]
        )

    def test_is_paid_after_it_is_issued_and_within_the_month(self):
        for bill in money_plan.bills("SPC", DECEMBER, 500, [1.0]):
            assert bill.paid_at is None or bill.issued_at < bill.paid_at
            assert bill.paid_at is None or bill.paid_at.astimezone(ZONE).month == 12

    def test_units_get_their_weight(self):
        found = [bill.unit for bill in money_plan.bills("CPC", DECEMBER, 3_000, [1.0, 3.0])]
        assert found.count(1) / len(found) == pytest.approx(0.75, abs=0.03)


class TestYear:
    def test_the_board_says_what_went_in_and_a_second_run_does_nothing(self, committed_company, monkeypatch):
        monkeypatch.setattr(money_plan, "FEWEST", 40)
        monkeypatch.setattr(money_plan, "MONTHS", (date(2015, 12, 1), date(2018, 11, 1), DECEMBER))
        monkeypatch.setattr(money_plan, "NEVER_PAID", 15)
        noted = []
        for _ in range(2):
            money.play_company("HANOI", scale=0.000001, done=0, note=noted.append, progress=lambda line: None)
        assert all(later == earlier % 3 + 1 for earlier, later in pairwise(noted))

        lines, differing = money.compare(["HANOI"], scale=0.000001, at=END)

        assert differing == 0, lines
        with using_company("HANOI"):
            assert Charge.objects.count() == 120
            assert Charge.objects.filter(status="OPEN").count() == 2
            assert ledger_queries.check_ledger() == []
            assert payment_queries.check_payments() == []

    def test_a_sum_that_is_wrong_is_found(self, committed_company, monkeypatch):
        monkeypatch.setattr(money_plan, "FEWEST", 10)
        monkeypatch.setattr(money_plan, "MONTHS", (DECEMBER,))
        money.play_company(
            "HANOI", scale=0.000001, done=0, note=lambda done: None, progress=lambda line: None
        )
        monkeypatch.setattr(money_plan, "FEWEST", 11)
        assert money.compare(["HANOI"], scale=0.000001, at=END)[1] > 0
