"""Telephone numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import phones


class TestNormalise:
    @pytest.mark.parametrize(
        "text",
        [
            "0901234567",
            "0901 234 567",
            "0901.234.567",
            "090-1234567",
            "(090) 123 4567",
            "+84901234567",
            "+84 901 234 567",
            "+84 0901 234 567",
            "84901234567",
            "0084901234567",
            "0084 0901234567",
            "901234567",
            "  0901\u00a0234 567 ",
        ],
    )
    def test_knows_a_mobile_number_however_written(self, text):
        assert phones.normalise(text) == "+84901234567"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("01621234567", "+84321234567"),
            ("01699 123 456", "+84399123456"),
            ("+84 168 612 3456", "+84386123456"),
            ("01201234567", "+84701234567"),
            ("01211234567", "+84791234567"),
            ("01221234567", "+84771234567"),
            ("01261234567", "+84761234567"),
            ("01281234567", "+84781234567"),
            ("01231234567", "+84831234567"),
            ("01271234567", "+84811234567"),
            ("01291234567", "+84821234567"),
            ("01861234567", "+84561234567"),
            ("01881234567", "+84581234567"),
            ("01991234567", "+84591234567"),
        ],
    )
    def test_converts_the_eleven_digits_of_before_2018(self, old, new):
        assert phones.normalise(old) == new

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("024 3825 1234", "+842438251234"),
            ("04 3825 1234", "+842438251234"),
            ("028 3829 5678", "+842838295678"),
            ("0236 3821 234", "+842363821234"),
            ("+84 24 3825 1234", "+842438251234"),
            ("+1 212 555 2368", "+12125552368"),
            ("0033 1 42 68 53 00", "+33142685300"),
        ],
    )
    def test_knows_landlines_and_foreign_numbers(self, text, number):
        assert phones.normalise(text) == number

    @pytest.mark.parametrize(
        "text",
        ["", "abc", "0901", "09012345678", "0101234567", "113", "01511234567", "090123456a", "+", "00",
         "0000000000", "+999 123", "0" * 40, "٠٩٠١٢٣٤٥٦٧x"],
    )  # fmt: skip
    def test_refuses_what_is_none(self, text):
        assert phones.normalise(text) is None

    @given(st.text(max_size=20) | st.from_regex(r"[+0-9 .()-]{0,18}", fullmatch=True))
    def test_is_stable(self, text):
        number = phones.normalise(text)

        assert number is None or phones.normalise(number) == number
        assert number is None or phones.normalise(phones.display(number)) == number


class TestDisplay:
    @pytest.mark.parametrize(
        ("number", "shown", "masked"),
        [
            ("+84901234567", "0901 234 567", "09•• ••• 567"),
            ("+842438251234", "024 3825 1234", "02• •••• •234"),
            ("+842363821234", "0236 382 1234", "02•• ••• •234"),
        ],
    )
    def test_shows_and_hides(self, number, shown, masked):
        assert phones.display(number) == shown
        assert phones.mask(number) == masked

    def test_tells_mobiles_from_landlines(self):
        assert phones.is_mobile("+84901234567")
        assert not phones.is_mobile("+842438251234")
        assert not phones.is_mobile("nothing")
        assert phones.display("nothing") == "nothing"


class TestKnownMobiles:
    """Most numbers are known by their beginning, without the library: it must say the same of every one."""

    @given(st.from_regex(phones._MOBILE, fullmatch=True))
    def test_the_library_agrees(self, number):
        number = number.strip()

        assert phones.normalise(number) == phones._checked(number, "VN") == f"+84{number[1:]}"
