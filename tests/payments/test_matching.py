"""The day matched three ways: line by line, the hand-over of a channel, by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from tests.payments.matched_day import DAY, NEXT, OWN, WORKER, assert_all_holds, match, open_ones

from motcua.ledger import queries as ledger_queries
from motcua.payments import matching_queries
from motcua.payments.models import Difference, Payment, SuspenseCase
from motcua.payments.operations import matching, statements


class TestMatching:
    def test_everything_agrees_and_the_clearing_account_is_empty(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any], raise_one: Callable[..., Any]
    ) -> None:
        charge = raise_one()
        told_by_bank("FT1", 105_840, charge.payment_code)
        take(f"C|105840|FT1|{charge.payment_code}", "D|1100|FT2|PHI")

        done = match()
        assert (done.explained, done.still_open, done.receipts) == (2, 0, 0)
        assert ledger_queries.get_balance("138-VCB").balance_vnd == 0
        assert ledger_queries.get_balance(f"112-{OWN}").balance_vnd == 104_740
        assert ledger_queries.get_balance("6417").balance_vnd == 1_100
        assert_all_holds()

    def test_a_second_run_finds_nothing_more(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        take("C|5000|FT1|A", "C|7|FT7|x")
        match()
        balances = ledger_queries.list_balances()

        assert match().explained == 0
        assert ledger_queries.list_balances() == balances

    def test_a_credit_nobody_told_of_becomes_a_receipt(
        self, take: Callable[..., Any], raise_one: Callable[..., Any]
    ) -> None:
        charge = raise_one()
        take(f"C|105840|FT1|MBVCB.123.{charge.payment_code}.CT tu 001")

        done = match()
        assert (done.receipts, done.still_open) == (1, 0)
        assert ledger_queries.get_charge(charge.id).is_paid
        assert ledger_queries.get_balance("138-VCB").balance_vnd == 0
        assert_all_holds()

    def test_by_the_account_code_the_first_due_first(
        self, take: Callable[..., Any], raise_one: Callable[..., Any], at: datetime
    ) -> None:
        late = raise_one(account_code="PD01000000001", kind="TD", due_at=at + timedelta(days=9))
        first = raise_one(account_code="PD01000000001", kind="TD", due_at=at)
        take("C|150000|FT1|NGUYEN VAN A TT TIEN DIEN PD01000000001 T11")

        match()
        assert ledger_queries.get_charge(first.id).is_paid
        assert ledger_queries.get_charge(late.id).paid_vnd == 150_000 - 105_840
        assert Payment.objects.get().allocations.count() == 2
        assert_all_holds()

    def test_an_account_paid_twice_over_leaves_a_credit(
        self, take: Callable[..., Any], raise_one: Callable[..., Any]
    ) -> None:
        ones = [raise_one(account_code="PD01000000001", kind="TD") for _ in range(2)]
        take("C|300000|FT1|PD01000000001")

        match()
        assert all(ledger_queries.get_charge(one.id).is_paid for one in ones)
        assert ledger_queries.get_balance("3387").balance_vnd == 300_000 - 2 * 105_840
        assert_all_holds()

    def test_the_charge_that_owes_just_this_amount_goes_first(
        self, take: Callable[..., Any], raise_one: Callable[..., Any], at: datetime
    ) -> None:
        raise_one(account_code="PD01000000001", kind="TD", due_at=at)
        exact = raise_one(
            account_code="PD01000000001", kind="TD", amount_vnd=50_000, due_at=at + timedelta(days=9)
        )
        take("C|54000|FT1|PD01000000001")

        match()
        assert ledger_queries.get_charge(exact.id).is_paid

    def test_words_that_mean_nothing_wait_as_a_case(self, take: Callable[..., Any]) -> None:
        take("C|150|FT1|cam on")
        match()

        assert SuspenseCase.objects.get().amount_vnd == 150
        assert ledger_queries.get_balance("3388").balance_vnd == 150
        assert_all_holds()

    def test_two_equal_transfers_of_a_day_are_two_receipts(self, take: Callable[..., Any]) -> None:
        take("C|150|FT1|cam on", "C|150|FT2|cam on")

        assert match().receipts == 2
        assert Payment.objects.count() == 2
        assert ledger_queries.get_balance("3388").balance_vnd == 300

    def test_told_and_not_in_the_statement(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        take("C|7|FT2|x")
        match()

        assert open_ones() == [("MISSING_THERE", -5_000)]
        assert_all_holds()

    def test_it_comes_a_day_late(self, take: Callable[..., Any], told_by_bank: Callable[..., Any]) -> None:
        told_by_bank("FT1", 5_000)
        take("C|7|FT2|x")
        match()
        take("C|5000|FT1|x", day=DAY + timedelta(days=1), opening=7, sequence=2)
        match(DAY + timedelta(days=1), NEXT + timedelta(days=1))

        assert open_ones() == []
        told = Difference.objects.order_by("id").values_list("kind", "state", "reason")
        assert list(told) == [("MISSING_THERE", "CLOSED", "AUTO"), ("OTHER_DAY", "CLOSED", "AUTO")]
        assert_all_holds()

    def test_another_amount_is_named_once(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        take("C|4900|FT1|x")
        match()

        assert open_ones() == [("AMOUNT_DIFFERS", -100)]
        assert Payment.objects.count() == 1
        assert_all_holds()

    def test_told_under_another_id_with_the_same_words_is_one(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("W-1", 5_000, "tien dien thang 11")
        take("C|5000|FT1|TIEN DIEN, THANG 11")
        done = match()

        assert (done.receipts, done.still_open) == (0, 0)
        assert Payment.objects.count() == 1
        assert_all_holds()

    def test_equal_words_pair_one_for_one(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("W-1", 5_000, "tien dien")
        take("C|5000|FT1|tien dien", "C|5000|FT2|tien dien")
        done = match()

        assert (done.receipts, Payment.objects.count()) == (1, 2)
        assert ledger_queries.get_balance("138-VCB").balance_vnd == 0

    def test_perhaps_the_same_money_is_left_to_a_person(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("W-1", 5_000, "tien dien thang 11")
        take("C|5000|FT1|CK nhanh")
        assert match().receipts == 0
        [one] = matching_queries.open_differences(DAY)
        assert (one.kind, one.amount_vnd) == ("PERHAPS_SAME", 0)

        matching.confirm_same(difference_id=one.id, reason="cùng một khoản", actor=WORKER, at=NEXT)
        assert match().still_open == 0
        assert (Payment.objects.count(), ledger_queries.get_balance("138-VCB").balance_vnd) == (1, 0)
        assert_all_holds()

    def test_or_it_was_other_money(self, take: Callable[..., Any], told_by_bank: Callable[..., Any]) -> None:
        told_by_bank("W-1", 5_000, "tien dien thang 11")
        take("C|5000|FT1|CK nhanh")
        match()
        [one] = matching_queries.open_differences(DAY)
        matching.receive_line(difference_id=one.id, reason="khoản khác", actor=WORKER, at=NEXT)
        match()

        assert Payment.objects.count() == 2
        assert open_ones() == [("MISSING_THERE", -5_000)]
        assert_all_holds()

    def test_told_twice_by_two_ways(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any], own: None
    ) -> None:
        statements.set_settlement(
            channel="SEPAY", account=OWN, mode="EACH", valid_from=date(2026, 1, 1), actor=WORKER, at=NEXT
        )
        told_by_bank("FT1", 5_000, "tien dien")
        told_by_bank("92704", 5_000, "tien dien", bank="SEPAY")
        take("C|5000|FT1|tien dien")
        match()

        assert open_ones() == [("DOUBLED", -5_000)]
        assert_all_holds()

    def test_money_taken_back_before_and_after_the_statement(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        told_by_bank("FT2", 5_000, kind="REVERSAL", original_txn_id="FT1")
        take("C|7|FT9|x")
        match()
        assert open_ones() == []

        told_by_bank("FT3", 800)
        take("C|800|FT3|x", day=DAY + timedelta(days=1), opening=7, sequence=2)
        match(DAY + timedelta(days=1))
        told_by_bank("FT4", 800, kind="REVERSAL", original_txn_id="FT3")
        take("D|800|FT4|x", day=DAY + timedelta(days=2), opening=807, sequence=3)
        match(DAY + timedelta(days=2))

        assert open_ones() == []
        assert ledger_queries.get_balance("138-VCB").balance_vnd == 0
        assert_all_holds()

    def test_money_that_goes_out_is_named(self, take: Callable[..., Any]) -> None:
        take("C|900|FT1|x", "D|800|FT2|rut")
        match()

        assert open_ones() == [("UNKNOWN_DEBIT", -800)]
        assert_all_holds()

    def test_a_day_without_a_statement_is_named_and_then_closed(self, take: Callable[..., Any]) -> None:
        match()
        assert open_ones() == [("NO_STATEMENT", 0)]
        take("C|7|FT9|x")
        match()
        assert open_ones() == []
