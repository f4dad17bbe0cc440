"""The calls this Zalo makes to us: signed over the very bytes that are sent, repeated on a shortened ladder, with faults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from motcua.channels.zalo import hook
from motcua.sandbox import zalo
from motcua.sandbox.hook_calls import HookCalls, sides
from motcua.sandbox.zalo import STORE, Fault

CALLS = HookCalls(
    STORE,
    zalo.CHANNEL,
    mark_header="X-ZEvent-Signature",
    ladder_seconds=(0.5, 1.0, 2.0, 4.0, 8.0),  # 30 s, 5 min, 15 min, 30 min, 1 h of the real one
    timeout_seconds=2.0,  # as the real one
    counts_tries=True,
)
start_delivery, deliver_pending = CALLS.start, CALLS.deliver_pending


def plan(company: str, host: str, name: str, told: Mapping[str, Any], at: datetime) -> None:
    """Put an event on its way, with whatever fault was planned for the next one."""
    app = zalo.app_of(company)
    event = {
        "app_id": app["app_id"],
        **told,
        "event_name": name,
        "timestamp": str(int(at.timestamp() * 1000)),
    }
    body = orjson.dumps(event)
    mark = hook.mac(app["app_id"], body, event["timestamp"], zalo.secret_of(company))
    with STORE.open() as opened:
        fault = STORE.take_fault_of(opened, of_events=True)
        if fault is Fault.EVENT_LOST:
            return
        if fault is Fault.BAD_SIGNATURE:
            mark = "0" * 64
        CALLS.plan(
            opened, company=company, host=host, body=body, mark=f"mac={mark}",
            is_late=fault in {Fault.EVENT_LATE, Fault.EVENTS_SWAPPED}, copies=2 if fault is Fault.EVENT_TWICE else 1,
        )  # fmt: skip


def _sides(company: str, person: str, *, is_theirs: bool) -> dict[str, Any]:
    return dict(sides(zalo.app_of(company)["oa_id"], person, is_theirs=is_theirs))


def say(
    company: str,
    host: str,
    person: str,
    kind: str,
    message: Mapping[str, Any],
    at: datetime,
    *,
    shown: str,
    extra: Mapping[str, Any],
) -> str:
    """The person sends something; the message's id."""
    with STORE.open() as opened:
        id = zalo.keep_message(opened, company, person, is_theirs=True, text=shown, extra=extra, at=at)
    told = {**_sides(company, person, is_theirs=True), "message": {**message, "msg_id": id}}
    plan(company, host, f"user_send_{kind}", told, at)
    start_delivery()
    return id


def echo(
    company: str, host: str, person: str, id: str, text: str, kind: str, at: datetime, *, admin: str = ""
) -> None:
    """What was sent in the account's name is played back."""
    told = _sides(company, person, is_theirs=False)
    if admin:
        told["sender"]["admin_id"] = admin
    message: dict[str, Any] = {"msg_id": id, **({"text": text} if text else {})}
    if kind in {"image", "file"}:
        message["attachments"] = [{"type": kind, "payload": {"name": "tep"}}]
    plan(company, host, f"oa_send_{kind}", {**told, "message": message}, at)


def receipts(company: str, host: str, person: str, ids: list[str], at: datetime, *, seen: bool) -> None:
    ends = _sides(company, person, is_theirs=False)
    if seen and ids:
        plan(company, host, "user_seen_message", {**ends, "message": {"msg_ids": ids}}, at)
    elif not seen:
        for id in ids:
            plan(company, host, "user_received_message", {**ends, "message": {"msg_id": id}}, at)


def relation(company: str, host: str, person: str, name: str, at: datetime, **more: Any) -> None:
    """Follow, unfollow, a click, shared data: what is about the person and no message."""
    with STORE.open() as opened:
        if name in {"follow", "user_click_chatnow", "user_submit_info"}:
            zalo.touch(opened, company, person, at)
        if name in {"follow", "unfollow"}:
            opened.execute(
                "UPDATE people SET follows = ? WHERE company = ? AND id = ?",
                [name == "follow", company, person],
            )
    oa_id = zalo.app_of(company)["oa_id"]
    if name in {"follow", "unfollow"}:
        told: dict[str, Any] = {"oa_id": oa_id, "follower": {"id": person}, "source": "oa_profile"}
    elif name == "user_submit_info":
        told = _sides(company, person, is_theirs=True)
    else:
        told = {"oa_id": oa_id, "user_id": person}
    plan(company, host, name, {**told, **more}, at)
    start_delivery()
