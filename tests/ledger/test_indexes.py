"""What charges and corrected bills are found by: no index that nobody asks by, none full of nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection

from motcua.billing.models import Bill
from motcua.ledger.models import Charge

ONE = uuid4()


def names(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s", [table])  # fmt: skip
        return {name for (name,) in cursor.fetchall()}


def test_none_is_for_patterns_and_the_seldom_filled_are_partial(company):
    assert names("ledger_charge") == {
        "ledger_charge_pkey", "ledger_charge_payment_code", "ledger_charge_request", "ledger_charge_open", "ledger_charge_issued",
        "ledger_charge_paid", "ledger_charge_account", *(n for n in names("ledger_charge") if "customer_id" in n or "raised_in" in n),
    }  # fmt: skip
    assert "bill_corrects_bill" in names("billing_bill")
    assert not any("corrects_id" in name for name in names("billing_bill"))


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Charge.objects.filter(payment_code="TD1"), "ledger_charge_payment_code"),
        (Charge.objects.filter(request_id=ONE), "ledger_charge_request"),
        (Charge.objects.filter(request_id__in=[ONE, uuid4()]), "ledger_charge_request"),
        (Bill.objects.filter(corrects_id=ONE), "bill_corrects_bill"),
    ],
)  # fmt: skip
def test_each_look_up_still_has_its_index(company, rows, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert f" {index} " in rows.order_by().explain()
