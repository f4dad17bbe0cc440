"""The account of the company at work with a channel's provider, read seldom and kept for half a minute."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from motcua.channels import credentials, stand_ins
from motcua.channels.models import ChannelAccount
from motcua.companies.context import current_company
from motcua.companies.models import Domain
from motcua.config.env import ENV

KEEP_SECONDS = 30.0


@dataclass(frozen=True)
class Account:
    """What an adapter needs to call. `host` is sent as Host header to stand-ins, ours or those that run apart."""

    company_code: str
    base_url: str
    sender_name: str
    keys: Mapping[str, str] = field(repr=False)
    callback_url: str
    host: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_stand_in(self) -> bool:
        """A stand-in of the provider: our own in a demonstration, or one that runs apart."""
        return bool(self.host)


_known: dict[tuple[str, str], tuple[float, Account | None]] = {}


def forget() -> None:
    _known.clear()


def find_account(channel: str) -> Account | None:
    """The account, else in a demo our own stand-in; None when the channel is not set up or switched off.

    Gives the connection back after reading: the caller is about to call out.
    """
    company = current_company()
    cached = _known.get((company.code, channel))
    if cached is not None and time.monotonic() - cached[0] < KEEP_SECONDS:
        return cached[1]
    domain = (
        Domain.objects.filter(tenant=company, is_primary=True).values_list("domain", flat=True).first() or ""
    )
    row = ChannelAccount.objects.filter(channel=channel).first()
    if not connection.in_atomic_block:
        connection.close()
    account = None
    apart = is_apart(row.base_url) if row is not None else False
    if row is not None and row.is_enabled and not (apart and ENV.production):
        keys = credentials.unseal(row.sealed_keys, settings.SECRET_KEY) if row.sealed_keys else {}
        account = Account(
            company_code=company.code,
            base_url=row.base_url.rstrip("/"),
            sender_name=row.sender_name,
            keys=dict(keys),  # type: ignore[call-overload]
            callback_url=f"{ENV.edge_address(ENV.scheme, domain)}/hooks/{channel.lower()}",
            host=domain if apart else "",
            settings={**row.settings, **(_doors_of(row.base_url) if apart else {})},
        )
    elif row is None and ENV.demo:
        account = stand_in(channel, company.code, company.brand, domain)
    _known[company.code, channel] = (time.monotonic(), account)
    return account


def pace(account: Account | None, usual: float) -> float:
    """Messages a second the account may send: its setting `per_second`, else what its provider tells everybody."""
    told = account.settings.get("per_second") if account is not None else None
    return float(told) if isinstance(told, int | float) and told > 0 else usual


def is_apart(base_url: str) -> bool:
    """Whether an account is with stand-ins that run apart (`motcua sandbox`). Production never calls them."""
    parts = urlsplit(base_url)
    is_mail_here = (parts.scheme, parts.hostname) == ("imap", "127.0.0.1")
    return parts.path.startswith("/sandbox/") or (is_mail_here and not ENV.production)


def _doors_of(base_url: str) -> dict[str, str]:
    """Consent and templates have hosts of their own at the real provider; a stand-in has one for all."""
    base = base_url.rstrip("/")
    return {"oauth_url": base, "business_url": base}


def hook_address(channel: str) -> str:
    """Where the company's provider of a channel is to call us."""
    domain = (
        Domain.objects.filter(tenant=current_company(), is_primary=True)
        .values_list("domain", flat=True)
        .first()
    )
    return f"{ENV.edge_address(ENV.scheme, domain or '')}/hooks/{channel.lower()}"


def stand_in(channel: str, company_code: str, brand: str, host: str) -> Account:
    """The provider's stand-in in our own sandbox, reached over HTTP like any other."""
    secret = credentials.stand_in_secret(settings.SECRET_KEY, company_code, channel)
    if channel == "EMAIL":
        own = stand_ins.mail_settings(company_code, ENV.edge_port)
        return Account(company_code, "", brand, {"password": secret}, "", host, own)
    if channel in stand_ins.BESIDE_THE_EDGE:
        base = f"{ENV.scheme}://127.0.0.1:{ENV.edge_port}/sandbox/{channel.lower()}"
        return Account(
            company_code=company_code,
            base_url=base,
            sender_name=brand,
            keys={"app_secret": secret},
            callback_url=f"{ENV.scheme}://127.0.0.1:{ENV.edge_port}/hooks/{channel.lower()}",
            host=host,
            settings={
                **stand_ins.settings_of(channel, company_code),
                **_doors_of(base),
            },
        )
    return Account(
        company_code=company_code,
        base_url=f"{ENV.scheme}://127.0.0.1:{ENV.port}/sandbox/{channel.lower()}",
        sender_name=brand,
        keys={"api_key": company_code, "secret_key": secret},
        callback_url=f"{ENV.scheme}://127.0.0.1:{ENV.edge_port}/hooks/{channel.lower()}",
        host=host,
    )
