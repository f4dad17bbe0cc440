"""A mail of ours, made from a delivery: plain text and the same as simple HTML, named and chained so that programs thread it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from motcua.channels.accounts import Account
from motcua.channels.mail import threads
from motcua.channels.mail.words import plain_subject
from motcua.messaging.rules import Delivery, Kind

SUBJECT_LIMIT = 70
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_SENTENCE = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    mime: str
    content: bytes


def message_id(delivery_id: str, account: Account) -> str:
    """The same at every try, so that a mail that went twice is one in the mailbox."""
    domain = mailbox_of(account).rpartition("@")[2]
    return f"<{delivery_id.replace('#', '.')}@{domain}>"


def mailbox_of(account: Account) -> str:
    return str(account.settings.get("mailbox", ""))


def reply_address(account: Account, conversation_id: str) -> str:
    """Where the answer is asked to: the mailbox, with the signed token of the conversation behind a plus."""
    name, _at, domain = mailbox_of(account).partition("@")
    if not conversation_id or not account.settings.get("plus", True):
        return mailbox_of(account)
    return f"{name}+{threads.token(UUID(conversation_id))}@{domain}"


def subject_of(delivery: Delivery, chain: threads.Chain, account: Account) -> str:
    """That of the thread; else the first sentence, under the company's name."""
    if chain.subject:
        return f"Re: {plain_subject(chain.subject)}"
    first = _SENTENCE.split(" ".join(delivery.text.split()), maxsplit=1)[0]
    if len(first) > SUBJECT_LIMIT:
        first = first[:SUBJECT_LIMIT].rsplit(" ", 1)[0] + "…"
    label = (
        first
        if first.startswith(account.sender_name) or not account.sender_name
        else f"{account.sender_name}: {first}"
    )
    return label.rstrip(". ")


def compose(
    delivery: Delivery,
    account: Account,
    chain: threads.Chain,
    *,
    at: datetime,
    attached: Attached | None = None,
) -> EmailMessage:
    """Headers that could break a line are refused by the library (ValueError)."""
    person = threads.plain_person(delivery.address)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(account.sender_name, mailbox_of(account))
    mail["To"] = _address("", person)
    mail["Reply-To"] = _address(account.sender_name, reply_address(account, delivery.conversation_id))
    mail["Subject"] = subject_of(delivery, chain, account)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(delivery.id, account)
    if chain.last:
        mail["In-Reply-To"] = chain.last
        mail["References"] = " ".join(chain.references)
    if is_automatic(delivery):
        mail["Auto-Submitted"] = "auto-replied" if chain.last else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if delivery.kind is Kind.ADVERTISING:  # service mail has no list that one could leave
        mail["List-Unsubscribe"] = f"<mailto:{mailbox_of(account)}?subject=HUY>"
    mail.set_content(_plain(delivery.text, delivery.buttons), cte="quoted-printable")
    mail.add_alternative(
        _html(delivery.text, delivery.buttons, account), subtype="html", cte="quoted-printable"
    )
    if attached is not None:
        main, _slash, sub = attached.mime.partition("/")
        mail.add_attachment(
            attached.content, maintype=main, subtype=sub or "octet-stream", filename=attached.name
        )
    return mail


def is_automatic(delivery: Delivery) -> bool:
    """Whether no person wrote these words."""
    return not delivery.by_person


def _address(name: str, address: str) -> Address:
    local, _at, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _plain(text: str, buttons: Sequence[Mapping[str, str]]) -> str:
    lines = [text, *(f"{button['label']}: {button['url']}" for button in buttons if button.get("url"))]
    return "\n".join(lines) + "\n"


def _html(text: str, buttons: Sequence[Mapping[str, str]], account: Account) -> str:
    blocks = [f"<p>{_line(block)}</p>" for block in re.split(r"\n{2,}", text.strip()) if block]
    blocks += [
        f'<p><a href="{html.escape(button["url"])}">{html.escape(button["label"])}</a></p>'
        for button in buttons
        if button.get("url")
    ]
    sender = html.escape(account.sender_name)
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"></head>'
        '<body style="font-family:sans-serif;font-size:16px;line-height:1.5;color:#1c2733">'
        f'{"".join(blocks)}<p style="color:#5b6a78">{sender}</p></body></html>'
    )


def _line(block: str) -> str:
    out, end = [], 0
    for found in _LINK.finditer(block):
        out.append(html.escape(block[end : found.start()]))
        link = html.escape(found.group())
        out.append(f'<a href="{link}">{link}</a>')
        end = found.end()
    out.append(html.escape(block[end:]))
    return "".join(out).replace("\n", "<br>")
