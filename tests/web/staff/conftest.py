"""Administrators of the company and their browsers; a place of the outside where staff and customers sign in."""

import pytest
from django.core.cache import cache

from motcua.companies.roles import Role
from motcua.connectors.identity import oidc
from motcua.sandbox import staff_issuer
from tests.web import people


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def admin(company):
    return people.add_staff("anh", Role.ADMIN)


@pytest.fixture
def page(admin):
    return people.browser(admin)


@pytest.fixture
def issuer():
    oidc.forget()
    with staff_issuer.running() as server:
        yield server
