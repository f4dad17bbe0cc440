"""Who must be billed by three prices: the pure rule, the list made in one statement, the page and the warning."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from motcua.billing import operations, three_price_queries
from motcua.billing.models import ThreePriceCase
from motcua.billing.operations import NewTerms
from motcua.billing.rules.three_prices import why_three
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.tariffs import energy
from motcua.tariffs import queries as tariff_queries
from tests.billing.accounts import make
from tests.web import people

AUG, SEP, OCT, NOV = (date(2025, month, 1) for month in (8, 9, 10, 11))
NOW = datetime(2025, 11, 6, 3, tzinfo=UTC)
SYSTEM = Actor.system("test")
RULES = tuple(energy.three_prices())


@pytest.mark.parametrize(
    ("group", "kva", "used", "found"),
    [
        ("BUSINESS", 0, {SEP: 1_000, OCT: 2_000, NOV: 3_000}, ("USE", 2_000)), ("BUSINESS", 0, {SEP: 999, OCT: 2_000, NOV: 3_000}, None),
        ("BUSINESS", 0, {AUG: 9_000, OCT: 9_000, NOV: 9_000}, None), ("PRODUCTION", 25, {}, ("TRANSFORMER", None)),
        ("PRODUCTION", 24, {NOV: 90_000}, None), ("HOME", 400, {SEP: 9_000, OCT: 9_000, NOV: 9_000}, None),
        ("WHOLESALE_INDUSTRIAL_ZONE", 0, {}, ("GROUP", None)), ("BUSINESS", 0, {AUG: 90_000, SEP: 1, OCT: 1, NOV: 1}, None),
    ],
)  # fmt: skip
def test_the_rule(group, kva, used, found):
    assert why_three(group, kva, used, RULES) == found


def bill(account, month, kwh):
    operations.issue_bill(
        account_code=account, customer_id=uuid4(), unit_code="PD0100", billing_month=month, readings=[], actor=SYSTEM, at=NOW,
        case={"group": "BUSINESS", "voltage": "LT_6KV", "from": f"{month:%Y-%m}-05", "to": f"{month:%Y-%m}-25", "kwh": kwh},
    )  # fmt: skip


def listed():
    return [(c.account_code, c.why, c.average_kwh) for c in three_price_queries.list_cases(["PD0100", "PD0200"], limit=9)]  # fmt: skip


def test_the_list_is_what_the_rule_says_of_each_account_and_goes_with_its_ground(company):
    """Also: a home, a meter of three registers and an ended need are not on it."""
    used = {
        make(SEP, {}, purpose="BUSINESS"): {SEP: 1_000, OCT: 2_000, NOV: 3_001},
        make(SEP, {}, purpose="BUSINESS"): {SEP: 999, OCT: 2_000, NOV: 3_000},
        make(SEP, {}, purpose="BUSINESS"): {AUG: 9_000, OCT: 9_000, NOV: 9_000},
        make(SEP, {}, purpose="RESIDENTIAL"): {SEP: 9_000, OCT: 9_000, NOV: 9_000},
        make(SEP, {}, purpose="PRODUCTION"): {},
        make(SEP, {}): {},
    }  # fmt: skip
    hours = make(SEP, {}, purpose="BUSINESS", kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})
    for account, months in {**used, hours: {SEP: 9_000, OCT: 9_000, NOV: 9_000}}.items():
        for month, kwh in months.items():
            bill(account, month, kwh)
    big, _almost, _gap, _home, plant, zone = used
    for account, terms in ((plant, NewTerms("PRODUCTION", "LT_6KV", transformer_kva=25)), (zone, NewTerms("WHOLESALE_INDUSTRIAL_ZONE", "KV22_110"))):  # fmt: skip
        operations.set_terms(account_code=account, terms=terms, valid_from=SEP, actor=SYSTEM, at=NOW)

    assert operations.find_three_price_cases(at=NOW) == 3
    assert listed() == [(big, "USE", 2_000), (plant, "TRANSFORMER", None), (zone, "GROUP", None)]
    rules = tariff_queries.list_three_prices(NOV)
    assert [why_three("BUSINESS", 0, used[account], rules) for account in list(used)[:3]] == [("USE", 2_000), None, None]  # fmt: skip
    assert operations.find_three_price_cases(at=NOW) == 0

    for account, terms in ((big, NewTerms("HOME")), (plant, NewTerms("PRODUCTION", "LT_6KV", transformer_kva=400))):  # fmt: skip
        operations.set_terms(account_code=account, terms=terms, valid_from=OCT, actor=SYSTEM, at=NOW)
    assert operations.find_three_price_cases(at=NOW) == 2
    assert listed() == [(plant, "TRANSFORMER", None), (zone, "GROUP", None)]


def test_the_page_lists_those_of_ones_units_page_by_page(company):
    told = {
        "price_group": "BUSINESS",
        "why": "USE",
        "transformer_kva": 0,
        "average_kwh": 2_000,
        "found_at": NOW,
    }
    codes = [(f"PD0100{n:07d}", "PD0100") for n in range(51)] + [("PD02000000001", "PD0200")]
    ThreePriceCase.objects.bulk_create(
        ThreePriceCase(account_code=code, unit_code=unit, **told) for code, unit in codes
    )
    client = people.browser(people.add_staff("mot", Role.BUSINESS, unit="PD0100"))

    first = client.get("/tien/ba-gia/").content.decode()
    second = client.get("/tien/ba-gia/?sau=PD01000000049").content.decode()

    assert "PD01000000049" in first and "PD01000000050" not in first and "sau=PD01000000049" in first
    assert "PD01000000050" in second and "PD02000000001" not in first + second
    assert "bình quân từ 2.000 kWh một tháng trong 3 tháng liền" in first and "Thông tư 16/2014" in first
    assert "51 việc chờ" in client.get("/tien/").content.decode()
