"""What a company sets up for text messages: by an aggregator's HTTP interface or over its carrier's own line, under which names,
with which keywords. Secrets are sealed and never shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction

from motcua.channels import accounts, credentials, operations, setups, sms_keywords, stand_ins
from motcua.channels.accounts import Account
from motcua.channels.models import ChannelAccount, SmppLine
from motcua.channels.smpp import pdu
from motcua.channels.smpp import settings as smpp
from motcua.channels.smpp.pdu import Pdu
from motcua.channels.smpp.session import BindFailed, Session
from motcua.companies import operations as company_ops
from motcua.config.env import ENV
from motcua.kernel.actors import Actor

CODE = "SMS"
DEFAULTS: dict[str, Any] = {**smpp.DEFAULTS, **sms_keywords.DEFAULTS, "base_url": ""}
SECRETS = ("api_key", "secret_key", "password")


@dataclass(frozen=True)
class Setup:
    """The account as set up; of its secrets only which there are."""

    is_set_up: bool
    is_enabled: bool
    is_stand_in: bool
    sender_name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    has: frozenset[str] = frozenset()
    callback_url: str = ""

    @property
    def is_smpp(self) -> bool:
        return self.values.get("way") == smpp.SMPP


@dataclass(frozen=True)
class State:
    """How the line stands, told by the process that holds it."""

    state: str
    code: str
    at: datetime


def find_setup() -> Setup:
    row = ChannelAccount.objects.filter(channel=CODE).first()
    url = accounts.hook_address(CODE)
    if row is None:
        account = accounts.find_account(CODE)
        name = account.sender_name if account is not None else ""
        base = account.base_url if account is not None else ""
        values = {**DEFAULTS, "base_url": base}
        return Setup(False, account is not None, account is not None, name, values, callback_url=url)
    has = {name for name, value in setups.keys_of(row).items() if value}
    if setups.hook_secrets_of(row):
        has.add("hook_secret")
    values = {
        **DEFAULTS,
        **row.settings,
        "base_url": "" if row.base_url.startswith("smpp:") else row.base_url,
    }
    return Setup(True, row.is_enabled, False, row.sender_name, values, frozenset(has), url)


def find_state() -> State | None:
    row = SmppLine.objects.filter(channel=CODE).first()
    return State(row.state, row.code, row.changed_at) if row is not None else None


def missing_secrets(values: Mapping[str, Any], given: Mapping[str, str]) -> list[str]:
    """The secrets these settings still need: none is kept, or what is kept is for another address or name."""
    row = ChannelAccount.objects.filter(channel=CODE).first()
    kept = _kept(row, values)
    wanted = ["password"] if values.get("way") == smpp.SMPP else ["api_key", "secret_key"]
    return [name for name in wanted if not given.get(name) and not kept.get(name)]


def save(
    *,
    values: Mapping[str, Any],
    sender_name: str,
    secrets: Mapping[str, str],
    actor: Actor,
    at: datetime,
    is_enabled: bool = True,
) -> None:
    """Set the channel up or change it. An empty secret leaves the one in use, but never for another address or name."""
    row = ChannelAccount.objects.filter(channel=CODE).first()
    keys = _kept(row, values) | {name: secrets[name] for name in SECRETS if secrets.get(name)}
    hooks = setups.with_newest(setups.hook_secrets_of(row) if row else [], secrets.get("hook_secret", ""))
    _set(values, sender_name, keys, hooks, is_enabled, actor, at)


def use_stand_in(*, actor: Actor, at: datetime) -> None:
    """A demonstration's text messages over the stand-in of a carrier's line."""
    account = accounts.find_account(CODE)
    name = account.sender_name if account is not None else ""
    code = account.company_code if account is not None else ""
    key = credentials.stand_in_secret(django_settings.SECRET_KEY, code, "SMPP")
    values = {
        **DEFAULTS, "way": smpp.SMPP, "host": "127.0.0.1", "port": stand_ins.smpp_port(ENV.edge_port), "system_id": code,
        "number": stand_ins.SMPP_NUMBER,
    }  # fmt: skip
    hook = credentials.stand_in_secret(django_settings.SECRET_KEY, code, CODE)
    _set(values, name, {"password": key[:8]}, [hook], True, actor, at)


def leave_stand_in(*, actor: Actor, at: datetime) -> None:
    """Back to the demonstration's HTTP interface: as if nothing had been set up."""
    with transaction.atomic():
        ChannelAccount.objects.filter(channel=CODE).delete()
        SmppLine.objects.filter(channel=CODE).delete()
        company_ops.record_audit(
            actor=actor, verb="channel.account_set", subject_type="channel_account", subject_id=CODE, at=at,
            facts={"is_enabled": False},
        )  # fmt: skip
    accounts.forget()


def switch(*, is_enabled: bool, actor: Actor, at: datetime) -> None:
    """Nothing is sent or believed while it is off; all settings stay."""
    setups.switch(CODE, is_enabled=is_enabled, actor=actor, at=at)


def try_out(account: Account) -> str:
    """Bind for sending alone and say good-bye: nothing is sent and nothing heard. The code of what failed, "" when it works."""
    session = Session(
        smpp.line_of(account), pdu.BIND_TRANSMITTER, take=_take_nothing, late=lambda tag, answer: None
    )
    try:
        session.open()
    except BindFailed as failed:
        return failed.code
    session.close()
    return ""


def _take_nothing(bind: UUID, messages: Sequence[Pdu]) -> list[int]:
    return [0x64] * len(messages)  # come again, to the line itself


def _kept(row: ChannelAccount | None, values: Mapping[str, Any]) -> dict[str, str]:
    if row is None or row.settings.get("way", smpp.HTTP) != values.get("way"):
        return {}
    if values.get("way") == smpp.SMPP:
        is_same = all(row.settings.get(name) == values.get(name) for name in ("host", "port", "system_id"))
    else:
        is_same = row.base_url.rstrip("/") == str(values.get("base_url", "")).rstrip("/")
    return setups.keys_of(row) if is_same else {}


def _set(
    values: Mapping[str, Any],
    sender_name: str,
    keys: Mapping[str, str],
    hooks: Sequence[str],
    is_enabled: bool,
    actor: Actor,
    at: datetime,
) -> None:
    is_smpp = values.get("way") == smpp.SMPP
    where = (
        f"smpp://{values.get('host', '')}:{values.get('port', '')}"
        if is_smpp
        else str(values.get("base_url", ""))
    )
    chosen = {name: values[name] for name in DEFAULTS if name in values and name != "base_url"}
    operations.set_account(
        channel=CODE, base_url=where, sender_name=sender_name, keys=keys, hook_secrets=hooks, settings_of_channel=chosen,
        is_enabled=is_enabled, actor=actor, at=at,
    )  # fmt: skip
