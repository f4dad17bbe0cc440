"""Reading the mailbox: each mail is stored in the inbox under its own key, committed, and only then marked as seen.

A kill between any two of these reads a mail again and stores it once: the key is made of its Message-ID and body. When the
server counts anew (another UIDVALIDITY) the last weeks are read again, and what is known is known.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from motcua.channels import accounts
from motcua.channels.accounts import Account
from motcua.channels.mail import CODE, imap, parsing
from motcua.channels.models import Mailbox
from motcua.messaging import operations as messaging_ops

log = structlog.get_logger(__name__)

A_ROUND = 40
READ_AGAIN = timedelta(days=30)
CLOCKS_MAY_DIFFER = timedelta(minutes=10)
OLDEST_DATE = timedelta(days=3)
CUT_AT = 200_000
PAUSE_AFTER_REFUSAL = timedelta(minutes=10)


def fetch_new(*, at: datetime) -> int:
    """Store what is new in the company's mailbox; how many mails were new to us. Never raises for the mailbox's sake."""
    account = accounts.find_account(CODE)
    if account is None:
        return 0
    box = _state_of(account)
    if box.refused_at is not None and at - box.refused_at < PAUSE_AFTER_REFUSAL:
        return 0
    try:
        stored = _read(account, box, at)
    except imap.MailboxFailed as failed:
        log.warning("mailbox_failed", code=failed.code)
        _note(box, refused_code=failed.code, refused_at=at if failed.is_refused else None)
        return 0
    return stored


def _state_of(account: Account) -> Mailbox:
    """How far we are; a mailbox of another name begins anew."""
    name = str(account.settings.get("mailbox", ""))
    box = Mailbox.objects.filter(channel=CODE).first()
    if box is None or box.mailbox != name:
        box, _made = Mailbox.objects.update_or_create(
            channel=CODE,
            defaults={
                "mailbox": name, "validity": 0, "last_uid": 0, "refused_code": "", "refused_at": None, "read_at": None
            },
        )  # fmt: skip
    return box


def _read(account: Account, box: Mailbox, at: datetime) -> int:
    new = 0
    with imap.opened(account) as opened:
        is_known = box.validity == opened.validity
        since = None if not box.validity else (at - READ_AGAIN).date()
        numbers = opened.list_new(after=box.last_uid if is_known else 0, since=since)[:A_ROUND]
        done: list[int] = []
        for number in numbers:
            found = opened.fetch(number, parsing.LARGEST)
            if found is not None:
                new += store(found.raw, arrived_at=found.at, at=at, is_cut=found.is_cut)
                done.append(number)
        opened.mark(done)
        last = max(numbers, default=box.last_uid if is_known else 0)
        _note(box, validity=opened.validity, last_uid=last, refused_code="", refused_at=None, read_at=at)
    return new


def store(raw: bytes, *, arrived_at: datetime | None, at: datetime, is_cut: bool = False) -> bool:
    """One mail into the inbox, committed; False for a copy of one that is there."""
    try:
        mail = parsing.read(raw)
        sender, sent_at = mail.sender, _instant(mail.sent_at, arrived_at, at)
    except ValueError:
        sender, sent_at = "?", arrived_at if arrived_at is not None and arrived_at <= at else at
    payload = {"raw": base64.b64encode(raw).decode(), **({"is_cut": True} if is_cut else {})}
    with transaction.atomic():
        return messaging_ops.receive(
            channel=CODE,
            event_id=parsing.event_id(raw),
            sender=sender,
            payload=payload,
            at=at,
            sent_at=sent_at,
        )


def _instant(said: datetime | None, arrived_at: datetime | None, at: datetime) -> datetime:
    """The sender's own instant where it can be true: their order counts, but clocks are set wrong, on purpose too."""
    arrived = min(arrived_at or at, at)
    if said is None or not arrived - OLDEST_DATE <= said <= arrived + CLOCKS_MAY_DIFFER:
        return arrived
    return min(said, at)


def _note(box: Mailbox, **facts: object) -> None:
    Mailbox.objects.filter(channel=box.channel, mailbox=box.mailbox).update(**facts)
