"""Which portal calls: the one whose secret signed the call, at its own address."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.http import HttpRequest

from motcua.api.signed_http import NO_SECRET, call_of, refuse_large
from motcua.config import clock
from motcua.connectors.portals import partners
from motcua.connectors.portals.partners import PortalView
from motcua.connectors.signed_calls import SignatureRefused, check_form, check_signature
from motcua.documents.contents import MAX_BYTES

log = structlog.get_logger(__name__)

LARGEST_MESSAGE = 256 * 1024


class PortalSuspended(Exception):
    pass


@dataclass(frozen=True)
class Caller:
    """The portal, and the bytes it signed."""

    portal: PortalView
    body: bytes


def portal_of(request: HttpRequest) -> Caller:
    """The portal that signed this JSON call. Raises SignatureRefused, PortalSuspended."""
    return _caller(request, LARGEST_MESSAGE)


def portal_with_file(request: HttpRequest) -> Caller:
    """The portal that signed this file; as large as a document may be. Raises SignatureRefused, PortalSuspended."""
    return _caller(request, MAX_BYTES)


def _caller(request: HttpRequest, largest: int) -> Caller:
    try:
        refuse_large(request, largest)
        body = _read(request, largest)
        call = call_of(request, body)
        check_form(call, at=clock.now())
        portal = partners.find_portal(call.partner_code)
        check_signature(call, secret=partners.get_secret(portal.code) if portal else NO_SECRET)
        if portal is None:
            raise SignatureRefused("portal-unknown")
        match = request.resolver_match
        if match is None or match.kwargs.get("portal") != portal.code:
            raise SignatureRefused("portal-other")
    except SignatureRefused as refused:
        log.warning("portal-call.refused", reason=refused.reason)
        raise
    if not portal.is_active:
        raise PortalSuspended
    return Caller(portal, body)


def _read(request: HttpRequest, largest: int) -> bytes:
    """The body; a file may be larger than what Django keeps in memory for forms, so it is read as it comes."""
    if largest <= LARGEST_MESSAGE:
        return request.body
    body: bytes = request.read(largest + 1)
    if len(body) > largest:
        raise SignatureRefused("body-too-large")
    return body
