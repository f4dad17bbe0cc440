"""Two records of one customer become one: both shown side by side, the direction said and confirmed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel.local_time import to_local
from motcua.kernel.results import NotFound, Refused
from motcua.supply import queries as supply_queries
from motcua.web.desk import customer_words as told
from motcua.web.desk.customer_access import DECIDERS, Card, access_card
from motcua.web.errors import refused_text
from motcua.web.staff_pages import StaffRequest, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*DECIDERS)
def merge(request: StaffRequest, customer_id: UUID, other_id: UUID) -> HttpResponse:
    """`other_id` goes into `customer_id`, whose values stay. A look shows which; a post does it."""
    stays = access_card(actor=request.actor, customer_id=customer_id)
    goes = access_card(actor=request.actor, customer_id=other_id)
    if stays.view.id == goes.view.id or not (stays.is_active and goes.is_active):
        raise NotFound
    at = clock.now()
    if request.method == "POST":
        try:
            customer_ops.merge_customers(
                from_id=goes.view.id, into_id=stays.view.id, reason=request.POST.get("reason", ""),
                actor=request.actor, at=at,
            )  # fmt: skip
        except Refused as refusal:
            return _page(request, stays, goes, error=refused_text(refusal))
        messages.success(request, gettext("Đã gộp. Có thể tách lại ở mục “Tách lại khách hàng đã gộp”."))
        return redirect("desk:customer", customer_id=stays.view.id)
    for card in (stays, goes):
        company_ops.record_audit(
            actor=request.actor,
            verb="customer.seen",
            subject_type="customer",
            subject_id=str(card.view.id),
            at=at,
        )
    return _page(request, stays, goes)


def _page(request: StaffRequest, stays: Card, goes: Card, *, error: str = "") -> HttpResponse:
    context = {
        "stays": stays, "goes": goes, "rows": _rows(stays, goes), "error": error, "has_errors": bool(error),
        "typed": request.POST.get("reason", "")[:300],
    }  # fmt: skip
    return render(request, "desk/customer_merge.html", context, status=422 if error else 200)


def _rows(stays: Card, goes: Card) -> list[dict[str, Any]]:
    """What each of the two is and has, side by side; `is_lost`: said of the one that goes, and shown no more."""
    pairs: list[tuple[str, str, str, bool]] = []
    for name, label in told.FIELDS.items():
        left, right = (_shown(card, name) for card in (stays, goes))
        pairs.append((gettext(label), left, right, bool(right) and right != left))
    since, came = (f"{to_local(card.view.created_at):%d/%m/%Y}" for card in (stays, goes))
    pairs.append((gettext("Khách hàng từ"), since, came, False))
    for label, counted in (
        (gettext("Mã khách hàng"), [", ".join(c.account_code for c in supply_queries.list_contracts(x.ids)) for x in (stays, goes)]),
        (gettext("Yêu cầu"), [str(len(card.requests) + card.elsewhere) for card in (stays, goes)]),
        (gettext("Kênh đã nối"), [str(customer_queries.list_handle_rows(x.view.id).count()) for x in (stays, goes)]),
    ):  # fmt: skip
        pairs.append((label, counted[0], counted[1], False))
    return [{"label": a, "stays": b, "goes": c, "is_lost": d} for a, b, c, d in pairs]


def _shown(card: Card, name: str) -> str:
    if name == "kind":
        return gettext(told.KINDS.get(card.view.kind, card.view.kind))  # type: ignore[call-overload]
    return {
        "full_name": card.view.full_name, "phone": card.phone, "email": card.email,
        "id_number": card.view.masked_id_number, "contact_address": card.address,
    }[name]  # fmt: skip
