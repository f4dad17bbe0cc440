"""The administration of a company: its units and its working days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.channels import tokens as channel_tokens
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.context import current_company_code
from motcua.companies.models import Unit, UnitKind
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import Health
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside
from motcua.web.health import QUEUE_LATE_SECONDS
from motcua.web.staff_pages import StaffRequest, company_admin_page, staff_page

UNIT_KINDS = {
    UnitKind.CENTRE: _("Trung tâm chăm sóc khách hàng"),
    UnitKind.PROVINCIAL: _("Công ty điện lực tỉnh"),
    UnitKind.LOCAL: _("Điện lực"),
    UnitKind.DESK: _("Quầy tại trung tâm hành chính công"),
}
YEARS = range(2015, 2061)


@require_safe
@staff_page(Role.ADMIN)
def home(request: StaffRequest) -> HttpResponse:
    """What can be administered, and what needs a look now."""
    at = clock.now()
    health = messaging_queries.measure_health(at)
    context = {
        "alarms": [*_late(health), *_channel_alarms(at)],
        "parked": health.inbox_parked,
        "dead": health.outbox_dead + health.outbox_held,
        "is_whole": company_queries.get_centre().code in request.actor.unit_codes,
    }
    return render(request, "staff/admin.html", context)


def _late(health: Health) -> list[str]:
    """Queues whose oldest row has waited too long: the same limit as `/healthz` and `motcua check`."""
    said = {
        "inbox": gettext("Tin đến: tin cũ nhất chờ %(n)s phút chưa được xử lý. Hãy xem bộ chạy nền."),
        "outbox": gettext(
            "Tin đi: tin cũ nhất chờ %(n)s phút chưa được gửi. Hãy xem bộ chạy nền và kênh gửi."
        ),
    }
    ages = {"inbox": health.inbox_oldest, "outbox": health.outbox_oldest}
    return [
        said[queue] % {"n": int(age.total_seconds() // 60)}
        for queue, age in ages.items()
        if age.total_seconds() > QUEUE_LATE_SECONDS
    ]


def _channel_alarms(at: datetime) -> list[str]:
    """Consent of a channel's account that is missing or ends within a fortnight."""
    return [
        gettext("Kênh liên lạc: %(alarm)s") % {"alarm": alarm} for alarm in channel_tokens.list_alarms(at)
    ]


# units


class UnitForm(forms.Form):
    name = forms.CharField(label=_("Tên đơn vị"), max_length=120)
    name_en = forms.CharField(label=_("Tên tiếng Anh"), max_length=120, required=False)
    address = forms.CharField(label=_("Địa chỉ"), max_length=200, required=False)
    phone = forms.CharField(label=_("Điện thoại"), max_length=20, required=False)
    representative = forms.CharField(
        label=_("Người đại diện ký hợp đồng"), max_length=120, required=False, help_text=_("Để trống thì như đơn vị cấp trên.")
    )  # fmt: skip
    representative_title = forms.CharField(label=_("Chức vụ"), max_length=120, required=False)
    authorisation_number = forms.CharField(label=_("Giấy ủy quyền số"), max_length=60, required=False)
    authorisation_date = forms.DateField(
        label=_("Ngày của giấy ủy quyền"), required=False, widget=forms.DateInput()
    )
    valid_to = forms.DateField(
        label=_("Ngừng hoạt động từ ngày"),
        required=False,
        widget=forms.DateInput(),
        help_text=_("Để trống khi còn hoạt động."),
    )


class NewUnitForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9]{4,8}$", label=_("Mã đơn vị"), help_text=_("4 đến 8 chữ in hoa hoặc số, ví dụ PD2900."),
        error_messages={"invalid": _("Mã đơn vị gồm 4 đến 8 chữ in hoa hoặc số.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Tên đơn vị"), max_length=120)
    name_en = forms.CharField(label=_("Tên tiếng Anh"), max_length=120, required=False)
    kind = forms.ChoiceField(
        label=_("Loại đơn vị"), choices=[(k.value, UNIT_KINDS[k]) for k in UnitKind if k != UnitKind.CENTRE]
    )
    parent = forms.ChoiceField(label=_("Thuộc đơn vị"))
    address = forms.CharField(label=_("Địa chỉ"), max_length=200, required=False)
    phone = forms.CharField(label=_("Điện thoại"), max_length=20, required=False)
    valid_from = forms.DateField(label=_("Hoạt động từ ngày"), widget=forms.DateInput())

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = parents  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()


