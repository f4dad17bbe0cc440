"""The code of a charge: an amount while a transfer can carry it, none above, and always the payment code."""

from decimal import Decimal

import pytest

from motcua.kernel import vietqr
from motcua.payments import queries as payment_queries

pytestmark = pytest.mark.usefixtures("company")


@pytest.mark.parametrize(
    ("net", "amount"),
    [(98_000, 98_000), (499_999_999, 499_999_999), (500_000_000, None), (900_000_000, None)],
)
def test_an_amount_that_no_transfer_carries_stands_in_no_code(raise_one, net, amount):
    charge = raise_one(amount_vnd=net, vat_rate=Decimal("0"))

    read = vietqr.decode(payment_queries.transfer_qr(charge))

    assert read.amount_vnd == amount
    assert read.is_dynamic is (amount is not None)
    assert (read.purpose, read.bill_number) == (charge.payment_code, charge.payment_code)
    assert read.is_transfer()
    assert payment_queries.payment_view(charge.id).is_above_qr_limit is (amount is None)
