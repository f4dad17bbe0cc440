"""Provinces by what people type, the calendar by its rows, each with as few questions as it takes."""

from datetime import date
from difflib import SequenceMatcher

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from motcua.companies import operations, queries
from motcua.companies.models import Province
from motcua.kernel.actors import Actor

NOW, BEFORE = date(2026, 11, 16), date(2024, 11, 16)
TYPED = (
    "ha noi",
    "hà nội",
    "hn",
    "sai gon",
    "tp hcm",
    "da nag",
    "quang nm",
    "12 pho hue ha noi",
    "thua thien",
    "xyz",
    "b",
)


def questions(asked):
    """How often tables were asked; choosing the company is no question."""
    return sum("companies_" in query["sql"] for query in asked.captured_queries)


class TestFindProvinces:
    @pytest.mark.parametrize("on", [NOW, BEFORE])
    @pytest.mark.parametrize("typed", TYPED)
    def test_finds_what_comparing_every_name_to_the_end_finds(self, company, monkeypatch, typed, on):
        found = queries.find_provinces(typed, on, limit=100)

        monkeypatch.setattr(SequenceMatcher, "real_quick_ratio", lambda self: 1.0)
        monkeypatch.setattr(SequenceMatcher, "quick_ratio", lambda self: 1.0)
        queries._alike.cache_clear()

        assert found == queries.find_provinces(typed, on, limit=100)

    def test_knows_old_names_and_who_serves_them_now(self, company):
        [found] = queries.find_provinces("Hà Tây cũ, Hà Nội", NOW, limit=1)

        assert (found.now_name, found.company_code, found.likeness) == ("Hà Nội", "HANOI", 0.97)

    def test_asks_once_however_many_provinces_there_are(self, company):
        queries.find_provinces("hue", NOW)
        with CaptureQueriesContext(connection) as asked:
            assert queries.find_provinces("ha noi", NOW)

        assert questions(asked) == 1  # whether anything changed
        assert Province.objects.count() > 90


class TestCalendar:
    def test_asks_once_and_sees_an_edit_at_the_next_call(self, company, at):
        day = date(2026, 11, 18)
        queries.get_calendar()
        with CaptureQueriesContext(connection) as asked:
            before = queries.get_calendar()

        operations.day_set(day=day, is_working=False, name="Mất điện", actor=Actor.system("t"), at=at)

        assert questions(asked) == 1
        assert before is not queries.get_calendar()
        assert queries.get_calendar().days[day].name == "Mất điện"
        assert day not in before.days
