"""Signing in and the second factor, by the library, at our addresses. Nothing of it sends e-mail."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from motcua.web.staff import directories

urlpatterns = [
    path("dang-nhap/", account.login, name="account_login"),
    path("dang-nhap/noi-khac/<slug:code>/", directories.begin, name="staff_directory_begin"),
    path("dang-nhap/tro-ve/", directories.back, name="staff_directory_back"),
    path("dang-nhap/ma-xac-thuc/", second_factor.authenticate, name="mfa_authenticate"),
    path("dang-xuat/", account.logout, name="account_logout"),
    path("da-khoa/", account.account_inactive, name="account_inactive"),
    path("mat-khau/", account.password_change, name="account_change_password"),
    path("xac-nhan/", account.reauthenticate, name="account_reauthenticate"),
    path("xac-nhan/ma-xac-thuc/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("bao-mat/", second_factor.index, name="mfa_index"),
    path("bao-mat/cai-dat/", totp.activate_totp, name="mfa_activate_totp"),
    path("bao-mat/go-bo/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("bao-mat/ma-du-phong/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("bao-mat/ma-du-phong/tao/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("bao-mat/ma-du-phong/tai/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]
