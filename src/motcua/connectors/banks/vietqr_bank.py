"""Our own bank interface: signature, messages in, answers out. Banks without an interface of their own speak
it.

A call is signed with HMAC-SHA256 over method, path, timestamp, request id and the SHA-256 of the body, one a
line.
The timestamp may be five minutes off; the request id makes a repeated call harmless.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from motcua.kernel import hashing
from motcua.payments import operations as payment_ops
from motcua.payments.models import NotificationKind

PARTNER_HEADER = "X-Partner-Id"
REQUEST_HEADER = "X-Request-Id"
TIME_HEADER = "X-Timestamp"
SIGNATURE_HEADER = "X-Signature"
ALLOWED_SKEW = timedelta(minutes=5)

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")
_PARTNER = re.compile(r"^[A-Z0-9-]{2,20}$")
_SIGNATURE = re.compile(r"^[0-9a-f]{64}$")


class SignatureRefused(Exception):
    """Why a call is not let in; the reason is for our log, the caller is told code 97 alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class SignedCall:
    """What was signed, as it came over the wire."""

    method: str
    path: str
    partner_code: str
    request_id: str
    timestamp: str
    signature: str
    body: bytes


@dataclass(frozen=True)
class Notice:
    """A bank's notice of money in, or of money taken back."""

    txn_id: str
    amount_vnd: int
    text: str
    paid_at: datetime
    original_txn_id: str = ""


def text_to_sign(*, method: str, path: str, timestamp: str, request_id: str, body: bytes) -> bytes:
    parts = (method.upper(), path, timestamp, request_id, hashing.sha256_hex(body))
    return "\n".join(parts).encode()


def sign(*, secret: str, method: str, path: str, timestamp: str, request_id: str, body: bytes) -> str:
    """The signature of a call, in lower-case hexadecimal."""
    text = text_to_sign(method=method, path=path, timestamp=timestamp, request_id=request_id, body=body)
    return hmac.new(secret.encode(), text, sha256).hexdigest()


def signed_headers(
    *, partner_code: str, secret: str, method: str, path: str, request_id: str, body: bytes, at: datetime
) -> dict[str, str]:
    """The four headers of a signed call at that instant."""
    timestamp = at.isoformat(timespec="seconds")
    return {
        PARTNER_HEADER: partner_code,
        REQUEST_HEADER: request_id,
        TIME_HEADER: timestamp,
        SIGNATURE_HEADER: sign(
            secret=secret,
            method=method,
            path=path,
            timestamp=timestamp,
            request_id=request_id,
            body=body,
        ),
    }


def check_form(call: SignedCall, *, at: datetime) -> None:
    """Refuse a call whose headers are missing, misshapen or too old. Raises SignatureRefused."""
    if not _PARTNER.match(call.partner_code):
        raise SignatureRefused("partner-header")
    if not _REQUEST_ID.match(call.request_id):
        raise SignatureRefused("request-header")
    if not _SIGNATURE.match(call.signature):
        raise SignatureRefused("signature-header")
    try:
        told = datetime.fromisoformat(call.timestamp)
    except ValueError:
        raise SignatureRefused("timestamp-header") from None
    if told.tzinfo is None or abs(told - at) > ALLOWED_SKEW:
        raise SignatureRefused("timestamp-off")


def check_signature(call: SignedCall, *, secret: str) -> None:
    """Refuse a call that was not signed with this secret. Raises SignatureRefused."""
    right = sign(
        secret=secret,
        method=call.method,
        path=call.path,
        timestamp=call.timestamp,
        request_id=call.request_id,
        body=call.body,
    )
    if not hmac.compare_digest(right, call.signature):
        raise SignatureRefused("signature-wrong")


@dataclass(frozen=True)
class Accepted:
    """The answer to give, and the inbox row to book after the commit."""

    status: int
    body: bytes
    notification_id: UUID


def accept(
    *, bank: str, partner_code: str, request_id: str, body: bytes, notice: Notice, at: datetime
) -> Accepted:
    """Store the notice and the answer in one transaction; the same request again gets the same bytes.

    Refuses payments RequestReused, NotificationDiffers, ledger AmountInvalid. Book it with
    `payments.operations.process_or_leave(notification_id, at=at)` afterwards.
    """

    def act() -> tuple[int, dict[str, object]]:
        found = payment_ops.store_notification(
            bank=bank,
            txn_id=notice.txn_id,
            amount_vnd=notice.amount_vnd,
            text=notice.text,
            paid_at=notice.paid_at,
            raw_sha256=hashing.sha256_hex(body),
            at=at,
            kind=NotificationKind.REVERSAL if notice.original_txn_id else NotificationKind.RECEIPT,
            original_txn_id=notice.original_txn_id,
            request_id=request_id,
        )
        return 200, {
            "code": "00",
            "state": "accepted" if found.is_new else "duplicate",
            "request_id": request_id,
            "txn_id": notice.txn_id,
            "receipt_no": str(found.id),
        }

    answer = payment_ops.answer_once(
        partner_code=partner_code, request_id=request_id, body=body, at=at, act=act
    )
    return Accepted(answer.status, answer.body, UUID(json.loads(answer.body)["receipt_no"]))
