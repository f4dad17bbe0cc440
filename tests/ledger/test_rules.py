from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from motcua.ledger import rules

CUSTOMER = UUID("01900000-0000-7000-8000-00000000000c")
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


class TestLegs:
    @given(amounts, st.integers(0, 10**12))
    def test_raising_balances_with_and_without_vat(self, net, vat):
        legs = rules.raise_legs(kind="CM", net_vnd=net, vat_vnd=vat, customer_id=CUSTOMER)
        assert rules.is_balanced(legs)
        assert rules.is_balanced(rules.mirrored(legs))
        assert len(legs) == (3 if vat else 2)

    def test_the_differing_field_is_named(self):
        assert rules.differing_field({"a": 1, "b": 2}, {"a": 1, "b": 3}) == "b"
        assert rules.differing_field({"a": 1}, {"a": 1, "c": 0}) == "c"
        assert rules.differing_field({"a": 1}, {"a": 1}) is None
