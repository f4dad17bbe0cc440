"""The books: what reports there are, each as page, CSV and paper; one booking with all that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.ledger import books as ledger_books
from motcua.ledger import closing, exporting, sealed
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import LedgerTransaction
from motcua.web import words
from motcua.web.money import book_sheets
from motcua.web.money.books_pages import books_page, read_period
from motcua.web.money.sheets import Sheet, as_csv, as_paper, safe
from motcua.web.staff_pages import StaffRequest


@dataclass(frozen=True)
class Report:
    """A report: what it is called, what it tells, how its rows are found; whether it is one day's."""

    slug: str
    title: Any
    text: Any
    icon: str
    find: Callable[[StaffRequest, date, date], Sheet]
    is_of_a_day: bool = False


REPORTS = {
    report.slug: report
    for report in (
        Report("can-doi", _("Bảng cân đối phát sinh"), _("Số dư đầu, phát sinh, số dư cuối của từng tài khoản"), "chart", book_sheets.trial_balance),
        Report("nhat-ky", _("Nhật ký chung"), _("Từng bút toán của một ngày"), "tasks", book_sheets.day_book, is_of_a_day=True),
        Report("so-cai", _("Sổ cái tài khoản"), _("Từng dòng của một tài khoản, mở ra được bút toán"), "doc", book_sheets.account_ledger),
        Report("thu-theo-kenh", _("Tiền thu theo ngân hàng và kênh"), _("Tiền vào, tiền ra, còn lại ở từng nơi"), "money", book_sheets.receipts),
        Report("chenh-lech", _("Chênh lệch và tiền treo"), _("Những gì chưa về không, và từ bao giờ"), "eye", book_sheets.differences, is_of_a_day=True),
        Report("dat-coc", _("Tiền đặt cọc"), _("Giữ đầu kỳ, nộp, trả, giữ cuối kỳ; đối với tài khoản 344"), "money", book_sheets.deposits),
        Report("lai-cham-tra", _("Lãi chậm trả"), _("Đã tính, đã thu, còn phải thu; đối với tài khoản 515"), "clock", book_sheets.interest),
        Report("thue", _("Thuế GTGT đầu ra"), _("Theo thuế suất và loại khoản, đối với tài khoản 33311"), "doc", book_sheets.vat_return),
    )
}  # fmt: skip


@require_safe
@books_page
def books(request: StaffRequest) -> HttpResponse:
    """What can be read and what is to be closed."""
    today = local_date(clock.now())
    open_days = [day for day in closing.list_open_days(today - timedelta(days=60), today) if day < today]
    asked = [period for period in closing.list_periods(today - timedelta(days=400), today) if period.is_asked]
    context = {
        "reports": [(report, reverse("money:book", args=[report.slug])) for report in REPORTS.values()],
        "open_days": open_days[:31], "open_count": len(open_days), "asked": asked, "seal": sealed.find_last(),
        "unsealed": sealed.count_unsealed(), "first": today.replace(day=1), "today": today,
    }  # fmt: skip
    return render(request, "money/books.html", context)


@require_safe
@books_page
def book(request: StaffRequest, slug: str) -> HttpResponse:
    """One report of a period, in the form that is asked for."""
    report = REPORTS.get(slug)
    if report is None:
        raise Http404
    first, last = read_period(request)
    if report.find is book_sheets.day_book and not request.GET.get("den"):
        last = ledger_books.last_booked_day(last) or last
    with ledger_books.at_one_moment():
        sheet = report.find(request, first, last)
    if request.GET.get("dang") == "csv":
        return as_csv(sheet)
    if request.GET.get("dang") == "pdf":
        return as_paper(request, sheet)
    asked = {name: request.GET[name] for name in ("tk",) if request.GET.get(name)}
    query = urlencode({"tu": first.isoformat(), "den": last.isoformat()} | asked)
    context = {
        "sheet": sheet, "is_of_a_day": report.is_of_a_day, "first": first, "last": last, "query": query, "asked": asked,
        "accounts": [(line.code, book_sheets.account_name(line.code, line.name)) for line in exporting.list_mapping()]
        if slug == "so-cai" else [],
    }  # fmt: skip
    return render(request, "money/book.html", context)


@require_safe
@books_page
def booking(request: StaffRequest, transaction_id: UUID) -> HttpResponse:
    """One booking: its legs, what it is for, what else was booked for the same, what undoes it."""
    row = LedgerTransaction.objects.filter(id=transaction_id).first()
    if row is None:
        raise Http404
    charge = ledger_queries.find_charge(row.charge_id) if row.charge_id else None
    view = ledger_queries.get_transaction(transaction_id)
    context = {
        "booking": view, "row": row, "charge": charge, "kind": book_sheets.kind_name(row.kind),
        "charge_kind": gettext(words.CHARGE_KINDS.get(charge.kind, charge.kind)) if charge else "",
        "others": [(one, book_sheets.kind_name(one.kind)) for one in ledger_queries.list_transactions(charge.id)] if charge else [],
        "legs": [(leg, leg.amount_vnd if leg.side == "D" else None, leg.amount_vnd if leg.side == "C" else None) for leg in view.postings],
        "actor": words.actor_names({row.actor}).get(row.actor, row.actor),
        "day": row.business_date,
    }  # fmt: skip
    return render(request, "money/booking.html", context)


@require_safe
@books_page
def export(request: StaffRequest) -> StreamingHttpResponse:
    """The bookings of a period for accounting software: pairs of accounts, or a day's sums (`muc=tong-hop`)."""
    first, last = read_period(request)
    summed = request.GET.get("muc") == "tong-hop"
    lines = _sums(first, last) if summed else _pairs(first, last)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"but-toan-{first:%Y%m%d}-{last:%Y%m%d}{'-tong-hop' if summed else ''}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _line(*values: str | int | date) -> str:
    said = (value.isoformat() if isinstance(value, date) else str(safe(value)) for value in values)
    return ",".join('"' + one.replace('"', '""') + '"' for one in said) + "\r\n"


def _pairs(first: date, last: date) -> Any:
    yield "\ufeff" + _line(*exporting.HEAD)
    for pair in exporting.export(first, last):
        yield _line(
            pair.day,
            pair.number,
            pair.kind,
            pair.text,
            pair.debit,
            pair.credit,
            pair.amount_vnd,
            pair.reference,
        )


def _sums(first: date, last: date) -> Any:
    yield "\ufeff" + _line("date", "account", "debit_vnd", "credit_vnd")
    for line in exporting.export_sums(first, last):
        yield _line(*line)
