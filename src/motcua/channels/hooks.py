"""How each channel's webhook is checked and what of it must be known before it is stored. Pure; the edge uses
it.

Only what storing needs is read here: the provider's event id (so that doubles are one) and the sender (so
that order
holds). What the event means is found out later, from the stored row, by the channel's `parse`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.channels import credentials
from motcua.kernel import phones

SIGNATURE_HEADER = "x-signature"


@dataclass(frozen=True)
class Stored:
    """One inbox row to be."""

    event_id: str
    sender: str
    payload: Any


@dataclass(frozen=True)
class Hook:
    """A channel's webhook: its code in the inbox, its check, its reading."""

    channel: str
    is_genuine: Callable[[Mapping[str, str], bytes, list[str]], bool]
    read: Callable[[bytes], list[Stored]]


def _is_signed_body(headers: Mapping[str, str], body: bytes, secrets: list[str]) -> bool:
    return credentials.is_signed(body, headers.get(SIGNATURE_HEADER, ""), secrets)


def read_sms(body: bytes) -> list[Stored]:
    """Text messages and receipts: one event or a list of them. What is no JSON is stored as it came, and
    parked later.
    """
    try:
        found = json.loads(body)
    except ValueError:
        return [_unreadable(body)]
    events = found if isinstance(found, list) else [found]
    return [_sms_event(event, body) for event in events[:200]] or [_unreadable(body)]


def _sms_event(event: Any, body: bytes) -> Stored:
    if not isinstance(event, dict):
        return _unreadable(body)
    event_id = str(
        event.get("event_id") or hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
    )
    if event.get("type") == "receipt":
        return Stored(event_id, f"receipt:{event.get('request_id', '')}"[:120], event)
    number = str(event.get("from", ""))
    return Stored(event_id, phones.normalise(number) or number[:120] or "?", event)


def _unreadable(body: bytes) -> Stored:
    return Stored(
        hashlib.sha256(body).hexdigest(),
        "?",
        {"raw": body.decode("utf-8", "replace").replace("\0", "")[:10_000]},
    )


HOOKS: dict[str, Hook] = {"sms": Hook("SMS", _is_signed_body, read_sms)}
