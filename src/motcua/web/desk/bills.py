"""Bills for staff: those of an account, and one as its customer reads it, with whether it comes out the same again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from motcua.billing import access
from motcua.billing.access import READERS, Seen
from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel import codes
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound
from motcua.supply import queries as supply_queries
from motcua.web import bill_papers
from motcua.web import bills as shown
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

SHOWN = 36  # three years of months


@require_safe
@staff_page(*READERS)
def listed(request: StaffRequest) -> HttpResponse:
    """The bills of the account that is asked for, of one's units."""
    typed = request.GET.get("ma", "").strip()[:40]
    account, today = codes.clean_account_code(typed), local_date(clock.now())
    found = access.list_for_staff(request.actor, [account], limit=SHOWN).get(account, []) if account else []
    contract = supply_queries.find_contract(account) if found else None
    context = {
        "typed": typed,
        "account": account,
        "lines": shown.lines_of(found, today),
        "place": contract.place_text if contract else "",
    }
    return render(request, "desk/bills.html", context)


@require_safe
@staff_page(*READERS)
def bill(request: StaffRequest, bill_id: UUID) -> HttpResponse:
    """One bill explained. That it was looked at, and by whom, stands in the audit."""
    at = clock.now()
    seen = _seen(request, bill_id, at)
    page, recount = shown.page_of(seen, at), shown.recount_of(seen.bill)
    holder = customer_queries.survivor_id(seen.bill.customer_id) if seen.bill.customer_id else None
    page |= {
        "recount": recount,
        "recount_differs": ", ".join(recount.differs) or recount.refused if recount else "",
        "holder_id": holder,
        "holder": customer_queries.list_names([holder]).get(holder, "") if holder else "",
        "has_notice": bill_papers.has_notice(seen.bill),
    }
    return render(request, "desk/bill.html", page)


@require_safe
@staff_page(*READERS)
def paper(request: StaffRequest, bill_id: UUID) -> HttpResponse:
    """The bill as PDF, to hand over."""
    seen = _seen(request, bill_id, clock.now())
    return inline(bill_papers.bill_pdf(seen), "application/pdf", _name("hoa-don", seen))


@require_safe
@staff_page(*READERS)
def notice_paper(request: StaffRequest, bill_id: UUID) -> HttpResponse:
    """The notice of payment as PDF, to hand over."""
    seen = _seen(request, bill_id, clock.now())
    if not bill_papers.has_notice(seen.bill):
        raise NotFound(field="bill_id")
    return inline(bill_papers.notice_pdf(seen), "application/pdf", _name("giay-bao", seen))


def _seen(request: StaffRequest, bill_id: UUID, at: datetime) -> Seen:
    seen = access.access_bill(actor=request.actor, bill_id=bill_id, on=local_date(at))
    company_ops.record_audit(
        actor=request.actor, verb="bill.seen", subject_type="bill", subject_id=str(bill_id), at=at
    )
    return seen


def _name(what: str, seen: Seen) -> str:
    return f"{what}-{seen.bill.account_code}-{seen.bill.billing_month:%Y-%m}"
