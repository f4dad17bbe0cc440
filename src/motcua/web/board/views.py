"""Pages of the board. Staff see their company's; directors sign in at the group and see all."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from motcua.companies import access as company_access
from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.models import Company, CompanyKind, Province, Unit
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import gettext_noop as _
from motcua.reports import definitions
from motcua.reports import queries as report_queries
from motcua.reports.queries import Window
from motcua.services import catalogue
from motcua.web.board import handovers
from motcua.web.names import BY, CHANNELS, RECEPTIONS

SEES_BOARD = (Role.SUPERVISOR, Role.ADMIN, Role.BUSINESS, Role.DIRECTOR)
CASES_A_PAGE = 50


@dataclass(frozen=True)
class Viewer:
    """Who looks: a member of staff, or a director who came over from the group (read-only)."""

    actor: Actor
    is_group: bool


def _viewer(request: HttpRequest) -> Viewer | None:
    company: Company = request.company  # type: ignore[attr-defined]
    if request.user.is_authenticated:
        actor = company_access.actor_of(request.user)
        return Viewer(actor, company.kind == CompanyKind.GROUP) if actor.has_role(*SEES_BOARD) else None
    visit = handovers.read_visit(request.COOKIES.get(handovers.COOKIE, ""), company_code=company.code)
    return Viewer(Actor.staff(visit["who"], "", [Role.DIRECTOR], []), False) if visit else None


def _refuse(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect(f"/nhan-vien/dang-nhap/?{urlencode({'next': request.get_full_path()})}")
    return HttpResponseForbidden(render(request, "errors/403.html").content)


def _window(request: HttpRequest, today: date) -> tuple[Window, date, str]:
    """The month asked for, alone or the year up to it."""
    try:
        month = date.fromisoformat(request.GET.get("thang", "") + "-01")
    except ValueError:
        month = today.replace(day=1)
    span = "nam" if request.GET.get("ky") == "nam" else "thang"
    return (Window.year_to_date(month) if span == "nam" else Window.month(month)), month, span


def _filters(request: HttpRequest, company: Company) -> dict[str, str]:
    filters = {name: request.GET.get(name, "") for name in report_queries.DIMENSIONS if name != "month"}
    if company.kind == CompanyKind.POWER:
        filters["company_code"] = company.code
    return {name: value for name, value in filters.items() if value}


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Figures of the window, one dimension line by line, the months of the year beside it."""
    viewer = _viewer(request)
    if viewer is None:
        return _refuse(request)
    company: Company = request.company  # type: ignore[attr-defined]
    today = local_date(clock.now())
    window, month, span = _window(request, today)
    dimensions = {"company_code": _("Tổng công ty"), **BY} if viewer.is_group else BY
    by = request.GET.get("theo", "")
    by = by if by in dimensions else next(iter(dimensions))
    filters = _filters(request, company)
    lines = report_queries.board(by=by, window=window, filters=filters)
    names = _names(by, [line.key for line in lines])
    page = {
        "viewer": viewer,
        "figures": _figures(report_queries.total(window=window, filters=filters), request),
        "definitions": definitions.FIGURES,
        "lines": [_line(line, by, names, request) for line in lines],
        "by": by,
        "tabs": [
            {"label": gettext(name), "href": _link(request, theo=key), "here": key == by}
            for key, name in dimensions.items()
        ],
        "by_name": gettext(dimensions[by]),
        "month": month,
        "span": span,
        "spans": [
            {"label": gettext("Theo tháng"), "href": _link(request, ky="thang"), "here": span == "thang"},
            {"label": gettext("Từ đầu năm"), "href": _link(request, ky="nam"), "here": span == "nam"},
        ],
        "previous": _link(request, thang=_shift(month, -1).strftime("%Y-%m")),
        "next": _link(request, thang=_shift(month, 1).strftime("%Y-%m")) if _shift(month, 1) <= today else "",
        "filters": [
            (name, value, _names(name, [value]).get(value, value), _link(request, **{name: ""}))
            for name, value in filters.items()
            if viewer.is_group or name != "company_code"
        ],
        "csv": "so-lieu.csv?" + request.GET.urlencode(),
    }
    return render(request, "board/board.html", page)


