"""A Zalo that exists only here: its state, in a file of its own. Accounts, tokens, people with phones, messages, windows,
uploads, the calls it makes to us. `zalo_api` is its interface, `zalo_calls` makes its calls, `zalo_views` is the phone.
"""

from __future__ import annotations

import secrets
import sqlite3
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from motcua.kernel.results import gettext_noop
from motcua.sandbox import registry
from motcua.sandbox.chat_book import ChatBook
from motcua.sandbox.chat_book import Line as Line

NAME = gettext_noop("Zalo thử")
CHANNEL = "ZALO"
FREE, PAID = timedelta(hours=48), timedelta(days=7)
ACCESS_SECONDS = 90_000

registry.register(
    registry.StandIn(
        "zalo",
        NAME,
        gettext_noop("Nhắn tin cho điện lực như trên Zalo của một người."),
        "sandbox:zalo",
        icon="chat",
    )
)


class Fault(StrEnum):
    """What can go wrong between us and Zalo. The first kind counts for the next call, the second for the next event."""

    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105 - a fault
    NO_INTERACTION = "NO_INTERACTION"
    TOO_MANY = "TOO_MANY"
    UNREACHABLE = "UNREACHABLE"
    NO_MONEY = "NO_MONEY"
    QUOTA = "QUOTA"
    BUSY = "BUSY"
    BROKEN = "BROKEN"
    SLOW = "SLOW"
    SILENT_AFTER_TAKING = "SILENT_AFTER_TAKING"
    NO_ECHO = "NO_ECHO"
    ECHO_FIRST = "ECHO_FIRST"
    EVENT_TWICE = "EVENT_TWICE"
    EVENT_LATE = "EVENT_LATE"
    EVENT_LOST = "EVENT_LOST"
    EVENTS_SWAPPED = "EVENTS_SWAPPED"
    BAD_SIGNATURE = "BAD_SIGNATURE"


ERROR_OF: dict[Fault, tuple[int, str]] = {
    Fault.EXPIRED_TOKEN: (-216, "Access token is invalid"),
    Fault.NO_INTERACTION: (-230, "User has not interacted with the OA in the past 7 days"),
    Fault.TOO_MANY: (-32, "Out of requests limit per minute"),
    Fault.UNREACHABLE: (-227, "User is banned or has been inactive for more than 45 days"),
    Fault.NO_MONEY: (-321, "ZCA is out of balance"),
    Fault.QUOTA: (-211, "Out of quota"),
}
OF_EVENTS = frozenset(
    {Fault.EVENT_TWICE, Fault.EVENT_LATE, Fault.EVENT_LOST, Fault.EVENTS_SWAPPED, Fault.BAD_SIGNATURE}
)
FAULT_LABELS: dict[Fault, str] = {
    Fault.EXPIRED_TOKEN: gettext_noop("Khóa truy cập hết hạn (-216)"),
    Fault.NO_INTERACTION: gettext_noop("Hết 7 ngày không nhắn (-230)"),
    Fault.TOO_MANY: gettext_noop("Gọi quá nhiều (-32)"),
    Fault.UNREACHABLE: gettext_noop("Khách không dùng Zalo nữa (-227)"),
    Fault.NO_MONEY: gettext_noop("Tài khoản Zalo Cloud hết tiền (-321)"),
    Fault.QUOTA: gettext_noop("Hết hạn mức ngày (-211)"),
    Fault.BUSY: gettext_noop("Zalo bận (503)"),
    Fault.BROKEN: gettext_noop("Zalo hỏng (500)"),
    Fault.SLOW: gettext_noop("Trả lời chậm 3 giây"),
    Fault.SILENT_AFTER_TAKING: gettext_noop("Đã nhận nhưng không trả lời"),
    Fault.NO_ECHO: gettext_noop("Không báo lại tin đã gửi"),
    Fault.ECHO_FIRST: gettext_noop("Báo lại tin trước khi trả lời lời gọi"),
    Fault.EVENT_TWICE: gettext_noop("Sự kiện đến hai lần"),
    Fault.EVENT_LATE: gettext_noop("Sự kiện đến muộn"),
    Fault.EVENT_LOST: gettext_noop("Mất một sự kiện"),
    Fault.EVENTS_SWAPPED: gettext_noop("Sự kiện sau đến trước"),
    Fault.BAD_SIGNATURE: gettext_noop("Chữ ký sai"),
}

