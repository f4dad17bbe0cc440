"""Which portal calls: the one whose secret signed the call, at its own address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from motcua.api.signed_http import read_large, refusals_logged, refuse_large, signer_of
from motcua.config import clock
from motcua.connectors.portals import partners
from motcua.connectors.portals.partners import PortalView
from motcua.documents.contents import MAX_BYTES

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
    return _caller(request, _read_message)


def portal_with_file(request: HttpRequest) -> Caller:
    """The portal that signed this file; as large as a document may be. Raises SignatureRefused, PortalSuspended."""
    return _caller(request, _read_file)


def _caller(request: HttpRequest, read: Callable[[HttpRequest], bytes]) -> Caller:
    with refusals_logged("portal-call.refused"):
        body = read(request)
        portal = signer_of(
            request,
            body,
            name="portal",
            find=partners.find_portal,
            secret_of=partners.get_secret,
            at=clock.now(),
        )
    if not portal.is_active:
        raise PortalSuspended
    return Caller(portal, body)


def _read_message(request: HttpRequest) -> bytes:
    """Left for the call's own description to read again."""
    refuse_large(request, LARGEST_MESSAGE)
    return request.body


def _read_file(request: HttpRequest) -> bytes:
    return read_large(request, MAX_BYTES)
