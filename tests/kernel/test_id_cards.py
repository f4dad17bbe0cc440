"""The text of an identity card's QR."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import id_cards

TEXT = "001185012345|012345678|Nguyễn Thị Hoa|05031985|Nữ|Số 12 ngõ 34 Tây Sơn, Quang Trung, Đống Đa, Hà Nội|10052021"


def test_reads_every_part():
    card = id_cards.parse(TEXT)

    assert card == id_cards.IdCard(
        "001185012345", "012345678", "Nguyễn Thị Hoa", date(1985, 3, 5), "Nữ",
        "Số 12 ngõ 34 Tây Sơn, Quang Trung, Đống Đa, Hà Nội", date(2021, 5, 10),
    )  # fmt: skip


def test_a_card_without_an_old_number_and_with_more_parts_behind():
    card = id_cards.parse(TEXT.replace("012345678", "") + "|Nguyễn Văn A|Trần Thị B\n")
    assert card is not None
    assert (card.old_number, card.issued) == ("", date(2021, 5, 10))


def test_days_that_are_none_stay_away():
    card = id_cards.parse(TEXT.replace("05031985", "31021985"))
    assert card is not None
    assert card.born is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nguyen thi hoa",
        "0901234567",
        TEXT[1:],
        "|".join(TEXT.split("|")[:6]),
        TEXT.replace("Nguyễn Thị Hoa", " "),
    ],
)
def test_anything_else_is_no_card(text):
    assert id_cards.parse(text) is None


@given(st.text())
def test_never_fails(text):
    id_cards.parse(text)
    id_cards.parse(text.join("||||||"))


def lines(number="001185012345", name="NGUYEN<<THI<HOA", born="850305", sex="F", until="450305"):
    """The back of a card whose check digits are right."""
    digit = id_cards.check_digit
    first = f"IDVNM{number[3:]}{digit(number[3:])}{number}<<<"
    second = f"{born}{digit(born)}{sex}{until}{digit(until)}VNM" + "<" * 11
    whole = digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first, second + whole, name.ljust(30, "<")


class TestLines:
    def test_the_standards_own_examples_of_check_digits(self):
        assert [id_cards.check_digit(field) for field in ("520727", "AB2134<<<", "D23145890", "740812")] == [
            "3",
            "5",
            "7",
            "2",
        ]

    @pytest.mark.parametrize("between", ["", "\n", "\r\n", " "])
    def test_reads_what_they_say(self, between):
        card = id_cards.parse(between.join(lines()).lower())

        assert card == id_cards.IdCard(
            "001185012345", "", "Nguyen Thi Hoa", date(1985, 3, 5), "Nữ", "", None, is_unmarked=True
        )

    def test_the_century_is_in_the_number(self):
        card = id_cards.parse("".join(lines(number="079204001234", name="LE<<NAM", born="040229")))

        assert card is not None
        assert (card.born, card.sex, card.full_name) == (date(2004, 2, 29), "Nam", "Le Nam")

    def test_another_countrys_card_is_none(self):
        assert id_cards.parse("".join(lines()).replace("IDVNM", "IDLAO")) is None

    @given(place=st.integers(0, 59), sign=st.sampled_from("0123456789<ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    def test_one_wrong_sign_never_passes_for_another_number(self, place, sign):
        text = "".join(lines())
        changed = text[:place] + sign + text[place + 1 :]

        card = id_cards.parse(changed)

        assert card is None or card.number == "001185012345"

    def test_is_never_looked_for_as_words(self):
        assert id_cards.looks_like(lines()[0])
        assert not id_cards.looks_like("nguyen thi hoa < 3")
