"""What meters showed: a sheet of readings looked at or taken in, and the readings of one account."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from motcua.config import clock
from motcua.kernel.sheets import SheetUnreadable
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply import reading_sheets
from motcua.supply.operations import ReadingFault
from motcua.web.money import sections
from motcua.web.staff_pages import StaffRequest, staff_page

LARGEST_SHEET = 20 * 1024 * 1024
FAULTS_SHOWN = 200
READINGS_SHOWN = 60
SOURCES = {"SHEET": _("Ghi định kỳ"), "RECHECK": _("Phúc tra (đọc lại)")}
UNREADABLE = {
    "EMPTY": _("Tệp không có dòng nào."),
    "OLD_XLS": _("Tệp .xls đời cũ. Hãy lưu thành .xlsx hoặc CSV UTF-8 rồi nhập lại."),
    "NOT_XLSX": _("Không mở được tệp .xlsx này."),
    "ENCODING": _("Chữ trong tệp không phải UTF-8 hay Windows-1258. Hãy lưu thành .xlsx hoặc CSV UTF-8."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def readings(request: StaffRequest) -> HttpResponse:
    """Readings from CSV or Excel: looked at, or taken in. The same sheet again writes nothing twice."""
    context: dict[str, Any] = {
        "headers": reading_sheets.TEMPLATE,
        "sources": SOURCES.items(),
        "source": "SHEET",
    }
    if request.method == "POST":
        is_done = _take(request, context)
        if is_done:
            text = ngettext("Đã nhập %(n)d chỉ số.", "Đã nhập %(n)d chỉ số.", context["done"].new)
            messages.success(request, text % {"n": context["done"].new})
            return redirect("money:readings")
    else:
        _look_up(request, context)
    return render(request, "money/readings.html", context, status=422 if "error" in context else 200)


@require_safe
@staff_page(*sections.MONEY)
def template(request: StaffRequest) -> HttpResponse:
    """An empty sheet with the headers and one row to write over."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(reading_sheets.TEMPLATE)
    writer.writerow(reading_sheets.EXAMPLE)
    response = HttpResponse("\ufeff" + kept.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="chi-so.csv"'
    return response


def _take(request: StaffRequest, context: dict[str, Any]) -> bool:
    """Read the sheet and take what can be taken; what was found goes into the context. True: all of it is in."""
    file = request.FILES.get("tep")
    source = request.POST.get("nguon", "SHEET")
    context["source"] = source if source in SOURCES else "SHEET"
    if file is None or not file.size or file.size > LARGEST_SHEET:
        context["error"] = gettext("Hãy chọn một tệp CSV hoặc Excel, không quá 20 MB.")
        return False
    dry_run = request.POST.get("viec") != "nhap"
    try:
        sheet = reading_sheets.read(io.BytesIO(file.read()))
    except SheetUnreadable as error:
        context["error"] = str(UNREADABLE[error.code])
        return False
    done = supply_ops.take_readings(
        readings=sheet.readings, source=context["source"], unit_codes=request.actor.unit_codes, actor=request.actor,
        at=clock.now(), dry_run=dry_run,
    )  # fmt: skip
    faults = sorted([*sheet.faults, *done.faults], key=lambda fault: fault.row_no)
    context |= {
        "sheet": sheet, "done": done, "is_dry": dry_run, "count": len(faults), "more": max(0, len(faults) - FAULTS_SHOWN),
        "faults": [_told(fault) for fault in faults[:FAULTS_SHOWN]],
    }  # fmt: skip
    return not dry_run and not faults


def _told(fault: ReadingFault) -> tuple[int, str, str]:
    return fault.row_no, fault.register, gettext(fault.problem.message) % fault.problem.facts


def _look_up(request: StaffRequest, context: dict[str, Any]) -> None:
    """The readings of one account, where it is of the units within reach."""
    context["account"] = account = request.GET.get("ma", "").strip()
    if not account:
        return
    contract = supply_queries.find_contract(account)
    if contract is None or contract.unit_code not in request.actor.unit_codes:
        context["unknown"] = True
        return
    context["contract"] = contract
    context["shown"] = supply_queries.list_readings(contract.account_code, limit=READINGS_SHOWN)
