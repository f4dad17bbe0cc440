"""Notices to many: whom, what, looked at, let go by somebody who may, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.customers.models import Topic
from motcua.customers.purposes import PURPOSES, WRITTEN
from motcua.kernel.local_time import to_local
from motcua.kernel.results import Refused, fill
from motcua.messaging.forms import LABELS, Form
from motcua.messaging.mass import audiences
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass.models import MassNotice, MassState
from motcua.messaging.mass.operations import STARTERS, WRITERS, Plan
from motcua.messaging.rules import Kind
from motcua.outages import plans
from motcua.outages import queries as outage_queries
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff_pages import StaffRequest, company_admin_page, staff_page
from motcua.web.words import actor_names, way_words, why_not_sent

AHEAD = timedelta(days=60)
LARGEST_LIST = 20 * 1024 * 1024
SAMPLES = 3
STATES = {
    MassState.GATHERING: (_("đang lập danh sách"), "wait"),
    MassState.READY: (_("chờ gửi"), "wait"),
    MassState.RUNNING: (_("đang gửi"), "go"),
    MassState.PAUSED: (_("tạm dừng"), "wait"),
    MassState.STOPPED: (_("đã dừng hẳn"), "bad"),
    MassState.DONE: (_("đã gửi xong"), "good"),
}
REASONS = {
    "NO_ADDRESS": _("Không có số điện thoại hay địa chỉ nào"),
    "NO_CONSENT": _("Chưa đồng ý nhận loại tin này"),
    "DECLINED": _("Đã chọn không nhận tin về chủ đề này"),
    "UNKNOWN": _("Không có mã khách hàng này, hoặc khách hàng đã rời đi"),
    "OVER": _("Không còn cần báo: đã trả hoặc hóa đơn đã thay đổi"),
}
ENDS = {
    "NO_WAY": _("Không còn kênh nào được phép gửi loại tin này."),
    "TOO_LATE": _("Đã quá hạn gửi trước khi gửi hết."),
}
CHOICES = {
    "UNITS": _("Mọi khách hàng do những đơn vị anh/chị chọn phục vụ"),
    "AREAS": _("Khách hàng ở phường, phố hay trạm biến áp"),
    "OUTAGE": _("Khách hàng ở nơi mất điện hoặc có lịch ngừng cấp điện"),
    "CODES": _("Tải lên danh sách mã khách hàng"),
    "CONSENT": _("Khách hàng đã đồng ý nhận tin hoặc trả lời khảo sát"),
}
TOPICS = {
    Topic.POWER_CUT: _("Cắt điện, sự cố, lịch làm việc"),
    Topic.PAYMENT: _("Hóa đơn, thanh toán"),
    Topic.REQUEST: _("Dịch vụ, yêu cầu"),
}
KINDS = {
    Kind.TRANSACTIONAL: _("Chăm sóc khách hàng: không cần đồng ý"),
    Kind.ADVERTISING: _("Quảng cáo, khảo sát: chỉ gửi người đã đồng ý, có nhãn [QC]"),
}


@dataclass(frozen=True)
class Line:
    """A notice as a row."""

    row: MassNotice
    status: Any
    tone: str
    audience: str
    who: str
    progress: mass_queries.Progress


class MassForm(forms.Form):
    """What is the same for every audience."""

    name = forms.CharField(label=_("Tên, để đồng nghiệp nhận ra"), max_length=120)
    topic = forms.ChoiceField(
        label=_("Chủ đề"), choices=[(code.value, label) for code, label in TOPICS.items()]
    )
    kind = forms.ChoiceField(
        label=_("Loại tin"), widget=forms.RadioSelect, choices=[(code.value, label) for code, label in KINDS.items()],
        initial=Kind.TRANSACTIONAL.value,
    )  # fmt: skip
    purpose = forms.ChoiceField(
        label=_("Khách đã đồng ý việc gì"),
        required=False,
        help_text=_("Chỉ cần khi là tin quảng cáo, khảo sát."),
    )
    short_vi = forms.CharField(
        label=_("Tin ngắn, tiếng Việt"), widget=forms.Textarea(attrs={"rows": 4}), max_length=918,
        help_text=_("Cho SMS và thông báo trên máy. SMS gửi đi không dấu; 160 ký tự đầu là một tin."),
    )  # fmt: skip
    short_en = forms.CharField(
        label=_("Tin ngắn, tiếng Anh"), widget=forms.Textarea(attrs={"rows": 3}), max_length=918, required=False,
        help_text=_("Để trống thì người dùng tiếng Anh cũng nhận bản tiếng Việt."),
    )  # fmt: skip
    rich_vi = forms.CharField(
        label=_("Tin trò chuyện (Zalo, Messenger)"), widget=forms.Textarea(attrs={"rows": 5}), max_length=2000, required=False,
        help_text=_("Để trống thì như tin ngắn."),
    )  # fmt: skip
    mail_vi = forms.CharField(
        label=_("E-mail"), widget=forms.Textarea(attrs={"rows": 6}), max_length=8000, required=False, help_text=_("Để trống thì như tin ngắn.")
    )  # fmt: skip
    channels = forms.MultipleChoiceField(
        label=_("Gửi qua kênh nào"), widget=forms.CheckboxSelectMultiple,
        help_text=_("Mỗi người nhận qua kênh họ đã chọn; không có thì qua kênh đầu tiên tới được họ, theo thứ tự này."),
        error_messages={"required": _("Hãy chọn ít nhất một kênh.")},
    )  # fmt: skip
    day_from = forms.TimeField(
        label=_("Gửi từ"), initial="07:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    day_to = forms.TimeField(label=_("đến"), initial="21:00", widget=forms.TimeInput(attrs={"type": "time"}))
    expires_at = forms.DateTimeField(
        label=_("Thôi gửi sau"), required=False, widget=forms.DateTimeInput(), help_text=_("Sau lúc này tin không còn ích lợi. Để trống khi không có hạn.")
    )  # fmt: skip

    def __init__(self, *args: Any, purposes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = [("", "–"), *purposes]  # type: ignore[attr-defined]
        self.fields["channels"].choices = [(code, way_words(code)) for code in mass_ops.CHANNELS]  # type: ignore[attr-defined]
        self.fields["channels"].initial = ["ZALO", "WEBPUSH", "SMS", "EMAIL"]


@require_safe
@staff_page(*WRITERS)
def notices(request: StaffRequest) -> HttpResponse:
    """What was sent to many, what is going, what waits for somebody."""
    rows = mass_queries.list_notices(request.actor)
    names = actor_names({row.created_by for row in rows})
    return render(request, "staff/mass_notices.html", {"lines": [_line(row, names) for row in rows]})


def _line(row: MassNotice, names: Mapping[str, str]) -> Line:
    status, tone = STATES[MassState(row.state)]
    audience = gettext(audiences.get(row.audience).label)
    return Line(row, status, tone, audience, names.get(row.created_by, ""), mass_queries.progress_of(row))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WRITERS)
def add(request: StaffRequest) -> HttpResponse:
    """Whom first, then what; what is written is gathered and shown, nothing is sent."""
    code = request.POST.get("cho") or request.GET.get("cho", "")
    if code not in CHOICES:
        return render(request, "staff/mass_choose.html", {"choices": _choices(request)})
    form = _form(request, code)
    if request.method == "POST" and form.is_valid():
        try:
            notice_id = mass_ops.plan(plan=_plan(form, code), actor=request.actor, at=clock.now())
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            return redirect("staff:mass-notice", notice_id=notice_id)
    context = {
        "form": form,
        "audience": CHOICES[code],
        "code": code,
        "variables": _variables(code),
        "has_errors": bool(form.errors),
        "own": [name for name in form.fields if name not in MassForm.base_fields],
    }
    return render(request, "staff/mass_add.html", context, status=422 if form.errors else 200)


def _choices(request: StaffRequest) -> list[tuple[str, Any, Any]]:
    whole = mass_queries.reaches_company(request.actor)
    return [
        (code, gettext(audiences.get(code).label), text)
        for code, text in CHOICES.items()
        if whole or code != audiences.CONSENT.code
    ]


def _variables(code: str) -> list[tuple[str, str]]:
    words = {
        "customer_name": gettext("tên khách hàng"), "account_code": gettext("mã khách hàng"), "address": gettext("nơi dùng điện"),
        "unit_name": gettext("điện lực"), "company": gettext("tên công ty"), "hotline": gettext("số tổng đài"),
    }  # fmt: skip
    found = [(name, words[name]) for name in [*mass_queries.variables_of(code), "company", "hotline"]]
    if code == "OUTAGE":
        found += [
            ("outage_place", gettext("nơi mất điện")),
            ("outage_from", gettext("mất điện từ")),
            ("outage_until", gettext("có điện lại")),
        ]
    return found


def _form(request: StaffRequest, code: str) -> MassForm:
    purposes = [(key, gettext(PURPOSES[key])) for key in WRITTEN]
    form = MassForm(request.POST or None, request.FILES or None, purposes=purposes)
    units = [(unit.code, unit.name) for unit in company_queries.list_units(request.actor.unit_codes)]
    own: dict[str, forms.Field] = {}
    if code == "UNITS":
        own["units"] = forms.MultipleChoiceField(
            label=_("Đơn vị"),
            widget=forms.CheckboxSelectMultiple,
            choices=units,
            help_text=_("Gồm cả các đơn vị cấp dưới."),
        )
    elif code == "AREAS":
        own["unit"] = forms.ChoiceField(label=_("Đơn vị"), choices=units)
        own["communes"] = forms.CharField(
            label=_("Xã, phường"), max_length=400, required=False, help_text=_("Nhiều nơi thì cách nhau bằng dấu chấm phẩy. Để trống cả ba ô là cả đơn vị.")
        )  # fmt: skip
        own["streets"] = forms.CharField(label=_("Đường, phố, ngõ"), max_length=400, required=False)
        own["stations"] = forms.CharField(label=_("Mã trạm biến áp"), max_length=400, required=False)
    elif code == "OUTAGE":
        own["outage"] = forms.ChoiceField(label=_("Lần mất điện"), choices=_outages(request))
    elif code == "CONSENT":
        own["agreed"] = forms.ChoiceField(label=_("Đã đồng ý"), choices=purposes)
    else:
        own["file"] = forms.FileField(
            label=_("Tệp CSV hoặc văn bản"), required=False, help_text=_("Mỗi dòng một mã khách hàng, ở cột đầu tiên. Không quá 20 MB.")
        )  # fmt: skip
        own["codes"] = forms.CharField(
            label=_("Hoặc dán mã vào đây"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 4}),
            max_length=200_000,
        )
    form.fields = {**own, **form.fields}
    return form


def _outages(request: StaffRequest) -> list[tuple[str, str]]:
    at, units = clock.now(), request.actor.unit_codes
    found = [
        *outage_queries.list_ahead(at, unit_codes=units, until=AHEAD), *outage_queries.list_now(at, unit_codes=units)
    ]  # fmt: skip
    return [
        (str(view.id), f"{to_local(view.state.begins_at):%H:%M %d/%m} · {view.state.place[:80]}" if view.state.begins_at else view.state.place[:80])
        for view in found
    ]  # fmt: skip


def _plan(form: MassForm, code: str) -> Plan:
    told = form.cleaned_data
    texts = {
        form_of.value: {lang: told.get(f"{form_of.value.lower()}_{lang}", "") for lang in ("vi", "en")}
        for form_of in Form
    }
    codes: list[str] = []
    if code == "UNITS":
        params: dict[str, Any] = {
            "units": sorted(company_queries.list_unit_codes_below(frozenset(told["units"])))
        }
    elif code == "AREAS":
        places = plans.areas(
            told["unit"], communes=told["communes"], streets=told["streets"], stations=told["stations"]
        )
        params = {"units": [told["unit"]], "areas": [vars(place.covered) for place in places]}
    elif code == "OUTAGE":
        params = {"outage": told["outage"]}
    elif code == "CONSENT":
        params = {"purpose": told["agreed"]}
    else:
        params = {}
        codes, bad = mass_ops.read_codes(_lines(told))
        if bad:
            form.bad_codes = bad  # type: ignore[attr-defined]
    return Plan(
        name=told["name"], topic=told["topic"], audience=code, audience_params=params, texts=texts, channels=told["channels"],
        kind=told["kind"], purpose=told["purpose"], day_from=told["day_from"], day_to=told["day_to"], expires_at=told["expires_at"],
        account_codes=codes,
    )  # fmt: skip


def _lines(told: Mapping[str, Any]) -> list[str]:
    lines = str(told.get("codes") or "").splitlines()
    file = told.get("file")
    if file is not None and file.size <= LARGEST_LIST:
        lines += file.read().decode("utf-8-sig", errors="replace").splitlines()
    return lines


def _refuse(form: MassForm, refusal: Refused) -> None:
    for name, problems in refusal.problems().items():
        field = name if name in form.fields else None
        for problem in problems:
            form.add_error(field, fill(gettext(problem.message), problem.facts))


@require_safe
@staff_page(*WRITERS)
def notice(request: StaffRequest, notice_id: UUID) -> HttpResponse:
    """One notice: before it goes, what it would say and cost; then how far it is and why some were not reached."""
    row, at = _found(request, notice_id), clock.now()
    names = actor_names({row.created_by, row.started_by} - {""})
    line = _line(row, names)
    is_before = row.state == MassState.READY
    policy = mass_queries.get_policy()
    size = line.progress.to_send
    costs = mass_queries.list_costs(row, at) if is_before else []
    context = {
        "line": line,
        "facts": _facts(row, names),
        "samples": [(way_words(one.channel), one) for one in mass_queries.list_samples(row, at, limit=SAMPLES)] if is_before else [],
        "costs": [(way_words(cost.channel), cost) for cost in costs],
        "total_vnd": sum(cost.vnd for cost in costs if cost.vnd) if all(cost.vnd is not None for cost in costs) else None,
        "reasons": [(REASONS.get(code, code), n) for code, n in line.progress.not_reached.items()],
        "failures": [
            (way_words(channel), why_not_sent(why), n) for channel, why, n in mass_queries.list_failures(row.id)
        ] if row.started_at else [],
        "needs_another": size > policy.four_eyes_above and (row.created_by == request.actor.ref or not request.actor.has_role(*STARTERS)),
        "four_eyes_above": policy.four_eyes_above,
        "ended": ENDS.get(row.ended_why, row.ended_why),
        "is_moving": row.state in (MassState.GATHERING, MassState.RUNNING),
    }  # fmt: skip
    return render(request, "staff/mass_notice.html", context)


def _found(request: StaffRequest, notice_id: UUID) -> MassNotice:
    row = mass_queries.find_notice(notice_id, request.actor)
    if row is None:
        raise Http404
    return row


def _facts(row: MassNotice, names: Mapping[str, str]) -> list[dict[str, Any]]:
    texts = [
        {"key": gettext(LABELS[form]), "lines": list(dict.fromkeys(row.texts[form.value].values()))}
        for form in Form
    ]
    shown = [text for number, text in enumerate(texts) if not number or text["lines"] != texts[0]["lines"]]
    return [
        {"key": gettext("Gửi cho"), "value": gettext(audiences.get(row.audience).label)},
        {"key": gettext("Chủ đề"), "value": TOPICS[Topic(row.topic)]},
        {"key": gettext("Loại tin"), "value": KINDS[Kind(row.kind)]},
        {"key": gettext("Kênh"), "value": ", ".join(way_words(code) for code in row.channels)},
        {"key": gettext("Giờ gửi"), "value": f"{row.day_from:%H:%M}–{row.day_to:%H:%M}"},
        *([{"key": gettext("Thôi gửi sau"), "value": f"{to_local(row.expires_at):%H:%M %d/%m/%Y}"}] if row.expires_at else []),
        *shown,
        {"key": gettext("Người soạn"), "value": names.get(row.created_by, "")},
        *([{"key": gettext("Người bấm gửi"), "value": names.get(row.started_by, "")}] if row.started_by else []),
    ]  # fmt: skip


@require_POST
@staff_page(*WRITERS)
def act(request: StaffRequest, notice_id: UUID) -> HttpResponse:
    """Let go, pause, go on, stop."""
    row, at, actor = _found(request, notice_id), clock.now(), request.actor
    wanted = request.POST.get("viec", "")
    try:
        if wanted == "gui":
            mass_ops.start(notice_id=row.id, actor=actor, at=at)
        elif wanted == "tam-dung":
            mass_ops.pause(notice_id=row.id, actor=actor, at=at)
        elif wanted == "gui-tiep":
            mass_ops.resume(notice_id=row.id, actor=actor, at=at)
        elif wanted == "dung-han":
            mass_ops.stop(notice_id=row.id, reason=request.POST.get("ly-do", ""), actor=actor, at=at)
        else:
            raise Http404
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    return redirect("staff:mass-notice", notice_id=row.id)


class PolicyForm(forms.Form):
    four_eyes_above = forms.IntegerField(
        label=_("Trên bao nhiêu người thì phải có người thứ hai bấm gửi"), min_value=0, max_value=10_000_000
    )
    source = forms.CharField(
        label=_("Giá theo đâu"), max_length=300, required=False, help_text=_("Hợp đồng, bảng giá, ngày.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in mass_ops.CHANNELS:
            label = gettext("Giá một tin %(channel)s (đồng)") % {"channel": way_words(code)}
            self.fields[f"price_{code}"] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=100_000
            )


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def policy(request: StaffRequest) -> HttpResponse:
    """From how many a second person is needed, and what messages cost."""
    now = mass_queries.get_policy()
    initial = {"four_eyes_above": now.four_eyes_above, "source": now.source} | {
        f"price_{code}": price for code, price in now.prices.items()
    }
    form = PolicyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        prices = {
            code: told[f"price_{code}"] for code in mass_ops.CHANNELS if told[f"price_{code}"] is not None
        }
        with refusals_beside(form):
            mass_ops.set_policy(
                four_eyes_above=told["four_eyes_above"], prices=prices, source=told["source"], actor=request.actor, at=clock.now()
            )  # fmt: skip
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:mass-policy")
    context = {"form": form, "now": now, "has_errors": bool(form.errors)}
    return render(request, "staff/mass_policy.html", context, status=422 if form.errors else 200)
