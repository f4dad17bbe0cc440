"""Figures of money are what the ledger says: ways, shares, payers, debt; each opens to its bills."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from motcua.kernel.actors import Actor
from motcua.kernel.local_time import instant
from motcua.ledger import operations as ledger_ops
from motcua.payments import operations as payment_ops
from motcua.reports.money import counting, queries
from motcua.reports.money.models import MoneyDay
from motcua.reports.rules import Window

ACTOR = Actor.system("test")
DECEMBER = Window.month(date(2018, 12, 1))
HERE = {"company_code": "HANOI"}


def at(day: int, month: int = 12) -> datetime:
    return instant(date(2018, month, day), time(9))


def bill(amount, *, day=3, unit="PD0100", customer=None, due=None, month=12):
    return ledger_ops.raise_charge(
        kind="TD", amount_vnd=amount, vat_rate=Decimal("0.10"), customer_id=customer or uuid4(), request_id=None,
        unit_code=unit, account_code="PD01000000001", actor=ACTOR, at=at(day, month), key=f"t:{uuid4()}",
        due_at=due and at(due, month),
    )  # fmt: skip


def by_bank(charge, *, day=10, channel="", bank="VCB"):
    stored = payment_ops.store_notification(
        bank=bank, txn_id=uuid4().hex, amount_vnd=charge.total_vnd, text=charge.payment_code, paid_at=at(day),
        raw_sha256="0" * 64, channel=channel, at=at(day),
    )  # fmt: skip
    return payment_ops.process_notification(notification_id=stored.id, at=at(day))


def by_cash(charge, *, day=10):
    return ledger_ops.settle_charge(
        charge_id=charge.id, amount_vnd=charge.total_vnd, clearing_account="111", reference="x", actor=ACTOR, at=at(day),
        key=f"cash:{charge.id}",
    )  # fmt: skip


@pytest.fixture
def december(company):
    return {
        "cash": by_cash(bill(100_000)),
        "app": by_bank(bill(200_000), channel="MOBILE"),
        "unsaid": by_bank(bill(300_000, unit="PD0200"), day=11),
        "agent": by_bank(bill(400_000), channel="COUNTER", bank="BIDV"),
        "standing": by_bank(bill(500_000), channel="STANDING"),
        "open": bill(600_000, due=20),
    }


class TestFigures:
    def test_are_those_of_the_bills(self, december):
        counting.count(at=at(31))
        row = queries.total(window=DECEMBER, filters=HERE)
        assert row.sums == Counter(
            {
                "billed": 6, "billed_vnd": 2_310_000, "paid": 5, "paid_vnd": 1_650_000, "days": 7 * 4 + 8, "cashless": 3,
                "cashless_vnd": 1_100_000, "online": 1, "online_vnd": 220_000, "with_bill": 6, "payers_online": 1,
            }
        )  # fmt: skip
        assert row.figures["CASHLESS_BILLS"] == 60
        assert row.figures["CASHLESS_MONEY"] == pytest.approx(200 / 3)
        assert row.figures["ONLINE_PAYERS"] == pytest.approx(100 / 6)
        assert row.figures["DAYS_TO_PAY"] == 7.2

    @pytest.mark.parametrize(
        ("by", "paid"),
        [
            ("unit_code", {"PD0100": 4, "PD0200": 1}),
            ("way", {"CASH": 1, "ONLINE": 1, "UNSAID": 1, "AGENT": 1, "STANDING": 1}),
            ("channel", {"": 1, "VCB": 3, "BIDV": 1}),
            ("company_code", {"HANOI": 5}),
            ("month", {date(2018, 12, 1): 5}),
        ],
    )
    def test_line_by_line_come_to_the_same(self, december, by, paid):
        counting.count(at=at(31))
        rows = queries.board(by=by, window=DECEMBER, filters=HERE)
        assert {row.key: row.sums["paid"] for row in rows} == paid

    def test_of_a_year_count_a_customer_once(self, company):
        customer = uuid4()
        for month in (11, 12):
            by_bank(bill(100_000, customer=customer, month=month), day=15, channel="WEB")
        counting.recount(window=Window.year_to_date(date(2018, 12, 1)), at=at(31))
        year = queries.total(window=Window.year_to_date(date(2018, 12, 1)), filters=HERE)
        assert (year.sums["with_bill"], year.sums["payers_online"], year.sums["billed"]) == (1, 1, 2)

    def test_what_is_reversed_leaves_its_day(self, december):
        counting.count(at=at(31))
        ledger_ops.reverse(
            transaction_id=december["cash"].transaction_id, reason="nhầm", actor=ACTOR, at=at(31), key="r"
        )
        assert counting.count(at=at(31) + timedelta(hours=2)) > 0
        assert queries.total(window=DECEMBER, filters=HERE).sums["paid"] == 4
        assert not MoneyDay.objects.filter(way="CASH").exists()

    def test_a_cancelled_bill_leaves_its_day(self, december):
        counting.count(at=at(20))
        ledger_ops.cancel_charge(charge_id=december["open"].id, reason="sai", actor=ACTOR, at=at(31), key="c")
        counting.count(at=at(31))
        assert queries.total(window=DECEMBER, filters=HERE).sums["billed"] == 5

    def test_counting_again_changes_nothing(self, december):
        counting.count(at=at(31))
        before = list(
            MoneyDay.objects.order_by("id").values_list(
                "day", "unit_code", "way", "channel", "paid", "paid_vnd"
            )
        )
        counting.recount(window=DECEMBER, at=at(31))
        counting.count(at=at(31))
        after = MoneyDay.objects.order_by("id").values_list(
            "day", "unit_code", "way", "channel", "paid", "paid_vnd"
        )
        assert sorted(before) == sorted(after)


class TestCases:
    @pytest.mark.parametrize(
        ("figure", "filters", "amounts"),
        [
            ("CASHLESS_BILLS", {}, {110_000, 220_000, 330_000, 440_000, 550_000}),
            ("CASHLESS_BILLS", {"way": "CASH"}, {110_000}),
            ("PAID_VND", {"channel": "BIDV"}, {440_000}),
            ("PAID_VND", {"unit_code": "PD0200"}, {330_000}),
            ("BILLED_VND", {}, {110_000, 220_000, 330_000, 440_000, 550_000, 660_000}),
        ],
    )
    def test_are_the_bills_counted(self, december, figure, filters, amounts):
        found = queries.cases(figure=figure, window=DECEMBER, filters=filters, unit_codes=None, limit=50)
        assert {case.total_vnd for case in found} == amounts

    def test_come_page_by_page_and_of_ones_units(self, december):
        def page(**more):
            return queries.cases(
                figure="PAID_VND",
                window=DECEMBER,
                filters={},
                unit_codes=frozenset({"PD0100"}),
                limit=3,
                **more,
            )

        first = page()
        second = page(after=(first[-1].paid_at, first[-1].charge_id))
        assert (len(first), len(second)) == (3, 1)
        assert len({case.charge_id for case in first + second}) == 4


class TestDebt:
    def test_stands_by_its_age_and_opens(self, company):
        today = datetime(2019, 2, 1, 3, tzinfo=UTC)
        bill(100_000)
        for due in (3, 31):
            bill(200_000, due=due)
        bill(300_000, due=20, month=9)
        counting.count(at=today)
        debts = {debt.age: (debt.bills, debt.owed_vnd) for debt in queries.list_debt(HERE)}
        assert debts == {
            "NOT_DUE": (1, 110_000), "UP_TO_30": (0, 0), "UP_TO_60": (2, 440_000), "UP_TO_90": (0, 0), "ABOVE_90": (1, 330_000),
        }  # fmt: skip
        for age, (bills, owed) in debts.items():
            found = queries.debt_cases(age=age, today=date(2019, 2, 1), filters={}, unit_codes=None, limit=50)
            assert (len(found), sum(case.owed_vnd for case in found)) == (bills, owed)
