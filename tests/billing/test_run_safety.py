"""A run under kills and beside another one bills everybody once; and what it bills is what the pure rules say."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from motcua.billing import operations, run_queries
from motcua.billing.models import AccountTerms, Bill, BillRun, RunException
from motcua.billing.rules import plausibility, rating
from motcua.billing.rules.case import Case, NormRounding, norm_days
from motcua.billing.rules.plausibility import Bounds, Use
from motcua.billing.rules.terms import GROUP_OF_PURPOSE, Terms, by_terms, cosphi_hundredths
from motcua.billing.rules.use import Purpose, Shown
from motcua.companies.context import using_company
from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import Charge, LedgerTransaction
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import Part
from tests.billing.accounts import UNIT, hang, make, point_of, read

OCT, NOV, DEC = date(2025, 10, 5), date(2025, 11, 5), date(2025, 12, 5)
NOW = datetime(2025, 12, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")


def bill(day, size=20_000):
    run = operations.start_run(unit_code=UNIT, reading_date=day, actor=ACTOR, at=NOW)
    return operations.go_on(run_id=run.id, actor=ACTOR, clock=lambda: NOW, size=size)


def holds(count):
    """Everybody has one bill with one charge, the run's sums are those of its bills, and the books balance."""
    bills = list(Bill.objects.all())
    assert len(bills) == len({bill.account_code for bill in bills}) == count
    assert {bill.charge_id for bill in bills} == set(Charge.objects.values_list("id", flat=True))
    run = BillRun.objects.get()
    assert (run.bills, run.total_vnd, run.kwh) == (
        count,
        sum(b.total_vnd for b in bills),
        sum(b.kwh for b in bills),
    )
    assert run.state == "DONE"
    assert run_queries.count_waiting(run.id) == 0
    assert ledger_queries.check_ledger() == []


# The statement after which a process dies, in its third chunk: after the accounts were taken, the bills written, the charges booked.
DIES = """
import os, signal
import django; django.setup()
from datetime import UTC, date, datetime
from django.db import connection
from motcua.billing import operations
from motcua.companies.context import using_company
from motcua.kernel.actors import Actor
NOW = datetime(2025, 12, 6, 3, tzinfo=UTC)
seen = []
def watch(execute, sql, params, many, context):
    answer = execute(sql, params, many, context)
    if "{after}" in str(sql):
        seen.append(1)
        if len(seen) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    return answer
with using_company("HANOI"):
    actor = Actor.system("killed")
    run = operations.start_run(unit_code="{unit}", reading_date=date(2025, 11, 5), actor=actor, at=NOW)
    connection.execute_wrappers.append(watch)
    operations.go_on(run_id=run.id, actor=actor, clock=lambda: NOW, size=4)
"""


@pytest.mark.parametrize(
    "after", ["DELETE FROM billing_runaccount", "INSERT INTO billing_bill", "INSERT INTO ledger_charge", "SET chunks = chunks"]
)  # fmt: skip
def test_a_run_that_is_killed_goes_on_and_bills_everybody_once(committed_company, shared_server, after):
    for number in range(15):
        make(OCT, {NOV: 100 + number})
    url = shared_server.app_url(committed_company.test_database)
    script = DIES.format(after=after, unit=UNIT)
    child = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=400
    )  # fmt: skip
    assert child.returncode == -9, child.stderr
    with using_company("HANOI"):
        assert Bill.objects.count() == 8  # two chunks
        assert LedgerTransaction.objects.count() == 2

        bill(NOV, size=4)

        holds(15)


def test_two_that_run_at_once_share_the_work(committed_company, race):
    for number in range(30):
        make(OCT, {NOV: 100 + number})

    answers = race(lambda: bill(NOV, size=3), lambda: bill(NOV, size=3))

    assert [type(answer) for answer in answers] == [BillRun, BillRun], answers
    with using_company("HANOI"):
        bill(NOV)
        holds(30)


def test_a_bill_by_hand_in_the_very_moment_is_no_second_one(committed_company, race):
    account = make(OCT, {NOV: 100})
    case = {"group": "HOME", "from": "2025-10-05", "to": "2025-11-05", "kwh": 100}

    def by_hand():
        return operations.issue_bill(
            account_code=account, customer_id=None, unit_code=UNIT, case=case, readings=[], billing_month=NOV, actor=ACTOR, at=NOW
        )  # fmt: skip

    answers = race(lambda: bill(NOV), by_hand)

    assert not [
        a for a in answers if isinstance(a, Exception) and not isinstance(a, operations.AlreadyBilled)
    ], answers
    with using_company("HANOI"):
        assert Bill.objects.count() == Charge.objects.count() == 1
        assert ledger_queries.check_ledger() == []


def poison(account):
    """Terms that no operation would have let in: rating this account fails, whoever tries."""
    AccountTerms.objects.create(
        account_code=account, valid_from=OCT, price_group="HOME", purposes=[{"nonsense": 1}], set_at=NOW, set_by="test"
    )  # fmt: skip


