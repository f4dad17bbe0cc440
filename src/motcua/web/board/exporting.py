"""The lines of a board for spreadsheets: with the sums beside the figures, so that anyone may count again."""

from __future__ import annotations

import csv
from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from motcua.config import clock
from motcua.kernel.local_time import local_date, to_local
from motcua.reports import queries as report_queries
from motcua.reports.definitions import FIGURES, MEASURES
from motcua.web.board import choosing, showing
from motcua.web.board.choosing import Choice
from motcua.web.board.viewing import BoardRequest, board_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would work out what begins so
WIDEST = 60


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _rows(choice: Choice) -> list[tuple[str, str, report_queries.Row]]:
    """Code, name and figures of each line."""
    rows = choosing.lines_of(choice)
    names = showing.names_of(choice.by, [row.key for row in rows], choice)
    return [
        (
            row.key.isoformat()[:7] if choice.by == "month" else str(row.key),
            str(names.get(row.key, row.key) or gettext("Không rõ")),
            row,
        )
        for row in rows
    ]


def _name(choice: Choice, ending: str) -> str:
    about = choice.company_code.lower() or "evn"
    return f"motcua-{about}-{choice.window.start:%Y%m%d}-{choice.window.last:%Y%m%d}.{ending}"


def _attached(content: bytes | str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_GET
@board_page()
def as_csv(request: BoardRequest) -> HttpResponse:
    choice = choosing.read(request, local_date(clock.now()))
    response = _attached("\ufeff", "text/csv; charset=utf-8", _name(choice, "csv"))
    writer = csv.writer(response)
    writer.writerow([choice.by, "name", *(figure.code for figure in FIGURES), *MEASURES])
    for code, name, row in _rows(choice):
        values = (row.figures[figure.code] for figure in FIGURES)
        figures = ["" if value is None else round(value, 4) for value in values]
        writer.writerow([safe(code), safe(name), *figures, *(row.sums.get(name, 0) for name in MEASURES)])
    return response


@require_GET
@board_page()
def as_xlsx(request: BoardRequest) -> HttpResponse:
    """The same as a workbook: figures, what they mean, what was chosen."""
    from openpyxl import Workbook

    choice = choosing.read(request, local_date(clock.now()))
    book = Workbook()
    lines = book.active
    assert lines is not None
    lines.title = gettext("Số liệu")
    _fill_lines(lines, choice)
    _fill(
        book.create_sheet(gettext("Cách tính")),
        [
            gettext("Mã"), gettext("Chỉ tiêu"), gettext("Đơn vị tính"), gettext("Cách tính"), gettext("Tử số"), gettext("Mẫu số"),
            gettext("Kỳ tính theo"), gettext("Nguồn"), gettext("Quy tắc"),
        ],
        [_meaning(figure, choice) for figure in FIGURES],
    )  # fmt: skip
    _fill(
        book.create_sheet(gettext("Đã chọn")), [gettext("Mục"), gettext("Giá trị")], _chosen(request, choice)
    )
    out = BytesIO()
    book.save(out)
    return _attached(out.getvalue(), XLSX, _name(choice, "xlsx"))


def _fill_lines(sheet: Any, choice: Choice) -> None:
    heads = [
        gettext("Mã"), gettext(choosing.BY_COMPANY[choice.by]),
        *(f"{gettext(f.name)} ({gettext(f.unit)})" for f in FIGURES), *(gettext(m.name) for m in MEASURES.values()),
    ]  # fmt: skip
    rows = [
        [code, name, *(row.figures[f.code] for f in FIGURES), *(row.sums.get(m, 0) for m in MEASURES)]
        for code, name, row in _rows(choice)
    ]
    formats = ["@", "@", *("#,##0" + ("." + "0" * f.digits if f.digits else "") for f in FIGURES), *("#,##0" for _ in MEASURES)]  # fmt: skip
    _fill(sheet, heads, rows, formats)


def _meaning(figure: Any, choice: Choice) -> list[Any]:
    told = showing.definition_of(figure, None, choice.window.start)
    rule = told["rule"]
    return [
        told["code"], told["name"], told["unit"], told["definition"], told["numerator_name"], told["denominator_name"],
        told["period"], ", ".join(told["events"]), f"{rule['from']:%d/%m/%Y}: {rule['text']} ({rule['source']})" if rule else "",
    ]  # fmt: skip


def _chosen(request: BoardRequest, choice: Choice) -> list[list[Any]]:
    lines = [
        [gettext("Tổng công ty"), showing.company_name(request.company)],
        [gettext("Kỳ"), choosing.window_name(choice)],
        [gettext("Từ ngày"), f"{choice.window.start:%d/%m/%Y}"],
        [gettext("Đến hết ngày"), f"{choice.window.last:%d/%m/%Y}"],
    ]
    lines += [[item["label"], item["text"]] for item in showing.filters_of(choice)]
    return [*lines, [gettext("Lập lúc"), f"{to_local(clock.now()):%H:%M %d/%m/%Y}"]]


def _fill(sheet: Any, heads: list[str], rows: list[list[Any]], formats: list[str] | None = None) -> None:
    """A table with a head that stays; text is written as text, whatever it begins with."""
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for line, values in enumerate([heads, *rows], start=1):
        for column, value in enumerate(values, start=1):
            cell: Cell = sheet.cell(row=line, column=column, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
            if line == 1:
                cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
            elif formats and formats[column - 1] != "@":
                cell.number_format = formats[column - 1]
            else:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2" if formats else "A2"
    for column in range(1, len(heads) + 1):
        longest = max((len(str(row[column - 1] or "")) for row in rows), default=8)
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, max(12, longest + 2))
