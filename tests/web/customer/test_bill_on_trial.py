"""The page of a bill beside which a two-part price is tried: both are seen, one is owed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from motcua.billing import operations
from motcua.billing.queries import BillView
from motcua.kernel.actors import Actor
from tests.billing.billed_house import HOA_PHONE, House, house
from tests.billing.price_books import enter_two_part
from tests.web.customer.conftest import NOON

SignedIn = Callable[..., Client]
PLANT = {
    "group": "PRODUCTION", "voltage": "KV22_110", "from": "2026-03-15", "to": "2026-04-15",
    "registers": {"normal": 200_000, "off_peak": 80_000, "peak": 40_000},
}  # fmt: skip


@pytest.fixture
def home(company: Any) -> House:
    enter_two_part()
    return house(NOON)


@pytest.fixture
def hoa(home: House, signed_in: SignedIn) -> Client:
    return signed_in(HOA_PHONE, home.hoa)


def said(client: Client, bill: BillView) -> str:
    answer = client.get(f"/hoa-don/{bill.id}/")
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_shows_both_and_says_which_one_is_owed(home: House, hoa: Client) -> None:
    bill = home.bill(date(2026, 4, 1), 0, case=PLANT, readings=[])
    assert "Tính thử giá hai thành phần" not in said(hoa, bill)

    operations.tell_demand(
        bill_id=bill.id, kw_hundredths=150_050, source="demand.csv", actor=Actor.system("test"), at=NOON
    )

    page = said(hoa, bill)
    real, tried = page.split("Tính thử giá hai thành phần")
    assert "645.537.600" in real
    assert "Số phải trả vẫn là số của hóa đơn ở trên." in tried
    assert "Công suất lớn nhất đo được trong kỳ: 1.500,5 kW . demand.csv" in tried
    assert "giá thử theo 9/QĐ-BCT" in tried
    assert "Công suất giá một kW một tháng, tính theo số ngày của kỳ 1.500,5 kW 235.414 353.238.707" in tried
    assert "Tổng cộng nếu theo giá thử 818.379.404" in tried
    assert "So với hóa đơn thật +172.841.804" in tried


def test_who_may_not_see_the_money_sees_no_trial(home: House, signed_in: SignedIn) -> None:
    tenant = home.person("Người Thuê", "0977000222")
    home.give_part(tenant, "USER", since=date(2026, 3, 1))
    bill = home.bill(date(2026, 4, 1), 0, case=PLANT, readings=[])
    operations.tell_demand(bill_id=bill.id, kw_hundredths=150_050, source="", actor=Actor.system("test"), at=NOON)  # fmt: skip

    assert "Tính thử giá hai thành phần" not in said(signed_in("0977000222", tenant), bill)