def unit_choices(request: StaffRequest) -> list[tuple[str, str]]:
    """Units within the reach of whoever administers."""
    return [(u.code, f"{u.code} · {u.name}") for u in company_queries.list_units(request.actor.unit_codes)]


@require_safe
@staff_page(Role.ADMIN)
def units(request: StaffRequest) -> HttpResponse:
    """The units within reach."""
    listed = company_queries.list_units(request.actor.unit_codes)
    names = {unit.code: unit.name for unit in listed}
    today = local_date(clock.now())
    context = {
        "lines": [
            {
                "unit": unit, "kind": UNIT_KINDS[UnitKind(unit.kind)], "parent": names.get(unit.parent_id or "", unit.parent_id or ""),
                "is_closed": unit.valid_to is not None and unit.valid_to <= today,
            }
            for unit in listed
        ]
    }  # fmt: skip
    return render(request, "staff/units.html", context)


def _unit(request: StaffRequest, code: str) -> Unit:
    found = company_queries.list_units([code]) if code in request.actor.unit_codes else []
    if not found:
        raise Http404
    return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMIN)
def unit(request: StaffRequest, code: str) -> HttpResponse:
    """Correct a unit, or end it on a day."""
    here = _unit(request, code)
    initial = {name: getattr(here, name) for name in UnitForm.base_fields}
    form = UnitForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            company_ops.unit_change(code=here.code, **form.cleaned_data, actor=request.actor, at=clock.now())
            messages.success(request, gettext("Đã lưu đơn vị %(code)s.") % {"code": here.code})
            return redirect("staff:units")
    return render(
        request,
        "staff/unit.html",
        {"unit": here, "form": form, "has_errors": bool(form.errors)},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMIN)
