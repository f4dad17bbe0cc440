"""What the keyboard does at the desk: a page for everybody, a dialog where there is JavaScript."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.kernel.results import gettext_noop as _
from motcua.web.staff_pages import StaffRequest, staff_page

# Groups of keys: what to press (parts by space: one after the other), what it does.
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        _("Ở mọi trang"),
        (
            ("/", _("Đến ô tìm")),
            ("?", _("Bảng phím tắt này")),
            ("g 1", _("Mở mục thứ nhất của thanh trên cùng; g 2 mở mục thứ hai, và cứ thế")),
            ("Esc", _("Đóng bảng hoặc thực đơn đang mở")),
        ),
    ),
    (
        _("Trong danh sách"),
        (
            ("j", _("Xuống yêu cầu sau")),
            ("k", _("Lên yêu cầu trước")),
            ("Enter", _("Mở yêu cầu đang chọn")),
            ("x", _("Đánh dấu hoặc bỏ dấu")),
            ("m", _("Đến các việc với yêu cầu đã đánh dấu")),
            ("n", _("Trang tiếp")),
            ("u", _("Hoàn tác việc vừa làm")),
            ("c", _("Cuộc gọi mới")),
        ),
    ),
    (
        _("Ở trang một yêu cầu"),
        (
            ("a", _("Đến việc của bước")),
            ("v", _("Mở các việc khác")),
            ("d", _("Đến giấy tờ")),
            ("t", _("Đến ô trả lời khách hàng")),
            ("h", _("Vì sao là hạn này")),
            ("p", _("In phiếu tiếp nhận")),
            ("b", _("Về danh sách")),
        ),
    ),
    (
        _("Khi đang xem ảnh giấy tờ"),
        (("+", _("To ra")), ("-", _("Nhỏ lại")), ("r", _("Xoay"))),
    ),
)


@require_safe
@staff_page()
def keys(request: StaffRequest) -> HttpResponse:
    """The keys and the switch that turns single ones off."""
    groups = [
        (gettext(title), [(pressed.split(), gettext(does)) for pressed, does in listed])
        for title, listed in GROUPS
    ]
    return render(request, "desk/keys.html", {"groups": groups})
