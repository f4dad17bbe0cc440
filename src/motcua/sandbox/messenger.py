"""A Messenger that exists only here: its state, in a file of its own. People, messages, windows, uploads, templates, who has a
conversation, the calls it makes to us. `messenger_api` is its interface, `messenger_calls` makes its calls.
"""

from __future__ import annotations

import secrets
import sqlite3
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from motcua.channels import stand_ins
from motcua.channels.messenger import PAGE_INBOX
from motcua.kernel.results import gettext_noop
from motcua.sandbox import registry
from motcua.sandbox.chat_book import ChatBook
from motcua.sandbox.chat_book import Line as Line

NAME = gettext_noop("Messenger thử")
CHANNEL = "MESSENGER"
WINDOW, PERSON_WINDOW = timedelta(hours=24), timedelta(days=7)

registry.register(
    registry.StandIn(
        "messenger",
        NAME,
        gettext_noop("Nhắn tin cho điện lực như trên Messenger của một người."),
        "sandbox:messenger",
        icon="chat",
    )
)


class Fault(StrEnum):
    """What can go wrong between us and Meta. The first kind counts for the next call, the second for the next event."""

    DEAD_TOKEN = "DEAD_TOKEN"  # noqa: S105 - a fault
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    BLOCKED = "BLOCKED"
    TOO_MANY = "TOO_MANY"
    TEMPORARY = "TEMPORARY"
    BUSY = "BUSY"
    BROKEN = "BROKEN"
    SLOW = "SLOW"
    SILENT_AFTER_TAKING = "SILENT_AFTER_TAKING"
    NO_ECHO = "NO_ECHO"
    EVENT_TWICE = "EVENT_TWICE"
    EVENT_LATE = "EVENT_LATE"
    EVENT_LOST = "EVENT_LOST"
    EVENTS_TOGETHER = "EVENTS_TOGETHER"
    BAD_SIGNATURE = "BAD_SIGNATURE"


ERROR_OF: dict[Fault, tuple[int, int, str]] = {
    Fault.DEAD_TOKEN: (190, 463, "Error validating access token: session has expired"),
    Fault.OUTSIDE_WINDOW: (10, 2018278, "This message is sent outside of allowed window."),
    Fault.BLOCKED: (551, 1545041, "This person isn't available right now."),
    Fault.TOO_MANY: (613, 0, "Calls to this api have exceeded the rate limit."),
    Fault.TEMPORARY: (1200, 0, "Temporary send message failure."),
}
OF_EVENTS = frozenset(
    {Fault.EVENT_TWICE, Fault.EVENT_LATE, Fault.EVENT_LOST, Fault.EVENTS_TOGETHER, Fault.BAD_SIGNATURE}
)
FAULT_LABELS: dict[Fault, str] = {
    Fault.DEAD_TOKEN: gettext_noop("Khóa truy cập hết hạn (190)"),
    Fault.OUTSIDE_WINDOW: gettext_noop("Hết 24 giờ không nhắn (10/2018278)"),
    Fault.BLOCKED: gettext_noop("Khách đã chặn (551)"),
    Fault.TOO_MANY: gettext_noop("Gọi quá nhiều (613)"),
    Fault.TEMPORARY: gettext_noop("Lỗi tạm thời (1200)"),
    Fault.BUSY: gettext_noop("Máy chủ bận (503)"),
    Fault.BROKEN: gettext_noop("Máy chủ hỏng (500)"),
    Fault.SLOW: gettext_noop("Trả lời chậm 3 giây"),
    Fault.SILENT_AFTER_TAKING: gettext_noop("Đã nhận nhưng không trả lời"),
    Fault.NO_ECHO: gettext_noop("Không báo lại tin đã gửi"),
    Fault.EVENT_TWICE: gettext_noop("Sự kiện đến hai lần"),
    Fault.EVENT_LATE: gettext_noop("Sự kiện đến muộn"),
    Fault.EVENT_LOST: gettext_noop("Mất một sự kiện"),
    Fault.EVENTS_TOGETHER: gettext_noop("Nhiều sự kiện trong một lời gọi"),
    Fault.BAD_SIGNATURE: gettext_noop("Chữ ký sai"),
}

