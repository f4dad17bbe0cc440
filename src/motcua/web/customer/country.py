"""The country's door on the host of the group: name your place, go on at the right company with what you have typed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from motcua.companies import context
from motcua.companies import queries as company_queries
from motcua.companies.models import Company
from motcua.config import clock
from motcua.kernel.local_time import local_date

LONGEST = 400


@dataclass(frozen=True)
class Choice:
    """A province meant by the text, who serves it today, and where to go on."""

    name: str
    now_name: str
    was_merged: bool
    company_name: str
    href: str


@require_GET
def door(request: HttpRequest) -> HttpResponse:
    """The country's door. `noi` is a place as typed, `can` what is needed; both travel on to the company's page."""
    place = request.GET.get("noi", "").strip()[:LONGEST]
    wish = request.GET.get("can", "").strip()[:LONGEST]
    companies = {company.code: company for company in company_queries.list_companies()}
    page = {
        "place": place,
        "wish": wish,
        "companies": [
            (company, _name(company), _href(company, place, wish)) for company in companies.values()
        ],
        "choices": _choices(companies, place, wish) if place else [],
    }
    return render(request, "group/door.html", page)


def _choices(companies: dict[str, Company], place: str, wish: str) -> list[Choice]:
    found = company_queries.find_provinces(place, local_date(clock.now()))
    return [
        Choice(row.name, row.now_name, row.was_merged, _name(company), _href(company, place, wish))
        for row in found
        if (company := companies.get(row.company_code))
    ]


def _name(company: Company) -> str:
    return company.name_en if (get_language() or "vi").startswith("en") else company.name


def _href(company: Company, place: str, wish: str) -> str:
    typed = {name: value for name, value in (("noi", place), ("can", wish)) if value}
    with context.using_company(company.code):
        return company_queries.public_address("/?" + urlencode(typed) if typed else "/")
