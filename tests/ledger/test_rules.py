from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from motcua.ledger import chart, rules

CUSTOMER = UUID("01900000-0000-7000-8000-00000000000c")
CASE = UUID("01900000-0000-7000-8000-0000000000ca")
amounts = st.integers(1, 10**14 - 1)


class TestAmounts:
    def test_only_whole_dong_above_zero_are_amounts(self):
        assert rules.is_amount(1)
        for wrong in (0, -1, 1.0, Decimal("5"), True, "5", None, 10**15):
            assert not rules.is_amount(wrong)

    @given(amounts, st.decimals(0, Decimal("0.9999"), places=4))
    def test_vat_is_the_exact_tax_rounded_half_up(self, net, rate):
        exact = Fraction(net) * Fraction(rate)
        assert rules.vat_of(net, rate) == (exact + Fraction(1, 2)).__floor__()

    def test_the_reconnection_fee_of_the_price_list(self):
        assert rules.vat_of(98_000, Decimal("0.08")) == 7_840


class TestSplit:
    @given(amounts, st.integers(0, 10**14), st.booleans(), st.booleans())
    def test_every_dong_goes_somewhere_and_never_more_than_owed(
        self, amount, owed, has_customer, is_cancelled
    ):
        how = rules.split(
            amount_vnd=amount, owed_vnd=owed, has_customer=has_customer, is_cancelled=is_cancelled
        )

        assert how.applied_vnd + how.excess_vnd == amount
        assert 0 <= how.applied_vnd <= owed
        assert bool(how.excess_account) == (how.excess_vnd > 0)

    def test_too_much_is_the_customers_credit(self):
        how = rules.split(amount_vnd=120, owed_vnd=100, has_customer=True, is_cancelled=False)
        assert how == rules.Split(100, 20, chart.CUSTOMER_CREDIT)

    def test_too_much_of_nobody_and_money_for_a_cancelled_charge_wait_in_suspense(self):
        nobody = rules.split(amount_vnd=120, owed_vnd=100, has_customer=False, is_cancelled=False)
        late = rules.split(amount_vnd=120, owed_vnd=0, has_customer=True, is_cancelled=True)

        assert nobody == rules.Split(100, 20, chart.SUSPENSE)
        assert late == rules.Split(0, 120, chart.SUSPENSE)


class TestLegs:
    @given(amounts, amounts, st.booleans())
    def test_settling_balances_whatever_came(self, amount, owed, has_customer):
        customer = CUSTOMER if has_customer else None
        how = rules.split(amount_vnd=amount, owed_vnd=owed, has_customer=has_customer, is_cancelled=False)
        legs = rules.settle_legs(
            kind="TD",
            how=how,
            clearing_account="138-X",
            clearing_party=None,
            customer_id=customer,
            case_id=CASE,
        )
        assert rules.is_balanced(legs)
        assert rules.is_balanced(rules.mirrored(legs))

    @given(amounts, st.integers(0, 10**12))
    def test_raising_balances_with_and_without_vat(self, net, vat):
        legs = rules.raise_legs(kind="CM", net_vnd=net, vat_vnd=vat, customer_id=CUSTOMER)
        assert rules.is_balanced(legs)
        assert len(legs) == (3 if vat else 2)

    def test_the_differing_field_is_named(self):
        assert rules.differing_field({"a": 1, "b": 2}, {"a": 1, "b": 3}) == "b"
        assert rules.differing_field({"a": 1}, {"a": 1, "c": 0}) == "c"
        assert rules.differing_field({"a": 1}, {"a": 1}) is None
