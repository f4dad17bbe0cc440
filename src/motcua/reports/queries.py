"""Reads of the board: figures by dimension and window, and the cases behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, When

from motcua.kernel.local_time import day_bounds
from motcua.reports import definitions, rules
from motcua.reports.models import RollUp
from motcua.requests.models import Request
from motcua.requests.states import Reception, State

DIMENSIONS = ("company_code", "month", "unit_code", "province_code", "service_code", "channel", "reception")


@dataclass(frozen=True)
class Window:
    """Whole months, from the first day of the first to the first day after the last."""

    start: date
    end: date

    @classmethod
    def month(cls, day: date) -> Window:
        first = day.replace(day=1)
        return cls(first, next_month(first))

    @classmethod
    def year_to_date(cls, day: date) -> Window:
        return cls(day.replace(month=1, day=1), next_month(day.replace(day=1)))


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


@dataclass(frozen=True)
class Row:
    """One line of a board: the value of the dimension, the sums, the figures by code."""

    key: Any
    sums: Mapping[str, int]
    figures: Mapping[str, float | None] = field(default_factory=dict)


def _sums() -> dict[str, Sum]:
    indirect = Case(
        When(reception=Reception.INDIRECT, then=F("received")), default=0, output_field=IntegerField()
    )
    return {
        **{f"sum_{name}": Sum(name, default=0) for name in rules.MEASURES},
        "sum_received_indirect": Sum(indirect, default=0),
    }


def _row(key: Any, values: Mapping[str, Any]) -> Row:
    sums = {name.removeprefix("sum_"): int(values[name] or 0) for name in values if name.startswith("sum_")}
    return Row(key, sums, {f.code: definitions.value_of(f, sums) for f in definitions.FIGURES})


def _chosen(window: Window, filters: Mapping[str, Any]) -> QuerySet[RollUp]:
    known = {name: value for name, value in filters.items() if name in DIMENSIONS and value not in (None, "")}
    return RollUp.objects.filter(month__gte=window.start, month__lt=window.end, **known)


def total(*, window: Window, filters: Mapping[str, Any]) -> Row:
    """The figures of everything in the window that the filters let through (dimension: value)."""
    return _row(None, _chosen(window, filters).aggregate(**_sums()))


def board(*, by: str, window: Window, filters: Mapping[str, Any]) -> list[Row]:
    """The figures line by line of one dimension, the most received first (months in their order).

    Raises KeyError for an unknown dimension.
    """
    if by not in DIMENSIONS:
        raise KeyError(by)
    rows = _chosen(window, filters).values(by).annotate(**_sums())
    lines = [_row(row[by], row) for row in rows]
    if by == "month":
        return sorted(lines, key=lambda line: line.key)
    return sorted(lines, key=lambda line: (-line.sums["received"], str(line.key)))


def cases(*, figure: str, window: Window, filters: Mapping[str, Any]) -> QuerySet[Request]:
    """The requests behind a figure of the company worked for: those of its denominator, or of the count itself.

    Newest first, by key (submitted_at, id). Raises KeyError for an unknown figure.
    """
    chosen = definitions.BY_CODE[figure]
    measure = chosen.denominator or chosen.numerator
    start, end = day_bounds(window.start)[0], day_bounds(window.end)[0]
    dimensions = {
        name: value
        for name, value in filters.items()
        if name in DIMENSIONS and name not in {"company_code", "month"} and value not in (None, "")
    }
    return Request.objects.filter(_in_measure(measure, start, end), **dimensions).order_by(
        "-submitted_at", "id"
    )


def _in_measure(measure: str, start: datetime, end: datetime) -> Q:
    if measure == "received":
        return Q(submitted_at__gte=start, submitted_at__lt=end)
    if measure == "energised":
        return Q(energised_at__gte=start, energised_at__lt=end)
    closed = Q(closed_at__gte=start, closed_at__lt=end)
    if measure == "rated":
        return closed & Q(state=State.SETTLED, rating__isnull=False)
    return closed & Q(
        state={"settled": State.SETTLED, "rejected": State.REJECTED, "cancelled": State.CANCELLED}[measure]
    )
