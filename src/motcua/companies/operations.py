"""Writes of this room: companies, units, staff and roles, the audit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from motcua.companies import context, queries, reference
from motcua.companies.models import (
    AuditEntry,
    Company,
    CompanyDay,
    CompanyKind,
    Domain,
    Province,
    ProvinceService,
    Staff,
    StaffRole,
    Unit,
    UnitArea,
    UnitKind,
    WorkSpan,
)
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.kernel.vietnamese import fold

OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13, 0), time(17, 0)))


class CompanyTaken(Refused):
    code = "COMPANY_TAKEN"
    message = gettext_noop("Mã, tên miền hoặc tiền tố số phiếu đã được tổng công ty khác dùng.")


class StaffTaken(Refused):
    code = "STAFF_TAKEN"
    message = gettext_noop("Tên đăng nhập %(username)s đã có người dùng.")


class StaffUnknown(Refused):
    code = "NOT_FOUND"
    message = gettext_noop("Không có nhân viên này, hoặc người ấy thuộc đơn vị khác.")


class NotYourself(Refused):
    code = "NOT_YOURSELF"
    message = gettext_noop(
        "Không tự khóa tài khoản hoặc bỏ quyền quản trị của chính mình; hãy nhờ một quản trị viên khác."
    )


class UnitTaken(Refused):
    code = "UNIT_TAKEN"
    message = gettext_noop("Đã có đơn vị mang mã %(unit)s.")


class UnitUnknown(Refused):
    code = "UNIT_UNKNOWN"
    message = gettext_noop("Không có đơn vị %(unit)s.")


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


@dataclass(frozen=True)
class NewCompany:
    """What a company needs to begin. `hosts`: the first is the main one."""

    code: str
    name: str
    name_en: str
    brand: str
    hotline: str
    number_prefix: str
    hosts: tuple[str, ...]
    kind: CompanyKind = CompanyKind.POWER
    colour: str = "#1d4e89"
    site: str = ""
    email: str = ""
    tax_code: str = ""
    bank_bin: str = ""
    bank_account: str = ""
    account_prefixes: tuple[str, ...] = ()


def company_add(*, new: NewCompany) -> Company:
    """The company's row and hosts (idempotent by code). Its schema is made by `schemas.migrate_company`.

    Runs in `public`. Raises CompanyTaken when another company has the host or the number prefix.
    """
    fields = {
        name: getattr(new, name) for name in new.__dataclass_fields__ if name not in {"code", "hosts", "kind"}
    }
    fields["account_prefixes"] = list(new.account_prefixes)
    try:
        with transaction.atomic():
            company: Company
            company, _ = Company.objects.get_or_create(
                code=new.code, defaults={**fields, "kind": new.kind, "schema_name": new.code.lower()}
            )
            for position, host in enumerate(new.hosts):
                domain, _ = Domain.objects.get_or_create(
                    domain=host, defaults={"tenant": company, "is_primary": position == 0}
                )
                if domain.tenant_id != company.pk:
                    raise CompanyTaken(host=host)
    except IntegrityError as error:
        raise CompanyTaken(host=new.hosts[0]) from error
    return company


def open_company(*, company: Company, at: datetime) -> None:
    """First rows inside a new company's schema: hours, centre, provincial and local units. Idempotent."""
    for weekday in range(5):
        for start, end in OFFICE_HOURS:
            WorkSpan.objects.get_or_create(weekday=weekday, start=start, defaults={"end": end})
    prefix = (company.account_prefixes or [company.number_prefix])[0]
    centre = unit_add(
        code=f"{prefix}0000",
        name=f"Trung tâm Chăm sóc khách hàng {company.brand}",
        name_en=f"{company.brand} customer service centre",
        kind=UnitKind.CENTRE,
        phone=company.hotline.split(",")[0],
        valid_from=reference.OLD_FROM,
    )
    if company.kind == CompanyKind.POWER:
        for province in _provinces_ever_served(company.code):
            _open_province(company, centre, province, prefix)


def _provinces_ever_served(company_code: str) -> list[Province]:
    ids = ProvinceService.objects.filter(company_code=company_code).values("province_id")
    return list(Province.objects.filter(id__in=ids).order_by("code", "valid_from"))


