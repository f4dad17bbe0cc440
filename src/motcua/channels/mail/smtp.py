"""Handing mail to the company's server: one connection for many mails, encrypted, and what each refusal means.

A connection is kept for a moment after a mail; the next one of the batch goes over it. Server names and ports are the
company's settings.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from django.db import connection

from motcua.channels.accounts import Account
from motcua.channels.mail.imap import PLAIN, STARTTLS, TLS
from motcua.messaging.rules import SendFailed, Sent

TIMEOUT = 20.0
KEPT_SECONDS = 15.0
MOST_ON_A_LINE = 50
A_MINUTE = 60
HELD = timedelta(minutes=15)
_ENHANCED = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")
# There is no such mailbox, as servers say it.
_NOBODY = frozenset({b"5.1.0", b"5.1.1", b"5.1.2", b"5.1.3", b"5.1.6", b"5.1.10", b"5.2.1"})


@dataclass
class _Line:
    """An open connection, and how much went over it."""

    client: smtplib.SMTP
    used_at: float = 0.0
    sent: int = 0


@dataclass
class _Lines:
    """What this process has open, by company; one mail of a company at a time."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    locks: dict[str, threading.Lock] = field(default_factory=dict)
    open: dict[str, _Line] = field(default_factory=dict)
    gone: dict[str, deque[float]] = field(default_factory=dict)

    def lock(self, company: str) -> threading.Lock:
        with self.guard:
            return self.locks.setdefault(company, threading.Lock())


_lines = _Lines()


def forget() -> None:
    """Close what is open; tests, and a changed account."""
    for company in list(_lines.open):
        _drop(company)
    _lines.gone.clear()


def send(mail: EmailMessage, account: Account, *, to: str) -> Sent:
    """Hand one mail over. Raises SendFailed; a connection that breaks after the content is `is_unknown`."""
    if not connection.in_atomic_block:
        connection.close()
    with _lines.lock(account.company_code):
        _keep_pace(account)
        line = _line(account)
        try:
            return _hand_over(line, mail, str(account.settings.get("mailbox", "")), to)
        except SendFailed as failed:
            if failed.is_unknown or failed.code.startswith(("BROKEN", "SMTP_421")):
                _drop(account.company_code)
            raise
        finally:
            line.used_at = time.monotonic()
            line.sent += 1


def check(account: Account) -> str:
    """Log in and out again; what the server calls itself. Raises SendFailed."""
    with _lines.lock(account.company_code):
        _drop(account.company_code)
        client = _line(account).client
        told = client.ehlo_resp or b""
        _drop(account.company_code)
    return told.split(b"\n")[0].decode("utf-8", "replace")[:80]


def _keep_pace(account: Account) -> None:
    """Servers refuse who sends too quickly: what is too much waits, and costs no try."""
    most = int(account.settings.get("per_minute") or A_MINUTE)
    gone, now = _lines.gone.setdefault(account.company_code, deque()), time.monotonic()
    while gone and now - gone[0] > 60:
        gone.popleft()
    if len(gone) >= most:
        raise SendFailed("PACE", retry_after=timedelta(seconds=max(1.0, 61 - (now - gone[0]))), counts=False)
    gone.append(now)


def _line(account: Account) -> _Line:
    known = _lines.open.get(account.company_code)
    if known is not None:
        is_fresh = time.monotonic() - known.used_at < KEPT_SECONDS and known.sent < MOST_ON_A_LINE
        if is_fresh and _is_alive(known.client):
            return known
        _drop(account.company_code)
    made = _Line(_connect(account), time.monotonic())
    _lines.open[account.company_code] = made
    return made


def _is_alive(client: smtplib.SMTP) -> bool:
    try:
        return int(client.noop()[0]) == 250
    except (smtplib.SMTPException, OSError):
        return False


def _drop(company: str) -> None:
    line = _lines.open.pop(company, None)
    if line is not None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            line.client.quit()
        line.client.close()


def _connect(account: Account) -> smtplib.SMTP:
    told = account.settings
    host, port = str(told.get("smtp_host", "")), int(told.get("smtp_port") or 587)
    security = told.get("smtp_security", STARTTLS)
    if security == PLAIN and not account.is_stand_in:
        raise SendFailed("NOT_ENCRYPTED", retry_after=HELD, counts=False)
    name = str(told.get("mailbox", "")).rpartition("@")[2] or "localhost"
    client: smtplib.SMTP | None = None
    try:
        if security == TLS:
            client = smtplib.SMTP_SSL(
                host, port, local_hostname=name, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            client = smtplib.SMTP(host, port, local_hostname=name, timeout=TIMEOUT)
        if security == STARTTLS:
            client.starttls(context=ssl.create_default_context())
        client.ehlo_or_helo_if_needed()
        client.login(str(told.get("username") or told.get("mailbox", "")), account.keys.get("password", ""))
    except smtplib.SMTPAuthenticationError as error:
        _close(client)
        raise SendFailed(f"LOGIN_{error.smtp_code}", retry_after=HELD, counts=False) from None
    except smtplib.SMTPNotSupportedError:
        _close(client)
        raise SendFailed("NOT_ENCRYPTED", retry_after=HELD, counts=False) from None
    except smtplib.SMTPResponseException as error:
        _close(client)
        raise SendFailed(f"SMTP_{error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        _close(client)
        raise SendFailed(f"UNREACHED_{type(error).__name__}"[:40]) from None
    return client


def _close(client: smtplib.SMTP | None) -> None:
    if client is not None:
        with contextlib.suppress(OSError):
            client.close()


def _hand_over(line: _Line, mail: EmailMessage, sender: str, to: str) -> Sent:
    client = line.client
    try:
        _must(client.mail(sender), client)
        _must(client.rcpt(to), client, of_recipient=True)
    except (smtplib.SMTPException, OSError):
        raise SendFailed("BROKEN") from None
    try:
        _must(client.data(mail.as_bytes()), client)
    except smtplib.SMTPDataError as error:  # the server did not want the content at all
        raise _refusal(error.smtp_code, _bytes(error.smtp_error), of_recipient=False) from None
    except (smtplib.SMTPException, OSError):  # it may have it
        raise SendFailed("BROKEN_AFTER", is_unknown=True) from None
    return Sent(provider_ref=str(mail["Message-ID"])[:120], provider_code="250")


def _must(answer: tuple[int, bytes], client: smtplib.SMTP, *, of_recipient: bool = False) -> None:
    code, told = answer
    if 200 <= code < 300:
        return
    with contextlib.suppress(smtplib.SMTPException, OSError):
        client.rset()
    raise _refusal(code, told, of_recipient=of_recipient)


def _refusal(code: int, told: bytes, *, of_recipient: bool) -> SendFailed:
    """4xx: later. 5xx: never; of a recipient without a mailbox: another way."""
    found = _ENHANCED.search(told)
    enhanced = found.group(1) if found else b""
    if code < 500:
        return SendFailed(f"SMTP_{code}", retry_after=timedelta(minutes=5) if code == 450 else None)
    if of_recipient and (enhanced in _NOBODY or (code in {550, 551, 553} and not enhanced)):
        return SendFailed("UNREACHABLE", is_final=True)
    return SendFailed(f"SMTP_{code}", is_final=True)


def _bytes(told: object) -> bytes:
    return told if isinstance(told, bytes) else str(told).encode()
