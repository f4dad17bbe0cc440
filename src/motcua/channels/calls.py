"""A call of a webhook as it reaches the edge, and what can be said of it before it is understood. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

LONG_NUMBER = 16  # digits; past 2^53 a number is an id, and stays text
_LONG = re.compile(rb"[:\[,\s]-?[0-9]{%d}" % (LONG_NUMBER + 1))


@dataclass(frozen=True)
class Call:
    """One call: its headers by lower-case name, its body byte for byte, and what the company set up for the channel."""

    headers: Mapping[str, str]
    body: bytes
    secrets: list[str] = field(repr=False)
    settings: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """Whether the provider made the call; the reason when not (counted for the operator), else how it was known."""

    is_genuine: bool
    reason: str = ""
    matched: str = ""


@dataclass(frozen=True)
class Stored:
    """One inbox row to be. `sent_at` is the provider's own instant of it, where it names one."""

    event_id: str
    sender: str
    payload: Any
    sent_at: datetime | None = None


def unreadable(body: bytes) -> Stored:
    """What is no JSON, as it came: it is parked, for a person to see."""
    raw = body.decode("utf-8", "replace").replace("\0", "")[:10_000]
    return Stored(hashlib.sha256(body).hexdigest(), "?", {"raw": raw})


def read_json(body: bytes) -> dict[str, Any] | None:
    """The event; long numbers as text, as ids must not lose digits on their way. None when it is no object."""
    try:
        found = _parse(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _parse(body: bytes) -> Any:
    if not _LONG.search(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # halves of characters and other oddities: read with more patience
    return json.loads(body, parse_int=lambda digits: digits if len(digits) > LONG_NUMBER else int(digits))


def instant(text: str) -> datetime | None:
    """Ten digits are seconds, thirteen milliseconds; of anything else nothing can be said."""
    if not (text.isascii() and text.isdigit() and len(text) in {10, 13}):
        return None
    return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), tz=UTC)
