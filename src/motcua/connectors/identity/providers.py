"""Setting up where citizens may sign in for a company. The secret goes in and never comes out."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.connectors.identity.directories import SecretWanted
from motcua.connectors.models import IdentityProvider
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import seals

SCOPE = "openid profile phone"


class ProviderExists(Refused):
    code = "PROVIDER_EXISTS"
    message = gettext_noop("Mã này đã dùng cho một nơi xác thực khác.")


@dataclass(frozen=True)
class ProviderSetup:
    """A provider as whoever sets it up may see it: all but the secret."""

    code: str
    name: str
    issuer: str
    client_id: str
    scope: str
    trusts_phone: bool
    is_active: bool
    created_at: datetime


def list_setups() -> list[ProviderSetup]:
    """Every provider of this company, switched off ones too."""
    return [
        ProviderSetup(
            row.code,
            row.name,
            row.issuer,
            row.client_id,
            row.scope,
            row.trusts_phone,
            row.is_active,
            row.created_at,
        )
        for row in IdentityProvider.objects.order_by("code")
    ]


def find_setup(code: str) -> ProviderSetup | None:
    return next((setup for setup in list_setups() if setup.code == code), None)


@transaction.atomic
def add_provider(
    *, code: str, name: str, issuer: str, client_id: str, client_secret: str, actor: Actor, at: datetime,
    scope: str = SCOPE, trusts_phone: bool = False,
) -> None:  # fmt: skip
    """Let citizens sign in through an issuer. The same again changes nothing. Raises ProviderExists."""
    row, is_new = IdentityProvider.objects.get_or_create(
        code=code,
        defaults={
            "name": name, "issuer": issuer, "client_id": client_id, "scope": scope, "trusts_phone": trusts_phone,
            "secret_sealed": seals.seal(client_secret, settings.SECRET_KEY), "created_at": at,
        },
    )  # fmt: skip
    if is_new:
        _audit("provider.added", code, actor, at)
        return
    known = seals.unseal(row.secret_sealed, settings.SECRET_KEY)
    if (row.issuer, row.client_id) != (issuer, client_id) or not hmac.compare_digest(known, client_secret):
        raise ProviderExists(field="code")


@transaction.atomic
def change_provider(
    *, code: str, name: str, issuer: str, client_id: str, scope: str, trusts_phone: bool, actor: Actor, at: datetime,
    client_secret: str = "",
) -> None:  # fmt: skip
    """Correct a provider; without a secret the one on record stays, which a new address does not get.

    Raises NotFound, SecretWanted.
    """
    row = _hold(code)
    if row.issuer != issuer and not client_secret:
        raise SecretWanted(field="secret")
    told = {
        "name": name,
        "issuer": issuer,
        "client_id": client_id,
        "scope": scope,
        "trusts_phone": trusts_phone,
    }
    changed = sorted(field for field, value in told.items() if getattr(row, field) != value)
    for field, value in told.items():
        setattr(row, field, value)
    if client_secret:
        row.secret_sealed, changed = seals.seal(client_secret, settings.SECRET_KEY), [*changed, "secret"]
    row.save()
    if changed:
        _audit("provider.changed", code, actor, at, {"changed": changed})


@transaction.atomic
def switch_provider(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Let citizens sign in there, or no more. Raises NotFound."""
    row = _hold(code)
    if row.is_active != is_active:
        row.is_active = is_active
        row.save(update_fields=["is_active"])
        _audit("provider.resumed" if is_active else "provider.suspended", code, actor, at)


def _hold(code: str) -> IdentityProvider:
    row = IdentityProvider.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound(field="code")
    return row


def _audit(verb: str, code: str, actor: Actor, at: datetime, facts: Mapping[str, Any] | None = None) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="provider", subject_id=code, at=at, facts=dict(facts or {})
    )
