"""What an account is billed by, in words: for staff who set it and for the customer whose bill rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from motcua.billing.models import AccountTerms
from motcua.billing.wording import decimal_plain, group_name, voltage_name

FIELDS = (
    "price_group", "voltage", "area", "quota_hundredths", "is_undeclared", "reading_days", "factor", "transformer_kva", "pays_reactive", "purposes",
)  # fmt: skip
HOMES = ("HOME", "HOME_PREPAID")
LAST_DAY = 31


def values_of(row: AccountTerms) -> dict[str, Any]:
    """A row by the names that `facts` reads; those of `operations.NewTerms` are read, too."""
    return {name: getattr(row, name) for name in FIELDS}


def facts(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, how) of terms, only what is so: no factor of one, no day that is everybody's."""
    told = [(gettext("Giá theo"), _prices(terms))]
    if households := _households(terms):
        told.append((gettext("Số hộ tính giá"), households))
    if terms["reading_days"]:
        days = ", ".join(_day(day) for day in terms["reading_days"])
        told.append((gettext("Ngày ghi chỉ số riêng"), days))
    if terms["factor"] != 1:
        told.append((gettext("Hệ số nhân"), str(terms["factor"])))
    if kva := terms.get("transformer_kva"):
        told.append((gettext("Máy biến áp riêng"), f"{kva} kVA"))
    if terms["area"]:
        told.append((gettext("Vùng được giảm giá"), str(terms["area"])))
    if not terms["pays_reactive"]:
        told.append((gettext("Công suất phản kháng"), gettext("không tính")))
    return told


def _prices(terms: Mapping[str, Any]) -> str:
    if not terms["purposes"]:
        return _at(terms["price_group"], terms["voltage"])
    return "; ".join(
        f"{decimal_plain(Decimal(share['share']) / 100)} % {_at(share['group'], share['voltage'])}"
        for share in terms["purposes"]
    )


def _at(group: str, voltage: str) -> str:
    return f"{group_name(group)} ({voltage_name(voltage)})" if voltage else group_name(group)


def _households(terms: Mapping[str, Any]) -> str:
    groups = {terms["price_group"], *(share["group"] for share in terms["purposes"])}
    if groups.isdisjoint(HOMES):
        return ""
    tenants = terms.get("tenants")
    if terms.get("is_undeclared") or tenants == 0:
        return gettext("người thuê chưa khai")
    if tenants:
        return gettext("%(n)s người thuê đã khai") % {"n": tenants}
    return decimal_plain(Decimal(terms["quota_hundredths"]) / 100)


def _day(day: int) -> str:
    return gettext("cuối tháng") if day == LAST_DAY else str(day)
