"""The home of this face."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.web.money import sections, waiting
from motcua.web.staff_pages import StaffRequest, staff_page


@require_safe
@staff_page(*sections.MONEY)
def home(request: StaffRequest) -> HttpResponse:
    """What can be done with money here, and what waits."""
    whose = waiting.Whose(request.actor.unit_codes, local_date(clock.now()))
    cards = [
        (section, waiting.told(section.url_name, whose)) for section in sections.open_to(request.actor.roles)
    ]
    return render(request, "money/home.html", {"cards": cards})
