"""A local certificate authority and a server certificate, so that a phone on the same network gets https.

The authority's key never leaves the home; its certificate is served at `/motcua-ca.crt` for phones to
install.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from motcua.kernel.clock import SystemClock
from motcua.ops.home import Home, write_private

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # phones refuse longer ones
RENEW_BEFORE_DAYS = 30


def own_addresses() -> list[str]:
    """This machine's IPv4 addresses on its networks, without loopback."""
    found = [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    ]
    return sorted(set(found))


def ensure(home: Home, host: str) -> tuple[Path, Path]:
    """The server's certificate and key for this host and our present addresses; made or renewed when
    needed.
    """
    home.certificates.mkdir(mode=0o700, exist_ok=True)
    at = SystemClock().now()
    names = _names(host)
    certificate, key = home.certificates / "server.crt", home.certificates / "server.key"
    authority, authority_key = _authority(home, at)
    if not _still_good(certificate, names, at):
        own_key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(_subject(host), at, SERVER_DAYS)
            .issuer_name(authority.subject)
            .public_key(own_key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        write_private(key, _pem_key(own_key))
        write_private(certificate, _pem(made) + _pem(authority))
    return certificate, key


def _authority(home: Home, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate, key = home.certificates / "ca.crt", home.certificates / "ca.key"
    if certificate.exists() and key.exists():
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        if loaded.not_valid_after_utc > at + timedelta(days=SERVER_DAYS):
            private = serialization.load_pem_private_key(key.read_bytes(), password=None)
            assert isinstance(private, ec.EllipticCurvePrivateKey)
            return loaded, private
    private = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"Motcua {socket.gethostname()}"[:60])
    made = (
        _builder(subject, at, AUTHORITY_DAYS)
        .issuer_name(subject)
        .public_key(private.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    write_private(key, _pem_key(private))
    write_private(certificate, _pem(made))
    (home.certificates / "server.crt").unlink(missing_ok=True)
    return made, private


def _names(host: str) -> list[str]:
    below = [] if _is_address(host) else [f"*.{host}"]
    return [host, *below, "localhost", "*.localhost", "127.0.0.1", *own_addresses()]


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _still_good(certificate: Path, names: list[str], at: datetime) -> bool:
    if not certificate.exists():
        return False
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    if loaded.not_valid_after_utc < at.astimezone(UTC) + timedelta(days=RENEW_BEFORE_DAYS):
        return False
    named = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    present = set(named.get_values_for_type(x509.DNSName)) | {
        str(address) for address in named.get_values_for_type(x509.IPAddress)
    }
    return set(names) <= present


def _builder(subject: x509.Name, at: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=days))
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
