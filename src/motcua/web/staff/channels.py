"""The company's accounts with the providers of channels: what is set up, whether it works, what was not believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.channels import accounts, tokens
from motcua.channels.zalo import BY_PHONE, CODE, api, consent, errors, hook, looking_after, setup
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.messaging import templates as message_templates
from motcua.messaging.rules import placeholders
from motcua.web.errors import refused_text
from motcua.web.staff import channel_setups, mail, messenger, sms
from motcua.web.staff.channel_setups import SECRET, ProviderForm, number_field
from motcua.web.staff_pages import StaffRequest, company_admin_page
from motcua.web.templatetags.motcua_ui import DRAWN_BY_PAGE

REJECTED = {
    "UNSIGNED": _("không có chữ ký (thường là nút kiểm tra của Zalo)"),
    "SIGNATURE": _("chữ ký không khớp"),
    "UNREADABLE": _("không đọc được"),
    "OTHER_APP": _("của ứng dụng khác"),
    "TOO_OLD": _("lời gọi cũ được gửi lại"),
}
WAITING = {
    "NEEDS_CONSENT": _("chờ người quản trị OA cấp quyền lại"),
    "NOT_SET_UP": _("chưa cài tài khoản"),
    "WINDOW_CLOSED": _("quá 7 ngày khách không nhắn"),
    "UNREACHABLE": _("khách không nhận được tin Zalo"),
    "NO_ZALO": _("số điện thoại không dùng Zalo"),
    "TIMEOUT": _("Zalo chưa trả lời"),
}
CONSENT_TAG = "zalo-consent"
_LINE = re.compile(r"^(?P<ours>[a-z_.]+)\s*=\s*(?P<id>\d{1,12})\s*(?::(?P<params>.*))?$")


class TemplatesField(channel_setups.TemplatesField):
    """`request.received = 345678 : so_phieu=number, han=due`."""

    def line_of(self, ours: str, told: Mapping[str, Any]) -> str:
        params = ", ".join(f"{theirs}={name}" for theirs, name in told.get("params", {}).items())
        return f"{ours} = {told['id']} : {params}"

    def read_line(self, line: str) -> tuple[str, dict[str, Any]] | None:
        read = _LINE.match(line)
        if read is None:
            return None
        params = [part.partition("=") for part in (read["params"] or "").split(",") if part.strip()]
        names = {theirs.strip(): ours.strip() for theirs, _equals, ours in params}
        return (
            (read["ours"], {"id": read["id"], "params": names}) if _is_declared(read["ours"], names) else None
        )


def _is_declared(code: str, names: Mapping[str, str]) -> bool:
    """A text of ours, and placeholders that it has."""
    try:
        declared = message_templates.get(code)
    except message_templates.UnknownTemplate:
        return False
    return set(names.values()) <= placeholders(declared.vi) and all(names)


class ZaloForm(ProviderForm):
    oa_id = number_field(_("Mã OA"), _("Mã OA chỉ gồm chữ số."), help_text=_("Dãy số của Official Account."))
    app_id = number_field(_("Mã ứng dụng (app id)"), _("Mã ứng dụng chỉ gồm chữ số."))
    app_secret = forms.CharField(
        label=_("Khóa bí mật của ứng dụng"), required=False, max_length=200, widget=SECRET,
        help_text=_("Không bao giờ hiện lại. Để trống thì giữ khóa đang dùng."),
    )  # fmt: skip
    hook_secret = forms.CharField(
        label=_("Khóa bí mật của OA (để kiểm tra webhook)"), required=False, max_length=200, widget=SECRET,
        help_text=_("Ở trang Webhook của ứng dụng. Khóa cũ vẫn được nhận đến lần đổi sau."),
    )  # fmt: skip
    mac = forms.ChoiceField(
        label=_("Chữ ký webhook bắt đầu bằng"),
        choices=[
            (hook.APP_ID, _("mã ứng dụng")),
            (hook.OA_ID, _("mã OA")),
            (hook.EITHER, _("một trong hai (ghi lại cái nào khớp)")),
        ],
    )
    pkce_mode = forms.ChoiceField(
        label=_("Cách xin quyền"),
        choices=[
            (consent.PER_REQUEST, _("đường dẫn mới mỗi lần")),
            (consent.FIXED, _("đường dẫn cố định của trang quản trị Zalo")),
        ],
    )
    consent_link = forms.URLField(
        label=_("Đường dẫn cố định"), required=False, max_length=800, assume_scheme="https",
        help_text=_("Chép từ trang quản trị Zalo, khi chọn đường dẫn cố định."),
    )  # fmt: skip
    verifier = forms.CharField(
        label=_("Code verifier cố định"), required=False, min_length=43, max_length=128, widget=SECRET,
        help_text=_("43 ký tự, ứng với code challenge đã lưu ở Zalo. Để trống thì giữ cái đang dùng."),
    )  # fmt: skip
    templates = TemplatesField(
        label=_("Mẫu tin đã duyệt (ZBS)"), required=False, max_length=4000,
        help_text=_("Mỗi dòng một mẫu: tin của ta = số mẫu : tên ở Zalo=tên của ta, ví dụ request.received = 345678 : so_phieu=number, han=due."),
    )  # fmt: skip
    buttons = forms.BooleanField(
        label=_("Gửi nút bấm dưới tin trả lời (nếu không: đánh số 1, 2, 3)"), required=False
    )
    sends_proof = forms.BooleanField(label=_("Gửi kèm appsecret_proof"), required=False)

    def clean_consent_link(self) -> str:
        given = str(self.cleaned_data["consent_link"])
        if given and not given.startswith(f"{api.OAUTH}/"):
            raise forms.ValidationError(
                gettext("Đường dẫn phải bắt đầu bằng %(base)s/.") % {"base": api.OAUTH}
            )
        return given


@require_safe
@company_admin_page
def channels(request: StaffRequest) -> HttpResponse:
    """The channels that need an account, and how each stands."""
    found, token = setup.find_setup(), setup.find_token()
    context = {
        "found": found,
        **channel_setups.summary(found, _state(found, token), [CODE, BY_PHONE]),
        "mail": mail.summary(),
        "messenger": messenger.summary(),
        "sms": sms.summary(),
    }
    return render(request, "staff/channels.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def zalo(request: StaffRequest) -> HttpResponse:
    """The company's Official Account."""
    if request.method != "POST":
        return _page(request, _form_of(setup.find_setup()))
    form = ZaloForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = dict(form.cleaned_data)
    secrets = {name: given.pop(name) for name in ("app_secret", "hook_secret", "verifier")}
    setup.save(values=given, **secrets, actor=request.actor, at=clock.now())
    messages.success(request, gettext("Đã lưu. Hãy xin quyền rồi thử kết nối."))
    return redirect("staff:zalo")


