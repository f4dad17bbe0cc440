"""Where a page of a list begins, as its address says it: read as it was written, and nothing else is read."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from motcua.web.paging import read_day_key, write_day_key

DAY, ID = date(2026, 11, 16), UUID("01900000-0000-7000-8000-00000000000c")


def test_a_day_and_an_id_are_read_as_they_were_written() -> None:
    assert read_day_key(write_day_key(DAY, 12), int) == (DAY, 12)
    assert read_day_key(write_day_key(DAY, ID), UUID) == (DAY, ID)


@pytest.mark.parametrize(
    "text", ["", "~", "2026-11-16", "2026-11-16~", "2026-11-16~x", "2026-13-16~1", "~1", "9" * 5000]
)
def test_anything_else_begins_the_list_anew(text: str) -> None:
    assert read_day_key(text, int) is None
    assert read_day_key(text, UUID) is None
