"""The company's accounts with wallets, gateways and services that tell of credits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments import seals
from motcua.payments.models import Gateway
from motcua.payments.operations import settlements
from motcua.payments.operations.clearing import open_clearing


@dataclass(frozen=True)
class GatewayAccount:
    """A gateway with its secrets opened; never to be shown or logged."""

    code: str
    name: str
    address: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    is_active: bool

    def __repr__(self) -> str:
        return f"GatewayAccount({self.code})"


@transaction.atomic
def set_gateway(
    *,
    code: str,
    name: str,
    address: str,
    public: Mapping[str, str],
    secrets: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> None:
    """Add or change an account. Secrets left empty stay as they are; the clearing account is opened with the first, and
    settlements that waited because nobody knew the gateway are judged again.
    """
    row = Gateway.objects.select_for_update().filter(code=code).first()
    before = _secrets(row) if row else {}
    sealed = seals.seal(
        json.dumps({**before, **{k: v for k, v in secrets.items() if v}}), settings.SECRET_KEY
    )
    told = {"name": name, "address": address, "settings": dict(public), "secrets_sealed": sealed}
    if row is None:
        Gateway.objects.create(code=code, created_at=at, **told)
        open_clearing(code, name)
    else:
        Gateway.objects.filter(code=code).update(**told)
    company_ops.record_audit(
        actor=actor, verb="gateway.changed" if row else "gateway.added", subject_type="gateway", subject_id=code,
        at=at, facts={"address": address, "secrets": sorted(name for name, value in secrets.items() if value)},
    )  # fmt: skip
    settlements.judge_waiting(code, actor=actor, at=at)


@transaction.atomic
def switch_gateway(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Offer it no more, or again. What was begun there is still heard and asked for. Refuses NotFound."""
    if not Gateway.objects.filter(code=code).update(is_active=is_active):
        raise NotFound(field="code")
    company_ops.record_audit(
        actor=actor, verb="gateway.resumed" if is_active else "gateway.suspended", subject_type="gateway",
        subject_id=code, at=at,
    )  # fmt: skip


def find_account(code: str) -> GatewayAccount | None:
    """The account with its secrets, switched off or not; None where this company has none. Raises SealBroken."""
    row = Gateway.objects.filter(code=code).first()
    if row is None:
        return None
    return GatewayAccount(row.code, row.name, row.address, row.settings, _secrets(row), row.is_active)


def _secrets(row: Gateway) -> dict[str, str]:
    told: dict[str, str] = json.loads(seals.unseal(row.secrets_sealed, settings.SECRET_KEY))
    return told
