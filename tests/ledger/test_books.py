"""What accountants read: each figure is that of the bookings, for any period."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from tests.ledger.conftest import CLEARING, CUSTOMER, SYSTEM

from motcua.companies.context import using_company
from motcua.kernel import local_time
from motcua.kernel.results import Invalid
from motcua.ledger import books, exporting
from motcua.ledger import operations as ledger_ops
from motcua.ledger.models import AccountMapping


@pytest.fixture
def three_days(company, clearing, raise_one, settle, at):
    """A bill raised, a part paid the day after, the rest two days after."""
    clearing()
    charge = raise_one(kind="TD", at=at)
    settle(charge, 5_840, key="part", at=at + timedelta(days=1))
    settle(charge, 100_000, key="rest", at=at + timedelta(days=2))
    return local_time.local_date(at)


def line(lines, code):
    return next(found for found in lines if found.code == code)


@pytest.mark.usefixtures("company")
class TestTrialBalance:
    def test_opening_movements_and_closing_of_any_period(self, three_days):
        day = three_days + timedelta(days=1)
        lines = books.trial_balance(day, day)

        owed = line(lines, "131-TD")
        assert (owed.opening_vnd, owed.debit_vnd, owed.credit_vnd, owed.closing_vnd) == (
            105_840,
            0,
            5_840,
            100_000,
        )
        assert sum(found.opening_vnd for found in lines) == 0
        assert sum(found.closing_vnd for found in lines) == 0
        assert sum(found.debit_vnd for found in lines) == sum(found.credit_vnd for found in lines) == 5_840

    def test_a_period_goes_on_where_the_last_ended(self, three_days):
        first = books.trial_balance(three_days, three_days)
        second = books.trial_balance(three_days + timedelta(days=1), three_days + timedelta(days=2))

        for found in first:
            assert line(second, found.code).opening_vnd == found.closing_vnd
        assert line(second, CLEARING).closing_vnd == 105_840


@pytest.mark.usefixtures("company")
class TestDayBook:
    def test_tells_each_booking_with_its_legs_in_pages(self, three_days, raise_one, at):
        raise_one(key="second", at=at)
        one = books.page_day_book(three_days, limit=1)
        rest = books.page_day_book(three_days, after=one[0].number, limit=10)

        assert [(found.kind, found.total_vnd) for found in one + rest] == [("RAISE", 105_840)] * 2
        assert one[0].legs == (("131-TD", "D", 105_840), ("511-TD", "C", 98_000), ("33311", "C", 7_840))


@pytest.mark.usefixtures("company")
class TestAccountLedger:
    def test_pages_go_on_without_gap_or_double(self, three_days):
        last = three_days + timedelta(days=2)
        whole = books.page_account("131-TD", three_days, last, limit=10)
        paged, after = [], None
        while page := books.page_account("131-TD", three_days, last, after=after, limit=1):
            paged += page
            after = (page[-1].day, page[-1].id)

        assert paged == whole
        assert [(found.debit_vnd, found.credit_vnd) for found in whole] == [
            (105_840, 0),
            (0, 5_840),
            (0, 100_000),
        ]


@pytest.mark.usefixtures("company")
class TestVatReturn:
    def test_raised_cancelled_and_corrected_by_rate_equal_the_account(self, raise_one, at):
        raise_one(kind="TD", amount_vnd=100_000)
        raise_one(kind="TD", amount_vnd=50_000, vat_rate=Decimal("0.1"), key="ten")
        gone = raise_one(kind="CM", amount_vnd=70_000, key="gone")
        raise_one(kind="DC", amount_vnd=900_000, vat_rate=Decimal(0), key="deposit")
        ledger_ops.cancel_charge(charge_id=gone.id, reason="x", actor=SYSTEM, at=at, key="cancel")
        corrected = ledger_ops.give_credit(
            customer_id=CUSTOMER, kind="TD", net_vnd=20_000, vat_vnd=1_600, vat_rate=Decimal("0.08"), reason="price",
            actor=SYSTEM, at=at, key="correction",
        )  # fmt: skip
        wrong = ledger_ops.give_credit(
            customer_id=CUSTOMER, kind="TD", net_vnd=1_000, vat_vnd=80, vat_rate=Decimal("0.08"), reason="wrong",
            actor=SYSTEM, at=at, key="wrong",
        )  # fmt: skip
        ledger_ops.reverse(
            transaction_id=wrong.transaction_id, reason="wrong", actor=SYSTEM, at=at, key="back"
        )

        told = books.vat_return(date(2026, 11, 1), date(2026, 11, 30))
        found = {(one.kind, one.rate): (one.charges, one.net_vnd, one.vat_vnd) for one in told.lines}
        assert found[("TD", Decimal("0.0800"))] == (1, 80_000, 6_400)
        assert found[("TD", Decimal("0.1000"))] == (1, 50_000, 5_000)
        assert found[("CM", Decimal("0.0800"))] == (0, 0, 0)
        assert ("DC", Decimal("0.0000")) not in found
        assert told.vat_vnd == told.booked_vnd == 11_400
        assert corrected.is_new


def test_what_is_booked_while_a_report_is_made_is_in_none_of_its_sums(committed_company, raise_one, at):
    november = date(2026, 11, 1), date(2026, 11, 30)
    raise_one(key="before")
    meanwhile = []

    def book():
        with using_company("HANOI"):
            meanwhile.append(raise_one(key="meanwhile"))
            connection.close()

    def book_after_the_first_sum(execute, sql, *rest):
        answer = execute(sql, *rest)
        if "UNION ALL" in sql and not meanwhile:
            somebody = threading.Thread(target=book)
            somebody.start()
            somebody.join()
        return answer

    with books.at_one_moment(), connection.execute_wrapper(book_after_the_first_sum):
        told = books.vat_return(*november)

    assert meanwhile
    assert told.vat_vnd == told.booked_vnd == 7_840
    after = books.vat_return(*november)
    assert after.vat_vnd == after.booked_vnd == 2 * 7_840


@pytest.mark.usefixtures("company")
class TestExport:
    @pytest.mark.parametrize(
        ("legs", "pairs"),
        [
            ([("131", "D", 108), ("511", "C", 100), ("333", "C", 8)], [("131", "511", 100), ("131", "333", 8)]),
            ([("138", "D", 5), ("131", "C", 5)], [("138", "131", 5)]),
            ([("511", "D", 100), ("333", "D", 8), ("131", "C", 108)], [("511", "131", 100), ("333", "131", 8)]),
            ([("a", "D", 3), ("b", "D", 4), ("c", "C", 5), ("d", "C", 2)], [("a", "c", 3), ("b", "c", 2), ("b", "d", 2)]),
        ],
    )  # fmt: skip
    def test_legs_become_pairs_and_no_dong_is_lost(self, legs, pairs):
        assert exporting.pairs_of(legs) == pairs

    def test_comes_under_the_companys_own_numbers(self, three_days, at):
        def call(account, own):
            ledger_ops.map_accounts(own_codes={account: own}, actor=SYSTEM, at=at)

        call("131-TD", "1311.TD")
        call("511-TD", "5111")
        lines = list(exporting.export(three_days, three_days + timedelta(days=2)))

        assert [(one.debit, one.credit, one.amount_vnd) for one in lines] == [
            ("1311.TD", "5111", 98_000), ("1311.TD", "33311", 7_840), (CLEARING, "1311.TD", 5_840), (CLEARING, "1311.TD", 100_000),
        ]  # fmt: skip
        sums = list(exporting.export_sums(three_days, three_days))
        assert (three_days, "1311.TD", 105_840, 0) in sums
        call("131-TD", "")
        assert not next(one for one in exporting.list_mapping() if one.code == "131-TD").is_own

    def test_what_is_wrong_is_told_for_each_account_and_nothing_is_taken(self, at):
        given = {"111": "=1+1", "131-TD": "1311", "33311": "x" * 25, "999": "1"}
        with pytest.raises(Invalid) as refused:
            ledger_ops.map_accounts(own_codes=given, actor=SYSTEM, at=at)

        told = {account: [one.code for one in found] for account, found in refused.value.problems().items()}
        assert told == {
            "111": ["OWN_CODE_INVALID"],
            "33311": ["OWN_CODE_INVALID"],
            "999": ["ACCOUNT_UNKNOWN"],
        }
        assert not AccountMapping.objects.exists()
