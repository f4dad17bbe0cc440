"""Paying through a wallet: an attempt is begun, its provider's calls are taken, and who does not call is asked.

An attempt is a row before its provider hears of it, and a call is a row before it is answered. No transaction is open
while a provider is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
import structlog

from motcua.companies import queries as company_queries
from motcua.connectors import outside
from motcua.connectors.wallets import contract
from motcua.connectors.wallets.contract import (
    Answer,
    Asked,
    Created,
    NotGenuine,
    Order,
    Returned,
    Unreadable,
    Wallet,
)
from motcua.connectors.wallets.momo import Momo
from motcua.connectors.wallets.vnpay import Vnpay
from motcua.connectors.wallets.zalopay import Zalopay
from motcua.kernel import hashing
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments import online_queries
from motcua.payments.models import GatewayCall, OnlinePayment
from motcua.payments.online_rules import Said, State
from motcua.payments.operations import calls as call_ops
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations import online as online_ops
from motcua.payments.operations.gateways import GatewayAccount
from motcua.payments.operations.online import Heard, Told

log = structlog.get_logger(__name__)

WALLETS: dict[str, Wallet] = {wallet.code: wallet for wallet in (Vnpay(), Momo(), Zalopay())}
# MoMo asks to be waited for this long; a payer who waits longer goes away.
CREATE_SECONDS = 30.0


@dataclass(frozen=True)
class Started:
    """Where the payer goes on: at the provider's page, or at ours when there is none to go to."""

    payment_id: UUID
    ref: str
    pay_url: str
    state: State


def start(
    *, gateway: str, charge_id: UUID, payer_ip: str, actor: Actor, at: datetime, is_sure: bool = False,
    part_vnd: int | None = None,
) -> Started:  # fmt: skip
    """Begin an attempt (or go on with the one that waits) and have its order made. See `online_ops.begin_online`.

    Refuses what that refuses. A provider that does not answer leaves the attempt UNKNOWN: it may have taken the order.
    """
    wallet, account = WALLETS.get(gateway), gateway_ops.find_account(gateway)
    if wallet is None or account is None:
        raise online_ops.GatewayOff(field="gateway")
    payment = online_ops.begin_online(
        gateway=gateway, charge_id=charge_id, ref_of=lambda code, number: wallet.ref(code, number, at),
        least_vnd=wallet.least_vnd, most_vnd=wallet.most_vnd, actor=actor, at=at, is_sure=is_sure,
        part_vnd=part_vnd,
    )  # fmt: skip
    if payment.pay_url:
        return Started(payment.id, payment.ref, payment.pay_url, State(payment.state))
    made = _create(wallet, account, _order(payment, payer_ip))
    told = online_ops.record_created(payment_id=payment.id, heard=made.heard, pay_url=made.pay_url, at=at)
    return Started(payment.id, payment.ref, made.pay_url, told.state)


def _order(payment: OnlinePayment, payer_ip: str) -> Order:
    gateway = payment.gateway_id.lower()
    return Order(
        ref=payment.ref, amount_vnd=payment.amount_vnd, payment_code=payment.payment_code, created_at=payment.created_at,
        expires_at=payment.expires_at, payer_ip=payer_ip,
        return_url=company_queries.public_address(f"/thanh-toan/{payment.payment_code}/ve/{gateway}/"),
        callback_url=company_queries.public_address(f"/api/wallets/{gateway}/ipn"),
    )  # fmt: skip


def _create(wallet: Wallet, account: GatewayAccount, order: Order) -> Created:
    asked = wallet.create(account, order)
    if isinstance(asked, Created):
        return asked
    try:
        made = wallet.read_created(account, order, _call(asked, seconds=CREATE_SECONDS))
        if made.pay_url and not outside.is_sealed(made.pay_url):
            raise Unreadable("a page to pay at that is no page")
        return made
    except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing left this house
        return Created(Heard(Said.FAILED, "NO_CONNECTION"))
    except httpx.HTTPError as error:
        return Created(Heard(Said.UNKNOWN, type(error).__name__))
    except (NotGenuine, Unreadable):
        return Created(Heard(Said.UNKNOWN, "UNREADABLE"))


def _call(asked: Asked, *, seconds: float | None = None) -> bytes:
    """Raises httpx.HTTPError. A refusal's body says more than its status."""
    answer = outside.call("POST", asked.url, content=asked.body, headers=dict(asked.headers), seconds=seconds)
    return answer.content


def take_call(*, gateway: str, query: str, body: bytes, at: datetime) -> Answer:
    """A provider's call: genuine? stored? then what it says, then the answer it waits for.

    What could not be worked on is kept for the job and answered so that the provider comes again.
    """
    wallet = WALLETS[gateway]
    account = gateway_ops.find_account(gateway)
    if account is None:
        return wallet.answer(contract.NOT_SIGNED)
    try:
        called = wallet.read_call(account, query, body)
    except (NotGenuine, Unreadable) as refused:
        log.warning("wallet-call.refused", gateway=gateway, reason=str(refused))
        return wallet.answer(contract.NOT_SIGNED)
    came = body or query.encode()
    stored = call_ops.store_call(
        source=gateway,
        external_id=f"{called.ref}:{called.heard.code}:{called.heard.provider_txn_id}",
        body=came,
        at=at,
    )
    try:
        return wallet.answer(_work(gateway, stored.id, called, at=at))
    except Exception as error:
        log.error("wallet-call.failed", gateway=gateway, error=type(error).__name__)
        call_ops.postpone_call(call_id=stored.id, verdict=type(error).__name__, at=at)
        return wallet.answer(contract.TROUBLE)


