"""Sealing what opens a provider's door, and the secrets of the stand-ins. Pure: the edge uses it too."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from cryptography.fernet import Fernet, InvalidToken


class CannotOpen(Exception):
    """The sealed text was made with another key: the installation's secret was changed."""


def _fernet(secret_key: str) -> Fernet:
    digest = hmac.new(secret_key.encode(), b"motcua channel credentials", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(value: object, secret_key: str) -> str:
    """JSON of the value, encrypted."""
    return _fernet(secret_key).encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str, secret_key: str) -> object:
    """What `seal` was given. Raises CannotOpen."""
    try:
        return json.loads(_fernet(secret_key).decrypt(sealed.encode()))
    except InvalidToken:
        raise CannotOpen from None


def stand_in_secret(secret_key: str, company_code: str, channel: str) -> str:
    """The secret our own stand-in of a provider shares with us, when no account is set up (demo only)."""
    return hmac.new(
        secret_key.encode(), f"stand-in:{company_code}:{channel}".encode(), hashlib.sha256
    ).hexdigest()


def sign(body: bytes, secret: str) -> str:
    """HMAC-SHA256 of a webhook's body, in hexadecimal."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def is_signed(body: bytes, signature: str, secrets: list[str]) -> bool:
    """True when one of the secrets made the signature; two may be valid while one is being replaced."""
    given = signature.removeprefix("sha256=").strip().lower()
    matching = [hmac.compare_digest(sign(body, secret).encode(), given.encode()) for secret in secrets]
    return any(matching)
