"""Hooks of the sign-in library: nobody signs up alone, sign-ins are audited, a lock-out says how long it
lasts, secrets of the second factor lie sealed in the database.
"""

from __future__ import annotations

import base64
import time
from typing import Any
from uuid import UUID

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context as library_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.connectors.identity import staff as staff_directory
from motcua.kernel.actors import Actor

_SEAL_PURPOSE = b"motcua second factor 1"
CONFIRMING = {"reauthenticate": _("Dùng mật khẩu"), "mfa_reauthenticate": _("Dùng mã trên điện thoại")}


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff accounts are made by an administrator; who came and went is audited."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("Tài khoản này đã ngừng hoạt động."),
        "enter_current_password": _("Mật khẩu hiện tại chưa đúng."),
        "incorrect_code": _("Mã chưa đúng."),
        "incorrect_password": _("Mật khẩu chưa đúng."),
        "invalid_login": _("Tên đăng nhập chưa đúng."),
        "too_many_login_attempts": _("Sai quá nhiều lần. Hãy chờ ít phút rồi thử lại."),
        "username_password_mismatch": _("Tên đăng nhập hoặc mật khẩu chưa đúng."),
        "rate_limited": _("Gửi quá nhiều lần liên tiếp. Hãy chờ ít phút rồi thử lại."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return settings.LOGIN_REDIRECT_URL

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return settings.LOGIN_REDIRECT_URL

    def clean_password(self, password: str, user: Any = None) -> str:
        """A password that was given is not kept by giving it again."""
        cleaned: str = super().clean_password(password, user)
        if user is not None and user.must_change_password and user.check_password(cleaned):
            raise ValidationError(_("Hãy chọn mật khẩu khác mật khẩu được cấp."))
        return cleaned

    def set_password(self, user: Any, password: str) -> None:
        user.password = company_ops.staff_choose_password(staff_id=user.pk, password=password, at=clock.now())
        user.must_change_password = False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        _audit_session(user, "staff.signed_in")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            _audit_session(request.user, "staff.signed_out")
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has signed in within the last minutes need not say the password again."""
        request = library_context.request
        records = get_authentication_records(request, request.user) if request is not None else []
        newest = max((record.get("at", 0) for record in records), default=0)
        return bool(time.time() - newest > account_settings.REAUTHENTICATION_TIMEOUT)  # noqa: TID251 - the library's own clock

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The library's ways to confirm who one is, in our words."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**way, "description": CONFIRMING.get(way["id"], way["description"])} for way in methods]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what happened."""


def _audit_session(user: Any, verb: str) -> None:
    company_ops.record_audit(
        actor=Actor.staff(user.pk), verb=verb, subject_type="staff", subject_id=str(user.pk), at=clock.now()
    )


class StaffMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """A code from an application on the phone: its secret is sealed, and those who must have one keep it."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "Chức danh của anh/chị bắt buộc dùng mã xác thực; hãy nhờ quản trị viên đặt lại."
        ),
        "cannot_generate_recovery_codes": _("Hãy cài mã xác thực trước khi tạo mã dự phòng."),
        "incorrect_code": _("Mã chưa đúng. Hãy xem đồng hồ của điện thoại và nhập mã đang hiện."),
    }

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def get_totp_issuer(self) -> str:
        return f"Motcua {context.current_company().brand}"

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not authenticator.user.must_use_totp

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Staff addresses belong to other systems; the audit tells."""


def _fernet() -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_SEAL_PURPOSE).derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def has_second_factor(staff_id: UUID) -> bool:
    """Whether the person set up codes from an application."""
    return bool(Authenticator.objects.filter(user_id=staff_id, type=Authenticator.Type.TOTP).exists())


def forget_second_factor(*, staff_id: UUID, actor: Actor, at: Any) -> None:
    """The phone is lost: take the second factor away, so that a new one is set up at the next sign-in."""
    Authenticator.objects.filter(user_id=staff_id).delete()
    company_ops.record_audit(
        actor=actor, verb="staff.second_factor_reset", subject_type="staff", subject_id=str(staff_id), at=at
    )


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords for this name from this address."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "account/locked.html", {"locked_minutes": minutes}, status=429)


class DirectoryBackend(ModelBackend):
    """Name and password asked of the company's own directory, where it has one."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if request is None or not username or not password:
            return None
        try:
            return staff_directory.check_password(username=username, password=password, at=clock.now())
        except staff_directory.DirectoryUnavailable:
            return None  # said to be wrong, like any; our log knows why
