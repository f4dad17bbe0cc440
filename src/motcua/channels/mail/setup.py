"""What a company sets up for its mailbox: servers, encryption, the password that is never shown again; and a test of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from motcua.channels import accounts, operations, setups
from motcua.channels.accounts import Account
from motcua.channels.mail import CODE, imap, smtp
from motcua.channels.models import ChannelAccount, Mailbox
from motcua.kernel.actors import Actor
from motcua.messaging.rules import SendFailed

NAMES = (
    "mailbox", "username", "imap_host", "imap_port", "imap_security", "smtp_host", "smtp_port", "smtp_security", "plus",
    "per_minute",
)  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "mailbox": "", "username": "", "imap_host": "", "imap_port": 993, "imap_security": imap.TLS, "smtp_host": "",
    "smtp_port": 587, "smtp_security": imap.STARTTLS, "plus": True, "per_minute": smtp.A_MINUTE,
}  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """The mailbox as set up; of its password only whether there is one."""

    is_set_up: bool
    is_enabled: bool
    is_stand_in: bool
    sender_name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    has_password: bool = False


@dataclass(frozen=True)
class State:
    """How the reading of the mailbox goes."""

    read_at: datetime | None
    refused_code: str
    refused_at: datetime | None


@dataclass(frozen=True)
class Tried:
    """How a test went: the code of what failed, "" for what works."""

    imap: str
    smtp: str

    @property
    def is_good(self) -> bool:
        return not self.imap and not self.smtp


def find_setup() -> Setup:
    row = ChannelAccount.objects.filter(channel=CODE).first()
    if row is None:
        account = accounts.find_account(CODE)
        values = {**DEFAULTS, **(account.settings if account is not None else {})}
        name = account.sender_name if account is not None else ""
        return Setup(False, account is not None, account is not None, name, values)
    keys = setups.keys_of(row)
    return Setup(
        True, row.is_enabled, False, row.sender_name, {**DEFAULTS, **row.settings}, bool(keys.get("password"))
    )


def find_state() -> State | None:
    row = Mailbox.objects.filter(channel=CODE).first()
    return State(row.read_at, row.refused_code, row.refused_at) if row is not None else None


def save(
    *,
    values: Mapping[str, Any],
    sender_name: str,
    password: str,
    actor: Actor,
    at: datetime,
    is_enabled: bool = True,
) -> None:
    """Set the mailbox up or change it. An empty password leaves the one in use, but never for another server or name."""
    row = ChannelAccount.objects.filter(channel=CODE).first()
    chosen = {name: values[name] for name in NAMES if name in values}
    where = ("imap_host", "smtp_host", "username", "mailbox")
    is_same = row is not None and all(row.settings.get(name) == chosen.get(name) for name in where)
    kept = setups.keys_of(row) if row is not None and is_same else {}
    _set(chosen, sender_name, {**kept, **({"password": password} if password else {})}, is_enabled, actor, at)
    Mailbox.objects.filter(channel=CODE).update(refused_code="", refused_at=None)


def needs_password(values: Mapping[str, Any]) -> bool:
    """Whether these settings must come with a password: the one kept is for other servers, or there is none."""
    row = ChannelAccount.objects.filter(channel=CODE).first()
    where = ("imap_host", "smtp_host", "username", "mailbox")
    is_same = row is not None and all(row.settings.get(name) == values.get(name) for name in where)
    return row is None or not is_same or not setups.keys_of(row).get("password")


def switch(*, is_enabled: bool, actor: Actor, at: datetime) -> None:
    """Nothing is read or sent while it is off; all settings stay."""
    row = ChannelAccount.objects.get(channel=CODE)
    _set(row.settings, row.sender_name, setups.keys_of(row), is_enabled, actor, at)


def try_out(account: Account) -> Tried:
    """Open the mailbox and log in to the sending server. Sends nothing, marks nothing."""
    told_imap = told_smtp = ""
    try:
        with imap.opened(account):
            pass
    except imap.MailboxFailed as failed:
        told_imap = failed.code
    try:
        smtp.check(account)
    except SendFailed as failed:
        told_smtp = failed.code
    return Tried(told_imap, told_smtp)


def _set(
    chosen: Mapping[str, Any],
    sender_name: str,
    keys: Mapping[str, str],
    is_enabled: bool,
    actor: Actor,
    at: datetime,
) -> None:
    operations.set_account(
        channel=CODE, base_url=f"imap://{chosen.get('imap_host', '')}", sender_name=sender_name, keys=keys,
        hook_secrets=[], settings_of_channel=dict(chosen), is_enabled=is_enabled, actor=actor, at=at,
    )  # fmt: skip
    smtp.forget()
