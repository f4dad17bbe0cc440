"""How each channel's webhook is checked and what of it must be known before it is stored. Pure; the edge uses
it.

Only what storing needs is read here: the provider's event id (so that doubles are one), the sender (so that
order
holds) and the provider's instant. What the event means is found out later, from the stored row, by the channel's
`parse`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motcua.channels import credentials
from motcua.channels.calls import Call, Stored, Verdict, unreadable
from motcua.channels.messenger import CODE as MESSENGER
from motcua.channels.messenger import hook as messenger
from motcua.channels.zalo import CODE as ZALO
from motcua.channels.zalo import hook as zalo
from motcua.kernel import phones

SIGNATURE_HEADER = "x-signature"
UNSIGNED = 401
FORBIDDEN = 403
IGNORED = 200  # what a provider's console needs to hear of a call that is not believed


@dataclass(frozen=True)
class Hook:
    """A channel's webhook: its code in the inbox, its check, its reading, and what a call that fails it is told.

    `greet` answers a provider that first asks, by GET, whether the address is ours: the words it wants back, or None.
    """

    channel: str
    check: Callable[[Call], Verdict]
    read: Callable[[Call, Verdict], list[Stored]]
    refused_with: int = UNSIGNED
    greet: Callable[[Mapping[str, str], Sequence[str]], str | None] | None = None


def _check_signed_body(call: Call) -> Verdict:
    given = call.headers.get(SIGNATURE_HEADER, "")
    if credentials.is_signed(call.body, given, call.secrets):
        return Verdict(True)
    return Verdict(False, "SIGNATURE" if given else "UNSIGNED")


def read_sms(call: Call, verdict: Verdict) -> list[Stored]:
    """Text messages and receipts: one event or a list of them. What is no JSON is stored as it came, and
    parked later.
    """
    body = call.body
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return [unreadable(body)]
    events = found if isinstance(found, list) else [found]
    return [_sms_event(event, body) for event in events[:200]] or [unreadable(body)]


def _sms_event(event: Any, body: bytes) -> Stored:
    if not isinstance(event, dict):
        return unreadable(body)
    event_id = str(
        event.get("event_id") or hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
    )
    if event.get("type") == "receipt":
        return Stored(event_id, f"receipt:{event.get('request_id', '')}"[:120], event)
    number = str(event.get("from", ""))
    return Stored(event_id, phones.normalise(number) or number[:120] or "?", event)


HOOKS: dict[str, Hook] = {
    "sms": Hook("SMS", _check_signed_body, read_sms),
    "zalo": Hook(ZALO, zalo.check, zalo.read, refused_with=IGNORED),
    "messenger": Hook(MESSENGER, messenger.check, messenger.read, FORBIDDEN, messenger.greet),
}
