"""Virtual accounts: numbers of a bank that stand for one customer each; listed, opened, closed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.payments import virtual_accounts
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 50
KEEPERS = (Role.ACCOUNTANT, Role.SUPERVISOR)


@require_safe
@staff_page(*MONEY)
def accounts(request: StaffRequest) -> HttpResponse:
    """Numbers in use, or closed ones; of one customer when asked for."""
    return _list(request)


def _list(request: StaffRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    kept = {name: value for name in ("ma", "xem") if (value := request.GET.get(name, "").strip()[:20])}
    is_active = kept.get("xem") != "dong"
    after = request.GET.get("sau", "")[:24]
    shown = virtual_accounts.page_accounts(
        limit=PAGE + 1, is_active=is_active, after=after, code=kept.get("ma", "").upper()
    )
    context = {
        "lines": shown[:PAGE], "is_active": is_active, "kept": kept,
        "next": "?" + urlencode({**kept, "sau": shown[PAGE - 1].number}) if len(shown) > PAGE else "",
        "first_url": "?" + urlencode(kept), "is_first": not after,
        "tabs": [
            {"label": gettext("Đang dùng"), "href": "?", "here": is_active},
            {"label": gettext("Đã đóng"), "href": "?xem=dong", "here": not is_active},
        ],
        "typed": {name: request.POST.get(name, "")[:24] for name in ("so", "bin", "ma")},
        "may_keep": request.actor.has_role(*KEEPERS), "error": error, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/virtual_accounts.html", context, status=status)


@require_POST
@staff_page(*KEEPERS)
def add(request: StaffRequest) -> HttpResponse:
    """The bank gave this number for this customer."""
    try:
        virtual_accounts.assign(
            number="".join(request.POST.get("so", "").split()), bank_bin=request.POST.get("bin", "").strip(),
            account_code=request.POST.get("ma", "").strip().upper(), actor=request.actor, at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=422)
    messages.success(request, gettext("Đã mở tài khoản ảo."))
    return redirect("money:virtual-accounts")


@require_POST
@staff_page(*KEEPERS)
def close(request: StaffRequest, va_number: str) -> HttpResponse:
    """Nobody is told of the number any more; money that still comes there is still known."""
    try:
        virtual_accounts.end(number=va_number, actor=request.actor, at=clock.now())
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=409)
    messages.success(request, gettext("Đã đóng tài khoản ảo. Tiền còn chuyển vào đó vẫn được nhận ra."))
    return redirect("money:virtual-accounts")
