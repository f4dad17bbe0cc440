"""A channel hands over the payments of a day in one line; matching that runs by itself, and in two processes at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.payments.matched_day import (
    BANK,
    DAY,
    NEXT,
    OWN,
    PAID,
    WORKER,
    assert_all_holds,
    match,
    open_ones,
    swift,
)

from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments.models import Payment, SuspenseCase
from motcua.payments.operations import matching, statements


class TestHandOver:
    @pytest.fixture(autouse=True)
    def _rule(self, own: None) -> None:
        statements.set_settlement(
            channel="VNPAY", account=OWN, mode="LUMP", valid_from=date(2026, 1, 1), text_pattern="VNPAY quyết toán",
            lag_days=1, most_fee_vnd=3_000, actor=WORKER, at=NEXT,
        )  # fmt: skip

    def test_the_payments_of_a_day_less_the_fee(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        told_by_bank("V2", 298_660, bank="VNPAY")
        take("C|797560|FT1|VNPAY QUYET TOAN 16/11", day=DAY + timedelta(days=1))
        done = match(DAY + timedelta(days=1))

        assert (done.still_open, done.receipts) == (0, 0)
        assert ledger_queries.get_balance("138-VNPAY").balance_vnd == 0
        assert ledger_queries.get_balance("6417").balance_vnd == 1_100
        assert ledger_queries.get_balance(f"112-{OWN}").balance_vnd == 797_560
        assert_all_holds()

    def test_too_much_is_kept_back(self, take: Callable[..., Any], told_by_bank: Callable[..., Any]) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        take("C|490000|FT1|VNPAY QUYET TOAN", day=DAY + timedelta(days=1))
        match(DAY + timedelta(days=1))

        assert sorted(kind for kind, _ in open_ones()) == ["FEE", "LUMP_OPEN"]
        assert ledger_queries.get_balance("138-VNPAY").balance_vnd == 500_000
        assert_all_holds()

    def test_nothing_was_handed_over(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        take("C|7|FT1|x", day=DAY + timedelta(days=1))
        match(DAY + timedelta(days=1))

        assert open_ones() == [("LUMP_OPEN", -500_000)]

    def test_money_is_handed_over_once(
        self, take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        take("C|500000|FT1|VNPAY QUYET TOAN", "C|500000|FT2|VNPAY QUYET TOAN", day=DAY + timedelta(days=1))
        match(DAY + timedelta(days=1))

        assert open_ones() == [("FEE", 500_000)]
        assert_all_holds()


class TestByItself:
    def test_a_statement_that_came_is_matched_once(self, take: Callable[..., Any]) -> None:
        assert matching.match_due(at=NEXT) == 0
        take("C|150|FT1|cam on")

        assert matching.match_due(at=NEXT + timedelta(minutes=5)) == 1
        assert matching.match_due(at=NEXT + timedelta(minutes=10)) == 0
        assert SuspenseCase.objects.count() == 1

    def test_a_day_that_goes_on_waits(self, take: Callable[..., Any]) -> None:
        take("C|150|FT1|cam on", day=date(2026, 11, 17))

        assert matching.match_due(at=NEXT) == 0


def test_two_runs_at_the_same_time_book_once(
    committed_company: Any, race: Callable[..., Any], at: datetime
) -> None:
    statements.open_own_account(number=OWN, bank=BANK, name="A", actor=WORKER, at=at)
    payment_ops.record_bank_notification(
        bank=BANK, txn_id="FT1", amount_vnd=5_000, text="", paid_at=PAID, raw_sha256="0" * 64, at=PAID
    )
    statements.import_file(content=swift("C|5000|FT1|x", "C|7|FT2|y"), name="x", actor=WORKER, at=NEXT)

    results = race(match, match, match)
    assert [type(result).__name__ for result in results] == ["Matched"] * 3
    assert ledger_queries.get_balance("138-VCB").balance_vnd == 0
    assert ledger_queries.get_balance(f"112-{OWN}").balance_vnd == 5_007
    assert Payment.objects.count() == 2
    assert_all_holds()
