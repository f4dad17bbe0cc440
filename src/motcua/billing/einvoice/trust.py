"""Whose certificates count: the authorities in a folder (PEM files), and whether a chain leads to one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

LONGEST_CHAIN = 5


def read_folder(folder: Path) -> list[x509.Certificate]:
    """The authorities in a folder's *.pem and *.crt files. Raises ValueError with the file's name."""
    found: list[x509.Certificate] = []
    for path in sorted([*folder.glob("*.pem"), *folder.glob("*.crt")]):
        found += read_file(path)
    return found


def read_file(path: Path) -> list[x509.Certificate]:
    """The certificates of one file, PEM or DER. Raises ValueError with its name."""
    content = path.read_bytes()
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def is_trusted(
    leaf: x509.Certificate,
    anchors: Sequence[x509.Certificate],
    *,
    at: datetime,
    between: Iterable[x509.Certificate] = (),
) -> bool:
    """Whether a chain leads from a certificate to an anchor, each link an authority valid at the instant."""
    others = [one for one in between if one != leaf]
    here, seen = leaf, 0
    while seen < LONGEST_CHAIN:
        seen += 1
        if any(_issued(anchor, here, at) for anchor in anchors):
            return True
        above = next((one for one in others if _issued(one, here, at)), None)
        if above is None or above == here:
            return False
        here = above
    return False


def _issued(issuer: x509.Certificate, issued: x509.Certificate, at: datetime) -> bool:
    if issuer.subject != issued.issuer or not is_valid(issuer, at) or not _is_authority(issuer):
        return False
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def tax_codes(certificate: x509.Certificate) -> frozenset[str]:
    """The tax codes that a certificate's subject names, written `MST:0101304000` in any of its parts."""
    values = [str(attribute.value) for attribute in certificate.subject]
    return frozenset(value.partition(":")[2].strip() for value in values if value.upper().startswith("MST:"))
