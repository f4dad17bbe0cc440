"""The table of values, each line as it is, without marks, in capitals and with odd spaces."""

# ruff: noqa: E501 - tables of messages read better on one line

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.assistant.understanding import slots
from motcua.assistant.understanding.normalising import compose
from motcua.assistant.understanding.slots import lunar
from motcua.kernel import codes
from motcua.kernel.vietnamese import fold

TODAY = date(2026, 11, 23)  # a Monday
NUMBER = codes.request_number("HN", 2026, 123)
TABLE = [
    ("mã PD01000123456", [("account_code", "PD01000123456")]),
    ("ma pd 01 000 123 456 cua em", [("account_code", "PD01000123456")]),
    ("PDO1000123456", [("account_code", "PD01000123456")]),
    (f"yêu cầu {NUMBER} tới đâu", [("request_number", NUMBER)]),
    ("gọi 0901.234.567 nhé", [("phone", "+84901234567")]),
    ("sđt +84 901 234 567", [("phone", "+84901234567")]),
    ("máy bàn 024 3825 1234", [("phone", "+842438251234")]),
    ("tổng đài 19001288", []),
    ("cccd 001185012345", [("id_number", "001185012345")]),
    ("cmnd cũ 123456789", [("id_number", "123456789")]),
    ("0901234567 à nhầm 0907654321", [("phone", "+84907654321")]),
    ("500k", [("money", "500000")]),
    ("hết 1tr2", [("money", "1200000")]),
    ("1tr250", [("money", "1250000")]),
    ("350 nghìn", [("money", "350000")]),
    ("2 triệu rưỡi", [("money", "2500000")]),
    ("1.250.000đ", [("money", "1250000")]),
    ("1,5 triệu", [("money", "1500000")]),
    ("em đóng 450000 rồi", [("money", "450000")]),
    ("k có điện", []),
    ("xài 300 số", [("energy", "300")]),
    ("1.200 kWh", [("energy", "1200")]),
    ("200 ký điện", [("energy", "200")]),
    ("1 số điện bao nhiêu", []),
    ("2 số điện thoại", []),
    ("nâng lên 10kW", [("power", "10 kW")]),
    ("át 63A", [("power", "63 A")]),
    ("máy 7,5 hp", [("power", "7.5 HP")]),
    ("điện 3 pha", [("power", "3 pha")]),
    ("trạm 560kVA", [("power", "560 kVA")]),
    ("25/11", [("date", "2026-11-25")]),
    ("ngày 5 tháng 12", [("date", "2026-12-05")]),
    ("ngày 2/1/2027", [("date", "2027-01-02")]),
    ("sáng mai", [("date", "2026-11-24")]),
    ("chị mai ơi", []),
    ("lắp điện mặt trời mái nhà", []),
    ("mốt có thợ không", [("date", "2026-11-25")]),
    ("hôm qua", [("date", "2026-11-22")]),
    ("ngày kia", [("date", "2026-11-25")]),
    ("3 ngày nữa", [("date", "2026-11-26")]),
    ("thứ 7 này", [("date", "2026-11-28")]),
    ("thứ 7 tuần sau", [("date", "2026-12-05")]),
    ("chủ nhật", [("date", "2026-11-29")]),
    ("hẹn thứ 5 à không thứ 6", [("date", "2026-11-27")]),
    ("rằm tháng 7", [("date", "2026-08-27")]),
    ("15/8 âm lịch", [("date", "2026-09-25")]),
    ("mùng 1 tết", [("date", "2027-02-06")]),
    ("tiền điện tháng này", [("period", "2026-11")]),
    ("tháng trước", [("period", "2026-10")]),
    ("tiền điện t9", [("period", "2026-09")]),
    ("tháng 12", [("period", "2025-12")]),
    ("tháng 3/2026", [("period", "2026-03")]),
    ("tháng 12 năm ngoái", [("period", "2025-12")]),
    ("kỳ 2 tháng 5", [("period", "2026-05/2")]),
    ("quý 3", [("period", "2026-Q3")]),
    ("hoa@gmail.com", [("email", "hoa@gmail.com")]),
]  # fmt: skip
NAMES_AND_PLACES = [
    ("tôi là Nguyễn Thị Hoa", [("name", "Nguyễn Thị Hoa")]),
    ("ten em la tran van an, so dien thoai 0901234567", [("name", "tran van an"), ("phone", "+84901234567")]),
    ("Nguyễn Văn A", [("name", "Nguyễn Văn A")]),
    ("Đỗ Văn An", [("name", "Đỗ Văn An")]),
    ("em tên là gì", []),
    ("báo mất điện 45 Lê Lợi, P5, Q.3", [("address", "45 Lê Lợi, P5, Q.3")]),
    ("25/11 cúp điện ở 12/5 Nguyễn Trãi", [("date", "2026-11-25"), ("address", "12/5 Nguyễn Trãi")]),
    ("nha so 5 to 3 thon Doai xa Tien Duong mat dien roi", [("address", "nha so 5 to 3 thon Doai xa Tien Duong")]),
    ("không phải phường 6, phường 7 mới đúng", [("address", "phường 7")]),
    ("ở số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội bị mất điện", [("address", "số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội")]),
    ("quán em mất điện, hàng xóm vẫn có", []),
    ("đổi công tơ 3 pha", [("power", "3 pha")]),
]  # fmt: skip


