"""A report as rows and columns, whatever it is about; shown as a page, a CSV file or a paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from motcua.companies import queries as company_queries
from motcua.documents import packs
from motcua.kernel.money import format_number
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would work out what begins so
MOST_ON_PAPER = 2000


@dataclass(frozen=True)
class Column:
    title: str
    is_number: bool = False


@dataclass(frozen=True)
class Cell:
    """A value that leads somewhere."""

    value: str | int
    href: str = ""


Value = str | int | Cell


@dataclass(frozen=True)
class Sheet:
    """A report. `total` is its last row; `notes` stand under it; `warning` above it; `next_url` is the rest."""

    slug: str
    title: str
    period: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] = ()
    notes: tuple[str, ...] = ()
    warning: str = ""
    next_url: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> list[list[dict[str, Any]]]:
        """The rows as the page shows them."""
        return [self._line(row) for row in self.rows]

    @property
    def shown_total(self) -> list[dict[str, Any]]:
        return self._line(self.total)

    def _line(self, row: Sequence[Value]) -> list[dict[str, Any]]:
        return [
            {"text": _text(value), "href": value.href if isinstance(value, Cell) else "", "column": column}
            for value, column in zip(row, self.columns, strict=False)
        ]


def _plain(value: Value) -> str | int:
    return value.value if isinstance(value, Cell) else value


def _text(value: Value) -> str:
    plain = _plain(value)
    return format_number(plain) if isinstance(plain, int) else plain


def safe(value: str | int) -> str | int:
    """A value that no spreadsheet takes for a formula; a number stays one."""
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def as_csv(sheet: Sheet) -> HttpResponse:
    """The rows and the total, with whole numbers."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow([column.title for column in sheet.columns])
    for row in [*sheet.rows, *([sheet.total] if sheet.total else [])]:
        writer.writerow([safe(_plain(value)) for value in row])
    answer = HttpResponse("\ufeff" + kept.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{sheet.slug}.csv"'
    return answer


def as_paper(request: StaffRequest, sheet: Sheet) -> HttpResponse:
    """The same on paper, to be signed; of very long ones the first part, which says so."""
    company = company_queries.get_company()
    rows = [[_text(value) for value in row] for row in sheet.rows[:MOST_ON_PAPER]]
    notes = list(sheet.notes)
    if len(sheet.rows) > MOST_ON_PAPER:
        notes.append(f"Chỉ in {MOST_ON_PAPER} dòng đầu; tải CSV để có đủ.")
    told = {
        "company": company.name, "unit": "", "hotline": company.hotline, "heading": sheet.title, "period": sheet.period,
        "columns": [{"title": column.title, "is_number": column.is_number} for column in sheet.columns], "rows": rows,
        "total": [_text(value) for value in sheet.total], "notes": notes, "made_by": str(getattr(request.user, "name", "")),
    }  # fmt: skip
    return inline(packs.book_sheet(told), "application/pdf", sheet.slug)