STORE = ChatBook(
    CHANNEL,
    faults=Fault,
    of_events=OF_EVENTS,
    person_column="follows INTEGER DEFAULT 0",
    person_digits=19,
    person_word="zalo-user",
    new_id=lambda: uuid4().hex[:20],
    tables=[
        "CREATE TABLE IF NOT EXISTS tokens (company TEXT, access TEXT PRIMARY KEY, refresh TEXT UNIQUE, until TEXT, "
        "is_used INTEGER DEFAULT 0, is_dead INTEGER DEFAULT 0)",
        "CREATE TABLE IF NOT EXISTS codes (code TEXT PRIMARY KEY, company TEXT, challenge TEXT, until TEXT, is_used INTEGER DEFAULT 0)",
        "CREATE TABLE IF NOT EXISTS uploads (token TEXT PRIMARY KEY, company TEXT, kind TEXT, name TEXT, content BLOB, until TEXT)",
    ],
)
plan_faults, app_of, secret_of = STORE.plan_faults, STORE.account_of, STORE.secret_of
person_id, ensure_person, list_people = STORE.person_id, STORE.ensure_person, STORE.list_people
touch, move_sign = STORE.touch, STORE.move_sign
keep_message, list_lines = STORE.keep_message, STORE.list_lines


class Refusal(Exception):
    """What the interface answers inside HTTP 200."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


# ---- consent and tokens


def give_code(company: str, challenge: str, at: datetime) -> str:
    code = secrets.token_urlsafe(24)
    with STORE.open() as opened:
        opened.execute(
            "INSERT INTO codes (code, company, challenge, until) VALUES (?, ?, ?, ?)",
            [code, company, challenge, (at + timedelta(minutes=10)).isoformat()],
        )
    return code


def exchange_code(company: str, code: str, challenge: str, at: datetime) -> dict[str, str] | None:
    """A pair for a code, once, by whoever knows the verifier behind its challenge."""
    with STORE.open() as opened:
        taken = opened.execute(
            "UPDATE codes SET is_used = 1 WHERE code = ? AND company = ? AND challenge = ? AND is_used = 0 AND until > ?",
            [code, company, challenge, at.isoformat()],
        ).rowcount
        return _new_pair(opened, company, at) if taken else None


def exchange_refresh(company: str, refresh: str, at: datetime) -> dict[str, str] | None:
    """The next pair for a refresh token, once; the access token before dies with it."""
    with STORE.open() as opened:
        taken = opened.execute(
            "UPDATE tokens SET is_used = 1 WHERE refresh = ? AND company = ? AND is_used = 0 AND is_dead = 0",
            [refresh, company],
        ).rowcount
        return _new_pair(opened, company, at) if taken else None


def _new_pair(opened: sqlite3.Connection, company: str, at: datetime) -> dict[str, str]:
    opened.execute("UPDATE tokens SET until = '' WHERE company = ?", [company])
    access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    opened.execute(
        "INSERT INTO tokens (company, access, refresh, until) VALUES (?, ?, ?, ?)",
        [company, access, refresh, (at + timedelta(seconds=ACCESS_SECONDS)).isoformat()],
    )
    return {"access_token": access, "refresh_token": refresh, "expires_in": str(ACCESS_SECONDS)}


def company_of_token(access: str, at: datetime) -> str:
    """Raises Refusal: a token that is none, or dead."""
    with STORE.open() as opened:
        row = opened.execute("SELECT company, until FROM tokens WHERE access = ?", [access]).fetchone()
    if row is None or row[1] <= at.isoformat():
        raise Refusal(-216, "Access token is invalid")
    return str(row[0])


def kill_tokens(company: str) -> None:
    """The administrator takes the consent back."""
    with STORE.open() as opened:
        opened.execute("UPDATE tokens SET until = '', is_dead = 1 WHERE company = ?", [company])


# ---- people


def find_person(opened: sqlite3.Connection, company: str, id: str) -> tuple[str, str, str, bool] | None:
    """Name, phone, last sign, whether they follow."""
    row = opened.execute(
        "SELECT name, phone, last_sign, follows FROM people WHERE company = ? AND id = ?", [company, id]
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2], bool(row[3]))


# ---- messages


def take_reply(company: str, told: Mapping[str, Any], at: datetime) -> tuple[str, str]:
    """A consultation message as the real one checks it; its id and the person's. Raises Refusal."""
    recipient, message = told.get("recipient"), told.get("message")
    if not isinstance(recipient, dict) or not isinstance(message, dict):
        raise Refusal(-201, "message is invalid")
    person = str(recipient.get("user_id") or recipient.get("anonymous_id") or "")
    text, extra = _content(company, message, at)
    with STORE.open() as opened:
        found = find_person(opened, company, person)
        if found is None:
            raise Refusal(-201, "user_id is invalid")
        if not found[2] or at - datetime.fromisoformat(found[2]) > PAID:
            raise Refusal(-230, "User has not interacted with the OA in the past 7 days")
        return keep_message(opened, company, person, is_theirs=False, text=text, extra=extra, at=at), person


