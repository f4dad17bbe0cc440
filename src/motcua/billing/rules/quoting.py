"""A case told as plain values, answered as plain values: what `motcua quote` and the public API do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from motcua.billing.rules import rating, reading
from motcua.billing.rules.refusals import Contradiction, FieldWrong, NoPrice
from motcua.kernel import money
from motcua.tariffs.book import PriceBook
from motcua.tariffs.energy import STOP_RECONNECT

HOMES = frozenset({"HOME", "HOME_PREPAID"})
ENERGY_ALONE = (
    "kwh",
    "registers",
    "quotas",
    "tenants",
    "cosphi",
    "kw",
    "area",
    "billing_month",
    "norm_rounding",
)
# What a reconnection costs goes by other voltages than energy; 22 kV to below 110 kV are networks of 22 and 35 kV.
FEE_OF_VOLTAGE = {
    "": "RECONNECT_LE_038KV",
    "LT_6KV": "RECONNECT_LE_038KV",
    "KV6_22": "RECONNECT_LE_35KV",
    "KV22_110": "RECONNECT_LE_35KV",
    "GE_110KV": "RECONNECT_GT_35KV",
}
MOST_KM = 10_000


def quote(told: Any, book: PriceBook, today: date) -> dict[str, Any]:
    """The answer to one case. `today` is the day of a fee that names none. Refuses by field."""
    fields = reading.given(told)
    if "fee" in fields:
        return _fee(fields, book, today)
    return answer(rating.rate(reading.read_case(fields, book), book))


def answer(bill: rating.Bill) -> dict[str, Any]:
    """A bill as plain values."""
    return _answer(
        [
            {
                "kwh": line.kwh,
                **({} if line.kw_hundredths is None else {"kw": _plain(line.kw_hundredths)}),
                "price_vnd": line.price_vnd,
                "amount_vnd": line.amount_vnd,
                "rule": line.rule,
                "source": line.decision,
            }
            for line in bill.lines
        ],
        bill.active_vnd,
        bill.reactive_vnd,
        bill.subtotal_vnd,
        bill.vat_rate,
        bill.vat_vnd,
        bill.capacity_vnd,
    )


def _plain(hundredths: int) -> int | float:
    """Whole where it is whole."""
    whole, rest = divmod(hundredths, 100)
    return hundredths / 100 if rest else whole


def _fee(fields: Mapping[str, Any], book: PriceBook, today: date) -> dict[str, Any]:
    """Stop and reconnect: the base of the voltage; of others than homes times distance and region, half up to whole dong."""
    if str(fields["fee"]).strip().upper() != STOP_RECONNECT:
        raise FieldWrong(field="fee", name="fee", expected=STOP_RECONNECT)
    for name in ENERGY_ALONE:
        if name in fields:
            raise Contradiction(field=name, name=name, other="fee")
    on = reading.read_day(fields, "to") if "to" in fields else today
    group = reading.read_group(fields, book) if "group" in fields else ""
    code = FEE_OF_VOLTAGE.get(str(fields.get("voltage", "")).strip().upper())
    if code is None:
        expected = ", ".join(voltage for voltage in FEE_OF_VOLTAGE if voltage)
        raise FieldWrong(field="voltage", name="voltage", expected=expected)
    fee = book.find_fee(code, on)
    vat = book.find_rate(f"VAT_{fee.vat_kind}", on) if fee else None
    if fee is None or vat is None:
        raise NoPrice(field="to", group=code, start=on.isoformat(), end=on.isoformat())
    factors = [] if group in HOMES else _factors(fields, book, on)
    amount = Decimal(fee.amount_vnd)
    for factor in factors:
        amount *= factor
    amount_vnd = int(amount.quantize(Decimal(1), ROUND_HALF_UP))
    line = {
        "kwh": 0,
        "price_vnd": fee.amount_vnd,
        "amount_vnd": amount_vnd,
        "rule": " x ".join([STOP_RECONNECT, *(f"{factor.normalize():f}" for factor in factors)]),
        "source": fee.source,
    }
    return _answer([line], 0, 0, amount_vnd, vat.value, money.vat_vnd(amount_vnd, vat.value))


def _factors(fields: Mapping[str, Any], book: PriceBook, on: date) -> list[Decimal]:
    """Those of the distance ("over 5 to 10 km" begins above 5) and of mountains and islands, where they are not one."""
    mountain = fields.get("mountain", False)
    if not isinstance(mountain, bool):
        raise FieldWrong(field="mountain", name="mountain", expected="true, false")
    held = [row for row in book.factors if row.fee == STOP_RECONNECT and row.holds_on(on)]
    km = reading.read_number(fields, "km", most=MOST_KM) if "km" in fields else Decimal(0)
    reached = [row for row in held if row.kind == "KM" and (row.above < km or row.above == 0)]
    far = max(reached, key=lambda row: row.above, default=None)
    high = next((row for row in held if row.kind == "MOUNTAIN"), None) if mountain else None
    return [row.value for row in (far, high) if row is not None and row.value != 1]


def _answer(
    lines: list[dict[str, Any]], active: int, reactive: int, subtotal: int, rate: Decimal, vat: int,
    capacity: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "lines": lines,
        "active_vnd": active,
        **({} if capacity is None else {"capacity_vnd": capacity}),
        "reactive_vnd": reactive,
        "subtotal_vnd": subtotal,
        "vat_rate": float(rate),
        "vat_vnd": vat,
        "total_vnd": subtotal + vat,
    }
