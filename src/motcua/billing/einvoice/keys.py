"""The seller's key behind one interface: a file encrypted outside the database, or a device (PKCS#11) that never gives it away.

A key signs bytes with RSA and SHA-256 and knows its certificate.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import pkcs12

from motcua.billing.einvoice import devices

_PURPOSE = b"motcua e-invoice key 1"
MIN_BITS = 2048


class KeyUnusable(ValueError):
    """The key cannot be read or used; says why, without any of it."""


class SigningKey(Protocol):
    """Signs with the key of one certificate."""

    @property
    def certificate(self) -> x509.Certificate: ...

    def sign(self, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 with SHA-256 over the data."""


@dataclass(frozen=True)
class FileKey:
    """A key held in memory, read from an encrypted file."""

    certificate: x509.Certificate
    private: rsa.RSAPrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


class DeviceKey:
    """A key in a token or HSM, by PKCS#11: the one with this label that the certificate belongs to. Needs the extra `pkcs11`."""

    def __init__(
        self, *, certificate: x509.Certificate, module: str, token: str, label: str, pin: str
    ) -> None:
        self.certificate = certificate
        self._token, self._label, self._pin = devices.Token(module, token), label, pin
        self._private = self._find()

    def sign(self, data: bytes) -> bytes:
        """Once more with a new session when the one we have has ended: a device was pulled out, or began anew."""
        try:
            return self._private.sign(data)
        except devices.DeviceRefuses:
            devices.forget(self._token)
            self._private = self._find()
        try:
            return self._private.sign(data)
        except devices.DeviceRefuses as refusal:
            raise KeyUnusable(str(refusal)) from None

    def _find(self) -> devices.PrivateKey:
        """Raises KeyUnusable."""
        try:
            found = devices.find_keys(self._token, self._label, self._pin)
            fitting = next((key for key in found if self._fits(key)), None)
        except devices.DeviceRefuses as refusal:
            raise KeyUnusable(str(refusal)) from None
        if fitting is None:
            raise KeyUnusable(
                f"PKCS#11: {len(found)} private keys have this label, the certificate belongs to none of them"
            )
        return fitting

    def _fits(self, key: devices.PrivateKey) -> bool:
        public = self.certificate.public_key()
        if not isinstance(public, rsa.RSAPublicKey) or public.key_size < MIN_BITS:
            return False
        try:
            public.verify(key.sign(_PURPOSE), _PURPOSE, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def read_bundle(content: bytes, password: str) -> FileKey:
    """Key and certificate of a PKCS#12 file, or of a PEM text that holds both. Raises KeyUnusable."""
    secret = password.encode() or None
    try:
        if b"-----BEGIN" in content:
            private: Any = serialization.load_pem_private_key(content, secret)
            certificate: x509.Certificate | None = x509.load_pem_x509_certificate(content)
        else:
            private, certificate, _more = pkcs12.load_key_and_certificates(content, secret)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"wrong password, or no PKCS#12 or PEM file ({type(error).__name__})") from None
    if not isinstance(private, rsa.RSAPrivateKey) or certificate is None:
        raise KeyUnusable("an RSA key with its certificate is wanted")
    if private.key_size < MIN_BITS:
        raise KeyUnusable(f"the key has {private.key_size} bits, {MIN_BITS} are wanted")
    if certificate.public_key() != private.public_key():
        raise KeyUnusable("key and certificate do not belong together")
    return FileKey(certificate, private)


def keep(folder: Path, name: str, key: FileKey, master: str) -> Path:
    """Write a key, encrypted under the installation's own secret, readable by us alone."""
    told = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_derived(master)),
    )
    return write_secret(folder / f"{name}.key", told)


def load(folder: Path, name: str, certificate: x509.Certificate, master: str) -> FileKey:
    """The key of a certificate. Raises KeyUnusable."""
    path = folder / f"{name}.key"
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), _derived(master))
    except OSError:
        raise KeyUnusable(f"{path} cannot be read") from None
    except (ValueError, TypeError):
        raise KeyUnusable(f"{path} was encrypted with another secret") from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise KeyUnusable(f"{path} holds no RSA key")
    return FileKey(certificate, private)


def keep_pin(folder: Path, name: str, pin: str, master: str) -> Path:
    return write_secret(folder / f"{name}.pin", Fernet(_derived(master)).encrypt(pin.encode()))


def load_pin(folder: Path, name: str, master: str) -> str:
    """The PIN of a device. Raises KeyUnusable."""
    try:
        return Fernet(_derived(master)).decrypt((folder / f"{name}.pin").read_bytes()).decode()
    except (OSError, InvalidToken):
        raise KeyUnusable("the PIN cannot be read") from None


def write_secret(path: Path, content: bytes) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    making.replace(path)
    return path


def _derived(master: str) -> bytes:
    raw = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(master.encode())
    return base64.urlsafe_b64encode(raw)
