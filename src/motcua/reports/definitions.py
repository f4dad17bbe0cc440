"""What each figure means: a name, a unit, numerator, denominator, window and source events (design, section 9)."""

from __future__ import annotations

from dataclasses import dataclass

from motcua.kernel.results import gettext_noop as _


@dataclass(frozen=True)
class Figure:
    """A figure of the board. `numerator` and `denominator` are measures of the roll-ups; without a denominator it is a count."""

    code: str
    name: str
    unit: str
    numerator: str
    denominator: str
    definition: str
    events: tuple[str, ...]
    scale: float = 1.0
    digits: int = 0
    less_is_better: bool = False


FIGURES: tuple[Figure, ...] = (
    Figure(
        "RECEIVED", _("Yêu cầu tiếp nhận"), _("yêu cầu"), "received", "",
        _("Mọi điều khách hàng yêu cầu và được ghi nhận trong kỳ: dịch vụ, câu hỏi, kiến nghị, báo sự cố. Tính vào tháng gửi."),
        ("request.submitted",),
    ),
    Figure(
        "SETTLED", _("Yêu cầu giải quyết xong"), _("yêu cầu"), "settled", "",
        _("Yêu cầu được giải quyết xong trong kỳ. Tính vào tháng giải quyết xong."),
        ("request.settled",),
    ),
    Figure(
        "INDIRECT", _("Tiếp nhận gián tiếp"), "%", "received_indirect", "received",
        _("Phần yêu cầu không nhận trực tiếp tại quầy hay trung tâm hành chính công, trên tổng số tiếp nhận trong kỳ. Yêu cầu không rõ cách tiếp nhận nằm ở mẫu số."),
        ("request.submitted",), 100, 1,
    ),
    Figure(
        "FULLY_ONLINE", _("Trực tuyến toàn trình (cấp độ 4)"), "%", "fully_online", "settled",
        _(
            "Yêu cầu giải quyết xong mà khách hàng không phải đến văn phòng, trả tiền trực tuyến nếu có khoản "
            "phải trả, giấy tờ gửi và nhận điện tử hoặc tại nhà; trên số yêu cầu giải quyết xong trong kỳ."
        ),
        ("request.settled", "trip.recorded", "charge.paid"), 100, 1,
    ),
    Figure(
        "ON_TIME", _("Đúng hạn"), "%", "on_time", "settled",
        _("Yêu cầu giải quyết xong trong thời hạn đã hứa, chỉ tính thời gian của công ty (thời gian chờ khách hàng được trừ), trên số giải quyết xong trong kỳ."),
        ("request.settled", "promise.extended"), 100, 1,
    ),
    Figure(
        "DAYS_TO_ENERGISE", _("Số ngày đến khi có điện"), _("ngày"), "energise_minutes", "energised",
        _("Trung bình từ lúc gửi yêu cầu đến lúc đóng điện, tính theo ngày lịch (24 giờ), của các yêu cầu đóng điện trong kỳ."),
        ("request.submitted", "supply.energised"), 1 / 1440, 1, True,
    ),
    Figure(
        "TRIPS", _("Lượt đến văn phòng"), _("lượt/yêu cầu"), "trips", "settled",
        _("Số lần khách hàng phải đến văn phòng cho mỗi yêu cầu giải quyết xong trong kỳ. Mục tiêu là không lần nào."),
        ("trip.recorded", "request.submitted"), 1, 2, True,
    ),
    Figure(
        "RATING", _("Điểm hài lòng"), _("điểm (1-5)"), "rating_sum", "rated",
        _("Trung bình điểm của các yêu cầu giải quyết xong trong kỳ có đánh giá."),
        ("customer.rated",), 1, 2,
    ),
)  # fmt: skip

BY_CODE = {figure.code: figure for figure in FIGURES}


def value_of(figure: Figure, sums: dict[str, int]) -> float | None:
    """The figure from sums of measures; None when the denominator is nothing."""
    top = sums.get(figure.numerator, 0)
    if not figure.denominator:
        return float(top)
    bottom = sums.get(figure.denominator, 0)
    return None if not bottom else top * figure.scale / bottom
