"""Events that were lost on the way: Zalo's list of recent messages is read every few minutes, and what is missing comes in.

A row of the list becomes the event it should have come as, under the same key: what is there already is a double, and an
event that comes after all is one too. Only words are listed in full; of anything else a line says what it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from motcua.channels import accounts, tokens
from motcua.channels.accounts import Account
from motcua.channels.zalo import CODE, api, consent, hook
from motcua.messaging import operations as messaging_ops

log = structlog.get_logger(__name__)

PAGE = 10  # the most Zalo gives at once
PAGES = 5
OLDEST = timedelta(days=1)
IN_TIME = timedelta(minutes=1)  # an event on its way is not lost yet
KINDS = {
    "text": "text",
    "photo": "image",
    "image": "image",
    "gif": "gif",
    "sticker": "sticker",
    "file": "file",
    "voice": "audio",
}


def bring_in_lost(*, at: datetime) -> int:
    """Store what Zalo lists and nobody told us; how many events that were."""
    account = accounts.find_account(CODE)
    token = tokens.find_token(CODE)
    if account is None or token is None or token.needs_consent:
        return 0
    found = 0
    for page in range(PAGES):
        try:
            rows = _list(account, page, at)
        except (api.ZaloError, api.NoAnswer, tokens.NeedsConsent, tokens.Busy) as why:
            log.info("zalo_backfill_stopped", why=str(why) or type(why).__name__)
            return found
        new = sum(_store(account, row, at) for row in rows)
        found += new
        if not new or len(rows) < PAGE:
            break
    if found:
        log.warning("zalo_events_were_lost", count=found)
    return found


def _list(account: Account, page: int, at: datetime) -> list[Mapping[str, Any]]:
    asked = {"offset": page * PAGE, "count": PAGE}
    told = consent.with_token(
        account, at, lambda token: api.call(account, api.RECENT, token=token, query=asked)
    )
    return [row for row in told.get("rows", []) if isinstance(row, dict)]


def _store(account: Account, row: Mapping[str, Any], at: datetime) -> bool:
    sent_at = hook.instant(str(row.get("time", "")))
    key = str(row.get("message_id") or "")
    if not key or sent_at is None or not at - OLDEST <= sent_at <= at - IN_TIME:
        return False
    own = str(account.settings.get("oa_id", ""))
    event = _event(row, own)
    person = hook.person_of(event, own)
    if not person:
        return False
    return messaging_ops.receive(
        channel=CODE,
        event_id=hook.event_id(event, person, json.dumps(event).encode()),
        sender=person,
        payload={"event": event, "mac": "history", "server": ""},
        at=at,
        sent_at=sent_at,
    )


def _event(row: Mapping[str, Any], own: str) -> dict[str, Any]:
    """The event as it should have come. `src` 1: the customer said it."""
    is_theirs = str(row.get("src", "")) == "1"
    person = str(row.get("from_id" if is_theirs else "to_id") or "")
    kind = KINDS.get(str(row.get("type", "")), "text")
    message: dict[str, Any] = {"msg_id": str(row["message_id"])}
    if words := str(row.get("message") or ""):
        message["text"] = words
    if kind != "text" or not words:
        message["attachments"] = [
            {"type": kind if kind != "text" else "file", "payload": {"url": str(row.get("url") or "")}}
        ]
        kind = kind if kind != "text" else "file"
    sides = (person, own) if is_theirs else (own, person)
    return {
        "sender": {"id": sides[0]}, "recipient": {"id": sides[1]}, "message": message, "timestamp": str(row["time"]),
        "event_name": f"user_send_{kind}" if is_theirs else f"oa_send_{kind}",
    }  # fmt: skip
