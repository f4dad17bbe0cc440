"""Which certificates their authority took back: lists (CRL) kept in a folder, believed only when the authority signed them.

A list is fetched into the folder by the connector, or put there by an operator. Asking an authority at once about one
certificate (OCSP) is not done: invoices are signed and checked where the authority may be out of reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

log = structlog.get_logger(__name__)

LARGEST = 32 * 1024 * 1024
SUFFIXES = ("*.crl", "*.pem")


class ListUnusable(ValueError):
    """Why a list does not count: NOT_A_LIST, TOO_LARGE or ISSUER_UNKNOWN."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class RevocationList:
    """A list as its authority made it at `made_at`; the next is promised for `next_at`."""

    issuer: x509.Name
    made_at: datetime
    next_at: datetime | None
    held: x509.CertificateRevocationList

    def is_stale(self, at: datetime) -> bool:
        """Whether the next one should be here by now."""
        return self.next_at is not None and self.next_at < at

    def revoked_at(self, certificate: x509.Certificate) -> datetime | None:
        """When the certificate was taken back; None where the list does not name it (or takes it off again)."""
        if certificate.issuer != self.issuer:
            return None
        row: Any = self.held.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if row is None:
            return None
        try:
            reason = row.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except x509.ExtensionNotFound:
            reason = None
        return None if reason is x509.ReasonFlags.remove_from_crl else row.revocation_date_utc


def read(content: bytes, authorities: Iterable[x509.Certificate]) -> RevocationList:
    """A list, PEM or DER, signed by one of the authorities. Raises ListUnusable."""
    if len(content) > LARGEST:
        raise ListUnusable("TOO_LARGE")
    try:
        found = (
            x509.load_pem_x509_crl(content) if b"-----BEGIN" in content else x509.load_der_x509_crl(content)
        )
    except ValueError:
        raise ListUnusable("NOT_A_LIST") from None
    if not any(_signed(found, authority) for authority in authorities):
        raise ListUnusable("ISSUER_UNKNOWN")
    return RevocationList(found.issuer, found.last_update_utc, found.next_update_utc, found)


def _signed(found: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    public: Any = authority.public_key()
    try:
        return authority.subject == found.issuer and bool(found.is_signature_valid(public))
    except (TypeError, ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False


def read_folder(folder: Path, authorities: Sequence[x509.Certificate]) -> list[RevocationList]:
    """The lists of a folder, of each authority the newest. What cannot be used is told to the log and left out."""
    newest: dict[x509.Name, RevocationList] = {}
    for path in sorted(path for suffix in SUFFIXES for path in folder.glob(suffix)):
        try:
            one = read(path.read_bytes(), authorities)
        except ListUnusable as error:
            log.warning("crl.unusable", file=path.name, why=error.code)
            continue
        known = newest.get(one.issuer)
        if known is None or known.made_at < one.made_at:
            newest[one.issuer] = one
    return list(newest.values())


def find_revoked(
    certificates: Iterable[x509.Certificate], lists: Sequence[RevocationList]
) -> tuple[x509.Certificate, datetime] | None:
    """The first of a chain's certificates that a list takes back, and when."""
    for certificate in certificates:
        for one in lists:
            if (at := one.revoked_at(certificate)) is not None:
                return certificate, at
    return None
