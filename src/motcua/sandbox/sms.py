"""An SMS centre that exists only here: it takes messages like an aggregator, shows them on a phone, sends receipts.

A RequestId that its store knows is not taken twice. Receipts and answers come back to the edge by signed calls, at
least once. Faults: see `Fault`.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

import orjson
from django.conf import settings

from motcua.channels import credentials
from motcua.channels.sms import PATH
from motcua.kernel import phones
from motcua.kernel.results import Refused, gettext_noop
from motcua.sandbox import hook_calls, registry
from motcua.sandbox.hook_calls import HookCalls
from motcua.sandbox.store import Store

NAME = gettext_noop("Điện thoại thử (SMS)")
API_PATH = PATH.lstrip("/")
ACCEPTED, BAD_KEYS, BAD_NUMBER, KNOWN, BAD_TEMPLATE = "100", "101", "119", "124", "146"
SLOW_SECONDS = 12.0
SHOWN = 50

registry.register(
    registry.StandIn(
        "sms",
        NAME,
        gettext_noop("Xem tin nhắn gửi đến một số điện thoại, và trả lời."),
        "sandbox:sms",
        icon="phone",
    )
)


class Fault(StrEnum):
    """What can go wrong between us and an SMS centre; each counts for the next message."""

    BUSY = "BUSY"
    TIMEOUT_AFTER_ACCEPTING = "TIMEOUT_AFTER_ACCEPTING"
    TEMPLATE_REFUSED = "TEMPLATE_REFUSED"
    NO_RECEIPT = "NO_RECEIPT"
    RECEIPT_TWICE = "RECEIPT_TWICE"
    UNDELIVERED_THEN_DELIVERED = "UNDELIVERED_THEN_DELIVERED"


FAULT_LABELS: dict[Fault, str] = {
    Fault.BUSY: gettext_noop("Tổng đài bận (503)"),
    Fault.TIMEOUT_AFTER_ACCEPTING: gettext_noop("Đã nhận nhưng không trả lời"),
    Fault.TEMPLATE_REFUSED: gettext_noop("Từ chối vì sai mẫu tin"),
    Fault.NO_RECEIPT: gettext_noop("Không gửi biên nhận"),
    Fault.RECEIPT_TWICE: gettext_noop("Gửi biên nhận hai lần"),
    Fault.UNDELIVERED_THEN_DELIVERED: gettext_noop("Báo lỗi rồi mới báo đã nhận"),
}


class NumberUnreadable(Refused):
    code = "NUMBER_UNREADABLE"
    message = gettext_noop("Số điện thoại chưa đúng. Ví dụ: 0901 234 567")


@dataclass(frozen=True)
class Text:
    """A message on the phone, to it or from it."""

    id: str
    phone: str
    brand: str
    text: str
    at: str
    is_reply: bool

    def as_json(self) -> dict[str, object]:
        return vars(self)


STORE = Store(
    "sms",
    [
        "CREATE TABLE IF NOT EXISTS texts (serial INTEGER PRIMARY KEY, id TEXT UNIQUE, company TEXT, phone TEXT, "
        "brand TEXT, text TEXT, at TEXT, is_reply INTEGER)",
        "CREATE INDEX IF NOT EXISTS texts_phone ON texts (phone, serial)",
        hook_calls.TABLE,
    ],
    Fault,
)
plan_faults = STORE.plan_faults
CALLS = HookCalls(
    STORE,
    "SMS",
    mark_header="X-Signature",
    ladder_seconds=(0.2, 0.4, 0.8, 1.6),
    timeout_seconds=5.0,
    is_taken=lambda status: status < 500,
)
start_delivery, deliver_pending = CALLS.start, CALLS.deliver_pending


def take(
    *, company_code: str, host: str, told: dict[str, object], at: datetime
) -> tuple[int, dict[str, object]]:
    """One call of the sending interface: HTTP status and answer."""
    secret = credentials.stand_in_secret(settings.SECRET_KEY, company_code, "SMS")
    if told.get("ApiKey") != company_code or told.get("SecretKey") != secret:
        return 200, _answer(BAD_KEYS)
    number = phones.normalise("+" + str(told.get("Phone", "")).lstrip("+"))
    if number is None:
        return 200, _answer(BAD_NUMBER)
    request_id = str(told.get("RequestId") or uuid4())[:50]
    with STORE.open() as store:
        if store.execute("SELECT 1 FROM texts WHERE id = ?", [request_id]).fetchone():
            return 200, _answer(KNOWN)
        fault = STORE.take_fault(store)
        if fault is Fault.BUSY:
            return 503, {"message": "busy"}
        if fault is Fault.TEMPLATE_REFUSED:
            return 200, _answer(BAD_TEMPLATE)
        store.execute(
            "INSERT OR IGNORE INTO texts (id, company, phone, brand, text, at, is_reply) VALUES (?, ?, ?, ?, ?, ?, 0)",
            [
                request_id,
                company_code,
                number,
                str(told.get("Brandname", "")),
                str(told.get("Content", "")),
                at.isoformat(),
            ],
        )
        _plan_receipts(store, company_code, host, str(told.get("CallbackUrl", "")), request_id, fault, at)
    start_delivery()
    if fault is Fault.TIMEOUT_AFTER_ACCEPTING:
        time.sleep(SLOW_SECONDS)
    return 200, {**_answer(ACCEPTED), "SMSID": f"sms-{request_id}"}


def _answer(code: str) -> dict[str, object]:
    return {"CodeResult": code, "CountRegenerate": 0}


def _plan_receipts(
    store: sqlite3.Connection,
    company: str,
    host: str,
    url: str,
    request_id: str,
    fault: Fault | None,
    at: datetime,
) -> None:
    if not url or fault is Fault.NO_RECEIPT:
        return
    states = ["UNDELIV", "DELIVRD"] if fault is Fault.UNDELIVERED_THEN_DELIVERED else ["DELIVRD"]
    for number, state in enumerate(states):
        event_id = f"receipt-{request_id}-{number}"
        event = {
            "event_id": event_id,
            "type": "receipt",
            "request_id": request_id,
            "status": state,
            "at": at.isoformat(),
        }
        _plan(store, company, host, event, url=url, copies=2 if fault is Fault.RECEIPT_TWICE else 1)


def _plan(
    store: sqlite3.Connection,
    company: str,
    host: str,
    event: dict[str, str],
    *,
    url: str = "",
    copies: int = 1,
) -> None:
    body = orjson.dumps(event)
    mark = credentials.sign(body, credentials.stand_in_secret(settings.SECRET_KEY, company, "SMS"))
    CALLS.plan(store, company=company, host=host, body=body, mark=mark, copies=copies, url=url)


def reply(*, company_code: str, host: str, phone: str, text: str, at: datetime) -> str:
    """The person with the phone writes to the company; the id of the event. Refuses NumberUnreadable."""
    number = phones.normalise(phone)
    if number is None:
        raise NumberUnreadable(field="phone")
    event_id = f"inbound-{uuid4()}"
    event = {
        "event_id": event_id,
        "type": "inbound",
        "from": number,
        "to": company_code,
        "text": text,
        "at": at.isoformat(),
    }
    with STORE.open() as store:
        store.execute(
            "INSERT INTO texts (id, company, phone, brand, text, at, is_reply) VALUES (?, ?, ?, '', ?, ?, 1)",
            [event_id, company_code, number, text, at.isoformat()],
        )
        _plan(store, company_code, host, event)
    start_delivery()
    return event_id


def list_texts(*, phone: str, company_code: str) -> list[Text]:
    """What stands on the phone between this number and the company, newest first. Refuses NumberUnreadable."""
    number = phones.normalise(phone)
    if number is None:
        raise NumberUnreadable(field="phone")
    with STORE.open() as store:
        rows = store.execute(
            "SELECT id, phone, brand, text, at, is_reply FROM texts WHERE phone = ? AND company = ? "
            "ORDER BY serial DESC LIMIT ?",
            [number, company_code, SHOWN],
        ).fetchall()
    return [
        Text(id=id, phone=to, brand=brand, text=text, at=at, is_reply=bool(is_reply))
        for id, to, brand, text, at, is_reply in rows
    ]


def list_numbers(*, company_code: str) -> list[str]:
    """The numbers last written to, for the page's shortcuts."""
    with STORE.open() as store:
        rows = store.execute(
            "SELECT phone FROM texts WHERE company = ? GROUP BY phone ORDER BY max(serial) DESC LIMIT 8",
            [company_code],
        ).fetchall()
    return [row[0] for row in rows]
