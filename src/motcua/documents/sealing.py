"""Content is sealed before it leaves the process: AES-256-GCM, the key outside the database.

`MOTCUA_DOCUMENTS_KEY` holds one secret, or several with commas: the first seals, all of them open. So a key is changed by
putting a new one in front; `motcua check` counts what is still sealed with an old one.
The seal covers the company and the file's id: a file moved to another's place does not open.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from motcua.config.env import ENV

MAGIC = b"MCD1"
KEY_ID_LENGTH = 8
NONCE_LENGTH = 12
_HEAD = len(MAGIC) + KEY_ID_LENGTH + NONCE_LENGTH


class SealBroken(Exception):
    """The file was changed, swapped, or sealed with a key that is gone: an operator must look."""


@dataclass(frozen=True)
class Keys:
    """Keys by id; `current` seals."""

    current: str
    by_id: Mapping[str, bytes]

    @classmethod
    def of(cls, text: str) -> Keys:
        """From the setting: secrets with commas between, the current one first."""
        written = [part.strip() for part in text.split(",") if part.strip()]
        if not written:
            raise ValueError("MOTCUA_DOCUMENTS_KEY holds no key")
        ids = [
            hashlib.sha256(b"motcua document key id:" + part.encode()).hexdigest()[:KEY_ID_LENGTH]
            for part in written
        ]
        return cls(ids[0], {id: _derive(part) for id, part in zip(ids, written, strict=True)})


def _derive(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"motcua documents v1").derive(
        secret.encode()
    )


@lru_cache(maxsize=1)
def keys() -> Keys:
    """The keys of this process."""
    return Keys.of(ENV.documents_key)


def seal(content: bytes, *, company: str, file_id: str, with_keys: Keys | None = None) -> bytes:
    known = with_keys or keys()
    nonce = secrets.token_bytes(NONCE_LENGTH)
    sealed = AESGCM(known.by_id[known.current]).encrypt(nonce, content, _bound_to(company, file_id))
    return MAGIC + known.current.encode() + nonce + sealed


def unseal(sealed: bytes, *, company: str, file_id: str, with_keys: Keys | None = None) -> bytes:
    """The plain content. Raises SealBroken."""
    known = with_keys or keys()
    if len(sealed) < _HEAD or not sealed.startswith(MAGIC):
        raise SealBroken("not a sealed document")
    key_id = sealed[len(MAGIC) : len(MAGIC) + KEY_ID_LENGTH].decode("ascii", "replace")
    key = known.by_id.get(key_id)
    if key is None:
        raise SealBroken(f"sealed with key {key_id}, which MOTCUA_DOCUMENTS_KEY does not hold")
    try:
        return AESGCM(key).decrypt(
            sealed[_HEAD - NONCE_LENGTH : _HEAD], sealed[_HEAD:], _bound_to(company, file_id)
        )
    except InvalidTag:
        raise SealBroken("the content does not fit its seal") from None


def _bound_to(company: str, file_id: str) -> bytes:
    return f"{company}/{file_id}".encode()
