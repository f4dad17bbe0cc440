"""A mail server that exists only here: the companies' mailboxes, and the mailboxes of people who write to them.

It takes mail over SMTP and shows the company's over IMAP (sandbox/mail_server.py); a person reads and writes theirs on a
page. Nothing leaves this machine. Faults: see `Fault`.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from uuid import uuid4

from django.conf import settings

from motcua.channels import credentials, stand_ins
from motcua.kernel import local_time
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.sandbox import registry
from motcua.sandbox.store import Store

CHANNEL = "EMAIL"
SHOWN = 40
_ADDRESS = re.compile(r"^[a-z0-9._+-]{1,40}@[a-z0-9-]{1,30}(?:\.[a-z0-9-]{2,20}){1,3}$")

_CODE = re.compile(r"^[A-Z]{2,12}$")

registry.register(
    registry.StandIn(
        "mail",
        gettext_noop("Hộp thư thử (e-mail)"),
        gettext_noop("Đọc thư gửi đến một địa chỉ e-mail, viết và trả lời."),
        "sandbox:mail",
        icon="inbox",
    )
)


class Fault(StrEnum):
    """What can go wrong with mail; each counts for the next one it can happen to."""

    BUSY = "BUSY"
    LATER = "LATER"
    REFUSED = "REFUSED"
    NO_SUCH_USER = "NO_SUCH_USER"
    SILENT_AFTER_TAKING = "SILENT_AFTER_TAKING"
    BOUNCED = "BOUNCED"
    ANSWERED_BY_PROGRAM = "ANSWERED_BY_PROGRAM"
    DOUBLED = "DOUBLED"
    REORDERED = "REORDERED"
    NUMBERED_ANEW = "NUMBERED_ANEW"


FAULT_LABELS: dict[Fault, str] = {
    Fault.BUSY: gettext_noop("Máy chủ thư bận (421)"),
    Fault.LATER: gettext_noop("Bảo gửi lại sau (450)"),
    Fault.REFUSED: gettext_noop("Từ chối nội dung (554)"),
    Fault.NO_SUCH_USER: gettext_noop("Không có hộp thư này (550)"),
    Fault.SILENT_AFTER_TAKING: gettext_noop("Đã nhận thư nhưng không trả lời"),
    Fault.BOUNCED: gettext_noop("Nhận rồi mới báo trả thư lại"),
    Fault.ANSWERED_BY_PROGRAM: gettext_noop("Hộp thư tự động trả lời vắng mặt"),
    Fault.DOUBLED: gettext_noop("Thư của khách đến hai lần"),
    Fault.REORDERED: gettext_noop("Thư của khách đến sau thư kế tiếp"),
    Fault.NUMBERED_ANEW: gettext_noop("Máy chủ đánh số lại hộp thư (UIDVALIDITY)"),
}


class AddressUnreadable(Refused):
    code = "ADDRESS_UNREADABLE"
    message = gettext_noop("Địa chỉ e-mail chưa đúng. Ví dụ: hoa@example.com")


@dataclass(frozen=True)
class Letter:
    """A mail as its reader sees it."""

    serial: int
    box: str
    sender: str
    subject: str
    text: str
    at: str
    is_mine: bool
    message_id: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "headers": dict(self.headers), "files": list(self.files)}


STORE = Store(
    "mail",
    [
        "CREATE TABLE IF NOT EXISTS mails (serial INTEGER PRIMARY KEY AUTOINCREMENT, company TEXT, box TEXT, person TEXT, "
        "message_id TEXT, raw BLOB, at TEXT, is_seen INTEGER DEFAULT 0, is_held INTEGER DEFAULT 0, is_copy INTEGER DEFAULT 0)",
        "CREATE INDEX IF NOT EXISTS mails_box ON mails (box, serial)",
        "CREATE INDEX IF NOT EXISTS mails_person ON mails (company, person, serial)",
        "CREATE TABLE IF NOT EXISTS numbering (company TEXT PRIMARY KEY, validity INTEGER)",
    ],
    Fault,
)
plan_faults, take_fault = STORE.plan_faults, STORE.take_fault


def company_of(mailbox: str) -> str:
    """The company whose mailbox this would be, "" for none; the password tells whether there is one."""
    code = mailbox.lower().rpartition("@")[2].removesuffix(".example").upper()
    return code if _CODE.match(code) and stand_ins.mailbox_of(code) == mailbox.lower() else ""


def password_of(company: str) -> str:
    return credentials.stand_in_secret(settings.SECRET_KEY, company, CHANNEL)


def clean(address: str) -> str:
    """Refuses AddressUnreadable."""
    plain = address.strip().lower()
    if not _ADDRESS.match(plain):
        raise AddressUnreadable(field="mail")
    return plain


def put(
    company: str,
    box: str,
    person: str,
    raw: bytes,
    at: datetime,
    *,
    is_held: bool = False,
    is_copy: bool = False,
) -> int:
    """A mail into a box. A person's box keeps one of several copies of the same mail, as large providers do."""
    name = str(email.message_from_bytes(raw).get("Message-ID", "")).strip()
    with STORE.open() as opened:
        known = opened.execute(
            "SELECT serial FROM mails WHERE box = ? AND message_id = ?", [box, name]
        ).fetchone()
        if known is not None and name and box == person:
            return int(known[0])
        added = opened.execute(
            "INSERT INTO mails (company, box, person, message_id, raw, at, is_held, is_copy) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [company, box, person, name, raw, at.isoformat(), int(is_held), int(is_copy)],
        )
        return int(added.lastrowid or 0)


