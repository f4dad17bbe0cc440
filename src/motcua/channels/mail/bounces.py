"""Reports on mail of ours that a mail server could not deliver (RFC 3464), and the plain letters some servers write. Pure.

Whom to believe: a report counts only when it names a Message-ID of ours, which nobody knows but who got the mail or
carried it.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import Message

from motcua.channels.mail import parsing

FAILED, DELAYED, DELIVERED = "failed", "delayed", "delivered"
UNREACHABLE = "UNREACHABLE"
_NOBODY = re.compile(r"^5\.(?:1\.(?:0|1|2|3|6|10)|2\.1|4\.1)$")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ID = re.compile(r"(?im)^\s*Message-ID:\s*(<[^<>\s]{3,248}>)")


@dataclass(frozen=True)
class Report:
    """What became of a mail of ours: `action` as the server says, its status code, our Message-IDs it may be about."""

    action: str
    status: str
    about: tuple[str, ...]

    @property
    def code(self) -> str:
        """`UNREACHABLE` when there is no such mailbox, else the status."""
        return UNREACHABLE if _NOBODY.match(self.status) else f"DSN_{self.status or '5.0.0'}"


def find_report(raw: bytes) -> Report | None:
    """The report in a mail, None when it is none. Raises parsing.TooMuch, ValueError."""
    message = parsing.open_mail(raw)
    if message.get_content_type() == "multipart/report":
        return _standard(message)
    sender = str(message.get("From", "")).lower()
    if "mailer-daemon@" in sender or "postmaster@" in sender:
        return _in_words(raw)
    return None


def _standard(message: Message) -> Report | None:
    action, status, about = "", "", []
    for _number, part in parsing.parts(message):
        mime = part.get_content_type()
        if mime == "message/delivery-status":
            told = _fields(part)
            action = told.get("action", action)
            found = _STATUS.search(told.get("status", ""))
            status = found.group(1) if found else status
        elif mime in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            about += _ID.findall(_text(part))
    return Report(action.lower(), status, tuple(dict.fromkeys(about))) if action and about else None


def _in_words(raw: bytes) -> Report | None:
    """A letter of a server that follows no standard; our mail stands in it somewhere."""
    _head, _mark, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    text = body.decode("utf-8", "replace")[:200_000]
    about = _ID.findall(text)
    found = _STATUS.search(text)
    if not about:
        return None
    status = found.group(1) if found else "5.0.0"
    return Report(DELAYED if status.startswith("4") else FAILED, status, tuple(dict.fromkeys(about)))


def _fields(part: Message) -> dict[str, str]:
    """The groups of a delivery status; the last one, of the recipient, counts."""
    inside = part.get_payload()
    groups = [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []
    if not groups:
        groups = [email.message_from_string(block) for block in _text(part).split("\n\n")]
    told: dict[str, str] = {}
    for group in groups:
        told |= {name.lower(): str(value).strip() for name, value in group.items()}
    return told


def _text(part: Message) -> str:
    inside = part.get_payload()
    if isinstance(inside, list):
        return "\n".join(
            "\n".join(f"{name}: {value}" for name, value in one.items())
            for one in inside
            if isinstance(one, Message)
        )
    found = part.get_payload(decode=True)
    return found.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(found, bytes) else ""
