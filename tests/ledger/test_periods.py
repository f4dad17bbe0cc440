"""Closed days: what is looked at, who may open them again, and that the database refuses what comes late."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.ledger import closing, registry
from motcua.ledger import operations as ledger_ops
from motcua.ledger.models import LedgerTransaction
from motcua.ledger.registry import DayCheck

ANN, BEN = Actor.system("ann"), Actor.system("ben")
POST = """
WITH t AS (INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, at, business_date, actor,
               reason, total_vnd, posting_count)
           VALUES (%s, 'TRANSFER', %s, '{}', '', '{}', %s, %s, 'system:test', '', 5, 2) RETURNING id)
INSERT INTO ledger_posting (transaction_id, account_id, day, side, amount_vnd)
SELECT t.id, l.account, %s, l.side, 5 FROM t, (VALUES ('111', 'D'), ('112', 'C')) l (account, side)
"""


@pytest.fixture(autouse=True)
def _nobody_else_looks(monkeypatch):
    monkeypatch.setattr(registry, "_day_looks", [])


def close(day, at, explanations=None, actor=ANN):
    return ledger_ops.close_day(day=day, explanations=explanations or {}, actor=actor, at=at)


def write(day, at, key="by-hand"):
    """A booking past every operation of ours."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(POST, [ids.new_id(at), key, at, day, day])


@pytest.mark.usefixtures("company")
class TestClosing:
    def test_a_closed_day_takes_no_booking_whoever_writes(self, raise_one, at):
        day = local_time.local_date(at)
        raise_one(key="before")
        write(day, at, key="by-hand-before")
        close(day, at + timedelta(days=1))

        with pytest.raises(ledger_ops.DayClosed):
            raise_one(key="after")
        with pytest.raises(IntegrityError, match="closed"):
            write(day, at)
        raise_one(key="after", at=at + timedelta(days=1))
        assert raise_one(key="before").status == "OPEN", "what was booked before is found, not booked again"

    def test_the_day_is_vietnams(self, raise_one, at):
        """23:30 of the day in Vietnam is 16:30 UTC; half an hour past midnight is the next day, 17:30 UTC the same."""
        day = local_time.local_date(at)
        before_midnight = at.replace(hour=16, minute=30)
        after_midnight = at.replace(hour=17, minute=30)
        close(day, at + timedelta(days=1))

        with pytest.raises(ledger_ops.DayClosed):
            raise_one(at=before_midnight)
        raise_one(at=after_midnight)
        assert LedgerTransaction.objects.get().business_date == day + timedelta(days=1)

    def test_a_day_is_closed_once_it_is_over(self, at):
        with pytest.raises(ledger_ops.PeriodNotOver):
            close(local_time.local_date(at), at)

    def test_closing_again_changes_nothing(self, at):
        day = local_time.local_date(at) - timedelta(days=1)

        assert close(day, at) == close(day, at + timedelta(hours=1))

    def test_what_is_not_well_needs_a_word_and_what_blocks_needs_more(self, at):
        day = local_time.local_date(at) - timedelta(days=1)
        checks = [DayCheck("TREO", "Tiền treo", False, False, "3 khoản")]
        registry.on_day_check(lambda _day, _at: checks)

        with pytest.raises(ledger_ops.ExplanationMissing) as refused:
            close(day, at, {"TREO": "  "})
        assert refused.value.field == "TREO"
        checks.append(DayCheck("QUY", "Quỹ", False, True, "Ca mở"))
        with pytest.raises(ledger_ops.DayNotSound):
            close(day, at, {"TREO": "chờ khách", "QUY": "xin"})
        checks.pop()
        done = close(day, at, {"TREO": " chờ   khách "})
        assert {check["code"]: check["word"] for check in done.checks}["TREO"] == "chờ khách"

    def test_our_own_checks_tell_the_figures(self, raise_one, at):
        raise_one()
        found = {check.code: check for check in closing.check_day(local_time.local_date(at), at)}

        assert set(found) == {"BALANCED", "RECOUNTED", "SEALED"}
        assert all(check.is_ok and check.blocks for check in found.values())
        assert found["BALANCED"].detail == "105.840 / 105.840"


