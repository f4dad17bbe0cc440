"""What a stored mail means: a message with its files, a report on a mail of ours, or a program's letter kept for staff."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext

from motcua.channels import accounts
from motcua.channels.mail import CODE, bounces, parsing, threads, words
from motcua.customers import queries as customer_queries
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Found, Happened, Incoming, Receipt
from motcua.requests import queries as request_queries

SHOWN = 2000
# What only who got our mail, or wrote one we know, can do.
PROVEN = frozenset({"TOKEN", "OURS", "THEIRS"})
_NUMBER = re.compile(r"\b[A-Za-z]{1,4}\d{2}[- ]?[0-9OILoil]{6,8}[- ]?[0-9A-Za-z]\b")
_URL = re.compile(r"^mail:(?P<event>[\w:]{1,200}):(?P<part>\d{1,3})$")


def raw_of(payload: Any) -> bytes:
    """The mail as it came. Raises ValueError."""
    try:
        return base64.b64decode(payload["raw"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise ValueError("no mail in the event") from None


def parse(event: InboxView) -> Sequence[Found]:
    """Raises ValueError for what nobody can have written."""
    raw = raw_of(event.payload)
    report = bounces.find_report(raw)
    if report is not None:
        return _reported(report)
    mail = parsing.read(raw)
    account = accounts.find_account(CODE)
    mailbox = str(account.settings.get("mailbox", "")) if account is not None else ""
    thread = threads.find_thread(mail, mailbox)
    is_own = mailbox and mail.sender in {
        mailbox.lower(),
        str(account.settings.get("from", "")).lower() if account else "",
    }
    if mail.automatic or is_own:
        return [_kept(mail, thread)]
    return _said(event, mail, thread)


def _reported(report: bounces.Report) -> Sequence[Found]:
    ours = threads.find_ours(report.about)
    if ours is None or not ours.outbox_id:
        return [Happened("", gettext("Báo cáo thư về một thư không phải của ta."))]
    if report.action == bounces.DELIVERED:
        return [Receipt(ours.outbox_id, "DELIVERED", None, report.status, channel=CODE)]
    if report.action != bounces.FAILED:
        return []
    receipt = Receipt(ours.outbox_id, "FAILED", None, report.code, channel=CODE)
    why = gettext("hộp thư không tồn tại") if report.code == bounces.UNREACHABLE else report.status
    told = gettext("Thư gửi đến %(person)s không đến nơi (%(why)s).") % {"person": ours.person, "why": why}
    return [receipt, Happened(ours.thread, told, payload={"code": report.code})]


def _kept(mail: parsing.Read, thread: threads.Thread) -> Happened:
    """A program's letter is never answered. In a thread of ours staff see it; a stranger's opens none."""
    is_known = thread.by in PROVEN
    text = gettext("Thư tự động: %(subject)s") % {"subject": mail.subject or "?"}
    if mail.text:
        text = f"{text}\n{mail.text[:SHOWN]}"
    return Happened(thread.address if is_known else "", text, payload={"automatic": mail.automatic or "OWN"})


def _said(event: InboxView, mail: parsing.Read, thread: threads.Thread) -> Sequence[Found]:
    at = event.received_at
    is_asking = not threads.is_talking_to_a_program(mail.sender, at=at)
    threads.note_arrived(mail, thread, at=at)
    subject = words.plain_subject(mail.subject)
    begins = thread.by in {"SENDER", "NEW"} or thread.is_new_topic
    text = mail.text
    if subject and begins and not text.casefold().startswith(subject.casefold()):
        text = f"{subject}\n{text}".strip()
    payload: dict[str, Any] = {
        "channel": CODE, "subject": mail.subject, "from_name": mail.sender_name, "from_address": mail.sender, "by": thread.by,
        **_about(mail.subject, thread),
        **({"new_topic": True} if thread.is_new_topic else {}),
    }  # fmt: skip
    out: list[Found] = [
        Incoming(
            address=thread.address, text=text or subject, client_msg_id=event.event_id, payload=payload,
            is_asking=is_asking and bool(text),
        )
    ]  # fmt: skip
    out += [_file(event, thread, file) for file in mail.files]
    lost = list(mail.refused_files)
    if event.payload.get("is_cut"):
        lost.append(gettext("phần cuối của một thư quá lớn"))
    if lost:
        told = gettext(
            "Không nhận được tệp: %(names)s. Chúng tôi nhận ảnh JPEG, PNG, HEIC và tệp PDF, mỗi thư đến 15 MB."
        )
        note = told % {"names": ", ".join(lost)[:400]}
        out.append(Happened(thread.address, note, payload={"refused_files": len(lost)}))
    return out


def _about(subject: str, thread: threads.Thread) -> dict[str, str]:
    """The request whose number stands in the subject, where the mail proves whose it is and the request is theirs.

    A conversation about nothing yet is about that request from now on.
    """
    conversation = messaging_queries.find_open_conversation(CODE, thread.address)
    if thread.by not in PROVEN or conversation is None or conversation.customer_id is None:
        return {}
    family = set(customer_queries.list_ids(conversation.customer_id))
    for typed in _NUMBER.findall(subject):
        request = request_queries.find_by_number(typed)
        if request is not None and request.customer_id in family:
            if conversation.request_id is None:
                messaging_ops.link(conversation_id=conversation.id, request_id=request.id)
            return {"request_id": str(request.id), "request_number": request.number}
    return {}


def _file(event: InboxView, thread: threads.Thread, file: parsing.File) -> Incoming:
    media = {"url": f"mail:{event.event_id}:{file.part}", "name": file.name}
    return Incoming(
        address=thread.address, client_msg_id=event.event_id, kind="FILE", is_asking=False,
        payload={"channel": CODE, "file_name": file.name, "mime": file.mime, "media": media},
    )  # fmt: skip


def read_file(url: str) -> bytes:
    """The content of an attached file, from the stored mail. Raises ValueError when it is not there."""
    found = _URL.match(url)
    if found is None:
        raise ValueError("no address of a mail")
    row = messaging_queries.find_event(CODE, found["event"])
    if row is None:
        raise ValueError("the mail is gone")
    return parsing.content(raw_of(row.payload), int(found["part"]))[1]