def deliver(company: str, person: str, raw: bytes, at: datetime) -> int:
    """A mail of the person's arrives in the company's mailbox, with what goes wrong on the way; its number there."""
    box = stand_ins.mailbox_of(company)
    with STORE.open() as opened:
        fault = take_fault(opened, (Fault.DOUBLED, Fault.REORDERED))
    serial = put(company, box, person, raw, at, is_held=fault is Fault.REORDERED)
    if fault is Fault.DOUBLED:
        put(company, box, person, b"Received: by another.example\r\n" + raw, at, is_copy=True)
    if fault is not Fault.REORDERED:
        release(box)
    return serial


def release(box: str) -> None:
    """What was held back arrives now, behind the others."""
    with STORE.open() as opened:
        for (serial,) in opened.execute(
            "SELECT serial FROM mails WHERE box = ? AND is_held", [box]
        ).fetchall():
            opened.execute(
                "UPDATE mails SET is_held = 0, serial = (SELECT max(serial) + 1 FROM mails) WHERE serial = ?",
                [serial],
            )


def write(
    company: str,
    person: str,
    *,
    text: str,
    at: datetime,
    subject: str = "",
    answers: int = 0,
    name: str = "",
    to: str = "",
    headers: Mapping[str, str] | None = None,
    files: Sequence[tuple[str, str, bytes]] = (),
    is_below: bool = False,
) -> str:
    """The person writes to the company, or answers a mail as programs do: the quoted text under it (or above, `is_below`).

    Returns the Message-ID. Refuses AddressUnreadable; raises NotFound for a mail that is not theirs.
    """
    person = clean(person)
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"{name} <{person}>" if name else person
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{uuid4()}@{person.partition('@')[2]}>"
    body, target = text, to or stand_ins.mailbox_of(company)
    if answers:
        answered = read_letter(company, person, answers)
        quoted = "\n".join(f"> {line}" for line in answered.text.split("\n"))
        who = f"Vào {local_time.to_local(at):%d/%m/%Y} lúc {local_time.to_local(at):%H:%M} {answered.sender} đã viết:"
        body = f"{who}\n{quoted}\n\n{text}" if is_below else f"{text}\n\n{who}\n{quoted}"
        target = to or answered.reply_to or target
        subject = subject or f"Re: {answered.subject.removeprefix('Re: ')}"
        mail["In-Reply-To"] = answered.message_id
        mail["References"] = " ".join(
            filter(None, [answered.headers.get("References", ""), answered.message_id])
        )
    mail["To"] = target
    mail["Subject"] = subject
    for header, value in (headers or {}).items():
        del mail[header]
        mail[header] = value
    mail.set_content(body + "\n")
    for file_name, mime, content in files:
        main, _slash, sub = mime.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=file_name)
    deliver(company, person, mail.as_bytes(), at)
    return str(mail["Message-ID"])


