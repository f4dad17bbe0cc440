"""Where the power is out or will be: incidents entered by hand, plans loaded from a sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel import access_codes
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import to_local
from motcua.kernel.results import Refused
from motcua.kernel.sheets import SheetUnreadable
from motcua.messaging.mass import operations as mass_ops
from motcua.outages import operations as outage_ops
from motcua.outages import plans
from motcua.outages import queries as outage_queries
from motcua.outages.models import Area
from motcua.outages.operations import Place
from motcua.outages.queries import OutageView
from motcua.outages.states import CAUSE_NAMES, Cause, State
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside, refuse_form
from motcua.web.staff_pages import StaffRequest, staff_page

WRITES = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)
A_PAGE = 50
AHEAD = timedelta(days=60)
LARGEST_SHEET = 5 * 1024 * 1024
FAULTS_SHOWN = 200
UNREADABLE = {
    "EMPTY": _("Tệp không có dòng nào."),
    "OLD_XLS": _("Tệp .xls đời cũ. Hãy lưu thành .xlsx hoặc CSV UTF-8 rồi nhập lại."),
    "NOT_XLSX": _("Không mở được tệp .xlsx này."),
    "ENCODING": _("Chữ trong tệp không phải UTF-8 hay Windows-1258. Hãy lưu thành .xlsx hoặc CSV UTF-8."),
}
STATES = {
    State.ANNOUNCED: (_("đã lên lịch"), "neutral"),
    State.OPEN: (_("đang mất điện"), "bad"),
    State.RESTORED: (_("đã có điện"), "good"),
    State.CANCELLED: (_("đã hủy"), "neutral"),
}


@dataclass(frozen=True)
class Line:
    """An outage as a row: what it says beside its own columns."""

    view: OutageView
    unit: str
    cause: str
    status: str
    tone: str


class PromiseForm(forms.Form):
    """When the power is back, as far as is known, and why it is out."""

    expected_at = forms.DateTimeField(
        label=_("Dự kiến có điện lúc"), required=False, widget=forms.DateTimeInput(), help_text=_("Để trống khi chưa biết. Khách hàng đọc giờ này."),
    )  # fmt: skip
    cause = forms.ChoiceField(
        label=_("Nguyên nhân"), choices=[(code.value, CAUSE_NAMES[code]) for code in Cause]
    )


class IncidentForm(PromiseForm):
    unit = forms.ChoiceField(label=_("Đơn vị"))
    place = forms.CharField(
        label=_("Nơi mất điện"), max_length=400, help_text=_("Viết cho khách hàng đọc, ví dụ “Phố Tây Sơn, từ số 1 đến số 120”.")
    )  # fmt: skip
    communes = forms.CharField(
        label=_("Xã, phường"), max_length=400, required=False, help_text=_("Nhiều nơi thì cách nhau bằng dấu chấm phẩy. Để trống cả ba ô là cả đơn vị.")
    )  # fmt: skip
    streets = forms.CharField(label=_("Đường, phố, ngõ"), max_length=400, required=False)
    stations = forms.CharField(label=_("Mã trạm biến áp"), max_length=400, required=False)
    began_at = forms.DateTimeField(label=_("Mất điện từ"), widget=forms.DateTimeInput())

    field_order = ("unit", "place", "communes", "streets", "stations", "cause", "began_at", "expected_at")

    def __init__(self, *args: Any, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]

    @property
    def areas(self) -> tuple[Place, ...]:
        told = self.cleaned_data
        return plans.areas(
            told["unit"], communes=told["communes"], streets=told["streets"], stations=told["stations"]
        )


@require_safe
@staff_page(*WRITES)
def outages(request: StaffRequest) -> HttpResponse:
    """Out now, coming, and over; by the units within reach."""
    at, units = clock.now(), request.actor.unit_codes
    past = outage_queries.list_past(at, unit_codes=units, before=_before(request), limit=A_PAGE + 1)
    is_first = "sau" not in request.GET
    context = {
        "now": _lines(outage_queries.list_now(at, unit_codes=units)) if is_first else [],
        "ahead": _lines(outage_queries.list_ahead(at, unit_codes=units, until=AHEAD)) if is_first else [],
        "past": _lines(past[:A_PAGE]),
        "is_first": is_first,
        "older": _older(past),
        "may_tell_many": request.actor.has_role(*mass_ops.WRITERS),
    }
    return render(request, "staff/outages.html", context)


def _before(request: StaffRequest) -> tuple[datetime, UUID] | None:
    begins_at, _sign, id = request.GET.get("sau", "").partition("_")
    found = parse_id(id)
    try:
        return (
            (datetime.fromtimestamp(float(begins_at), tz=to_local(clock.now()).tzinfo), found)
            if found
            else None
        )
    except (ValueError, OverflowError, OSError):
        return None


def _older(past: Sequence[OutageView]) -> str:
    if len(past) <= A_PAGE or (begins_at := past[A_PAGE - 1].state.begins_at) is None:
        return ""
    return f"{reverse('staff:outages')}?sau={begins_at.timestamp():.6f}_{past[A_PAGE - 1].id}"


def _lines(views: Sequence[OutageView]) -> list[Line]:
    names = company_queries.unit_names({view.state.unit_code for view in views})
    return [_line(view, names) for view in views]


def _line(view: OutageView, names: dict[str, str]) -> Line:
    state = State.OPEN if view.is_on else State(view.state.state)
    name, tone = STATES[state]
    unit = view.state.unit_code
    return Line(view, names.get(unit, unit), gettext(CAUSE_NAMES[Cause(view.state.cause)]), str(name), tone)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WRITES)
def add(request: StaffRequest) -> HttpResponse:
    """The power is out somewhere: where, since when, until when."""
    at = clock.now()
    units = [(unit.code, unit.name) for unit in company_queries.list_units(request.actor.unit_codes)]
    own = request.user.unit_id  # type: ignore[union-attr]
    initial = {"began_at": to_local(at).replace(second=0, microsecond=0), "unit": own}
    form = IncidentForm(request.POST or None, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_beside(form):
            id = outage_ops.enter_incident(
                place=told["place"], areas=form.areas, cause=told["cause"], began_at=told["began_at"],
                expected_at=told["expected_at"], actor=request.actor, at=at, key=_key(request),
            )  # fmt: skip
            messages.success(request, gettext("Đã ghi. Khách hàng ở nơi này hỏi thì được trả lời ngay."))
            return redirect("staff:outage", outage_id=id)
    context = {
        "form": form,
        "has_errors": bool(form.errors),
        "key": request.POST.get("key") or access_codes.token(12),
    }
    return render(request, "staff/outage_add.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page(*WRITES)
def outage(request: StaffRequest, outage_id: UUID) -> HttpResponse:
    return _page(request, _outage(request, outage_id))


@require_POST
@staff_page(*WRITES)
def act(request: StaffRequest, outage_id: UUID) -> HttpResponse:
    """Promise another hour, say that the power is back, cancel."""
    here, at, wanted = _outage(request, outage_id), clock.now(), request.POST.get("viec", "")
    told: dict[str, Any] = {"outage_id": here.id, "actor": request.actor, "at": at, "key": _key(request)}
    form = PromiseForm(request.POST) if wanted == "hen-lai" else None
    try:
        if form is not None:
            if not form.is_valid():
                return _page(request, here, form=form)
            outage_ops.expect(**form.cleaned_data, **told)
        elif wanted == "co-dien":
            outage_ops.restore(restored_at=at, **told)
        elif wanted == "huy":
            outage_ops.cancel(**told)
        else:
            raise Http404
    except Refused as refusal:
        if form is None:
            return _page(request, _outage(request, outage_id), error=refused_text(refusal))
        refuse_form(form, refusal)
        return _page(request, here, form=form)
    messages.success(request, gettext("Đã lưu."))
    return redirect("staff:outage", outage_id=here.id)


def _outage(request: StaffRequest, outage_id: UUID) -> OutageView:
    """One within reach. Raises Http404 for any other."""
    found = outage_queries.find_outage(outage_id, clock.now())
    if (
        found is None
        or not {found.state.unit_code, *(a.unit_code for a in found.areas)} & request.actor.unit_codes
    ):
        raise Http404
    return found


def _page(
    request: StaffRequest, here: OutageView, *, form: PromiseForm | None = None, error: str = ""
) -> HttpResponse:
    known = {
        "cause": here.state.cause,
        "expected_at": here.state.expected_at and to_local(here.state.expected_at),
    }
    context = {
        "line": _lines([here])[0],
        "may_tell_many": request.actor.has_role(*mass_ops.WRITERS),
        "places": [_place(area) for area in here.areas],
        "form": form or PromiseForm(initial=known),
        "has_errors": bool(error or (form and form.errors)),
        "error": error,
        "is_ours": here.state.unit_code in request.actor.unit_codes,
        "key": access_codes.token(12),
    }
    return render(request, "staff/outage.html", context, status=422 if context["has_errors"] else 200)


def _place(area: Area) -> str:
    parts = [
        area.street,
        area.commune,
        area.station_code and gettext("trạm %(code)s") % {"code": area.station_code},
    ]
    return ", ".join(part for part in parts if part) or gettext("cả đơn vị")


def _key(request: StaffRequest) -> str:
    key = request.POST.get("key", "")[:60]
    return f"web:{key}" if key else ""


# plans


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WRITES)
def load(request: StaffRequest) -> HttpResponse:
    """Plans of interruptions from CSV or Excel: looked at, or written. The same sheet again does nothing twice."""
    context: dict[str, Any] = {"headers": plans.TEMPLATE}
    status = 200
    if request.method == "POST":
        given = _read(request, context)
        context["has_errors"] = "error" in context
        status = 422 if context["has_errors"] else 200
        if (
            given is not None
            and not context["has_errors"]
            and request.POST.get("viec") == "nhap"
            and not given.faults
        ):
            messages.success(request, gettext("Đã nhập %(n)s lịch.") % {"n": len(given.plans)})
            return redirect("staff:outages")
    return render(request, "staff/outage_plans.html", context, status=status)


def _read(request: StaffRequest, context: dict[str, Any]) -> plans.Sheet | None:
    """Read the sheet and load what can be loaded; what was found goes into the context."""
    file = request.FILES.get("tep")
    if file is None or not file.size or file.size > LARGEST_SHEET:
        context["error"] = gettext("Hãy chọn một tệp CSV hoặc Excel, không quá 5 MB.")
        return None
    units = company_queries.unit_names(request.actor.unit_codes)
    dry_run = request.POST.get("viec") != "nhap"
    try:
        sheet = plans.read(io.BytesIO(file.read()), units=units)
        done = outage_ops.load_plans(plans=sheet.plans, actor=request.actor, at=clock.now(), dry_run=dry_run)
    except SheetUnreadable as error:
        context["error"] = str(UNREADABLE[error.code])
        return None
    except Refused as refusal:
        context["error"] = refused_text(refusal)
        return None
    context |= {
        "sheet": sheet, "done": done, "is_dry": dry_run, "more": max(0, len(sheet.faults) - FAULTS_SHOWN),
        "faults": [(fault.row, plans.title(fault.column), _problem(fault)) for fault in sheet.faults[:FAULTS_SHOWN]],
    }  # fmt: skip
    return sheet


def _problem(fault: plans.Fault) -> str:
    return gettext(fault.problem.message) % fault.problem.facts


@require_safe
@staff_page(*WRITES)
def template(request: StaffRequest) -> HttpResponse:
    """An empty sheet with the headers and one row to write over, for a spreadsheet."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(plans.TEMPLATE)
    writer.writerow(plans.EXAMPLE)
    response = HttpResponse("\ufeff" + kept.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lich-ngung-giam.csv"'
    return response
