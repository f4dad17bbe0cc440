"""Names of made-up people, for the year and for what is measured with many customers."""

from __future__ import annotations

FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLES = ("Thị", "Văn", "Thu", "Minh", "Ngọc", "Đức", "Thanh", "Hữu", "Kim", "Quang", "Mai", "Xuân", "Anh")
GIVEN = (
    "Hoa",
    "An",
    "Lan",
    "Hùng",
    "Dung",
    "Tuấn",
    "Hương",
    "Nam",
    "Phương",
    "Sơn",
    "Trang",
    "Long",
    "Yến",
    "Bình",
    "Hà",
    "Đạt",
    "Nga",
)


def name_of(at: float) -> str:
    """A name for a place between 0 and 1."""
    rest, family = divmod(int(at * 2**31), len(FAMILIES))
    rest, middle = divmod(rest, len(MIDDLES))
    return f"{FAMILIES[family]} {MIDDLES[middle]} {GIVEN[rest % len(GIVEN)]}"
