"""Pure decisions: what a valid name, identity number or address of a channel is; when a code may be sent or
tried.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from motcua.kernel import access_codes, phones, vietnamese

NAME_MAX = 200
PHONE_CHANNELS = frozenset({"SMS", "PHONE", "VOICE"})

_HAS_LETTER = re.compile(r"[^\W\d_]")
_JOINERS = re.compile(r"[\s.\-]+")
_PERSONAL = re.compile(r"^0(?:0[1-9]|[1-8]\d|9[0-6])\d{9}$", re.ASCII)
_OLD_CARD = re.compile(r"^\d{9}$", re.ASCII)
_TAX = re.compile(r"^\d{10}(?:\d{3})?$", re.ASCII)
_PASSPORT = re.compile(r"^[A-Z]{1,2}\d{6,8}$", re.ASCII)
_EMAIL = re.compile(r"^[^\s@<>,;\"()]+@[^\s@<>,;\"()]+\.[^\s@<>,;\"().]{2,}$")
_ORGANISATION = re.compile(
    r"^(cong ty|tong cong ty|cty|cong an|ubnd|uy ban|truong|benh vien|tram y te|chi nhanh|doanh nghiep|dntn"
    r"|hop tac xa|htx|ngan hang|hoi|ban quan ly|trung tam|chua|nha tho|khach san|cuc|chi cuc|so|vien"
    r"|van phong|tap doan|xi nghiep|nha may|cua hang|quy|kho bac|toa an|benh xa|don bien phong)\b"
)


@dataclass(frozen=True)
class ProofLimits:
    """How codes to prove an address are limited. Times in seconds, counts per address or per asker."""

    life: timedelta = timedelta(minutes=10)
    attempts: int = 5
    pause: timedelta = timedelta(seconds=60)
    per_address_hour: int = 5
    per_address_day: int = 10
    per_asker_hour: int = 10


PROOF_LIMITS = ProofLimits()


def clean_name(text: str) -> str | None:
    """A name as it is stored, or None when it holds no letter or is too short or long."""
    name = vietnamese.clean(text)
    return name if 2 <= len(name) <= NAME_MAX and _HAS_LETTER.search(name) else None


def clean_id_number(text: str) -> str | None:
    """A personal number (12 digits), old card (9), tax code (10 or 13) or passport as stored, or None."""
    bare = _JOINERS.sub("", text).upper()
    if _PERSONAL.match(bare) or _OLD_CARD.match(bare) or _PASSPORT.match(bare):
        return bare
    if _TAX.match(bare):
        return bare if len(bare) == 10 else f"{bare[:10]}-{bare[10:]}"
    return None


def clean_email(text: str) -> str | None:
    email = text.strip().lower()
    return email if len(email) <= 254 and _EMAIL.match(email) else None


def clean_address(channel: str, address: str) -> str | None:
    """An address of a channel in the one form it is compared in; None when it cannot be one."""
    if channel.upper() in PHONE_CHANNELS:
        return phones.normalise(address)
    if channel.upper() == "EMAIL":
        return clean_email(address)
    return address.strip() or None


def guess_kind(search_key: str) -> str:
    """PERSON or ORGANISATION from the folded name, for imports that do not say."""
    return "ORGANISATION" if _ORGANISATION.match(search_key) else "PERSON"


def seconds_to_wait(sent: Sequence[datetime], at: datetime, limits: ProofLimits = PROOF_LIMITS) -> int:
    """Seconds until the next code may go to an address to which these went; 0 when now."""
    recent = sorted(sent, reverse=True)
    waits = [limits.pause - (at - recent[0])] if recent else []
    for count, window in (
        (limits.per_address_hour, timedelta(hours=1)),
        (limits.per_address_day, timedelta(days=1)),
    ):
        if len(recent) >= count:
            waits.append(window - (at - recent[count - 1]))
    longest = max(waits, default=timedelta(0))
    return max(0, -int(-longest.total_seconds() // 1))


def hash_token(token: str) -> str:
    """A long random token is hashed plainly: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_code_word(words: str, key: bytes) -> str:
    """What a request stores of its code word: forgiving marks and regional consonants.

    There are some thousands of code words, so that no slow hash could hide one. The key, which is not in the database,
    does: who has the table alone cannot try them.
    """
    salt = secrets.token_bytes(16)
    return f"hmac${salt.hex()}${_keyed(words, salt, key).hex()}"


def is_code_word(said: str, stored_hash: str, key: bytes) -> bool:
    """True when the words said or typed are those that were hashed (at first by scrypt)."""
    try:
        scheme, salt, hashed = stored_hash.split("$")
        salt_bytes, expected = bytes.fromhex(salt), bytes.fromhex(hashed)
    except ValueError:
        return False
    if scheme == "hmac":
        return hmac.compare_digest(_keyed(said, salt_bytes, key), expected)
    return scheme == "scrypt" and hmac.compare_digest(_stretched(said, salt_bytes), expected)


def _keyed(words: str, salt: bytes, key: bytes) -> bytes:
    return hmac.digest(key, salt + access_codes.sound_key(words).encode(), "sha256")


def _stretched(words: str, salt: bytes) -> bytes:
    return hashlib.scrypt(access_codes.sound_key(words).encode(), salt=salt, n=2**12, r=8, p=1, dklen=32)
