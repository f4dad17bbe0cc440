"""A bank that exists only here: its customers pay by VietQR or payment code, it tells us by signed calls.

The calls go over real HTTP to our own public address, at least once each. `deliver_due` sends what is due; it
is run
by a short-lived thread after a payment and by a job. Faults: see `Fault`.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import httpx
import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from motcua.companies import context
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors.banks import vietqr_bank
from motcua.kernel import codes, vietqr
from motcua.kernel.actors import Actor
from motcua.kernel.clock import SystemClock
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import operations as payment_ops
from motcua.sandbox import registry
from motcua.sandbox.models import DeliveryState, SandboxBankDelivery, SandboxBankTransfer

log = structlog.get_logger(__name__)

BANK = "NHTHU"
PARTNER_CODE = "NHTHU"
NAME = gettext_noop("Ngân hàng thử")

# The stand-in is the outside world: its waiting is real waiting, whatever the demo's clock says.
OUTSIDE = SystemClock()
LATE_BY = timedelta(seconds=20)
HELD_AT_MOST = timedelta(seconds=15)
RETRY_FIRST = timedelta(seconds=2)
RETRY_LONGEST = timedelta(seconds=60)
LEASE = timedelta(seconds=45)
TIMEOUT_SECONDS = 20.0
SLOW_PIECES, SLOW_PAUSE_SECONDS = 10, 0.3
# Answers that a repeated call can never change.
FINAL_ANSWERS = frozenset({400, 403, 404, 409, 422})

registry.register(
    registry.StandIn(
        "bank", NAME, gettext_noop("Quét mã VietQR hoặc nhập mã thanh toán để trả tiền."), "sandbox:bank"
    )
)


class Fault(StrEnum):
    """What can go wrong between a bank and us."""

    LATE = "late"  # told after a while
    LOST = "lost"  # the first call never arrives, the bank calls again
    DOUBLED = "doubled"  # told again with the same request id, and again with another
    REORDERED = "reordered"  # told after something later
    SLOW = "slow"  # the body trickles in
    OTHER_AMOUNT = "other_amount"  # the payer changed the amount
    WRONG_SIGNATURE = "wrong_signature"  # a forged call comes first


class QrUnreadable(Refused):
    code = "QR_UNREADABLE"
    message = gettext_noop("Không đọc được mã QR này.")


class OtherAccount(Refused):
    code = "OTHER_ACCOUNT"
    message = gettext_noop("Mã QR này chuyển tiền đến một tài khoản khác, không phải của %(company)s.")


class AmountMissing(Refused):
    code = "AMOUNT_MISSING"
    message = gettext_noop("Vui lòng nhập số tiền, là số đồng nguyên lớn hơn 0.")


class TextMissing(Refused):
    code = "TEXT_MISSING"
    message = gettext_noop("Vui lòng dán nội dung mã QR hoặc nhập mã thanh toán.")


class FaultUnknown(Refused):
    code = "FAULT_UNKNOWN"
    message = gettext_noop("Không có lỗi giả lập “%(fault)s”.")


@dataclass(frozen=True)
class Order:
    """What the payer wants: how much, with which text."""

    amount_vnd: int
    text: str


def demo_secret(company_code: str) -> str:
    """The secret the stand-in shares with a company: known to this installation alone."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"sandbox bank {company_code}".encode(), sha256).hexdigest()


def ensure_partner(*, at: datetime) -> None:
    """Let the stand-in call the current company; nothing happens when it may already."""
    payment_ops.add_partner(
        code=PARTNER_CODE,
        name=str(NAME),
        bank=BANK,
        secret=demo_secret(context.current_company_code()),
        actor=Actor.system("sandbox"),
        at=at,
    )


def read_order(*, told: str, amount_vnd: int | None) -> Order:
    """What was scanned, pasted or typed: a VietQR text, or a transfer text with an amount.

    Refuses QrUnreadable, OtherAccount, AmountMissing, TextMissing.
    """
    told = told.strip()
    if not told:
        raise TextMissing(field="told")
    if not told.startswith("0002"):
        code = codes.parse_payment_code(told)
        return Order(_amount(amount_vnd), code or told[:150])
    try:
        read = vietqr.decode(told)
    except vietqr.QrError:
        raise QrUnreadable(field="told") from None
    company = context.current_company()
    if not read.is_transfer() or (read.bin, read.account) != (company.bank_bin, company.bank_account):
        raise OtherAccount(field="told", company=company.name)
    return Order(_amount(amount_vnd or read.amount_vnd), read.purpose or read.bill_number)


