"""What the pictures show is made ready, and every screen of theirs is there; the pictures themselves are taken by hand."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from motcua.ops.pages import ready, screens
from motcua.ops.pages.people import People
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def test_every_screen_of_the_pictures_is_there(house: Site) -> None:
    people = People(house.port)
    told = ready.make(people)
    wrong = []
    for screen in screens.listed():
        if screen.status >= 500:  # a browser of the story takes these for a broken server
            continue
        path = screen.path.format(**told)
        page = people.browser(screen.who, screen.host).get(path)
        if (page.status, urlsplit(page.url).path) != (screen.status, urlsplit(path).path):
            wrong.append(f"{screen.name}: {path} answered {page.status} at {page.url}")
    people.close()

    assert wrong == []
