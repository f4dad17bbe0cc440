"""A statement that waits, a difference, refunds asked and ordered: of an account of the company's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.local_time import local_date
from motcua.payments import operations as payment_ops
from motcua.payments import virtual_accounts
from motcua.payments.models import (
    BankStatement,
    Difference,
    GatewaySettlement,
    OnlinePayment,
    OnlineRefund,
    SuspenseCase,
)
from motcua.payments.operations import gateways, matching, money_rules, online_refunds, refunds, statements
from tests.payments.matched_day import swift
from tests.payments.test_settlements import sheet
from tests.permissions.names import NOW, SEED

OWN, BANK = "0011001234567", "OWNB"
numbers = itertools.count()


def a_statement() -> dict[str, Any]:
    statements.open_own_account(number=OWN, bank=BANK, name="Thu", actor=SEED, at=NOW)
    day = local_date(NOW) - timedelta(days=3)
    good = swift("C|900|OB1|x", "D|800|OB2|rut", day=day, opening=1_000)
    statements.import_file(content=good, name="sao-ke.sta", actor=SEED, at=NOW)
    bad = swift("C|5|OB3|x", day=day + timedelta(days=1), opening=7, sequence=2)
    statements.import_file(content=bad, name="sao-ke-2.sta", actor=SEED, at=NOW)
    matching.match_day(day=day, actor=SEED, at=NOW)
    refund, ordered = (_refund(f"R{turn}") for turn in range(2))
    boss = Actor.staff("boss", "B", [], [])
    refunds.approve_refund(refund_id=ordered, actor=boss, at=NOW)
    virtual_accounts.assign(
        number="99870001", bank_bin="970436", account_code="PD01000000009", actor=SEED, at=NOW
    )
    return {
        "va_number": "99870001",
        "wallet_refund_id": _refused_by_a_wallet(boss),
        "rule_id": money_rules.propose_rule(
            kind="REFUND_LIMIT",
            data={"role": "ACCOUNTANT", "most_vnd": 1, "valid_from": "2031-01-01"},
            actor=SEED,
            at=NOW,
        ),
        "settlement_id": _settlement_that_waits(),
        "statement_id": BankStatement.objects.get(state="QUARANTINED").id,
        "difference_id": Difference.objects.get(kind="UNKNOWN_DEBIT").id,
        "refund_id": refund,
        "order_id": refunds.make_order(account=OWN, actor=SEED, at=NOW),
    }


def _settlement_that_waits() -> Any:
    statements.import_file(content=sheet("Q1|500|0", "Q1|500|0"), name="quyet-toan.csv", actor=SEED, at=NOW)
    return GatewaySettlement.objects.get(is_accepted=False).id


def _refund(txn_id: str) -> Any:
    payment_ops.record_bank_notification(
        bank=BANK, txn_id=txn_id, amount_vnd=5_000, text=txn_id, paid_at=NOW, raw_sha256="0" * 64, at=NOW
    )
    case = SuspenseCase.objects.get(payment__txn_id=txn_id)
    return refunds.ask_refund(
        payment_id=case.payment_id, case_id=case.id, amount_vnd=5_000, way="BANK", reason="nhầm", actor=SEED, at=NOW,
        payee_name="A", payee_account="8888", payee_bin="970436",
    )  # fmt: skip


def _refused_by_a_wallet(boss: Actor) -> Any:
    """A refund on its way back through a wallet, which will not do it."""
    gateways.set_gateway(code="REFW", name="W", address="", public={}, secrets={"k": "s"}, actor=SEED, at=NOW)
    payment_ops.record_bank_notification(
        bank="REFW", txn_id="W1", amount_vnd=5_000, text="x", paid_at=NOW, raw_sha256="0" * 64, at=NOW
    )
    case = SuspenseCase.objects.get(payment__txn_id="W1")
    refund = refunds.ask_refund(
        payment_id=case.payment_id,
        case_id=case.id,
        amount_vnd=5_000,
        way="BACK",
        reason="nhầm",
        actor=SEED,
        at=NOW,
    )
    refunds.approve_refund(refund_id=refund, actor=boss, at=NOW)
    OnlinePayment.objects.create(
        id=new_id(NOW), gateway_id="REFW", ref="W-1", charge_id=new_id(NOW), payment_code="x", amount_vnd=5_000,
        state="PAID", paid_vnd=5_000, paid_at=NOW, provider_txn_id="W1", started_by="x", created_at=NOW, expires_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    online_refunds.plan_refunds(ref_of=lambda gateway, id: f"{gateway}{id.hex[-8:]}", at=NOW)
    asked = OnlineRefund.objects.get(payment__gateway_id="REFW")
    online_refunds.hear_refund(refund_id=asked.id, state="REFUSED", code="94", at=NOW)
    return asked.id


def bodies() -> dict[str, Callable[[], dict[str, Any]]]:
    """What is posted, so that it is done by whoever may."""
    file = b"Ngay,So CT,So tien\n05/10/2025,1,5\n"
    return {
        "money:statement-bring": lambda: {
            "tep": SimpleUploadedFile("a.csv", file + b" " * next(numbers), "text/csv")
        },
        "money:statement-account": lambda: {"so": f"77{next(numbers):05d}", "ngan_hang": "VCB", "ten": "x"},
        "money:statement-act": lambda: {"viec": "bo", "ly_do": "thử"},
        "money:settlement-drop": lambda: {"ly_do": "thử"},
        "money:match": lambda: {"ngay": (local_date(NOW) - timedelta(days=3)).isoformat()},
        "money:wallet-refund-act": lambda: {"viec": "lai"},
        "money:virtual-account-open": lambda: {
            "so": f"9988{next(numbers):06d}",
            "bin": f"97{next(numbers):04d}",
            "ma": "PD01000000001",
        },
        "money:rule-propose": lambda: {
            "loai": "REFUND_LIMIT",
            "role": "ACCOUNTANT",
            "most_vnd": "5.000.000",
            "valid_from": "2031-01-01",
        },
        "money:rule-decide": lambda: {"viec": "duyet"},
        "money:sheet-format": lambda: {
            "viec": "gui",
            "code": "X1",
            "bank": "VCB",
            "kind": "STATEMENT",
            "c_booked_on": "Ngay",
            "c_amount": "So tien",
        },
        "money:difference-act": lambda: {"viec": "nhan-viec"},
        "money:refund-act": lambda: {"viec": "duyet"},
    }
