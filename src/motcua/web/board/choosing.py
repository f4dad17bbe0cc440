"""What somebody chose to look at: a window, filters, a dimension line by line, a figure; read from the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext

from motcua.companies.models import CompanyKind
from motcua.kernel.results import gettext_noop as _
from motcua.reports import definitions, rules
from motcua.reports import queries as report_queries
from motcua.reports.rules import Window
from motcua.web.names import BY

MONTH, YEAR, DAYS = "thang", "nam", "khoang"
SPANS = {MONTH: _("Theo tháng"), YEAR: _("Từ đầu năm"), DAYS: _("Khoảng ngày")}
BY_COMPANY = {"company_code": _("Tổng công ty"), **BY}
KEEPS = ("ky", "thang", "tu", "den", "theo", "chi-tieu", "sau", *report_queries.DIMENSIONS)
OLDEST = date(2000, 1, 1)
LONGEST_BY_DAY = 62


@dataclass(frozen=True)
class Choice:
    """A selection. `errors`: what was typed wrongly, by field; the page shows the month instead and keeps what was typed."""

    window: Window
    span: str
    month: date
    typed: Mapping[str, str]
    filters: Mapping[str, str]
    by: str
    figure: definitions.Figure
    today: date
    is_group: bool
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def company_code(self) -> str:
        """The company looked at; empty for the country."""
        return self.filters.get("company_code", "")

    @property
    def unit_code(self) -> str:
        return self.filters.get("unit_code", "")

    @property
    def is_whole(self) -> bool:
        """Whether a whole company, unit or the country is looked at: what targets and published figures are about."""
        return not set(self.filters) - {"company_code", "unit_code"}

    @property
    def before(self) -> Window:
        """What to compare with: the month before, the same months last year, as many days before."""
        if self.span == MONTH:
            return Window.month(self.window.start - timedelta(days=1))
        if self.span == YEAR:
            return Window(*(day.replace(year=day.year - 1) for day in (self.window.start, self.window.end)))
        return Window(self.window.start - timedelta(days=self.window.days), self.window.start)

    @property
    def trend_window(self) -> Window:
        """The twelve months up to the month, the year, or the days themselves."""
        if self.span == MONTH:
            return Window(shift(self.month, -11), self.window.end)
        if self.span == YEAR:
            return Window(self.window.start, self.window.start.replace(year=self.window.start.year + 1))
        return self.window

    @property
    def trend_by_day(self) -> bool:
        return self.span == DAYS and self.window.days <= LONGEST_BY_DAY

    def link(self, **changes: str) -> str:
        """The same with changes ("" leaves one out)."""
        told = {**self.typed, **changes}
        return "?" + urlencode({name: value for name, value in told.items() if value})


def read(request: HttpRequest, today: date) -> Choice:
    """The choice in the address; what makes no sense falls back to this month with a word beside its field."""
    company = request.company  # type: ignore[attr-defined]
    is_group = company.kind == CompanyKind.GROUP
    typed = {name: request.GET.get(name, "")[:100] for name in KEEPS if request.GET.get(name)}
    filters = {name: typed[name] for name in report_queries.DIMENSIONS if name != "month" and name in typed}
    if not is_group:
        filters["company_code"] = company.code
    month = read_month(typed.get("thang", "")) or today.replace(day=1)
    span = typed.get("ky", MONTH)
    errors: dict[str, str] = {}
    window = Window.month(month)
    if span == YEAR:
        window = Window.year_to_date(month)
    elif span == DAYS:
        chosen, errors = _days(typed)
        window = chosen or window
    dimensions = BY_COMPANY if is_group else BY
    by = typed.get("theo", "")
    return Choice(
        window, span if span in SPANS else MONTH, month, typed, filters, by if by in dimensions else next(iter(dimensions)),
        definitions.BY_CODE.get(typed.get("chi-tieu", ""), definitions.FIGURES[0]), today, is_group, errors,
    )  # fmt: skip


def read_month(text: str) -> date | None:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if OLDEST <= month <= date(2200, 1, 1) else None


def _days(typed: Mapping[str, str]) -> tuple[Window | None, dict[str, str]]:
    errors: dict[str, str] = {}
    found: dict[str, date] = {}
    for name in ("tu", "den"):
        try:
            found[name] = date.fromisoformat(typed.get(name, ""))
        except ValueError:
            errors[name] = gettext("Hãy chọn một ngày.")
            continue
        if not OLDEST <= found[name] <= date(2200, 1, 1):
            errors[name] = gettext("Hãy chọn một ngày.")
    if not errors and found["den"] < found["tu"]:
        errors["den"] = gettext("Ngày cuối phải sau ngày đầu.")
    return (None if errors else Window(found["tu"], found["den"] + timedelta(days=1))), errors


def shift(month: date, by: int) -> date:
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def window_name(choice: Choice) -> str:
    """The window in words."""
    if choice.span == YEAR:
        return gettext("lũy kế đến %(to)s") % {"to": f"{choice.month:%m/%Y}"}
    if choice.span == DAYS and not choice.errors:
        told = {"start": f"{choice.window.start:%d/%m/%Y}", "end": f"{choice.window.last:%d/%m/%Y}"}
        return gettext("từ %(start)s đến %(end)s") % told
    return gettext("tháng %(m)s") % {"m": f"{choice.month:%m/%Y}"}


def before_name(choice: Choice) -> str:
    """What it is compared with, in words."""
    if choice.span == MONTH:
        return gettext("tháng %(m)s") % {"m": f"{choice.before.start:%m/%Y}"}
    if choice.span == YEAR:
        return gettext("cùng kỳ năm %(year)s") % {"year": choice.before.start.year}
    return gettext("%(days)s ngày trước đó") % {"days": choice.before.days}


def lines_of(choice: Choice) -> list[report_queries.Row]:
    return report_queries.board(by=choice.by, window=choice.window, filters=choice.filters)


def trend_of(choice: Choice) -> list[report_queries.Row]:
    """The rows of the trend, with a row of nothing where nothing happened up to today."""
    window = choice.trend_window
    if choice.trend_by_day:
        rows = report_queries.by_day(window=window, filters=choice.filters)
        keys = [window.start + timedelta(days=n) for n in range(window.days)]
    else:
        rows = report_queries.board(by="month", window=window, filters=choice.filters)
        keys, month = [], window.start.replace(day=1)
        while month < window.end:
            keys.append(month)
            month = rules.next_month(month)
    known: dict[Any, report_queries.Row] = {row.key: row for row in rows}
    return [
        known.get(key) or report_queries.row_of(key, {})
        for key in keys
        if key <= choice.today or key in known
    ]
