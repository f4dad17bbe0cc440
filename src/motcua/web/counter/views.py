"""The counter's pages."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.customers.queries import CustomerView
from motcua.kernel import id_cards
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.payments import access as payment_access
from motcua.requests import access as request_access
from motcua.requests.operations import telling
from motcua.services import catalogue
from motcua.supply import queries as supply_queries
from motcua.supply.queries import ContractView
from motcua.web import intake, slips
from motcua.web.counter import places
from motcua.web.deadlines import line_words
from motcua.web.finding import LONGEST, find_contract, find_customers
from motcua.web.intake import cards
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

AT_COUNTER = (*intake.COUNTER.roles, Role.DESK_CLERK)


def door_of(request: StaffRequest) -> intake.Door:
    """The company's own counter, or a clerk's desk at an administration centre."""
    return intake.COUNTER if request.actor.has_role(*intake.COUNTER.roles) else intake.DESK


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*AT_COUNTER)
def home(request: StaffRequest) -> HttpResponse:
    """Who is it, and which service? A new customer needs no search; a scanned card answers the first question."""
    if request.method == "POST":
        return _looked_for(request, request.POST.get("q", "").strip())
    text, at = request.GET.get("q", "").strip()[:LONGEST], clock.now()
    contract = find_contract(text)
    is_clerk = door_of(request) is intake.DESK
    found = (_shown_to_clerk if is_clerk else find_customers)(text, contract) if text else []
    around = places.Found() if is_clerk or not text else places.find(text, request.actor, at)
    chosen = parse_id(request.GET.get("khach", ""))
    customer = customer_queries.find_customer(customer_queries.survivor_id(chosen)) if chosen else None
    if text:
        company_ops.record_audit(
            actor=request.actor,
            verb="counter.searched",
            subject_type="search",
            subject_id="",
            at=at,
            facts={"found": len(found) + len(around)},
        )
    account_code = contract.account_code if contract else request.GET.get("ma", "")
    card = cards.find(request, request.GET.get("the", ""), at)
    known = {
        "the": card.get("name", ""),
        "khach": str(customer.id) if customer else "",
        "ma": account_code[:13],
        "dt": _phone(text) if not found else "",
    }
    context = {
        "search_query": "",
        "text": text,
        "card": card,
        "found": found,
        "around": around,
        "customer": customer,
        "contracts": supply_queries.list_contracts(customer_queries.list_ids(customer.id))
        if customer
        else [],
        "account_code": account_code,
        "query": "?" + urlencode({name: value for name, value in known.items() if value})
        if any(known.values())
        else "",
        "services": catalogue.list_services(local_date(at)),
        "is_clerk": is_clerk,
        "takes_cash": request.actor.has_role(*payment_access.CASHIERS),
    }
    return render(request, "counter/home.html", context)


def _looked_for(request: StaffRequest, text: str) -> HttpResponse:
    """A card stays out of the address; any other text is looked for by it."""
    here = reverse("counter:home")
    card = id_cards.parse(text)
    if card is not None:
        known = customer_queries.list_by_id_number(card.number)
        told = {"the": cards.keep(request, card, clock.now())}
        return redirect(
            f"{here}?{urlencode(told | ({'khach': str(known[0].id)} if len(known) == 1 else {}))}"
        )
    if id_cards.looks_like(text):
        messages.error(
            request, gettext("Mã trên thẻ chưa đọc được trọn vẹn. Hãy quét lại, hoặc gõ số định danh.")
        )
        return redirect(here)
    return redirect(f"{here}?{urlencode({'q': text[:LONGEST]})}" if text else here)


def _shown_to_clerk(text: str, contract: ContractView | None) -> list[CustomerView]:
    """A clerk is no employee of the company: they find whom the citizen's own paper names, card or bill, and nobody else."""
    if contract is not None:
        return find_customers(text, contract)
    digits = "".join(text.split())
    return [
        customer for customer in customer_queries.search(digits) if digits and customer.id_number == digits
    ]


def _phone(text: str) -> str:
    """What was looked for, when it looks like a phone number of somebody new."""
    return text if sum(c.isdigit() for c in text) >= 9 and not any(c.isalpha() for c in text) else ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*AT_COUNTER)
def new(request: StaffRequest, code: str) -> HttpResponse:
    """The whole form on one page."""
    return intake.form(request, door_of(request), code)


@require_safe
@staff_page(*AT_COUNTER)
def done(request: StaffRequest, number: str) -> HttpResponse:
    """Sent: number, code word, deadline, the slip."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    context = {
        "view": view,
        "service": view.service,
        "name": view.service.name.get(get_language()),
        "step": view.current_step.status.get(get_language()),
        "code_word": intake.code_word_of(request, view.number, clock.now()),
        "follow_link": telling.follow_link(view.number),
        "due_lines": [line_words(line) for line in view.due_lines],
        "is_clerk": door_of(request) is intake.DESK,
        "is_call": view.state.channel == "CALL",
    }
    return render(request, "counter/done.html", context)


@require_safe
@staff_page(*AT_COUNTER)
def slip(request: StaffRequest, number: str) -> HttpResponse:
    """The slip to hand over, with the code word while it is known."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    word = intake.code_word_of(request, view.number, clock.now())
    return inline(slips.slip_pdf(view, code_word=word), "application/pdf", view.number)
