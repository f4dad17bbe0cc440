"""The book's prices as temporary tables, for the set-based twin of rating (`set_rating`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from motcua.billing.rules.rating import VAT_KIND
from motcua.tariffs.book import Basis, Part, PriceBook, PriceSpan, ReliefRow

FOREVER = date(9999, 12, 31)
Row = tuple[Any, ...]

TABLES = ("span", "price", "relief", "lent", "lack", "reactive", "vat")
PRICE_TABLES = """
CREATE TEMPORARY TABLE rating_span (
    span_id int PRIMARY KEY, customer_group text, voltage text, area text, valid_from date, valid_to date,
    has_tiers boolean, has_hours boolean, has_undeclared boolean, has_capacity boolean, has_lack boolean
) ON COMMIT DROP;
CREATE TEMPORARY TABLE rating_price (
    span_id int, part text, tier int, width_kwh bigint, price_vnd bigint, decision text, is_plain boolean
) ON COMMIT DROP;
CREATE TEMPORARY TABLE rating_relief (
    position int, span_id int, customer_group text, area text, valid_from date, valid_to date, tiers_to int,
    from_kwh bigint, to_kwh bigint, percent_hundredths bigint, code text, price_group text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE rating_lent (span_id int, price_group text, part text, price_vnd bigint, decision text) ON COMMIT DROP;
CREATE TEMPORARY TABLE rating_lack (span_id int, valid_from date, valid_to date) ON COMMIT DROP;
CREATE TEMPORARY TABLE rating_reactive (
    cosphi_hundredths int, percent_hundredths bigint, valid_from date, valid_to date
) ON COMMIT DROP;
CREATE TEMPORARY TABLE rating_vat (millionths bigint, valid_from date, valid_to date) ON COMMIT DROP
"""


def stage_prices(cursor: Any, book: PriceBook) -> None:
    """The book's prices as tables, of the groups, voltages and areas that are staged."""
    cursor.execute(PRICE_TABLES)
    cursor.execute("SELECT DISTINCT customer_group, voltage, area FROM rating_case")
    tables = {**_of_spans(book, cursor.fetchall()), "reactive": _reactive(book), "vat": _vat(book)}
    for name in TABLES:
        with cursor.copy(f"COPY rating_{name} FROM STDIN") as copy:
            for staged in tables[name]:
                copy.write_row(staged)


def _of_spans(book: PriceBook, places: Iterable[tuple[str, str, str]]) -> dict[str, list[Row]]:
    """What hangs on the spans of these groups, voltages and areas, by table; a span's number is its place."""
    spans: list[Row] = []
    prices: list[Row] = []
    lent: list[Row] = []
    lacks: list[Row] = []
    by_month = [row for row in book.reliefs if row.basis is Basis.BILL_MONTH]
    reliefs: list[Row] = [(place, None, *_relief(row)) for place, row in enumerate(by_month)]
    for group, voltage, area in places:
        ours = [row for row in by_month if row.customer_group == group and row.area in ("", area)]
        for span in book.spans(group, voltage, area):
            span_id = len(spans)
            found = _lacks(span_id, span, ours)
            spans.append(
                (span_id, group, voltage, area, span.valid_from, span.valid_to or FOREVER, bool(span.tiers), span.has_hours,
                 Part.UNDECLARED in span.by_part, span.has_capacity, bool(found))
            )  # fmt: skip
            prices += _prices(span_id, span)
            lent += _lent(span_id, span)
            lacks += found
            reliefs += [(len(reliefs) + i, span_id, *_relief(row)) for i, row in enumerate(span.reliefs)]
    return {"span": spans, "price": prices, "relief": reliefs, "lent": lent, "lack": lacks}


def _prices(span_id: int, span: PriceSpan) -> list[Row]:
    plain = Part.ONE if Part.ONE in span.by_part else Part.NORMAL
    return [
        (span_id, price.part.value, price.tier, price.width_kwh, price.price_vnd, price.decision, price.part is plain)
        for price in (*span.tiers, *span.by_part.values())
    ]  # fmt: skip


def _lent(span_id: int, span: PriceSpan) -> list[Row]:
    return [
        (span_id, name, part.value, price.price_vnd, price.decision)
        for name, by_part in span.lent.items()
        for part, price in by_part.items()
    ]


def _reactive(book: PriceBook) -> list[Row]:
    return [
        (int(row.cosphi * 100), int(row.percent * 100), row.valid_from, row.valid_to or FOREVER)
        for row in book.reactive
    ]


def _vat(book: PriceBook) -> list[Row]:
    return [
        (int(row.value * 1_000_000), row.valid_from, row.valid_to or FOREVER)
        for row in book.rates
        if row.kind == VAT_KIND
    ]


def _lacks(span_id: int, span: PriceSpan, by_month: Iterable[ReliefRow]) -> list[Row]:
    """The billing months for which a relief lends prices that the other group does not have at this voltage."""
    months = [(row, row.valid_from, row.valid_to) for row in by_month]
    always = [(row, date.min, None) for row in span.reliefs]
    return [
        (span_id, since, until or FOREVER)
        for row, since, until in [*months, *always]
        if row.price_group and not span.lends(row.price_group)
    ]


def _relief(row: ReliefRow) -> Row:
    return (
        row.customer_group,
        row.area,
        row.valid_from,
        row.valid_to or FOREVER,
        row.tiers_to,
        row.from_kwh,
        row.to_kwh,
        int(row.percent * 100),
        row.code,
        row.price_group,
    )
