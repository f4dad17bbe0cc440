"""Writing a call down when no request comes of it. One that asks for a service is taken in at `calls`."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.web import intake, spoken_notes
from motcua.web.staff_pages import StaffRequest, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*intake.CALL.roles)
def note(request: StaffRequest) -> HttpResponse:
    """Who called, about what; `?dt=` a number, `?khach=` a customer, `?yeu-cau=` a request to begin with."""
    return spoken_notes.page(request, spoken_notes.PHONE)
