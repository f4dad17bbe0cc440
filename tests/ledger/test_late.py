"""Interest for paying late, and deposits: worked examples, never twice, never more than is held."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.ledger.conftest import CLEARING, CUSTOMER, SYSTEM

from motcua.ledger import held, late
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.late import Owed, Rate

TEN = Rate(date(2020, 1, 1), Decimal(10), 365, 0)


class TestRule:
    @pytest.mark.parametrize(
        ("owed", "rates", "days", "expected"),
        [
            ([(0, 1_000_000)], [TEN], 30, 8_219),  # 1,000,000 x 30 x 10 % / 365 = 8,219.18
            (
                [(0, 1_000_000), (10, 400_000)],
                [TEN],
                30,
                4_932,
            ),  # 10 days of a million, 20 of 400,000: 4,931.51
            ([(0, 1_000_000), (10, 0)], [TEN], 30, 2_740),
            ([(0, 1_000_000)], [TEN, Rate(date(2026, 11, 11), Decimal("7.3"), 365, 0)], 30, 6_740),
            ([(0, 1_000_000)], [Rate(date(2026, 11, 11), Decimal(10), 360, 0)], 30, 5_556),
            ([(0, 1_000_000)], [], 30, 0),
        ],
    )
    def test_worked_examples(self, owed, rates, days, expected):
        first = date(2026, 11, 1)
        steps = [Owed(first + timedelta(days=day), amount) for day, amount in owed]

        assert late.interest_vnd(steps, rates, first, first + timedelta(days=days)) == expected

    def test_cut_in_two_it_comes_to_the_same_but_for_rounding(self):
        first, until = date(2026, 11, 1), date(2026, 12, 13)
        owed = [Owed(first, 798_660)]
        whole = late.interest_vnd(owed, [TEN], first, until)
        for day in range(1, 42):
            cut = first + timedelta(days=day)
            parts = late.interest_vnd(owed, [TEN], first, cut) + late.interest_vnd(owed, [TEN], cut, until)
            assert abs(whole - parts) <= 1


@pytest.mark.usefixtures("company")
class TestInterest:
    @pytest.fixture(autouse=True)
    def _bank(self, company, clearing):
        clearing()

    def rate(self, at, percent="10", valid_from=date(2026, 1, 1), **more):
        ledger_ops.set_late_rate(
            valid_from=valid_from,
            percent_a_year=Decimal(percent),
            source="agreed",
            actor=SYSTEM,
            at=at,
            **more,
        )

    def book(self, charge, at):
        return ledger_ops.book_interest(charge_id=charge.id, actor=SYSTEM, at=at)

    def test_is_a_charge_without_tax_and_no_day_is_booked_twice(self, raise_one, at):
        self.rate(at)
        charge = raise_one(
            kind="TD", amount_vnd=1_000_000, vat_rate=Decimal(0), due_at=at, account_code="PD01000000001"
        )
        thirty_one = at + timedelta(days=31)

        interest = self.book(charge, thirty_one)
        assert (interest.kind, interest.total_vnd, interest.vat_vnd) == ("LS", 8_219, 0)
        assert (interest.account_code, interest.customer_id) == ("PD01000000001", CUSTOMER)
        assert self.book(charge, thirty_one) is None
        more = self.book(charge, at + timedelta(days=61))
        assert more.total_vnd == 8_219
        assert ledger_queries.get_balance("515").balance_vnd == 16_438
        assert ledger_queries.check_ledger() == []

    def test_ends_on_the_day_it_was_paid_and_bears_nothing_in_time(self, raise_one, settle, at):
        self.rate(at)
        charge = raise_one(kind="TD", amount_vnd=1_000_000, vat_rate=Decimal(0), due_at=at)
        in_time = raise_one(kind="TD", due_at=at)
        settle(charge, 1_000_000, key="late", at=at + timedelta(days=11))
        settle(in_time, in_time.total_vnd, key="early", at=at)

        assert self.book(charge, at + timedelta(days=90)).total_vnd == 2_740  # ten days
        assert self.book(in_time, at + timedelta(days=90)) is None

    def test_without_a_rate_it_says_so(self, raise_one, at):
        with pytest.raises(ledger_ops.NoLateRate):
            self.book(raise_one(due_at=at), at + timedelta(days=9))

    @pytest.mark.parametrize("percent", ["20.001", "-1", "NaN", "9.1234"])
    def test_refuses_odd_rates(self, at, percent):
        with pytest.raises(ledger_ops.LateRateInvalid):
            self.rate(at, percent)

    def test_a_day_has_one_rate(self, at):
        self.rate(at)
        with pytest.raises(ledger_ops.LateRateInvalid):
            self.rate(at, "9")


@pytest.mark.usefixtures("company")
class TestDeposits:
    @pytest.fixture
    def deposit(self, company, clearing, raise_one, settle):
        clearing()
        charge = raise_one(kind="DC", amount_vnd=500_000, vat_rate=Decimal(0))
        settle(charge, 500_000, key="deposit")
        return charge

    def give_back(self, deposit, amount, at, key="back", **changes):
        return ledger_ops.return_deposit(
            charge_id=deposit.id, amount_vnd=amount, reason="ended", actor=SYSTEM, at=at, key=key, **changes
        )

    def test_is_held_and_no_income(self, deposit):
        assert ledger_queries.get_balance("344").balance_vnd == 500_000
        (line,) = held.page_deposits(units=["PD0100"], which=held.HELD, limit=5)
        assert (line.held_vnd, line.returned_vnd) == (500_000, 0)

    def test_is_set_off_against_what_is_owed(self, deposit, raise_one, at):
        owed = raise_one(kind="TD", amount_vnd=400_000, vat_rate=Decimal(0))
        self.give_back(deposit, 500_000, at)
        assert ledger_ops.apply_credit(charge_id=owed.id, actor=SYSTEM, at=at, key="off").status == "PAID"

        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 100_000
        assert held.find_deposit(deposit.id, ["PD0100"]).held_vnd == 0
        assert ledger_queries.check_ledger() == []

    def test_is_given_back_no_more_than_once(self, deposit, at):
        self.give_back(deposit, 300_000, at, credit_account=CLEARING)
        assert self.give_back(deposit, 300_000, at, credit_account=CLEARING).is_new is False
        with pytest.raises(ledger_ops.DepositTooSmall):
            self.give_back(deposit, 200_001, at, key="more")
        assert ledger_queries.get_balance("344").balance_vnd == 200_000

    def test_another_charge_is_no_deposit(self, raise_one, at):
        with pytest.raises(ledger_ops.NotADeposit):
            self.give_back(raise_one(), 1, at)
