"""Dong in figures and words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import money

DIGITS = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6,
          "bảy": 7, "tám": 8, "chín": 9}  # fmt: skip


def from_words(text):
    """Read Vietnamese number words, digit by digit: nothing in common with the writer."""
    total, group, digit = 0, 0, 0
    for word in text.split():
        if word in DIGITS:
            digit = DIGITS[word]
        elif word == "trăm":
            group, digit = group + digit * 100, 0
        elif word in ("mươi", "mười"):
            group, digit = group + (digit * 10 if word == "mươi" else 10), 0
        elif word in ("nghìn", "triệu"):
            total, group, digit = total + (group + digit) * {"nghìn": 10**3, "triệu": 10**6}[word], 0, 0
        elif word == "tỷ":
            total, group, digit = (total + group + digit) * 10**9, 0, 0
        else:
            assert word == "linh", word
    return total + group + digit


class TestInWords:
    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (0, "không"),
            (5, "năm"),
            (10, "mười"),
            (11, "mười một"),
            (14, "mười bốn"),
            (15, "mười lăm"),
            (20, "hai mươi"),
            (21, "hai mươi mốt"),
            (24, "hai mươi tư"),
            (25, "hai mươi lăm"),
            (44, "bốn mươi tư"),
            (55, "năm mươi lăm"),
            (91, "chín mươi mốt"),
            (100, "một trăm"),
            (101, "một trăm linh một"),
            (104, "một trăm linh bốn"),
            (105, "một trăm linh năm"),
            (110, "một trăm mười"),
            (115, "một trăm mười lăm"),
            (555, "năm trăm năm mươi lăm"),
            (1_000, "một nghìn"),
            (1_001, "một nghìn không trăm linh một"),
            (1_015, "một nghìn không trăm mười lăm"),
            (1_100, "một nghìn một trăm"),
            (21_000, "hai mươi mốt nghìn"),
            (105_840, "một trăm linh năm nghìn tám trăm bốn mươi"),
            (1_000_005, "một triệu không trăm linh năm"),
            (1_005_000, "một triệu không trăm linh năm nghìn"),
            (1_234_567, "một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy"),
            (1_012_300, "một triệu không trăm mười hai nghìn ba trăm"),
            (10**9, "một tỷ"),
            (10**9 + 1, "một tỷ không trăm linh một"),
            (25 * 10**9 + 4 * 10**6, "hai mươi lăm tỷ không trăm linh bốn triệu"),
            (10**12, "một nghìn tỷ"),
            (2 * 10**12 + 5 * 10**9, "hai nghìn không trăm linh năm tỷ"),
            (10**18, "một tỷ tỷ"),
            (-24, "âm hai mươi tư"),
        ],
    )
    def test_says(self, number, words):
        assert money.in_words_vi(number) == words

    @given(st.integers(0, 10**17) | st.integers(0, 10**6))
    def test_is_understood_by_an_independent_reader(self, number):
        words = money.in_words_vi(number)

        assert from_words(words) == number
        assert "  " not in words
        assert words == words.strip()

    @given(st.integers(1, 10**12))
    def test_keeps_the_rules_of_one_four_and_five(self, number):
        words = money.in_words_vi(number)

        for never in ("mươi một ", "mươi bốn ", "mươi năm ", "mười năm ", "mười mốt", "mười tư", "linh mốt",
                      "linh tư", "linh lăm", "mươi không"):  # fmt: skip
            assert never not in words + " "

    def test_prints_an_amount_as_on_a_contract(self):
        assert money.amount_in_words_vi(105_840) == "Một trăm linh năm nghìn tám trăm bốn mươi đồng"


class TestFigures:
    def test_formats(self):
        assert money.format_vnd(1_234_567) == "1.234.567 đ"
        assert money.format_vnd(0) == "0 đ"
        assert money.format_vnd(-98_000) == "-98.000 đ"

    def test_says_which_way_a_difference_goes(self):
        assert (money.format_signed(1_500), money.format_signed(-1_234_567)) == ("+1.500", "-1.234.567")

    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("1.234.567 đ", 1_234_567),
            ("98,000", 98_000),
            ("105840 VND", 105_840),
            ("50 000 đồng", 50_000),
            ("0", 0),
        ],
    )
    def test_reads(self, text, amount):
        assert money.parse_vnd(text) == amount

    @pytest.mark.parametrize("text", ["", "đ", "12.5", "1.23", "-5", "1.2345", "một trăm", "1.000.00", "1e5"])
    def test_reads_no_fraction_and_no_nonsense(self, text):
        assert money.parse_vnd(text) is None

    @given(st.integers(0, 10**14))
    def test_reads_what_it_formats(self, amount):
        assert money.parse_vnd(money.format_vnd(amount)) == amount


class TestVat:
    @pytest.mark.parametrize(
        ("amount", "rate", "tax"),
        [
            (98_000, "0.08", 7_840),
            (249_300, "0.08", 19_944),
            (649_560, "0.08", 51_965),
            (139_905, "0.08", 11_192),
            (6, "0.08", 0),
            (7, "0.08", 1),
            (25, "0.10", 3),
            (25, "0.02", 1),
            (0, "0.10", 0),
        ],
    )
    def test_rounds_half_up_to_whole_dong(self, amount, rate, tax):
        assert money.vat_vnd(amount, Decimal(rate)) == tax

    @given(st.integers(0, 10**12), st.sampled_from([Decimal("0.08"), Decimal("0.10"), Decimal("0.05")]))
    def test_is_never_half_a_dong_away(self, amount, rate):
        assert abs(money.vat_vnd(amount, rate) - amount * rate) <= Decimal("0.5")
