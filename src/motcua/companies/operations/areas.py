"""Which unit serves which province, district or commune, and since when."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from motcua.companies import context, queries
from motcua.companies.models import Unit, UnitArea
from motcua.companies.operations.auditing import record_audit
from motcua.companies.operations.units import UnitUnknown
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop


class AreaTaken(Refused):
    code = "AREA_TAKEN"
    message = gettext_noop(
        "Khu vực này đã do %(unit)s phục vụ từ %(since)s%(until)s. Hãy kết thúc khu vực đó trước, hoặc chọn ngày khác."
    )


class AreaUnknown(Refused):
    code = "NOT_FOUND"
    message = gettext_noop("Không có khu vực này, hoặc khu vực thuộc đơn vị khác.")


class AreaEndsTooEarly(Refused):
    code = "AREA_ENDS_TOO_EARLY"
    message = gettext_noop("Ngày kết thúc không được trước ngày bắt đầu.")


class ProvinceNotServed(Refused):
    code = "PROVINCE_NOT_SERVED"
    message = gettext_noop("Ngày đó tổng công ty không phục vụ tỉnh, thành phố này.")


def area_add(
    *, unit_code: str, province_code: str, district: str, commune: str, valid_from: date, actor: Actor, at: datetime
) -> UnitArea:  # fmt: skip
    """The unit serves a province, or a district or commune of it, from a day on.

    Names are taken as typed and kept without marks. Raises UnitUnknown, ProvinceNotServed, AreaTaken when some unit
    serves exactly this area on that day or later.
    """
    if not Unit.objects.filter(code=unit_code).exists():
        raise UnitUnknown(field="unit", unit=unit_code)
    company = context.current_company_code()
    if not queries.list_served_provinces(company, valid_from).filter(code=province_code).exists():
        raise ProvinceNotServed(field="province")
    district_key, commune_key = queries.area_key(district), queries.area_key(commune)
    try:
        with transaction.atomic():
            area = UnitArea.objects.create(
                unit_id=unit_code, province_code=province_code, district_key=district_key, commune_key=commune_key,
                valid_from=valid_from, valid_to=None,
            )  # fmt: skip
    except IntegrityError as error:
        other = queries.list_overlapping_areas(
            province_code=province_code,
            district_key=district_key,
            commune_key=commune_key,
            valid_from=valid_from,
        )[0]
        until = f" đến {other.valid_to:%d/%m/%Y}" if other.valid_to else ""
        raise AreaTaken(
            field="valid_from", unit=other.unit.name, since=f"{other.valid_from:%d/%m/%Y}", until=until
        ) from error
    _audit_area("area.added", area, actor, at)
    return area


def area_end(*, area_id: int, valid_to: date, actor: Actor, at: datetime) -> None:
    """From this day on the unit no longer serves the area; the day it began takes it back altogether.

    Locks the row. Raises AreaUnknown, AreaEndsTooEarly, AreaTaken when moving the end later runs into another unit.
    """
    with transaction.atomic():
        area = UnitArea.objects.select_for_update().filter(id=area_id).first()
        if area is None:
            raise AreaUnknown()
        if valid_to < area.valid_from:
            raise AreaEndsTooEarly(field="valid_to")
        area.valid_to = valid_to
        try:
            with transaction.atomic():
                area.save(update_fields=["valid_to"])
        except IntegrityError as error:
            other = queries.list_overlapping_areas(
                province_code=area.province_code, district_key=area.district_key, commune_key=area.commune_key,
                valid_from=area.valid_from, but=area.id,
            )[0]  # fmt: skip
            raise AreaTaken(
                field="valid_to", unit=other.unit.name, since=f"{other.valid_from:%d/%m/%Y}", until=""
            ) from error
        _audit_area("area.ended", area, actor, at)


def _audit_area(verb: str, area: UnitArea, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor, verb=verb, subject_type="unit", subject_id=area.unit_id, at=at,
        facts={
            "province": area.province_code, "district": area.district_key, "commune": area.commune_key,
            "from": area.valid_from.isoformat(), "to": area.valid_to.isoformat() if area.valid_to else "",
        },
    )  # fmt: skip
