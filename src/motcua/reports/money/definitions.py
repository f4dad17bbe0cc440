"""What each figure of money means (design, section 9): cashless by bills and by money, online, payers, debt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from motcua.kernel.results import gettext_noop as _
from motcua.reports.definitions import Figure, Measure, Rule

_ISSUED, _PAID = _("ngày phát hành"), _("ngày thanh toán đủ")
MEASURES: Mapping[str, Measure] = {
    "billed": Measure(_("hóa đơn phát hành"), _ISSUED),
    "billed_vnd": Measure(_("tiền điện phát hành"), _ISSUED),
    "paid": Measure(_("hóa đơn thanh toán đủ"), _PAID),
    "paid_vnd": Measure(_("tiền điện thu được"), _PAID),
    "cashless": Measure(_("hóa đơn thanh toán không dùng tiền mặt"), _PAID),
    "cashless_vnd": Measure(_("tiền điện thu không dùng tiền mặt"), _PAID),
    "online": Measure(_("hóa đơn thanh toán trực tuyến"), _PAID),
    "online_vnd": Measure(_("tiền điện thu trực tuyến"), _PAID),
    "days": Measure(_("số ngày từ phát hành đến thanh toán đủ"), _PAID),
    "with_bill": Measure(_("khách hàng có hóa đơn"), _ISSUED),
    "payers_online": Measure(_("khách hàng có hóa đơn thanh toán trực tuyến"), _PAID),
}
_WAYS = (
    Rule(
        date(2015, 1, 1),
        _(
            "Tiền mặt: nộp tại quầy của công ty, hoặc nộp tiền mặt tại quầy ngân hàng, điểm thu hộ. Trực tuyến: khách tự làm trên màn hình của mình "
            "(ứng dụng, trang web ngân hàng, ví, cổng thanh toán). Ủy nhiệm thu, máy ATM, khoản trả trước, và tiền qua ngân hàng mà ngân hàng không "
            "nói cách trả: không dùng tiền mặt nhưng không tính là trực tuyến. Cách trả là của lần trả làm hóa đơn thành đủ."
        ),
        _("Quy ước của bảng số liệu này; hai tỷ lệ của bài báo năm 2018 được giữ riêng"),
    ),
)
_EVENTS = ("charge.raised", "charge.paid")

FIGURES: tuple[Figure, ...] = (
    Figure(
        "CASHLESS_BILLS", _("Không dùng tiền mặt, theo hóa đơn"), "%", "cashless", "paid",
        _("Phần hóa đơn tiền điện thanh toán đủ trong kỳ mà không dùng tiền mặt, trên số hóa đơn thanh toán đủ trong kỳ."),
        _EVENTS, _WAYS, 100, 2, False, 0, 100,
    ),
    Figure(
        "CASHLESS_MONEY", _("Không dùng tiền mặt, theo tiền"), "%", "cashless_vnd", "paid_vnd",
        _("Phần tiền của hóa đơn tiền điện thanh toán đủ trong kỳ mà không dùng tiền mặt, trên tiền của các hóa đơn thanh toán đủ trong kỳ."),
        _EVENTS, _WAYS, 100, 2, False, 0, 100,
    ),
    Figure(
        "ONLINE_PAYERS", _("Khách hàng thanh toán trực tuyến"), "%", "payers_online", "with_bill",
        _("Phần khách hàng có ít nhất một hóa đơn thanh toán trực tuyến trong kỳ, trên số khách hàng có hóa đơn phát hành trong kỳ. Hẹp hơn không dùng tiền mặt."),
        _EVENTS, _WAYS, 100, 2, False, 0, 100,
    ),
    Figure(
        "ONLINE_BILLS", _("Thanh toán trực tuyến, theo hóa đơn"), "%", "online", "paid",
        _("Phần hóa đơn tiền điện thanh toán đủ trong kỳ bằng cách trực tuyến, trên số hóa đơn thanh toán đủ trong kỳ."),
        _EVENTS, _WAYS, 100, 2, False, 0, 100,
    ),
    Figure(
        "BILLED_VND", _("Tiền điện phát hành"), _("đồng"), "billed_vnd", "",
        _("Tiền điện gồm thuế của hóa đơn phát hành trong kỳ và chưa bị hủy."), _EVENTS,
    ),
    Figure(
        "PAID_VND", _("Tiền điện thu được"), _("đồng"), "paid_vnd", "",
        _("Tiền của các hóa đơn thanh toán đủ trong kỳ, của kỳ nào cũng tính. Trả chưa đủ thì chưa tính."), _EVENTS,
    ),
    Figure(
        "COLLECTED", _("Thu so với phát hành"), "%", "paid_vnd", "billed_vnd",
        _("Tiền của các hóa đơn thanh toán đủ trong kỳ so với tiền phát hành trong kỳ; trên 100 % khi thu được nợ cũ."),
        _EVENTS, (), 100, 1,
    ),
    Figure(
        "DAYS_TO_PAY", _("Số ngày đến khi thanh toán"), _("ngày"), "days", "paid",
        _("Trung bình số ngày lịch từ ngày phát hành đến ngày thanh toán đủ, của các hóa đơn thanh toán đủ trong kỳ."),
        _EVENTS, (), 1, 1, True,
    ),
)  # fmt: skip
BY_CODE = {figure.code: figure for figure in FIGURES}
ISSUED = frozenset({"BILLED_VND", "COLLECTED"})  # figures whose cases are the bills issued
