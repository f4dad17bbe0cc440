"""How the stand-in wallets tell us: real calls to our doors, in each wallet's own form, with what was planned to go wrong."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from django.db import connection

from motcua.connectors.wallets import momo, signing, vnpay
from motcua.sandbox import courier, wallets
from motcua.sandbox.wallets import Fault
from motcua.sandbox.wallets_models import SandboxWalletCall, SandboxWalletOrder

log = structlog.get_logger(__name__)
COPIES_AT_ONCE = 10


class WalletCourier(courier.Courier[SandboxWalletCall]):
    """Calls to /api/wallets/: an answer that is not the good one brings the call again, ten times at most."""

    name = "wallets"
    model = SandboxWalletCall
    final_answers = frozenset({404})
    most_tries = 10

    def call(self, owed: SandboxWalletCall, secret: str) -> httpx.Response:
        is_forged = owed.is_forged_at_first and owed.attempts == 1
        return send(
            owed.order.wallet, owed.said, host=owed.order.host, forged_with=secret if is_forged else ""
        )


COURIER = WalletCourier()
deliver_due, start = COURIER.deliver_due, COURIER.start


@dataclass(frozen=True)
class Prepared:
    """A call with its signature, ready to go: sending it needs neither the database nor a company."""

    wallet: str
    address: str
    host: str
    body: dict[str, Any] | None

    def send(self) -> httpx.Response:
        """Raises httpx.HTTPError. An answer that is not the good one is told as 503."""
        headers = {"Host": self.host}
        with httpx.Client(timeout=courier.TIMEOUT_SECONDS, verify=False, trust_env=False) as client:  # noqa: S501
            if self.body is None:
                return _judged(client.get(self.address, headers=headers), "RspCode", ("00", "02"))
            answer = client.post(self.address, json=self.body, headers=headers)
            return answer if self.wallet == "MOMO" else _judged(answer, "return_code", (1, 2))


def send(wallet: str, said: dict[str, Any], *, host: str, forged_with: str = "") -> httpx.Response:
    """One call, signed now. Raises httpx.HTTPError."""
    return prepare(wallet, said, host=host, forged_with=forged_with).send()


def prepare(wallet: str, said: dict[str, Any], *, host: str, forged_with: str = "") -> Prepared:
    secret = forged_with or wallets.secret_of(wallet)
    address = f"{courier.our_address()}/api/wallets/{wallet.lower()}/ipn"
    if wallet == "VNPAY":
        query = f"{vnpay.text_of(said)}&{vnpay.HASH}={vnpay.sign(said, secret)}"
        return Prepared(wallet, f"{address}?{query}", host, None)
    if wallet == "MOMO":
        access_key = wallets.account_settings("MOMO")[0]["access_key"]
        signature = momo.sign("ipn", said, access_key=access_key, secret=secret)
        return Prepared(wallet, address, host, {**said, "signature": signature})
    data = json.dumps(said, ensure_ascii=False)
    mac = signing.hmac_hex("sha256", forged_with or secret[32:], data)
    return Prepared(wallet, address, host, {"data": data, "mac": mac, "type": 1})


def _judged(answer: httpx.Response, name: str, good: tuple[Any, ...]) -> httpx.Response:
    told = answer.json() if answer.is_success else {}
    is_good = told.get(name) in good
    return answer if is_good else httpx.Response(503, content=answer.content)


def plan_calls(order: SandboxWalletOrder) -> None:
    """What is owed to us for a decided order. ZaloPay tells of success alone; of the others nothing is left untold."""
    is_told = order.state == "PAID" or (
        (order.becomes or order.state) in ("FAILED", "HELD") and order.wallet != "ZALOPAY"
    )
    if order.state == "PROCESSING":  # the result is there for who asks, or told when it is
        return
    if Fault.UNKNOWN_ORDER in order.faults:
        COURIER.plan((), order=order, said=_of(order, order.ref[:-1] + "999"))
    if Fault.NEVER in order.faults or Fault.TIMEOUT in order.faults or not is_told:
        return
    if Fault.REORDERED in order.faults and order.state == "PAID" and order.wallet != "ZALOPAY":
        COURIER.plan((), order=order, said=_failed(order))
    said = wallets.outcome(order)
    COURIER.plan(
        order.faults,
        order=order,
        said=_with_amount(order, said) if Fault.OTHER_AMOUNT in order.faults else said,
    )


def _of(order: SandboxWalletOrder, ref: str) -> dict[str, Any]:
    name = {"VNPAY": "vnp_TxnRef", "MOMO": "orderId", "ZALOPAY": "app_trans_id"}[order.wallet]
    return {**wallets.outcome(order), name: ref}


def _failed(order: SandboxWalletOrder) -> dict[str, Any]:
    said = wallets.outcome(order)
    if order.wallet == "VNPAY":
        return {**said, "vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
    return {**said, "resultCode": 1006, "message": "Giao dịch bị từ chối."}


def _with_amount(order: SandboxWalletOrder, said: dict[str, Any]) -> dict[str, Any]:
    other = order.amount_vnd - 1_000 if order.amount_vnd > 1_000 else order.amount_vnd + 1_000
    return {**said, **({"vnp_Amount": str(other * 100)} if order.wallet == "VNPAY" else {"amount": other})}


def tell_at_once(order: SandboxWalletOrder) -> list[int]:
    """Ten copies of the same call in the same instant; their answers."""
    call = prepare(order.wallet, wallets.outcome(order), host=order.host)
    if not connection.in_atomic_block:
        connection.close()  # ten doors of ours want connections now

    def one(_: int) -> int:
        try:
            return call.send().status_code
        except httpx.HTTPError as error:
            log.info("sandbox.no-answer", stand_in="wallets", error=type(error).__name__)
            return 0

    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        return list(pool.map(one, range(COPIES_AT_ONCE)))
