"""Signing in and the second factor, by the library, at our addresses. Nothing of it sends e-mail."""

from collections.abc import Callable

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from motcua.web.staff import directories


def _page(
    route: str, view: Callable[..., HttpResponseBase], name: str, *, is_form: bool = True
) -> URLPattern:
    """The library's form pages take PUT as POST, and its others look before they say no: here each says what it takes."""
    methods = ["GET", "HEAD", "POST"] if is_form else ["GET", "HEAD"]
    return path(route, require_http_methods(methods)(view), name=name)


urlpatterns = [
    _page("dang-nhap/", account.login, "account_login"),
    path("dang-nhap/noi-khac/<slug:code>/", directories.begin, name="staff_directory_begin"),
    path("dang-nhap/tro-ve/", directories.back, name="staff_directory_back"),
    _page("dang-nhap/ma-xac-thuc/", second_factor.authenticate, "mfa_authenticate"),
    _page("dang-xuat/", account.logout, "account_logout"),
    _page("da-khoa/", account.account_inactive, "account_inactive", is_form=False),
    _page("mat-khau/", account.password_change, "account_change_password"),
    _page("xac-nhan/", account.reauthenticate, "account_reauthenticate"),
    _page("xac-nhan/ma-xac-thuc/", second_factor.reauthenticate, "mfa_reauthenticate"),
    _page("bao-mat/", second_factor.index, "mfa_index", is_form=False),
    _page("bao-mat/cai-dat/", totp.activate_totp, "mfa_activate_totp"),
    _page("bao-mat/go-bo/", totp.deactivate_totp, "mfa_deactivate_totp"),
    _page("bao-mat/ma-du-phong/", recovery.view_recovery_codes, "mfa_view_recovery_codes", is_form=False),
    _page("bao-mat/ma-du-phong/tao/", recovery.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _page(
        "bao-mat/ma-du-phong/tai/",
        recovery.download_recovery_codes,
        "mfa_download_recovery_codes",
        is_form=False,
    ),
]
