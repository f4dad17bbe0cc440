"""One running house for all journeys, and people with browsers that look at every page they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.database import SharedServer
from tests.journeys import site as sites
from tests.journeys.keyboard import Typist
from tests.journeys.person import Person
from tests.journeys.site import Site

BEGINS_AT = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # Wednesday 09:00 in Vietnam


@pytest.fixture(scope="session")
def house(shared_server: SharedServer, tmp_path_factory: Any) -> Iterator[Site]:
    """Everything running; one for all journeys."""
    with sites.running(shared_server, tmp_path_factory.mktemp("house"), BEGINS_AT) as site:
        yield site


@pytest.fixture
def site(chromium: Any, house: Site) -> Site:
    """The house. Its clock only ever goes forward: a journey that needs another day moves on from what it finds."""
    return house


@pytest.fixture
def person(chromium: Any, site: Site) -> Iterator[Callable[..., Person]]:
    """Somebody with a browser of their own (a phone and a finger, unless told otherwise)."""
    people: list[Person] = []

    def come(*, by_keyboard: bool = False, **look: Any) -> Person:
        people.append((Typist if by_keyboard else Person)(chromium, site, **look))
        return people[-1]

    yield come
    for one in people:
        one.leave()
