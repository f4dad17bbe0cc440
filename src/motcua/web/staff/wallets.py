"""The company's accounts with wallets, services that tell of credits, and banks that collect; attempts that need an eye."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.banks import debits
from motcua.connectors.banks.credits import SERVICES
from motcua.connectors.wallets import paying
from motcua.connectors.wallets.paying import WALLETS
from motcua.payments import online_queries
from motcua.payments.operations import gateways as gateway_ops
from motcua.web.staff.connections import KEPT, require_sealed
from motcua.web.staff.keys import as_code
from motcua.web.staff_pages import StaffRequest, company_admin_page

DEBIT = "UNTHU"
PUBLIC_LABELS: dict[str, Any] = {
    "tmn_code": _("Mã website (TmnCode)"), "partner_code": _("Mã đối tác (partnerCode)"), "access_key": _("Access key"),
    "app_id": _("App ID"), "accounts": _("Số tài khoản của ta, cách nhau bằng dấu phẩy"), "partner_id": _("Tên của ta ở ngân hàng"),
}  # fmt: skip
SECRET_LABELS: dict[str, Any] = {
    "hash_secret": _("Chuỗi bí mật (HashSecret)"), "secret_key": _("Secret key"), "key1": "Key 1", "key2": "Key 2",
    "webhook_key": _("Khóa ký webhook"), "secure_token": _("Secure token (phiên bản 1)"), "webhook_secret": _("Khóa ký webhook"),
    "api_key": _("API key"), "checksum_key": _("Checksum key"), "key": _("Khóa ký chung"),
}  # fmt: skip


def _kinds() -> dict[str, dict[str, Any]]:
    """What may be set up: code, name, its fields, the address it needs, and where it calls us."""
    wallets = {
        w.code: {
            "name": w.name,
            "public": w.public_fields,
            "secret": w.secret_fields,
            "address": w.test_address,
            "calls": f"/api/wallets/{w.code.lower()}/ipn",
        }
        for w in WALLETS.values()
    }
    services = {
        s.code: {
            "name": s.name,
            "public": s.public_fields,
            "secret": s.secret_fields,
            "address": "",
            "calls": f"/api/wallets/{s.code.lower()}/credits",
        }
        for s in SERVICES.values()
    }
    collects = {
        "name": gettext("Ngân hàng trích tiền tự động"),
        "public": ("partner_id",),
        "secret": ("key",),
        "address": "https://",
        "calls": "",
    }
    return {**wallets, **services, DEBIT: collects}


class GatewayForm(forms.Form):
    """The fields of one kind of account. Secrets go in and are never shown."""

    def __init__(self, kind: dict[str, Any], *given: Any, is_new: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["name"] = forms.CharField(label=_("Tên khách hàng thấy"), max_length=80)
        if kind["address"]:
            self.fields["address"] = forms.CharField(label=_("Địa chỉ"), max_length=200)
        for name in kind["public"]:
            is_free = name == "accounts"
            self.fields[name] = forms.CharField(
                label=PUBLIC_LABELS[name], max_length=200, required=not is_free
            )
        for name in kind["secret"]:
            self.fields[name] = forms.CharField(
                label=SECRET_LABELS[name], max_length=400, required=is_new and len(kind["secret"]) < 2,
                help_text="" if is_new else KEPT, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
            )  # fmt: skip

    def clean_address(self) -> str:
        return require_sealed(str(self.cleaned_data["address"])).rstrip("/")


@require_safe
@company_admin_page
def wallets(request: StaffRequest) -> HttpResponse:
    """Every kind, set up or not, and the attempts whose end nobody knows."""
    known = {gateway.code: gateway for gateway in online_queries.list_gateways()}
    context = {
        "kinds": [{"code": code, "name": kind["name"], "known": known.get(code)} for code, kind in _kinds().items()],
        "unsettled": online_queries.list_unsettled(), "stuck": online_queries.count_stuck_calls(),
    }  # fmt: skip
    return render(request, "staff/wallets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def wallet(request: StaffRequest, code: str) -> HttpResponse:
    """Set one up or change it."""
    kind = _kinds().get(code)
    if kind is None:
        raise Http404
    known = online_queries.find_gateway(code)
    initial = (
        {"name": known.name, "address": known.address, **known.settings}
        if known
        else {"name": kind["name"], "address": kind["address"]}
    )
    form = GatewayForm(kind, request.POST or None, initial=initial, is_new=known is None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        public = {name: given[name] for name in kind["public"]} | (
            {"kind": debits.KIND} if code == DEBIT else {}
        )
        gateway_ops.set_gateway(
            code=code, name=given["name"], address=given.get("address", ""), public=public,
            secrets={name: given[name] for name in kind["secret"]}, actor=request.actor, at=clock.now(),
        )  # fmt: skip
        messages.success(request, gettext("Đã lưu."))
        return redirect("staff:wallet", code=code)
    called_at = company_queries.public_address(kind["calls"]) if kind["calls"] else ""
    context = {
        "code": code, "kind": kind, "known": known, "form": form, "has_errors": bool(form.errors),
        "facts": [{"key": gettext("Nơi đó gọi đến"), "value": as_code(called_at)}] if called_at else [],
        "attempts": online_queries.list_attempts(20, gateway=code) if code in paying.WALLETS else [],
    }  # fmt: skip
    return render(request, "staff/wallet.html", context, status=422 if form.errors else 200)


@require_POST
@company_admin_page
def act(request: StaffRequest, code: str) -> HttpResponse:
    """Offer it no more, or again."""
    wanted = request.POST.get("viec", "")
    if wanted not in {"tat", "bat"} or online_queries.find_gateway(code) is None:
        raise Http404
    gateway_ops.switch_gateway(code=code, is_active=wanted == "bat", actor=request.actor, at=clock.now())
    messages.success(request, gettext("Đã lưu."))
    return redirect("staff:wallet", code=code)