def unit_add(request: StaffRequest) -> HttpResponse:
    """A new unit below one within reach."""
    form = NewUnitForm(
        request.POST or None, parents=unit_choices(request), initial={"valid_from": local_date(clock.now())}
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        parent_code, kind = given.pop("parent"), UnitKind(given.pop("kind"))
        with refusals_beside(form):
            made = company_ops.unit_open(
                **given, parent_code=parent_code, kind=kind, actor=request.actor, at=clock.now()
            )
            messages.success(request, gettext("Đã mở đơn vị %(code)s.") % {"code": made.code})
            return redirect("staff:units")
    return render(
        request,
        "staff/unit.html",
        {"unit": None, "form": form, "has_errors": bool(form.errors)},
        status=422 if form.errors else 200,
    )


# what a unit serves


class AreaForm(forms.Form):
    province = forms.ChoiceField(label=_("Tỉnh, thành phố"))
    district = forms.CharField(
        label=_("Quận, huyện"), max_length=60, required=False,
        help_text=_("Để trống khi phục vụ cả tỉnh, hoặc từ 1/7/2025 khi không còn cấp huyện."),
    )  # fmt: skip
    commune = forms.CharField(
        label=_("Xã, phường"),
        max_length=60,
        required=False,
        help_text=_("Để trống khi phục vụ cả quận, huyện."),
    )
    valid_from = forms.DateField(label=_("Phục vụ từ ngày"), widget=forms.DateInput())

    def __init__(self, *args: Any, provinces: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["province"].choices = provinces  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMIN)
def areas(request: StaffRequest, code: str) -> HttpResponse:
    """What the unit serves and since when; one more area."""
    here, today = _unit(request, code), local_date(clock.now())
    served = company_queries.list_served_provinces(current_company_code(), today)
    provinces = [(p.code, p.name) for p in served]
    form = AreaForm(request.POST or None, provinces=provinces, initial={"valid_from": today})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusals_beside(form):
            company_ops.area_add(
                unit_code=here.code, province_code=given["province"], district=given["district"], commune=given["commune"],
                valid_from=given["valid_from"], actor=request.actor, at=clock.now(),
            )  # fmt: skip
            messages.success(request, gettext("Đã thêm khu vực."))
            return redirect("staff:areas", code=here.code)
    names = {**company_queries.province_names(), **dict(provinces)}
    context = {
        "unit": here,
        "form": form,
        "has_errors": bool(form.errors),
        "today": today,
        "lines": [
            {
                "area": area,
                "province": names.get(area.province_code, area.province_code),
                "place": ", ".join(key.title() for key in (area.commune_key, area.district_key) if key),
                "is_over": area.valid_to is not None and area.valid_to <= today,
            }
            for area in company_queries.list_areas(here.code)
        ],
    }
    return render(request, "staff/areas.html", context, status=422 if form.errors else 200)


class AreaEndForm(forms.Form):
    valid_to = forms.DateField(label=_("Ngừng từ ngày"), widget=forms.DateInput())


@require_POST
@staff_page(Role.ADMIN)
def area_end(request: StaffRequest, area_id: int) -> HttpResponse:
    """End an area on a day."""
    area = company_queries.find_area(area_id)
    if area is None or area.unit_id not in request.actor.unit_codes:
        raise Http404
    form = AreaEndForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Ngày ngừng chưa đúng; hãy ghi ngày/tháng/năm."))
        return redirect("staff:areas", code=area.unit_id)
    try:
        company_ops.area_end(
            area_id=area.id, valid_to=form.cleaned_data["valid_to"], actor=request.actor, at=clock.now()
        )
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Đã lưu."))
    return redirect("staff:areas", code=area.unit_id)


# working days


class DayForm(forms.Form):
    date = forms.DateField(label=_("Ngày"), widget=forms.DateInput())
    is_working = forms.ChoiceField(
        label=_("Ngày này"),
        widget=forms.RadioSelect,
        choices=[("0", _("Nghỉ")), ("1", _("Làm việc (kể cả cuối tuần, ngày lễ)"))],
    )
    name = forms.CharField(
        label=_("Lý do"), max_length=120, help_text=_("Hiện trong cách tính hạn, ví dụ: Nghỉ bão số 5.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def days(request: StaffRequest) -> HttpResponse:
    """Days that differ for this company; the national ones beside them."""
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        company_ops.day_set(
            day=given["date"],
            is_working=given["is_working"] == "1",
            name=given["name"],
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(request, gettext("Đã lưu ngày %(day)s.") % {"day": f"{given['date']:%d/%m/%Y}"})
        return redirect(f"{request.path}?nam={given['date'].year}")
    year = _year(request.GET.get("nam", ""))
    own = {row.date: row for row in company_queries.list_company_days(year)}
    national = company_queries.list_national_days(year)
    context = {
        "form": form,
        "has_errors": bool(form.errors),
        "year": year,
        "years": [year - 1, year + 1],
        "own": list(own.values()),
        "national": [{"day": row, "is_overridden": row.date in own} for row in national],
        "spans": company_queries.list_work_spans(),
        "weekdays": [
            _("Thứ Hai"),
            _("Thứ Ba"),
            _("Thứ Tư"),
            _("Thứ Năm"),
            _("Thứ Sáu"),
            _("Thứ Bảy"),
            _("Chủ nhật"),
        ],
        "hours": _hours(),
    }
    return render(request, "staff/days.html", context, status=422 if form.errors else 200)


def _hours() -> list[dict[str, Any]]:
    names = [
        gettext("Thứ Hai"),
        gettext("Thứ Ba"),
        gettext("Thứ Tư"),
        gettext("Thứ Năm"),
        gettext("Thứ Sáu"),
        gettext("Thứ Bảy"),
        gettext("Chủ nhật"),
    ]
    spans = company_queries.list_work_spans()
    return [
        {
            "key": name,
            "lines": [f"{s.start:%H:%M}–{s.end:%H:%M}" for s in spans if s.weekday == index]
            or [gettext("Nghỉ")],
        }
        for index, name in enumerate(names)
    ]


def _year(text: str) -> int:
    return (
        int(text)
        if text.isascii() and text.isdigit() and int(text) in YEARS
        else local_date(clock.now()).year
    )


@require_POST
@company_admin_page
def day_forget(request: StaffRequest, day: str) -> HttpResponse:
    """Back to the national calendar on this day."""
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    company_ops.day_forget(day=when, actor=request.actor, at=clock.now())
    messages.success(
        request, gettext("Ngày %(day)s theo lịch chung của cả nước.") % {"day": f"{when:%d/%m/%Y}"}
    )
    return redirect(reverse("staff:days") + f"?nam={when.year}")
