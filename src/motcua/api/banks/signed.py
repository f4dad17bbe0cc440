"""Who calls: the partner whose secret signed the call. Runs before the body is read as anything but bytes."""

from __future__ import annotations

import structlog
from django.http import HttpRequest

from motcua.api.signed_http import NO_SECRET, call_of, refuse_large
from motcua.config import clock
from motcua.connectors.signed_calls import SignatureRefused, check_form, check_signature
from motcua.payments import queries as payment_queries
from motcua.payments.queries import PartnerView

log = structlog.get_logger(__name__)

LARGEST_BODY = 64 * 1024


class PartnerSuspended(Exception):
    pass


def partner_of(request: HttpRequest) -> PartnerView:
    """The partner that signed this call to its own bank's address. Raises SignatureRefused,
    PartnerSuspended.
    """
    try:
        refuse_large(request, LARGEST_BODY)
        call = call_of(request, request.body)
        check_form(call, at=clock.now())
        partner = payment_queries.find_partner(call.partner_code)
        secret = payment_queries.get_partner_secret(partner.code) if partner else NO_SECRET
        check_signature(call, secret=secret)
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


def _is_of_bank(request: HttpRequest, partner: PartnerView) -> bool:
    match = request.resolver_match
    return match is not None and match.kwargs.get("bank") == partner.bank
