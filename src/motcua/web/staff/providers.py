"""Where citizens may sign in for this company: OpenID Connect issuers of portals."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.identity import providers, sign_in
from motcua.connectors.identity.providers import SCOPE, ProviderSetup
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff.connections import act_on_door, require_sealed, secret_field
from motcua.web.staff_pages import StaffRequest, company_admin_page


class ProviderForm(forms.Form):
    name = forms.CharField(
        label=_("Tên nơi xác thực"),
        max_length=120,
        help_text=_("Khách hàng thấy tên này trên nút đăng nhập."),
    )
    issuer = forms.URLField(label=_("Địa chỉ (issuer)"), max_length=300, assume_scheme="https")
    client_id = forms.CharField(label=_("Tên ứng dụng của ta (client_id)"), max_length=120)
    secret = secret_field()
    scope = forms.CharField(label=_("Thông tin xin được biết (scope)"), max_length=120, initial=SCOPE)
    trusts_phone = forms.BooleanField(
        label=_("Mọi số điện thoại nơi này cho biết đều đã được xác minh"), required=False
    )

    def clean_issuer(self) -> str:
        return require_sealed(str(self.cleaned_data["issuer"]))


class NewProviderForm(ProviderForm):
    code = forms.RegexField(
        r"^[A-Z0-9-]{2,20}$", label=_("Mã"), help_text=_("Chữ in hoa, số, gạch ngang; ví dụ DVCQG. Không đổi được về sau."),
        error_messages={"invalid": _("Mã gồm 2 đến 20 chữ in hoa, số hoặc gạch ngang.")},
    )  # fmt: skip
    secret = secret_field(
        required=True, help_text=_("Nơi xác thực cấp cùng tên ứng dụng. Không bao giờ hiện lại.")
    )
    field_order = ["code"]


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def add(request: StaffRequest) -> HttpResponse:
    """One more place where citizens may sign in."""
    form = NewProviderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        with refusals_beside(form):
            providers.add_provider(
                client_secret=given.pop("secret"), **given, actor=request.actor, at=clock.now()
            )
            messages.success(request, gettext("Đã lưu. Hãy thử kết nối."))
            return redirect("staff:provider", code=given["code"])
    return _page(request, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def provider(request: StaffRequest, code: str) -> HttpResponse:
    """What is set up of one, never its secret."""
    here = _provider(code)
    if request.method != "POST":
        return _page(request, here, _form_of(here))
    form = ProviderForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        with refusals_beside(form):
            providers.change_provider(
                code=here.code,
                client_secret=given.pop("secret"),
                **given,
                actor=request.actor,
                at=clock.now(),
            )
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:provider", code=here.code)
    return _page(request, here, form)


@require_POST
@company_admin_page
def act(request: StaffRequest, code: str) -> HttpResponse:
    """Try it; switch it off or on."""
    here = _provider(code)

    def test() -> None:
        sign_in.check_provider(code=here.code)
        messages.success(
            request, gettext("Kết nối được: nơi này trả lời, có khóa ký và nhận tên ứng dụng của ta.")
        )

    return act_on_door(
        request,
        switch=lambda is_active: providers.switch_provider(
            code=here.code, is_active=is_active, actor=request.actor, at=clock.now()
        ),
        test=test,
        page=lambda error: _page(request, here, _form_of(here), error=error),
        done=redirect("staff:provider", code=here.code),
    )


def _provider(code: str) -> ProviderSetup:
    """Raises Http404."""
    found = providers.find_setup(code)
    if found is None:
        raise Http404
    return found


def _form_of(here: ProviderSetup) -> ProviderForm:
    names = ("name", "issuer", "client_id", "scope", "trusts_phone")
    return ProviderForm(initial={name: getattr(here, name) for name in names})


def _page(
    request: StaffRequest, here: ProviderSetup | None, form: forms.Form, error: str = ""
) -> HttpResponse:
    context = {
        "provider": here, "form": form, "error": error, "has_errors": bool(form.errors or error),
        "return_address": company_queries.public_address(reverse("customer:portal-return")),
    }  # fmt: skip
    return render(request, "staff/provider.html", context, status=422 if form.errors or error else 200)
