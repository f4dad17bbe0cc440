"""One box for everything: a request's number, a phone or its end, an account code, a name without marks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.customers.queries import CustomerView
from motcua.kernel import codes
from motcua.requests import access as request_access
from motcua.requests import queries as request_queries
from motcua.requests import worklists
from motcua.requests.models import Request
from motcua.supply.queries import ContractView
from motcua.web.desk.customer_access import READERS, SERVERS
from motcua.web.desk.filters import SEES_LISTS
from motcua.web.finding import LONGEST, MOST, find_contract, find_customers
from motcua.web.request_lines import HEAVY, lines_of
from motcua.web.staff_pages import StaffRequest, staff_page

MOST_REQUESTS = 50


@require_safe
@staff_page(*SEES_LISTS)
def search(request: StaffRequest) -> HttpResponse:
    """A number leads straight to its request; anything else to a list. That something was looked for is
    audited.
    """
    text, at = request.GET.get("q", "").strip()[:LONGEST], clock.now()
    if number := codes.parse_request_number(text):
        view = request_queries.find_by_number(number)
        if view is not None and request_access.may_see(request.actor, view):
            return redirect("desk:request", number=view.number)
    contract = find_contract(text)
    customers = find_customers(text, contract) if text else []
    requests = _requests(request, text, contract, customers)
    if not request.actor.has_role(*SERVERS):
        customers, contract = _of_requests(requests, customers, contract)
    lines = lines_of(requests, at)
    if text:
        company_ops.record_audit(
            actor=request.actor,
            verb="desk.searched",
            subject_type="search",
            subject_id="",
            at=at,
            facts={"found": len(customers) + len(lines)},
        )
    context = {
        "search_query": text, "lines": lines, "customers": customers, "contract": contract,
        "is_full": len(customers) == MOST, "may_open": request.actor.has_role(*READERS),
    }  # fmt: skip
    return render(request, "desk/search.html", context)


def family(customers: list[CustomerView]) -> list[UUID]:
    """Every id that means one of them."""
    if len(customers) == 1:
        return customer_queries.list_ids(customers[0].id)
    return [customer.id for customer in customers]


def _requests(
    request: StaffRequest, text: str, contract: ContractView | None, customers: list[CustomerView]
) -> list[Request]:
    """Requests found by what they say themselves, then those of the customers found; only what may be seen."""
    if not text:
        return []
    actor = request.actor
    is_whole = company_queries.get_centre().code in actor.unit_codes
    ids = request_queries.find_ids(
        text, unit_codes=actor.unit_codes, ref=actor.ref, in_all_units=is_whole, limit=MOST
    )
    theirs = request_queries.list_for_search(
        customer_ids=family(customers), account_code=contract.account_code if contract else ""
    )
    found = {row.id: row for row in worklists.list_rows(ids, deferred=[f"data__{name}" for name in HEAVY])}
    found |= {row.id: row for row in theirs if row.id not in found and _is_visible(request, row)}
    return list(found.values())[:MOST_REQUESTS]


def _of_requests(
    rows: list[Request], customers: list[CustomerView], contract: ContractView | None
) -> tuple[list[CustomerView], ContractView | None]:
    """Those whose requests this person may see: who takes no requests in has no business with other customers."""
    seen = {row.customer_id for row in rows}
    mine = [c for c in customers if c.id in seen or seen.intersection(customer_queries.list_ids(c.id))]
    return mine, contract if mine else None


def _is_visible(request: StaffRequest, row: Request) -> bool:
    return row.submitted_by == request.actor.ref or row.unit_code in request.actor.unit_codes
