"""A certification authority that exists only here: it gives companies certificates to sign invoices with.

Its key lies in the home, in the clear: whoever trusts it trusts a demonstration.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from motcua.billing.einvoice import keys
from motcua.billing.einvoice.keys import FileKey
from motcua.config.env import ENV

NAME = "Motcua Test CA (không có giá trị pháp lý)"
YEARS, CERTIFICATE_YEARS = 20, 3
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A certificate that may issue others, and its key."""

    certificate: x509.Certificate
    private: rsa.RSAPrivateKey

    def issue(self, *, tax_code: str, name: str, at: datetime, years: int = CERTIFICATE_YEARS) -> FileKey:
        """A new key with a certificate for a taxpayer, valid from a day before."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
                x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
                x509.NameAttribute(NameOID.USER_ID, f"MST:{tax_code}"),
            ]
        )
        built = _begin(subject, self.certificate.subject, private, at, years)
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        return FileKey(built.sign(self.private, hashes.SHA256()), private)

    def revoke(self, serials: Mapping[int, datetime], *, at: datetime) -> bytes:
        """The list (PEM) of the certificates taken back and when, made now; the next is promised in a week."""
        built = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        built = built.last_update(at).next_update(at + 7 * DAY)
        for serial, since in serials.items():
            row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
            built = built.add_revoked_certificate(row.add_extension(reason, critical=False).build())
        return built.sign(self.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def found(at: datetime, name: str = NAME) -> Authority:
    """A new authority."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = _begin(subject, subject, private, at - 3650 * DAY, YEARS)  # signs for demos set back in time
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    return Authority(built.sign(private, hashes.SHA256()), private)


def here(at: datetime, folder: Path | None = None) -> Authority:
    """The authority of this home, founded when first asked for; of several who ask at once all get the same."""
    path = (folder or ENV.home / "sandbox") / "tax-ca.pem"
    if not path.exists():
        _keep(found(at), path)
    told = path.read_bytes()
    private = serialization.load_pem_private_key(told, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return Authority(x509.load_pem_x509_certificate(told), private)


def _keep(authority: Authority, path: Path) -> None:
    """Key and certificate in one file, whole from the first moment; who comes second leaves the first one's there."""
    told = authority.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    keys.write_secret(draft, told + authority.pem())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _begin(
    subject: x509.Name, issuer: x509.Name, private: rsa.RSAPrivateKey, at: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - DAY)
        .not_valid_after(at + years * 365 * DAY)
    )
