"""What a company sets up for its Official Account: ids, secrets that are never shown again, and what is not certain of Zalo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from motcua.channels import accounts, operations, setups, tokens
from motcua.channels.models import ChannelAccount
from motcua.channels.tokens import TokenView
from motcua.channels.zalo import CODE, api, consent, hook
from motcua.kernel.actors import Actor

NAMES = ("app_id", "oa_id", "mac", "pkce_mode", "consent_link", "buttons", "sends_proof", "templates")
DEFAULTS: dict[str, Any] = {
    "app_id": "", "oa_id": "", "mac": hook.APP_ID, "pkce_mode": consent.PER_REQUEST, "consent_link": "", "buttons": False,
    "sends_proof": False, "templates": {},
}  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """The account as set up; of secrets only whether there are any."""

    is_set_up: bool
    is_enabled: bool
    is_stand_in: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    has_app_secret: bool = False
    hook_secrets: int = 0
    has_verifier: bool = False
    callback_url: str = ""


def find_setup() -> Setup:
    row = ChannelAccount.objects.filter(channel=CODE).first()
    account = accounts.find_account(CODE)
    callback = accounts.hook_address(CODE)
    if row is None:
        values = {**DEFAULTS, **(account.settings if account is not None else {})}
        return Setup(False, account is not None, account is not None, values, callback_url=callback)
    keys = setups.keys_of(row)
    return Setup(
        True, row.is_enabled, False, {**DEFAULTS, **row.settings, **setups.trial_of(row)}, bool(keys.get("app_secret")), len(setups.hook_secrets_of(row)),
        bool(keys.get("verifier")), callback,
    )  # fmt: skip


def find_token() -> TokenView | None:
    return tokens.find_token(CODE)


def save(
    *,
    values: Mapping[str, Any],
    app_secret: str,
    hook_secret: str,
    verifier: str,
    actor: Actor,
    at: datetime,
    is_enabled: bool = True,
) -> None:
    """Set the account up or change it. An empty secret leaves the one in use; a new webhook secret stands before the one
    before it, which is believed still until the next change.
    """
    row = ChannelAccount.objects.filter(channel=CODE).first()
    keys = setups.keys_of(row) if row is not None else {}
    secrets = setups.hook_secrets_of(row) if row is not None else []
    given = {"app_secret": app_secret, "verifier": verifier}
    keys |= {name: secret for name, secret in given.items() if secret}
    secrets = setups.with_newest(secrets, hook_secret)
    operations.set_account(
        channel=CODE,
        base_url=str(values.get("base_url") or api.OPENAPI),
        sender_name="",
        keys=keys,
        # one value or two is not certain: without one of its own the webhook's is the app's
        hook_secrets=secrets or [keys.get("app_secret", "")],
        settings_of_channel={name: values[name] for name in NAMES if name in values},
        is_enabled=is_enabled,
        actor=actor,
        at=at,
    )
