"""Setting up where citizens may sign in for a company. The secret goes in and never comes out."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from motcua.connectors.identity import setup
from motcua.connectors.models import IdentityProvider
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
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
    return next((found for found in list_setups() if found.code == code), None)


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
        setup.audit("provider.added", code, actor, at)
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
    row = setup.hold(IdentityProvider, code)
    told = {
        "name": name,
        "issuer": issuer,
        "client_id": client_id,
        "scope": scope,
        "trusts_phone": trusts_phone,
    }
    changed = setup.correct(row, told, address="issuer", secret=client_secret)
    if changed:
        setup.audit("provider.changed", code, actor, at, {"changed": changed})


@transaction.atomic
def switch_provider(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Let citizens sign in there, or no more. Raises NotFound."""
    row = setup.hold(IdentityProvider, code)
    setup.switch(row, "provider", is_active=is_active, actor=actor, at=at)
