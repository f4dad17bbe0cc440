"""Refunds that were approved go back through their wallet: asked under a reference of their own until there is a word."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

import httpx
import structlog

from motcua.connectors import outside
from motcua.connectors.wallets.contract import REFUND_WAITS, NotGenuine, Refunding, Unreadable
from motcua.connectors.wallets.paying import WALLETS
from motcua.kernel.local_time import to_local
from motcua.payments.models import OnlineRefund
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations import online_refunds as refund_ops

log = structlog.get_logger(__name__)

JOB = "wallet-refunds"


def run(*, at: datetime, limit: int = 20) -> int:
    """Ask for what is approved and not yet done; how many calls were made."""
    refund_ops.plan_refunds(ref_of=partial(_ref, at=at), at=at)
    asked = 0
    while asked < limit and (refund := refund_ops.claim_refund(at=at)) is not None:
        state, code = _ask(refund, at=at)
        refund_ops.hear_refund(refund_id=refund.id, state=state, code=code, at=at)
        asked += 1
    return asked


def _ref(gateway: str, refund_id: UUID, *, at: datetime) -> str:
    """ZaloPay's begins with the day and our number there; the others take letters and digits."""
    tail = f"{refund_id.int % 10**12:012d}"
    account = gateway_ops.find_account(gateway)
    if gateway == "ZALOPAY" and account is not None:
        return f"{to_local(at):%y%m%d}_{account.settings['app_id']}_{tail}"
    return f"RF{tail}"


def _ask(refund: OnlineRefund, *, at: datetime) -> tuple[str, str]:
    """DONE, REFUSED or UNKNOWN, and the provider's number. No answer is no answer: the same reference is asked again."""
    payment = refund.payment
    wallet, account = WALLETS.get(payment.gateway_id), gateway_ops.find_account(payment.gateway_id)
    if wallet is None or account is None:
        return REFUND_WAITS, "NO_ACCOUNT"
    told = Refunding(
        ref=refund.ref, payment_ref=payment.ref, provider_txn_id=payment.provider_txn_id, amount_vnd=refund.amount_vnd,
        is_whole=refund.amount_vnd == payment.paid_vnd, payment_created_at=payment.created_at, reason=refund.reason,
        asked_by=refund.asked_by,
    )  # fmt: skip
    asked = wallet.refund(account, told, at=at)
    try:
        answer = outside.call("POST", asked.url, content=asked.body, headers=dict(asked.headers))
        return wallet.read_refunded(account, told, answer.content)
    except httpx.HTTPError as error:
        return REFUND_WAITS, type(error).__name__
    except (NotGenuine, Unreadable) as error:
        log.warning("wallet-refund.refused-answer", gateway=payment.gateway_id, reason=str(error))
        return REFUND_WAITS, "NOT_GENUINE"
