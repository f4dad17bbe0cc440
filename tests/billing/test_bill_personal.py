"""What is held of a customer names their bills; who has one that waits is not forgotten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest

from motcua.billing import personal
from motcua.billing.models import Bill
from motcua.customers import exporting
from tests.billing.billed_house import House, house

NOON = datetime.fromisoformat("2026-11-16T12:00:00+07:00")


@pytest.fixture
def home(company: Any) -> House:
    return house(NOON)


def test_holder_and_payer_have_the_bill_in_their_copy(home: House) -> None:
    payer = home.person("Người Trả", "0977000111")
    bill = home.bill(date(2026, 11, 1), 345, payer_id=payer)
    for who in (home.hoa, payer):
        (told,) = personal.export([who])["bills"]
        assert (told["total_vnd"], told["kwh"], told["account_code"]) == (bill.total_vnd, 345, home.account)
        assert told["lines"] == bill.lines
    assert personal.export([uuid4()])["bills"] == []


def test_the_copy_of_everything_has_them(home: House) -> None:
    home.bill(date(2026, 11, 1), 345)
    assert len(exporting.collect(home.hoa)["billing"]["bills"]) == 1


def test_who_has_one_that_waits_is_not_forgotten(home: House) -> None:
    assert personal.reason_to_keep(home.hoa, NOON) is None
    bill = home.bill(date(2026, 11, 1), 345)
    assert personal.reason_to_keep(home.hoa, NOON)
    Bill.objects.filter(id=bill.id).update(state="CANCELLED")
    assert personal.reason_to_keep(home.hoa, NOON) is None