@pytest.mark.parametrize("poisoned", [{0}, {6}, {12}, {3, 4, 11}])
@pytest.mark.django_db
def test_a_poisoned_account_is_set_aside_and_the_others_are_billed(company, poisoned):
    accounts = [make(OCT, {NOV: 100 + number}) for number in range(13)]
    for number in poisoned:
        poison(accounts[number])

    run = bill(NOV, size=8)

    holds(13 - len(poisoned))
    found = RunException.objects.filter(run=run).order_by("account_code")
    assert [(row.account_code, row.code, row.state) for row in found] == [
        (accounts[number], "FAILED", "OPEN") for number in sorted(poisoned)
    ]
    assert {row.facts["problem"] for row in found} == {"KeyError: 'group'"}
    assert (run.gathered, run.done) == (13, 13)


@pytest.mark.django_db
def test_who_was_set_aside_is_billed_after_the_cause_is_gone(company):
    account, other = make(OCT, {NOV: 100}), make(OCT, {NOV: 200})
    poison(account)
    run = bill(NOV)
    row = RunException.objects.get(run=run)
    clerk = Actor.staff("b1", "Minh", ["BUSINESS"], [UNIT])
    operations.decide(exception_id=row.id, decision="REREAD", reason="đã sửa điều kiện", actor=clerk, at=NOW)

    operations.take_up_decided(run_id=run.id, actor=clerk, at=NOW)
    operations.go_on(run_id=run.id, actor=clerk, clock=lambda: NOW)
    row.refresh_from_db()
    assert (row.code, row.state) == ("FAILED", "OPEN")  # nothing was mended: it waits again

    AccountTerms.objects.filter(account_code=account).delete()
    operations.decide(exception_id=row.id, decision="REREAD", reason="đã sửa điều kiện", actor=clerk, at=NOW)
    operations.take_up_decided(run_id=run.id, actor=clerk, at=NOW)
    operations.go_on(run_id=run.id, actor=clerk, clock=lambda: NOW)

    row.refresh_from_db()
    assert row.state == "SETTLED"
    holds(2)
    assert set(Bill.objects.values_list("account_code", flat=True)) == {account, other}


@pytest.mark.django_db
def test_when_all_accounts_fail_it_is_not_the_accounts(company, monkeypatch):
    monkeypatch.setattr("motcua.billing.operations.poisoned.IN_A_ROW", 3)
    for number in range(6):
        poison(make(OCT, {NOV: 100 + number}))
    with pytest.raises(KeyError):
        bill(NOV)
    assert RunException.objects.count() == 3  # the third was the last straw; the others still wait


@pytest.mark.django_db
def test_a_run_that_cannot_go_on_does_not_hold_up_the_next(company, monkeypatch):
    make(OCT, {NOV: 100})
    make(OCT, {NOV: 100}, unit="PD0200")
    stuck = operations.start_run(unit_code=UNIT, reading_date=NOV, actor=ACTOR, at=NOW)
    later = operations.start_run(unit_code="PD0200", reading_date=NOV, actor=ACTOR, at=NOW)
    policy_of = run_queries.policy_of

    def lost(unit_code, on):
        if unit_code == UNIT:
            raise run_queries.NoPolicy(field="day", on="")
        return policy_of(unit_code, on)

    monkeypatch.setattr(run_queries, "policy_of", lost)

    assert operations.continue_one(at=NOW) == 1
    assert operations.continue_one(at=NOW) == 1
    with pytest.raises(run_queries.NoPolicy):
        operations.continue_one(at=NOW)
    assert [BillRun.objects.get(id=run.id).state for run in (stuck, later)] == ["RUNNING", "DONE"]


def test_a_run_that_is_killed_while_it_sets_aside_goes_on(committed_company, shared_server):
    accounts = [make(OCT, {NOV: 100 + number}) for number in range(9)]
    for number in (1, 2, 3):
        poison(accounts[number])
    url = shared_server.app_url(committed_company.test_database)
    script = DIES.format(after=r"INTO \"billing_runexception", unit=UNIT)
    child = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=400
    )  # fmt: skip
    assert child.returncode == -9, child.stderr
    with using_company("HANOI"):
        assert RunException.objects.count() == 2  # the third died with its transaction

        bill(NOV, size=4)

        holds(6)
        assert sorted(RunException.objects.values_list("account_code", flat=True)) == accounts[1:4]


