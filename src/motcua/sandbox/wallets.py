"""Wallets that exist only here: VNPAY, MoMo and ZaloPay as they speak, with a payer to decide and faults to try.

Orders come over real HTTP in each provider's own form; `wallets_calls` sends what we are told. What goes wrong is
planned beforehand, by name or drawn from a seed, so that a run can be played again.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction

from motcua.companies import context
from motcua.config.env import ENV
from motcua.connectors.wallets import vnpay
from motcua.connectors.wallets.paying import WALLETS
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, gettext_noop
from motcua.payments.operations import gateways as gateway_ops
from motcua.sandbox import courier, registry
from motcua.sandbox.wallets_models import SandboxWalletOrder, SandboxWalletPlan, SandboxWalletRefund

registry.register(
    registry.StandIn(
        "wallets", gettext_noop("Ví thử"), gettext_noop("VNPAY, MoMo, ZaloPay: trang trả tiền, lỗi giả lập, tệp đối soát."),
        "sandbox:wallets", icon="pay",
    )
)  # fmt: skip

RESULT_AFTER = timedelta(seconds=30)


class Fault(StrEnum):
    """What can go wrong between a wallet and us."""

    LATE = "late"  # told after a while
    LOST = "lost"  # the first call never arrives
    DOUBLED = "doubled"  # told three times
    TEN = "ten"  # told ten times at once
    REORDERED = "reordered"  # a failure of before is told first, the success after it
    NEVER = "never"  # nothing is told; it must be asked
    EARLY = "early"  # told before the order is answered
    WRONG_SIGNATURE = "wrong_signature"  # a forged call comes first
    OTHER_AMOUNT = "other_amount"  # a call that is rightly signed names another amount
    TIMEOUT = "timeout"  # the order is taken and paid, the answer lost
    PROCESSING = "processing"  # for a while it is being worked on, then there is a result
    UNKNOWN_ORDER = "unknown_order"  # a call about an order that nobody made
    DROPPED = "dropped"  # the wallet's own record is gone: asked, it knows nothing
    SETTLEMENT = "settlement"  # the day's file disagrees by this line


class Decision(StrEnum):
    """What the payer does at the wallet's page."""

    PAY = "PAY"
    CANCEL = "CANCEL"
    NO_FUNDS = "NO_FUNDS"
    HELD = "HELD"


_STATES = {
    Decision.PAY: "PAID",
    Decision.CANCEL: "FAILED",
    Decision.NO_FUNDS: "FAILED",
    Decision.HELD: "HELD",
}
# The provider's numbers for what became of an order.
NUMBERS: dict[str, dict[str, Any]] = {
    "VNPAY": {"PAID": ("00", "00"), "CANCEL": ("24", "02"), "NO_FUNDS": ("51", "02"), "HELD": ("07", "07")},
    "MOMO": {"PAID": 0, "CANCEL": 1006, "NO_FUNDS": 1001, "HELD": 7002, "NEW": 1000, "PROCESSING": 7002},
    "ZALOPAY": {"PAID": 1, "FAILED": 2, "NEW": 3, "PROCESSING": 3, "HELD": 3},
}


def secret_of(wallet: str) -> str:
    """The secret that the stand-in shares with the current company."""
    company = context.current_company_code()
    return hashlib.sha256(f"{settings.SECRET_KEY}:wallet:{wallet}:{company}".encode()).hexdigest()


def account_settings(wallet: str) -> tuple[dict[str, str], dict[str, str]]:
    """What is entered for the current company: public settings, and secrets."""
    secret, company = secret_of(wallet), context.current_company_code()
    return {
        "VNPAY": ({"tmn_code": f"MC{company}"[:8]}, {"hash_secret": secret}),
        "MOMO": ({"partner_code": f"MOTCUA{company}", "access_key": secret[:16]}, {"secret_key": secret}),
        "ZALOPAY": (
            {"app_id": str(2000 + sum(company.encode()) % 900)},
            {"key1": secret[:32], "key2": secret[32:]},
        ),
    }[wallet]


def ensure_gateways(*, host: str, at: datetime) -> None:
    """Let the current company be paid through the stand-ins; an account with another address is left alone."""
    for wallet in WALLETS.values():
        address = f"{ENV.scheme}://{host}/sandbox/wallets/{wallet.code.lower()}"
        known = gateway_ops.find_account(wallet.code)
        if known is not None and ("/sandbox/wallets/" not in known.address or known.address == address):
            continue
        public, private = account_settings(wallet.code)
        gateway_ops.set_gateway(
            code=wallet.code, name=wallet.name, address=address, public=public, secrets=private,
            actor=Actor.system("sandbox"), at=at,
        )  # fmt: skip


