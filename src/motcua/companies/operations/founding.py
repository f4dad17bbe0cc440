"""A company begins: its row and hosts, and the first rows inside its schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.db import IntegrityError, transaction

from motcua.companies import reference
from motcua.companies.models import (
    Company,
    CompanyKind,
    Domain,
    Province,
    ProvinceService,
    Unit,
    UnitArea,
    UnitKind,
    WorkSpan,
)
from motcua.companies.operations.units import unit_add
from motcua.kernel.results import Refused, gettext_noop
from motcua.kernel.vietnamese import fold

OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13, 0), time(17, 0)))


class CompanyTaken(Refused):
    code = "COMPANY_TAKEN"
    message = gettext_noop("Mã, tên miền hoặc tiền tố số phiếu đã được tổng công ty khác dùng.")


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
    """The province's unit and area; a city company whose local units we know is served by its centre and those."""
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
        code=_provincial_unit_code(province, prefix),
        name=f"Công ty Điện lực {province.name}",
        name_en=f"{province.search_key.title()} Power Company",
        kind=UnitKind.PROVINCIAL,
        parent=centre,
        province_code=province.code,
        phone=centre.phone,
        valid_from=province.valid_from,
    )


def _provincial_unit_code(province: Province, prefix: str) -> str:
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
