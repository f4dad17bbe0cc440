"""Events that Meta never told us: the Page's newest conversations are read every few minutes, and what is missing comes in.

A message of the list becomes the event it should have come as, under the same key: what is there already is a double, and
an event that comes after all is one too. What was tapped stands in the list as words; whether it came is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from motcua.channels import accounts, tokens
from motcua.channels.accounts import Account
from motcua.channels.messenger import CODE, api, hook, looking_after
from motcua.channels.outbound import NoAnswer
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries

log = structlog.get_logger(__name__)

CONVERSATIONS, MESSAGES, PAGES = 25, 10, 3
OLDEST = timedelta(days=1)
IN_TIME = timedelta(minutes=1)  # an event on its way is not lost yet
FIELDS = (
    f"updated_time,participants,messages.limit({MESSAGES})"
    "{id,created_time,from,to,message,sticker,attachments{mime_type,name,file_url,image_data,video_data}}"
)
TAPPED, TAKEN_BACK = "postback", "deleted"


def bring_in_lost(*, at: datetime) -> int:
    """Store what Meta lists and nobody told us; how many events that were."""
    account, token = accounts.find_account(CODE), tokens.find_token(CODE)
    if account is None or not looking_after.is_used() or (token is not None and token.needs_consent):
        return 0
    found, after = 0, ""
    for _page in range(PAGES):
        asked = {"fields": FIELDS, "limit": str(CONVERSATIONS), **({"after": after} if after else {})}
        try:
            told = api.call(account, api.page_path(account, api.CONVERSATIONS), query=asked)
        except (api.MetaError, NoAnswer) as why:
            log.info("messenger_backfill_stopped", why=str(why) or type(why).__name__)
            return found
        rows = [row for row in told.get("data") or [] if isinstance(row, dict)]
        found += sum(_store(account, row, at) for row in api.messages_of(told))
        after = _next_of(told)
        last = api.moment(rows[-1].get("updated_time")) if rows else None
        if not after or last is None or last < at - OLDEST:
            break
    if found:
        log.warning("messenger_events_were_lost", count=found)
    return found


def _next_of(told: Mapping[str, Any]) -> str:
    paging = told.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


def _store(account: Account, row: Mapping[str, Any], at: datetime) -> bool:
    sent_at, mid = api.moment(row.get("created_time")), str(row.get("id") or "")
    if not mid or sent_at is None or not at - OLDEST <= sent_at <= at - IN_TIME:
        return False
    page = str(account.settings.get("page_id", ""))
    event = _event(row, page, sent_at)
    person = hook.person_of(event, page)
    if not person or not _says_something(event):
        return False
    others = [hook.key_of(page, kind, mid) for kind in (TAPPED, TAKEN_BACK)]
    if any(messaging_queries.find_event(CODE, key) for key in others):
        return False
    return messaging_ops.receive(
        channel=CODE,
        event_id=hook.event_id("messaging", event, page, ""),
        sender=person,
        payload={"page": page, "where": "messaging", "event": event, "by": "history"},
        at=at,
        sent_at=sent_at,
    )


def _says_something(event: Mapping[str, Any]) -> bool:
    return bool(event["message"].get("text") or event["message"].get("attachments"))


def _event(row: Mapping[str, Any], page: str, sent_at: datetime) -> dict[str, Any]:
    """The event as it should have come. What the Page said is its echo."""
    sender = _id_of(row.get("from"))
    recipients = row.get("to")
    rows = recipients.get("data") if isinstance(recipients, dict) else None
    to = next((_id_of(one) for one in rows or []), "")
    is_ours = sender == page
    message: dict[str, Any] = {"mid": str(row["id"]), **({"is_echo": True} if is_ours else {})}
    if words := str(row.get("message") or ""):
        message["text"] = words
    if attachments := _attachments(row):
        message["attachments"] = attachments
    return {
        "sender": {"id": sender},
        "recipient": {"id": to if is_ours else page},
        "timestamp": int(sent_at.timestamp() * 1000),
        "message": message,
    }


def _id_of(side: Any) -> str:
    return str(side.get("id") or "") if isinstance(side, dict) else ""


def _attachments(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Files as the webhook would have brought them; the list has them in a shape of its own."""
    if row.get("sticker"):
        return [{"type": "sticker", "payload": {"url": str(row["sticker"])}}]
    told = row.get("attachments")
    files = told.get("data") if isinstance(told, dict) else None
    return [_attachment(file) for file in files or [] if isinstance(file, dict)]


def _attachment(file: Mapping[str, Any]) -> dict[str, Any]:
    for kind in ("image", "video"):
        data = file.get(f"{kind}_data")
        if isinstance(data, dict) and data.get("url"):
            return {"type": kind, "payload": {"url": str(data["url"])}}
    kind = "audio" if str(file.get("mime_type", "")).startswith("audio/") else "file"
    payload = {"url": str(file.get("file_url") or ""), "title": str(file.get("name") or "")}
    return {"type": kind, "payload": payload}