def found_in(text):
    return [(slot.kind.value, slot.value) for slot in slots.find(compose(text), TODAY)]


@pytest.mark.parametrize(("text", "values"), TABLE)
@pytest.mark.parametrize(
    "spelled",
    [str, fold, str.upper, lambda text: f"  {text}  ạ "],
    ids=["as it is", "no marks", "capitals", "spaces"],
)
def test_values(text, values, spelled):
    assert found_in(spelled(text)) == values


@pytest.mark.parametrize(("text", "values"), NAMES_AND_PLACES)
def test_names_and_places_are_kept_as_typed(text, values):
    assert found_in(text) == values


def test_a_code_with_a_character_too_few_is_not_guessed():
    (slot,) = slots.find("mã PD0100012345", TODAY)

    assert (slot.kind, slot.value, slot.problem) == (slots.Kind.ACCOUNT_CODE, "", "12 of 13 characters")


def test_yes_and_no_count_only_when_asked():
    assert slots.find("dạ có ạ", TODAY) == []
    assert [s.value for s in slots.find("dạ có ạ", TODAY, asks_yes_no=True)] == ["yes"]
    assert [s.value for s in slots.find("hông phải", TODAY, asks_yes_no=True)] == ["no"]
    assert slots.find("dạ", TODAY, asks_yes_no=True) == []


@given(st.text(max_size=120))
def test_spans_lie_in_the_text_and_never_overlap(text):
    composed = compose(text)
    end = 0
    for slot in slots.find(composed, TODAY, asks_yes_no=False):
        assert end <= slot.start < slot.end <= len(composed)
        end = slot.end


class TestLunar:
    @pytest.mark.parametrize(
        ("year", "day"),
        [(1985, date(1985, 1, 21)), (2007, date(2007, 2, 17)), (2023, date(2023, 1, 22)), (2024, date(2024, 2, 10)), (2025, date(2025, 1, 29)), (2026, date(2026, 2, 17)), (2034, date(2034, 2, 19))],
    )  # fmt: skip
    def test_new_year(self, year, day):
        assert lunar.to_solar(1, 1, year) == day

    def test_leap_months(self):
        assert lunar.to_solar(1, 6, 2025, is_leap=True) == date(2025, 7, 25)
        assert lunar.to_solar(1, 2, 2023, is_leap=True) == date(2023, 3, 22)
        assert lunar.to_solar(1, 11, 2033, is_leap=True) == date(2033, 12, 22)
        assert lunar.to_solar(1, 6, 2026, is_leap=True) is None

    @given(st.integers(0, 36500))
    def test_there_and_back(self, days):
        when = date(1950, 1, 1) + timedelta(days=days)
        day, month, year, is_leap = lunar.to_lunar(when)

        assert lunar.to_solar(day, month, year, is_leap=is_leap) == when


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("mất điện mãi mà chưa có thợ, mai có không", [("date", "2026-11-24")]),
        ("cắt điện một nhà hay cả ngõ", []),
        ("nhà em mái tôn", []),
        ("đồ lừa đảo", []),
        ("đổi tên do bố mất", []),
        ("ten la do van an", [("name", "do van an")]),
    ],
)
def test_marks_tell_words_from_days_and_names(text, values):
    assert found_in(text) == values
