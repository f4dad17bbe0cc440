"""National data a first start loads: provinces of both periods, who serves them, holidays. Runs as often as
you like.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from django.db import transaction

from motcua.companies.models import NationalDay, Province, ProvinceService
from motcua.kernel.vietnamese import fold

OLD_FROM, NEW_FROM = date(2008, 8, 1), date(2025, 7, 1)
REGIONS_SOURCE = (
    "regions-vn.json: codes and mergers of 2025, corporations by public sites (see the file's sources)"
)
FIRST_YEAR, LAST_YEAR = 2018, 2030


@cache
def read(name: str) -> Any:
    """One of our data files, parsed."""
    return json.loads((files("motcua.companies") / "data" / name).read_text(encoding="utf-8"))


def load_national() -> None:
    """Provinces, services of provinces, days. Rows an administrator changed are left as they are."""
    with transaction.atomic():
        _load_provinces()
        _load_days()


def _load_provinces() -> None:
    regions = read("regions-vn.json")
    for row in regions["provinces_63"]:
        province = _province(row, OLD_FROM, NEW_FROM)
        _serve(province, row["corporation_until_2025_06"], OLD_FROM, NEW_FROM)
    for row in regions["provinces_34"]:
        province = _province(row, NEW_FROM, None)
        _serve(province, row["corporation"], NEW_FROM, None)


def _province(row: dict[str, Any], valid_from: date, valid_to: date | None) -> Province:
    is_old = valid_to is not None
    province, _ = Province.objects.get_or_create(
        code=row["code"],
        valid_from=valid_from,
        defaults={
            "name": row["name"],
            "search_key": fold(row["name"]),
            "kind": row.get("kind", "province"),
            "valid_to": valid_to,
            "merged_into_code": row["merged_into_code"] if is_old else "",
            "merged_into_name": row["merged_into_name"] if is_old else "",
            "cccd_code": row.get("cccd_code") or "",
            "account_prefix": row.get("evn_code_prefix") or "",
            "source": REGIONS_SOURCE,
        },
    )
    return province


def _serve(province: Province, company_code: str, valid_from: date, valid_to: date | None) -> None:
    ProvinceService.objects.get_or_create(
        province=province,
        valid_from=valid_from,
        defaults={"company_code": company_code, "valid_to": valid_to, "source": REGIONS_SOURCE},
    )


def _load_days() -> None:
    import holidays  # slow to load, and needed at a first start alone

    holidays_source = f"python package holidays {version('holidays')}, country VN"
    known = holidays.country_holidays("VN", years=range(FIRST_YEAR, LAST_YEAR + 1), language="vi")
    days = [
        NationalDay(date=day, is_working=False, name=name[:120], source=holidays_source)
        for day, name in sorted(known.items())
    ]
    days += [
        NationalDay(
            date=date.fromisoformat(row["date"]),
            is_working=row["is_working"],
            name=row["name"],
            source=row["source"],
        )
        for row in read("swapped-days.json")["days"]
    ]
    NationalDay.objects.bulk_create(days, ignore_conflicts=True)
