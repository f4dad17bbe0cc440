"""Statements taken in: line by line, once, in the order of their numbers, or kept apart with the reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests.payments.matched_day import BANK, DAY, NEXT, OWN, WORKER, swift

from motcua.payments.models import BankStatement, StatementFile, StatementLine
from motcua.payments.operations import statements
from motcua.payments.operations.statement_refusals import StatementUnusable


class TestImport:
    def test_keeps_every_line_under_the_banks_id(self, take: Callable[..., Any]) -> None:
        done = take("C|150|FT1|A", "C|150|FT2|A", "D|11|FT3|PHI")

        assert (done.accepted, done.quarantined) == (1, 0)
        assert list(StatementLine.objects.order_by("place").values_list("key", "amount_vnd", "is_credit", "is_fee")) == [
            ("FT1", 150, True, False), ("FT2", 150, True, False), ("FT3", 11, False, True),
        ]  # fmt: skip

    def test_the_same_file_again_has_no_effect(self, take: Callable[..., Any]) -> None:
        take("C|150|FT1|A")
        again = take("C|150|FT1|A")

        assert (again.is_new, StatementLine.objects.count(), StatementFile.objects.get().times_seen) == (
            False,
            1,
            2,
        )

    def test_the_same_statement_with_another_amount_waits_and_says_why(
        self, take: Callable[..., Any]
    ) -> None:
        take("C|150|FT1|A")
        done = take("C|151|FT1|A")

        assert (done.accepted, done.quarantined) == (0, 1)
        assert BankStatement.objects.get(state="QUARANTINED").faults[0]["code"] == "STATEMENT_DIFFERS"
        assert StatementLine.objects.get().amount_vnd == 150

    def test_the_same_statement_in_other_bytes_is_seen(self, take: Callable[..., Any], own: None) -> None:
        take("C|150|FT1|A")
        statements.import_file(content=swift("C|150|FT1|A") + b"\n\n", name="x", actor=WORKER, at=NEXT)

        assert BankStatement.objects.get(state="QUARANTINED").faults[0]["code"] == "STATEMENT_SEEN"

    def test_a_line_that_another_statement_tells_otherwise_stops_it(self, take: Callable[..., Any]) -> None:
        take("C|150|FT1|A")
        take("C|160|FT1|A", "C|1|FT9|B", day=DAY + timedelta(days=1), opening=150, sequence=2)

        assert BankStatement.objects.get(state="QUARANTINED").faults[0]["code"] == "LINE_DIFFERS"
        assert StatementLine.objects.count() == 1

    def test_the_statement_before_lets_the_waiting_one_in(self, take: Callable[..., Any]) -> None:
        take("C|1|FT1|A", sequence=1)
        take("C|3|FT3|A", day=DAY + timedelta(days=2), opening=3, sequence=3)
        assert {fault["code"] for fault in BankStatement.objects.get(sequence=3).faults} == {
            "SEQUENCE_GAP",
            "OPENING_DIFFERS",
        }

        take("C|2|FT2|A", day=DAY + timedelta(days=1), opening=1, sequence=2)
        assert (
            list(BankStatement.objects.order_by("sequence").values_list("state", flat=True))
            == ["ACCEPTED"] * 3
        )

    def test_an_account_nobody_knows_waits_until_it_is_ours(self, company: Any, at: datetime) -> None:
        statements.import_file(content=swift("C|150|FT1|A"), name="x", actor=WORKER, at=at)
        assert BankStatement.objects.get().faults[0]["code"] == "ACCOUNT_UNKNOWN"

        statements.open_own_account(number=OWN, bank=BANK, name="A", actor=WORKER, at=at)
        assert BankStatement.objects.get().state == "ACCEPTED"
        assert StatementLine.objects.count() == 1

    def test_a_person_may_take_a_gap_but_not_an_unbalanced_one(self, take: Callable[..., Any]) -> None:
        take("C|1|FT1|A", sequence=1)
        take("C|3|FT3|A", day=DAY + timedelta(days=2), opening=1, sequence=3)
        row = BankStatement.objects.get(sequence=3)

        statements.accept_statement(statement_id=row.id, reason="ngân hàng xác nhận", actor=WORKER, at=NEXT)
        assert BankStatement.objects.get(sequence=3).state == "ACCEPTED"
        bad = swift("C|5|FT5|A", day=DAY + timedelta(days=3), opening=4, sequence=4).replace(
            b"VND9,", b"VND8,"
        )
        statements.import_file(content=bad, name="x", actor=WORKER, at=NEXT)
        with pytest.raises(StatementUnusable):
            statements.accept_statement(
                statement_id=BankStatement.objects.get(sequence=4).id, reason="cứ nhận", actor=WORKER, at=NEXT
            )

    def test_a_kill_between_keeping_and_reading_loses_nothing(self, own: None) -> None:
        statements.store_file(content=swift("C|150|FT1|A"), name="x", actor=WORKER, at=NEXT)
        assert StatementLine.objects.count() == 0

        assert statements.read_stored(actor=WORKER, at=NEXT) == 1
        assert StatementLine.objects.count() == 1

    @pytest.mark.parametrize(
        "change", ["UPDATE payments_statementline SET amount_vnd = 1", "DELETE FROM payments_statementline"]
    )
    def test_a_line_is_never_changed(self, take: Callable[..., Any], change: str) -> None:
        take("C|150|FT1|A")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