def _amount(amount_vnd: int | None) -> int:
    if not isinstance(amount_vnd, int) or isinstance(amount_vnd, bool) or not 0 < amount_vnd < 10**12:
        raise AmountMissing(field="amount_vnd")
    return amount_vnd


def read_faults(names: Iterable[str]) -> frozenset[Fault]:
    """The faults by their names. Refuses FaultUnknown."""
    found = set()
    for name in names:
        if name not in Fault._value2member_map_:
            raise FaultUnknown(field="faults", fault=name)
        found.add(Fault(name))
    return frozenset(found)


@transaction.atomic
def pay(*, order: Order, faults: frozenset[Fault] = frozenset(), host: str, at: datetime) -> str:
    """Take the money and plan the calls; the transaction's id. Call `start_delivery` after the commit."""
    ensure_partner(at=at)
    amount = order.amount_vnd
    if Fault.OTHER_AMOUNT in faults:
        amount = amount - 1000 if amount > 1000 else amount + 1000
    txn_id = _new_txn_id(at)
    text = f"MBVCB.{secrets.randbelow(10**9):09d}.{order.text}.CT tu 0011{secrets.randbelow(10**6):06d}"
    transfer = SandboxBankTransfer.objects.create(
        txn_id=txn_id,
        amount_vnd=amount,
        text=text,
        faults=sorted(faults),
        paid_at=at,
        created_at=OUTSIDE.now(),
    )
    _plan(transfer, _body(transfer), faults, host=host)
    return txn_id


@transaction.atomic
def take_back(*, txn_id: str, faults: frozenset[Fault] = frozenset(), host: str, at: datetime) -> str:
    """The bank takes a transfer back and tells us; the reversal's own transaction id. Refuses NotFound."""
    transfer = SandboxBankTransfer.objects.select_for_update().filter(txn_id=txn_id).first()
    if transfer is None:
        raise NotFound(field="txn_id")
    if not transfer.reversed_txn_id:
        transfer.reversed_txn_id = _new_txn_id(at)
        transfer.save(update_fields=["reversed_txn_id"])
        body = {
            "txn_id": transfer.reversed_txn_id,
            "kind": "reversal",
            "original_txn_id": txn_id,
            "amount_vnd": transfer.amount_vnd,
            "text": "",
            "paid_at": at.isoformat(),
        }
        _plan(transfer, body, faults, host=host)
    return transfer.reversed_txn_id


def _new_txn_id(at: datetime) -> str:
    return f"FT{at:%y%j}{secrets.token_hex(6).upper()}"


def _body(transfer: SandboxBankTransfer) -> dict[str, object]:
    return {
        "txn_id": transfer.txn_id,
        "kind": "receipt",
        "amount_vnd": transfer.amount_vnd,
        "currency": "VND",
        "text": transfer.text,
        "account": context.current_company().bank_account,
        "paid_at": transfer.paid_at.isoformat(),
    }


def _plan(
    transfer: SandboxBankTransfer, body: dict[str, object], faults: frozenset[Fault], *, host: str
) -> None:
    now = OUTSIDE.now()
    wait = LATE_BY if Fault.LATE in faults else HELD_AT_MOST if Fault.REORDERED in faults else timedelta(0)
    first = SandboxBankDelivery(
        transfer=transfer,
        host=host,
        request_id=secrets.token_hex(12),
        body=orjson.dumps(body).decode(),
        is_lost_at_first=Fault.LOST in faults,
        is_forged_at_first=Fault.WRONG_SIGNATURE in faults,
        is_slow=Fault.SLOW in faults,
        is_held=Fault.REORDERED in faults,
        next_at=now + wait,
    )
    planned = [first]
    if Fault.DOUBLED in faults:
        for request_id in (first.request_id, secrets.token_hex(12)):
            planned.append(
                SandboxBankDelivery(
                    transfer=transfer, host=host, request_id=request_id, body=first.body, next_at=now + wait
                )
            )
    SandboxBankDelivery.objects.bulk_create(planned)


# sending


def deliver_due(*, limit: int = 100) -> int:
    """Send the calls that are due in the current company; returns how many were tried."""
    tried = 0
    while tried < limit and (delivery := _claim()):
        _send(delivery)
        tried += 1
    return tried


@transaction.atomic
def _claim() -> SandboxBankDelivery | None:
    """The next due call, leased: if this process dies while sending, it is due again after the lease."""
    now = OUTSIDE.now()
    delivery = (
        SandboxBankDelivery.objects.select_for_update(skip_locked=True)
        .filter(state=DeliveryState.PENDING, next_at__lte=now)
        .order_by("next_at", "id")
        .first()
    )
    if delivery is not None:
        delivery.attempts += 1
        delivery.next_at = now + LEASE
        delivery.save(update_fields=["attempts", "next_at"])
    return delivery


