"""A place is written down as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from motcua.companies import queries as company_queries
from motcua.config import rows
from motcua.kernel import codes, ids, local_time, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, Problem, gettext_noop
from motcua.supply import queries, rules
from motcua.supply.models import Place

LIMITS = {
    "text": 400,
    "district": 80,
    "commune": 80,
    "new_commune": 80,
    "old_district": 80,
    "old_commune": 80,
    "hamlet": 120,
    "street": 160,
    "house": 60,
    "pole_number": 40,
}

WORDS = ("text", "district", "commune", "new_commune", "hamlet", "street", "house", "pole_number")

UNFINDABLE = gettext_noop(
    "Hãy cho biết ít nhất một cách tìm đến nơi: số nhà, đường, thôn xóm, số cột điện, mã khách hàng "
    "của nhà bên cạnh, hoặc điểm trên bản đồ."
)


def create_place(
    *,
    text: str,
    actor: Actor,
    at: datetime,
    province_code: str = "",
    district: str = "",
    commune: str = "",
    hamlet: str = "",
    street: str = "",
    house: str = "",
    pole_number: str = "",
    neighbour_account_code: str = "",
    lat: float | None = None,
    lon: float | None = None,
    new_province_code: str = "",
    new_commune: str = "",
) -> queries.PlaceView:
    """A new place; at least one way to find it must be given.

    A district marks the names as those of before the merger: they become the old triple, and the new pair is
    what is known of it (the province that took the old one in; `new_commune` when told). Raises Invalid by
    field.
    """
    told = {
        "text": text, "district": district, "commune": commune, "new_commune": new_commune, "hamlet": hamlet,
        "street": street, "house": house, "pole_number": pole_number, "province_code": province_code,
        "neighbour_account_code": neighbour_account_code, "lat": lat, "lon": lon, "new_province_code": new_province_code,
    }  # fmt: skip
    place = build_place(told, actor=actor, at=at)
    with transaction.atomic():
        rows.insert(place)
    return queries.view_place(place)


def build_place(told: Mapping[str, Any], *, actor: Actor, at: datetime) -> Place:
    """The row of a place told as `create_place` takes it, not yet written. Raises Invalid by field."""
    values = {name: vietnamese.clean(told.get(name) or "") for name in WORDS}
    values["pole_number"] = values["pole_number"].upper()
    values["neighbour_account_code"] = codes.clean_account_code(told.get("neighbour_account_code", ""))
    lat, lon = told.get("lat"), told.get("lon")
    _refuse_wrong(values, lat, lon)
    province_code = told.get("province_code", "")
    return Place(
        id=ids.new_id(at),
        **values | _both_names(province_code, values, told.get("new_province_code", ""), at=at),
        given_on=local_time.local_date(at),
        province_code=province_code,
        lat=lat,
        lon=lon,
        created_at=at,
        created_by=actor.ref,
    )


def _refuse_wrong(values: dict[str, str], lat: float | None, lon: float | None) -> None:
    errors: dict[str, list[Problem]] = {}
    if not values["text"]:
        errors["text"] = [Problem("REQUIRED", gettext_noop("Hãy ghi địa chỉ theo cách người ở đó vẫn gọi."))]
    for name, limit in LIMITS.items():
        if len(values.get(name, "")) > limit:
            errors[name] = [Problem("TOO_LONG", gettext_noop("Dài quá %(limit)s ký tự."), {"limit": limit})]
    if (account := values["neighbour_account_code"]) and not codes.is_account_code(account):
        message = gettext_noop("Mã khách hàng có 13 ký tự, bắt đầu bằng P, ví dụ PD01000012345.")
        errors["neighbour_account_code"] = [Problem("ACCOUNT_CODE_INVALID", message)]
    if (lat is None) != (lon is None) or (
        lat is not None and lon is not None and not rules.is_in_vietnam(lat, lon)
    ):
        errors["lat"] = [
            Problem("PIN_OUTSIDE", gettext_noop("Điểm trên bản đồ nằm ngoài lãnh thổ Việt Nam."))
        ]
    ways = [values[name] for name in ("house", "street", "hamlet", "pole_number", "neighbour_account_code")]
    if not errors and not any(ways) and lat is None:
        errors[""] = [Problem("PLACE_NOT_FINDABLE", UNFINDABLE)]
    if errors:
        raise Invalid(errors)


def _both_names(
    province_code: str, values: dict[str, str], new_province_code: str, *, at: datetime
) -> dict[str, str]:
    """The old triple and the new pair, as far as they are known."""
    if not province_code:
        return {"new_province_code": new_province_code}
    on = local_time.local_date(at)
    if values["district"]:
        old = company_queries.find_past_province(province_code)
    else:
        found = company_queries.find_province(province_code, on)
        old = found if found and found.valid_to else None
    if old is None and not values["district"]:
        return {"new_province_code": new_province_code or province_code, "new_commune": values["commune"]}
    return {
        "old_province_code": province_code,
        "old_district": values["district"],
        "old_commune": values["commune"],
        "new_province_code": new_province_code or (old.merged_into_code if old else "") or province_code,
    }