STORE = ChatBook(
    CHANNEL,
    faults=Fault,
    of_events=OF_EVENTS,
    person_column="owner TEXT DEFAULT ''",
    person_digits=16,
    person_word="meta-user",
    new_id=lambda: f"m_{secrets.token_urlsafe(24)}",
    tables=[
        "CREATE TABLE IF NOT EXISTS uploads (token TEXT PRIMARY KEY, company TEXT, kind TEXT, name TEXT, content BLOB)",
        "CREATE TABLE IF NOT EXISTS templates (company TEXT, name TEXT, status TEXT, body TEXT, PRIMARY KEY (company, name))",
        "CREATE TABLE IF NOT EXISTS pages (company TEXT PRIMARY KEY, profile TEXT DEFAULT '{}', fields TEXT DEFAULT '')",
    ],
)
plan_faults, page_of, secret_of = STORE.plan_faults, STORE.account_of, STORE.secret_of
ensure_person, list_people, touch, move_sign = (
    STORE.ensure_person,
    STORE.list_people,
    STORE.touch,
    STORE.move_sign,
)
keep_message, change_message, list_lines = STORE.keep_message, STORE.change_message, STORE.list_lines


class Refusal(Exception):
    """What the interface answers as an error."""

    def __init__(self, code: int, subcode: int, text: str) -> None:
        super().__init__(text)
        self.code, self.subcode, self.text = code, subcode, text


# ---- people


def find_person(opened: sqlite3.Connection, company: str, id: str) -> tuple[str, str, str]:
    """Name, last sign, which app has the conversation ("": ours). Raises Refusal: nobody we know."""
    row = opened.execute(
        "SELECT name, last_sign, owner FROM people WHERE company = ? AND id = ?", [company, id]
    ).fetchone()
    if row is None:
        raise Refusal(100, 2018001, "No matching user found")
    return str(row[0]), str(row[1]), str(row[2])


def give_to(company: str, person: str, owner: str) -> None:
    """Another app of the Page has the conversation now; "" is ours."""
    with STORE.open() as opened:
        opened.execute("UPDATE people SET owner = ? WHERE company = ? AND id = ?", [owner, company, person])


# ---- messages


def list_last(company: str, *, count: int, first: int = 0) -> list[str]:
    """Whose conversation changed last."""
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT person FROM messages WHERE company = ? GROUP BY person ORDER BY max(serial) DESC LIMIT ? OFFSET ?",
            [company, count, first],
        ).fetchall()
    return [str(row[0]) for row in rows]


def take_message(company: str, told: Mapping[str, Any], at: datetime) -> tuple[str, str, Line]:
    """A message as the real one checks it: its id, its person, how it looks. Raises Refusal."""
    recipient, message = told.get("recipient"), told.get("message")
    if not isinstance(recipient, dict) or not isinstance(message, dict):
        raise Refusal(100, 0, "(#100) Param message must be non-empty.")
    person = str(recipient.get("id") or "")
    text, extra = _content(company, message)
    with STORE.open() as opened:
        _name, last, owner = find_person(opened, company, person)
        if owner:
            raise Refusal(10, 2018300, "Another app is controlling this thread now.")
        _check_window(told, extra, datetime.fromisoformat(last) if last else None, at)
        id = keep_message(opened, company, person, is_theirs=False, text=text, extra=extra, at=at)
    return id, person, Line(id, False, text, extra, at.isoformat())


def _check_window(
    told: Mapping[str, Any], extra: Mapping[str, Any], last: datetime | None, at: datetime
) -> None:
    manner, tag = told.get("messaging_type"), told.get("tag")
    if manner not in {"RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"}:
        raise Refusal(100, 0, "(#100) Param messaging_type must be one of its values.")
    if (manner == "UTILITY") != ("template" in extra):
        raise Refusal(100, 0, "(#100) A utility message needs a utility template.")
    if manner == "UTILITY":
        return
    if manner == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
        raise Refusal(100, 1893061, "(#100) This message tag is no longer supported.")
    span = PERSON_WINDOW if manner == "MESSAGE_TAG" else WINDOW
    if last is None or at - last > span:
        raise Refusal(10, 2018278, "(#10) This message is sent outside of allowed window.")


