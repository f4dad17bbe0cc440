"""The company's text messages: an aggregator or the carrier's own line, the names they go under, keywords, and how it stands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.channels import accounts, setups, sms_keywords, sms_setup
from motcua.channels.smpp import holding
from motcua.channels.smpp import settings as smpp
from motcua.channels.sms_setup import CODE
from motcua.config import clock
from motcua.config.env import ENV
from motcua.messaging import queries as messaging_queries
from motcua.web.staff_pages import StaffRequest, company_admin_page

HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"
SECRET = forms.PasswordInput(attrs={"autocomplete": "off"})
KEEPS = _("Không bao giờ hiện lại. Để trống thì giữ cái đang dùng.")
REJECTED = {
    "UNSIGNED": _("không có chữ ký"),
    "SIGNATURE": _("chữ ký không khớp"),
    "UNREADABLE": _("không đọc được"),
}
STATES = {
    holding.BOUND: (_("đang nối với tổng đài"), "good"),
    holding.BINDING: (_("đang nối lại"), "wait"),
    holding.LOST: (_("mất kết nối, đang nối lại"), "bad"),
    holding.REFUSED: (_("tổng đài từ chối kết nối"), "bad"),
}
WHY = {
    "NOT_SET_UP": _("chưa cài tài khoản"),
    "THROTTLED": _("tổng đài báo gửi quá nhanh, đang chờ"),
    "HELD_ELSEWHERE": _("chờ tiến trình đang giữ đường truyền gửi"),
    "LINE_LOST": _("mất kết nối với tổng đài"),
    "LINE_REFUSED": _("tổng đài từ chối kết nối"),
    "LINE_BINDING": _("đang nối lại với tổng đài"),
    "NO_ANSWER": _("tổng đài chưa trả lời, chờ biên nhận"),
    "NO_BRAND": _("tên người gửi (brandname) chưa đúng"),
    "NO_ADVERTISING_BRAND": _("chưa có tên người gửi dành cho quảng cáo"),
    "UNREACHABLE": _("số điện thoại không nhận được tin"),
    "TIMEOUT": _("nhà cung cấp không trả lời"),
    "101": _("sai khóa của nhà cung cấp"),
    "103": _("tài khoản hết tiền"),
    "104": _("tên người gửi chưa đăng ký"),
    "146": _("nội dung không khớp mẫu đã đăng ký"),
    "RINVPASWD": _("sai mật khẩu"),
    "RINVSYSID": _("sai tên đăng nhập"),
    "RBINDFAIL": _("tổng đài không cho nối (thường do sai tài khoản hoặc địa chỉ máy)"),
    "RALYBND": _("tài khoản đang được nối từ nơi khác"),
    "NO_ANSWER_TO_BIND": _("tổng đài không trả lời"),
    "CUT_OFF": _("tổng đài cắt kết nối"),
    "UNREACHED_ConnectionRefusedError": _("máy chủ không mở cổng này"),
    "UNREACHED_gaierror": _("không có máy chủ tên này"),
    "UNREACHED_TimeoutError": _("máy chủ không trả lời"),
    "UNREACHED_SSLCertVerificationError": _("chứng thư của máy chủ không đáng tin"),
}


class SmsForm(forms.Form):
    way = forms.ChoiceField(
        label=_("Gửi tin qua"),
        choices=[
            (smpp.HTTP, _("nhà cung cấp SMS (giao diện HTTP)")),
            (smpp.SMPP, _("đường truyền của nhà mạng (SMPP 3.4)")),
        ],
    )
    sender_name = forms.CharField(
        label=_("Tên người gửi (brandname) chăm sóc khách hàng"), max_length=11,
        help_text=_("Đã đăng ký với nhà mạng: 3 đến 11 ký tự không dấu, có ít nhất một chữ."),
    )  # fmt: skip
    advertising_name = forms.CharField(
        label=_("Tên người gửi dành cho quảng cáo"), max_length=11, required=False,
        help_text=_("Nhà mạng cấp riêng. Để trống thì không gửi tin quảng cáo."),
    )  # fmt: skip
    number = forms.RegexField(
        r"^\d{3,12}$", label=_("Đầu số khách nhắn đến"), required=False, error_messages={"invalid": _("Đầu số chỉ gồm chữ số.")},
        help_text=_("Tin trả lời khách đi từ số này; tên người gửi không nhận được tin."),
    )  # fmt: skip
    marks = forms.BooleanField(
        label=_("Gửi tiếng Việt có dấu"), required=False,
        help_text=_("Một tin có dấu chỉ chứa 70 chữ thay vì 160, nên đắt hơn."),
    )  # fmt: skip
    base_url = forms.URLField(
        label=_("Địa chỉ giao diện của nhà cung cấp"), required=False, max_length=200, assume_scheme="https"
    )
    api_key = forms.CharField(label="ApiKey", required=False, max_length=200, widget=SECRET, help_text=KEEPS)
    secret_key = forms.CharField(
        label="SecretKey", required=False, max_length=200, widget=SECRET, help_text=KEEPS
    )
    hook_secret = forms.CharField(
        label=_("Khóa ký biên nhận và tin khách"), required=False, max_length=200, widget=SECRET,
        help_text=_("Nhà cung cấp ký lời gọi về bằng khóa này. Khóa cũ vẫn được nhận đến lần đổi sau."),
    )  # fmt: skip
    host = forms.RegexField(
        HOST,
        label=_("Máy chủ SMPP"),
        required=False,
        max_length=253,
        error_messages={"invalid": _("Tên máy chủ chưa đúng.")},
    )
    port = forms.IntegerField(label=_("Cổng SMPP"), min_value=1, max_value=65535)
    security = forms.ChoiceField(
        label=_("Đường truyền"),
        choices=[(smpp.PLAIN, _("không mã hóa (chỉ qua kênh riêng hoặc VPN)")), (smpp.TLS, "TLS")],
    )
    system_id = forms.CharField(label=_("Tên đăng nhập (system_id)"), required=False, max_length=15)
    password = forms.CharField(
        label=_("Mật khẩu SMPP"), required=False, max_length=8, widget=SECRET, help_text=KEEPS
    )
    system_type = forms.CharField(label="system_type", required=False, max_length=12)
    bind = forms.ChoiceField(
        label=_("Cách nối"),
        choices=[
            (smpp.TRANSCEIVER, _("một đường gửi và nhận (transceiver)")),
            (smpp.PAIR, _("hai đường: gửi riêng, nhận riêng")),
        ],
    )
    long_messages = forms.ChoiceField(
        label=_("Tin dài"),
        choices=[
            (smpp.UDH, _("tự cắt (UDH)")),
            (smpp.SAR, _("tự cắt (sar_*)")),
            (smpp.PAYLOAD, _("tổng đài cắt (message_payload)")),
        ],
    )
    receipt_ids = forms.ChoiceField(
        label=_("Mã tin trong biên nhận"),
        choices=[
            (smpp.AS_IT_IS, _("giống mã khi nhận tin")),
            (smpp.HEX_THEN_DECIMAL, _("khi nhận là số hệ 16, trong biên nhận là hệ 10")),
        ],
    )
    window = forms.IntegerField(label=_("Số tin chờ trả lời cùng lúc"), min_value=1, max_value=200)
    per_second = forms.IntegerField(label=_("Nhiều nhất bao nhiêu tin mỗi giây"), min_value=1, max_value=1000)
    keywords = forms.BooleanField(
        label=_("Trả lời cú pháp TT, HD, TU CHOI"), required=False,
        help_text=_("TT và mã yêu cầu: trạng thái; TU CHOI: thôi nhận quảng cáo."),
    )  # fmt: skip
    answers_per_day = forms.IntegerField(
        label=_("Mỗi số điện thoại được trả lời theo cú pháp mấy lần một ngày"), min_value=0, max_value=100,
        help_text=_("Mỗi câu trả lời là một tin phải trả tiền."),
    )  # fmt: skip
    other_words = forms.ChoiceField(
        label=_("Tin khác cú pháp"),
        choices=[
            (sms_keywords.TALK, _("vào hội thoại như mọi kênh")),
            (sms_keywords.HOW, _("chỉ trả lời cách soạn tin")),
        ],
    )

    def clean_sender_name(self) -> str:
        return self._brand("sender_name")

    def clean_advertising_name(self) -> str:
        return self._brand("advertising_name") if self.cleaned_data["advertising_name"] else ""

    def _brand(self, name: str) -> str:
        given = str(self.cleaned_data[name]).strip()
        if not smpp.is_brand(given):
            raise forms.ValidationError(
                gettext("Từ 3 đến 11 ký tự: chữ không dấu, số, dấu chấm, gạch, cách; có ít nhất một chữ.")
            )
        return given

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        needed = ("host", "system_id") if given.get("way") == smpp.SMPP else ("base_url",)
        for name in needed:
            if name not in self.errors and not given.get(name):
                self.add_error(name, gettext("Mục này cần có."))
        base = str(given.get("base_url", ""))
        if base and not base.startswith("https://") and not ENV.demo:
            self.add_error("base_url", gettext("Địa chỉ phải bắt đầu bằng https://."))
        if not self.errors:
            for name in sms_setup.missing_secrets(given, given):
                self.add_error(name, gettext("Địa chỉ hoặc tài khoản mới cần khóa của nó."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def page(request: StaffRequest) -> HttpResponse:
    """The settings."""
    if request.method != "POST":
        return _page(request, _form_of(sms_setup.find_setup()))
    form = SmsForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = dict(form.cleaned_data)
    secrets = {name: given.pop(name) for name in (*sms_setup.SECRETS, "hook_secret")}
    name = given.pop("sender_name")
    sms_setup.save(values=given, sender_name=name, secrets=secrets, actor=request.actor, at=clock.now())
    messages.success(request, gettext("Đã lưu."))
    return redirect("staff:sms")


@require_POST
@company_admin_page
def act(request: StaffRequest) -> HttpResponse:
    """Try the line, switch the channel off or on; in a demonstration, take the stand-in's line or leave it."""
    wanted, found, at = request.POST.get("viec", ""), sms_setup.find_setup(), clock.now()
    account = accounts.find_account(CODE)
    if wanted == "thu" and account is not None and smpp.is_smpp(account):
        failed = sms_setup.try_out(account)
        if failed:
            return _page(
                request, _form_of(found), error=gettext("Chưa nối được: %(why)s.") % {"why": _why(failed)}
            )
        messages.success(request, gettext("Nối được với tổng đài."))
    elif wanted in {"tat", "bat"} and found.is_set_up:
        sms_setup.switch(is_enabled=wanted == "bat", actor=request.actor, at=at)
        messages.success(request, gettext("Đã lưu."))
    elif wanted == "smpp-thu" and ENV.demo and found.is_stand_in:
        sms_setup.use_stand_in(actor=request.actor, at=at)
        messages.success(request, gettext("Tin nhắn đi qua tổng đài SMPP thử."))
    elif wanted == "http-thu" and _plays_smpp(found):
        sms_setup.leave_stand_in(actor=request.actor, at=at)
        messages.success(request, gettext("Tin nhắn lại đi qua nhà cung cấp thử."))
    else:
        raise Http404
    return redirect("staff:sms")


