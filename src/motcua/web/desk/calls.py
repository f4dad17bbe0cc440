"""A customer on the phone: choose the service, and the form is there with what we know of the number."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.services import catalogue
from motcua.web import intake
from motcua.web.staff_pages import StaffRequest, staff_page


@require_safe
@staff_page(*intake.CALL.roles)
def call(request: StaffRequest) -> HttpResponse:
    """Which service? With the caller's number, when it is shown."""
    context = {
        "services": catalogue.list_services(local_date(clock.now())),
        "phone": request.GET.get("dt", "")[:20],
    }
    return render(request, "desk/call.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*intake.CALL.roles)
def call_form(request: StaffRequest, code: str) -> HttpResponse:
    """The whole form on one page, sent in with channel CALL."""
    return intake.form(request, intake.CALL, code)
