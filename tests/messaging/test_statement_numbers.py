"""What a statement writes of a number is what the rest of the house writes."""

from __future__ import annotations

import pytest
from django.db import connection

from motcua.kernel import money
from motcua.messaging.mass import audiences


@pytest.mark.parametrize("amount", [0, 7, 999, 1_000, 105_840, 1_234_567, 999_999_999_999])
def test_statements_write_numbers_as_the_rest_of_the_house_does(company: None, amount: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {audiences.number('%(n)s::bigint')}, {audiences.vnd('%(n)s::bigint')}", {"n": amount}
        )
        assert cursor.fetchone() == (money.format_number(amount), money.format_vnd(amount))