def _shift(month: date, by: int) -> date:
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _link(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return "?" + urlencode({name: value for name, value in query.items() if value})


def _figures(row: report_queries.Row, request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"figure": figure, "name": gettext(figure.name), "unit": gettext(figure.unit), "value": row.figures[figure.code],
         "definition": gettext(figure.definition), "numerator": row.sums.get(figure.numerator, 0),
         "denominator": row.sums.get(figure.denominator) if figure.denominator else None,
         "href": "" if row.figures[figure.code] is None else _cases_link(request, figure.code)}
        for figure in definitions.FIGURES
    ]  # fmt: skip


def _line(line: report_queries.Row, by: str, names: dict[Any, str], request: HttpRequest) -> dict[str, Any]:
    key = line.key.isoformat()[:7] if by == "month" else line.key
    narrowed = {"thang": key, "ky": "thang"} if by == "month" else {by: key}
    return {
        "name": names.get(line.key, line.key) or gettext("Không rõ"),
        "href": _link(request, **narrowed),
        "received": line.sums["received"],
        "cells": [
            {
                "figure": figure,
                "value": line.figures[figure.code],
                "href": _cases_link(request, figure.code, **narrowed),
            }
            for figure in definitions.FIGURES
        ],
    }


def _cases_link(request: HttpRequest, figure: str, **narrowed: str) -> str:
    """On a company's board its own cases; on the group's a pass to the company's host."""
    query = request.GET.copy()
    for name, value in narrowed.items():
        query[name] = value
    query["chi-tieu"] = figure
    is_group = request.company.kind == CompanyKind.GROUP  # type: ignore[attr-defined]
    if is_group and not query.get("company_code"):
        return _link(request, theo="company_code")
    return ("mo/?" if is_group else "ho-so/?") + urlencode({n: v for n, v in query.items() if v})