def list_letters(company: str, person: str) -> list[Letter]:
    """What the person and the company wrote each other, the newest first. Refuses AddressUnreadable."""
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT serial, box, raw, at, is_copy FROM mails WHERE company = ? AND person = ? ORDER BY serial DESC LIMIT ?",
            [company, clean(person), SHOWN],
        ).fetchall()
    return [_letter(serial, box, bytes(raw), at) for serial, box, raw, at, is_copy in rows if not is_copy]


def read_letter(company: str, person: str, serial: int) -> Letter:
    """One mail of the person's mailbox. Raises NotFound."""
    found = next((letter for letter in list_letters(company, person) if letter.serial == serial), None)
    if found is None:
        raise NotFound
    return found


def list_people(company: str) -> list[str]:
    """Who last wrote or was written to."""
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT person FROM mails WHERE company = ? GROUP BY person ORDER BY max(serial) DESC LIMIT 8",
            [company],
        ).fetchall()
    return [row[0] for row in rows]


def _letter(serial: int, box: str, raw: bytes, at: str) -> Letter:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    text, files = "", []
    for part in mail.walk():
        if part.get_content_disposition() == "attachment":
            files.append(part.get_filename() or "?")
        elif part.get_content_type() == "text/plain" and not text:
            text = str(part.get_content()).replace("\r\n", "\n")
    person_box = not box.startswith("cskh@")
    return Letter(
        serial=serial, box=box, sender=str(mail.get("From", "")), subject=str(mail.get("Subject", "")), text=text.strip(),
        at=at, is_mine=not person_box, message_id=str(mail.get("Message-ID", "")), reply_to=str(mail.get("Reply-To", "")),
        headers={name: str(value) for name, value in mail.items()}, files=tuple(files),
    )  # fmt: skip


def report(company: str, person: str, raw: bytes, at: datetime, *, status: str = "5.1.1") -> None:
    """The person's mail server sends a mail of the company's back (RFC 3464)."""
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    mark = uuid4().hex
    told = "\r\n".join(
        [
            "Return-Path: <>", "From: Mail Delivery Subsystem <mailer-daemon@example.com>", f"To: {stand_ins.mailbox_of(company)}",
            "Subject: Delivery Status Notification (Failure)", f"Date: {format_datetime(at)}", f"Message-ID: <{uuid4()}@example.com>",
            "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"', "", f"--{mark}",
            "Content-Type: text/plain; charset=utf-8", "", "Your message could not be delivered.", "", f"--{mark}",
            "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.com", "",
            f"Final-Recipient: rfc822; {person}", f"Action: {'failed' if status[0] == '5' else 'delayed'}", f"Status: {status}", "",
            f"--{mark}", "Content-Type: text/rfc822-headers", "", head, "", f"--{mark}--", "",
        ]
    )  # fmt: skip
    put(company, stand_ins.mailbox_of(company), person, told.encode(), at, is_copy=True)


def answer_away(company: str, person: str, raw: bytes, at: datetime) -> None:
    """The person's mailbox answers by itself that nobody is there."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    away = EmailMessage(policy=email.policy.SMTP)
    away["From"], away["To"] = person, str(mail.get("Reply-To") or mail.get("From"))
    away["Subject"], away["Date"] = f"Tự động trả lời: {mail.get('Subject', '')}", format_datetime(at)
    away["Message-ID"], away["Auto-Submitted"] = f"<{uuid4()}@{person.partition('@')[2]}>", "auto-replied"
    away["In-Reply-To"] = str(mail.get("Message-ID", ""))
    away.set_content("Tôi đang nghỉ phép, sẽ trả lời sau.\n")
    put(company, stand_ins.mailbox_of(company), person, away.as_bytes(), at)


def validity_of(company: str) -> int:
    """The mailbox's numbering; another one when it was planned to change."""
    with STORE.open() as opened:
        row = opened.execute("SELECT validity FROM numbering WHERE company = ?", [company]).fetchone()
        validity = int(row[0]) if row else 1_000_001
        if take_fault(opened, (Fault.NUMBERED_ANEW,)) is not None:
            validity += 1
        opened.execute(
            "INSERT OR REPLACE INTO numbering (company, validity) VALUES (?, ?)", [company, validity]
        )
    return validity
