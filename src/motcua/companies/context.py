"""Which company this code works for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.utils import get_public_schema_name

from motcua.companies.models import Company


@contextmanager
def using_company(code: str) -> Iterator[Company]:
    """Work inside the company's schema with its role; the company worked for before comes back at the end.

    Raises Company.DoesNotExist for an unknown code.
    """
    before = connection.tenant
    connection.set_schema_to_public()
    try:
        company = Company.objects.get(code=code)
        connection.set_tenant(company)
        yield company
    finally:
        connection.set_tenant(before)


@contextmanager
def in_public() -> Iterator[None]:
    """Work in the national schema, with no company."""
    before = connection.tenant
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(before)


def current_company_code() -> str:
    """The code of the company chosen. Raises RuntimeError when none is: that is a bug."""
    company = connection.tenant
    if not isinstance(company, Company):
        raise RuntimeError("no company is chosen")
    return company.code


def current_company() -> Company:
    """The company chosen. Raises RuntimeError when none is."""
    company = connection.tenant
    if not isinstance(company, Company) or connection.schema_name == get_public_schema_name():
        raise RuntimeError("no company is chosen")
    return company
