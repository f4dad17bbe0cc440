"""The demonstration's household has a year of bills that come out again, two of them to be paid; made once."""

from __future__ import annotations

from datetime import datetime

import pytest

from motcua.billing import access, recounting
from motcua.customers import queries as customer_queries
from motcua.kernel import phones
from motcua.kernel.local_time import local_date
from motcua.ledger import queries as ledger_queries
from motcua.ops import demo_bills, demo_debts
from motcua.ops.sign_ins import HOUSEHOLD_PHONE
from motcua.payments.dunning import queries as dunning_queries
from motcua.tariffs import queries as tariff_queries


@pytest.mark.parametrize(
    "at", ["2026-11-16T09:00:00+07:00", "2026-11-05T06:00:00+07:00", "2026-03-01T09:00:00+07:00"]
)
def test_a_year_of_bills_is_there_once(company, at: str) -> None:
    now = datetime.fromisoformat(at)
    who = demo_bills.make(now)
    assert demo_bills.make(now) == who
    assert customer_queries.list_by_phone(phones.normalise(HOUSEHOLD_PHONE) or "")[0].id == who
    reach = access.reach_of(who, on=local_date(now))
    bills = access.list_seen(reach, limit=20)
    assert len(bills) == 13
    assert len(access.list_open(reach)) == 2
    book = tariff_queries.price_book()
    for bill in bills:
        again = recounting.recount(bill, book)
        assert again is not None and again.agrees, again
        assert bill.issued_at <= now
    assert ledger_queries.check_ledger() == []
    assert not demo_debts.make(now, demo_debts.SHOWN["HANOI"])  # debtors are put only where nothing is booked
    assert dunning_queries.list_policies() == []
