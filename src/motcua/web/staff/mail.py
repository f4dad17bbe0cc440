"""The company's mailbox: its servers, its password that is never shown again, a test, and how the reading of it goes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.channels import accounts
from motcua.channels.mail import CODE, imap, setup
from motcua.config import clock
from motcua.config.env import ENV
from motcua.customers.rules import clean_email
from motcua.messaging import queries as messaging_queries
from motcua.web.staff_pages import StaffRequest, company_admin_page

HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"
SECURITY = [(imap.TLS, _("TLS ngay từ đầu")), (imap.STARTTLS, "STARTTLS")]
UNENCRYPTED = (imap.PLAIN, _("không mã hóa (chỉ khi thử)"))
WHY = {
    "LOGIN_REFUSED": _("sai tên đăng nhập hoặc mật khẩu"),
    "LOGIN_535": _("sai tên đăng nhập hoặc mật khẩu"),
    "NOT_ENCRYPTED": _("máy chủ không mã hóa đường truyền"),
    "ConnectionRefusedError": _("máy chủ không mở cổng này"),
    "UNREACHED_ConnectionRefusedError": _("máy chủ không mở cổng này"),
    "gaierror": _("không có máy chủ tên này"),
    "UNREACHED_gaierror": _("không có máy chủ tên này"),
    "TimeoutError": _("máy chủ không trả lời"),
    "UNREACHED_TimeoutError": _("máy chủ không trả lời"),
    "SSLCertVerificationError": _("chứng thư của máy chủ không đáng tin"),
    "UNREACHED_SSLCertVerificationError": _("chứng thư của máy chủ không đáng tin"),
    "NOT_SET_UP": _("chưa cài tài khoản"),
    "UNREACHABLE": _("hộp thư của khách không tồn tại"),
    "PACE": _("chờ vì giới hạn số thư mỗi phút"),
}


class MailForm(forms.Form):
    mailbox = forms.EmailField(label=_("Địa chỉ hộp thư"), max_length=80)
    sender_name = forms.CharField(label=_("Tên người gửi"), max_length=40)
    username = forms.CharField(
        label=_("Tên đăng nhập"),
        required=False,
        max_length=120,
        help_text=_("Để trống nếu chính là địa chỉ hộp thư."),
    )
    password = forms.CharField(
        label=_("Mật khẩu của hộp thư"), required=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Không bao giờ hiện lại. Để trống thì giữ mật khẩu đang dùng."),
    )  # fmt: skip
    imap_host = forms.RegexField(
        HOST,
        label=_("Máy chủ nhận thư (IMAP)"),
        max_length=253,
        error_messages={"invalid": _("Tên máy chủ chưa đúng.")},
    )
    imap_port = forms.IntegerField(label=_("Cổng nhận thư"), min_value=1, max_value=65535)
    imap_security = forms.ChoiceField(label=_("Mã hóa khi nhận"), choices=SECURITY)
    smtp_host = forms.RegexField(
        HOST,
        label=_("Máy chủ gửi thư (SMTP)"),
        max_length=253,
        error_messages={"invalid": _("Tên máy chủ chưa đúng.")},
    )
    smtp_port = forms.IntegerField(label=_("Cổng gửi thư"), min_value=1, max_value=65535)
    smtp_security = forms.ChoiceField(label=_("Mã hóa khi gửi"), choices=SECURITY)
    per_minute = forms.IntegerField(
        label=_("Nhiều nhất bao nhiêu thư mỗi phút"), min_value=1, max_value=2000,
        help_text=_("Theo hạn mức của nhà cung cấp hộp thư."),
    )  # fmt: skip
    plus = forms.BooleanField(
        label=_("Máy chủ nhận địa chỉ có dấu cộng (hopthu+mã@…)"), required=False,
        help_text=_("Nhờ đó thư trả lời tìm được đúng cuộc trò chuyện."),
    )  # fmt: skip

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if not ENV.production:  # the stand-in of a mail server on this machine (motcua sandbox)
            for name in ("imap_security", "smtp_security"):
                self.fields[name].choices = [*SECURITY, UNENCRYPTED]  # type: ignore[attr-defined]

    def clean_mailbox(self) -> str:
        found = clean_email(str(self.cleaned_data["mailbox"]))
        if found is None or "+" in found or len(found.partition("@")[0]) > 20:
            raise forms.ValidationError(gettext("Phần trước @ dài nhiều nhất 20 ký tự, không có dấu cộng."))
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in ("imap", "smtp"):
            is_open = given.get(f"{name}_security") == imap.PLAIN
            if is_open and not accounts.is_apart(f"imap://{given.get(f'{name}_host')}"):
                self.add_error(f"{name}_security", gettext("Chỉ máy chủ thử trên máy này không cần mã hóa."))
        if not self.errors and not given.get("password") and setup.needs_password(given):
            self.add_error("password", gettext("Máy chủ hoặc hộp thư mới cần mật khẩu của nó."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def mailbox(request: StaffRequest) -> HttpResponse:
    """The mailbox."""
    if request.method != "POST":
        return _page(request, _form_of(setup.find_setup()))
    form = MailForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = dict(form.cleaned_data)
    name, password = given.pop("sender_name"), given.pop("password")
    setup.save(values=given, sender_name=name, password=password, actor=request.actor, at=clock.now())
    messages.success(request, gettext("Đã lưu. Hãy thử kết nối."))
    return redirect("staff:mail")


@require_POST
@company_admin_page
def act(request: StaffRequest) -> HttpResponse:
    """Try it, switch it off or on."""
    wanted, found, at = request.POST.get("viec", ""), setup.find_setup(), clock.now()
    account = accounts.find_account(CODE)
    if wanted == "thu" and account is not None:
        tried = setup.try_out(account)
        if tried.is_good:
            messages.success(request, gettext("Nhận và gửi đều kết nối được."))
            return redirect("staff:mail")
        lines = [
            gettext("%(what)s: %(why)s.") % {"what": what, "why": _why(code)}
            for what, code in ((gettext("Nhận thư"), tried.imap), (gettext("Gửi thư"), tried.smtp))
            if code
        ]
        return _page(request, _form_of(found), error=" ".join(lines))
    if wanted in {"tat", "bat"} and found.is_set_up:
        setup.switch(is_enabled=wanted == "bat", actor=request.actor, at=at)
        messages.success(request, gettext("Đã lưu."))
        return redirect("staff:mail")
    raise Http404


def state_of(found: setup.Setup, state: setup.State | None) -> tuple[str, str]:
    """In words, and their tone."""
    if not found.is_set_up and not found.is_stand_in:
        return gettext("chưa cài"), "wait"
    if not found.is_enabled:
        return gettext("đã tắt"), "bad"
    if state is not None and state.refused_code:
        return gettext("không đọc được hộp thư"), "bad"
    return gettext("đang mở"), "good"


def summary() -> dict[str, Any]:
    """The line of the list of channels."""
    found = setup.find_setup()
    waiting = sum(messaging_queries.count_waiting_by_reason([CODE]).values())
    return {
        "is_stand_in": found.is_stand_in,
        "state": state_of(found, setup.find_state()),
        "waiting": waiting,
    }


def _form_of(found: setup.Setup) -> MailForm:
    if found.is_set_up:
        return MailForm(initial={**found.values, "sender_name": found.sender_name})
    return MailForm(initial={**setup.DEFAULTS, "sender_name": found.sender_name})


def _why(code: str) -> str:
    return str(WHY.get(code, code))


def _page(request: StaffRequest, form: MailForm, error: str = "") -> HttpResponse:
    found, state = setup.find_setup(), setup.find_state()
    waiting = messaging_queries.count_waiting_by_reason([CODE])
    context = {
        "found": found, "form": form, "error": error, "state": state_of(found, state), "reading": state,
        "refused": _why(state.refused_code) if state is not None and state.refused_code else "",
        "waiting": [{"why": _why(reason), "count": count} for reason, count in waiting.items()],
    }  # fmt: skip
    return render(request, "staff/mail.html", context, status=422 if form.errors or error else 200)
