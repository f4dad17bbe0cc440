"""Deposits given back by two, and the reports of deposits and interest beside their accounts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.ledger.conftest import CUSTOMER, SYSTEM

from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.ledger import books, chart, held, late
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import DepositReturn, LedgerTransaction

ASKER, SECOND = Actor.system("asker"), Actor.system("second")


@pytest.fixture
def deposit(company, clearing, raise_one, settle):
    clearing()
    charge = raise_one(kind="DC", amount_vnd=500_000, vat_rate=Decimal(0), key="deposit")
    settle(charge, 500_000, key="deposit-paid")
    return charge


def ask(deposit, amount, at, actor=ASKER, reason="Hết hợp đồng"):
    return ledger_ops.ask_deposit_return(
        charge_id=deposit.id, amount_vnd=amount, reason=reason, actor=actor, at=at
    )


class TestFourEyes:
    def test_nothing_moves_until_a_second_person_agrees(self, deposit, at):
        row = ask(deposit, 300_000, at)
        assert ledger_queries.get_balance("344").balance_vnd == 500_000
        with pytest.raises(ledger_ops.SamePerson):
            ledger_ops.approve_deposit_return(return_id=row, actor=ASKER, at=at)
        assert ledger_queries.get_balance("344").balance_vnd == 500_000

        ledger_ops.approve_deposit_return(return_id=row, actor=SECOND, at=at)

        assert ledger_queries.get_balance("344").balance_vnd == 200_000
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 300_000
        with pytest.raises(ledger_ops.ReturnDecided):
            ledger_ops.approve_deposit_return(return_id=row, actor=SECOND, at=at)

    def test_no_more_is_asked_for_than_is_held_and_not_asked_for(self, deposit, at):
        ask(deposit, 300_000, at)
        with pytest.raises(ledger_ops.DepositTooSmall) as refused:
            ask(deposit, 200_001, at)
        assert refused.value.facts["held"] == "200.000"
        ask(deposit, 200_000, at)
        assert DepositReturn.objects.count() == 2

    def test_what_is_refused_is_free_again_and_needs_its_reason(self, deposit, at):
        row = ask(deposit, 500_000, at)
        with pytest.raises(ledger_ops.ReasonMissing):
            ledger_ops.refuse_deposit_return(return_id=row, note=" ", actor=SECOND, at=at)
        ledger_ops.refuse_deposit_return(return_id=row, note="còn nợ", actor=SECOND, at=at)

        here = held.find_deposit(deposit.id, ["PD0100"])
        assert (here.free_vnd, here.asked_vnd, here.held_vnd) == (500_000, 0, 500_000)
        assert LedgerTransaction.objects.filter(key=f"deposit-return:{row}").count() == 0

    def test_an_unpaid_deposit_gives_nothing_back_and_another_charge_is_none(self, company, raise_one, at):
        unpaid = raise_one(kind="DC", amount_vnd=500_000, vat_rate=Decimal(0))
        with pytest.raises(ledger_ops.DepositTooSmall):
            ask(unpaid, 1, at)
        with pytest.raises(ledger_ops.NotADeposit):
            ask(raise_one(), 1, at)

    def test_is_raised_once_by_its_key_without_tax(self, company, at):
        facts = {
            "customer_id": CUSTOMER, "account_code": "PD01000000001", "unit_code": "PD0100", "amount_vnd": 900_000,
            "due_at": at + timedelta(days=10), "reason": "Cấp điện thi công", "actor": SYSTEM, "at": at, "key": "once",
        }  # fmt: skip
        first, again = ledger_ops.raise_deposit(**facts), ledger_ops.raise_deposit(**facts)

        assert (first.id, first.total_vnd, first.vat_vnd) == (again.id, 900_000, 0)
        assert (
            held.page_deposits(units=["PD0100"], which=held.UNPAID, limit=5)[0].description
            == "Cấp điện thi công"
        )
        assert held.page_deposits(units=["PD0200"], which=held.UNPAID, limit=5) == []
        with pytest.raises(ledger_ops.ReasonMissing):
            ledger_ops.raise_deposit(**facts | {"reason": " ", "key": "other"})


class TestDepositsOfAMonth:
    """One before the month, one paid in it and partly given back, one not paid, one paid in part and cancelled."""

    @pytest.fixture
    def month(self, company, clearing, raise_one, settle, at):
        clearing()
        first = local_date(at).replace(day=1)
        before = at.replace(day=1) - timedelta(days=3)
        old = raise_one(kind="DC", amount_vnd=1_000_000, vat_rate=Decimal(0), at=before)
        settle(old, 1_000_000, key="old", at=before)
        new = raise_one(kind="DC", amount_vnd=500_000, vat_rate=Decimal(0))
        settle(new, 500_000, key="new")
        raise_one(kind="DC", amount_vnd=70_000, vat_rate=Decimal(0))
        part = raise_one(kind="DC", amount_vnd=300_000, vat_rate=Decimal(0))
        settle(part, 100_000, key="part")
        ledger_ops.cancel_charge(charge_id=part.id, reason="x", actor=SYSTEM, at=at, key="cancelled")
        ledger_ops.approve_deposit_return(return_id=ask(new, 120_000, at), actor=SECOND, at=at)
        wrong = settle(raise_one(kind="DC", amount_vnd=40_000, vat_rate=Decimal(0)), 40_000, key="wrong")
        ledger_ops.reverse(transaction_id=wrong.transaction_id, reason="x", actor=SYSTEM, at=at, key="undone")
        return first, local_date(at)

    def test_says_what_the_accounts_say(self, month):
        first, last = month
        lines = held.list_deposit_moves(first, last)

        figures = [(one.opening_vnd, one.in_vnd, one.out_vnd, one.closing_vnd, one.owed_vnd) for one in lines]
        assert figures == [
            (1_000_000, 0, 0, 1_000_000, 0), (0, 500_000, 120_000, 380_000, 0), (0, 0, 0, 0, 70_000), (0, 0, 0, 0, 40_000)
        ]  # fmt: skip
        closing, owed = sum(one.closing_vnd for one in lines), sum(one.owed_vnd for one in lines)
        assert -books.held_on(chart.DEPOSITS, last) == closing + owed == 1_490_000
        assert books.held_on("131-DC", last) == owed == 110_000

    def test_the_month_before_ends_where_this_begins(self, month):
        first, last = month
        before = held.list_deposit_moves(first - timedelta(days=31), first - timedelta(days=1))

        assert sum(one.closing_vnd for one in before) == 1_000_000
        assert sum(one.opening_vnd for one in held.list_deposit_moves(first, last)) == 1_000_000


class TestInterestOfAMonth:
    def test_says_what_the_accounts_say_and_the_list_offers_what_is_not_booked(
        self, company, clearing, raise_one, settle, at
    ):
        clearing()
        ledger_ops.set_late_rate(
            valid_from=date(2020, 1, 1), percent_a_year=Decimal(10), source="x", actor=SYSTEM, at=at
        )
        today, begun = local_date(at), at - timedelta(days=40)
        unpaid = raise_one(
            kind="TD", amount_vnd=1_000_000, vat_rate=Decimal(0), at=begun, due_at=at - timedelta(days=31)
        )
        raise_one(kind="TD", amount_vnd=50, vat_rate=Decimal(0), at=begun, due_at=at - timedelta(days=31))
        paid = raise_one(
            kind="TD", amount_vnd=400_000, vat_rate=Decimal(0), at=begun, due_at=at - timedelta(days=20)
        )
        settle(paid, 400_000, key="late", at=at - timedelta(days=9))

        offered, following = held.page_late(units=["PD0100"], today=today, limit=10)
        assert [(one.charge.id, one.late.interest_vnd) for one in offered] == [
            (unpaid.id, 8_219),
            (paid.id, 1_096),
        ]
        assert following is None
        first = ledger_ops.book_interest(charge_id=unpaid.id, actor=SYSTEM, at=at)
        second = ledger_ops.book_interest(charge_id=paid.id, actor=SYSTEM, at=at)
        settle(second, 1_000, key="part")
        assert held.page_late(units=["PD0100"], today=today, limit=10)[0] == []

        lines = held.list_interest_moves(today.replace(day=1), today)
        assert [(one.booked_vnd, one.paid_vnd, one.owed_vnd) for one in lines] == [
            (8_219, 0, 8_219),
            (1_096, 1_000, 96),
        ]
        assert books.credited_in(chart.INTEREST_INCOME, today.replace(day=1), today) == 9_315
        assert books.held_on("131-LS", today) == 8_315

        ledger_ops.cancel_charge(charge_id=first.id, reason="x", actor=SYSTEM, at=at, key="forgiven")
        lines = held.list_interest_moves(today.replace(day=1), today)
        assert [(one.booked_vnd, one.paid_vnd, one.owed_vnd) for one in lines] == [(1_096, 1_000, 96)]
        assert books.credited_in(chart.INTEREST_INCOME, today.replace(day=1), today) == 1_096

    def test_a_page_takes_five_questions_however_many_are_late(
        self, company, clearing, raise_one, settle, at, django_assert_num_queries
    ):
        clearing()
        ledger_ops.set_late_rate(
            valid_from=date(2020, 1, 1), percent_a_year=Decimal(10), source="x", actor=SYSTEM, at=at
        )
        begun, due = at - timedelta(days=40), at - timedelta(days=31)
        charges = [
            raise_one(kind="TD", amount_vnd=1_000_000, vat_rate=Decimal(0), at=begun, due_at=due)
            for _ in range(4)
        ]
        settle(charges[1], 400_000, key="part", at=at - timedelta(days=9))
        ledger_ops.book_interest(charge_id=charges[2].id, actor=SYSTEM, at=at - timedelta(days=5))
        today = local_date(at)
        alone = {charge.id: late.measure(charge.id, today) for charge in charges}

        with django_assert_num_queries(5):
            shown, _after = held.page_late(units=["PD0100"], today=today, limit=10)

        assert {one.charge.id: one.late for one in shown} == alone
        assert [alone[charge.id].interest_vnd for charge in charges] == [8_219, 7_233, 1_370, 8_219]

    def test_pages_go_on_where_the_last_ended(self, company, clearing, raise_one, at):
        for day in range(3):
            raise_one(
                kind="TD",
                amount_vnd=9,
                vat_rate=Decimal(0),
                at=at - timedelta(days=40),
                due_at=at - timedelta(days=30 - day),
            )
        today, seen, after = local_date(at), [], None
        for _page in range(3):
            shown, after = held.page_late(units=["PD0100"], today=today, limit=1, after=after)
            seen += [one.charge.id for one in shown]
        assert len(set(seen)) == 3  # without a rate they are shown, to say that one is missing
        assert after is None


def test_two_who_agree_at_once_give_it_back_once(committed_company, race, clearing, raise_one, settle, at):
    clearing()
    charge = raise_one(kind="DC", amount_vnd=500_000, vat_rate=Decimal(0))
    settle(charge, 500_000, key="paid")
    row = ask(charge, 500_000, at)

    outcomes = race(
        *[
            lambda who=who: ledger_ops.approve_deposit_return(return_id=row, actor=Actor.system(who), at=at)
            for who in ("a", "b")
        ]
    )

    assert sum(isinstance(one, ledger_ops.ReturnDecided) for one in outcomes) == 1
    assert ledger_queries.get_balance("344").balance_vnd == 0