def _plays_smpp(found: sms_setup.Setup) -> bool:
    """A demonstration whose messages go over the stand-in's line."""
    return ENV.demo and found.is_smpp and found.values.get("host") == "127.0.0.1"


def state_of(found: sms_setup.Setup, state: sms_setup.State | None) -> tuple[str, str]:
    """In words, and their tone."""
    if not found.is_set_up and not found.is_stand_in:
        return gettext("chưa cài"), "wait"
    if not found.is_enabled:
        return gettext("đã tắt"), "bad"
    if found.is_smpp:
        words, tone = STATES.get(
            state.state if state is not None else "", (_("chờ tiến trình nền nối"), "wait")
        )
        return str(words), tone
    return gettext("đang mở"), "good"


def summary() -> dict[str, Any]:
    """The line of the list of channels."""
    found = sms_setup.find_setup()
    return {
        "is_stand_in": found.is_stand_in,
        "state": state_of(found, sms_setup.find_state()),
        "waiting": sum(messaging_queries.count_waiting_by_reason([CODE]).values()),
        "rejected": setups.count_rejected(CODE),
    }


def _form_of(found: sms_setup.Setup) -> SmsForm:
    return SmsForm(initial={**found.values, "sender_name": found.sender_name[:11]})


def _why(code: str) -> str:
    return str(WHY.get(code.removeprefix("SMPP_"), code))


def _page(request: StaffRequest, form: SmsForm, error: str = "") -> HttpResponse:
    found, state = sms_setup.find_setup(), sms_setup.find_state()
    waiting = messaging_queries.count_waiting_by_reason([CODE])
    context = {
        "found": found, "form": form, "error": error, "state": state_of(found, state),
        "line": state if found.is_smpp else None, "why": _why(state.code) if state is not None and state.code else "",
        "may_play": ENV.demo and found.is_stand_in, "plays": _plays_smpp(found),
        "facts": [{"key": gettext("Địa chỉ nhận biên nhận và tin khách"), "value": found.callback_url}],
        "waiting": [{"why": _why(reason), "count": count} for reason, count in waiting.items()],
        "rejected": [
            {"line": line, "why": REJECTED.get(line.reason, line.reason)} for line in setups.list_rejected(CODE)
        ],
    }  # fmt: skip
    return render(request, "staff/sms.html", context, status=422 if form.errors or error else 200)
