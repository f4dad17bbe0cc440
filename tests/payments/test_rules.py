from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import codes
from motcua.payments import rules

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
payment_codes = st.builds(codes.payment_code, st.sampled_from(codes.CHARGE_KINDS), st.integers(1, 10**9 - 1))
# Words banks add; none can be part of a code, which begins with two letters and nine digits.
words = st.lists(
    st.sampled_from(
        ["MBVCB.123456", "CT tu", "0011001234567", "thanh toan", "IBFT", "GD", "QR -", "FT26320"]
    ),
    max_size=3,
).map(" ".join)
joints = st.sampled_from([" ", ".", "-", "/", "\n", " . "])


class TestCodesIn:
    @given(payment_codes, words, words, joints, joints, st.booleans())
    def test_finds_the_code_among_the_banks_words(self, code, before, behind, left, right, is_lower):
        text = f"{before}{left}{code.lower() if is_lower else code}{right}{behind}"
        assert code in rules.codes_in(text)

    @given(payment_codes, st.integers(1, 11), st.sampled_from([" ", "\n", "  ", ".", "-"]))
    def test_finds_a_code_cut_by_spaces(self, code, place, cut):
        assert code in rules.codes_in(f"MBVCB.123.{code[:place]}{cut}{code[place:]}.CT tu 001")

    @given(payment_codes, st.integers(0, 11), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    def test_a_code_with_one_wrong_character_is_no_code(self, code, place, letter):
        wrong = code[:place] + letter + code[place + 1 :]
        if wrong != code:
            assert code not in rules.codes_in(wrong)
            assert wrong not in rules.codes_in(wrong)

    @given(st.text(max_size=80))
    def test_whatever_it_finds_is_a_code(self, text):
        for code in rules.codes_in(text):
            assert codes.parse_payment_code(code) == code

    def test_plain_words_hold_no_code(self):
        assert rules.codes_in("chuyen tien cho con") == []
        assert rules.codes_in("") == []


class TestChoose:
    def test_no_code_unknown_code_one_code(self):
        assert rules.choose([], [], 5) == rules.Choice(None, "NO_CODE")
        assert rules.choose(["CM1"], [], 5) == rules.Choice(None, "UNKNOWN_CODE")
        assert rules.choose(["CM1"], [rules.Candidate(ONE, 100)], 5) == rules.Choice(ONE)

    def test_of_several_only_the_one_that_owes_exactly_this(self):
        several = [rules.Candidate(ONE, 100), rules.Candidate(TWO, 200)]
        assert rules.choose(["a", "b"], several, 200) == rules.Choice(TWO)
        assert rules.choose(["a", "b"], several, 300) == rules.Choice(None, "MANY_CODES")
        twins = [rules.Candidate(ONE, 100), rules.Candidate(TWO, 100)]
        assert rules.choose(["a", "b"], twins, 100) == rules.Choice(None, "MANY_CODES")

    @given(st.lists(st.integers(0, 3), max_size=4), st.integers(1, 4))
    def test_it_never_chooses_what_is_not_there(self, owed, amount):
        candidates = [rules.Candidate(UUID(int=number), value) for number, value in enumerate(owed, 1)]
        choice = rules.choose(["x"] * max(1, len(owed)), candidates, amount)
        assert (choice.charge_id is None) == bool(choice.reason)
        assert choice.charge_id is None or choice.charge_id in {c.charge_id for c in candidates}


class TestRetryAndMasks:
    def test_waits_longer_each_time_and_never_for_ever(self):
        at = datetime(2026, 11, 16, tzinfo=UTC)
        waits = [rules.retry_at(at, attempts) - at for attempts in range(40)]
        assert waits[0] == timedelta(seconds=20)
        assert waits == sorted(waits)
        assert waits[-1] == timedelta(minutes=30)

    @pytest.mark.parametrize(
        ("name", "masked"), [("Nguyễn Thị Hoa", "N••••• T•• H••"), ("Bình", "B•••"), ("", "")]
    )
    def test_a_name_shows_its_first_letters_alone(self, name, masked):
        assert rules.mask_name(name) == masked

    @pytest.mark.parametrize(
        ("address", "masked"), [("12 Phố Huế, Hà Nội", "•••, Hà Nội"), ("Phố Huế", "•••"), ("", "")]
    )
    def test_an_address_shows_its_last_part_alone(self, address, masked):
        assert rules.mask_address(address) == masked
