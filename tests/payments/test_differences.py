"""Differences by name and how they end; and attempts to break what must hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from tests.payments.matched_day import BANK, DAY, NEXT, OWN, WORKER, assert_all_holds, match

from motcua.ledger import operations as ledger_ops
from motcua.payments import matching_queries, queries
from motcua.payments.models import BankNotification, LineUse, StatementLine, SuspenseCase
from motcua.payments.operations import matching
from motcua.payments.operations.statement_refusals import DifferenceClosed, NotThisWay, ReasonMissing


class TestDifferences:
    @pytest.fixture
    def one(self, take: Callable[..., Any]) -> int:
        take("C|900|FT1|x", "D|800|FT2|rut")
        match()
        return matching_queries.open_differences(DAY)[0].id

    def test_has_age_and_owner(self, one: int) -> None:
        matching.assign_difference(difference_id=one, owner="staff:ketoan-2", actor=WORKER, at=NEXT)
        seen = matching_queries.find_difference(one)

        assert seen is not None
        assert (seen.owner, seen.age_days(date(2026, 11, 20))) == ("staff:ketoan-2", 4)

    def test_is_ended_with_a_reason_and_stays_ended(self, one: int) -> None:
        with pytest.raises(ReasonMissing):
            matching.explain_difference(difference_id=one, reason=" ", actor=WORKER, at=NEXT)
        matching.explain_difference(difference_id=one, reason="rút tiền mặt nhập quỹ", actor=WORKER, at=NEXT)

        assert match().still_open == 0
        assert LineUse.objects.get(kind="OTHER").line.key == "FT2"
        with pytest.raises(DifferenceClosed):
            matching.explain_difference(difference_id=one, reason="lần nữa", actor=WORKER, at=NEXT)
        assert_all_holds()

    def test_only_its_own_acts_end_it(self, one: int) -> None:
        with pytest.raises(NotThisWay):
            matching.confirm_same(difference_id=one, reason="như nhau", actor=WORKER, at=NEXT)
        with pytest.raises(NotThisWay):
            matching.receive_line(difference_id=one, reason="khác nhau", actor=WORKER, at=NEXT)


class TestInvariants:
    """Each is broken on purpose behind the operations' back; the check must see it."""

    def test_10_money_that_matches_nothing_is_a_case(self, take: Callable[..., Any], at: datetime) -> None:
        take("C|150|FT1|cam on")
        match()
        case = SuspenseCase.objects.get()
        assert case.opened_at is not None
        ledger_ops.receive_unmatched(
            amount_vnd=1,
            clearing_account="138-VCB",
            case_id=case.id,
            reference="x",
            actor=WORKER,
            at=at,
            key="behind",
        )

        assert "SUSPENSE_DIFFERS" in {problem.code for problem in queries.check_payments()}
        assert "CLEARING_DIFFERS" in {problem.code for problem in matching_queries.check_matching()}

    def test_11_a_settlement_beside_the_statement_is_seen(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        take("C|5000|FT1|x")
        match()
        ledger_ops.transfer(
            debit_account=f"112-{OWN}",
            credit_account="138-VCB",
            amount_vnd=1,
            actor=WORKER,
            at=NEXT,
            key="behind",
        )

        assert {problem.code for problem in matching_queries.check_matching()} == {
            "CLEARING_DIFFERS",
            "BANK_DIFFERS",
        }

    def test_11_what_a_line_was_for_is_never_taken_back(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        take("C|5000|FT1|x")
        match()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            LineUse.objects.all().delete()

    def test_12_opening_and_entries_are_the_closing_for_the_books_too(
        self, take: Callable[..., Any], at: datetime
    ) -> None:
        take("C|150|FT1|cam on", opening=1_000)
        match()
        [account] = matching_queries.list_own_accounts()
        assert (account.books_vnd, account.closing_vnd, account.unexplained_vnd, account.agrees) == (
            1_150,
            1_150,
            0,
            True,
        )

        ledger_ops.transfer(
            debit_account="6417", credit_account=f"112-{OWN}", amount_vnd=7, actor=WORKER, at=at, key="behind"
        )
        assert [problem.code for problem in matching_queries.check_matching()] == ["BANK_DIFFERS"]

    def test_a_notice_cannot_confirm_two_lines(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("FT1", 5_000)
        take("C|5000|FT1|x", "D|5|FT2|y")
        match()
        use = LineUse.objects.get()
        other = StatementLine.objects.get(key="FT2")
        with pytest.raises(IntegrityError), transaction.atomic():
            LineUse.objects.create(
                line=other,
                kind="EACH",
                channel=BANK,
                notification=BankNotification.objects.get(),
                run=use.run,
            )
