"""Who opens the books, and of which days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from motcua.companies import access as company_access
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.web.staff_pages import StaffRequest, actor_of, refuse, staff_page

BOOKKEEPERS = (Role.ACCOUNTANT, Role.SUPERVISOR)
View = Callable[..., HttpResponseBase]


class DayConverter:
    """A day in an address, as 2026-11-16."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return value.isoformat() if isinstance(value, date) else value


def books_page(view: View) -> Callable[..., HttpResponse]:
    """Only for accountants and supervisors of the whole company: the books are the company's, not a unit's."""

    @staff_page(*BOOKKEEPERS)
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not company_access.reaches_company(actor_of(request)):
            return refuse(request)
        return view(request, *args, **kwargs)

    return page


def read_day(text: str, otherwise: date) -> date:
    """A day as an address says it; `otherwise` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def read_period(request: StaffRequest) -> tuple[date, date]:
    """The chosen first and last day: this month up to today when nothing is said; never backwards."""
    today = local_date(clock.now())
    last = read_day(request.GET.get("den", ""), today)
    first = read_day(request.GET.get("tu", ""), last.replace(day=1))
    return min(first, last), last
