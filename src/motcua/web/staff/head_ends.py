"""Metering systems that hand in readings: who may, for which unit, what they sent last."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.meters import head_ends as head_end_ops
from motcua.connectors.meters.head_ends import HeadEndView
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff.connections import act_on_key
from motcua.web.staff.keys import as_code, new_key
from motcua.web.staff_pages import StaffRequest, company_admin_page

BATCHES_SHOWN = 50


class HeadEndForm(forms.Form):
    unit_code = forms.ChoiceField(
        label=_("Đơn vị"), help_text=_("Chỉ nhận chỉ số công tơ của đơn vị này và các đơn vị dưới nó.")
    )
    calls_per_minute = forms.IntegerField(
        label=_("Số lần gọi mỗi phút"), min_value=1, max_value=head_end_ops.MOST_CALLS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_code"].choices = [  # type: ignore[attr-defined]
            (unit.code, unit.name) for unit in company_queries.list_units()
        ]


class NewHeadEndForm(HeadEndForm):
    code = forms.RegexField(
        r"^[A-Z0-9-]{2,20}$", label=_("Mã hệ thống"), help_text=_("Chữ in hoa, số, gạch ngang; ví dụ RF-SPIDER. Không đổi được về sau."),
        error_messages={"invalid": _("Mã gồm 2 đến 20 chữ in hoa, số hoặc gạch ngang.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Tên hệ thống"), max_length=120)
    field_order = ["code", "name", "unit_code", "calls_per_minute"]


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def head_ends(request: StaffRequest) -> HttpResponse:
    """The metering systems of the company; another one, whose key is shown once."""
    form = NewHeadEndForm(request.POST or None, initial={"calls_per_minute": 120})
    if request.method == "POST" and form.is_valid():
        key = new_key()
        with refusals_beside(form):
            head_end_ops.add_head_end(**form.cleaned_data, secret=key, actor=request.actor, at=clock.now())
            return _page(request, _head_end(form.cleaned_data["code"]), key=key)
    listed = head_end_ops.list_head_ends()
    names = company_queries.unit_names({one.unit_code for one in listed})
    context = {
        "head_ends": [(one, names.get(one.unit_code, one.unit_code)) for one in listed],
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "staff/head_ends.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def head_end(request: StaffRequest, code: str) -> HttpResponse:
    """One metering system: its unit and limit, and what it sent last."""
    here = _head_end(code)
    if request.method != "POST":
        return _page(request, here)
    form = HeadEndForm(request.POST)
    if form.is_valid():
        with refusals_beside(form):
            head_end_ops.change_head_end(
                code=here.code, **form.cleaned_data, actor=request.actor, at=clock.now()
            )
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:head-end", code=here.code)
    return _page(request, here, form=form)


@require_POST
@company_admin_page
def act(request: StaffRequest, code: str) -> HttpResponse:
    """Switch it off or on; give it a new key."""
    here = _head_end(code)
    change = partial(head_end_ops.change_head_end, code=here.code, actor=request.actor, at=clock.now())
    return act_on_key(
        request,
        switch=lambda is_active: change(is_active=is_active),
        renew=lambda key: change(secret=key),
        page=partial(_page, request, here),
        done=redirect("staff:head-end", code=here.code),
    )


def _head_end(code: str) -> HeadEndView:
    """Raises Http404."""
    found = head_end_ops.find_head_end(code)
    if found is None:
        raise Http404
    return found


def _page(
    request: StaffRequest,
    here: HeadEndView,
    *,
    form: HeadEndForm | None = None,
    key: str = "",
    error: str = "",
) -> HttpResponse:
    form = form or HeadEndForm(
        initial={"unit_code": here.unit_code, "calls_per_minute": here.calls_per_minute}
    )
    address = company_queries.public_address(f"/api/meters/{here.code}/readings")
    context = {
        "head_end": here, "form": form, "key": key, "error": error, "has_errors": bool(form.errors or error),
        "facts": [{"key": gettext("Hệ thống gọi đến"), "value": as_code(address)}],
        "batches": head_end_ops.list_batches(here.code, limit=BATCHES_SHOWN),
    }  # fmt: skip
    return render(request, "staff/head_end.html", context, status=422 if form.errors or error else 200)