@require_POST
@company_admin_page
def zalo_act(request: StaffRequest) -> HttpResponse:
    """Ask for consent, try it, switch it off or on."""
    wanted, found, at = request.POST.get("viec", ""), setup.find_setup(), clock.now()
    account = accounts.find_account(CODE)
    if wanted == "xin-quyen" and account is not None:
        # A form may lead to no other site (form-action), and a redirect after it counts: Zalo's page is a link to press.
        address = consent.begin(account, redirect=_return_address(), at=at)
        messages.info(request, address, extra_tags=f"{DRAWN_BY_PAGE} {CONSENT_TAG}")
        return redirect("staff:zalo")
    if wanted == "thu" and account is not None:
        return _try(request)
    return channel_setups.switch(request, CODE, wanted, found, "staff:zalo")


def _try(request: StaffRequest) -> HttpResponse:
    try:
        state = looking_after.check_account(at=clock.now())
    except tokens.NeedsConsent:
        error = gettext("Chưa có quyền: người quản trị OA cần cấp quyền.")
    except tokens.Busy:
        error = gettext("Khóa truy cập đang được đổi. Hãy thử lại sau ít giây.")
    except api.ZaloError as refused:
        error = gettext("Zalo trả lời lỗi %(code)s: %(about)s.") % {
            "code": refused.code, "about": gettext(errors.find(refused.code).about),
        }  # fmt: skip
    except api.NoAnswer as silent:
        error = gettext("Zalo không trả lời (%(why)s).") % {"why": silent.code}
    else:
        messages.success(
            request, gettext("Kết nối được: %(name)s (%(id)s).") % {"name": state.name, "id": state.oa_id}
        )
        if not state.has_wallet:
            messages.warning(
                request,
                gettext("OA chưa nối Zalo Cloud Account: tin sau 48 giờ và mẫu tin sẽ không gửi được."),
            )
        return redirect("staff:zalo")
    return _page(request, _form_of(setup.find_setup()), error=error)


@require_safe
@company_admin_page
def zalo_return(request: StaffRequest) -> HttpResponse:
    """Where Zalo sends the account's administrator back, with a code for the first tokens."""
    account = accounts.find_account(CODE)
    if account is None:
        raise Http404
    told = {name: request.GET.get(name, "")[:1000] for name in ("code", "oa_id", "state")}
    try:
        consent.finish(account, **told, actor=request.actor, at=clock.now())
    except Refused as refusal:
        return _page(request, _form_of(setup.find_setup()), error=refused_text(refusal))
    messages.success(request, gettext("Đã có quyền nhắn tin thay OA."))
    return redirect("staff:zalo")


def _return_address() -> str:
    return company_queries.public_address(reverse("staff:zalo-return"))


def _form_of(found: setup.Setup) -> ZaloForm:
    names = set(ZaloForm.base_fields)
    initial = {name: value for name, value in found.values.items() if name in names}
    return ZaloForm(initial=initial if found.is_set_up else setup.DEFAULTS)


def _state(found: setup.Setup, token: tokens.TokenView | None) -> tuple[str, str]:
    """In words, and their tone: a stand-in's consent is asked for at the first message."""
    dead = ""
    if token is None or token.needs_consent:
        is_first = found.is_stand_in and token is None
        dead = gettext("tự xin quyền ở lần gửi đầu") if is_first else gettext("cần cấp quyền")
    return channel_setups.state_of(found, dead=dead, is_calm=found.is_stand_in)


def _page(request: StaffRequest, form: ZaloForm, error: str = "") -> HttpResponse:
    found = setup.find_setup()
    context = channel_setups.page_context(
        found, form, error, _state(found, setup.find_token()), channels=[CODE, BY_PHONE], rejected=REJECTED,
        waiting=WAITING, why=_why, event_name=lambda event: str(event.get("event_name", ""))[:60],
    ) | {
        "alarms": tokens.list_alarms(clock.now()),
        "consent": next(
            (str(told) for told in messages.get_messages(request) if CONSENT_TAG in (told.extra_tags or "")), ""
        ),
        "facts": [
            {"key": gettext("Địa chỉ webhook"), "value": found.callback_url},
            {"key": gettext("Địa chỉ trở về khi xin quyền"), "value": _return_address()},
        ],
    }  # fmt: skip
    return render(request, "staff/zalo.html", context, status=422 if context["has_errors"] else 200)


def _why(reason: str) -> str:
    code = reason.removeprefix("ZALO_")
    if reason == code or not code.lstrip("-").isdigit():
        return reason
    return f"{gettext(errors.find(int(code)).about)} ({code})"
