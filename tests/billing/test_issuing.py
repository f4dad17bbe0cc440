"""A bill is issued once, with its charge, and never changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from motcua.billing import operations, queries
from motcua.billing.models import Bill
from motcua.billing.rules.refusals import FieldMissing
from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 5, 3, tzinfo=UTC)
ACTOR = Actor.system("test")
CUSTOMER = uuid4()
ACCOUNT = "PD01000000001"
CASE = {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}
READINGS = [{"serial": "1", "register": "KT", "previous": 100, "current": 400, "factor": 1, "kwh": 300}]


def issue(**more):
    asked = {
        "account_code": ACCOUNT, "customer_id": CUSTOMER, "unit_code": "PD0100", "case": CASE, "readings": READINGS,
        "billing_month": date(2025, 10, 5), "actor": ACTOR, "at": NOW,
    }  # fmt: skip
    return operations.issue_bill(**(asked | more))


class TestIssuing:
    def test_a_bill_and_its_charge_are_those_of_the_prices(self, company):
        bill = issue()
        assert (bill.subtotal_vnd, bill.vat_rate, bill.vat_vnd, bill.total_vnd) == (
            739_500,
            Decimal("0.08"),
            59_160,
            798_660,
        )
        assert [line["amount_vnd"] for line in bill.lines] == [99_200, 102_500, 238_000, 299_800]
        assert {(line["from"], line["to"]) for line in bill.lines} == {("2025-09-05", "2025-10-05")}
        charge = ledger_queries.get_charge(bill.charge_id)
        assert (charge.kind, charge.account_code, charge.total_vnd) == ("TD", ACCOUNT, 798_660)
        assert ledger_queries.check_ledger() == []
        assert queries.list_bills_of_charges([charge.id]) == {charge.id: bill}
        assert queries.list_bills(ACCOUNT, limit=5) == [bill]

    def test_a_second_bill_of_the_period_is_refused(self, company):
        issue()
        with pytest.raises(operations.AlreadyBilled):
            issue()
        assert len(ledger_queries.list_charges_of_accounts([ACCOUNT])) == 1

    def test_nothing_used_is_a_bill_without_a_charge(self, company):
        bill = issue(case=CASE | {"kwh": 0})
        assert (bill.total_vnd, bill.charge_id, bill.lines) == (0, None, [])

    def test_a_case_that_cannot_be_rated_leaves_nothing(self, company):
        with pytest.raises(FieldMissing):
            issue(case={"group": "HOME", "to": "2025-10-05", "kwh": 3})
        assert not Bill.objects.exists()

    @pytest.mark.parametrize("change", [{"kwh": 1}, {"issued_by": "x"}, {"lines": []}])
    def test_a_bill_is_never_changed(self, company, change):
        bill = issue()
        with pytest.raises(DatabaseError), transaction.atomic():
            Bill.objects.filter(id=bill.id).update(**change)

    def test_a_bill_is_never_removed_nor_reopened(self, company):
        bill = issue()
        with pytest.raises(DatabaseError), transaction.atomic():
            Bill.objects.filter(id=bill.id).delete()
        Bill.objects.filter(id=bill.id).update(state="CANCELLED")
        with pytest.raises(DatabaseError), transaction.atomic():
            Bill.objects.filter(id=bill.id).update(state="ISSUED")