def _content(company: str, message: Mapping[str, Any], at: datetime) -> tuple[str, dict[str, Any]]:
    text = str(message.get("text") or "")
    if len(text) > 2000:
        raise Refusal(-210, "Parameter exceeded allowable limit: text")
    if text != unicodedata.normalize("NFC", text):
        raise Refusal(-201, "text is not composed")
    attachment = message.get("attachment")
    if not isinstance(attachment, dict):
        if not text:
            raise Refusal(-201, "message is invalid: text")
        return text, {}
    payload = attachment.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    if attachment.get("type") == "file":
        if text:
            raise Refusal(-201, "a file has no text")
        return "", {"file": _upload_name(company, str(payload.get("token", "")), "file", at)}
    if payload.get("template_type") == "request_user_info":
        elements = payload.get("elements")
        if not isinstance(elements, list) or len(elements) != 1:
            raise Refusal(-201, "elements is invalid")
        return str(elements[0].get("title", "")), {"asks": True}
    if payload.get("template_type") == "media":
        element = (payload.get("elements") or [{}])[0]
        return text, {"image": _upload_name(company, str(element.get("attachment_id", "")), "image", at)}
    return text, {"buttons": _checked_buttons(payload.get("buttons"))}


def _checked_buttons(told: Any) -> list[dict[str, Any]]:
    buttons = told if isinstance(told, list) else []
    if not 0 < len(buttons) <= 5:
        raise Refusal(-210, "Parameter exceeded allowable limit: buttons")
    for button in buttons:
        if not button.get("title") or len(button["title"]) > 100:
            raise Refusal(-201, "button title is invalid")
        if button.get("type") not in {
            "oa.query.show",
            "oa.query.hide",
            "oa.open.url",
            "oa.open.phone",
            "oa.open.sms",
        }:
            raise Refusal(-201, "button type is invalid")
        if button["type"].startswith("oa.query") and not 0 < len(str(button.get("payload", ""))) <= 1000:
            raise Refusal(-201, "button payload is invalid")
    return buttons


def keep_upload(company: str, kind: str, name: str, content: bytes, at: datetime) -> str:
    """Raises Refusal: what is too large, or of no kind that is taken."""
    is_picture = content.startswith((b"\xff\xd8\xff", b"\x89PNG"))
    if kind == "image" and (not is_picture or len(content) > 1024 * 1024):
        raise Refusal(-201, "image is invalid")
    if kind == "file" and (
        len(content) > 5 * 1024 * 1024 or not name.lower().endswith((".pdf", ".doc", ".docx", ".csv"))
    ):
        raise Refusal(-201, "file is invalid")
    token = secrets.token_urlsafe(24)
    with STORE.open() as opened:
        opened.execute(
            "INSERT INTO uploads (token, company, kind, name, content, until) VALUES (?, ?, ?, ?, ?, ?)",
            [token, company, kind, name, content, (at + timedelta(days=7)).isoformat()],
        )
    return token


def _upload_name(company: str, token: str, kind: str, at: datetime) -> str:
    with STORE.open() as opened:
        row = opened.execute(
            "SELECT name, until FROM uploads WHERE token = ? AND company = ? AND kind = ?",
            [token, company, kind],
        ).fetchone()
    if row is None or row[1] <= at.isoformat():
        raise Refusal(-100, "Attachment id is expired")
    return str(row[0])


def find_upload(token: str) -> tuple[str, bytes] | None:
    """What somebody put up, for whoever knows its name: pictures of the phone lie here too."""
    with STORE.open() as opened:
        row = opened.execute("SELECT kind, content FROM uploads WHERE token = ?", [token]).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))
