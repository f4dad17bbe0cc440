"""Taking cash: find what is owed, take it, print the receipt, the drawer of the day."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.documents import packs
from motcua.kernel import codes
from motcua.kernel.ids import new_id
from motcua.kernel.local_time import local_date
from motcua.kernel.money import amount_in_words_vi, format_vnd
from motcua.kernel.results import Refused
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import access as payment_access
from motcua.payments import cash, cash_queries
from motcua.payments.cash_queries import ReceiptView
from motcua.requests import queries as request_queries
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.finding import LONGEST, find_contract, find_customers
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 100


@require_safe
@staff_page(*payment_access.CASHIERS)
def home(request: StaffRequest) -> HttpResponse:
    """Who pays what: by payment code, request number, account code, phone or name."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    owed = [
        charge for charge in _meant(text) if charge.is_open and charge.unit_code in request.actor.unit_codes
    ]
    if text:
        company_ops.record_audit(
            actor=request.actor, verb="counter.searched", subject_type="search", subject_id="", at=clock.now(),
            facts={"found": len(owed)},
        )  # fmt: skip
    today = cash_queries.measure_day(request.actor.unit_codes, local_date(clock.now()))
    context = {"search_query": "", "text": text, "lines": lines_of(owed), "today": today}
    return render(request, "counter/cash.html", context)


def _meant(text: str) -> list[ChargeView]:
    """The charges a text may mean."""
    if not text:
        return []
    found = ledger_queries.find_charges_by_code(codes.find_payment_codes(text))
    if number := codes.parse_request_number(text):
        view = request_queries.find_by_number(number)
        found += ledger_queries.list_charges(view.id) if view else []
    if not found:
        for customer in find_customers(text, find_contract(text)):
            for id in customer_queries.list_ids(customer.id):
                found += ledger_queries.list_charges_of_customer(id, open_only=True)
    return list({charge.id: charge for charge in found}.values())


