"""Every page of the stand-ins is of the company whose customers are played: one that no database knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from motcua.companies.models import Company, CompanyKind
from motcua.sandbox import installation


class CompanyMiddleware:
    """The company that was named at the start, as the pages expect one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = installation.find()
        if told is None:
            return HttpResponse("no installation was named", status=503, content_type="text/plain")
        code, brand = told.company, told.brand
        company = Company(
            code=code, schema_name=code.lower(), name=brand, brand=brand, kind=CompanyKind.POWER
        )
        wrapper: Any = connection  # the library's wrapper knows more than Django's type says
        wrapper.set_tenant(company)
        request.company = company  # type: ignore[attr-defined]
        return self.get_response(request)
