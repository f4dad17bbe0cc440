"""The calls this Messenger makes to us: bodies with Meta's escapes, signed over their very bytes, repeated until they are taken."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from motcua.channels import credentials
from motcua.channels.messenger import PAGE_INBOX, hook
from motcua.config import clock
from motcua.config.env import ENV
from motcua.sandbox import messenger
from motcua.sandbox.messenger import STORE, Fault

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
LADDER_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)  # at once, then fewer and fewer over 36 hours at the real one
LATE_SECONDS = 3.0


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
        fault = messenger.take_fault(opened, of_events=True)
        if fault is Fault.EVENT_LOST:
            return
        events = [event, {**_sides(company, "0", True), "timestamp": _ms(at), "odd": {}}, event]
        body = body_of(company, where, events if fault is Fault.EVENTS_TOGETHER else [event], at)
        mark = credentials.sign(body, messenger.secret_of(company))
        if fault is Fault.BAD_SIGNATURE:
            mark = "0" * 64
        later = (clock.now() + timedelta(seconds=LATE_SECONDS)).isoformat()
        for _copy in range(2 if fault is Fault.EVENT_TWICE else 1):
            opened.execute(
                "INSERT INTO calls (company, host, url, body, mac, not_before) VALUES (?, ?, ?, ?, ?, ?)",
                [company, host, _url(), body, f"sha256={mark}", later if fault is Fault.EVENT_LATE else ""],
            )


def _url() -> str:
    return f"{ENV.scheme}://127.0.0.1:{ENV.edge_port}/hooks/messenger"


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _sides(company: str, person: str, is_theirs: bool) -> dict[str, Any]:
    ends = {"id": person}, {"id": messenger.page_of(company)["page_id"]}
    return dict(zip(("sender", "recipient"), ends if is_theirs else ends[::-1], strict=True))


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


def greet(host: str, company: str, challenge: str) -> tuple[int, str]:
    """Ask, as Meta's console does, whether the address is ours: status and body."""
    asked = {
        "hub.mode": "subscribe", "hub.verify_token": hook.verify_token(messenger.secret_of(company)),
        "hub.challenge": challenge,
    }  # fmt: skip
    with _client() as client:
        answer = client.get(_url(), params=asked, headers={"Host": host})
    return answer.status_code, answer.text


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
            _courier = threading.Thread(target=_deliver_all, name="sandbox-messenger", daemon=True)
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
        is_taken = _call(host, url, bytes(body), mark)
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


def _client() -> httpx.Client:
    # our own edge on this machine; its local certificate names another host
    return httpx.Client(timeout=TIMEOUT_SECONDS, verify=False, trust_env=False)  # noqa: S501


def _call(host: str, url: str, body: bytes, mark: str) -> bool:
    headers = {"Host": host, "X-Hub-Signature-256": mark, "Content-Type": "application/json"}
    try:
        with _client() as client:
            return client.post(url, content=body, headers=headers).status_code == httpx.codes.OK
    except httpx.HTTPError as error:
        log.info("sandbox_messenger_call_failed", error=type(error).__name__)
        return False
