"""The calls this Zalo makes to us: signed over the very bytes that are sent, repeated on a shortened ladder, with faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson
import structlog

from motcua.channels.zalo import hook
from motcua.config import clock
from motcua.config.env import ENV
from motcua.sandbox import zalo
from motcua.sandbox.zalo import STORE, Fault

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 2.0  # as the real one
LADDER_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)  # 30 s, 5 min, 15 min, 30 min, 1 h of the real one
LATE_SECONDS = 3.0


def plan(company: str, host: str, name: str, told: Mapping[str, Any], at: datetime, *, url: str = "") -> None:
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
    url = url or f"{ENV.scheme}://127.0.0.1:{ENV.edge_port}/hooks/zalo"
    with STORE.open() as opened:
        fault = zalo.take_fault(opened, of_events=True)
        if fault is Fault.EVENT_LOST:
            return
        if fault is Fault.BAD_SIGNATURE:
            mark = "0" * 64
        later = clock.now() + timedelta(seconds=LATE_SECONDS)
        waits = later.isoformat() if fault in {Fault.EVENT_LATE, Fault.EVENTS_SWAPPED} else ""
        for _copy in range(2 if fault is Fault.EVENT_TWICE else 1):
            opened.execute(
                "INSERT INTO calls (company, host, url, body, mac, not_before) VALUES (?, ?, ?, ?, ?, ?)",
                [company, host, url, body, mark, waits],
            )


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
    oa_id = zalo.app_of(company)["oa_id"]
    plan(
        company, host, f"user_send_{kind}",
        {"sender": {"id": person}, "recipient": {"id": oa_id}, "message": {**message, "msg_id": id}}, at,
    )  # fmt: skip
    start_delivery()
    return id


def echo(
    company: str, host: str, person: str, id: str, text: str, kind: str, at: datetime, *, admin: str = ""
) -> None:
    """What was sent in the account's name is played back."""
    oa_id = zalo.app_of(company)["oa_id"]
    sender = {"id": oa_id, **({"admin_id": admin} if admin else {})}
    message: dict[str, Any] = {"msg_id": id, **({"text": text} if text else {})}
    if kind in {"image", "file"}:
        message["attachments"] = [{"type": kind, "payload": {"name": "tep"}}]
    plan(
        company,
        host,
        f"oa_send_{kind}",
        {"sender": sender, "recipient": {"id": person}, "message": message},
        at,
    )


def receipts(company: str, host: str, person: str, ids: list[str], at: datetime, *, seen: bool) -> None:
    sides = {"sender": {"id": zalo.app_of(company)["oa_id"]}, "recipient": {"id": person}}
    if seen and ids:
        plan(company, host, "user_seen_message", {**sides, "message": {"msg_ids": ids}}, at)
    elif not seen:
        for id in ids:
            plan(company, host, "user_received_message", {**sides, "message": {"msg_id": id}}, at)


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
        told = {"sender": {"id": person}, "recipient": {"id": oa_id}}
    else:
        told = {"oa_id": oa_id, "user_id": person}
    plan(company, host, name, {**told, **more}, at)
    start_delivery()


# ---- on their way

_courier: threading.Thread | None = None
_courier_lock = threading.Lock()
_again = threading.Event()


def start_delivery() -> None:
    """Send what waits, in the background of this process."""
    global _courier
    _again.set()
    with _courier_lock:
        if _courier is None or not _courier.is_alive():
            _courier = threading.Thread(target=_deliver_all, name="sandbox-zalo", daemon=True)
            _courier.start()


def _deliver_all() -> None:
    while True:
        _again.clear()
        if deliver_pending():
            time.sleep(0.2)
        elif not _again.wait(30):
            return


def deliver_pending() -> int:
    """Try every waiting call whose time has come once; how many still wait."""
    with STORE.open() as opened:
        waiting = opened.execute(
            "SELECT serial, host, url, body, mac, not_before, tries FROM calls WHERE state = 'PENDING' ORDER BY serial"
        ).fetchall()
    left = 0
    for serial, host, url, body, mark, not_before, tries in waiting:
        if not_before and not_before > clock.now().isoformat():
            left += 1
            continue
        if not _claim(serial, tries):
            continue
        is_taken = _call(host, url, bytes(body), mark, tries)
        state = "DONE" if is_taken else ("PENDING" if tries < len(LADDER_SECONDS) else "GIVEN_UP")
        left += state == "PENDING"
        wait = LADDER_SECONDS[min(tries, len(LADDER_SECONDS) - 1)]
        with STORE.open() as opened:
            opened.execute(
                "UPDATE calls SET state = ?, not_before = ? WHERE serial = ?",
                [state, (clock.now() + timedelta(seconds=wait)).isoformat(), serial],
            )
    return left


def _claim(serial: int, tries: int) -> bool:
    """One process sends a call: pages and the edge both carry."""
    with STORE.open() as opened:
        return bool(
            opened.execute(
                "UPDATE calls SET tries = tries + 1 WHERE serial = ? AND tries = ? AND state = 'PENDING'",
                [serial, tries],
            ).rowcount
        )


def _call(host: str, url: str, body: bytes, mark: str, tries: int) -> bool:
    headers = {
        "Host": host, "X-ZEvent-Signature": f"mac={mark}", "Content-Type": "application/json",
        **({"num_retry": str(tries)} if tries else {}),
    }  # fmt: skip
    try:
        # our own edge on this machine; its local certificate names another host
        with httpx.Client(timeout=TIMEOUT_SECONDS, verify=False, trust_env=False) as client:  # noqa: S501
            return client.post(url, content=body, headers=headers).status_code == httpx.codes.OK
    except httpx.HTTPError as error:
        log.info("sandbox_zalo_call_failed", error=type(error).__name__)
        return False
