"""How often a bank's call goes to the database: each statement is a way there and back, and the last day of a month brings many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from motcua.companies.context import using_company
from motcua.payments import owing, whose
from motcua.supply.models import Balance

TOTAL = 105_840
NATIONAL_SECRET = "g" * 40
ACCOUNT = "PD13000000001"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """All that is said to the server, the choice of a company too, of which Django's own list knows nothing."""
    statements: list[Any] = []
    execute = psycopg.Cursor.execute

    def noted(self: Any, query: Any, *given: Any, **told: Any) -> Any:
        statements.append(query)
        return execute(self, query, *given, **told)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)

    @contextmanager
    def counted() -> Iterator[list[Any]]:
        statements.clear()
        yield statements

    return counted


@pytest.fixture
def national(company: Any, call: Callable[..., Any], add_bank: Callable[..., None]) -> Callable[..., Any]:
    with using_company("GROUP"):
        add_bank(code="VCB-VN", secret=NATIONAL_SECRET)
    with using_company("NPC"):
        add_bank()
    return partial(call, host="localhost", partner="VCB-VN", secret=NATIONAL_SECRET)


class TestOfOneCompany:
    @pytest.mark.usefixtures("company")
    def test_each_call_takes_just_so_many(
        self, add_bank: Any, call: Any, raise_one: Any, notice: Any, at: Any, said: Any
    ) -> None:
        add_bank()
        paid, held, freed, told, first = (raise_one() for _ in range(5))
        account = raise_one(account_code=ACCOUNT, kind="TD")
        paid_at = {"paid_at": at.isoformat()}

        def about(charge: Any, txn_id: str) -> dict[str, Any]:
            return {"txn_id": txn_id, "charge_id": str(charge.id), "amount_vnd": TOTAL}

        call("pay", {**about(first, "FIRST"), **paid_at})  # the bank's first money opens its account
        counts = {}
        for label, name, content in (
            ("pay", "pay", {**about(paid, "P"), **paid_at}),
            ("hold", "hold", about(held, "H")),
            ("confirm", "confirm", {"txn_id": "H", **paid_at}),
            ("hold again", "hold", about(freed, "F")),
            ("release", "release", {"txn_id": "F"}),
            ("reverse", "reverse", {"txn_id": "R", "original_txn_id": "P", "amount_vnd": TOTAL}),
            ("pay-status", "pay-status", {"txn_id": "P"}),
            ("by account", "inquiry", {"customer_code": ACCOUNT}),
            ("by charge", "inquiry", {"charge_id": str(account.id)}),
            ("by code", "inquiry", {"payment_code": account.payment_code}),
            ("notice", "notifications", notice(told.payment_code)),
        ):
            with said() as statements:
                assert call(name, content).json()["code"] == "00", label
                counts[label] = len(statements)
        assert counts == {
            "pay": 16, "hold": 15, "confirm": 18, "hold again": 15, "release": 14, "reverse": 35, "pay-status": 5,
            "by account": 10, "by charge": 7, "by code": 7, "notice": 19,
        }  # fmt: skip


class TestNational:
    def test_all_companies_are_asked_at_once(self, national: Any, raise_one: Any, at: Any, said: Any) -> None:
        with using_company("NPC"):
            charge = raise_one(account_code=ACCOUNT, kind="TD")
        national("inquiry", {"charge_id": str(charge.id)})

        body = {"txn_id": "T1", "charge_id": str(charge.id), "amount_vnd": TOTAL, "paid_at": at.isoformat()}
        counts = {}
        for name, content in (
            ("inquiry", {"customer_code": ACCOUNT}),
            ("pay", body),
            ("pay-status", {"txn_id": "T1"}),
        ):
            with said() as statements:
                assert national(name, content).json()["code"] == "00"
                counts[name] = len(statements)
        assert counts == {"inquiry": 16, "pay": 25, "pay-status": 11}

    @pytest.mark.usefixtures("company")
    def test_it_knows_the_accounts_that_owing_knows(self, raise_one: Any, at: Any) -> None:
        charged, told, nobodys = "PD13000000011", "PD13000000012", "PD13000000013"
        raise_one(account_code=charged, kind="TD")
        Balance.objects.create(account_code=told, amount_vnd=-5, as_of=at.date())

        for code in (charged, "pd 1300 0000 011", told, nobodys, "PD1", ""):
            found = [one.code for one in whose.companies_of_account(code)]
            assert found == (["HANOI"] if owing.owed_at(code) is not None else [])
