"""Sealing a partner's secret: encrypted with a key derived from the installation's own, which no database
holds.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"motcua partner secrets 1"


class SealBroken(ValueError):
    """The secret was sealed with another key, or changed."""


def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(secret: str, key: str) -> bytes:
    return _fernet(key).encrypt(secret.encode())


def unseal(sealed: bytes | memoryview, key: str) -> str:
    """The secret. Raises SealBroken."""
    try:
        return _fernet(key).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise SealBroken("a partner's secret was sealed with another key") from None


def answering_key(key: str, purpose: str) -> Ed25519PrivateKey:
    """Our own key for one purpose, always the same while the installation's key is: it is stored nowhere."""
    derived = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=None, info=b"motcua answers 1 " + purpose.encode()
    )
    return Ed25519PrivateKey.from_private_bytes(derived.derive(key.encode()))
