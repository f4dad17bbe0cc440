"""Where it is decided: targets set and withdrawn, months closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.companies import queries as company_queries
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Invalid, Refused, fill
from motcua.reports import operations as report_ops
from motcua.reports import queries as report_queries
from motcua.reports.definitions import FIGURES, MEASURES
from motcua.reports.queries import TargetView
from motcua.web.board import choosing, showing
from motcua.web.board.choosing import Choice
from motcua.web.board.viewing import BoardRequest, Viewer, board_page, refuse
from motcua.web.errors import refused_text

FIELD_OF = {"company": "company_code", "unit": "unit_code", "ends": "last"}
MONTHS_SHOWN = 12


class TargetForm(forms.Form):
    figure = forms.ChoiceField(label=_("Chỉ tiêu"))
    company_code = forms.ChoiceField(label=_("Tổng công ty"), required=False)
    unit_code = forms.ChoiceField(label=_("Đơn vị"), required=False)
    starts = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput())
    last = forms.DateField(label=_("Đến hết ngày"), widget=forms.DateInput())
    value = forms.DecimalField(label=_("Mức phải đạt"), max_digits=14, decimal_places=4, localize=True)
    reach_by = forms.DateField(label=_("Phải đạt trước ngày"), required=False, widget=forms.DateInput())

    def __init__(self, *args: Any, choice: Choice, company: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["figure"].choices = [(f.code, f"{gettext(f.name)} ({gettext(f.unit)})") for f in FIGURES]  # type: ignore[attr-defined]
        names = showing.names_of("company_code", [], choice)
        if company.kind == CompanyKind.GROUP:
            del self.fields["unit_code"]
            self.fields["company_code"].choices = [("", gettext("Cả nước")), *names.items()]  # type: ignore[attr-defined]
        else:
            del self.fields["company_code"]
            units = [(unit.code, unit.name) for unit in company_queries.list_units(viewer.actor.unit_codes)]
            whole = [("", gettext("Cả tổng công ty"))] if viewer.reaches_company else []
            self.fields["unit_code"].required = not viewer.reaches_company
            self.fields["unit_code"].choices = [*whole, *units]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@board_page()
def targets(request: BoardRequest) -> HttpResponse:
    """The targets that count here with how they stand; those who decide set one."""
    company, choice = request.company, choosing.read(request, local_date(clock.now()))
    first = choice.today.replace(month=1, day=1)
    initial = {"starts": first, "last": first.replace(month=12, day=31)}
    viewer = request.viewer
    form = TargetForm(request.POST or None, choice=choice, company=company, viewer=viewer, initial=initial)
    status = 200
    if request.method == "POST":
        if not request.viewer.decides:
            return refuse(request)
        if form.is_valid() and _set(form, request):
            messages.success(request, gettext("Đã đặt mục tiêu."))
            return redirect("board:targets")
        status = 422
    about = None if company.kind == CompanyKind.GROUP else company.code
    found = report_queries.list_targets(company_code=about)
    page = {
        "viewer": request.viewer,
        "form": form,
        "rows": [_shown(target, choice, company, viewer) for target in found],
        "has_errors": bool(form.errors),
    }
    return render(request, "board/targets.html", page, status=status)


def _set(form: TargetForm, request: BoardRequest) -> bool:
    told = form.cleaned_data
    own = "" if request.company.kind == CompanyKind.GROUP else request.company.code
    try:
        report_ops.set_target(
            figure=told["figure"], company_code=told.get("company_code", own), unit_code=told.get("unit_code", ""),
            starts=told["starts"], ends=told["last"] + timedelta(days=1), value=told["value"], reach_by=told["reach_by"],
            actor=request.viewer.actor, at=clock.now(),
        )  # fmt: skip
    except Invalid as refusal:
        for name, problems in refusal.errors.items():
            for problem in problems:
                field = FIELD_OF.get(name, name)
                form.add_error(
                    field if field in form.fields else None, fill(gettext(problem.message), problem.facts)
                )
        return False
    return True


def _shown(target: TargetView, choice: Choice, company: Any, viewer: Viewer) -> dict[str, Any]:
    """A target with its value today and how it stands."""
    filters = {"company_code": target.company_code, "unit_code": target.unit_code}
    now = report_queries.total(window=target.window, filters=filters)
    standing = report_queries.standing_of(target, today=choice.today)
    about = showing.names_of("company_code", [], choice).get(target.company_code) or gettext("Cả nước")
    if target.unit_code:
        about = showing.unit_names([target.unit_code], choice).get(target.unit_code, target.unit_code)
    return {
        "target": target,
        "name": gettext(target.figure.name),
        "unit": gettext(target.figure.unit),
        "about": about,
        "value": showing.text_of(target.value, target.figure),
        "now": showing.text_of(now.figures[target.figure.code], target.figure),
        "is_known": now.figures[target.figure.code] is not None,
        "standing": standing,
        "days": abs(standing.days) if standing.days is not None else None,
        "by": target.set_by_name or target.owner_code,
        "owner": showing.owner_name(target.owner_code),
        "history": [
            (showing.text_of(float(row.value), target.figure) if row.value is not None else gettext("rút lại"), row.set_by_name, row.at)
            for row in report_queries.list_target_history(target)[1:]
        ],
        "may_withdraw": target.owner_code == company.code and viewer.decides_for(target.unit_code),
    }  # fmt: skip


@require_POST
@board_page(decides=True)
def target_withdraw(request: BoardRequest, target_id: UUID) -> HttpResponse:
    try:
        report_ops.withdraw_target(target_id=target_id, actor=request.viewer.actor, at=clock.now())
        messages.success(request, gettext("Đã rút mục tiêu."))
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    return redirect("board:targets")


@require_http_methods(["GET", "POST"])
@board_page()
def closing(request: BoardRequest) -> HttpResponse:
    """Months as published, beside what they are now and why they moved; those who decide close one."""
    choice = choosing.read(request, local_date(clock.now()))
    if choice.is_group:
        return _group_closing(request, choice)
    problem, field, status = "", "", 200
    reason = request.POST.get("reason", "")[:2000]
    if request.method == "POST":
        if not request.viewer.closes:
            return refuse(request)
        month = choosing.read_month(request.POST.get("thang", "")) or choice.month
        try:
            report_ops.close_month(month=month, reason=reason, actor=request.viewer.actor, at=clock.now())
            messages.success(request, gettext("Đã chốt số liệu tháng %(m)s.") % {"m": f"{month:%m/%Y}"})
            return redirect(f"/bang/chot/?thang={month:%Y-%m}")
        except Refused as refusal:
            problem, field, status = refused_text(refusal), refusal.field or "", 422
    month = choice.month
    published = report_queries.published(company_code=request.company.code, month=month)
    page = {
        "viewer": request.viewer,
        "month": month,
        "months": _months(choice, request.company.code),
        "previous": f"?thang={choosing.shift(month, -1):%Y-%m}",
        "next": f"?thang={choosing.shift(month, 1):%Y-%m}" if choosing.shift(month, 1) <= choice.today else "",
        "is_over": choosing.shift(month, 1) <= choice.today,
        "published": published,
        "figures": _beside(published) if published else [],
        "editions": report_queries.list_editions(company_code=request.company.code, month=month),
        "restatements": _restatements(month, choice) if published else [],
        "problem": problem,
        "problems": {"reason" if field == "reason" else "": [problem]} if problem else None,
        "reason_problem": problem if field == "reason" else "",
        "reason": reason,
        "has_errors": bool(problem),
    }  # fmt: skip
    return render(request, "board/closing.html", page, status=status)


def _months(choice: Choice, company_code: str) -> list[dict[str, Any]]:
    """The last months, each open or closed."""
    closed = {close.month: close for close in report_queries.list_closes(company_code=company_code)}
    months = [choosing.shift(choice.today.replace(day=1), -n) for n in range(1, MONTHS_SHOWN + 1)]
    return [
        {
            "month": month,
            "close": closed.get(month),
            "href": f"?thang={month:%Y-%m}",
            "here": month == choice.month,
        }
        for month in months
    ]


def _beside(published: report_queries.Published) -> list[dict[str, Any]]:
    rows = []
    for figure in FIGURES:
        if not published.tells(figure):
            continue
        then, now = published.then.figures[figure.code], published.now.figures[figure.code]
        rows.append(
            {
                "name": gettext(figure.name), "unit": gettext(figure.unit), "then": showing.text_of(then, figure),
                "now": showing.text_of(now, figure), "is_restated": showing.text_of(then, figure) != showing.text_of(now, figure),
            }
        )  # fmt: skip
    return rows


def _restatements(month: date, choice: Choice) -> list[dict[str, Any]]:
    found = report_queries.list_restatements(month=month)
    units = showing.names_of("unit_code", {unit for row in found for unit in row.changes}, choice)
    return [
        {
            "row": row,
            "changes": [
                (units.get(unit, unit), [(gettext(MEASURES[name].name), value) for name, value in moved.items() if name in MEASURES])
                for unit, moved in row.changes.items()
            ],
        }
        for row in found
    ]  # fmt: skip


def _group_closing(request: BoardRequest, choice: Choice) -> HttpResponse:
    """Which company has closed which month."""
    months = [choosing.shift(choice.today.replace(day=1), -n) for n in range(1, MONTHS_SHOWN + 1)]
    closed = report_queries.companies_closed(months=months)
    companies = list(company_queries.list_companies())
    page = {
        "viewer": request.viewer,
        "companies": companies,
        "rows": [(month, [company.code in closed[month] for company in companies]) for month in months],
    }
    return render(request, "board/closing_group.html", page)
