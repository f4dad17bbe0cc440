import pytest
from django.core.cache import cache

from motcua.companies.roles import Role
from tests.web import people


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def counter(company):
    return people.browser(people.add_staff("lan", Role.INTAKE))


@pytest.fixture
def clerk(company):
    return people.browser(people.add_staff("yen", Role.DESK_CLERK))
