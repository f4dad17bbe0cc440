"""Paying through a wallet: the payer is sent there, comes back, and is told how it stands. Coming back proves nothing.

The provider's page is reached by a link or a timed forward of our own page: the browser would stop a form that is
answered with another host's address.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from motcua.config import clock
from motcua.connectors.wallets import paying
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.results import Refused
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import online_queries, owing
from motcua.payments.online_queries import AttemptView
from motcua.payments.operations import online as online_ops
from motcua.web.customer.paying import count_tries, page_of
from motcua.web.errors import refused_text

PAYER = Actor(ActorKind.ANONYMOUS, "payer")
# How soon a page that waits shows itself anew: quick at first, then as the provider's own word takes.
LOOK_AGAIN_SECONDS = 5
DETOUR_SECONDS = 1


@never_cache
@require_POST
def start(request: HttpRequest, code: str, gateway: str) -> HttpResponse:
    """Begin an attempt and show its page, which leads on to the provider."""
    charge, at = _charge(code), clock.now()
    asked = page_of(charge, request.POST)
    if asked["part_came"]:
        return redirect("customer:owed-charge", charge.payment_code)
    try:
        count_tries(request, at)
        started = paying.start(
            gateway=gateway.upper(), charge_id=charge.id, payer_ip=request.META.get("REMOTE_ADDR", ""), actor=PAYER,
            at=at, is_sure=request.POST.get("chac") == "1", part_vnd=asked["payment"].ask_vnd or None,
        )  # fmt: skip
    except (online_ops.AttemptUnsettled, online_ops.AttemptHeld) as refusal:
        return _ask_first(request, charge, gateway, refusal)
    except Refused as refusal:
        page = {**asked, "error": refused_text(refusal), "has_errors": True}
        return render(request, "customer/owed_charge.html", page, status=422)
    there = redirect("customer:pay-attempt", code=charge.payment_code, ref=started.ref)
    if started.pay_url:
        there["Location"] += "?di=1"
    return there


def _ask_first(request: HttpRequest, charge: ChargeView, gateway: str, refusal: Refused) -> HttpResponse:
    """An earlier attempt may have taken the money: who has paid must not pay again unawares."""
    before = online_queries.find_attempt(charge.payment_code, str(refusal.facts.get("ref", "")))
    page = {
        "charge": charge, "before": before, "gateway": gateway, "told": refused_text(refusal),
        "part": request.POST.get("so_tien", "")[:12], "since": request.POST.get("tu", "")[:12],
        "may_go_on": isinstance(refusal, online_ops.AttemptUnsettled),
    }  # fmt: skip
    return render(request, "customer/pay_again.html", page, status=409)


@never_cache
@require_safe
def attempt(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """How an attempt stands. Shows itself anew until that is known, without a script too."""
    found, at = online_queries.find_attempt(code.upper(), ref), clock.now()
    if found is None:
        raise Http404
    may_go_on, charge = found.may_go_on(at), ledger_queries.get_charge(found.charge_id)
    forward = may_go_on and request.GET.get("di") == "1"
    page = {
        "attempt": found, "charge": charge, "may_go_on": may_go_on, "kind": owing.kind_name(charge.kind),
        "forward_to": found.pay_url if forward else "", "detour_seconds": DETOUR_SECONDS,
        "look_again": LOOK_AGAIN_SECONDS if found.is_open and not forward else 0,
        "view_state": _shown(found, may_go_on),
    }  # fmt: skip
    return render(request, "customer/pay_attempt.html", page)


def _shown(found: AttemptView, may_go_on: bool) -> str:
    """What the payer is told: of everything open that they cannot go on with, that it is being looked into."""
    if found.is_paid:
        return "REFUNDED" if found.state.value == "REFUNDED" else "PAID"
    if found.state.value in ("FAILED", "EXPIRED", "HELD"):
        return found.state.value
    return "WAITING" if may_go_on else "CHECKING"


@never_cache
@require_safe
def come_back(request: HttpRequest, code: str, gateway: str) -> HttpResponse:
    """From the provider's page. Whatever the address says, the attempt's own page tells what is known."""
    charge = _charge(code)
    ref = paying.come_back(
        gateway=gateway.upper(), query=request.META.get("QUERY_STRING", ""), at=clock.now()
    )
    found = online_queries.find_attempt(charge.payment_code, ref) if ref else None
    if found is None:
        return redirect("customer:owed-charge", charge.payment_code)
    return redirect("customer:pay-attempt", code=charge.payment_code, ref=found.ref)


def _charge(code: str) -> ChargeView:
    """Raises Http404."""
    charges = ledger_queries.find_charges_by_code([code.upper()])
    if not charges:
        raise Http404
    return charges[0]