def _send(delivery: SandboxBankDelivery) -> None:
    is_first = delivery.attempts == 1
    if is_first and delivery.is_lost_at_first:
        return _again(delivery, status=None, answer="")
    secret = demo_secret(context.current_company_code())
    if is_first and delivery.is_forged_at_first:
        secret = secrets.token_hex(16)
    try:
        response = _call(delivery, secret)
    except httpx.HTTPError as error:
        log.info("sandbox-bank.no-answer", error=type(error).__name__)
        return _again(delivery, status=None, answer=type(error).__name__)
    answer = response.text[:500]
    if response.is_success:
        return _done(delivery, DeliveryState.DELIVERED, response.status_code, answer)
    if response.status_code in FINAL_ANSWERS:
        return _done(delivery, DeliveryState.REFUSED, response.status_code, answer)
    return _again(delivery, status=response.status_code, answer=answer)


def _call(delivery: SandboxBankDelivery, secret: str) -> httpx.Response:
    path = f"/api/banks/{BANK}/notifications"
    body = delivery.body.encode()
    headers = vietqr_bank.signed_headers(
        partner_code=PARTNER_CODE,
        secret=secret,
        method="POST",
        path=path,
        request_id=delivery.request_id,
        body=body,
        at=clock.now(),
    )
    headers |= {"Content-Type": "application/json", "Host": delivery.host, "Content-Length": str(len(body))}
    # A demo's certificate is its own; the call never leaves this machine.
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=False, trust_env=False) as client:  # noqa: S501
        content = _trickle(body) if delivery.is_slow else body
        return client.post(public_address(delivery.host) + path, content=content, headers=headers)


def public_address(host: str) -> str:
    """Where the pages answer. NAME.localhost does not resolve everywhere, so the address is the machine's
    own.
    """
    return f"{ENV.scheme}://127.0.0.1:{ENV.port}"


def _trickle(body: bytes) -> Iterator[bytes]:
    step = max(1, len(body) // SLOW_PIECES)
    for start in range(0, len(body), step):
        time.sleep(SLOW_PAUSE_SECONDS)
        yield body[start : start + step]


def _again(delivery: SandboxBankDelivery, *, status: int | None, answer: str) -> None:
    """No answer that counts: unknown is not failed. Try later, twice as long each time, for ever."""
    wait = min(RETRY_FIRST * 2 ** min(delivery.attempts - 1, 8), RETRY_LONGEST)
    delivery.next_at = OUTSIDE.now() + wait
    delivery.answer_status, delivery.answer = status, answer
    delivery.save(update_fields=["next_at", "answer_status", "answer"])


def _done(delivery: SandboxBankDelivery, state: DeliveryState, status: int, answer: str) -> None:
    delivery.state = state
    delivery.answer_status, delivery.answer = status, answer
    delivery.save(update_fields=["state", "answer_status", "answer"])
    # Something later has arrived: what was held back for that comes now.
    SandboxBankDelivery.objects.filter(
        is_held=True, state=DeliveryState.PENDING, id__lt=delivery.id, attempts=0
    ).update(is_held=False, next_at=OUTSIDE.now())


# the courier


class Courier:
    """A thread of this process that sends a company's calls as they fall due, and sleeps in between."""

    def __init__(self, company_code: str) -> None:
        self.company_code = company_code
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"bank-{company_code}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            wait = self._round()
            self._wake.wait(wait)

    def _round(self) -> float | None:
        """Send what is due; seconds until the next call falls due, None when nothing is owed."""
        try:
            with context.using_company(self.company_code):
                deliver_due()
                return _seconds_to_next()
        except Exception as error:  # the database stops or restarts: the outside world goes on
            log.warning("sandbox-bank.round-failed", error=type(error).__name__)
            return RETRY_FIRST.total_seconds()
        finally:
            connection.close()


_couriers: dict[str, Courier] = {}
_couriers_lock = threading.Lock()


def start_delivery() -> None:
    """Let this process send the current company's calls now, in the background. The job does it as well."""
    company_code = context.current_company_code()
    with _couriers_lock:
        courier = _couriers.get(company_code)
        if courier is None or not courier.is_alive():
            courier = _couriers[company_code] = Courier(company_code)
    courier.wake()


def _seconds_to_next() -> float | None:
    pending = SandboxBankDelivery.objects.filter(state=DeliveryState.PENDING)
    next_at = pending.aggregate(next_at=Min("next_at"))["next_at"]
    return None if next_at is None else max(0.05, (next_at - OUTSIDE.now()).total_seconds())
