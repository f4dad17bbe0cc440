"""Where messages go and who we are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.connectors import outside
from motcua.connectors.models import TaxGateway
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.payments import seals


class AddressOpen(Refused):
    code = "TAX_ADDRESS_OPEN"
    message = gettext_noop("Địa chỉ phải bắt đầu bằng https://.")


class SecretMissing(Refused):
    code = "TAX_SECRET_MISSING"
    message = gettext_noop("Hãy nhập khóa bí mật mà nơi nhận đã cấp.")


@dataclass(frozen=True)
class GatewayView:
    address: str
    partner_code: str
    is_active: bool
    cursor: int
    heard_at: datetime | None
    problem: str


def find() -> GatewayView | None:
    row = TaxGateway.objects.first()
    if row is None:
        return None
    return GatewayView(row.address, row.partner_code, row.is_active, row.cursor, row.heard_at, row.problem)


def get_secret() -> str:
    """To sign calls with; never to be shown or logged. Raises TaxGateway.DoesNotExist, SealBroken."""
    return seals.unseal(TaxGateway.objects.get().secret_sealed, settings.SECRET_KEY)


@transaction.atomic
def set_gateway(
    *, address: str, partner_code: str, secret: str, is_active: bool = True, actor: Actor, at: datetime
) -> None:
    """Where messages go from now on; another address is read from its beginning. Without a secret the one in use stays.

    Refuses AddressOpen, SecretMissing.
    """
    if not outside.is_sealed(address):
        raise AddressOpen(field="address")
    known = TaxGateway.objects.select_for_update().first()
    if not secret and known is None:
        raise SecretMissing(field="secret")
    cursor = known.cursor if known and known.address == address else 0
    told: dict[str, object] = {
        "address": address, "partner_code": partner_code, "is_active": is_active, "cursor": cursor, "problem": "",
    }  # fmt: skip
    if secret:
        told["secret_sealed"] = seals.seal(secret, settings.SECRET_KEY)
    TaxGateway.objects.update_or_create(id=1, defaults=told)
    company_ops.record_audit(
        actor=actor,
        verb="tax-gateway.set",
        subject_type="tax_gateway",
        subject_id=partner_code,
        at=at,
        facts={"address": address, "is_active": is_active, "is_new_secret": bool(secret)},
    )


def move_cursor(*, to: int, at: datetime, problem: str = "") -> None:
    """Answers up to this one are stored; or why none could be asked for."""
    TaxGateway.objects.filter(id=1).update(cursor=to, heard_at=at, problem=problem)


def note_problem(problem: str) -> None:
    TaxGateway.objects.filter(id=1).update(problem=problem[:80])
