import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.supply import rules

PINS = st.tuples(st.floats(8, 23), st.floats(102, 110))


class TestReadingValue:
    @pytest.mark.parametrize(
        ("given", "value"),
        [
            ("0", "0"),
            ("00012", "12"),
            (" 12,5 ", "12.5"),
            ("12.345", "12.345"),
            (999999, "999999"),
            (Decimal("7"), "7"),
        ],
    )
    def test_takes_what_a_meter_shows(self, given, value):
        assert rules.reading_value(given, 6) == (Decimal(value), "")

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ("", "NOT_A_NUMBER"),
            ("12a", "NOT_A_NUMBER"),
            (None, "NOT_A_NUMBER"),
            ("1.234.567", "NOT_A_NUMBER"),
            ("12,3456", "NOT_A_NUMBER"),
            ("1e3", "NOT_A_NUMBER"),
            (True, "NOT_A_NUMBER"),
            (float("nan"), "NOT_A_NUMBER"),
            ("-1", "NEGATIVE"),
            ("1000000", "TOO_MANY_DIGITS"),
            ("99999999999", "TOO_MANY_DIGITS"),
        ],
    )
    def test_refuses_the_rest_with_a_reason(self, given, reason):
        assert rules.reading_value(given, 6) == (None, reason)

    @given(st.integers(0, 10**9 - 1), st.integers(0, 999), st.integers(4, 9))
    def test_fits_the_column_whenever_it_is_taken(self, whole, thousandths, digits):
        value, reason = rules.reading_value(f"{whole},{thousandths:03d}", digits)

        assert (value is None) == (whole >= 10**digits)
        assert value is None or value == Decimal(whole) + Decimal(thousandths) / 1000
        assert bool(reason) == (value is None)


class TestDistance:
    def test_is_known_between_hanoi_and_ho_chi_minh_city(self):
        assert rules.distance_km(21.0285, 105.8542, 10.7769, 106.7009) == pytest.approx(1143, abs=5)

    @given(PINS, PINS)
    def test_is_the_same_both_ways_and_zero_at_home(self, one, other):
        assert rules.distance_km(*one, *other) == pytest.approx(rules.distance_km(*other, *one))
        assert rules.distance_km(*one, *one) == 0

    @given(PINS, st.floats(0, 2 * math.pi), st.floats(0, 1.99))
    def test_box_holds_every_pin_within(self, pin, direction, km):
        lat = pin[0] + math.degrees(km / rules.EARTH_KM) * math.cos(direction)
        lon = pin[1] + math.degrees(km / rules.EARTH_KM) / math.cos(math.radians(pin[0])) * math.sin(
            direction
        )
        south, north, west, east = rules.box_around(*pin, rules.NEAR_KM)

        assert south <= lat <= north
        assert west <= lon <= east


class TestSplitAddress:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            (
                "Số 12 ngõ 5 Trần Phú, P. Mộ Lao, Q. Hà Đông, TP Hà Nội",
                rules.AddressParts("12", "ngõ 5 Trần Phú", "", "Mộ Lao", "Hà Đông", "Hà Nội"),
            ),
            (
                "Thôn Đông, xã Phú Lương, tỉnh Quảng Trị",
                rules.AddressParts("", "", "Thôn Đông", "Phú Lương", "", "Quảng Trị"),
            ),
            ("45 Lê Lợi", rules.AddressParts("45", "Lê Lợi")),
            (
                "15/3 to 4, phuong Kim Lien, quan Dong Da, Ha Noi",
                rules.AddressParts("15/3", "to 4", "", "Kim Lien", "Dong Da", "Ha Noi"),
            ),
            (
                "Ấp 3, xã Bình Chánh, thành phố Thủ Đức, TP. Hồ Chí Minh",
                rules.AddressParts("", "", "Ấp 3", "Bình Chánh", "Thủ Đức", "Hồ Chí Minh"),
            ),
            ("Cột A12 sau nhà văn hóa", rules.AddressParts("", "Cột A12 sau nhà văn hóa")),
            ("", rules.AddressParts()),
        ],
    )
    def test_knows_the_parts(self, text, parts):
        assert rules.split_address(text) == parts

    @given(st.text(max_size=200))
    def test_never_fails_and_keeps_to_the_columns(self, text):
        parts = rules.split_address(text)

        assert len(parts.house) <= 60
        assert len(parts.street) <= 160
        assert max(len(parts.commune), len(parts.district), len(parts.province)) <= 80
