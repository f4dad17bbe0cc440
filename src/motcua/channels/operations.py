"""Setting up a company's accounts with providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from motcua.channels import accounts, credentials
from motcua.channels.models import ChannelAccount
from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor


def set_account(
    *,
    channel: str,
    base_url: str,
    sender_name: str,
    keys: Mapping[str, str],
    hook_secrets: Sequence[str],
    actor: Actor,
    at: datetime,
    is_enabled: bool = True,
    settings_of_channel: Mapping[str, Any] | None = None,
) -> None:
    """Set up or replace a channel's account. Give the new and the old hook secret while the provider
    changes over.
    """
    with transaction.atomic():
        ChannelAccount.objects.update_or_create(
            channel=channel,
            defaults={
                "is_enabled": is_enabled,
                "base_url": base_url,
                "sender_name": sender_name,
                "sealed_keys": credentials.seal(dict(keys), settings.SECRET_KEY),
                "sealed_hook_secrets": credentials.seal(list(hook_secrets), settings.SECRET_KEY),
                "settings": dict(settings_of_channel or {}),
                "changed_at": at,
            },
        )
        company_ops.record_audit(
            actor=actor,
            verb="channel.account_set",
            subject_type="channel_account",
            subject_id=channel,
            at=at,
            facts={"is_enabled": is_enabled},
        )
    accounts.forget()
