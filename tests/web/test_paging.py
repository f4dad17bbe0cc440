"""Where a page of a list begins, as its address says it: read as it was written, and nothing else is read."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from motcua.web.paging import read_day_key, read_number, read_number_key, write_day_key, write_number_key

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


def test_an_id_that_no_row_can_have_begins_the_list_anew() -> None:
    assert read_day_key(f"2026-11-16~{2**63 - 1}", int) == (DAY, 2**63 - 1)
    assert read_day_key(f"2026-11-16~{2**63}", int) is None
    assert read_day_key("2026-11-16~-1", int) is None


def test_a_number_and_a_code_are_read_as_they_were_written() -> None:
    assert read_number_key(write_number_key(1_250_000, "PD01000000001")) == (1_250_000, "PD01000000001")
    assert (read_number("0"), read_number("007"), read_number(str(2**63 - 1))) == (0, 7, 2**63 - 1)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "1 ", "x", "\u0661", str(2**63), "9" * 5000])
def test_what_is_no_number_of_a_row_begins_the_list_anew(text: str) -> None:
    assert read_number(text) is None
    assert read_number_key(f"{text}~PD01000000001") is None


def test_a_number_without_its_code_begins_the_list_anew() -> None:
    assert (read_number_key("12"), read_number_key("12~")) == (None, None)
