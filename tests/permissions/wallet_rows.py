"""What the addresses of paying online name: a wallet that is set up, an attempt, a consent, an order at the stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from motcua.connectors.wallets import paying
from motcua.ledger import operations as ledger_ops
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations import mandates as mandate_ops
from motcua.sandbox import wallets as stand_in_wallets
from tests.permissions.names import HERE, NOW, SEED

ACCOUNT = "PD01000777777"
FORMS: dict[str, dict[str, Any]] = {
    "staff:wallet": {
        "name": "VNPAY",
        "address": "https://pay.example",
        "tmn_code": "T2",
        "hash_secret": "s2",
    },
    "staff:wallet-act": {"viec": "tat"},
    "sandbox:wallets": {"wallet": "MOMO", "faults": ["late"]},
    "sandbox:wallet-pay": {"decision": "CANCEL"},
}


def of_address(things: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sets a wallet up and begins a payment there; and what is meant at which address."""
    gateway_ops.set_gateway(
        code="VNPAY", name="VNPAY", address="https://pay.example", public={"tmn_code": "T1"}, secrets={"hash_secret": "s"},
        actor=SEED, at=NOW,
    )  # fmt: skip
    charge = ledger_ops.raise_charge(
        kind="CM", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=things["owner_id"], request_id=None,
        unit_code="PD0100", actor=SEED, at=NOW, key="seed:online",
    )  # fmt: skip
    begun = paying.start(gateway="VNPAY", charge_id=charge.id, payer_ip="127.0.0.1", actor=SEED, at=NOW)
    mandate = mandate_ops.give_mandate(
        customer_id=things["owner_id"], account_code=ACCOUNT, partner="UNTHU", debtor_bin="970436", debtor_account="0011",
        debtor_name="x", most_vnd=500_000, consent_text="x", consent_channel="WEB", actor=SEED, at=NOW,
    )  # fmt: skip
    order, _is_new = stand_in_wallets.take_order(
        wallet="VNPAY", ref="SEED-1", amount_vnd=5_000, host=HERE,
        told={"vnp_OrderInfo": "x", "vnp_ReturnUrl": f"http://{HERE}/thanh-toan/x/ve/vnpay/"},
    )  # fmt: skip
    return {
        "customer:pay-start": {"code": things["payment_code"], "gateway": "vnpay"},
        "customer:pay-return": {"code": things["payment_code"], "gateway": "vnpay"},
        "customer:pay-attempt": {"code": charge.payment_code, "ref": begun.ref},
        "customer:mandate-stop": {"mandate_id": mandate.id},
        **dict.fromkeys(("staff:wallet", "staff:wallet-act"), {"code": "VNPAY"}),
        "sandbox:wallet-pay": {"token": order.token},
        "sandbox:wallet-order": {"wallet": "vnpay", "ref": "SEED-1"},
        "sandbox:wallet-settlement": {"wallet": "vnpay", "day": NOW.date().isoformat()},
        **dict.fromkeys(("sandbox:debit-file", "sandbox:debit-result"), {"number": "DD1"}),
    }  # fmt: skip
