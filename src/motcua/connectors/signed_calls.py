"""Calls between us and partners, signed with a shared secret. One way of signing for banks, portals and whoever
comes next, in both directions.

A call is signed with HMAC-SHA256 over method, path, timestamp, request id and the SHA-256 of the body, one a
line.
The timestamp may be five minutes off; the request id makes a repeated call harmless.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from motcua.kernel import hashing

PARTNER_HEADER = "X-Partner-Id"
REQUEST_HEADER = "X-Request-Id"
TIME_HEADER = "X-Timestamp"
SIGNATURE_HEADER = "X-Signature"
HEADERS = (PARTNER_HEADER, REQUEST_HEADER, TIME_HEADER, SIGNATURE_HEADER)
ALLOWED_SKEW = timedelta(minutes=5)

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")
_PARTNER = re.compile(r"^[A-Z0-9-]{2,20}$")
_SIGNATURE = re.compile(r"^[0-9a-f]{64}$")


class SignatureRefused(Exception):
    """Why a call is not let in; the reason is for our log, the caller is told that alone."""

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
