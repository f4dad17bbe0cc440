"""Portals that may call this company."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.connectors.models import Portal
from motcua.connectors.portals import formats
from motcua.connectors.portals.formats import Format
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import seals
from motcua.services import catalogue


class PortalExists(Refused):
    code = "PORTAL_EXISTS"
    message = gettext_noop("Mã cổng %(portal)s đã dùng với thông tin khác.")


class FormatUnknown(Refused):
    code = "FORMAT_UNKNOWN"
    message = gettext_noop("Không có mẫu hồ sơ %(format)s.")


class ServiceUnknown(Refused):
    code = "PROCEDURE_SERVICE_UNKNOWN"
    message = gettext_noop("Không có dịch vụ %(service)s.")


@dataclass(frozen=True)
class PortalView:
    code: str
    name: str
    format: Format
    agency: str
    procedures: Mapping[str, str]
    callback_url: str
    is_active: bool

    def is_number(self, number: str, on: date) -> bool:
        """Whether a dossier of that day may have this number."""
        period = self.format.find_period(on)
        return period is not None and bool(period.pattern(self.agency).fullmatch(number))

    def gave(self, number: str) -> bool:
        """Whether the number is of this portal, of whatever day."""
        return any(period.pattern(self.agency).fullmatch(number) for period in self.format.periods)


def _view(row: Portal) -> PortalView:
    return PortalView(
        row.code, row.name, formats.get(row.format), row.agency, row.procedures, row.callback_url, row.is_active
    )  # fmt: skip


def find_portal(code: str) -> PortalView | None:
    """The portal of this company with that code; portals of other companies are not there."""
    row = Portal.objects.filter(code=code).first()
    return _view(row) if row else None


def list_portals() -> list[PortalView]:
    return [_view(row) for row in Portal.objects.order_by("code")]


def find_portal_of_number(number: str) -> PortalView | None:
    """The portal that gives such dossier numbers, when just one does."""
    found = [portal for portal in list_portals() if portal.gave(number)]
    return found[0] if len(found) == 1 else None


def get_secret(code: str) -> str:
    """To check and make signatures with; never to be shown or logged. Raises Portal.DoesNotExist, SealBroken."""
    return seals.unseal(Portal.objects.get(code=code).secret_sealed, settings.SECRET_KEY)


@transaction.atomic
def add_portal(
    *,
    code: str,
    name: str,
    format: str,
    agency: str,
    secret: str,
    callback_url: str,
    actor: Actor,
    at: datetime,
    procedures: Mapping[str, str] | None = None,
) -> None:
    """Let a portal call this company. The same again changes nothing.

    Raises FormatUnknown, ServiceUnknown, PortalExists.
    """
    if format not in formats.list_formats():
        raise FormatUnknown(field="format", format=format)
    _check_procedures(procedures or {}, at)
    row, is_new = Portal.objects.get_or_create(
        code=code,
        defaults={
            "name": name, "format": format, "agency": agency, "procedures": dict(procedures or {}),
            "callback_url": callback_url, "secret_sealed": seals.seal(secret, settings.SECRET_KEY), "created_at": at,
        },
    )  # fmt: skip
    if not is_new:
        same = hmac.compare_digest(seals.unseal(row.secret_sealed, settings.SECRET_KEY), secret)
        if not same or (row.format, row.agency) != (format, agency):
            raise PortalExists(field="code", portal=code)
        return
    _audit("portal.added", code, actor, at)


@transaction.atomic
def change_portal(
    *,
    code: str,
    actor: Actor,
    at: datetime,
    is_active: bool | None = None,
    callback_url: str | None = None,
    secret: str | None = None,
    procedures: Mapping[str, str] | None = None,
) -> None:
    """Suspend a portal or let it in again; another address for callbacks; another secret, which ends the old one; other
    procedures.

    Raises NotFound, ServiceUnknown.
    """
    row = Portal.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound(field="code")
    told = {"is_active": is_active, "callback_url": callback_url, "procedures": procedures}
    changed = sorted(
        name for name, value in told.items() if value is not None and value != getattr(row, name)
    )
    if is_active is not None:
        row.is_active = is_active
    if callback_url is not None:
        row.callback_url = callback_url
    if procedures is not None:
        _check_procedures(procedures, at)
        row.procedures = dict(procedures)
    if secret is not None:
        row.secret_sealed, changed = seals.seal(secret, settings.SECRET_KEY), [*changed, "secret"]
    row.save()
    _audit("portal.changed", code, actor, at, {"changed": changed})


def _check_procedures(procedures: Mapping[str, str], at: datetime) -> None:
    for service in procedures.values():
        if catalogue.find(service, local_date(at)) is None:
            raise ServiceUnknown(field="procedures", service=service)


def _audit(
    verb: str, code: str, actor: Actor, at: datetime, facts: Mapping[str, object] | None = None
) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="portal", subject_id=code, at=at, facts={"portal": code, **(facts or {})}
    )  # fmt: skip
