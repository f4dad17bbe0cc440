"""What the set-ups of channels share: reading sealed secrets, switching off and on, and the calls that were not believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings as django_settings
from django.db.models import Sum

from motcua.channels import accounts, credentials, operations
from motcua.channels.models import ChannelAccount, RejectedCall
from motcua.kernel.actors import Actor


@dataclass(frozen=True)
class Rejected:
    """Calls of the webhook that were not believed, for one reason on one day."""

    reason: str
    day: Any
    count: int
    last_at: datetime


def list_rejected(channel: str, limit: int = 14) -> list[Rejected]:
    rows = RejectedCall.objects.filter(channel=channel).order_by("-day", "reason")[:limit]
    return [Rejected(row.reason, row.day, row.count, row.last_at) for row in rows]


def count_rejected(channel: str) -> int:
    return int(RejectedCall.objects.filter(channel=channel).aggregate(n=Sum("count"))["n"] or 0)


def keys_of(row: ChannelAccount) -> dict[str, str]:
    """What opens the provider's doors, by name."""
    if not row.sealed_keys:
        return {}
    found = credentials.unseal(row.sealed_keys, django_settings.SECRET_KEY)
    return {str(name): str(value) for name, value in dict(found).items()}  # type: ignore[call-overload]


def trial_of(row: ChannelAccount) -> dict[str, str]:
    """The address of the stand-ins it is tried with; nothing for an account with the provider."""
    return {"base_url": row.base_url} if accounts.is_apart(row.base_url) else {}


def hook_secrets_of(row: ChannelAccount) -> list[str]:
    """What the webhook's calls are signed with, newest first."""
    if not row.sealed_hook_secrets:
        return []
    found = credentials.unseal(row.sealed_hook_secrets, django_settings.SECRET_KEY)
    return [str(secret) for secret in found] if isinstance(found, list) else []


def with_newest(secrets: list[str], given: str) -> list[str]:
    """A new secret stands before the one before it, which is believed still until the next change."""
    return [given, *secrets][:2] if given and given not in secrets[:1] else secrets


def switch(channel: str, *, is_enabled: bool, actor: Actor, at: datetime) -> None:
    """Nothing is sent or believed while it is off; all settings stay."""
    row = ChannelAccount.objects.get(channel=channel)
    operations.set_account(
        channel=channel, base_url=row.base_url, sender_name=row.sender_name, keys=keys_of(row), hook_secrets=hook_secrets_of(row),
        settings_of_channel=row.settings, is_enabled=is_enabled, actor=actor, at=at,
    )  # fmt: skip