def _open_province(company: Company, centre: Unit, province: Province, prefix: str) -> None:
    """The province's unit and area; a city company whose local units we know is served by its centre and
    those.
    """
    local = reference.read("local-units.json")["units"].get(company.code, {}).get(province.code, [])
    _area(centre if local else _provincial_unit(company, centre, province, prefix), province)
    for number, local_name in enumerate(local, 1):
        key = fold(local_name)
        unit = unit_add(
            code=f"{prefix}{number:02d}00",
            name=f"Công ty Điện lực {local_name}",
            name_en=f"{key.title()} Power Company",
            kind=UnitKind.LOCAL,
            parent=centre,
            province_code=province.code,
            phone=centre.phone,
            valid_from=reference.OLD_FROM,
        )
        _area(unit, province, district_key=key)
        if province.valid_to is None:  # wards took the districts' names in July 2025
            _area(unit, province, commune_key=key)


def _provincial_unit(company: Company, centre: Unit, province: Province, prefix: str) -> Unit:
    return unit_add(
        code=provincial_unit_code(province, prefix),
        name=f"Công ty Điện lực {province.name}",
        name_en=f"{province.search_key.title()} Power Company",
        kind=UnitKind.PROVINCIAL,
        parent=centre,
        province_code=province.code,
        phone=centre.phone,
        valid_from=province.valid_from,
    )


def provincial_unit_code(province: Province, prefix: str) -> str:
    """Six characters: the company's two, a letter for the period, the province's code, a digit."""
    period = "A" if province.valid_to is not None else "B"
    return f"{prefix}{period}{province.code}0"


def _area(unit: Unit, province: Province, *, district_key: str = "", commune_key: str = "") -> None:
    UnitArea.objects.get_or_create(
        province_code=province.code,
        district_key=district_key,
        commune_key=commune_key,
        valid_from=province.valid_from,
        defaults={"unit": unit, "valid_to": province.valid_to},
    )


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


def staff_add(
    *,
    username: str,
    name: str,
    unit_code: str,
    roles: Mapping[Role, str] | list[Role],
    password: str,
    actor: Actor,
    at: datetime,
    email: str = "",
    phone: str = "",
    must_use_totp: bool = False,
    password_hash: str = "",
    must_change_password: bool = False,
) -> Staff:
    """A member of staff with roles (a list: at the own unit; a mapping: role to unit code).

    `password_hash` instead of `password` for people taken over from another system, or made by the dozen.
    Raises StaffTaken for a username in use, UnitUnknown.
    """
    unit = Unit.objects.filter(code=unit_code).first()
    if unit is None:
        raise UnitUnknown(field="unit", unit=unit_code)
    given = roles if isinstance(roles, Mapping) else dict.fromkeys(roles, unit_code)
    try:
        with transaction.atomic():
            staff = Staff(
                id=uuid.uuid4(),
                username=username,
                name=name,
                email=email,
                phone=phone,
                unit=unit,
                must_use_totp=must_use_totp,
                must_change_password=must_change_password,
                created_at=at,
            )
            staff.password = password_hash or make_password(password)
            staff.save(force_insert=True)
            StaffRole.objects.bulk_create(
                [StaffRole(staff=staff, role=role, unit_id=code) for role, code in given.items()]
            )
            record_audit(
                actor=actor, verb="staff.added", subject_type="staff", subject_id=str(staff.id), at=at
            )
    except IntegrityError as error:
        raise StaffTaken(field="username", username=username) from error
    return staff


def grant_role(*, staff_id: uuid.UUID, role: Role, unit_code: str, actor: Actor, at: datetime) -> None:
    """Give a role at a unit (idempotent)."""
    with transaction.atomic():
        StaffRole.objects.get_or_create(staff_id=staff_id, role=role, unit_id=unit_code)
        record_audit(
            actor=actor,
            verb="role.granted",
            subject_type="staff",
            subject_id=str(staff_id),
            at=at,
            facts={"role": role, "unit": unit_code},
        )


def revoke_role(*, staff_id: uuid.UUID, role: Role, unit_code: str, actor: Actor, at: datetime) -> None:
    """Take a role at a unit away (idempotent)."""
    with transaction.atomic():
        StaffRole.objects.filter(staff_id=staff_id, role=role, unit_id=unit_code).delete()
        record_audit(
            actor=actor,
            verb="role.revoked",
            subject_type="staff",
            subject_id=str(staff_id),
            at=at,
            facts={"role": role, "unit": unit_code},
        )


