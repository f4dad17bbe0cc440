"""The company's Page on Facebook: settings, secrets never shown, a test, what the Page shows, what was not believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.channels import accounts, tokens
from motcua.channels.accounts import Account
from motcua.channels.messenger import CODE, api, errors, looking_after, profile, setup, templates
from motcua.channels.outbound import NoAnswer
from motcua.config import clock
from motcua.messaging import templates as message_templates
from motcua.messaging.rules import placeholders
from motcua.web.staff import channel_setups
from motcua.web.staff.channel_setups import SECRET, ProviderForm, number_field
from motcua.web.staff_pages import StaffRequest, company_admin_page

REJECTED = {
    "UNSIGNED": _("không có chữ ký"),
    "SIGNATURE": _("chữ ký không khớp"),
    "UNREADABLE": _("không đọc được"),
    "OTHER_APP": _("không phải sự kiện của trang Facebook"),
    "TOO_OLD": _("lời gọi cũ được gửi lại"),
    "HANDSHAKE": _("mã xác minh (verify token) không đúng"),
}
WAITING = {
    "NEEDS_CONSENT": _("khóa truy cập của trang hết hạn"),
    "NOT_SET_UP": _("chưa cài tài khoản"),
    "WINDOW_CLOSED": _("quá 24 giờ khách không nhắn"),
    "UNREACHABLE": _("khách đã chặn hoặc rời Messenger"),
    "HELD_ELSEWHERE": _("ứng dụng khác đang giữ cuộc trò chuyện"),
    "TIMEOUT": _("Messenger chưa trả lời"),
}
OPEN_PARAMS = frozenset({"brand"})  # filled in when the text is handed in, not when it is sent
_LINE = re.compile(r"^(?P<ours>[a-z_.]+)\s*=\s*(?P<name>[a-z0-9_]{1,60})\s*(?::(?P<params>[a-z_, ]*))?$")


class TemplatesField(channel_setups.TemplatesField):
    """Utility templates: `request.received = request_received : number, service, due`."""

    def line_of(self, ours: str, told: Mapping[str, Any]) -> str:
        return f"{ours} = {told['name']} : {', '.join(told.get('params', ()))}"

    def read_line(self, line: str) -> tuple[str, dict[str, Any]] | None:
        read = _LINE.match(line)
        params = [one.strip() for one in (read["params"] or "").split(",") if one.strip()] if read else []
        if read is None or not _is_whole(read["ours"], params):
            return None
        return read["ours"], {"name": read["name"], "language": "vi", "params": params}


def _is_whole(code: str, params: list[str]) -> bool:
    """A text of ours, with every placeholder that it has, once."""
    try:
        declared = message_templates.get(code)
    except message_templates.UnknownTemplate:
        return False
    return len(set(params)) == len(params) and set(params) == placeholders(declared.vi) - OPEN_PARAMS


class MessengerForm(ProviderForm):
    page_id = number_field(_("Mã trang (Page ID)"), _("Mã trang chỉ gồm chữ số."))
    app_id = number_field(_("Mã ứng dụng (app id)"), _("Mã ứng dụng chỉ gồm chữ số."))
    sender_name = forms.CharField(label=_("Tên điện lực trong lời chào"), max_length=40)
    page_token = forms.CharField(
        label=_("Khóa truy cập của trang (Page access token)"), required=False, max_length=500, widget=SECRET,
        help_text=_("Loại không hết hạn. Không bao giờ hiện lại. Để trống thì giữ khóa đang dùng."),
    )  # fmt: skip
    app_secret = forms.CharField(
        label=_("Khóa bí mật của ứng dụng"), required=False, max_length=200, widget=SECRET,
        help_text=_("Dùng để kiểm tra webhook. Khóa cũ vẫn được nhận đến lần đổi sau."),
    )  # fmt: skip
    version = forms.RegexField(
        r"^v\d{2}\.\d$", label=_("Phiên bản Graph API"), error_messages={"invalid": _("Ví dụ: v25.0")}
    )
    templates = TemplatesField(
        label=_("Mẫu tin tiện ích (utility)"), required=False, max_length=4000,
        help_text=_("Mỗi dòng một mẫu: tin của ta = tên mẫu ở Meta : các chỗ điền theo thứ tự, ví dụ request.received = request_received : number, service, due, link."),
    )  # fmt: skip
    human_agent = forms.BooleanField(
        label=_("Meta đã duyệt HUMAN_AGENT: nhân viên được trả lời đến 7 ngày"), required=False
    )
    sends_proof = forms.BooleanField(label=_("Gửi kèm appsecret_proof"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not setup.has_secrets():
            for name in ("page_token", "app_secret"):
                if name not in self.errors and not given.get(name):
                    self.add_error(name, gettext("Lần cài đầu cần khóa này."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def page(request: StaffRequest) -> HttpResponse:
    """The Page."""
    if request.method != "POST":
        return _page(request, _form_of(setup.find_setup()))
    form = MessengerForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = dict(form.cleaned_data)
    words = {name: given.pop(name) for name in ("sender_name", "page_token", "app_secret")}
    setup.save(values=given, **words, actor=request.actor, at=clock.now())
    messages.success(request, gettext("Đã lưu. Hãy thử kết nối."))
    return redirect("staff:messenger")


@require_POST
@company_admin_page
def act(request: StaffRequest) -> HttpResponse:
    """Try it, put up what the Page shows, hand templates in, switch it off or on."""
    wanted, found = request.POST.get("viec", ""), setup.find_setup()
    account = accounts.find_account(CODE)
    if wanted in ACTS and account is not None:
        return _do(request, ACTS[wanted], account)
    return channel_setups.switch(request, CODE, wanted, found, "staff:messenger")


def _do(request: StaffRequest, what: Callable[[Account], str], account: Account) -> HttpResponse:
    """Ask Meta for something; its refusal stands on the page in words."""
    try:
        done = what(account)
    except api.MetaError as refused:
        error = gettext("Meta trả lời lỗi %(code)s: %(about)s.") % {
            "code": refused.code, "about": gettext(errors.find(refused.code, refused.subcode).about),
        }  # fmt: skip
        return _page(request, _form_of(setup.find_setup()), error=error)
    except NoAnswer as silent:
        error = gettext("Meta không trả lời (%(why)s).") % {"why": silent.code}
        return _page(request, _form_of(setup.find_setup()), error=error)
    messages.success(request, done)
    return redirect("staff:messenger")


def _try(account: Account) -> str:
    """Call Meta; where it does not tell us all events, ask for them."""
    state = looking_after.check_page(at=clock.now())
    if state.missing:
        looking_after.subscribe()
    return gettext("Kết nối được: %(name)s (%(id)s).") % {"name": state.name, "id": state.page_id}


def _put_up(account: Account) -> str:
    profile.put_up(account)
    return gettext("Trang đã có nút Bắt đầu, lời chào và thực đơn.")


def _hand_in(account: Account) -> str:
    names = templates.submit(account)
    if not names:
        return gettext("Meta đã có mọi mẫu tin.")
    return gettext("Đã gửi Meta duyệt: %(names)s.") % {"names": ", ".join(names)}


ACTS: dict[str, Callable[[Account], str]] = {"thu": _try, "trang": _put_up, "mau": _hand_in}


def _form_of(found: setup.Setup) -> MessengerForm:
    if found.is_set_up:
        return MessengerForm(initial={**found.values, "sender_name": found.sender_name})
    return MessengerForm(
        initial={"version": api.VERSION, "sends_proof": True, "sender_name": found.sender_name}
    )


def _state(found: setup.Setup) -> tuple[str, str]:
    token = tokens.find_token(CODE)
    is_dead = token is not None and token.needs_consent
    return channel_setups.state_of(found, dead=gettext("khóa truy cập hết hạn") if is_dead else "")


def summary() -> dict[str, Any]:
    """The line of the list of channels."""
    found = setup.find_setup()
    return channel_setups.summary(found, _state(found), [CODE])


def _page(request: StaffRequest, form: MessengerForm, error: str = "") -> HttpResponse:
    found = setup.find_setup()
    context = channel_setups.page_context(
        found, form, error, _state(found), channels=[CODE], rejected=REJECTED, waiting=WAITING, why=_why,
        event_name=_event_name,
    )  # fmt: skip
    context["facts"] = [
        {"key": gettext("Địa chỉ webhook"), "value": found.callback_url},
        {
            "key": gettext("Mã xác minh (verify token)"),
            "value": found.verify_token or gettext("có sau khi lưu"),
        },
    ]
    return render(request, "staff/messenger.html", context, status=422 if context["has_errors"] else 200)


def _why(reason: str) -> str:
    numbers = reason.removeprefix("META_").split("_")
    if reason == "_".join(numbers) or not all(one.isdigit() for one in numbers):
        return reason
    return f"{gettext(errors.find(*[int(one) for one in numbers[:2]]).about)} ({'/'.join(numbers)})"


def _event_name(event: Mapping[str, Any]) -> str:
    """What it is about, and what became of it where it says so."""
    value = event.get("value")
    value = value if isinstance(value, dict) else {}
    if event.get("field") == "feed" and value.get("item") == "comment":
        return _comment(value)
    parts = [event.get("field"), value.get("message_template_name") or value.get("item"), value.get("event")]
    return " ".join(str(part) for part in parts if part)[:100]


def _comment(value: Mapping[str, Any]) -> str:
    """Who wrote what below a post of the Page: it is read here and answered on Facebook."""
    who = value.get("from")
    name = str(who.get("name") or "") if isinstance(who, dict) else ""
    words = " ".join(str(value.get("message") or "").split())
    return gettext("Bình luận của %(name)s: %(words)s") % {"name": name[:60] or "?", "words": words[:200]}
