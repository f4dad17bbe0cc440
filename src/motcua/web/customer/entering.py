"""Signing in to My page: a code to the phone, as on the follow page. Who has one number with others says who they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from motcua.config import clock
from motcua.connectors.identity import sign_in
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel import phones
from motcua.kernel.ids import parse_id
from motcua.kernel.results import Refused
from motcua.messaging import operations as messaging_ops
from motcua.web import visitors
from motcua.web.customer.forms import form_key_of
from motcua.web.errors import refused_text

PROOF_PURPOSE = "SIGN_IN"
LIMIT, WINDOW = 30, timedelta(hours=1)


def goes_to(request: HttpRequest) -> str:
    """Where to after signing in: a page of ours that was asked for, else My page."""
    told = request.POST.get("ve") or request.GET.get("ve") or ""
    is_ours = told.startswith("/") and url_has_allowed_host_and_scheme(told, allowed_hosts=None)
    return told if is_ours else reverse("customer:mine")


def enter(request: HttpRequest, **more: Any) -> HttpResponse:
    """Phone first, then the code."""
    context = {
        "proof": "", "phone": "", "error_phone": "", "error_code": "", "sent_to": "", "wait": 0, "ve": goes_to(request), "key": form_key_of(request),
        "providers": sign_in.list_providers(), "company": request.company,  # type: ignore[attr-defined]
        **more,
    }  # fmt: skip
    has_errors = bool(context["error_phone"] or context["error_code"])
    return render(
        request,
        "customer/enter.html",
        {**context, "has_errors": has_errors},
        status=422 if has_errors else 200,
    )


@never_cache
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """A code to any number: whether we know it is said to nobody before it is proven."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    typed = request.POST.get("phone", "")
    phone = phones.normalise(typed)
    if phone is None:
        return enter(
            request, phone=typed, error_phone=gettext("Số điện thoại chưa đúng. Ví dụ: 0901 234 567.")
        )
    try:
        customer_ops.count_attempt(
            subject=f"enter:{request.META.get('REMOTE_ADDR', '')}", limit=LIMIT, window=WINDOW, at=at
        )
        started = messaging_ops.send_proof_code(
            phone=phone, purpose=PROOF_PURPOSE, actor=visitor.actor, at=at, form_key=form_key_of(request)
        )
    except Refused as refusal:
        return enter(request, phone=typed, error_phone=refused_text(refusal))
    shown = enter(
        request, phone=typed, proof=str(started.id), sent_to=phones.mask(phone), wait=started.seconds_to_wait
    )
    return visitors.remember(request, shown, visitor)


@never_cache
@require_POST
def enter_code(request: HttpRequest) -> HttpResponse:
    """The code from the message; who shares the number with others is asked who they are."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    proof = request.POST.get("proof", "")
    proof_id = parse_id(proof)
    try:
        if proof_id is None:
            raise customer_ops.ProofUnknown(field="code")
        finished = customer_ops.finish_proof(proof_id=proof_id, code=request.POST.get("code", ""), at=at)
        linked = customer_ops.link_session(session_id=visitor.id, proof_id=finished.id, at=at)
    except Refused as refusal:
        if _has_proven_this_phone(visitor, request):  # a second press: the first one used the code
            return visitors.remember(request, redirect(goes_to(request)), visitor)
        return enter(
            request, proof=proof, phone=request.POST.get("phone", ""), error_code=refused_text(refusal)
        )
    visitor.token = linked.token
    if len(finished.customer_ids) > 1:
        people = [customer_queries.get_customer(found) for found in finished.customer_ids]
        page = render(
            request, "customer/who.html", {"people": people, "proof": proof, "ve": goes_to(request)}
        )
        return visitors.remember(request, page, visitor)
    return visitors.remember(request, redirect(goes_to(request)), visitor)


def _has_proven_this_phone(visitor: visitors.Visitor, request: HttpRequest) -> bool:
    proven = visitor.session.proven_phone
    return bool(visitor.session.customer_id and proven) and proven == phones.normalise(
        request.POST.get("phone", "")
    )


@never_cache
@require_POST
def say_who(request: HttpRequest) -> HttpResponse:
    """One of those who have the proven number."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    proof_id, chosen = parse_id(request.POST.get("proof", "")), parse_id(request.POST.get("who", ""))
    try:
        linked = customer_ops.choose_customer(
            session_id=visitor.id, proof_id=proof_id or UUID(int=0), customer_id=chosen, at=at
        )
    except Refused as refusal:
        return enter(request, error_phone=refused_text(refusal))
    visitor.token = linked.token
    return visitors.remember(request, redirect(goes_to(request)), visitor)


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out of this browser; what was kept on the device is forgotten by its own button."""
    customer_ops.close_session(token=request.COOKIES.get(visitors.COOKIE, ""), at=clock.now())
    response = redirect("customer:home")
    response.delete_cookie(visitors.COOKIE)
    response.delete_cookie(visitors.FOLLOW_COOKIE)
    response.delete_cookie(visitors.UNTIL_COOKIE)
    return response
