"""The calls this Messenger makes to us: bodies with Meta's escapes, signed over their very bytes, repeated until they are taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from motcua.channels import credentials
from motcua.channels.messenger import PAGE_INBOX, hook
from motcua.sandbox import installation, messenger
from motcua.sandbox.hook_calls import HookCalls, client, sides
from motcua.sandbox.messenger import STORE, Fault

CALLS = HookCalls(
    STORE,
    messenger.CHANNEL,
    mark_header="X-Hub-Signature-256",
    ladder_seconds=(
        0.5,
        1.0,
        2.0,
        4.0,
        8.0,
        8.0,
    ),  # at once, then fewer and fewer over 36 hours at the real one
    timeout_seconds=5.0,
)
start_delivery, deliver_pending = CALLS.start, CALLS.deliver_pending


def body_of(company: str, where: str, events: list[Mapping[str, Any]], at: datetime) -> bytes:
    """A call as Meta writes it: an entry for each event, what is not ASCII escaped."""
    page, time_of = messenger.page_of(company)["page_id"], _ms(at)
    entries = [{"id": page, "time": time_of, where: [event]} for event in events]
    return json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode()


def plan(
    company: str, host: str, event: Mapping[str, Any], at: datetime, *, where: str = "messaging"
) -> None:
    """Put an event on its way, with whatever fault was planned for the next one."""
    with STORE.open() as opened:
        fault = STORE.take_fault_of(opened, of_events=True)
        if fault is Fault.EVENT_LOST:
            return
        events = [event, {**_sides(company, "0", True), "timestamp": _ms(at), "odd": {}}, event]
        body = body_of(company, where, events if fault is Fault.EVENTS_TOGETHER else [event], at)
        mark = credentials.sign(body, messenger.secret_of(company))
        if fault is Fault.BAD_SIGNATURE:
            mark = "0" * 64
        CALLS.plan(
            opened, company=company, host=host, body=body, mark=f"sha256={mark}", is_late=fault is Fault.EVENT_LATE,
            copies=2 if fault is Fault.EVENT_TWICE else 1,
        )  # fmt: skip


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _sides(company: str, person: str, is_theirs: bool) -> Mapping[str, Any]:
    return sides(messenger.page_of(company)["page_id"], person, is_theirs=is_theirs)


def tell(
    company: str,
    host: str,
    person: str,
    kind: str,
    told: Mapping[str, Any],
    at: datetime,
    *,
    is_theirs: bool = True,
) -> None:
    """An event about a person: by the usual list, or beside it while another app has the conversation."""
    with STORE.open() as opened:
        owner = messenger.find_person(opened, company, person)[2]
        if is_theirs and kind not in {"delivery", "read"}:
            messenger.touch(opened, company, person, at)
    event = {**_sides(company, person, is_theirs), "timestamp": _ms(at), kind: dict(told)}
    plan(company, host, event, at, where="standby" if owner else "messaging")
    start_delivery()


def say(
    company: str, host: str, person: str, message: Mapping[str, Any], at: datetime, *, shown: str, extra: Mapping[str, Any] | None = None
) -> str:  # fmt: skip
    """The person sends something; the message's id."""
    with STORE.open() as opened:
        id = messenger.keep_message(
            opened, company, person, is_theirs=True, text=shown, extra=extra or {}, at=at
        )
    tell(company, host, person, "message", {"mid": id, **message}, at)
    return id


def tap(company: str, host: str, person: str, title: str, payload: str, at: datetime) -> str:
    """The person taps a button that stays: it stands on the phone as if said, and is told as a postback."""
    with STORE.open() as opened:
        id = messenger.keep_message(opened, company, person, is_theirs=True, text=title, extra={}, at=at)
    tell(company, host, person, "postback", {"mid": id, "title": title, "payload": payload}, at)
    return id


def echo(
    company: str,
    host: str,
    person: str,
    line: messenger.Line,
    at: datetime,
    *,
    metadata: str = "",
    app_id: str = "",
) -> None:
    """What was sent in the Page's name is played back."""
    message: dict[str, Any] = {"mid": line.id, "is_echo": True}
    if app_id:
        message["app_id"] = int(app_id) if len(app_id) < 16 else app_id
    if metadata:
        message["metadata"] = metadata
    if line.extra.get("file"):
        message["attachments"] = [
            {"type": "image", "payload": {"url": "https://scontent.xx.fbcdn.net/v/1.jpg"}}
        ]
    elif line.extra.get("buttons") or line.extra.get("cards") or line.extra.get("template"):
        message["attachments"] = [{"type": "template", "payload": {"text": line.text}}]
    else:
        message["text"] = line.text
    tell(company, host, person, "message", message, at, is_theirs=False)


def write_as_staff(
    company: str, host: str, person: str, text: str, at: datetime, *, app_id: str = PAGE_INBOX
) -> None:
    """Somebody answers in Meta's own inbox."""
    with STORE.open() as opened:
        id = messenger.keep_message(opened, company, person, is_theirs=False, text=text, extra={}, at=at)
    echo(company, host, person, messenger.Line(id, False, text, {}, at.isoformat()), at, app_id=app_id)


def delivered(company: str, host: str, person: str, at: datetime, *, mids: list[str] | None = None) -> None:
    """All until now has arrived; which messages that were is said or not."""
    tell(company, host, person, "delivery", {**({"mids": mids} if mids else {}), "watermark": _ms(at)}, at)


def read(company: str, host: str, person: str, at: datetime) -> None:
    tell(company, host, person, "read", {"watermark": _ms(at)}, at)


def about_page(company: str, host: str, field: str, value: Mapping[str, Any], at: datetime) -> None:
    """What is about the Page and nobody: a template was decided, somebody commented."""
    plan(company, host, {"field": field, "value": dict(value)}, at, where="changes")
    start_delivery()


def comment(company: str, host: str, person: str, text: str, at: datetime) -> None:
    """Somebody writes below a post of the Page."""
    with STORE.open() as opened:
        name = messenger.find_person(opened, company, person)[0]
    value = {
        "item": "comment", "verb": "add", "comment_id": f"c_{_ms(at)}", "post_id": "p_1", "from": {"id": person, "name": name},
        "message": text[:500], "created_time": int(at.timestamp()),
    }  # fmt: skip
    about_page(company, host, "feed", value, at)


def greet(host: str, company: str, challenge: str) -> tuple[int, str]:
    """Ask, as Meta's console does, whether the address is ours: status and body."""
    asked = {
        "hub.mode": "subscribe", "hub.verify_token": hook.verify_token(messenger.secret_of(company)),
        "hub.challenge": challenge,
    }  # fmt: skip
    with client(CALLS.timeout_seconds) as opened:
        answer = opened.get(installation.hook_url(messenger.CHANNEL), params=asked, headers={"Host": host})
    return answer.status_code, answer.text