def _names(by: str, keys: list[Any]) -> dict[Any, str]:
    """Names people know for the values of a dimension."""
    if by == "reception":
        return {key: gettext(name) for key, name in RECEPTIONS.items()}
    if by == "channel":
        return {key: gettext(name) for key, name in CHANNELS.items()}
    if by == "service_code":
        today = local_date(clock.now())
        return {service.code: str(service.name) for service in catalogue.list_services(today)}
    if by == "province_code":
        today = local_date(clock.now())
        return dict(Province.objects.filter(company_queries.is_within(today)).values_list("code", "name"))
    if by == "company_code":
        return dict(Company.objects.values_list("code", "name"))
    if by == "month":
        return {key: key.strftime("%m/%Y") for key in keys}
    return dict(Unit.objects.filter(code__in=keys).values_list("code", "name"))


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The requests behind a figure. A director from the group sees numbers and steps, no names (none are here)."""
    viewer = _viewer(request)
    company: Company = request.company  # type: ignore[attr-defined]
    if viewer is None or company.kind == CompanyKind.GROUP:
        return _refuse(request)
    figure = request.GET.get("chi-tieu", "RECEIVED")
    if figure not in definitions.BY_CODE:
        figure = "RECEIVED"
    window, month, span = _window(request, local_date(clock.now()))
    rows = report_queries.cases(figure=figure, window=window, filters=_filters(request, company))
    page = _page_of_cases(rows, request.GET.get("sau", ""))
    chosen = definitions.BY_CODE[figure]
    company_ops.record_audit(
        actor=viewer.actor, verb="board.cases", subject_type="figure", subject_id=figure, at=clock.now()
    )
    more = (
        _link(request, sau=f"{page[-1].submitted_at.isoformat()}~{page[-1].id}")
        if len(page) == CASES_A_PAGE
        else ""
    )
    return render(
        request,
        "board/cases.html",
        {"viewer": viewer, "figure": chosen, "figure_name": gettext(chosen.name), "definition": gettext(chosen.definition),
         "rows": page, "more": more, "month": month, "span": span,
         "services": _names("service_code", []), "channels": _names("channel", []),
         "units": _names("unit_code", [row.unit_code for row in page]),
         "window_name": gettext("lũy kế đến %(to)s") % {"to": f"{month:%m/%Y}"} if span == "nam" else gettext("tháng %(m)s") % {"m": f"{month:%m/%Y}"},
         "back": "../?" + urlencode({n: v for n, v in request.GET.items() if n not in {"chi-tieu", "sau"}})},
    )  # fmt: skip


def _page_of_cases(rows: Any, after: str) -> list[Any]:
    instant, _tilde, request_id = after.partition("~")
    if request_id:
        rows = rows.filter(Q(submitted_at__lt=instant) | Q(submitted_at=instant, id__gt=request_id))
    return list(rows[:CASES_A_PAGE])


@require_GET
def as_csv(request: HttpRequest) -> HttpResponse:
    """The lines of the board as CSV, with sums beside the figures so that anyone may count again."""
    viewer = _viewer(request)
    if viewer is None:
        return _refuse(request)
    company: Company = request.company  # type: ignore[attr-defined]
    window, _month, _span = _window(request, local_date(clock.now()))
    by = request.GET.get("theo", "reception")
    by = by if by in report_queries.DIMENSIONS else "reception"
    lines = report_queries.board(by=by, window=window, filters=_filters(request, company))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="motcua-board.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    sums = list(lines[0].sums) if lines else []
    writer.writerow([by, *(figure.code for figure in definitions.FIGURES), *sums])
    for line in lines:
        values = (line.figures[figure.code] for figure in definitions.FIGURES)
        figures = ["" if value is None else round(value, 4) for value in values]
        writer.writerow([line.key, *figures, *(line.sums[name] for name in sums)])
    return response


@require_GET
def handover(request: HttpRequest) -> HttpResponse:
    """From the group's board to a company's cases: sign a pass of one minute and go there."""
    viewer = _viewer(request)
    company_code = request.GET.get("company_code", "")
    if (
        viewer is None
        or not viewer.is_group
        or not Company.objects.filter(code=company_code, kind=CompanyKind.POWER).exists()
    ):
        return _refuse(request)
    question = urlencode({n: v for n, v in request.GET.items() if n != "company_code"})
    token = handovers.make_pass(director=viewer.actor.id, company_code=company_code, question=question)
    company_ops.record_audit(
        actor=viewer.actor,
        verb="board.handover",
        subject_type="company",
        subject_id=company_code,
        at=clock.now(),
    )
    with context.using_company(company_code):
        return redirect(company_queries.public_address("/bang/vao/?" + urlencode({"p": token})))


@require_GET
def enter(request: HttpRequest) -> HttpResponse:
    """A director arrives with a pass: read-only, for a quarter of an hour, in a cookie of this host alone."""
    company: Company = request.company  # type: ignore[attr-defined]
    told = handovers.read_pass(request.GET.get("p", ""), company_code=company.code)
    if told is None:
        return render(
            request,
            "errors/403.html",
            {"explanation": gettext("Đường dẫn đã quá một phút. Hãy quay lại bảng của tập đoàn và mở lại.")},
            status=403,
        )
    company_ops.record_audit(
        actor=Actor.staff(told["who"]),
        verb="board.entered",
        subject_type="figure",
        subject_id=told["q"][:64],
        at=clock.now(),
    )
    response = redirect("/bang/ho-so/?" + told["q"])
    response.set_cookie(
        handovers.COOKIE, handovers.make_visit(director=told["who"], company_code=company.code),
        max_age=handovers.VISIT_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip
    return response
