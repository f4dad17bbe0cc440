"""Writing down what was said at the counter when no request comes of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.web import intake, spoken_notes
from motcua.web.staff_pages import StaffRequest, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*intake.COUNTER.roles)
def note(request: StaffRequest) -> HttpResponse:
    """Who stood there, about what; `?khach=` a customer to begin with."""
    return spoken_notes.page(request, spoken_notes.COUNTER)
