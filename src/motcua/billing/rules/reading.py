"""A case told as plain values (JSON) into a `Case`; what is unknown, missing or contradictory is refused by its field.

See docs/reference/quote.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from motcua.billing.rules.case import WHOLE_QUOTA, Case, NormRounding, billing_month_of, norm_days
from motcua.billing.rules.refusals import Contradiction, FieldMissing, FieldWrong, NoPrice, UnknownField
from motcua.tariffs.book import Part, PriceBook

FIELDS = frozenset(
    [
        "group",
        "voltage",
        "from",
        "to",
        "kwh",
        "registers",
        "quotas",
        "tenants",
        "cosphi",
        "kw",
        "area",
        "billing_month",
        "norm_rounding",
        "fee",
        "km",
        "mountain",
    ]
)
REGISTERS = {"normal": Part.NORMAL, "off_peak": Part.OFF_PEAK, "peak": Part.PEAK}
FEE_ALONE = ("km", "mountain")
MOST_KWH = 10**9
MOST_KW = 10**7
MOST_QUOTAS = 100_000
UNDECLARED = "UNDECLARED"
WHOLESALE = "WHOLESALE_"
ROUNDINGS = {
    "CIRCULAR": NormRounding.CIRCULAR,
    "WHOLE": NormRounding.CIRCULAR,
    "TRUE": NormRounding.CIRCULAR,
    "NONE": NormRounding.NONE,
    "EXACT": NormRounding.NONE,
    "DECIMAL": NormRounding.NONE,
    "FALSE": NormRounding.NONE,
}


def given(told: Any) -> dict[str, Any]:
    """The fields that say something; null is nothing. Refuses what is no object, and unknown names."""
    if not isinstance(told, Mapping):
        raise FieldWrong(field="", name="JSON", expected="{...}")
    for name in told:
        if name not in FIELDS:
            raise UnknownField(field=str(name), name=name)
    return {name: value for name, value in told.items() if value is not None}


def read_case(fields: Mapping[str, Any], book: PriceBook) -> Case:
    """The case that `given` fields tell."""
    for name in FEE_ALONE:
        if name in fields:
            raise Contradiction(field=name, name=name, other="kwh")
    group = read_group(fields, book)
    start, end = _period(fields)
    voltage = _voltage(fields, group, book)
    use = _use(fields)
    month = _billing_month(fields)
    quota, is_undeclared = _quota(fields, end, book)
    case = Case(
        group=group,
        voltage=voltage,
        start=start,
        end=end,
        use=use,
        billing_month=month or billing_month_of(end),
        norm_days=norm_days(start, end, month),
        quota_hundredths=quota,
        is_undeclared=is_undeclared,
        cosphi_hundredths=_cosphi(fields),
        area=_area(fields, book),
        norm_rounding=_norm_rounding(fields),
        kw_hundredths=_demand(fields),
    )
    _fit(case, fields, book)
    return case


def read_owed(told: Any, book: PriceBook) -> Case:
    """A case that a bill may be made of: nobody owes by prices that are on trial."""
    case = read_case(given(told), book)
    if case.group in book.trial_groups:
        expected = ", ".join(sorted(book.groups - book.trial_groups))
        raise FieldWrong(field="group", name="group", expected=expected)
    return case


def read_group(fields: Mapping[str, Any], book: PriceBook) -> str:
    """A price group by its code; wholesale ones also without WHOLESALE_ before it."""
    told = _word(fields, "group")
    if not told:
        raise FieldMissing(field="group", name="group")
    for code in (told, WHOLESALE + told):
        if code in book.groups:
            return code
    raise FieldWrong(field="group", name="group", expected=", ".join(sorted(book.groups)))


def read_day(fields: Mapping[str, Any], name: str) -> date:
    told = fields.get(name)
    if told is None:
        raise FieldMissing(field=name, name=name)
    try:
        if isinstance(told, str) and len(told) == 10 and told[4] == told[7] == "-":  # no weeks
            return date.fromisoformat(told)
    except ValueError:
        pass
    raise FieldWrong(field=name, name=name, expected="YYYY-MM-DD")


def read_number(fields: Mapping[str, Any], name: str, *, most: int) -> Decimal:
    """A number from nought up; no text, no yes or no."""
    told = fields[name]
    if isinstance(told, bool) or not isinstance(told, int | float | Decimal) or not 0 <= told <= most:
        raise FieldWrong(field=name, name=name, expected=f"0 ... {most}")
    return Decimal(str(told))


def _period(fields: Mapping[str, Any]) -> tuple[date, date]:
    start, end = read_day(fields, "from"), read_day(fields, "to")
    if not start < end:
        raise Contradiction(field="to", name="to", other="from")
    return start, end


def _voltage(fields: Mapping[str, Any], group: str, book: PriceBook) -> str:
    told = _word(fields, "voltage")
    if told and told not in book.voltage_codes:
        raise FieldWrong(field="voltage", name="voltage", expected=", ".join(sorted(book.voltage_codes)))
    if not book.spans(group, told):
        if not told:
            raise FieldMissing(field="voltage", name="voltage")
        raise Contradiction(field="voltage", name="voltage", other=group)
    return told


def _use(fields: Mapping[str, Any]) -> dict[Part, int]:
    if "registers" not in fields:
        if "kwh" not in fields:
            raise FieldMissing(field="kwh", name="kwh")
        return {Part.ONE: _kwh(fields, "kwh", "kwh")}
    if "kwh" in fields:
        raise Contradiction(field="registers", name="registers", other="kwh")
    told = fields["registers"]
    if not isinstance(told, Mapping):
        raise FieldWrong(field="registers", name="registers", expected="{normal, off_peak, peak}")
    for name in told:
        if name not in REGISTERS:
            raise UnknownField(field=f"registers.{name}", name=f"registers.{name}")
    for name in REGISTERS:
        if told.get(name) is None:
            raise FieldMissing(field=f"registers.{name}", name=f"registers.{name}")
    return {part: _kwh(told, name, f"registers.{name}") for name, part in REGISTERS.items()}


def _kwh(fields: Mapping[str, Any], name: str, called: str) -> int:
    told = fields[name]
    is_whole = isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= MOST_KWH
    if not is_whole or told != int(told):
        raise FieldWrong(field=called, name=called, expected=f"0, 1, 2 ... {MOST_KWH} kWh")
    return int(told)


def _quota(fields: Mapping[str, Any], on: date, book: PriceBook) -> tuple[int, bool]:
    """Households in hundredths, and whether tenants live there whom nobody declared (`tenants` 0)."""
    if "tenants" not in fields:
        if "quotas" not in fields:
            return WHOLE_QUOTA, False
        quotas = read_number(fields, "quotas", most=MOST_QUOTAS) * WHOLE_QUOTA
        if quotas < 1 or quotas != int(quotas):
            raise FieldWrong(field="quotas", name="quotas", expected=f"0.01 ... {MOST_QUOTAS}")
        return int(quotas), False
    if "quotas" in fields:
        raise Contradiction(field="tenants", name="tenants", other="quotas")
    if isinstance(fields["tenants"], str) and fields["tenants"].strip().upper() == UNDECLARED:
        return WHOLE_QUOTA, True
    tenants = read_number(fields, "tenants", most=MOST_QUOTAS)
    if tenants != int(tenants):
        raise FieldWrong(field="tenants", name="tenants", expected="0, 1, 2 ...")
    people = book.find_rate("TENANTS_PER_QUOTA", on)
    if people is None:
        raise NoPrice(field="tenants", group="TENANTS_PER_QUOTA", start=on.isoformat(), end=on.isoformat())
    hundredths = (tenants * WHOLE_QUOTA / people.value).quantize(Decimal(1), ROUND_HALF_UP)
    return (int(hundredths), False) if tenants else (WHOLE_QUOTA, True)


def _cosphi(fields: Mapping[str, Any]) -> int | None:
    """The power factor to two decimals, half up."""
    if "cosphi" not in fields:
        return None
    return int((read_number(fields, "cosphi", most=1) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _demand(fields: Mapping[str, Any]) -> int | None:
    """The highest demand measured, to two decimals; no rounding, a meter shows no more."""
    if "kw" not in fields:
        return None
    hundredths = read_number(fields, "kw", most=MOST_KW) * 100
    if hundredths != int(hundredths):
        raise FieldWrong(field="kw", name="kw", expected=f"0.00 ... {MOST_KW}")
    return int(hundredths)


def _area(fields: Mapping[str, Any], book: PriceBook) -> str:
    area = _word(fields, "area")
    if area and area not in book.areas:
        raise FieldWrong(field="area", name="area", expected=", ".join(sorted(book.areas)))
    return area


def _billing_month(fields: Mapping[str, Any]) -> date | None:
    if "billing_month" not in fields:
        return None
    told = fields["billing_month"]
    try:
        if isinstance(told, str) and len(told) == 7:
            return date.fromisoformat(f"{told}-01")
    except ValueError:
        pass
    raise FieldWrong(field="billing_month", name="billing_month", expected="YYYY-MM")


def _norm_rounding(fields: Mapping[str, Any]) -> NormRounding:
    told = str(fields.get("norm_rounding", "CIRCULAR")).strip().upper()
    if told not in ROUNDINGS:
        raise FieldWrong(field="norm_rounding", name="norm_rounding", expected="CIRCULAR, NONE")
    return ROUNDINGS[told]


def _word(fields: Mapping[str, Any], name: str) -> str:
    told = fields.get(name, "")
    if not isinstance(told, str):
        raise FieldWrong(field=name, name=name, expected='"..."')
    return told.strip().upper()


def _fit(case: Case, fields: Mapping[str, Any], book: PriceBook) -> None:
    """Registers need a price by hours, households and tenants tiers, the highest demand one of capacity, and that needs it."""
    span = book.spans(case.group, case.voltage)[-1]
    if case.has_registers and not span.has_hours:
        raise Contradiction(field="registers", name="registers", other=case.group)
    if not span.tiers:
        for name in ("quotas", "tenants"):
            if name in fields and fields[name] != 1:
                raise Contradiction(field=name, name=name, other=case.group)
    elif "tenants" in fields and Part.UNDECLARED not in span.by_part:
        raise Contradiction(field="tenants", name="tenants", other=case.group)
    if case.kw_hundredths is None:
        if span.has_capacity:
            raise FieldMissing(field="kw", name="kw")
    elif not span.has_capacity:
        raise Contradiction(field="kw", name="kw", other=case.group)
    elif case.is_demand_too_low:
        raise Contradiction(field="kw", name="kw", other="registers" if case.has_registers else "kwh")