def read_faults(names: Iterable[str]) -> frozenset[Fault]:
    """The faults by their names. Refuses FaultUnknown."""
    return courier.read_faults(Fault, names)


@transaction.atomic
def plan(*, wallet: str, faults: Iterable[str] = (), seed: str = "") -> None:
    """What goes wrong with a wallet's next orders, until told otherwise. Refuses FaultUnknown."""
    told = sorted(read_faults(faults))
    SandboxWalletPlan.objects.update_or_create(wallet=wallet, defaults={"faults": told, "seed": seed[:40]})


def planned(wallet: str, ref: str) -> list[str]:
    """The faults of an order: those planned, or one drawn from the seed and its reference, or none."""
    found = SandboxWalletPlan.objects.filter(wallet=wallet).first()
    if found is None:
        return []
    if found.seed:
        return [random.Random(f"{found.seed}:{ref}").choice(["", *sorted(Fault)])]  # noqa: S311  no secret
    return list(found.faults)


@transaction.atomic
def take_order(
    *, wallet: str, ref: str, amount_vnd: int, host: str, told: Mapping[str, Any]
) -> tuple[SandboxWalletOrder, bool]:
    """Take an order; the same reference again is the same order. Whether it is new."""
    return SandboxWalletOrder.objects.get_or_create(
        wallet=wallet, ref=ref,
        defaults={
            "amount_vnd": amount_vnd, "host": host, "told": dict(told), "token": secrets.token_hex(12),
            "txn_id": _txn_id(wallet, ref), "faults": [f for f in planned(wallet, ref) if f],
            "created_at": courier.OUTSIDE.now(),
        },
    )  # fmt: skip


def _txn_id(wallet: str, ref: str) -> str:
    """Long digits, the same for the same order."""
    return str(int(hashlib.sha256(f"{wallet}:{ref}:{secret_of(wallet)}".encode()).hexdigest(), 16))[:14]


def find_order(wallet: str, ref: str) -> SandboxWalletOrder | None:
    """As the wallet answers when it is asked: what was worked on long enough has its result, what was dropped is gone."""
    order = SandboxWalletOrder.objects.filter(wallet=wallet, ref=ref, is_dropped=False).first()
    if order is not None:
        _ripen(order)
    return order


def _ripen(order: SandboxWalletOrder) -> None:
    if order.state == "PROCESSING" and order.result_at and courier.OUTSIDE.now() >= order.result_at:
        order.state = order.becomes
        order.save(update_fields=["state"])


@transaction.atomic
def decide(*, token: str, decision: Decision) -> SandboxWalletOrder:
    """The payer decides, once; a second press changes nothing. Plans the calls; call `wallets_calls.start` after it.

    Refuses NotFound.
    """
    from motcua.sandbox import wallets_calls

    order = SandboxWalletOrder.objects.select_for_update().filter(token=token).first()
    if order is None:
        raise NotFound(field="token")
    if order.state != "NEW":
        return order
    order.told["decision"] = "PAID" if decision is Decision.PAY else decision.value
    order.state, order.decided_at = _STATES[decision], courier.OUTSIDE.now()
    if Fault.PROCESSING in order.faults:
        order.state, order.becomes = "PROCESSING", order.state
        order.result_at = order.decided_at + RESULT_AFTER
    order.is_dropped = Fault.DROPPED in order.faults
    order.save()
    wallets_calls.plan_calls(order)
    return order


@transaction.atomic
def refund(*, wallet: str, txn_id: str, amount_vnd: int, ref: str) -> str:
    """Send money back: DONE, REFUSED (nothing paid, or more than was), NOT_FOUND. `ref`: as the wallet names it to us later."""
    order = SandboxWalletOrder.objects.select_for_update().filter(wallet=wallet, txn_id=txn_id).first()
    if order is None:
        return "NOT_FOUND"
    if order.state != "PAID" or order.refunded_vnd + amount_vnd > order.amount_vnd or amount_vnd <= 0:
        return "REFUSED"
    order.refunded_vnd += amount_vnd
    order.save(update_fields=["refunded_vnd"])
    order.refunds.create(
        ref=ref, txn_id=_txn_id(wallet, f"{order.ref}:{order.refunded_vnd}"), amount_vnd=amount_vnd,
        done_at=courier.OUTSIDE.now(),
    )  # fmt: skip
    return "DONE"


