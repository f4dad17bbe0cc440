"""A director's way from the group's board to a company's cases, and in at the company's."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.models import Company, CompanyKind
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.web.board import handovers
from motcua.web.board.viewing import BoardRequest, board_page, refuse

MONEY_CASES = "/bang/tien/khoan/?"


@require_GET
@board_page()
def handover(request: BoardRequest) -> HttpResponse:
    """From the group's board to a company's cases: sign a pass of one minute and go there."""
    company_code = request.GET.get("company_code", "")
    known = Company.objects.filter(code=company_code, kind=CompanyKind.POWER).exists()
    if not request.viewer.is_group or not known:
        return refuse(request)
    question = urlencode({n: v for n, v in request.GET.items() if n != "company_code"})
    token = handovers.make_pass(
        director=request.viewer.actor.id, company_code=company_code, question=question
    )
    company_ops.record_audit(
        actor=request.viewer.actor,
        verb="board.handover",
        subject_type="company",
        subject_id=company_code,
        at=clock.now(),
    )
    with context.using_company(company_code):
        return redirect(company_queries.public_address("/bang/vao/?" + urlencode({"p": token})))


@never_cache
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
    way = MONEY_CASES if "sang=tien" in told["q"].split("&") else "/bang/ho-so/?"
    response = redirect(way + told["q"])
    response.set_cookie(
        handovers.COOKIE, handovers.make_visit(director=told["who"], company_code=company.code),
        max_age=handovers.VISIT_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip
    return response