def _work(gateway: str, call_id: UUID, called: contract.Called, *, at: datetime) -> str:
    try:
        told = online_ops.hear_of(
            gateway=gateway, ref=called.ref, heard=called.heard, came_from="CALLBACK", at=at
        )
    except NotFound:
        call_ops.finish_call(call_id=call_id, state=call_ops.IGNORED, verdict=contract.NO_ORDER, at=at)
        return contract.NO_ORDER
    outcome = _outcome(told, called.heard)
    call_ops.finish_call(call_id=call_id, state=call_ops.DONE, verdict=outcome, at=at)
    return outcome


def _outcome(told: Told, heard: Heard) -> str:
    if told.is_amount_other:
        return contract.OTHER_AMOUNT
    is_known = not told.is_changed and heard.said.value == told.state.value
    return contract.REPEATED if is_known else contract.TAKEN


def work_on_calls(*, at: datetime, limit: int = 50) -> int:
    """Stored calls that nobody finished; how many are done now."""
    done = 0
    for call in call_ops.list_due(at=at, limit=limit):
        if call.source in WALLETS:
            done += _work_again(call, at=at)
    return done


def _work_again(call: GatewayCall, *, at: datetime) -> bool:
    wallet, account = WALLETS[call.source], gateway_ops.find_account(call.source)
    came = bytes(call.body)
    try:
        if account is None:
            raise NotFound(field="gateway")
        called = wallet.read_call(account, came.decode(errors="replace"), came)
        _work(call.source, call.id, called, at=at)
    except Exception as error:
        call_ops.postpone_call(call_id=call.id, verdict=type(error).__name__, at=at)
        return False
    return True


def poll_due(*, at: datetime, limit: int = 20) -> int:
    """Ask the providers of attempts whose outcome is open; how many were asked."""
    asked = 0
    while asked < limit and (payment := online_ops.claim_poll(at=at)):
        ask(payment, at=at)
        asked += 1
    return asked


def ask(payment: OnlinePayment, *, at: datetime) -> Told:
    """Ask the provider what became of an attempt, and hear it. No answer, or none that is the provider's, is no news."""
    wallet, account = WALLETS[payment.gateway_id], gateway_ops.find_account(payment.gateway_id)
    heard = Heard(Said.NO_NEWS, "NO_ACCOUNT") if account is None else _ask(wallet, account, payment, at=at)
    return online_ops.hear(payment_id=payment.id, heard=heard, came_from="QUERY", at=at)


def _ask(wallet: Wallet, account: GatewayAccount, payment: OnlinePayment, *, at: datetime) -> Heard:
    request_id = hashing.sha256_hex(f"{payment.ref}:{at.isoformat()}:{payment.polls}")[:32]
    asked = wallet.query(account, payment.ref, payment.created_at, request_id=request_id, at=at)
    try:
        return wallet.read_queried(account, payment.ref, _call(asked))
    except httpx.HTTPError as error:
        return Heard(Said.NO_NEWS, type(error).__name__)
    except (NotGenuine, Unreadable) as error:
        log.warning("wallet-answer.refused", gateway=payment.gateway_id, reason=str(error))
        return Heard(Said.NO_NEWS, "NOT_GENUINE")


def come_back(*, gateway: str, query: str, at: datetime) -> str:
    """A payer is back from the provider's page: the reference of their attempt, empty when nobody signed it.

    Proves nothing and books nothing; it only has the provider asked at once.
    """
    wallet, account = WALLETS.get(gateway), gateway_ops.find_account(gateway)
    if wallet is None or account is None:
        return ""
    try:
        returned: Returned = wallet.read_return(account, query)
    except (NotGenuine, Unreadable):
        return ""
    payment = OnlinePayment.objects.filter(gateway_id=gateway, ref=returned.ref).first()
    if payment is None:
        return ""
    online_ops.note_return(payment_id=payment.id, at=at)
    return payment.ref


@dataclass(frozen=True)
class Offer:
    """A way to pay that this company offers for an amount."""

    code: str
    name: str


def list_offers(amount_vnd: int) -> list[Offer]:
    """The wallets that are set up, switched on and take this amount, in our order."""
    active = {gateway.code: gateway.name for gateway in online_queries.list_gateways() if gateway.is_active}
    return [
        Offer(wallet.code, active[wallet.code])
        for wallet in WALLETS.values()
        if wallet.code in active and wallet.least_vnd <= amount_vnd <= wallet.most_vnd
    ]
