"""A bank that exists only here: its customers pay by VietQR or payment code, it tells us by signed calls.

How the calls come to us is in `courier`. Faults: see `Fault`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import httpx
import orjson
from django.db import transaction

from motcua.companies import context
from motcua.kernel import codes, vietqr
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries
from motcua.sandbox import courier, registry
from motcua.sandbox.models import SandboxBankDelivery, SandboxBankTransfer

BANK = "NHTHU"
PARTNER_CODE = "NHTHU"
NAME = gettext_noop("Ngân hàng thử")

registry.register(
    registry.StandIn(
        "bank",
        NAME,
        gettext_noop("Quét mã VietQR hoặc nhập mã thanh toán để trả tiền."),
        "sandbox:bank",
        icon="money",
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
    HOLD_TIMED_OUT = "hold_timed_out"  # held for a second, confirmed after twenty
    STATEMENT_LATE = "statement_late"  # stands on the statement a day late


class Way(StrEnum):
    """How the bank takes the money to us."""

    NOTICE = "notice"  # a transfer, told afterwards
    PAY = "pay"  # looked up, then paid in one call
    HOLD = "hold"  # looked up, held, confirmed


class WayUnknown(Refused):
    code = "WAY_UNKNOWN"
    message = gettext_noop("Ngân hàng thử không trả theo cách “%(way)s”.")


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


@dataclass(frozen=True)
class Order:
    """What the payer wants: how much, with which text."""

    amount_vnd: int
    text: str


def ensure_partner(*, at: datetime) -> None:
    """Let the stand-in call the current company; nothing happens when it may already, or has another key by now."""
    if partner_queries.find_partner(PARTNER_CODE) is not None:
        return
    payment_ops.add_partner(
        code=PARTNER_CODE,
        name=str(NAME),
        bank=BANK,
        secret=demo_secret(context.current_company_code()),
        is_sandbox=True,
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


def read_way(name: str) -> Way:
    """The way by its name. Refuses WayUnknown."""
    if name not in Way._value2member_map_:
        raise WayUnknown(field="way", way=name)
    return Way(name)


def _amount(amount_vnd: int | None) -> int:
    if not isinstance(amount_vnd, int) or isinstance(amount_vnd, bool) or not 0 < amount_vnd < 10**12:
        raise AmountMissing(field="amount_vnd")
    return amount_vnd


def read_faults(names: Iterable[str]) -> frozenset[Fault]:
    """The faults by their names. Refuses FaultUnknown."""
    return courier.read_faults(Fault, names)


@transaction.atomic
def pay(
    *,
    order: Order,
    faults: frozenset[Fault] = frozenset(),
    host: str,
    at: datetime,
    way: Way = Way.NOTICE,
) -> str:
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
        created_at=courier.OUTSIDE.now(),
        way=way,
    )
    if way is Way.NOTICE:
        _plan(transfer, _body(transfer), faults, host=host)
    else:
        asked: dict[str, object] = {
            "txn_id": txn_id,
            "payment_code": order.text,
            "amount_vnd": amount,
            "channel": "MOBILE",
        }
        if way is Way.PAY:
            asked["paid_at"] = at.isoformat()
        elif Fault.HOLD_TIMED_OUT in faults:
            asked["seconds"] = 1
        _plan(transfer, asked, faults - {Fault.LATE} if way is Way.HOLD else faults, host=host, call_name=way)
    return txn_id


@transaction.atomic
def take_back(
    *,
    txn_id: str,
    faults: frozenset[Fault] = frozenset(),
    host: str,
    at: datetime,
    asks: bool = False,
) -> str:
    """The bank takes a transfer back and tells us; the reversal's own transaction id. `asks`: it asks by `reverse`, and
    takes back nothing when we refuse (its day is over). Refuses NotFound.
    """
    transfer = SandboxBankTransfer.objects.select_for_update().filter(txn_id=txn_id).first()
    if transfer is None:
        raise NotFound(field="txn_id")
    if not transfer.reversed_txn_id:
        transfer.reversed_txn_id = _new_txn_id(at)
        transfer.reversed_at = at
        transfer.save(update_fields=["reversed_txn_id", "reversed_at"])
        if asks:
            asked: dict[str, object] = {
                "txn_id": transfer.reversed_txn_id, "original_txn_id": txn_id, "amount_vnd": transfer.amount_vnd,
                "reason": "customer",
            }  # fmt: skip
            _plan(transfer, asked, faults, host=host, call_name="reverse")
            return transfer.reversed_txn_id
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


class BankCourier(courier.Courier[SandboxBankDelivery]):
    """The bank's calls to our bank interface."""

    name = "bank"
    model = SandboxBankDelivery
    final_answers = frozenset({400, 403, 404, 409, 422})

    def call(self, owed: SandboxBankDelivery, secret: str) -> httpx.Response:
        if owed.call_name in {Way.PAY, Way.HOLD} and (refused := self._looked_up(owed, secret)) is not None:
            return refused
        return self._post(owed, owed.call_name, owed.body, owed.request_id, secret)

    def learn(self, owed: SandboxBankDelivery, answer: httpx.Response) -> None:
        """What was held is confirmed next, in time or after it."""
        if owed.call_name != Way.HOLD:
            return
        paid_at = owed.transfer.paid_at.isoformat()
        late = {Fault.LATE} if Fault.HOLD_TIMED_OUT in owed.transfer.faults else set()
        confirming = orjson.dumps({"txn_id": owed.transfer.txn_id, "paid_at": paid_at}).decode()
        confirms = SandboxBankDelivery.objects.filter(transfer=owed.transfer, call_name="confirm")
        if not confirms.exists():  # a hold that was doubled is confirmed once
            self.plan(late, transfer=owed.transfer, host=owed.host, body=confirming, call_name="confirm")

    def done_with(self, owed: SandboxBankDelivery, answer: httpx.Response) -> None:
        """We refused to have it taken back: the bank leaves it as it was."""
        if owed.call_name == "reverse":
            SandboxBankTransfer.objects.filter(txn_id=owed.transfer_id).update(
                reversed_txn_id="", reversed_at=None
            )

    def _looked_up(self, owed: SandboxBankDelivery, secret: str) -> httpx.Response | None:
        """Once, what is to be paid is looked up; the answer when it cannot be paid."""
        told = orjson.loads(owed.body)
        if "payment_code" not in told:
            return None
        asked = orjson.dumps({"payment_code": told["payment_code"]}).decode()
        answer = self._post(owed, "inquiry", asked, f"i-{owed.request_id}", secret)
        if not answer.is_success:
            return answer
        bill = next(iter(answer.json()["bills"]), None)
        if bill is None:
            return httpx.Response(409, content=answer.content)
        del told["payment_code"]
        owed.body = orjson.dumps(told | {"charge_id": bill["bill_id"]}).decode()
        owed.save(update_fields=["body"])
        return None

    def _post(
        self, owed: SandboxBankDelivery, call: str, body: str, request_id: str, secret: str
    ) -> httpx.Response:
        return courier.call_us(
            "POST", f"/api/banks/{BANK}/{call}", body.encode(), host=owed.host, partner_code=PARTNER_CODE,
            secret=secret, request_id=request_id, is_slow=owed.is_slow,
        )  # fmt: skip


COURIER = BankCourier()
demo_secret, deliver_due, start_delivery = COURIER.demo_secret, COURIER.deliver_due, COURIER.start


def _plan(
    transfer: SandboxBankTransfer,
    body: dict[str, object],
    faults: frozenset[Fault],
    *,
    host: str,
    call_name: str = "notifications",
) -> None:
    COURIER.plan(faults, transfer=transfer, host=host, body=orjson.dumps(body).decode(), call_name=call_name)
