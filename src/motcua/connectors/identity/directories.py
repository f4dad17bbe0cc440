"""Setting up where a company's staff sign in. The secret goes in and never comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from motcua.connectors.identity import setup
from motcua.connectors.models import DirectoryKind, StaffDirectory
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.payments import seals


class DirectoryExists(Refused):
    code = "DIRECTORY_EXISTS"
    message = gettext_noop("Mã này đã dùng cho một nơi đăng nhập khác.")


class OwnWayIn(Refused):
    code = "OWN_WAY_IN"
    message = gettext_noop(
        "Anh/chị đăng nhập qua chính nơi này. Hãy nhờ một quản trị viên đăng nhập bằng mật khẩu tắt nó."
    )


@dataclass(frozen=True)
class DirectorySetup:
    """A directory as whoever sets it up may see it: all but the secret. `people`: how many staff are linked to it."""

    code: str
    kind: str
    name: str
    address: str
    client_id: str
    options: Mapping[str, Any]
    recheck_minutes: int
    is_active: bool
    people: int
    checked_at: datetime | None


def list_directories() -> list[DirectorySetup]:
    """Every directory of this company, switched off ones too."""
    rows = StaffDirectory.objects.annotate(people=Count("identities"), seen=Max("identities__checked_at"))
    return [
        DirectorySetup(
            row.code, row.kind, row.name, row.address, row.client_id, row.options, row.recheck_minutes, row.is_active,
            row.people, row.seen,
        )
        for row in rows.order_by("code")
    ]  # fmt: skip


def find_directory(code: str) -> DirectorySetup | None:
    return next((found for found in list_directories() if found.code == code), None)


def set_directory(
    *, code: str, kind: str, name: str, address: str, client_id: str, secret: str, options: Mapping[str, Any], actor: Actor,
    at: datetime, recheck_minutes: int = 10, is_active: bool = True,
) -> None:  # fmt: skip
    """Say where this company keeps its people; the same code again takes the new values. Audited."""
    values = {
        "kind": DirectoryKind(kind), "name": name, "address": address, "client_id": client_id, "options": dict(options),
        "secret_sealed": seals.seal(secret, settings.SECRET_KEY), "recheck_minutes": recheck_minutes, "is_active": is_active,
    }  # fmt: skip
    with transaction.atomic():
        StaffDirectory.objects.update_or_create(
            code=code, defaults=values, create_defaults={**values, "created_at": at}
        )
        setup.audit("directory.set", code, actor, at)


@transaction.atomic
def add_directory(
    *, code: str, kind: str, name: str, address: str, client_id: str, secret: str, options: Mapping[str, Any], actor: Actor,
    at: datetime, recheck_minutes: int = 10,
) -> None:  # fmt: skip
    """One more directory, switched off until it is tried. Raises DirectoryExists."""
    _row, is_new = StaffDirectory.objects.get_or_create(
        code=code,
        defaults={
            "kind": DirectoryKind(kind), "name": name, "address": address, "client_id": client_id, "options": dict(options),
            "secret_sealed": seals.seal(secret, settings.SECRET_KEY), "recheck_minutes": recheck_minutes,
            "is_active": False, "created_at": at,
        },
    )  # fmt: skip
    if not is_new:
        raise DirectoryExists(field="code")
    setup.audit("directory.set", code, actor, at)


@transaction.atomic
def change_directory(
    *, code: str, name: str, address: str, client_id: str, options: Mapping[str, Any], recheck_minutes: int, actor: Actor,
    at: datetime, secret: str = "",
) -> None:  # fmt: skip
    """Correct a directory; without a secret the one on record stays, which a new address does not get.

    Raises NotFound, SecretWanted.
    """
    row = setup.hold(StaffDirectory, code)
    told = {
        "name": name, "address": address, "client_id": client_id, "options": dict(options),
        "recheck_minutes": recheck_minutes,
    }  # fmt: skip
    changed = setup.correct(row, told, address="address", secret=secret)
    if changed:
        setup.audit("directory.set", code, actor, at, {"changed": changed})


@transaction.atomic
def switch_directory(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Let staff sign in there, or no more: who came from there is out at the next check.

    Raises NotFound, and OwnWayIn when the actor would be locked out.
    """
    row = setup.hold(StaffDirectory, code)
    if not is_active and actor.is_staff() and row.identities.filter(staff_id=actor.id).exists():
        raise OwnWayIn()
    setup.switch(row, "directory", is_active=is_active, actor=actor, at=at)
