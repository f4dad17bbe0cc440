"""Where this company's staff sign in besides by a password of ours: what is set up, never its secret."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.identity import directories, staff
from motcua.connectors.identity.directories import DirectorySetup
from motcua.connectors.models import DirectoryKind
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff.connections import KEPT, ONCE, act_on_door, require_sealed, secret_field
from motcua.web.staff_pages import StaffRequest, company_admin_page

KINDS = {DirectoryKind.OIDC: _("OpenID Connect"), DirectoryKind.LDAP: _("LDAP, Active Directory")}
# What each kind may be told besides, by the name it is kept under.
OPTIONS = {
    DirectoryKind.OIDC: ("scope", "username"),
    DirectoryKind.LDAP: ("base", "username", "subject", "disabled", "disabled_bit", "disabled_value"),
}


# The same field under each kind's own name: label and help.
WORDS: dict[DirectoryKind, dict[str, tuple[Any, Any]]] = {
    DirectoryKind.OIDC: {
        "address": (_("Địa chỉ"), _("Địa chỉ issuer, bắt đầu bằng https://.")),
        "client_id": (_("Tên ứng dụng của ta (client_id)"), ""),
        "username": (_("Thông tin là tên đăng nhập (claim)"), _("Để trống thì là preferred_username.")),
    },
    DirectoryKind.LDAP: {
        "address": (_("Địa chỉ"), _("ldaps://máy-chủ, hoặc ldap://máy-chủ (khi ấy StartTLS).")),
        "client_id": (_("Tên để ta đăng nhập vào đó (bind DN)"), ""),
        "username": (
            _("Thuộc tính tên đăng nhập"),
            _("Để trống thì là uid; Active Directory: sAMAccountName."),
        ),
    },
}


class DirectoryForm(forms.Form):
    """One form for both kinds; what the other kind asks is left out."""

    name = forms.CharField(
        label=_("Tên"), max_length=120, help_text=_("Nhân viên thấy tên này ở trang đăng nhập.")
    )
    address = forms.CharField(max_length=300)
    client_id = forms.CharField(max_length=200)
    secret = secret_field()
    base = forms.CharField(
        label=_("Nhánh chứa nhân viên (base)"),
        max_length=300,
        help_text=_("Ví dụ ou=people,dc=congty,dc=vn."),
    )
    scope = forms.CharField(
        label=_("Thông tin xin được biết (scope)"), required=False, max_length=120,
        help_text=_("Để trống thì là openid profile offline_access."),
    )  # fmt: skip
    username = forms.CharField(required=False, max_length=60)
    subject = forms.CharField(
        label=_("Thuộc tính nhận ra một người"), required=False, max_length=60,
        help_text=_("Không đổi dù người ấy đổi tên. Để trống thì là entryUUID; Active Directory: objectSid."),
    )  # fmt: skip
    disabled = forms.CharField(
        label=_("Thuộc tính báo đã khóa"), required=False, max_length=60,
        help_text=_("Active Directory: userAccountControl. Để trống thì chỉ ai không còn ở đó mới bị khóa."),
    )  # fmt: skip
    disabled_bit = forms.IntegerField(
        label=_("Bit báo đã khóa"), required=False, min_value=1, help_text=_("Active Directory: 2.")
    )
    disabled_value = forms.CharField(
        label=_("Giá trị báo đã khóa"), required=False, max_length=60, help_text=_("Để trống thì là TRUE.")
    )
    recheck_minutes = forms.IntegerField(
        label=_("Hỏi lại sau mỗi (phút)"), min_value=1, max_value=55, initial=10,
        help_text=_("1 đến 55: ai nghỉ việc thì ra khỏi đây trong vòng một giờ."),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: DirectoryKind, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in {name for names in OPTIONS.values() for name in names} - set(OPTIONS[kind]):
            del self.fields[name]
        for name, (label, help_text) in WORDS[kind].items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        self.fields["secret"].required = is_new
        self.fields["secret"].help_text = ONCE if is_new else KEPT

    def clean_address(self) -> str:
        given = str(self.cleaned_data["address"]).strip()
        if self.kind == DirectoryKind.OIDC:
            return require_sealed(given)
        if self.kind == DirectoryKind.LDAP:
            try:
                parts = urlsplit(given)
                is_address = (
                    parts.scheme in {"ldap", "ldaps"} and bool(parts.hostname) and (parts.port or 1) > 0
                )
            except ValueError:
                is_address = False
            if not is_address:
                raise forms.ValidationError(gettext("Địa chỉ phải bắt đầu bằng ldaps:// hoặc ldap://."))
        return given

    def values(self) -> dict[str, Any]:
        """What the operations take."""
        given = self.cleaned_data
        options = {name: given[name] for name in OPTIONS[self.kind] if given[name] not in ("", None)}
        names = ("name", "address", "client_id", "secret", "recheck_minutes")
        return {**{name: given[name] for name in names}, "options": options}


class NewDirectoryForm(DirectoryForm):
    code = forms.RegexField(
        r"^[A-Za-z0-9-]{2,20}$", label=_("Mã"), help_text=_("Chữ không dấu, số, gạch ngang; đứng trong địa chỉ đăng nhập. Không đổi được về sau."),
        error_messages={"invalid": _("Mã gồm 2 đến 20 chữ không dấu, số hoặc gạch ngang.")},
    )  # fmt: skip
    field_order = ["code"]


@require_safe
@company_admin_page
def listed(request: StaffRequest) -> HttpResponse:
    """The directories of the company."""
    lines = [
        {"directory": row, "kind": KINDS[DirectoryKind(row.kind)]} for row in directories.list_directories()
    ]
    return render(request, "staff/directories.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def add(request: StaffRequest, kind: str) -> HttpResponse:
    """One more directory, switched off until it was tried."""
    if kind.upper() not in DirectoryKind.values:
        raise Http404
    wanted = DirectoryKind(kind.upper())
    form = NewDirectoryForm(request.POST or None, kind=wanted, is_new=True)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        with refusals_beside(form):
            directories.add_directory(
                code=code, kind=wanted, **form.values(), actor=request.actor, at=clock.now()
            )
            messages.success(request, gettext("Đã lưu, chưa bật. Hãy thử kết nối rồi bật."))
            return redirect("staff:directory", code=code)
    return _page(request, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def directory(request: StaffRequest, code: str) -> HttpResponse:
    """What is set up of one, never its secret."""
    here = _directory(code)
    if request.method != "POST":
        return _page(request, here, _form_of(here))
    form = DirectoryForm(request.POST, kind=DirectoryKind(here.kind))
    if form.is_valid():
        with refusals_beside(form):
            directories.change_directory(code=here.code, **form.values(), actor=request.actor, at=clock.now())
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:directory", code=here.code)
    return _page(request, here, form)


@require_POST
@company_admin_page
def act(request: StaffRequest, code: str) -> HttpResponse:
    """Try it; switch it off or on."""
    here = _directory(code)
    username = request.user.get_username()
    return act_on_door(
        request,
        switch=lambda is_active: directories.switch_directory(
            code=here.code, is_active=is_active, actor=request.actor, at=clock.now()
        ),
        test=lambda: _tell(request, here, staff.check_directory(code=here.code, username=username)),
        page=lambda error: _page(request, here, _form_of(here), error=error),
        done=redirect("staff:directory", code=here.code),
    )


def _tell(request: StaffRequest, here: DirectorySetup, found: bool) -> None:
    if here.kind == DirectoryKind.OIDC:
        messages.success(
            request, gettext("Kết nối được: nơi này trả lời, có khóa ký và nhận tên ứng dụng của ta.")
        )
    elif found:
        messages.success(request, gettext("Kết nối được, và tìm thấy tài khoản của anh/chị ở đó."))
    else:
        messages.warning(
            request,
            gettext(
                "Kết nối được, nhưng không có ai ở đó mang tên đăng nhập của anh/chị. Hãy xem lại nhánh và thuộc tính."
            ),
        )


def _directory(code: str) -> DirectorySetup:
    """Raises Http404."""
    found = directories.find_directory(code)
    if found is None:
        raise Http404
    return found


def _form_of(here: DirectorySetup) -> DirectoryForm:
    names = ("name", "address", "client_id", "recheck_minutes")
    initial = {**here.options, **{name: getattr(here, name) for name in names}}
    return DirectoryForm(initial=initial, kind=DirectoryKind(here.kind))


def _page(
    request: StaffRequest, here: DirectorySetup | None, form: DirectoryForm, error: str = ""
) -> HttpResponse:
    context = {
        "directory": here, "form": form, "error": error, "has_errors": bool(form.errors or error),
        "kind": KINDS[form.kind], "is_oidc": form.kind == DirectoryKind.OIDC,
        "return_address": company_queries.public_address(reverse("staff_directory_back")),
    }  # fmt: skip
    return render(request, "staff/directory.html", context, status=422 if form.errors or error else 200)
