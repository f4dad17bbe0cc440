"""Calls between us and partners, signed with a shared secret or with keys of each side's own. One way of signing for
banks, portals and whoever comes next, in both directions.

A call is signed with HMAC-SHA256 or Ed25519 over method, path, timestamp, request id and the SHA-256 of the body, one
a line; where the call has a nonce it is the last line. The timestamp may be five minutes off; the request id makes a
repeated call harmless, the nonce makes a replayed one worthless. An answer is signed over ANSWER, the call's path,
request id and nonce, its own timestamp, its status and the SHA-256 of its body.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from motcua.kernel import hashing

PARTNER_HEADER = "X-Partner-Id"
REQUEST_HEADER = "X-Request-Id"
TIME_HEADER = "X-Timestamp"
SIGNATURE_HEADER = "X-Signature"
NONCE_HEADER = "X-Nonce"
HEADERS = (PARTNER_HEADER, REQUEST_HEADER, TIME_HEADER, SIGNATURE_HEADER)
ALLOWED_SKEW = timedelta(minutes=5)

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")
_PARTNER = re.compile(r"^[A-Z0-9-]{2,20}$")
_SIGNATURE = re.compile(r"^(?:[0-9a-f]{64}|[0-9a-f]{128})\Z")
_NONCE = re.compile(r"^[A-Za-z0-9._:-]{8,64}\Z")

SigningKey = str | Ed25519PrivateKey


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
    nonce: str = ""

    @property
    def text(self) -> bytes:
        return text_to_sign(
            method=self.method, path=self.path, timestamp=self.timestamp, request_id=self.request_id, body=self.body,
            nonce=self.nonce,
        )  # fmt: skip


def text_to_sign(
    *, method: str, path: str, timestamp: str, request_id: str, body: bytes, nonce: str = ""
) -> bytes:
    parts = [method.upper(), path, timestamp, request_id, hashing.sha256_hex(body)]
    return "\n".join([*parts, nonce] if nonce else parts).encode()


def text_of_answer(
    *, path: str, request_id: str, nonce: str, timestamp: str, status: int, body: bytes
) -> bytes:
    parts = ["ANSWER", path, request_id, nonce, timestamp, str(status), hashing.sha256_hex(body)]
    return "\n".join(parts).encode()


def sign_text(key: SigningKey, text: bytes) -> str:
    """HMAC-SHA256 with a secret, or Ed25519 with a private key; lower-case hexadecimal."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(text).hex()
    return hmac.new(key.encode(), text, sha256).hexdigest()


def is_signed_with(signature: str, text: bytes, *, secret: str = "", public_key: str = "") -> bool:
    """Whether this is the signature of the text with the secret, or with the key whose public half (hex) is given."""
    if not public_key:
        return hmac.compare_digest(sign_text(secret, text), signature)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign(
    *,
    secret: SigningKey,
    method: str,
    path: str,
    timestamp: str,
    request_id: str,
    body: bytes,
    nonce: str = "",
) -> str:
    """The signature of a call, in lower-case hexadecimal."""
    text = text_to_sign(
        method=method, path=path, timestamp=timestamp, request_id=request_id, body=body, nonce=nonce
    )
    return sign_text(secret, text)


def signed_headers(
    *,
    partner_code: str,
    secret: SigningKey,
    method: str,
    path: str,
    request_id: str,
    body: bytes,
    at: datetime,
    nonce: str = "",
) -> dict[str, str]:
    """The headers of a signed call at that instant."""
    timestamp = at.isoformat(timespec="seconds")
    return {
        **({NONCE_HEADER: nonce} if nonce else {}),
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
            nonce=nonce,
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
    if call.nonce and not _NONCE.match(call.nonce):
        raise SignatureRefused("nonce-header")
    try:
        told = datetime.fromisoformat(call.timestamp)
    except ValueError:
        raise SignatureRefused("timestamp-header") from None
    if told.tzinfo is None or abs(told - at) > ALLOWED_SKEW:
        raise SignatureRefused("timestamp-off")


def check_signature(call: SignedCall, *, secret: str) -> None:
    """Refuse a call that was not signed with this secret. Raises SignatureRefused."""
    if not is_signed_with(call.signature, call.text, secret=secret):
        raise SignatureRefused("signature-wrong")
