"""Administering the desk: queues with their topics and targets, labels, when it closes and asks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.assistant.understanding import seeds
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.messaging.desk import administered, administering
from motcua.messaging.desk.administered import QueueView
from motcua.messaging.desk.models import Tone
from motcua.services import catalogue
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff_pages import StaffRequest, company_admin_page

TONES: dict[str, str | Promise] = {
    Tone.NEUTRAL.value: _("Xám"), Tone.GO.value: _("Xanh dương"), Tone.WAIT.value: _("Vàng"), Tone.GOOD.value: _("Xanh lá"),
    Tone.BAD.value: _("Đỏ"), Tone.NIGHT.value: _("Xanh đêm"),
}  # fmt: skip


class QueueForm(forms.Form):
    name = forms.CharField(label=_("Tên hàng chờ"), max_length=60)
    name_en = forms.CharField(label=_("Tên tiếng Anh"), max_length=60, required=False)
    unit_code = forms.ChoiceField(label=_("Đơn vị"), required=False)
    place = forms.IntegerField(label=_("Thứ tự"), min_value=0, max_value=999, initial=10)
    topics = forms.MultipleChoiceField(
        label=_("Chủ đề đưa vào hàng này"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Khi trợ lý chuyển cho người, chủ đề khách đang hỏi chọn hàng chờ. Chủ đề không thuộc hàng nào thì vào hàng chung."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("Đang dùng"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [(unit.code, unit.name) for unit in company_queries.list_units()]
        self.fields["unit_code"].choices = [("", gettext("Toàn công ty")), *units]  # type: ignore[attr-defined]
        self.fields["topics"].choices = topics()  # type: ignore[attr-defined]


class TargetForm(forms.Form):
    first_minutes = forms.IntegerField(label=_("Trả lời đầu trong (phút làm việc)"), min_value=1)
    resolve_minutes = forms.IntegerField(label=_("Giải quyết trong (phút làm việc)"), min_value=1)
    valid_from = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput())
    source = forms.CharField(
        label=_("Theo văn bản"), max_length=200, help_text=_("Ai đặt mục tiêu này, số văn bản, ngày.")
    )


class SettingsForm(forms.Form):
    idle_days = forms.IntegerField(
        label=_("Tự kết thúc sau (ngày khách không nhắn)"), min_value=0, max_value=365, help_text=_("0: không tự kết thúc."),
    )  # fmt: skip
    away_minutes = forms.IntegerField(
        label=_("Coi là vắng sau (phút không mở trang nào)"), min_value=5, max_value=600
    )
    asks_rating = forms.BooleanField(label=_("Hỏi khách có hài lòng không"), required=False)
    rating_days = forms.IntegerField(
        label=_("Một khách không bị hỏi lại trong (ngày)"), min_value=1, max_value=365
    )


def topics() -> list[tuple[str, str]]:
    """What the assistant tells apart: services, and questions with a page or an answer."""
    language = get_language() or "vi"
    services = [
        (service.code, service.name.get(language))
        for service in catalogue.list_services(local_date(clock.now()))
    ]
    known = {code for code, _name in services}
    questions = [
        (code, intent.title_en if language == "en" else intent.title_vi)
        for code, intent in seeds.intents().items()
        if not code.isupper() and code not in known and (intent.page or intent.service)
    ]
    return [*services, *sorted(questions, key=lambda one: one[1])]


@require_safe
@company_admin_page
def desk(request: StaffRequest) -> HttpResponse:
    """Queues with today's targets, labels, and the rules of the desk."""
    return _page(request, SettingsForm(initial=asdict(administered.get_settings())))


def _page(request: StaffRequest, form: SettingsForm) -> HttpResponse:
    targets = administered.targets_on(local_date(clock.now()))
    units = company_queries.unit_names([unit.code for unit in company_queries.list_units()])
    context = {
        "queues": [
            {"row": row, "unit": units.get(row.unit_code, ""), "target": targets.get(row.id), "topics": len(row.topics)}
            for row in administered.list_queues(with_closed=True)
        ],
        "labels": administered.list_labels(with_closed=True),
        "tones": list(TONES.items()),
        "form": form,
    }  # fmt: skip
    return render(request, "staff/desk.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def queue_add(request: StaffRequest) -> HttpResponse:
    """A new queue."""
    return _queue_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def queue(request: StaffRequest, queue_id: int) -> HttpResponse:
    """A queue's name, unit and topics, and its targets by period."""
    here = administered.find_queue(queue_id)
    if here is None:
        raise Http404
    return _queue_page(request, here)


def _queue_page(request: StaffRequest, here: QueueView | None) -> HttpResponse:
    is_target = request.POST.get("viec") == "muc-tieu"
    targets = administered.list_targets(here.id) if here else []
    initial = {**vars_of(here), "topics": list(here.topics)} if here else {}
    form = QueueForm(request.POST if request.method == "POST" and not is_target else None, initial=initial)
    now = targets[0] if targets else None
    target = TargetForm(
        request.POST if request.method == "POST" and is_target else None,
        initial={
            "first_minutes": now.first_minutes if now else None, "resolve_minutes": now.resolve_minutes if now else None,
            "valid_from": local_date(clock.now()),
        },
    )  # fmt: skip
    chosen: forms.Form = target if is_target else form
    if request.method == "POST" and chosen.is_valid():
        with refusals_beside(chosen):
            saved = (
                _set_target(request, here, target) if is_target and here else _save_queue(request, here, form)
            )
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:desk-queue", queue_id=saved)
    context = {"queue": here, "form": form, "target": target, "targets": targets, "chosen": chosen}
    return render(request, "staff/desk_queue.html", context, status=422 if chosen.errors else 200)


def vars_of(here: QueueView) -> dict[str, Any]:
    """A queue's own values, as a form begins with them."""
    return {name: getattr(here, name) for name in ("name", "name_en", "unit_code", "place", "is_active")}


def _save_queue(request: StaffRequest, here: QueueView | None, form: QueueForm) -> int:
    data = form.cleaned_data
    row = administering.save_queue(
        queue_id=here.id if here else None, name=data["name"], name_en=data["name_en"], unit_code=data["unit_code"],
        topics=data["topics"], place=data["place"], is_active=data["is_active"], actor=request.actor, at=clock.now(),
    )  # fmt: skip
    return int(row.pk)


def _set_target(request: StaffRequest, here: QueueView, form: TargetForm) -> int:
    at = clock.now()
    administering.set_target(
        queue_id=here.id, **form.cleaned_data, today=local_date(at), actor=request.actor, at=at
    )
    return here.id


@require_POST
@company_admin_page
def label(request: StaffRequest) -> HttpResponse:
    """A new label, or another name, colour or use of one."""
    data = request.POST
    id = int(data["id"]) if data.get("id", "").isdigit() else None
    if id is not None and not any(row.id == id for row in administered.list_labels(with_closed=True)):
        raise Http404
    try:
        administering.save_label(
            label_id=id, name=data.get("ten", ""), tone=data.get("mau", ""), is_active=data.get("dung", "") == "1",
            actor=request.actor, at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Đã lưu nhãn."))
    return redirect("staff:desk")


@require_POST
@company_admin_page
def rules(request: StaffRequest) -> HttpResponse:
    """When idle conversations close, who counts as away, whether customers are asked."""
    form = SettingsForm(request.POST)
    if form.is_valid():
        with refusals_beside(form):
            administering.save_settings(**form.cleaned_data, actor=request.actor, at=clock.now())
            messages.success(request, gettext("Đã lưu quy tắc."))
            return redirect("staff:desk")
    return _page(request, form)