class Account:
    """An account of chance, and what the pure rules make of it."""

    def __init__(self, chance, book):
        self.book = book
        self.kind = chance.choice(["ACTIVE", "ACTIVE", "TIME_OF_USE"])
        self.purpose = chance.choice([*GROUP_OF_PURPOSE, "RESIDENTIAL", "RESIDENTIAL"])
        self.digits = chance.choice([5, 6])
        size = 10**self.digits
        names = ["KT"] if self.kind == "ACTIVE" else ["BT", "CD", "TD"]
        self.shown = []
        values = {name: chance.choice([0, size - 200, chance.randrange(size)]) for name in names}
        for _ in range(3):
            self.shown.append(dict(values))
            values = {
                name: (value + chance.choice([0, 3, 150, 170, 900])) % size for name, value in values.items()
            }
        self.quota = chance.choice([1, 1, 2, 7])
        self.vc = chance.choice([None, 40, 4000]) if self.purpose != "RESIDENTIAL" else None
        self.code = make(
            OCT, {NOV: self.shown[1], DEC: self.shown[2]}, first=self.shown[0], kind=self.kind, digits=self.digits,
            purpose=self.purpose, quota=self.quota,
        )  # fmt: skip
        if self.vc:
            hang(point_of(self.code), f"VC{self.code[-6:]}", OCT, 0, kind="REACTIVE")
            read(f"VC{self.code[-6:]}", NOV, self.vc)
            read(f"VC{self.code[-6:]}", DEC, 2 * self.vc)
        self.terms = Terms(*GROUP_OF_PURPOSE[self.purpose], quota_hundredths=self.quota * 100)
        self.factor = 1
        if chance.random() < 0.4:
            self.set_terms(chance)

    def set_terms(self, chance):
        self.factor = chance.choice([1, 20])
        shares = (
            (Purpose("HOME", "", 2500), Purpose("BUSINESS", "LT_6KV", 7500)) if chance.random() < 0.4 else ()
        )
        group, voltage = chance.choice([("HOME", ""), ("BUSINESS", "KV6_22"), ("PRODUCTION", "KV22_110"), ("ADMIN_LIGHTING", "LT_6KV")])  # fmt: skip
        quota = chance.choice([25, 100, 350])
        operations.set_terms(
            account_code=self.code, valid_from=OCT, actor=ACTOR, at=NOW,
            terms=operations.NewTerms(
                group, voltage, quota_hundredths=quota, factor=self.factor,
                purposes=[{"group": s.group, "voltage": s.voltage, "share": s.share} for s in shares],
            ),
        )  # fmt: skip
        self.terms = Terms(group, voltage, quota_hundredths=quota, purposes=shares)

    def used(self, month):
        """Kilowatt-hours by register of the month from the one day to the other, and whether a register went back."""
        before, after = self.shown[month], self.shown[month + 1]
        used = {n: Shown(before[n], after[n], self.digits, self.factor).kwh for n in before}
        return used, any(plausibility.is_negative(before[n], after[n], self.digits) for n in before)

    def expect(self, month, start, end, last):
        used, is_negative = self.used(month)
        kwh = sum(used.values())
        doubt = plausibility.doubt_of(
            Use(kwh, (end - start).days), last, is_home=self.terms.price_group == "HOME", is_negative=is_negative,
            bounds=Bounds(30, 50),
        )  # fmt: skip
        if doubt:
            return doubt.value, None
        hours = {"KT": Part.ONE, "BT": Part.NORMAL, "TD": Part.OFF_PEAK, "CD": Part.PEAK}
        use = {hours[name]: value for name, value in used.items()}
        liable = self.vc and self.terms.price_group != "HOME"
        whole = Case(
            self.terms.price_group, start, end, use, end.replace(day=1), norm_days(start, end, None), self.terms.voltage,
            cosphi_hundredths=cosphi_hundredths(kwh, self.vc * self.factor) if liable else None, norm_rounding=NormRounding.CIRCULAR,
        )  # fmt: skip
        return "", rating.rate_together(by_terms(whole, self.terms, self.book), self.book, whole)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_the_bills_of_a_run_are_those_of_the_pure_rules(company, seed):
    chance, book = random.Random(seed), tariff_queries.price_book()
    accounts = [Account(chance, book) for _ in range(40)]

    for month, (start, end) in enumerate([(OCT, NOV), (NOV, DEC)]):
        run = bill(end, size=17)
        found = {row.account_code: row.code for row in RunException.objects.filter(run=run)}
        bills = {row.account_code: row for row in Bill.objects.filter(run_id=run.id)}
        for account in accounts:
            before = Bill.objects.filter(
                account_code=account.code, billing_month=start.replace(day=1)
            ).first()
            if month and before is None:
                continue  # who had no bill the month before is billed for both: another case
            last = Use(before.kwh, (before.to_day - before.from_day).days) if before else None
            code, rated = account.expect(month, start, end, last)
            assert found.get(account.code, "") == code, (account.code, account.__dict__)
            if rated is None:
                continue
            told = bills[account.code]
            assert (told.active_vnd, told.reactive_vnd, told.vat_vnd, told.total_vnd) == (
                rated.active_vnd, rated.reactive_vnd, rated.vat_vnd, rated.total_vnd,
            ), (account.code, account.__dict__)  # fmt: skip
            assert [(line["amount_vnd"], line["rule"]) for line in told.lines] == [
                (x.amount_vnd, x.rule) for x in rated.lines
            ]
        assert len(bills) > 5
    assert ledger_queries.check_ledger() == []
