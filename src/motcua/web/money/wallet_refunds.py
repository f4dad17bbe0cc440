"""Refunds that a wallet refused: ask it again, or give the way up so that another can be asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.payments import refund_queries
from motcua.payments.operations import online_refunds
from motcua.web.errors import refused_text
from motcua.web.money.refunds import APPROVERS
from motcua.web.money.sections import MONEY
from motcua.web.staff_pages import StaffRequest, staff_page


@require_safe
@staff_page(*MONEY)
def wallet_refunds(request: StaffRequest) -> HttpResponse:
    """What wallets refused and nobody has dealt with, the oldest first."""
    return _list(request)


def _list(request: StaffRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "lines": refund_queries.list_refused_online(limit=100), "may_act": request.actor.has_role(*APPROVERS),
        "error": error, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/wallet_refunds.html", context, status=status)


@require_POST
@staff_page(*APPROVERS)
def act(request: StaffRequest, wallet_refund_id: UUID) -> HttpResponse:
    """Ask the wallet again, or give it up with a reason."""
    told: dict[str, Any] = {"online_refund_id": wallet_refund_id, "actor": request.actor, "at": clock.now()}
    wanted = request.POST.get("viec", "")
    try:
        if wanted == "lai":
            online_refunds.retry_refund(**told)
            messages.success(request, gettext("Sẽ đề nghị ví hoàn lại lần nữa."))
        elif wanted == "thoi":
            online_refunds.give_up_refund(reason=request.POST.get("ly_do", ""), **told)
            messages.success(
                request, gettext("Tiền đã trở lại chỗ cũ. Hãy đề nghị hoàn theo cách khác, người khác duyệt.")
            )
        else:
            raise Http404
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=409)
    return redirect("money:wallet-refunds")