def return_address(order: SandboxWalletOrder) -> str:
    """Where the payer goes back to, with what the wallet says there: signed, and proving nothing."""
    from urllib.parse import urlencode

    from motcua.connectors.wallets import momo, signing

    said, public = outcome(order), account_settings(order.wallet)[0]
    if order.wallet == "VNPAY":
        query = f"{vnpay.text_of(said)}&{vnpay.HASH}={vnpay.sign(said, secret_of('VNPAY'))}"
        return f"{order.told['vnp_ReturnUrl']}?{query}"
    if order.wallet == "MOMO":
        signature = momo.sign("ipn", said, access_key=public["access_key"], secret=secret_of("MOMO"))
        return f"{order.told['redirectUrl']}?{urlencode({**said, 'signature': signature})}"
    fields = {
        "appid": public["app_id"], "apptransid": order.ref, "pmcid": "38", "bankcode": "", "amount": str(order.amount_vnd),
        "discountamount": "0", "status": "1" if order.state == "PAID" else "-49",
    }  # fmt: skip
    checksum = signing.hmac_hex("sha256", secret_of("ZALOPAY")[32:], "|".join(fields.values()))
    return f"{order.told['return_url']}?{urlencode({**fields, 'checksum': checksum})}"


def outcome(order: SandboxWalletOrder) -> dict[str, Any]:
    """What the wallet's call says of an order, unsigned."""
    public, decision = account_settings(order.wallet)[0], order.told.get("decision", "CANCEL")
    at = order.decided_at or order.created_at
    if order.wallet == "VNPAY":
        response, status = NUMBERS["VNPAY"][decision]
        return {
            "vnp_Amount": str(order.amount_vnd * 100), "vnp_BankCode": "NCB", "vnp_BankTranNo": f"VNP{order.txn_id}",
            "vnp_CardType": "ATM", "vnp_OrderInfo": order.told["vnp_OrderInfo"], "vnp_PayDate": vnpay.moment(at),
            "vnp_ResponseCode": response, "vnp_TmnCode": public["tmn_code"],
            "vnp_TransactionNo": order.txn_id if order.state in ("PAID", "HELD") else "0",
            "vnp_TransactionStatus": status, "vnp_TxnRef": order.ref,
        }  # fmt: skip
    if order.wallet == "MOMO":
        return {
            "partnerCode": public["partner_code"], "orderId": order.ref, "requestId": order.ref,
            "amount": order.amount_vnd, "orderInfo": order.told["orderInfo"], "orderType": "momo_wallet",
            "transId": int(order.txn_id), "resultCode": NUMBERS["MOMO"][decision],
            "message": "Thành công." if decision == "PAID" else "Giao dịch không thành công.", "payType": "qr",
            "responseTime": int(at.timestamp() * 1000), "extraData": "",
        }  # fmt: skip
    return {
        "app_id": int(public["app_id"]), "app_trans_id": order.ref, "app_time": order.told["app_time"],
        "app_user": order.told["app_user"], "amount": order.amount_vnd, "embed_data": order.told["embed_data"],
        "item": order.told["item"], "zp_trans_id": int(order.txn_id), "server_time": int(at.timestamp() * 1000),
        "channel": 38, "merchant_user_id": "", "user_fee_amount": 0, "discount_amount": 0,
    }  # fmt: skip


def settlement(wallet: str, day: str) -> list[tuple[str, str, int, int]]:
    """The day's file: reference, transaction, amount (below zero: sent back), fee. A line that was planned to is wrong by 1,000
    dong.
    """
    from motcua.kernel.local_time import to_local

    rows = SandboxWalletOrder.objects.filter(wallet=wallet, state="PAID", decided_at__isnull=False).order_by(
        "decided_at", "id"
    )
    lines = []
    for order in rows:
        if order.decided_at and f"{to_local(order.decided_at):%Y-%m-%d}" == day:
            amount = order.amount_vnd + (1_000 if Fault.SETTLEMENT in order.faults else 0)
            lines.append((order.ref, order.txn_id, amount, 1_100))
    back = SandboxWalletRefund.objects.filter(order__wallet=wallet).order_by("done_at", "id")
    lines += [
        (one.ref, one.txn_id, -one.amount_vnd, 0)
        for one in back
        if f"{to_local(one.done_at):%Y-%m-%d}" == day
    ]
    return lines
