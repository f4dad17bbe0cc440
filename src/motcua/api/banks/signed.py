"""Who calls: the partner whose secret signed the call. Runs before the body is read as anything but bytes."""

from __future__ import annotations

import structlog
from django.http import HttpRequest

from motcua.config import clock
from motcua.connectors.banks import vietqr_bank
from motcua.connectors.banks.vietqr_bank import SignatureRefused, SignedCall
from motcua.payments import queries as payment_queries
from motcua.payments.queries import PartnerView

log = structlog.get_logger(__name__)

LARGEST_BODY = 64 * 1024
# Checked in place of a secret that is not there, so that an unknown partner takes as long as a wrong
# signature.
NO_SECRET = "-" * 43


class PartnerSuspended(Exception):
    pass


def partner_of(request: HttpRequest) -> PartnerView:
    """The partner that signed this call to its own bank's address. Raises SignatureRefused,
    PartnerSuspended.
    """
    call = _call_of(request)
    try:
        vietqr_bank.check_form(call, at=clock.now())
        partner = payment_queries.find_partner(call.partner_code)
        secret = payment_queries.get_partner_secret(partner.code) if partner else NO_SECRET
        vietqr_bank.check_signature(call, secret=secret)
        if partner is None:
            raise SignatureRefused("partner-unknown")
        if not _is_of_bank(request, partner):
            raise SignatureRefused("bank-other")
    except SignatureRefused as refused:
        log.warning("bank-call.refused", reason=refused.reason)
        raise
    if not partner.is_active:
        raise PartnerSuspended
    return partner


def _call_of(request: HttpRequest) -> SignedCall:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise SignatureRefused("body-too-large")
    return SignedCall(
        method=request.method or "",
        path=request.path,
        partner_code=request.headers.get(vietqr_bank.PARTNER_HEADER, ""),
        request_id=request.headers.get(vietqr_bank.REQUEST_HEADER, ""),
        timestamp=request.headers.get(vietqr_bank.TIME_HEADER, ""),
        signature=request.headers.get(vietqr_bank.SIGNATURE_HEADER, ""),
        body=request.body,
    )


def _is_of_bank(request: HttpRequest, partner: PartnerView) -> bool:
    match = request.resolver_match
    return match is not None and match.kwargs.get("bank") == partner.bank
