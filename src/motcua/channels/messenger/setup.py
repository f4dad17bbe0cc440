"""What a company sets up for its Page: ids, a token and a secret that are never shown again, and what Meta has allowed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from motcua.channels import accounts, operations, setups, tokens
from motcua.channels.messenger import CODE, api, hook
from motcua.channels.models import ChannelAccount
from motcua.kernel.actors import Actor

NAMES = ("app_id", "page_id", "version", "human_agent", "sends_proof", "templates")
DEFAULTS: dict[str, Any] = {
    "app_id": "", "page_id": "", "version": api.VERSION, "human_agent": False, "sends_proof": True, "templates": {},
}  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """The Page as set up; of secrets only whether there are any. `verify_token` is what Meta's console asks for."""

    is_set_up: bool
    is_enabled: bool
    is_stand_in: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    sender_name: str = ""
    has_token: bool = False
    callback_url: str = ""
    verify_token: str = field(default="", repr=False)


def find_setup() -> Setup:
    row = ChannelAccount.objects.filter(channel=CODE).first()
    account = accounts.find_account(CODE)
    callback = account.callback_url if account is not None else ""
    if row is None:
        known: Mapping[str, Any] = account.settings if account is not None else {}
        name = account.sender_name if account is not None else ""
        token = hook.verify_token(account.keys["app_secret"]) if account is not None else ""
        values = {**DEFAULTS, **known}
        return Setup(False, account is not None, account is not None, values, name, False, callback, token)
    secrets = setups.hook_secrets_of(row)
    return Setup(
        True, row.is_enabled, False, {**DEFAULTS, **row.settings, **setups.trial_of(row)}, row.sender_name, bool(setups.keys_of(row).get("page_token")),
        callback, hook.verify_token(secrets[0]) if secrets else "",
    )  # fmt: skip


def has_secrets() -> bool:
    """Whether a token and a secret are kept, so that both may be left empty."""
    row = ChannelAccount.objects.filter(channel=CODE).first()
    return row is not None and {"page_token", "app_secret"} <= set(setups.keys_of(row))


def save(
    *,
    values: Mapping[str, Any],
    sender_name: str,
    page_token: str,
    app_secret: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Set the Page up or change it. An empty secret leaves the one in use; after a new one the old is believed still until
    the next change.
    """
    row = ChannelAccount.objects.filter(channel=CODE).first()
    keys = setups.keys_of(row) if row is not None else {}
    secrets = setups.hook_secrets_of(row) if row is not None else []
    keys |= {
        name: secret for name, secret in (("page_token", page_token), ("app_secret", app_secret)) if secret
    }
    operations.set_account(
        channel=CODE,
        base_url=str(values.get("base_url") or api.GRAPH),
        sender_name=sender_name,
        keys=keys,
        hook_secrets=setups.with_newest(secrets, app_secret),
        settings_of_channel={name: values[name] for name in NAMES if name in values},
        is_enabled=row.is_enabled if row is not None else True,
        actor=actor,
        at=at,
    )
    if page_token:
        tokens.forget(CODE)
