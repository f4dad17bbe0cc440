"""Vietnamese text without its marks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import vietnamese

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
BARE = "a" * 18 + "e" * 12 + "i" * 6 + "o" * 18 + "u" * 12 + "y" * 6 + "d"


class TestFold:
    def test_takes_every_mark_of_the_language_off(self):
        assert vietnamese.fold(LETTERS) == BARE[: len(LETTERS)]
        assert vietnamese.fold(LETTERS.upper()) == BARE[: len(LETTERS)]
        assert vietnamese.fold(unicodedata.normalize("NFD", LETTERS)) == BARE[: len(LETTERS)]

    @pytest.mark.parametrize("text", ["Hoàn Kiếm", "HOÀN KIẾM", "hoan kiem", "Hoan Kiê\u0301m"])
    def test_different_spellings_meet(self, text):
        assert vietnamese.search_key(text) == "hoan kiem"

    @given(st.text())
    def test_is_stable_and_the_same_for_composed_and_spread_letters(self, text):
        folded = vietnamese.fold(text)

        assert vietnamese.fold(unicodedata.normalize("NFD", text)) == vietnamese.fold(
            unicodedata.normalize("NFC", text)
        )
        assert vietnamese.search_key(folded) == vietnamese.search_key(text)
        assert vietnamese.search_key(vietnamese.search_key(text)) == vietnamese.search_key(text)

    def test_tokens(self):
        assert vietnamese.tokens("Số 5/12, ngõ Đội Cấn — tổ 3") == [
            "so",
            "5",
            "12",
            "ngo",
            "doi",
            "can",
            "to",
            "3",
        ]
        assert vietnamese.tokens(" … ") == []

    def test_knows_whether_marks_were_typed(self):
        assert vietnamese.has_marks("mua điện")
        assert not vietnamese.has_marks("mua dien")

    def test_ascii_keeps_the_case(self):
        assert vietnamese.ascii_text("Điện lực Thanh Xuân") == "Dien luc Thanh Xuan"
        assert vietnamese.ascii_text("ĐÓNG  ĐIỆN ❤") == "DONG DIEN"

    @given(st.text())
    def test_ascii_is_ascii(self, text):
        assert vietnamese.ascii_text(text).isascii()


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("NGUYỄN  thị hoa", "Nguyễn Thị Hoa"),
            ("đỗ văn ỷ", "Đỗ Văn Ỷ"),
            ("anna ß", "Anna ß"),
            ("  trần\tvăn\nan ", "Trần Văn An"),
            ("k'brôi y-ban", "K'Brôi Y-Ban"),
            ("", ""),
            (unicodedata.normalize("NFD", "LÊ THẾ"), "Lê Thế"),
        ],
    )
    def test_title_case(self, typed, name):
        assert vietnamese.titlecase_name(typed) == name

    @given(st.text("nguyễnthịđỗ NGUYỄN'-", max_size=30))
    def test_title_case_is_stable_and_changes_no_letter(self, typed):
        name = vietnamese.titlecase_name(typed)

        assert vietnamese.titlecase_name(name) == name
        assert vietnamese.search_key(name) == vietnamese.search_key(typed)

    def test_clean_takes_out_what_cannot_be_seen(self):
        assert vietnamese.clean("a\u200bb\u202e c\x00d\u00a0\u2003e") == "ab c d e"


def slow_distance(a, b):
    """The textbook recursion, for short words."""
    if not a or not b:
        return len(a) + len(b)
    best = min(
        slow_distance(a[1:], b) + 1, slow_distance(a, b[1:]) + 1, slow_distance(a[1:], b[1:]) + (a[0] != b[0])
    )
    if len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0]:
        best = min(best, slow_distance(a[2:], b[2:]) + 1)
    return best


class TestLikeness:
    @given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.none() | st.integers(0, 3))
    def test_edit_distance_is_the_textbook_one(self, a, b, limit):
        true = slow_distance(a, b)

        assert vietnamese.edit_distance(a, b, limit) == (true if limit is None else min(true, limit + 1))

    @given(st.text("abcđé ", max_size=12), st.text("abcđé ", max_size=12))
    def test_similarity_is_a_share(self, a, b):
        assert 0 <= vietnamese.similarity(a, b) == vietnamese.similarity(b, a) <= 1
        assert vietnamese.similarity(a, a) == 1

    def test_similarity_agrees_with_the_trigrams_of_the_database(self):
        assert vietnamese.similarity("word", "two words") == pytest.approx(0.363636, abs=1e-6)
