"""The front door, the catalogue and the page of a service."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.companies import counters
from motcua.companies import queries as company_queries
from motcua.companies.context import current_company_code
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.connectors.identity import sign_in
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.services import bpmn as processes
from motcua.services import catalogue, forms, search
from motcua.services import picture as pictures
from motcua.services.declaration import Service
from motcua.web import answers, visitors
from motcua.web.customer import country, situations

LONGEST_SEARCH = LONGEST_PLACE = 200
WEEKDAYS = (
    _("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật"),
)  # fmt: skip


@dataclass(frozen=True)
class Door:
    """One of the things that people come for."""

    title: str | Promise
    about: str | Promise
    icon: str
    url_name: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


DOORS = (
    Door(_("Mua điện, dịch vụ"), _("Điện cho nhà mới, đổi tên, dời công tơ"), "lamp", "customer:services"),
    Door(_("Thanh toán"), _("Cho mình hay cho người nhà, chỉ cần mã"), "pay", "customer:owed"),
    Door(_("Theo dõi yêu cầu"), _("Đến đâu rồi, đổi giờ hẹn"), "follow", "customer:follow"),
    Door(_("Mất điện"), _("Báo ngay, xem nơi đang có báo"), "outage", "customer:power-cut"),
    Door(_("Giá điện"), _("Bậc giá hôm nay và trước đây"), "money", "customer:prices"),
    Door(_("Gọi, nhắn tin"), _("Người thật, cả ngày lẫn đêm"), "phone", "customer:contact"),
)


def offered(code: str) -> Service:
    """The service as offered today. Raises Http404."""
    service = catalogue.current().find(code.upper(), local_date(clock.now()))
    if service is None:
        raise Http404
    return service


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What people come for, within one screen of a small phone. On the group's host: the country's door."""
    if request.company.kind == CompanyKind.GROUP:  # type: ignore[attr-defined]
        return country.door(request)
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    page = {
        "place": request.GET.get("noi", "")[:400],
        "wish": request.GET.get("can", "")[:LONGEST_SEARCH],
        "found": _search(request.GET.get("can", "")),
        "doors": DOORS,
        "situations": situations.group(catalogue.list_services(local_date(at))),
        "drafts": request_queries.list_open_drafts(visitor.id) if visitor else [],
        "proven": sign_in.find_proven(visitor.id, at) if visitor else None,
        "providers": sign_in.list_providers(),
    }
    return render(request, "customer/home.html", page)


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """All services, or those a text means, marked or not, misspelt or not."""
    text = request.GET.get("tim", "").strip()[:LONGEST_SEARCH]
    listed = catalogue.list_services(local_date(clock.now()))
    page = {
        "text": text,
        "meant": search.understood(listed, text) if text else "",
        "found": _search(text),
        "answers": answers.find(request, text) if text else [],
        "doors": DOORS[1:],
        "situations": situations.group(listed),
        "place": request.GET.get("noi", "")[:400],
    }
    return render(request, "customer/services.html", page)


def _search(text: str) -> list[Service]:
    listed = catalogue.list_services(local_date(clock.now()))
    return [hit.service for hit in search.search(listed, text)] if text.strip() else []


@require_safe
def service(request: HttpRequest, code: str) -> HttpResponse:
    """What you need, what it costs, how long it takes, how it goes."""
    chosen = offered(code)
    page = {
        "service": chosen,
        "questions": [q for q in chosen.questions if q.ask_in_chat or q.required],
        "pages": len(forms.pages(chosen, {})),
        "place": request.GET.get("noi", "")[:400],
        "steps": [step for step in chosen.steps if not step.final],
        "figure": pictures.figure(chosen, lang=get_language() or "vi"),
    }
    return render(request, "customer/service.html", page)


@require_safe
def picture(request: HttpRequest, code: str) -> HttpResponse:
    """The process as a picture."""
    drawn = pictures.svg(offered(code), lang=get_language() or "vi")
    return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")


@require_safe
def bpmn(request: HttpRequest, code: str) -> HttpResponse:
    """The process as BPMN 2.0, for whoever models processes."""
    chosen = offered(code)
    response = HttpResponse(processes.bpmn(chosen, get_language() or "vi"), content_type=processes.MIME)
    response["Content-Disposition"] = f'attachment; filename="{processes.file_name(chosen)}"'
    return response


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Call, write, ask to be called, or come: the counters, those near a place first when one is named."""
    at = clock.now()
    offered_now, today = catalogue.current(), local_date(at)
    asked = request.GET.get("noi", "").strip()[:LONGEST_PLACE]
    found = (
        counters.find_counters(asked, today, current_company_code()) if asked else counters.CountersFound()
    )
    calendar = company_queries.get_calendar()
    page = {
        "fault": offered_now.find("FAULT", today),
        "question": offered_now.find("INFO", today),
        "complaint": offered_now.find("COMPLAINT", today),
        "asked": asked,
        "near": found.units,
        "counters": counters.list_counters(today),
        "hours": [(WEEKDAYS[h.first], WEEKDAYS[h.last] if h.last > h.first else "", h.spans) for h in counters.opening_hours()],
        "is_open": calendar.is_open(at),
        "opens_at": calendar.next_opening(at),
    }  # fmt: skip
    return render(request, "customer/contact.html", page)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "customer/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "customer/accessibility.html")
