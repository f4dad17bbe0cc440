"""Who calls: the partner one of whose keys signed the call. Runs before the body is read as anything but bytes.

What comes back is signed too: with the secret that the call was signed with, or with our own Ed25519 key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from motcua.api.signed_http import NO_SECRET, call_of, is_own_address, refusals_logged, refuse_large
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors import signed_calls
from motcua.connectors.signed_calls import SignatureRefused, SignedCall, SigningKey, check_form
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries, seals
from motcua.payments.models import KeyKind, PartnerKey
from motcua.payments.partner_queries import PartnerView

LARGEST_BODY = 256 * 1024
REFUSED = "bank-call.refused"


class PartnerSuspended(Exception):
    pass


class TooManyCalls(Exception):
    pass


@dataclass(frozen=True)
class Caller:
    """A bank at the door: its partner here, the call as it was signed, and the key to answer with."""

    partner: PartnerView
    call: SignedCall
    key: SigningKey


def caller_of(request: HttpRequest) -> Caller:
    """The bank that signed this call to its own address. Raises SignatureRefused, PartnerSuspended, TooManyCalls."""
    with refusals_logged(REFUSED):
        refuse_large(request, LARGEST_BODY)
        call = call_of(request, request.body)
        check_form(call, at=clock.now())
    partner, keys = partner_queries.find_signer(call.partner_code, at=clock.now())
    try:
        with refusals_logged(REFUSED):
            caller = _caller(request, call, partner, keys)
    except SignatureRefused as refused:
        if partner is not None:
            payment_ops.note_refusal(
                partner_code=partner.code, call=_call_name(request), request_id=call.request_id, code="97",
                reason=refused.reason, at=clock.now(),
            )  # fmt: skip
        raise
    request.bank_caller = caller  # type: ignore[attr-defined]
    if not caller.partner.is_active:
        raise PartnerSuspended
    with refusals_logged(REFUSED):
        _admit(caller)
    return caller


def _caller(
    request: HttpRequest, call: SignedCall, partner: PartnerView | None, keys: Sequence[PartnerKey]
) -> Caller:
    key = next((key for key in keys if _is_signed(call, key)), None)
    if partner is None or not keys:
        signed_calls.is_signed_with(call.signature, call.text, secret=NO_SECRET)
        raise SignatureRefused("partner-unknown" if partner is None else "no-key")
    if key is None:
        raise SignatureRefused("signature-wrong")
    if not is_own_address(request, "bank", partner.bank):
        raise SignatureRefused("bank-other")
    if key.is_sandbox and ENV.production:
        raise SignatureRefused("key-of-the-sandbox")
    if key.needs_nonce and not call.nonce:
        raise SignatureRefused("nonce-missing")
    return Caller(partner, call, _answering(key))


def _is_signed(call: SignedCall, key: PartnerKey) -> bool:
    if key.kind == KeyKind.ED25519:
        return signed_calls.is_signed_with(call.signature, call.text, public_key=key.public_key)
    return signed_calls.is_signed_with(call.signature, call.text, secret=partner_queries.get_key_secret(key))


def _answering(key: PartnerKey) -> SigningKey:
    if key.kind == KeyKind.ED25519:
        return seals.answering_key(settings.SECRET_KEY, partner_queries.purpose_of(key))
    return partner_queries.get_key_secret(key)


def _admit(caller: Caller) -> None:
    admitted = payment_ops.admit_call(
        partner_code=caller.partner.code, nonce=caller.call.nonce, at=clock.now()
    )
    if not admitted.is_nonce_new:
        raise SignatureRefused("nonce-replayed")
    if admitted.calls > caller.partner.calls_per_minute:
        raise TooManyCalls


def finished(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, whose answers to a bank we know are signed and noted."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        began = time.perf_counter()
        response = view(request, *args, **kwargs)
        caller: Caller | None = getattr(request, "bank_caller", None)
        if caller is not None:
            _sign(response, caller)
            payment_ops.note_call(
                partner_code=caller.partner.code, call=_call_name(request), request_id=caller.call.request_id,
                code=getattr(response, "bank_code", "99"), took_ms=int((time.perf_counter() - began) * 1000),
                at=clock.now(),
            )  # fmt: skip
        return response

    return answered


def _sign(response: HttpResponse, caller: Caller) -> None:
    timestamp = clock.now().isoformat(timespec="seconds")
    text = signed_calls.text_of_answer(
        path=caller.call.path, request_id=caller.call.request_id, nonce=caller.call.nonce, timestamp=timestamp,
        status=response.status_code, body=response.content,
    )  # fmt: skip
    response.headers[signed_calls.TIME_HEADER] = timestamp
    response.headers[signed_calls.SIGNATURE_HEADER] = signed_calls.sign_text(caller.key, text)


def _call_name(request: HttpRequest) -> str:
    return request.path.rsplit("/", 1)[-1]
