"""What each figure means: a name, a unit, numerator, denominator, period, source events, dated rule (design, section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from motcua.kernel.results import gettext_noop as _


@dataclass(frozen=True)
class Measure:
    """Something that is counted or summed; `period` says to which day it belongs."""

    name: str
    period: str


@dataclass(frozen=True)
class Rule:
    """How the condition behind a figure is decided, from a day on, and what it rests on."""

    valid_from: date
    text: str
    source: str


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
    rules: tuple[Rule, ...] = ()
    scale: float = 1.0
    digits: int = 0
    less_is_better: bool = False
    lowest: float = 0
    highest: float | None = None
    opens: str = (
        ""  # the measure whose cases it opens, when that is neither its denominator nor the count itself
    )

    @property
    def cases(self) -> str:
        """The measure whose requests stand behind the figure."""
        return self.opens or self.denominator or self.numerator

    @property
    def is_count(self) -> bool:
        return not self.denominator

    @property
    def is_share(self) -> bool:
        return self.unit == "%"

    def rule_on(self, day: date) -> Rule | None:
        """The rule in force on that day."""
        return next((rule for rule in reversed(self.rules) if rule.valid_from <= day), None)


_SENT = _("ngày gửi yêu cầu")
_CLOSED = _("ngày giải quyết xong")
MEASURES: Mapping[str, Measure] = {
    "received": Measure(_("yêu cầu tiếp nhận"), _SENT),
    "received_indirect": Measure(_("yêu cầu tiếp nhận gián tiếp"), _SENT),
    "received_direct": Measure(_("yêu cầu tiếp nhận trực tiếp"), _SENT),
    "received_unknown": Measure(_("yêu cầu không rõ cách tiếp nhận"), _SENT),
    "settled": Measure(_("yêu cầu giải quyết xong"), _CLOSED),
    "fully_online": Measure(_("yêu cầu giải quyết trực tuyến toàn trình"), _CLOSED),
    "on_time": Measure(_("yêu cầu giải quyết xong trong thời hạn đã hứa"), _CLOSED),
    "late": Measure(_("yêu cầu giải quyết xong chậm hạn"), _CLOSED),
    "late_company": Measure(_("yêu cầu chậm hạn tính cho công ty"), _CLOSED),
    "late_customer": Measure(_("yêu cầu chậm hạn tính cho khách hàng"), _CLOSED),
    "late_third_party": Measure(_("yêu cầu chậm hạn tính cho bên thứ ba"), _CLOSED),
    "late_unexplained": Measure(_("yêu cầu chậm hạn chưa giải trình"), _CLOSED),
    "trips": Measure(_("lượt khách hàng đến văn phòng"), _CLOSED),
    "rejected": Measure(_("yêu cầu không thực hiện được"), _("ngày trả lời không thực hiện được")),
    "cancelled": Measure(_("yêu cầu khách hàng hủy"), _("ngày hủy")),
    "energised": Measure(_("yêu cầu đã đóng điện"), _("ngày đóng điện")),
    "energise_minutes": Measure(_("số phút từ lúc gửi đến lúc đóng điện"), _("ngày đóng điện")),
    "rated": Measure(_("yêu cầu giải quyết xong có đánh giá"), _CLOSED),
    "rating_sum": Measure(_("tổng số điểm đánh giá"), _CLOSED),
}  # fmt: skip

_RECEPTION = (
    Rule(
        date(2018, 1, 1),
        _(
            "Trực tiếp: mặt đối mặt tại quầy giao dịch hoặc bàn của công ty ở trung tâm hành chính công. Gián tiếp: mọi kênh khác "
            "(Zalo, Facebook, chat, trang web, ứng dụng, cổng dịch vụ công, e-mail, tổng đài). Không ghi lại được thì để là không rõ."
        ),
        _("Cách gọi của ngành điện trong báo cáo năm 2018"),
    ),
)
_ONLINE_CONDITIONS = _(
    "Khách hàng không đến văn phòng lần nào; yêu cầu tiếp nhận gián tiếp; khoản phải trả (nếu có) đã trả trực tuyến; giấy tờ gửi và "
    "nhận điện tử hoặc tại nhà. Từng điều kiện được lưu theo yêu cầu, kết luận được ghi lúc giải quyết xong và không tính lại."
)
_PROMISE = (
    Rule(
        date(2018, 1, 1),
        _(
            "Thời hạn là lời hứa của dịch vụ theo phiên bản khai báo có hiệu lực ngày gửi, tính theo lịch làm việc; thời gian chờ khách "
            "hàng hoặc bên thứ ba không tính; hạn được gia hạn theo điều kiện đã công bố thì tính hạn mới."
        ),
        _("Khai báo của từng dịch vụ, kèm căn cứ của nó"),
    ),
)
_CHARGED = (
    Rule(
        date(2018, 1, 1),
        _(
            "Chậm hạn: giải quyết xong sau thời hạn đã hứa, chỉ tính thời gian của công ty. Bên chịu là bên mà người phụ trách ghi khi "
            "giải trình, kèm lý do trong hồ sơ; giải trình lại thì tính lần sau cùng. Bốn tỷ lệ cộng lại là 100 %."
        ),
        _("Quy ước của bảng số liệu này"),
    ),
)
_LATE_EVENTS = ("request.settled", "promise.extended", "late.explained")


def _late(charged_to: str, name: str, definition: str) -> Figure:
    """The part of the late requests that is charged to one party, or to nobody yet."""
    measure = f"late_{charged_to}"
    return Figure(
        measure.upper(), name, "%", measure, "late", definition, _LATE_EVENTS, _CHARGED, 100, 1, True, 0, 100, measure
    )  # fmt: skip


FIGURES: tuple[Figure, ...] = (
    Figure(
        "RECEIVED", _("Yêu cầu tiếp nhận"), _("yêu cầu"), "received", "",
        _("Mọi điều khách hàng yêu cầu và được ghi nhận trong kỳ: dịch vụ, câu hỏi, kiến nghị, báo sự cố. Tính vào tháng gửi."),
        ("request.submitted",),
    ),
    Figure(
        "SETTLED", _("Yêu cầu giải quyết xong"), _("yêu cầu"), "settled", "",
        _("Yêu cầu được giải quyết xong trong kỳ. Tính vào tháng giải quyết xong."),
        ("request.settled", "request.reopened"),
    ),
    Figure(
        "INDIRECT", _("Tiếp nhận gián tiếp"), "%", "received_indirect", "received",
        _("Phần yêu cầu không nhận trực tiếp tại quầy hay trung tâm hành chính công, trên tổng số tiếp nhận trong kỳ. Yêu cầu không rõ cách tiếp nhận nằm ở mẫu số."),
        ("request.submitted",), _RECEPTION, 100, 1, False, 0, 100,
    ),
    Figure(
        "DIRECT", _("Tiếp nhận trực tiếp"), "%", "received_direct", "received",
        _("Phần yêu cầu nhận mặt đối mặt tại quầy hay trung tâm hành chính công, trên tổng số tiếp nhận trong kỳ."),
        ("request.submitted",), _RECEPTION, 100, 1, True, 0, 100,
    ),
    Figure(
        "RECEPTION_UNKNOWN", _("Không rõ cách tiếp nhận"), "%", "received_unknown", "received",
        _("Phần yêu cầu không ghi lại được là nhận trực tiếp hay gián tiếp, trên tổng số tiếp nhận trong kỳ. Ba tỷ lệ tiếp nhận cộng lại là 100 %."),
        ("request.submitted",), _RECEPTION, 100, 1, True, 0, 100,
    ),
    Figure(
        "FULLY_ONLINE", _("Trực tuyến toàn trình (cấp độ 4)"), "%", "fully_online", "settled",
        _(
            "Yêu cầu giải quyết xong mà khách hàng không phải đến văn phòng, trả tiền trực tuyến nếu có khoản "
            "phải trả, giấy tờ gửi và nhận điện tử hoặc tại nhà; trên số yêu cầu giải quyết xong trong kỳ."
        ),
        ("request.settled", "trip.recorded", "charge.paid"),
        (
            Rule(date(2018, 1, 1), _ONLINE_CONDITIONS, _("Nghị định 43/2011/NĐ-CP: cấp độ 4")),
            Rule(date(2022, 8, 15), _ONLINE_CONDITIONS, _("Nghị định 42/2022/NĐ-CP: dịch vụ công trực tuyến toàn trình, gần như cấp độ 4 trước đó")),
        ), 100, 1, False, 0, 100,
    ),
    Figure(
        "ON_TIME", _("Đúng hạn"), "%", "on_time", "settled",
        _("Yêu cầu giải quyết xong trong thời hạn đã hứa, chỉ tính thời gian của công ty (thời gian chờ khách hàng được trừ), trên số giải quyết xong trong kỳ."),
        ("request.settled", "promise.extended"), _PROMISE, 100, 1, False, 0, 100,
    ),
    _late(
        "company", _("Chậm hạn do công ty"),
        _("Phần yêu cầu chậm hạn mà giải trình tính cho công ty, trên số yêu cầu giải quyết xong chậm hạn trong kỳ."),
    ),
    _late(
        "customer", _("Chậm hạn do khách hàng"),
        _("Phần yêu cầu chậm hạn mà giải trình tính cho khách hàng, trên số yêu cầu giải quyết xong chậm hạn trong kỳ."),
    ),
    _late(
        "third_party", _("Chậm hạn do bên thứ ba"),
        _("Phần yêu cầu chậm hạn mà giải trình tính cho bên thứ ba, trên số yêu cầu giải quyết xong chậm hạn trong kỳ."),
    ),
    _late(
        "unexplained", _("Chậm hạn chưa giải trình"),
        _("Phần yêu cầu chậm hạn chưa ai giải trình, trên số yêu cầu giải quyết xong chậm hạn trong kỳ. Mục tiêu là không yêu cầu nào."),
    ),
    Figure(
        "DAYS_TO_ENERGISE", _("Số ngày đến khi có điện"), _("ngày"), "energise_minutes", "energised",
        _("Trung bình từ lúc gửi yêu cầu đến lúc đóng điện, tính theo ngày lịch (24 giờ), của các yêu cầu đóng điện trong kỳ."),
        ("request.submitted", "supply.energised"), (), 1 / 1440, 1, True,
    ),
    Figure(
        "TRIPS", _("Lượt đến văn phòng"), _("lượt/yêu cầu"), "trips", "settled",
        _("Số lần khách hàng phải đến văn phòng cho mỗi yêu cầu giải quyết xong trong kỳ. Mục tiêu là không lần nào."),
        ("trip.recorded", "request.submitted"), (), 1, 2, True,
    ),
    Figure(
        "RATING", _("Điểm hài lòng"), _("điểm (1-5)"), "rating_sum", "rated",
        _("Trung bình điểm của các yêu cầu giải quyết xong trong kỳ có đánh giá."),
        ("customer.rated",), (), 1, 2, False, 1, 5,
    ),
)  # fmt: skip

BY_CODE = {figure.code: figure for figure in FIGURES}


def value_of(figure: Figure, sums: Mapping[str, int]) -> float | None:
    """The figure from sums of measures; None when the denominator is nothing."""
    top = sums.get(figure.numerator, 0)
    if not figure.denominator:
        return float(top)
    bottom = sums.get(figure.denominator, 0)
    return None if not bottom else top * figure.scale / bottom


def is_met(figure: Figure, value: float, target: float) -> bool:
    """Whether the value is as good as the target asks."""
    return value <= target if figure.less_is_better else value >= target