def lines_of(charges: list[ChargeView]) -> list[dict[str, Any]]:
    """Charges as a person tells them apart: what for, whose."""
    views = {
        view.id: view
        for view in request_queries.list_requests([c.request_id for c in charges if c.request_id])
    }
    owners = customer_queries.list_names([c.customer_id for c in charges if c.customer_id])
    return [
        {
            "charge": charge,
            "name": gettext(words.CHARGE_KINDS.get(charge.kind, charge.kind)),
            "number": views[charge.request_id].number if charge.request_id in views else "",
            "owner": owners.get(charge.customer_id, "") if charge.customer_id else "",
        }
        for charge in charges
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*payment_access.CASHIERS)
def take(request: StaffRequest, charge_id: UUID) -> HttpResponse:
    """One charge: how much, from whom; then the receipt."""
    payment_access.access_payment(actor=request.actor, charge_id=charge_id)
    charge = ledger_queries.get_charge(charge_id)
    line = lines_of([charge])[0]
    error, status = "", 200
    payer = request.POST.get("payer_name", line["owner"])[:120]
    if request.method == "POST":
        amount = request.POST.get("amount_vnd", "")
        try:
            receipt = cash.take(
                charge_id=charge_id, amount_vnd=int(amount) if amount.isdecimal() else 0, payer_name=payer,
                unit_code=str(request.user.unit_id),  # type: ignore[union-attr]
                actor=request.actor, at=clock.now(), key=request.POST.get("key", "")[:100],
            )  # fmt: skip
        except Refused as refusal:
            error, status = refused_text(refusal), 409
        else:
            return redirect("counter:receipt", number=receipt.number)
    context = {
        **line, "payer": payer, "error": error, "key": request.POST.get("key") or f"cash:{new_id(clock.now())}",
        "amount_words": amount_in_words_vi(charge.remaining_vnd) if charge.remaining_vnd else "", "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "counter/cash_take.html", context, status=status)


@require_safe
@staff_page(*payment_access.MONEY_ROLES)
def receipt(request: StaffRequest, number: str) -> HttpResponse:
    """One receipt: print it, or strike it."""
    return _receipt_page(request, payment_access.access_receipt(actor=request.actor, number=number))


def _receipt_page(
    request: StaffRequest, here: ReceiptView, *, error: str = "", status: int = 200
) -> HttpResponse:
    names = words.actor_names({here.taken_by, here.voided_by} - {""})
    context = {
        "receipt": here,
        **lines_of([ledger_queries.get_charge(here.charge_id)])[0],
        "amount_words": amount_in_words_vi(here.amount_vnd),
        "taken_by": names.get(here.taken_by, ""),
        "voided_by": names.get(here.voided_by, ""),
        "may_void": not here.voided_at
        and here.business_date == local_date(clock.now())
        and payment_access.may_void(request.actor, here),
        "error": error,
        "typed": request.POST.get("reason", ""),
        "has_errors": bool(error),
    }
    return render(request, "counter/receipt.html", context, status=status)


@require_POST
@staff_page(*payment_access.CASHIERS)
def void(request: StaffRequest, number: str) -> HttpResponse:
    """Give the money back."""
    try:
        cash.void(number=number, reason=request.POST.get("reason", ""), actor=request.actor, at=clock.now())
    except Refused as refusal:
        here = payment_access.access_receipt(actor=request.actor, number=number)
        return _receipt_page(request, here, error=refused_text(refusal), status=409)
    messages.success(
        request, gettext("Đã hủy phiếu thu %(number)s. Hãy trả lại tiền cho khách.") % {"number": number}
    )
    return redirect("counter:receipt", number=number)


@require_safe
@staff_page(*payment_access.MONEY_ROLES)
def receipt_pdf(request: StaffRequest, number: str) -> HttpResponse:
    """The receipt to hand over."""
    here = payment_access.access_receipt(actor=request.actor, number=number)
    return inline(packs.receipt(_for_paper(here)), "application/pdf", here.number)


def _for_paper(here: ReceiptView) -> dict[str, Any]:
    charge = ledger_queries.get_charge(here.charge_id)
    line = lines_of([charge])[0]
    company = company_queries.get_company()
    view = request_queries.find_request(charge.request_id) if charge.request_id else None
    names = words.actor_names({here.taken_by, here.voided_by} - {""})
    told = {
        "company": company.name, "unit": company_queries.unit_names({here.unit_code}).get(here.unit_code, ""),
        "hotline": company.hotline, "number": here.number, "taken_at": packs.instant_words(here.taken_at),
        "payer": here.payer_name, "place": ((view.answers.get("place") or {}).get("text", "") if view else ""),
        "purpose": charge.description or line["name"], "payment_code": charge.payment_code, "request_number": line["number"],
        "amount": format_vnd(here.amount_vnd), "amount_words": amount_in_words_vi(here.amount_vnd),
        "taken_by": names.get(here.taken_by, ""),
    }  # fmt: skip
    if here.amount_vnd == charge.total_vnd:  # of a rest the tax is not said again
        told |= {
            "net": format_vnd(charge.net_vnd),
            "vat": f"{format_vnd(charge.vat_vnd)} ({charge.vat_rate * 100:.0f} %)",
        }
    if here.voided_at:
        told["void_note"] = f"{packs.instant_words(here.voided_at)}: {here.void_reason}"
    return packs.without_blanks(told)


# the drawer


@require_safe
@staff_page(*payment_access.MONEY_ROLES)
def day(request: StaffRequest) -> HttpResponse:
    """A day's receipts of one's units, with what the drawer should hold; as a table or a CSV file."""
    today = local_date(clock.now())
    chosen = min(_read_day(request.GET.get("ngay", ""), today), today)
    units = request.actor.unit_codes
    if request.GET.get("dang") == "csv":
        return _csv(cash_queries.page_day(units, chosen, limit=100_000), chosen)
    after = request.GET.get("sau", "")[:32]
    shown = cash_queries.page_day(units, chosen, limit=PAGE + 1, after=after)
    names = words.actor_names({row.taken_by for row in shown})
    context = {
        "day": chosen, "today": today, "sums": cash_queries.measure_day(units, chosen),
        "rows": [{"receipt": row, "taken_by": names.get(row.taken_by, "")} for row in shown[:PAGE]],
        "next": "?" + urlencode({"ngay": chosen.isoformat(), "sau": shown[PAGE - 1].number}) if len(shown) > PAGE else "",
        "first_url": f"?ngay={chosen.isoformat()}", "is_first": not after,
    }  # fmt: skip
    return render(request, "counter/cash_day.html", context)


def _read_day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _csv(rows: list[ReceiptView], chosen: date) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["number", "taken_at", "unit", "amount_vnd", "payer", "taken_by", "voided_at", "void_reason"]
    )
    for row in rows:
        writer.writerow(
            [row.number, row.taken_at.isoformat(), row.unit_code, row.amount_vnd, _plain(row.payer_name), row.taken_by,
             row.voided_at.isoformat() if row.voided_at else "", _plain(row.void_reason)]
        )  # fmt: skip
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="so-quy-{chosen.isoformat()}.csv"'
    return answer


def _plain(text: str) -> str:
    """Text that a spreadsheet must not take for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
