"""A partner's signed call as it came over HTTP."""

from __future__ import annotations

from django.http import HttpRequest

from motcua.connectors import signed_calls
from motcua.connectors.signed_calls import SignatureRefused, SignedCall

# Checked in place of a secret that is not there, so that an unknown partner takes as long as a wrong
# signature.
NO_SECRET = "-" * 43


def refuse_large(request: HttpRequest, largest: int) -> None:
    """Refuse before a byte of the body is read. Raises SignatureRefused."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise SignatureRefused("length-header") from None
    if length > largest:
        raise SignatureRefused("body-too-large")


def call_of(request: HttpRequest, body: bytes) -> SignedCall:
    return SignedCall(
        method=request.method or "",
        path=request.path,
        partner_code=request.headers.get(signed_calls.PARTNER_HEADER, ""),
        request_id=request.headers.get(signed_calls.REQUEST_HEADER, ""),
        timestamp=request.headers.get(signed_calls.TIME_HEADER, ""),
        signature=request.headers.get(signed_calls.SIGNATURE_HEADER, ""),
        nonce=request.headers.get(signed_calls.NONCE_HEADER, ""),
        body=body,
    )
