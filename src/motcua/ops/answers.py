"""The answers that each company begins with."""

from __future__ import annotations

from datetime import datetime


def begin(at: datetime) -> None:
    """Give every company that has no article yet the first ones. Declarations must be published."""
    from motcua.assistant.knowledge import first
    from motcua.companies.context import in_public, using_company
    from motcua.companies.models import Company, CompanyKind
    from motcua.kernel.actors import Actor

    with in_public():
        companies = list(Company.objects.exclude(kind=CompanyKind.GROUP).order_by("id"))
    for company in companies:
        with using_company(company.code):
            first.ensure(actor=Actor.system("seed"), at=at)
