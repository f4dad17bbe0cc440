"""The import's short ways give what the kernel gives."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from motcua.kernel import phones, vietnamese
from motcua.ops.importing import cells

LETTERS = st.text(
    alphabet="aăâeêioôơuưyđáàảãạấầẩẫậắằẳẵặéèẻẽẹóòỏõọúùủũụ ABCĐƯ\u0301\u0323\u00a0\u200b\t-./0123456789çøß中"
)


@given(st.one_of(st.text(), LETTERS))
@example("Nguyễn  Thị\u00a0Hoà")
def test_tidy_is_clean(text):
    assert cells.tidy(text) == vietnamese.clean(text)


@given(st.one_of(st.text(), LETTERS))
@example("ĐƯỜNG Ước ﬁ ½")
def test_search_key_is_the_kernels(text):
    tidied = cells.tidy(text)

    assert cells.search_key(tidied) == vietnamese.search_key(tidied)


@given(st.from_regex(r"\A(\+?84|0)?[1-9][0-9]{7,9}\Z"))
@example("849012345")
@example("0563123456")
@example("01234567890")
def test_phone_is_the_kernels_for_one_number(text):
    assert cells.phone(text) == phones.normalise(text)


@given(st.from_regex(r"\A(0|\+84|84)[35789][0-9]{8}\Z"), st.sampled_from([" ", ".", "-", ""]))
def test_phone_with_joiners_is_the_kernels(text, joiner):
    typed = text[:4] + joiner + text[4:7] + joiner + text[7:]

    assert cells.phone(typed) == phones.normalise(typed)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0901234567; 0912345678", "+84901234567"),
        ("chị Hoa / 0912 345 678", "+84912345678"),
        ("024 3825 1234", "+842438251234"),
        ("không có", None),
        ("123", None),
    ],
)
def test_phone_takes_the_first_valid_of_several(text, number):
    assert cells.phone(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", Decimal(12)),
        ("12,5", Decimal("12.5")),
        ("12.50", Decimal("12.50")),
        ("-3", Decimal(-3)),
        ("1.234.567", Decimal(1234567)),
        ("1,234,567", Decimal(1234567)),
        ("1.234,5", Decimal("1234.5")),
        ("1,234.5", Decimal("1234.5")),
        ("1 234", Decimal(1234)),
        ("1.234", "AMBIGUOUS_NUMBER"),
        ("1,234", "AMBIGUOUS_NUMBER"),
        ("12e3", "NOT_A_NUMBER"),
        ("", "NOT_A_NUMBER"),
        ("1.2.3", "NOT_A_NUMBER"),
        ("٣", "NOT_A_NUMBER"),
    ],
)
def test_number_never_guesses(text, number):
    assert cells.number(text) == number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234", 1234),
        ("-350,000 đ", -350000),
        ("1 234 567 VND", 1234567),
        ("12,5", "NOT_WHOLE_DONG"),
        ("x", "NOT_A_NUMBER"),
    ],
)
def test_dong_takes_points_for_thousands(text, amount):
    assert cells.dong(text) == amount


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/10/2026", date(2026, 10, 31)),
        ("1-2-2026", date(2026, 2, 1)),
        ("2026-10-31", date(2026, 10, 31)),
        ("2026-10-31 07:30:00", date(2026, 10, 31)),
        ("31.10.2026 00:00", date(2026, 10, 31)),
        ("31/02/2026", None),
        ("10/31/2026", None),
        ("31/10/26", None),
        ("", None),
    ],
)
def test_day_is_day_month_year(text, day):
    assert cells.day(text) == day
