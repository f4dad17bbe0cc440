"""Meta's webhook: is the call Meta's, which events are in it, whose turn are they in. Pure; the edge uses it.

A call brings several entries with several events each; every event becomes a row of its own, so that one that is odd takes
no other with it. The mark is an HMAC over the bytes as they came, escapes and all, with the app's secret as its key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from motcua.channels import credentials
from motcua.channels.calls import Call, Stored, Verdict, instant, read_json, unreadable

SIGNATURE_HEADER = "x-hub-signature-256"
# Meta repeats for 36 hours; what is older is somebody playing an old call again.
OLDEST = timedelta(hours=40)
NEWEST = timedelta(minutes=15)
LONGEST_KEY = 150
LONGEST_CHALLENGE = 200
MOST_EVENTS = 500
LISTS = ("messaging", "standby", "changes")
WATERMARKS = ("delivery", "read")
# What an event is by the field it has; the first that is there counts.
KINDS = (
    "message", "message_edit", "postback", "referral", "reaction", "delivery", "read", "optin", "response_feedback",
    "account_linking", "pass_thread_control", "take_thread_control", "request_thread_control", "app_roles", "policy_enforcement",
)  # fmt: skip


def verify_token(secret: str) -> str:
    """What Meta's console is given as verify token: made of the app's secret, so that it is kept nowhere."""
    return credentials.sign(b"motcua webhook verify token", secret)[:40]


def greet(query: Mapping[str, str], secrets: Sequence[str]) -> str | None:
    """The challenge, for whoever asks with our token; None for anybody else."""
    given, challenge = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    ours = [hmac.compare_digest(verify_token(secret).encode(), given.encode()) for secret in secrets]
    if query.get("hub.mode") != "subscribe" or not any(ours) or len(challenge) > LONGEST_CHALLENGE:
        return None
    return challenge


def check(call: Call) -> Verdict:
    """Whether Meta made the call. Reasons when not: UNSIGNED, SIGNATURE, UNREADABLE, OTHER_APP, TOO_OLD."""
    given = call.headers.get(SIGNATURE_HEADER, "")
    if not given:
        return Verdict(False, "UNSIGNED")
    if not credentials.is_signed(call.body, given, call.secrets):
        return Verdict(False, "SIGNATURE")
    told = read_json(call.body)
    if told is None:
        return Verdict(False, "UNREADABLE")
    if told.get("object") != "page":
        return Verdict(False, "OTHER_APP")
    instants = [at for entry in _entries(told) if (at := instant(str(entry.get("time", ""))))]
    if instants and not call.at - OLDEST <= max(instants) <= call.at + NEWEST:
        return Verdict(False, "TOO_OLD")
    return Verdict(True)


def read(call: Call, verdict: Verdict) -> list[Stored]:
    """A row for each event of a genuine call, in their order."""
    told = read_json(call.body)
    if told is None:
        return [unreadable(call.body)]
    rows = [_row(*one) for one in _events(told)][:MOST_EVENTS]
    return rows or [unreadable(call.body)]


def _entries(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = told.get("entry")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _events(told: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any, str]]:
    """The list an event stands in, the event, the page it is of, the entry's time."""
    for entry in _entries(told):
        for name in LISTS:
            rows = entry.get(name)
            for event in rows if isinstance(rows, list) else []:
                event = event if isinstance(event, dict) else {"odd": event}
                yield name, event, str(entry.get("id", "")), str(entry.get("time", ""))


def _row(where: str, event: dict[str, Any], page: str, time: str) -> Stored:
    person = person_of(event, page)
    is_receipt = kind_of(event) in WATERMARKS
    return Stored(
        event_id(where, event, page, time),
        (f"receipt:{person}" if is_receipt else person or "?")[:120],
        {"page": page, "where": where, "event": event},
        instant(str(event.get("timestamp", ""))) or instant(time),
    )


def kind_of(event: Mapping[str, Any]) -> str:
    return next((kind for kind in KINDS if kind in event), "")


def person_of(event: Mapping[str, Any], page: str) -> str:
    """The customer of an event: of the two ids the one that is not the Page's. "" when it is about nobody we can reach."""
    sender, recipient = _id_of(event.get("sender")), _id_of(event.get("recipient"))
    if sender and sender != page:
        return sender
    return recipient if recipient != page else ""


def event_id(where: str, event: Mapping[str, Any], page: str, time: str) -> str:
    """The key under which a repeat of the event is the same event, also when it stands in another list."""
    kind = kind_of(event)
    told = event.get(kind)
    told = told if isinstance(told, dict) else {}
    name = str(told.get("mid") or "")
    if kind == "message" and name:
        kind = "deleted" if told.get("is_deleted") else "echo" if told.get("is_echo") else kind
    elif kind == "message_edit" and name:
        name = f"{name}:{told.get('num_edit', '')}:{event.get('timestamp', '')}"
    elif kind != "postback" or not name:
        whole = json.dumps([time if where == "changes" else "", event], sort_keys=True)
        name = hashlib.sha256(whole.encode()).hexdigest()
    return key_of(page, kind or where, name)


def key_of(page: str, kind: str, name: str) -> str:
    """The key of an event with a name of its own."""
    key = f"{page}:{kind}:{name}"
    return key if len(key) <= LONGEST_KEY else f"{page}:{kind}:{hashlib.sha256(key.encode()).hexdigest()}"


def _id_of(side: Any) -> str:
    """A person's id, or the mark of somebody who has none yet."""
    if not isinstance(side, dict):
        return ""
    return str(side.get("id") or "") or (f"ref:{side['user_ref']}" if side.get("user_ref") else "")
