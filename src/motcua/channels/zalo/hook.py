"""Zalo's webhook: is the call Zalo's, which event is it, whose turn is it in. Pure; the edge uses it.

The mark of a genuine call is no HMAC but the plain SHA-256 of four texts joined: the app's id, the body as it came,
the body's timestamp and the secret. Some describe it with the account's id in the first place: a setting allows
either, and which of them matched is stored with the event.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from motcua.channels.calls import Call, Stored, Verdict, unreadable
from motcua.channels.calls import instant as instant
from motcua.channels.calls import read_json as read_json

SIGNATURE_HEADER = "x-zevent-signature"
SERVER_HEADER = "x-zevent-server"
APP_ID, OA_ID, EITHER = "app_id", "oa_id", "either"
# The ladder of repeats ends before two hours are over; what is older is somebody playing an old call again.
OLDEST = timedelta(hours=3)
NEWEST = timedelta(minutes=15)
RECEIPTS = frozenset({"user_received_message", "user_seen_message"})
REACTIONS = frozenset({"user_reacted_message", "oa_reacted_message"})
LONGEST_KEY = 150


def mac(first: str, body: bytes, timestamp: str, secret: str) -> str:
    """The mark of a body, in lower-case hexadecimal."""
    return hashlib.sha256(first.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def check(call: Call) -> Verdict:
    """Whether Zalo made the call. Reasons when not: UNSIGNED, UNREADABLE, SIGNATURE, OTHER_APP, TOO_OLD."""
    given = call.headers.get(SIGNATURE_HEADER, "").strip().lower().removeprefix("mac=")
    if not given:
        return Verdict(False, "UNSIGNED")
    event = read_json(call.body)
    if event is None:
        return Verdict(False, "UNREADABLE")
    timestamp = str(event.get("timestamp", ""))
    matched = ""
    for name, first in _firsts(call.settings, event):
        for secret in call.secrets:
            if hmac.compare_digest(mac(first, call.body, timestamp, secret).encode(), given.encode()):
                matched = matched or name
    if not matched:
        return Verdict(False, "SIGNATURE")
    own_app = str(call.settings.get("app_id", ""))
    if own_app and str(event.get("app_id", "")) not in {own_app, ""}:
        return Verdict(False, "OTHER_APP")
    at = instant(timestamp)
    if at is not None and not call.at - OLDEST <= at <= call.at + NEWEST:
        return Verdict(False, "TOO_OLD")
    return Verdict(True, matched=matched)


def _firsts(settings: Mapping[str, Any], event: Mapping[str, Any]) -> list[tuple[str, str]]:
    wanted = settings.get("mac", APP_ID)
    by_app = (APP_ID, str(event.get("app_id") or settings.get("app_id", "")))
    by_oa = (OA_ID, str(settings.get("oa_id", "")))
    return {APP_ID: [by_app], OA_ID: [by_oa], EITHER: [by_app, by_oa]}.get(str(wanted), [by_app])


def read(call: Call, verdict: Verdict) -> list[Stored]:
    """The inbox row of a genuine call: one event a call."""
    event = read_json(call.body)
    if event is None:
        return [unreadable(call.body)]
    own = str(call.settings.get("oa_id", ""))
    person = person_of(event, own)
    payload = {"event": event, "mac": verdict.matched, "server": call.headers.get(SERVER_HEADER, "")}
    sender = f"receipt:{person}" if str(event.get("event_name")) in RECEIPTS else person or "?"
    return [
        Stored(
            event_id(event, person, call.body),
            sender[:120],
            payload,
            instant(str(event.get("timestamp", ""))),
        )
    ]


def person_of(event: Mapping[str, Any], own_id: str) -> str:
    """The customer of an event: of the two ids the one that is not our account's. "" when it is about nobody.

    Without our own id the name of the event tells who speaks: `oa_...` is the account, and so it is in receipts.
    """
    if "follower" in event or "user_id" in event:
        return _id_of(event.get("follower")) or str(event.get("user_id", ""))
    sender, recipient = _id_of(event.get("sender")), _id_of(event.get("recipient"))
    if own_id and own_id in {sender, recipient}:
        return recipient if sender == own_id else sender
    name = str(event.get("event_name", ""))
    return recipient if name.startswith("oa_") or name in RECEIPTS else sender


def event_id(event: Mapping[str, Any], person: str, body: bytes) -> str:
    """The key under which a repeat of the event is the same event."""
    message = event.get("message")
    message = message if isinstance(message, dict) else {}
    name, timestamp = str(event.get("event_name", "")), str(event.get("timestamp", ""))
    ids = message.get("msg_ids")
    names = ",".join(str(one) for one in ids) if isinstance(ids, list) else str(message.get("msg_id") or "")
    if name in REACTIONS:
        names = f"{names}:{message.get('react_icon', '')}:{timestamp}"
    elif not names and timestamp:
        names = f"{person}:{timestamp}"
    account = str(event.get("oa_id") or event.get("oaId") or "") or "-"
    if account == "-":
        account = _id_of(event.get("sender")) if name.startswith("oa_") else _id_of(event.get("recipient"))
    if not names:
        return f"{account}:{name}:{hashlib.sha256(body).hexdigest()}"
    key = f"{account}:{name}:{names}"
    return key if len(key) <= LONGEST_KEY else f"{account}:{name}:{hashlib.sha256(key.encode()).hexdigest()}"


def _id_of(side: Any) -> str:
    return str(side.get("id", "")) if isinstance(side, dict) else ""