def _content(company: str, message: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    text = str(message.get("text") or "")
    if len(text) > 2000 or text != unicodedata.normalize("NFC", text):
        raise Refusal(100, 0, "(#100) Length of param message[text] must be at most 2000.")
    attachment = message.get("attachment")
    if text and attachment:
        raise Refusal(100, 0, "(#100) Only one of text and attachment can be there.")
    if isinstance(attachment, dict):
        return _attached(company, attachment)
    if not text:
        raise Refusal(100, 0, "(#100) Message is empty.")
    choices = message.get("quick_replies")
    return text, {"choices": _checked_choices(choices)} if choices else {}


def _checked_choices(told: Any) -> list[dict[str, Any]]:
    choices = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if not 0 < len(choices) <= 13:
        raise Refusal(100, 0, "(#100) Too many quick replies.")
    for one in choices:
        if one.get("content_type") in {"user_phone_number", "user_email"}:
            continue
        if not 0 < len(str(one.get("title", ""))) <= 20 or not 0 < len(str(one.get("payload", ""))) <= 1000:
            raise Refusal(100, 0, "(#100) Quick reply title or payload is invalid.")
    return choices


def _attached(company: str, attachment: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    payload = attachment.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    if attachment.get("type") != "template":
        upload = find_upload(str(payload.get("attachment_id", "")))
        if upload is None:
            raise Refusal(100, 0, "(#100) attachment_id is invalid.")
        return "", {"file": upload[1] or upload[0]}
    kind = payload.get("template_type")
    if kind == "utility_messages":
        return _utility(company, payload)
    if kind == "button":
        text = str(payload.get("text") or "")
        if not 0 < len(text) <= 640:
            raise Refusal(100, 0, "(#100) Button template text is invalid.")
        return text, {"buttons": _checked_buttons(payload.get("buttons"))}
    if kind == "generic":
        elements = payload.get("elements")
        if not isinstance(elements, list) or not 0 < len(elements) <= 10:
            raise Refusal(100, 0, "(#100) Too many elements.")
        if any(
            not 0 < len(one.get("title", "")) <= 80 or len(one.get("subtitle", "")) > 80 for one in elements
        ):
            raise Refusal(100, 0, "(#100) Element title is invalid.")
        return "\n".join(str(one["title"]) for one in elements), {"cards": elements}
    raise Refusal(100, 0, "(#100) template_type is invalid.")


def _checked_buttons(told: Any) -> list[dict[str, Any]]:
    buttons = told if isinstance(told, list) else []
    needs = {"web_url": "url", "postback": "payload", "phone_number": "payload"}
    if not 0 < len(buttons) <= 3:
        raise Refusal(100, 0, "(#100) Too many buttons.")
    for one in buttons:
        need = needs.get(str(one.get("type")), "?")
        if not one.get(need) or not 0 < len(str(one.get("title", ""))) <= 20:
            raise Refusal(100, 0, "(#100) Button is invalid.")
    return buttons


# ---- templates, uploads, the Page


def _utility(company: str, payload: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    name = str(payload.get("name", ""))
    with STORE.open() as opened:
        row = opened.execute(
            "SELECT status, body FROM templates WHERE company = ? AND name = ?", [company, name]
        ).fetchone()
    if row is None or row[0] != "APPROVED" or not (payload.get("language") or {}).get("code"):
        raise Refusal(100, 2018416, "(#100) The template is not approved.")
    components = payload.get("components") or [{}]
    filled = [str(one.get("text") or "") for one in components[0].get("parameters", [])]
    text = str(row[1])
    if any(not one for one in filled) or text.count("{{") != len(filled):
        raise Refusal(100, 0, "(#100) Number of parameters does not match.")
    for number, one in enumerate(filled, 1):
        text = text.replace(f"{{{{{number}}}}}", one)
    return text, {"template": name}


def keep_template(company: str, told: Mapping[str, Any]) -> None:
    """Handed in: pending until somebody decides. Raises Refusal: no sample values, buttons of a wrong kind."""
    components = [one for one in told.get("components") or [] if isinstance(one, dict)]
    body = next((one for one in components if one.get("type") == "BODY"), {})
    text = str(body.get("text") or "")
    has_wrong = any(
        button.get("type") == "QUICK_REPLY" for one in components for button in one.get("buttons") or []
    )
    if (
        told.get("category") != "UTILITY"
        or not text
        or ("{{" in text and not body.get("example"))
        or has_wrong
    ):
        raise Refusal(100, 2018416, "(#100) The template cannot be created.")
    with STORE.open() as opened:
        opened.execute(
            "INSERT OR IGNORE INTO templates (company, name, status, body) VALUES (?, ?, 'PENDING', ?)",
            [company, str(told.get("name")), text],
        )


def decide_templates(company: str, status: str) -> list[str]:
    """Meta has looked at what was handed in; the names of the templates."""
    with STORE.open() as opened:
        names = [
            str(row[0])
            for row in opened.execute("SELECT name FROM templates WHERE company = ?", [company]).fetchall()
        ]
        opened.execute("UPDATE templates SET status = ? WHERE company = ?", [status, company])
    return names


def list_templates(company: str) -> list[dict[str, str]]:
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT name, status FROM templates WHERE company = ? ORDER BY name", [company]
        ).fetchall()
    return [{"id": f"{company}-{name}", "name": str(name), "status": str(status)} for name, status in rows]


def keep_upload(company: str, kind: str, name: str, content: bytes) -> str:
    if not content or len(content) > 25 * 1024 * 1024:
        raise Refusal(100, 2018109, "(#100) Attachment size exceeds allowable limit.")
    token = stand_ins.number_of("meta-upload", company, secrets.token_hex(8), digits=16)
    with STORE.open() as opened:
        opened.execute(
            "INSERT INTO uploads (token, company, kind, name, content) VALUES (?, ?, ?, ?, ?)",
            [token, company, kind, name, content],
        )
    return token


def find_upload(token: str) -> tuple[str, str, bytes] | None:
    """Kind, name and content of what somebody put up, for whoever knows its number."""
    with STORE.open() as opened:
        row = opened.execute("SELECT kind, name, content FROM uploads WHERE token = ?", [token]).fetchone()
    return None if row is None else (str(row[0]), str(row[1]), bytes(row[2]))


def set_page(company: str, *, profile: Mapping[str, Any] | None = None, fields: str | None = None) -> None:
    with STORE.open() as opened:
        opened.execute("INSERT OR IGNORE INTO pages (company) VALUES (?)", [company])
        if profile is not None:
            opened.execute(
                "UPDATE pages SET profile = ? WHERE company = ?",
                [orjson.dumps({**find_page(company)[0], **profile}).decode(), company],
            )
        if fields is not None:
            opened.execute("UPDATE pages SET fields = ? WHERE company = ?", [fields, company])


def find_page(company: str) -> tuple[dict[str, Any], list[str]]:
    """The Page's profile, and the events it tells."""
    with STORE.open() as opened:
        row = opened.execute("SELECT profile, fields FROM pages WHERE company = ?", [company]).fetchone()
    return ({}, []) if row is None else (orjson.loads(row[0]), [name for name in row[1].split(",") if name])


def hand_over(company: str, verb: str, person: str, target: str) -> None:
    """Take, pass or release a conversation. Raises Refusal for a verb or a person nobody knows."""
    with STORE.open() as opened:
        find_person(opened, company, person)
    owner = {"take_thread_control": "", "release_thread_control": PAGE_INBOX, "pass_thread_control": target}
    give_to(company, person, owner[verb])
