"""The demonstration's debtors: one at each point of the way, made once, and nothing in it that could not have happened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from motcua.companies import seeds
from motcua.companies.context import using_company
from motcua.companies.models import Company
from motcua.customers import queries as customer_queries
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.kernel import phones
from motcua.kernel.local_time import to_local
from motcua.ledger import queries as ledger_queries
from motcua.ops import demo_bills, demo_debts, seed
from motcua.ops.sign_ins import HOUSEHOLD_PHONE
from motcua.payments.dunning.standing import standing
from motcua.payments.models import DunningStep
from motcua.requests.models import Request
from motcua.supply import queries as supply_queries
from motcua.supply.models import SupplyStop

STANDS = {
    demo_debts.REMINDED: "NOTIFIED", demo_debts.ANNOUNCED: "ANNOUNCED", demo_debts.TO_STOP: "STOP_ORDERED",
    demo_debts.DARK: "STOPPED", demo_debts.COMES_BACK: "BACK_ORDERED", demo_debts.IN_PARTS: "PROMISED",
    demo_debts.SPARED: "SPARED", demo_debts.SAYS_PAID: "SPARED",
}  # fmt: skip
HANOI = demo_debts.SHOWN["HANOI"]


@pytest.fixture
def furnished(company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)
    seed.furnish(company, datetime.fromisoformat("2025-09-01T09:00:00+07:00"), meters=1)
    return company


def account_of(phone: str) -> str:
    [known] = customer_queries.list_by_phone(phones.normalise(phone) or "")
    [contract] = supply_queries.list_contracts([known.id])
    return contract.account_code


@pytest.mark.parametrize(
    "now", ["2026-11-23T17:30:00+07:00", "2026-11-24T02:00:00+07:00", "2026-02-21T09:00:00+07:00"]
)  # the new year's holiday
def test_each_stands_where_the_page_needs_somebody(furnished, now: str) -> None:
    at = datetime.fromisoformat(now)
    assert demo_debts.make(at, HANOI)

    assert {one: standing(account_of(one.phone), at).where for one in STANDS} == STANDS
    for stop in SupplyStop.objects.all():
        assert 8 <= to_local(stop.stopped_at).hour < 15
        assert to_local(stop.stopped_at).weekday() < 4
    assert {request.service_code for request in Request.objects.all()} == {"DEBT-STOP", "DEBT-BACK"}
    assert not DunningStep.objects.filter(at__gt=at).exists()
    assert ledger_queries.check_ledger() == []


@pytest.mark.parametrize(
    "now", ["2026-11-23T17:30:00+07:00", "2026-11-23T23:30:00+07:00", "2026-11-24T04:00:00+07:00"]
)
def test_the_household_with_a_year_of_bills_is_reminded_too(furnished, now: str) -> None:
    at = datetime.fromisoformat(now)
    assert demo_debts.make(at, HANOI)
    demo_bills.make(at)
    demo_debts.remind(at)

    here = standing(account_of(HOUSEHOLD_PHONE), at)
    assert here.where == "NOTIFIED"
    assert [step.kind for step in here.coming] == ["NOTICE", "NOTICE", "ANNOUNCE", "STOP"]
    assert not demo_debts.make(at, HANOI)


def test_another_company_has_a_few_of_its_own(furnished) -> None:
    at = datetime.fromisoformat("2026-11-23T17:30:00+07:00")
    shown = demo_debts.SHOWN["NPC"]
    with using_company("NPC"):
        seed.furnish(Company.objects.get(code="NPC"), at, meters=1)
        assert demo_debts.make(at, shown)
        demo_debts.remind(at)

        assert {one: standing(account_of(one.phone), at).where for one in shown.households} == {
            one: STANDS[one] for one in demo_debts.FEW
        }
        assert {
            contract.unit_code
            for contract in supply_queries.find_contracts(
                [account_of(one.phone) for one in demo_debts.FEW]
            ).values()
        } == {"PAA370"}
        assert ledger_queries.check_ledger() == []


def test_every_company_of_the_country_has_some() -> None:
    assert set(demo_debts.SHOWN) == set(seeds.LOOKS)
    assert set(demo_debts.SHOWN["HANOI"].households) == set(STANDS)
