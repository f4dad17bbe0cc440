"""An account of the unit that owes, somebody who is spared, a policy that waits for a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from motcua.kernel.ids import new_id
from motcua.ledger import operations as ledger_ops
from motcua.payments.dunning import agreements, policies, proofs
from motcua.payments.models import DunningCase
from tests.documents import samples
from tests.payments.debtors import POLICY
from tests.permissions.names import NOW, SEED, UNIT
from tests.permissions.rows import BILLED

DEBTOR, OWED = "PD04000000077", 108_000
ADDRESSES = ("money:debt-account", "money:debt-exempt", "money:debt-exempt-end", "money:debt-promise")


def of_address(things: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Makes them, and says what is meant at which address."""
    since = NOW - timedelta(days=2)
    DunningCase.objects.create(
        id=new_id(NOW), account_code=DEBTOR, unit_code=UNIT, overdue_since=since, opened_at=NOW
    )
    ledger_ops.raise_charge(
        kind="TD", amount_vnd=100_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code=UNIT, actor=SEED,
        at=since, key="seed:debt", account_code=DEBTOR, due_at=since,
    )  # fmt: skip
    spared = agreements.exempt(
        account_code=DEBTOR, reason="HOSPITAL", note="trạm y tế", proof="Giấy 1", valid_from=NOW.date(),
        valid_to=date(2027, 1, 1), papers=[proofs.Paper("giay.jpg", samples.jpeg())], actor=SEED, at=NOW,
    )  # fmt: skip
    [paper] = proofs.of_exemptions([spared])[spared]
    policy = policies.propose_policy(
        valid_from=date(2027, 1, 1), policy=replace(POLICY, claim_days=3), source="Quyết định 1", confidence="PRIMARY",
        actor=SEED, at=NOW,
    )  # fmt: skip
    return {
        **dict.fromkeys(ADDRESSES, {"account": DEBTOR, "exemption_id": spared}),
        "money:debt-exempt-proof": {"account": DEBTOR, "exemption_id": spared, "document_id": paper.id},
        "money:debt-policy-act": {"policy_id": policy},
        **dict.fromkeys(("customer:standing-promise", "customer:standing-said"), {"account": BILLED}),
    }


def bodies() -> dict[str, Callable[[], dict[str, Any]]]:
    """What is posted, so that it is done by whoever may."""
    numbers = dict.fromkeys(
        ("first_days", "gap_days", "after_first_days", "after_last_days", "announce_hours", "promise_parts", "promise_days", "claim_days", "fee_days"), "0"
    )  # fmt: skip
    policy = {"valid_from": "2027-02-01", "source": "Quyết định 2", "notices": "2", "least_owed_vnd": "1", "stop_from": "08:00", "stop_to": "15:00"}  # fmt: skip
    return {
        "money:debt-exempt": lambda: {
            "ly_do": "COURT", "ghi_chu": "thi hành án", "bang_chung": "QĐ 7", "tu_ngay": "2026-11-16", "den_ngay": "2026-12-16",
        },
        "money:debt-promise": lambda: {"ngay_1": "2026-12-16", "tien_1": str(OWED)},
        "money:debt-policy-propose": lambda: numbers | policy,
        "money:debt-policy-act": lambda: {"viec": "duyet"},
    }  # fmt: skip
