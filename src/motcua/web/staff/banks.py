"""Banks that may call this company: who they are, their keys, limits and cut-offs, and what they called."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import banks as known_banks
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel import local_time
from motcua.kernel.results import Refused
from motcua.payments import bank_days, banking, partner_queries
from motcua.payments import operations as payment_ops
from motcua.payments.partner_queries import KeyView, PartnerView
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside, refuse_form
from motcua.web.staff.connections import act_on_key
from motcua.web.staff.keys import age, as_code, new_key
from motcua.web.staff_pages import StaffRequest, company_admin_page

DAY = timedelta(days=1)


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


class KeyForm(forms.Form):
    public_key = forms.CharField(
        label=_("Khóa công khai Ed25519 của ngân hàng"), required=False, max_length=80,
        help_text=_("64 chữ số thập lục phân. Để trống thì tạo một khóa bí mật chung (HMAC), hiện một lần."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=_("Dùng từ ngày"), required=False, widget=forms.DateInput(), help_text=_("Để trống là ngay bây giờ.")
    )  # fmt: skip
    is_sandbox = forms.BooleanField(
        label=_("Khóa để thử"), required=False, help_text=_("Không bao giờ mở được hệ thống chính thức.")
    )


class CutOffForm(forms.Form):
    valid_from = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput())
    ends_at = forms.TimeField(
        label=_("Giờ chốt ngày"), required=False, widget=forms.TextInput(attrs={"placeholder": "16:30", "inputmode": "numeric"}),
        help_text=_("Trả sau giờ này tính vào ngày hôm sau. Để trống là nửa đêm."),
    )  # fmt: skip


class LimitForm(forms.Form):
    calls_per_minute = forms.IntegerField(label=_("Số lần gọi mỗi phút"), min_value=1, max_value=1_000_000)


class PolicyForm(forms.Form):
    valid_from = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput())
    order = forms.ChoiceField(
        label=_("Khoản nào trả trước"),
        choices=[("OLDEST_DUE", _("Đến hạn sớm nhất")), ("OLDEST_RAISED", _("Phát sinh sớm nhất"))],
    )
    must_follow_order = forms.BooleanField(label=_("Bắt buộc trả theo thứ tự"), required=False)
    part_payment = forms.BooleanField(label=_("Cho trả một phần"), required=False)
    hold_seconds = forms.IntegerField(
        label=_("Giữ tiền lâu nhất (giây)"), min_value=10, max_value=86_400, initial=300
    )
    source = forms.CharField(label=_("Căn cứ"), max_length=200)


@require_safe
@company_admin_page
def banks(request: StaffRequest) -> HttpResponse:
    return _listed(request, PolicyForm(initial={"valid_from": _today()}))


@require_POST
@company_admin_page
def policy(request: StaffRequest) -> HttpResponse:
    """Under which rules bills are collected from a day on."""
    form = PolicyForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        rules = banking.Policy(
            told["order"], told["part_payment"], told["must_follow_order"], told["hold_seconds"]
        )
        with refusals_beside(form):
            payment_ops.set_collection_policy(
                valid_from=told["valid_from"], policy=rules, source=told["source"], actor=request.actor, at=clock.now()
            )  # fmt: skip
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:banks")
    return _listed(request, form)


def _listed(request: StaffRequest, form: PolicyForm) -> HttpResponse:
    at = clock.now()
    partners = partner_queries.list_partners()
    counts = partner_queries.count_calls([one.code for one in partners], since=at - DAY)
    let_in = {one.bank for one in partners}
    context = {
        "banks": [_row(one, counts[one.code], at) for one in partners],
        "others": [one for one in known_banks.list_collecting(_today()) if one.code not in let_in],
        "source": known_banks.source(),
        "policies": partner_queries.list_policies(),
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "staff/banks.html", context, status=422 if form.errors else 200)


def _row(here: PartnerView, count: partner_queries.CallCount, at: datetime) -> dict[str, Any]:
    return {"bank": here, "count": count, "last": age(count.last_at, at) if count.last_at else ""}


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def add(request: StaffRequest) -> HttpResponse:
    """One more bank; its key is shown once."""
    form = BankForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = new_key()
        with refusals_beside(form):
            payment_ops.add_partner(
                **form.cleaned_data, secret=key, needs_nonce=True, actor=request.actor, at=clock.now()
            )
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
    """Switch a bank off or on; give it another key, end one; its limit; its cut-off."""
    here, wanted = _bank(code), request.POST.get("viec", "")
    forms_of = {"them-khoa": _add_key, "gioi-han": _limit, "gio-chot": _cut_off}
    if wanted in forms_of:
        return forms_of[wanted](request, here)
    if wanted == "het-khoa":
        return _end_key(request, here)
    told: dict[str, Any] = {"code": here.code, "actor": request.actor, "at": clock.now()}
    return act_on_key(
        request,
        switch=lambda is_active: payment_ops.switch_partner(is_active=is_active, **told),
        renew=lambda key: payment_ops.change_partner_secret(secret=key, **told),
        page=partial(_page, request, here),
        done=redirect("staff:bank", code=here.code),
    )


@require_safe
@company_admin_page
def day_file(request: StaffRequest, code: str, day: str) -> HttpResponse:
    """The bank's day as the bank itself gets it."""
    try:
        file = bank_days.make_file(_bank(code), date.fromisoformat(day), at=clock.now())
    except (ValueError, OverflowError):
        raise Http404 from None
    response = HttpResponse(file.body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def _add_key(request: StaffRequest, here: PartnerView) -> HttpResponse:
    form = KeyForm(request.POST, prefix="khoa")
    if not form.is_valid():
        return _page(request, here, key_form=form)
    told = form.cleaned_data
    begins = local_time.instant(told["valid_from"]) if told["valid_from"] else None
    given: dict[str, Any] = {
        "code": here.code, "is_sandbox": told["is_sandbox"], "actor": request.actor, "at": clock.now(),
        "valid_from": max(begins, clock.now()) if begins else None,
    }  # fmt: skip
    secret = new_key()
    try:
        if told["public_key"]:
            payment_ops.add_public_key(public_key=told["public_key"], **given)
        else:
            payment_ops.add_secret_key(secret=secret, **given)
    except Refused as refusal:
        refuse_form(form, refusal)
        return _page(request, here, key_form=form)
    if told["public_key"]:
        return _done(request, here)
    return _page(request, here, key=secret)


def _end_key(request: StaffRequest, here: PartnerView) -> HttpResponse:
    number = request.POST.get("khoa", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    try:
        payment_ops.end_key(code=here.code, key_id=int(number), actor=request.actor, at=clock.now())
    except Refused as refusal:
        return _page(request, here, error=refused_text(refusal))
    return _done(request, here)


def _limit(request: StaffRequest, here: PartnerView) -> HttpResponse:
    form = LimitForm(request.POST, prefix="muc")
    if not form.is_valid():
        return _page(request, here, limit_form=form)
    payment_ops.limit_partner(code=here.code, **form.cleaned_data, actor=request.actor, at=clock.now())
    return _done(request, here)


def _cut_off(request: StaffRequest, here: PartnerView) -> HttpResponse:
    form = CutOffForm(request.POST, prefix="chot")
    if form.is_valid():
        with refusals_beside(form):
            payment_ops.set_cut_off(code=here.code, **form.cleaned_data, actor=request.actor, at=clock.now())
            return _done(request, here)
    return _page(request, here, cut_form=form)


def _done(request: StaffRequest, here: PartnerView) -> HttpResponse:
    messages.success(request, gettext("Đã lưu."))
    return redirect("staff:bank", code=here.code)


def _bank(code: str) -> PartnerView:
    """Raises Http404."""
    found = partner_queries.find_partner(code)
    if found is None:
        raise Http404
    return found


def _today() -> date:
    return local_time.local_date(clock.now())


def _page(
    request: StaffRequest,
    here: PartnerView,
    *,
    key: str = "",
    error: str = "",
    key_form: KeyForm | None = None,
    cut_form: CutOffForm | None = None,
    limit_form: LimitForm | None = None,
) -> HttpResponse:
    at = clock.now()
    wrong = next(
        (form for form in (key_form, cut_form, limit_form) if form is not None and form.errors), None
    )
    days = [_today() - DAY * number for number in range(7)]
    context = {
        "bank": here, "key": key, "error": error, "has_errors": bool(error or wrong), "wrong": wrong,
        "keys": [{"key": one, "state": _key_state(one, at)} for one in partner_queries.list_keys(here.code)],
        "key_form": key_form or KeyForm(prefix="khoa"),
        "cut_offs": partner_queries.list_cut_offs(here.code),
        "cut_form": cut_form or CutOffForm(prefix="chot", initial={"valid_from": _today() + DAY}),
        "limit_form": limit_form or LimitForm(prefix="muc", initial={"calls_per_minute": here.calls_per_minute}),
        "calls": partner_queries.list_calls(here.code, limit=15),
        "failures": partner_queries.list_calls(here.code, failed=True, limit=15),
        "days": days, "compared": bank_days.list_days(here.code, limit=14),
        "facts": [
            {"key": gettext("Mã đối tác"), "value": here.code},
            {"key": gettext("Mã ngân hàng"), "value": here.bank},
            {"key": gettext("Ngân hàng gọi đến"), "value": as_code(company_queries.public_address(f"/api/banks/{here.bank}/"))},
        ],
    }  # fmt: skip
    return render(request, "staff/bank.html", context, status=422 if error or wrong else 200)


def _key_state(key: KeyView, at: datetime) -> str:
    if key.is_over(at):
        return "over"
    return "valid" if key.is_valid(at) else "coming"