@pytest.mark.usefixtures("company")
class TestReopening:
    def test_two_people_and_a_reason(self, raise_one, at):
        day = local_time.local_date(at)
        later = at + timedelta(days=1)
        period = close(day, later)

        with pytest.raises(ledger_ops.ReopenNotAsked):
            ledger_ops.approve_reopen(period_id=period.id, actor=BEN, at=later)
        with pytest.raises(ledger_ops.ReasonMissing):
            ledger_ops.ask_reopen(period_id=period.id, reason=" ", actor=ANN, at=later)
        ledger_ops.ask_reopen(period_id=period.id, reason="wrong day", actor=ANN, at=later)
        with pytest.raises(ledger_ops.SamePerson):
            ledger_ops.approve_reopen(period_id=period.id, actor=ANN, at=later)
        with pytest.raises(ledger_ops.DayClosed):
            raise_one()
        opened = ledger_ops.approve_reopen(period_id=period.id, actor=BEN, at=later)

        assert (opened.state, opened.reopen_reason, opened.reopened_by) == ("REOPENED", "wrong day", BEN.ref)
        raise_one()
        assert close(day, later).id != period.id
        assert [found.state for found in closing.list_periods(day, day)] == ["CLOSED", "REOPENED"]

    def test_the_database_itself_wants_two(self, at):
        period = close(local_time.local_date(at), at + timedelta(days=1))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE ledger_period SET state = 'REOPENED', reopened_at = now(), reopened_by = 'a', "
                "reopen_asked_at = now(), reopen_asked_by = 'a', reopen_reason = 'x' WHERE id = %s",
                [period.id],
            )

    def test_a_refused_question_leaves_it_closed(self, at):
        period = close(local_time.local_date(at), at + timedelta(days=1))
        ledger_ops.ask_reopen(period_id=period.id, reason="wrong", actor=ANN, at=at)

        left = ledger_ops.refuse_reopen(period_id=period.id, actor=BEN, at=at)
        assert (left.is_closed, left.is_asked) == (True, False)


@pytest.mark.usefixtures("company")
class TestMonths:
    def test_a_month_needs_its_days_and_keeps_them(self, raise_one, at):
        """The fixture's instant is the 16th of November 2026."""
        december = at + timedelta(days=20)
        raise_one()
        with pytest.raises(ledger_ops.PeriodNotOver):
            ledger_ops.close_month(month=date(2026, 11, 5), actor=ANN, at=at)
        with pytest.raises(ledger_ops.DaysOpen) as refused:
            ledger_ops.close_month(month=date(2026, 11, 5), actor=ANN, at=december)
        assert refused.value.facts["day"] == "16/11/2026"

        day = close(date(2026, 11, 16), december)
        month = ledger_ops.close_month(month=date(2026, 11, 5), actor=ANN, at=december)
        assert (month.first_day, month.last_day) == (date(2026, 11, 1), date(2026, 11, 30))
        assert month.checks["debit_vnd"] == month.checks["credit_vnd"] == 105_840
        with pytest.raises(ledger_ops.DayClosed):
            raise_one(key="a day without bookings", at=at + timedelta(days=3))
        with pytest.raises(ledger_ops.MonthIsClosed):
            ledger_ops.ask_reopen(period_id=day.id, reason="x", actor=ANN, at=december)


def test_a_close_waits_for_bookings_under_way_and_they_are_in_it(committed_company, race, raise_one, at):
    day = local_time.local_date(at)
    booked = threading.Event()

    def book():
        with transaction.atomic():
            raise_one(key="under way")
            booked.set()
            threading.Event().wait(0.5)

    def shut():
        assert booked.wait(60)
        return close(day, at + timedelta(days=1))

    results = race(book, shut)
    totals = {check["code"]: check["detail"] for check in results[1].checks}
    assert totals["BALANCED"] == "105.840 / 105.840"


def test_bookings_and_a_close_at_once_leave_none_behind(committed_company, race, raise_one, at):
    day = local_time.local_date(at)
    calls = [lambda number=number: raise_one(key=f"at-once-{number}") for number in range(6)]
    *booked, period = race(*calls, lambda: close(day, at + timedelta(days=1)))

    refused = [result for result in booked if isinstance(result, Exception)]
    assert all(isinstance(error, ledger_ops.DayClosed) or "closed" in str(error) for error in refused), (
        refused
    )
    counted = {check["code"]: check["detail"] for check in period.checks}["RECOUNTED"]
    assert int(counted) == LedgerTransaction.objects.count() == 6 - len(refused)
