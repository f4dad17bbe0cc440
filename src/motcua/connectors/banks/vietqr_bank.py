"""Our own bank interface: messages in, answers out. Banks without an interface of their own speak it.

How a call is signed: `connectors.signed_calls`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from motcua.connectors.signed_calls import (
    ALLOWED_SKEW,
    NONCE_HEADER,
    PARTNER_HEADER,
    REQUEST_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    SignatureRefused,
    SignedCall,
    check_form,
    check_signature,
    sign,
    signed_headers,
    text_to_sign,
)
from motcua.kernel import hashing
from motcua.payments import operations as payment_ops
from motcua.payments.models import NotificationKind

__all__ = [
    "ALLOWED_SKEW",
    "NONCE_HEADER",
    "PARTNER_HEADER",
    "REQUEST_HEADER",
    "SIGNATURE_HEADER",
    "TIME_HEADER",
    "Accepted",
    "Notice",
    "SignatureRefused",
    "SignedCall",
    "accept",
    "check_form",
    "check_signature",
    "sign",
    "signed_headers",
    "text_to_sign",
]


@dataclass(frozen=True)
class Notice:
    """A bank's notice of money in, or of money taken back."""

    txn_id: str
    amount_vnd: int
    text: str
    paid_at: datetime
    original_txn_id: str = ""


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

    asked = {"call": "notifications", **asdict(notice)}
    answer = payment_ops.answer_once(
        request=payment_ops.Request(partner_code, request_id, body, asked, at), act=act
    )
    return Accepted(answer.status, answer.body, UUID(json.loads(answer.body)["receipt_no"]))
