"""Which thread a mail belongs to, and the names of mails that this is told from.

In order: the signed token in the address we asked to answer to, with the same sender; a Message-ID of ours, with the same
sender; a Message-ID of theirs that we know, with the same sender. Never the subject alone. A mail that proves none of it
goes to the sender's plain thread, unless that is linked to a customer or the mail carried somebody else's token: then it
opens a thread of its own, for a sender's name can be forged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from motcua.channels.mail import CODE
from motcua.channels.mail.parsing import Read
from motcua.channels.mail.words import plain_subject
from motcua.channels.models import Mail, MailDirection
from motcua.companies.context import current_company_code
from motcua.customers import registry as customer_registry
from motcua.messaging import queries as messaging_queries

MARK = "#"  # behind an address: one of several threads of the same person
SIGNED = 10
KEEP = timedelta(days=400)
CHAIN = 12
MOST_ANSWERS = 10  # automatic answers to a person in an hour: more is two programs talking to each other


@dataclass(frozen=True)
class Thread:
    """Where a mail goes: the conversation's address, what told so, whether its subject is another than the thread's."""

    address: str
    by: str
    is_new_topic: bool = False


@dataclass(frozen=True)
class Chain:
    """What an answer in a thread names: the mail it answers, those before it, the subject."""

    last: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""


def token(conversation_id: UUID) -> str:
    """What stands behind the plus of the address to answer to."""
    signed = conversation_id.bytes + _signature(conversation_id)
    return base64.b32encode(signed).decode().rstrip("=").lower()


def read_token(text: str) -> UUID | None:
    """The conversation a token of ours names; None for any other text."""
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    if len(raw) != 16 + SIGNED:
        return None
    found = UUID(bytes=raw[:16])
    return found if hmac.compare_digest(raw[16:], _signature(found)) else None


def _signature(conversation_id: UUID) -> bytes:
    told = b"mail-reply:" + current_company_code().encode() + conversation_id.bytes
    return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).digest()[:SIGNED]


def plain_person(address: str) -> str:
    """The e-mail address behind a thread's."""
    return address.partition(MARK)[0]


def find_thread(mail: Read, mailbox: str) -> Thread:
    tokens = _tokens(mail.recipients, mailbox)
    for given in tokens:
        conversation_id = read_token(given)
        for leg in messaging_queries.list_legs(conversation_id) if conversation_id else ():
            if leg.channel == CODE and plain_person(leg.address) == mail.sender:
                return _told(leg.address, "TOKEN", mail)
    names = [name for name in (mail.in_reply_to, *reversed(mail.references)) if name]
    known = {row.message_id: row for row in Mail.objects.filter(message_id__in=names, person=mail.sender)}
    for direction, by in ((MailDirection.OUT, "OURS"), (MailDirection.IN, "THEIRS")):
        for name in names:
            if name in known and known[name].direction == direction:
                return _told(known[name].thread, by, mail)
    plain = messaging_queries.find_open_conversation(CODE, mail.sender)
    if plain is None and not tokens:
        return Thread(mail.sender, "SENDER")
    if plain is not None and plain.customer_id is None and not tokens:
        return _told(mail.sender, "SENDER", mail)
    own = hashlib.sha256(mail.message_id.encode()).hexdigest()[:8]
    return Thread(f"{mail.sender}{MARK}{own}", "NEW")


def _tokens(recipients: Sequence[str], mailbox: str) -> list[str]:
    name, _at, domain = mailbox.lower().partition("@")
    found = []
    for address in recipients:
        local, _at, of = address.partition("@")
        own, plus, token_text = local.partition("+")
        if plus and own == name and of == domain and token_text:
            found.append(token_text)
    return found


def _told(address: str, by: str, mail: Read) -> Thread:
    """A thread that goes on; with another subject it may be a new topic, for a person to judge."""
    before, now = find_chain(address).subject, plain_subject(mail.subject)
    return Thread(address, by, bool(before and now and plain_subject(before).casefold() != now.casefold()))


def note_arrived(mail: Read, thread: Thread, *, at: datetime) -> None:
    """Remember a mail's name, so that what answers it finds its thread."""
    Mail.objects.bulk_create(
        [
            Mail(
                message_id=mail.message_id[:250], direction=MailDirection.IN, person=mail.sender, thread=thread.address,
                subject=mail.subject[:250], is_automatic=bool(mail.automatic), at=at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def note_going(
    *, message_id: str, thread: str, outbox_id: str, subject: str, is_automatic: bool, at: datetime
) -> None:
    """Remember a mail of ours before it is sent: its answer, or its bounce, may be quicker than we are. Gives the
    connection back.
    """
    Mail.objects.bulk_create(
        [
            Mail(
                message_id=message_id, direction=MailDirection.OUT, person=plain_person(thread), thread=thread,
                outbox_id=outbox_id, subject=subject[:250], is_automatic=is_automatic, at=at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    if not connection.in_atomic_block:
        connection.close()


def find_chain(thread: str, *, before: str = "") -> Chain:
    """What the next mail of a thread names: the last of theirs (else of ours), those before, the subject it began with."""
    rows = list(
        Mail.objects.filter(thread=thread, is_automatic=False, direction=MailDirection.IN).order_by(
            "-at", "-id"
        )[:CHAIN]
    ) + list(Mail.objects.filter(thread=thread, direction=MailDirection.OUT).order_by("-at", "-id")[:CHAIN])
    rows = sorted((row for row in rows if row.message_id != before), key=lambda row: (row.at, row.id))[
        -CHAIN:
    ]
    theirs = [row for row in rows if row.direction == MailDirection.IN]
    last = (theirs or rows)[-1:]
    subject = next((row.subject for row in reversed(theirs) if row.subject), "")
    subject = subject or next((row.subject for row in reversed(rows) if row.subject), "")
    return Chain(last[0].message_id if last else "", tuple(row.message_id for row in rows), subject)


def find_ours(message_ids: Sequence[str]) -> Mail | None:
    """The mail of ours with one of these names."""
    return Mail.objects.filter(message_id__in=list(message_ids)[:20], direction=MailDirection.OUT).first()


def is_talking_to_a_program(person: str, *, at: datetime) -> bool:
    """Whether so many automatic answers went to somebody in an hour that no person can have asked for them."""
    sent = Mail.objects.filter(
        person=person, direction=MailDirection.OUT, is_automatic=True, at__gt=at - timedelta(hours=1)
    )
    return sent.count() >= MOST_ANSWERS


def sweep(*, at: datetime, limit: int = 5000) -> int:
    """Forget the names of mails so old that nobody answers them."""
    old = list(Mail.objects.filter(at__lt=at - KEEP).values_list("id", flat=True)[:limit])
    return Mail.objects.filter(id__in=old).delete()[0]


def erase(customer_id: UUID, at: datetime) -> None:
    """A customer is erased: the names of the mails in their threads go, with their address."""
    threads = messaging_queries.list_addresses(customer_id, CODE)
    Mail.objects.filter(thread__in=threads).delete()


customer_registry.on_erasure("channels-mail", erase)  # before the conversations lose their addresses
