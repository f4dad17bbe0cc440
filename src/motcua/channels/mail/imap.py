"""The mailbox, over IMAP4rev1 and the standard library: look what is new, read it, mark it. Never deletes anything."""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from motcua.channels.accounts import Account

TIMEOUT = 20.0
FOLDER = "INBOX"
TLS, STARTTLS, PLAIN = "tls", "starttls", "plain"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxFailed(Exception):
    """The mailbox cannot be read now; the code says why, without secrets. `is_refused`: somebody must set it right."""

    def __init__(self, code: str, *, is_refused: bool = False) -> None:
        super().__init__(code)
        self.code = code[:60]
        self.is_refused = is_refused


@dataclass(frozen=True)
class Fetched:
    """A mail as it lies in the mailbox; `is_cut` when it is too large to be taken whole."""

    uid: int
    raw: bytes
    at: datetime | None
    is_cut: bool = False


class Box:
    """An open mailbox."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client
        self.validity = 0

    def open(self) -> None:
        self._must(self._client.select(FOLDER))
        _kind, told = self._client.response("UIDVALIDITY")
        try:
            self.validity = int(told[0])
        except (TypeError, ValueError, IndexError):
            raise MailboxFailed("NO_UIDVALIDITY") from None

    def list_new(self, *, after: int, since: date | None = None) -> list[int]:
        """Numbers of what came after a number; without one, of what nobody has seen, or all since a day."""
        if after:
            asked = f"UID {after + 1}:*"
        elif since is not None:
            asked = f"SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year}"
        else:
            asked = "UNSEEN"
        found = self._must(self._client.uid("SEARCH", asked))
        # a server answers a range beyond its end with its last mail
        numbers = {
            int(number) for number in b" ".join(part for part in found if isinstance(part, bytes)).split()
        }
        return sorted(number for number in numbers if number > after)

    def fetch(self, uid: int, largest: int) -> Fetched | None:
        """One mail, None when it is gone. What is too large comes without its end."""
        told = self._must(self._client.uid("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)"))
        if not told or told[0] is None:
            return None
        line = _line(told)
        size = _SIZE.search(line)
        is_cut = size is not None and int(size.group(1)) > largest
        body = self._must(
            self._client.uid("FETCH", str(uid), "(BODY.PEEK[]<0.200000>)" if is_cut else "(BODY.PEEK[])")
        )
        raw = next((part[1] for part in body if isinstance(part, tuple)), None)
        if raw is None:
            return None
        arrived = imaplib.Internaldate2tuple(line)
        at = datetime(*arrived[:6]).astimezone() if arrived is not None else None
        return Fetched(uid, bytes(raw), at, is_cut)

    def mark(self, uids: list[int]) -> None:
        """What is stored here is marked as seen there."""
        if uids:
            self._must(
                self._client.uid("STORE", ",".join(str(uid) for uid in uids), "+FLAGS.SILENT", "(\\Seen)")
            )

    @staticmethod
    def _must(answer: tuple[str, Any]) -> list[bytes | tuple[bytes, bytes] | None]:
        if answer[0] != "OK":
            raise MailboxFailed("IMAP_NO")
        found: list[bytes | tuple[bytes, bytes] | None] = answer[1]
        return found


def _line(told: list[bytes | tuple[bytes, bytes] | None]) -> bytes:
    return b" ".join(part if isinstance(part, bytes) else part[0] for part in told if part is not None)


@contextlib.contextmanager
def opened(account: Account) -> Iterator[Box]:
    """The company's mailbox; the database's connection is given back first. Raises MailboxFailed."""
    if not connection.in_atomic_block:
        connection.close()
    client: imaplib.IMAP4 | None = None
    try:
        client = _connect(account)
        box = Box(client)
        box.open()
        yield box
    except imaplib.IMAP4.error as error:
        raise MailboxFailed(_short(error)) from None
    except (TimeoutError, ssl.SSLError, OSError, EOFError) as error:
        raise MailboxFailed(type(error).__name__) from None
    finally:
        if client is not None:
            with contextlib.suppress(Exception):
                client.logout()


def _connect(account: Account) -> imaplib.IMAP4:
    told = account.settings
    host, port = str(told.get("imap_host", "")), int(told.get("imap_port") or 993)
    security = told.get("imap_security", TLS)
    if security == TLS:
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
        )
    else:
        client = imaplib.IMAP4(host, port, timeout=TIMEOUT)
    try:
        if security == STARTTLS:
            client.starttls(ssl.create_default_context())
        elif security != TLS and not account.is_stand_in:
            raise MailboxFailed("NOT_ENCRYPTED", is_refused=True)
        try:
            client.login(
                str(told.get("username") or told.get("mailbox", "")), account.keys.get("password", "")
            )
        except imaplib.IMAP4.error as error:
            raise MailboxFailed("LOGIN_REFUSED", is_refused=True) from error
    except BaseException:
        with contextlib.suppress(Exception):
            client.shutdown()
        raise
    return client


def _short(error: Exception) -> str:
    return "IMAP_" + (re.sub(r"[^A-Z]+", "_", str(error).upper())[:30].strip("_") or "ERROR")
