from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.customers import rules

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


class TestCleanIdNumber:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("001190012345", "001190012345"),
            (" 001 190 012 345 ", "001190012345"),
            ("096099000001", "096099000001"),
            ("012345678", "012345678"),
            ("0100101114", "0100101114"),
            ("0100101114-001", "0100101114-001"),
            ("c1234567", "C1234567"),
        ],
    )
    def test_takes_numbers_of_every_kind(self, typed, stored):
        assert rules.clean_id_number(typed) == stored

    @pytest.mark.parametrize("typed", ["", "000190012345", "097190012345", "12345", "00119001234a", "1" * 14])
    def test_refuses_what_is_no_number(self, typed):
        assert rules.clean_id_number(typed) is None


KEY = b"kept outside the database"
OF_THE_FIRST_WEEKS = "0a0144cb6e06bd1bad66b4e5d193a8cdc0971073566b3314601786e4c4d56102"


class TestCodeWord:
    def test_is_known_again_without_marks(self):
        stored = rules.hash_code_word("mèo vàng", KEY)

        assert rules.is_code_word("MEO VANG", stored, KEY)
        assert not rules.is_code_word("mèo đen", stored, KEY)
        assert "mèo" not in stored

    def test_cannot_be_tried_without_the_key(self):
        assert not rules.is_code_word("mèo vàng", rules.hash_code_word("mèo vàng", KEY), b"another")

    def test_is_salted(self):
        assert rules.hash_code_word("mèo vàng", KEY) != rules.hash_code_word("mèo vàng", KEY)

    def test_knows_the_ones_of_the_first_weeks(self):
        stored = "scrypt$00112233445566778899aabbccddeeff$" + OF_THE_FIRST_WEEKS

        assert rules.is_code_word("meo vang", stored, KEY)
        assert not rules.is_code_word("mèo đen", stored, KEY)

    @pytest.mark.parametrize(
        "broken", ["", "scrypt$zz$00", "plain", "scrypt$00", "hmac$00", "hmac$00$zz", "md5$00$00"]
    )
    def test_refuses_a_broken_hash(self, broken):
        assert not rules.is_code_word("mèo vàng", broken, KEY)


class TestSecondsToWait:
    def test_is_a_minute_between_codes(self):
        assert rules.seconds_to_wait([], AT) == 0
        assert rules.seconds_to_wait([AT - timedelta(seconds=20)], AT) == 40
        assert rules.seconds_to_wait([AT - timedelta(seconds=60)], AT) == 0

    def test_is_an_hour_after_five(self):
        sent = [AT - timedelta(minutes=minutes) for minutes in (2, 4, 6, 8, 10)]

        assert rules.seconds_to_wait(sent, AT) == 50 * 60

    @given(st.lists(st.integers(min_value=0, max_value=86_400 * 2), max_size=20))
    def test_lets_no_more_than_the_limits_through(self, ages):
        sent = [AT - timedelta(seconds=age) for age in ages]

        if rules.seconds_to_wait(sent, AT) == 0:
            assert sum(AT - at < timedelta(hours=1) for at in sent) < rules.PROOF_LIMITS.per_address_hour
            assert sum(AT - at < timedelta(days=1) for at in sent) < rules.PROOF_LIMITS.per_address_day
            assert all(AT - at >= rules.PROOF_LIMITS.pause for at in sent)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("nguyen thi hoa", "PERSON"),
        ("cong ty tnhh hoa sen", "ORGANISATION"),
        ("ubnd xa dong anh", "ORGANISATION"),
        ("truong tieu hoc kim lien", "ORGANISATION"),
        ("congtyhoa", "PERSON"),
    ],
)
def test_kind_is_guessed_from_the_name(key, kind):
    assert rules.guess_kind(key) == kind
