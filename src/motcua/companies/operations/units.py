"""Units: opened, corrected, ended."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from motcua.companies.models import Unit, UnitKind
from motcua.companies.operations.auditing import record_audit
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop


class UnitTaken(Refused):
    code = "UNIT_TAKEN"
    message = gettext_noop("Đã có đơn vị mang mã %(unit)s.")


class UnitUnknown(Refused):
    code = "UNIT_UNKNOWN"
    message = gettext_noop("Không có đơn vị %(unit)s.")


def unit_add(
    *,
    code: str,
    name: str,
    kind: UnitKind,
    valid_from: date,
    name_en: str = "",
    parent: Unit | None = None,
    province_code: str = "",
    address: str = "",
    phone: str = "",
) -> Unit:
    """A unit (idempotent by code)."""
    unit, _ = Unit.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "name_en": name_en,
            "kind": kind,
            "parent": parent,
            "province_code": province_code,
            "address": address,
            "phone": phone,
            "account_prefix": code,
            "valid_from": valid_from,
        },
    )
    return unit


def unit_open(
    *, code: str, name: str, kind: UnitKind, parent_code: str, valid_from: date, actor: Actor, at: datetime,
    name_en: str = "", province_code: str = "", address: str = "", phone: str = "",
) -> Unit:  # fmt: skip
    """A new unit under an existing one. Raises UnitTaken, UnitUnknown for the parent."""
    parent = Unit.objects.filter(code=parent_code).first()
    if parent is None:
        raise UnitUnknown(field="parent", unit=parent_code)
    with transaction.atomic():
        if Unit.objects.filter(code=code).exists():
            raise UnitTaken(field="code", unit=code)
        unit = unit_add(
            code=code, name=name, kind=kind, valid_from=valid_from, name_en=name_en, parent=parent,
            province_code=province_code, address=address, phone=phone,
        )  # fmt: skip
        record_audit(actor=actor, verb="unit.opened", subject_type="unit", subject_id=code, at=at)
    return unit


def unit_change(
    *,
    code: str,
    name: str,
    name_en: str,
    address: str,
    phone: str,
    valid_to: date | None,
    actor: Actor,
    at: datetime,
    representative: str = "",
    representative_title: str = "",
    authorisation_number: str = "",
    authorisation_date: date | None = None,
) -> None:
    """Correct a unit, who signs for it, or end it on a day. Raises UnitUnknown."""
    with transaction.atomic():
        done = Unit.objects.filter(code=code).update(
            name=name, name_en=name_en, address=address, phone=phone, valid_to=valid_to, representative=representative,
            representative_title=representative_title, authorisation_number=authorisation_number,
            authorisation_date=authorisation_date,
        )  # fmt: skip
        if not done:
            raise UnitUnknown(field="unit", unit=code)
        record_audit(actor=actor, verb="unit.changed", subject_type="unit", subject_id=code, at=at)
