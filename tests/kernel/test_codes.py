"""Numbers that people mistype."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.kernel import access_codes, codes

LETTERS = codes.ALPHABET
NUMBERS = st.builds(
    codes.request_number,
    st.sampled_from(["HN", "NP", "CP", "SP", "HC", "G", "ABCD", "LO", "OI", "ILO"]),
    st.integers(2018, 2099),
    st.integers(1, 999_999) | st.integers(1_000_000, 99_999_999),
)


def bare(number):
    return number.replace("-", "")


class TestCheckCharacter:
    def test_the_element_it_multiplies_by_can_be_undone_and_tells_neighbours_apart(self):
        times = codes._TIMES
        for shift in (lambda x: x, codes._MINUS.__getitem__):  # a - 1 and a + 1
            moved = {codes._SUM[times[x]][shift(x)] for x in range(36)}
            assert len(moved) == 36
        assert len(set(times)) == 36

    @given(st.text(LETTERS, min_size=1, max_size=24))
    def test_is_accepted_again(self, body):
        assert codes.has_valid_check(body + codes.check_character(body))

    @given(st.text(LETTERS, min_size=1, max_size=10))
    @settings(max_examples=40)
    def test_every_other_check_character_is_refused(self, body):
        right = codes.check_character(body)

        assert [c for c in LETTERS if codes.has_valid_check(body + c)] == [right]

    @given(st.text(LETTERS, min_size=2, max_size=16))
    def test_every_substitution_swap_jump_and_twin_is_found(self, body):
        good = body + codes.check_character(body)

        for wrong in mistakes(good):
            assert not codes.has_valid_check(wrong), wrong

    @pytest.mark.parametrize("text", ["", "A", "hn26", "HN-26"])
    def test_refuses_what_has_no_check(self, text):
        assert not codes.has_valid_check(text)


def mistakes(text, *, twins=True):
    for i, letter in enumerate(text):
        yield from (text[:i] + c + text[i + 1 :] for c in LETTERS if c != letter)
        if i + 1 < len(text) and text[i + 1] != letter:
            yield text[:i] + text[i + 1] + letter + text[i + 2 :]
        if i + 2 < len(text) and text[i + 2] != letter:
            yield text[:i] + text[i + 2] + text[i + 1] + letter + text[i + 3 :]
        if twins and i + 1 < len(text) and text[i + 1] == letter:
            yield from (text[:i] + c + c + text[i + 2 :] for c in LETTERS if c != letter)


class TestRequestNumber:
    def test_looks_like_this(self):
        assert re.fullmatch(r"HN26-000123-[0-9A-Z]", codes.request_number("HN", 2026, 123))
        assert codes.request_number("NP", 2026, 1_234_567).startswith("NP26-1234567-")

    @given(NUMBERS)
    def test_is_read_back_however_it_is_typed(self, number):
        for typed in (
            number,
            number.lower(),
            bare(number),
            f"  {number[:3]} {number[3:]}. ",
            number.replace("-", " "),
            number.replace("-", "–"),
            " ".join(bare(number)),
        ):
            assert codes.parse_request_number(typed) == number

    def test_forgives_letters_that_look_like_digits(self):
        number = codes.request_number("HN", 2018, 101)
        assert number[-1].isalpha()

        assert codes.parse_request_number("HN18-OOOIO1-" + number[-1]) == number
        assert codes.parse_request_number("HN18-oool0l-" + number[-1]) == number

    @given(NUMBERS)
    @settings(max_examples=60)
    def test_every_single_wrong_symbol_and_swap_is_found(self, number):
        for wrong in mistakes(bare(number), twins=False):
            assert codes.parse_request_number(wrong) in (None, number), wrong

    @given(NUMBERS)
    @settings(max_examples=60)
    def test_a_symbol_lost_or_doubled_gives_no_other_number_of_the_same_company_and_year(self, number):
        text = bare(number)
        for i in range(len(text)):
            for wrong in (text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:]):
                read = codes.parse_request_number(wrong)
                assert read is None or re.fullmatch(r"[A-Z]{1,4}\d\d-(\d{6}|[1-9]\d{6,7})-[0-9A-Z]", read)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "HN26",
            "HN26-000123",
            "HN26-000000-0",
            "26-000123-K",
            "xin chào",
            "HN26-000123-KK",
            "ＨＮ26-000123-A",
        ],
    )
    def test_refuses_what_is_none(self, text):
        assert codes.parse_request_number(text) is None

    @pytest.mark.parametrize(
        ("letters", "serial"), [("hn", 1), ("", 1), ("ABCDE", 1), ("H1", 1), ("HN", 0), ("HN", 10**8)]
    )
    def test_refuses_to_make_a_bad_one(self, letters, serial):
        with pytest.raises(ValueError, match="company|serial"):
            codes.request_number(letters, 2026, serial)

    @given(st.text(max_size=30))
    def test_reads_or_refuses_any_text(self, text):
        read = codes.parse_request_number(text)

        assert read is None or codes.parse_request_number(read) == read


class TestPaymentCode:
    @given(st.sampled_from(codes.CHARGE_KINDS), st.integers(1, 10**9 - 1))
    def test_is_short_capital_and_found_again(self, kind, serial):
        code = codes.payment_code(kind, serial)

        assert re.fullmatch(r"[A-Z0-9]{1,25}", code)
        assert codes.find_payment_codes(code) == [code]
        assert codes.parse_payment_code(code.lower()) == code

    def test_is_found_in_what_banks_make_of_it(self):
        a, b = codes.payment_code("CM", 123), codes.payment_code("TD", 987_654_321)

        assert codes.find_payment_codes(f"MBVCB.123456.{a}.CT tu 0011") == [a]
        assert codes.find_payment_codes(f"NGUYENVANA{a.lower()}CHUYENTIEN") == [a]
        assert codes.find_payment_codes(f"thanh toan {a[:6]} {a[6:]} va {b}") == [b, a]
        assert codes.find_payment_codes(f"{a} {a}") == [a]
        assert codes.find_payment_codes("CM000000123 tien dien") == []

    @given(st.sampled_from(codes.CHARGE_KINDS), st.integers(1, 10**9 - 1))
    @settings(max_examples=40)
    def test_a_mistyped_one_matches_no_other(self, kind, serial):
        for wrong in mistakes(codes.payment_code(kind, serial)):
            assert codes.find_payment_codes(wrong) == []

    @pytest.mark.parametrize(("kind", "serial"), [("XX", 1), ("CM", 0), ("CM", 10**9), ("cm", 5)])
    def test_refuses_to_make_a_bad_one(self, kind, serial):
        with pytest.raises(ValueError, match="kind|serial"):
            codes.payment_code(kind, serial)

    def test_reads_only_the_code_itself(self):
        assert codes.parse_payment_code("khong co ma") is None


class TestAccountCode:
    @pytest.mark.parametrize(
        "text", ["PE06000012345", "PA01HH0000001", "PNGV000000001", "PD01000000001", "pb0202 004 0261"]
    )
    def test_accepts_codes_seen_in_the_country(self, text):
        assert codes.is_account_code(codes.clean_account_code(text))

    @pytest.mark.parametrize(
        "text",
        [
            "PE0600001234",
            "PE060000123456",
            "\u0420E06000012345",
            "XE06000012345",
            "P106000012345",
            "PE0600001234A",
            "PE06000012345\n",
        ],
    )
    def test_refuses_others(self, text):
        assert not codes.is_account_code(text)

    def test_makes_the_next_of_a_unit(self):
        assert codes.make_account_code("PD0100", 42) == "PD01000000042"
        assert codes.is_account_code(codes.make_account_code("PA01HH", 9_999_999))

    @pytest.mark.parametrize(
        ("prefix", "serial"), [("PD01", 1), ("pd0100", 1), ("PD0100", 0), ("PD0100", 10**7)]
    )
    def test_refuses_to_make_a_bad_one(self, prefix, serial):
        with pytest.raises(ValueError, match="prefix|serial"):
            codes.make_account_code(prefix, serial)


class TestAccessCodes:
    def test_have_no_symbols_that_look_alike(self):
        assert not set(access_codes.ALPHABET) & set("0O1ILB8S5Z2UV")

    @given(st.integers(1, 16), st.randoms())
    def test_are_read_back_however_typed(self, length, rng):
        code = access_codes.access_code(length, rng)

        assert len(code.replace("-", "")) == length
        assert access_codes.same_access_code(code.lower().replace("-", " "), code)

    def test_are_not_the_same_twice(self):
        assert len({access_codes.access_code() for _ in range(200)}) == 200
        assert access_codes.token() != access_codes.token()

    def test_digits(self):
        assert re.fullmatch(r"\d{6}", access_codes.digit_code())
        assert access_codes.digit_code(4, random.Random(1)) == access_codes.digit_code(4, random.Random(1))

    def test_code_words_are_distinct_by_ear(self):
        for words in access_codes.code_words():
            assert len({access_codes.sound_key(word) for word in words}) == len(words) >= 60
            assert all(len(word.split()) == 1 for word in words)

    def test_a_code_word_is_two_words_and_comes_from_the_system_randomness(self):
        said = {codes.spoken_code_word() for _ in range(50)}

        assert len(said) > 40
        assert all(len(word.split()) == 2 for word in said)
        assert codes.spoken_code_word(random.Random(7)) == codes.spoken_code_word(random.Random(7))

    @pytest.mark.parametrize("said", ["SÔNG XANH", "song xanh", " song  sanh ", "xông xanh"])
    def test_a_code_word_is_known_without_marks_and_in_any_accent(self, said):
        assert access_codes.same_code_word(said, "sông xanh")

    @pytest.mark.parametrize("said", ["sông", "xanh sông", "sông vàng", ""])
    def test_another_is_not(self, said):
        assert not access_codes.same_code_word(said, "sông xanh")
