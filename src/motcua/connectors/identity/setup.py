"""What setting up a place to sign in has in common, the citizens' providers and the staff's directories alike.

Every act holds the row's lock until its transaction ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings

from motcua.companies import operations as company_ops
from motcua.connectors.models import IdentityProvider, StaffDirectory
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import seals

Place = TypeVar("Place", IdentityProvider, StaffDirectory)


class SecretWanted(Refused):
    code = "SECRET_WANTED"
    message = gettext_noop("Địa chỉ đã đổi: hãy nhập lại khóa bí mật, để khóa cũ không bị gửi đến nơi khác.")


def hold(model: type[Place], code: str) -> Place:
    """The place under lock. Raises NotFound."""
    row = model.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound(field="code")
    return row


def correct(row: Place, told: Mapping[str, Any], *, address: str, secret: str) -> list[str]:
    """Write what was told, and the secret when one is given; the names of what changed.

    `address` names the field that says where the place is: a new one does not get the old secret.
    Raises SecretWanted.
    """
    if getattr(row, address) != told[address] and not secret:
        raise SecretWanted(field="secret")
    changed = sorted(field for field, value in told.items() if getattr(row, field) != value)
    for field, value in told.items():
        setattr(row, field, value)
    if secret:
        row.secret_sealed = seals.seal(secret, settings.SECRET_KEY)
        changed.append("secret")
    row.save()
    return changed


def switch(row: Place, kind: str, *, is_active: bool, actor: Actor, at: datetime) -> None:
    """Let people sign in there, or no more; audited when it is a change."""
    if row.is_active != is_active:
        row.is_active = is_active
        row.save(update_fields=["is_active"])
        audit(f"{kind}.resumed" if is_active else f"{kind}.suspended", row.code, actor, at)


def audit(verb: str, code: str, actor: Actor, at: datetime, facts: Mapping[str, Any] | None = None) -> None:
    """The act in the audit, under what the verb's first word names."""
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type=verb.partition(".")[0], subject_id=code, at=at, facts=dict(facts or {})
    )  # fmt: skip
