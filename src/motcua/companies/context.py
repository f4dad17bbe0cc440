"""Which company this code works for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django_tenants.utils import get_public_schema_name

from motcua.companies.database_roles import FINDER
from motcua.companies.models import Company

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says


@contextmanager
def using_company(code: str) -> Iterator[Company]:
    """Work inside the company's schema with its role; the company worked for before comes back at the end.

    Raises Company.DoesNotExist for an unknown code.
    """
    before = _wrapper.tenant
    _wrapper.set_schema_to_public()
    try:
        company = Company.objects.get(code=code)
        _wrapper.set_tenant(company)
        yield company
    finally:
        _wrapper.set_tenant(before)


@contextmanager
def using(company: Company) -> Iterator[Company]:
    """`using_company` for a company whose row is at hand: it is not read again."""
    before = _wrapper.tenant
    try:
        _wrapper.set_tenant(company)
        yield company
    finally:
        _wrapper.set_tenant(before)


@contextmanager
def as_finder() -> Iterator[None]:
    """See into every company, and there only the columns by which a code finds its company (`finder_may` of the models)."""
    before = _wrapper.tenant
    try:
        _wrapper.set_schema(FINDER)
        yield
    finally:
        _wrapper.set_tenant(before)


@contextmanager
def in_public() -> Iterator[None]:
    """Work in the national schema, with no company."""
    before = _wrapper.tenant
    _wrapper.set_schema_to_public()
    try:
        yield
    finally:
        _wrapper.set_tenant(before)


def current_company_code() -> str:
    """The code of the company chosen. Raises RuntimeError when none is: that is a bug."""
    company = _wrapper.tenant
    if not isinstance(company, Company):
        raise RuntimeError("no company is chosen")
    return company.code


def current_company() -> Company:
    """The company chosen. Raises RuntimeError when none is."""
    company = _wrapper.tenant
    if not isinstance(company, Company) or _wrapper.schema_name == get_public_schema_name():
        raise RuntimeError("no company is chosen")
    return company
