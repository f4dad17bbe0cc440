"""Banks that may call this company."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.queries import PartnerView
from motcua.web.staff.administration import refuse_form
from motcua.web.staff.connections import act_on_key
from motcua.web.staff.keys import as_code, new_key
from motcua.web.staff_pages import StaffRequest, company_admin_page


class BankForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9-]{2,20}$", label=_("Mã đối tác"), help_text=_("Ngân hàng ghi mã này trong mỗi lần gọi. Không đổi được về sau."),
        error_messages={"invalid": _("Mã gồm 2 đến 20 chữ in hoa, số hoặc gạch ngang.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Tên ngân hàng"), max_length=120)
    bank = forms.RegexField(
        r"^[A-Z0-9]{2,16}$", label=_("Mã ngân hàng"), help_text=_("Đứng trong địa chỉ ngân hàng gọi đến và trong sổ tiền về, ví dụ VCB."),
        error_messages={"invalid": _("Mã ngân hàng gồm 2 đến 16 chữ in hoa hoặc số.")},
    )  # fmt: skip


@require_safe
@company_admin_page
def banks(request: StaffRequest) -> HttpResponse:
    return render(request, "staff/banks.html", {"banks": payment_queries.list_partners()})


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def add(request: StaffRequest) -> HttpResponse:
    """One more bank; its key is shown once."""
    form = BankForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = new_key()
        try:
            payment_ops.add_partner(**form.cleaned_data, secret=key, actor=request.actor, at=clock.now())
        except Refused as refusal:
            refuse_form(form, refusal)
        else:
            return _page(request, _bank(form.cleaned_data["code"]), key=key)
    return render(
        request,
        "staff/bank_add.html",
        {"form": form, "has_errors": bool(form.errors)},
        status=422 if form.errors else 200,
    )


@require_safe
@company_admin_page
def bank(request: StaffRequest, code: str) -> HttpResponse:
    return _page(request, _bank(code))


@require_POST
@company_admin_page
def act(request: StaffRequest, code: str) -> HttpResponse:
    """Switch a bank off or on; give it a new key."""
    here = _bank(code)
    told: dict[str, Any] = {"code": here.code, "actor": request.actor, "at": clock.now()}
    return act_on_key(
        request,
        switch=lambda is_active: payment_ops.switch_partner(is_active=is_active, **told),
        renew=lambda key: payment_ops.change_partner_secret(secret=key, **told),
        page=partial(_page, request, here),
        done=redirect("staff:bank", code=here.code),
    )


def _bank(code: str) -> PartnerView:
    """Raises Http404."""
    found = payment_queries.find_partner(code)
    if found is None:
        raise Http404
    return found


def _page(request: StaffRequest, here: PartnerView, *, key: str = "", error: str = "") -> HttpResponse:
    context = {
        "bank": here, "key": key, "error": error, "has_errors": bool(error),
        "facts": [
            {"key": gettext("Mã đối tác"), "value": here.code},
            {"key": gettext("Mã ngân hàng"), "value": here.bank},
            {"key": gettext("Ngân hàng gọi đến"), "value": as_code(company_queries.public_address(f"/api/banks/{here.bank}/"))},
        ],
    }  # fmt: skip
    return render(request, "staff/bank.html", context, status=422 if error else 200)