def staff_deactivate(*, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """A leaver may not sign in from this instant on; open sessions end with the next page."""
    with transaction.atomic():
        Staff.objects.filter(id=staff_id).update(is_active=False)
        record_audit(
            actor=actor, verb="staff.deactivated", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_end_sessions(*, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Every open session ends with its next page, and there is no password of ours: the person signs in elsewhere."""
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(id=staff_id).first()
        if staff is None:
            raise StaffUnknown()
        staff.set_unusable_password()
        staff.must_change_password = False
        staff.save(update_fields=["password", "must_change_password"])
        record_audit(
            actor=actor, verb="staff.sessions_ended", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_reactivate(*, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Somebody comes back (idempotent)."""
    with transaction.atomic():
        Staff.objects.filter(id=staff_id).update(is_active=True)
        record_audit(
            actor=actor, verb="staff.reactivated", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_change(
    *,
    staff_id: uuid.UUID,
    name: str,
    email: str,
    phone: str,
    unit_code: str,
    must_use_totp: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """Correct what is on record about a member of staff. Raises StaffUnknown, UnitUnknown."""
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(id=staff_id).first()
        if staff is None:
            raise StaffUnknown()
        if not Unit.objects.filter(code=unit_code).exists():
            raise UnitUnknown(field="unit", unit=unit_code)
        wanted = {
            "name": name,
            "email": email,
            "phone": phone,
            "unit_id": unit_code,
            "must_use_totp": must_use_totp,
        }
        changed = [field for field, value in wanted.items() if getattr(staff, field) != value]
        for field in changed:
            setattr(staff, field, wanted[field])
        if changed:
            staff.save(update_fields=[field.removesuffix("_id") for field in changed])
            record_audit(
                actor=actor,
                verb="staff.changed",
                subject_type="staff",
                subject_id=str(staff_id),
                at=at,
                facts={"fields": changed},
            )


def staff_set_password(*, staff_id: uuid.UUID, password: str, actor: Actor, at: datetime) -> None:
    """An administrator gives a new password, to be changed at the next sign-in; sessions under the old one end.

    Raises StaffUnknown.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(id=staff_id).first()
        if staff is None:
            raise StaffUnknown()
        staff.set_password(password)
        staff.must_change_password = True
        staff.save(update_fields=["password", "must_change_password"])
        record_audit(
            actor=actor, verb="staff.password_set", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_choose_password(*, staff_id: uuid.UUID, password: str, at: datetime) -> str:
    """Somebody chooses their own password; one that was given them need no longer be changed. Its stored form.

    Raises StaffUnknown.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(id=staff_id).first()
        if staff is None:
            raise StaffUnknown()
        staff.set_password(password)
        staff.must_change_password = False
        staff.save(update_fields=["password", "must_change_password"])
        record_audit(
            actor=Actor.staff(staff_id), verb="staff.password_chosen", subject_type="staff", subject_id=str(staff_id),
            at=at,
        )  # fmt: skip
    return staff.password


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


def day_set(*, day: date, is_working: bool, name: str, actor: Actor, at: datetime) -> None:
    """The company works, or does not, on this day, whatever the national calendar says (idempotent)."""
    with transaction.atomic():
        CompanyDay.objects.update_or_create(date=day, defaults={"is_working": is_working, "name": name})
        record_audit(
            actor=actor,
            verb="day.set",
            subject_type="company_day",
            subject_id=day.isoformat(),
            at=at,
            facts={"is_working": is_working},
        )


def day_forget(*, day: date, actor: Actor, at: datetime) -> None:
    """Back to the national calendar (idempotent)."""
    with transaction.atomic():
        CompanyDay.objects.filter(date=day).delete()
        record_audit(
            actor=actor, verb="day.forgotten", subject_type="company_day", subject_id=day.isoformat(), at=at
        )


def record_audit(
    *,
    actor: Actor,
    verb: str,
    subject_type: str,
    subject_id: str,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    """One line of who saw or did what. `facts` holds ids and codes, nothing personal."""
    AuditEntry.objects.create(
        at=at,
        actor=actor.ref,
        verb=verb,
        subject_type=subject_type,
        subject_id=subject_id,
        facts=dict(facts or {}),
    )
