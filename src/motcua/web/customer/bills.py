"""The customer's bills: all of them, one explained, one worked out again, and its papers."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from motcua.billing import access
from motcua.billing.access import Reach, Seen
from motcua.billing.einvoice import queries as invoice_queries
from motcua.billing.queries import BillView
from motcua.config import clock
from motcua.kernel import codes
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound
from motcua.supply import queries as supply_queries
from motcua.web import bill_papers, bills
from motcua.web.customer.mine import of_person
from motcua.web.slips import inline
from motcua.web.visitors import Visitor

PAGE = 12


@require_safe
@of_person
def listed(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every bill this person may see: those that wait to be paid first, then the rest by month."""
    today = local_date(clock.now())
    reach = access.reach_of_actor(visitor.actor, on=today)
    chosen = codes.clean_account_code(request.GET.get("ma", "")[:40])
    context: dict[str, Any] = {"account": chosen, "is_known": visitor.customer_id is not None}
    if reach is not None:
        before = _place(request.GET.get("truoc", ""))
        waiting = access.list_open(reach, account_code=chosen)
        found = access.list_seen(
            reach, account_code=chosen, limit=PAGE + 1, before=before, without=[bill.id for bill in waiting]
        )
        hides = {bill.id for bill in found if not reach.sees_money_of(bill)}
        context |= {
            "accounts": _accounts(reach, chosen),
            "waiting": [] if before else bills.lines_of(waiting, today),
            "lines": bills.lines_of(found[:PAGE], today, hides=hides),
            "older": _older(chosen, found[PAGE - 1]) if len(found) > PAGE else "",
            "newer": f"?{urlencode({'ma': chosen})}" if before and chosen else "?" if before else "",
        }
        context["owed_vnd"] = sum(line["standing"].remaining_vnd for line in context["waiting"])
    return render(request, "customer/bills.html", context)


def _accounts(reach: Reach, chosen: str) -> list[dict[str, Any]]:
    """What one may choose between, when there is more than one account."""
    if len(reach.accounts) < 2:
        return []
    contracts = supply_queries.find_contracts(reach.accounts)
    return [
        {
            "code": code,
            "place": contracts[code].place_text if code in contracts else "",
            "is_here": code == chosen,
        }
        for code in reach.accounts
    ]


def _older(chosen: str, last: BillView) -> str:
    told = {"truoc": f"{last.billing_month:%Y-%m}_{last.id}"} | ({"ma": chosen} if chosen else {})
    return f"?{urlencode(told)}"


def _place(told: str) -> tuple[date, UUID] | None:
    """Behind which bill the page begins; the first page for what is no such place."""
    month, _bar, id = told.partition("_")
    bill_id = parse_id(id)
    try:
        return (date.fromisoformat(f"{month}-01"), bill_id) if bill_id else None
    except ValueError:
        return None


def _seen(visitor: Visitor, bill_id: UUID) -> Seen:
    return access.access_bill(actor=visitor.actor, bill_id=bill_id, on=local_date(clock.now()))


@require_safe
@of_person
def bill(request: HttpRequest, visitor: Visitor, bill_id: UUID) -> HttpResponse:
    """One bill, explained; its e-invoice to keep, once it is signed."""
    page = bills.page_of(_seen(visitor, bill_id), clock.now())
    invoice = invoice_queries.find_invoice_of_bill(bill_id)
    return render(
        request,
        "customer/bill.html",
        page | {"invoice": invoice if invoice and invoice.may_be_given else None},
    )


@require_safe
@of_person
def invoice_file(request: HttpRequest, visitor: Visitor, bill_id: UUID) -> HttpResponse:
    """The signed e-invoice, byte for byte."""
    seen, invoice = _seen(visitor, bill_id), invoice_queries.find_invoice_of_bill(bill_id)
    content = (
        invoice_queries.read_content(invoice.id) if invoice is not None and invoice.may_be_given else None
    )
    if invoice is None or content is None or not seen.with_money:
        raise NotFound(field="bill_id")
    response = HttpResponse(content, content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{invoice.file_name}"'
    return response


@require_safe
@of_person
def recount(request: HttpRequest, visitor: Visitor, bill_id: UUID) -> HttpResponse:
    """The bill worked out again from its readings and the dated prices."""
    seen = _seen(visitor, bill_id)
    if not seen.with_money:
        raise NotFound(field="bill_id")
    page = bills.page_of(seen, clock.now())
    return render(request, "customer/bill_recount.html", page | {"recount": bills.recount_of(seen.bill)})


@require_safe
@of_person
def paper(request: HttpRequest, visitor: Visitor, bill_id: UUID) -> HttpResponse:
    """The bill as PDF."""
    seen = _seen(visitor, bill_id)
    if not seen.with_money:
        raise NotFound(field="bill_id")
    name = f"hoa-don-{seen.bill.account_code}-{seen.bill.billing_month:%Y-%m}"
    return inline(bill_papers.bill_pdf(seen), "application/pdf", name)


@require_safe
@of_person
def notice_paper(request: HttpRequest, visitor: Visitor, bill_id: UUID) -> HttpResponse:
    """The notice of payment of a bill that waits, as PDF."""
    seen = _seen(visitor, bill_id)
    if not seen.with_money or not bill_papers.has_notice(seen.bill):
        raise NotFound(field="bill_id")
    name = f"giay-bao-{seen.bill.account_code}-{seen.bill.billing_month:%Y-%m}"
    return inline(bill_papers.notice_pdf(seen), "application/pdf", name)
