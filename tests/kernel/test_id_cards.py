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
