"""What the home of this face leads to. A part adds its line here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from motcua.companies.roles import Role
from motcua.payments.access import CASE_READERS

MONEY = (Role.ACCOUNTANT, Role.BUSINESS, Role.SUPERVISOR)


@dataclass(frozen=True)
class Section:
    """A card: where it leads, what is there, for whom."""

    url_name: str
    title: Any
    text: Any
    icon: str
    roles: tuple[Role, ...] = MONEY

    @property
    def href(self) -> str:
        return reverse(self.url_name)


SECTIONS: tuple[Section, ...] = (
    Section(
        "board:money",
        _("Bảng tiền điện"),
        _("Không dùng tiền mặt, trực tuyến, theo ngân hàng, nợ theo tuổi"),
        "chart",
    ),
    Section(
        "money:readings",
        _("Chỉ số công tơ"),
        _("Nhập chỉ số từ tệp CSV hoặc Excel; xem chỉ số của một khách hàng"),
        "meter",
    ),
    Section(
        "money:policies",
        _("Quy định lập hóa đơn"),
        _("Ngày ghi, mức hỏi lại, hạn trả, làm tròn: theo ngày, hai người duyệt"),
        "settings",
    ),
    Section(
        "money:terms",
        _("Điều kiện tính tiền"),
        _("Nhóm giá, số hộ, tỷ lệ mục đích, hệ số, ngày ghi riêng của từng khách hàng; hai người duyệt"),
        "user",
    ),
    Section(
        "money:three-prices",
        _("Phải mua điện ba giá"),
        _("Khách hàng thuộc diện ba giá mà đang treo công tơ một giá"),
        "meter",
    ),
    Section(
        "money:demands",
        _("Công suất lớn nhất"),
        _("Ghi công suất của một kỳ để tính thử giá hai thành phần; không đổi số phải trả"),
        "chart",
    ),
    Section(
        "money:own-readings",
        _("Chỉ số khách tự ghi"),
        _("Ảnh công tơ bên chỉ số khách gửi; nhận, hoặc không nhận và báo lý do"),
        "camera",
    ),
    Section(
        "money:corrections",
        _("Sửa hóa đơn"),
        _("Thay thế, điều chỉnh, hủy; khoản phải hoàn chờ người thứ hai duyệt"),
        "pen",
    ),
    Section(
        "money:runs",
        _("Phiên lập hóa đơn"),
        _("Lập hóa đơn theo đơn vị và ngày ghi chỉ số; những trường hợp cần người xem"),
        "clock",
    ),
    Section(
        "money:statements",
        _("Sao kê ngân hàng"),
        _("Nhận tệp sao kê, số dư từng tài khoản, sao kê chờ xem"),
        "doc",
    ),
    Section(
        "money:differences",
        _("Đối soát"),
        _("Kênh, sổ và sao kê bằng nhau, hoặc từng chênh lệch có người xử lý"),
        "check",
    ),
    Section(
        "money:rules",
        _("Quy tắc tiền"),
        _("Quyết toán của ví và kênh, cách đọc bảng, mức duyệt hoàn tiền; mỗi thay đổi hai người duyệt"),
        "check",
    ),
    Section(
        "money:virtual-accounts",
        _("Tài khoản ảo"),
        _("Số tài khoản riêng của từng khách hàng tại ngân hàng: mở, đóng"),
        "money",
    ),
    Section("money:debts", _("Nợ tiền điện"), _("Nợ theo tuổi; lệnh ngừng và cấp điện trở lại"), "clock"),
    Section("money:refunds", _("Hoàn tiền"), _("Đề nghị, duyệt hai người, lệnh chi, xác nhận"), "money"),
    Section(
        "money:deposits",
        _("Tiền đặt cọc"),
        _("Thu đặt cọc, đang giữ của ai bao nhiêu; trả lại có hai người duyệt"),
        "money",
    ),
    Section(
        "money:late",
        _("Ghi lãi chậm trả"),
        _("Khoản trả muộn, lãi theo từng ngày và mức lãi; ghi thành khoản phải thu"),
        "clock",
    ),
    Section(
        "desk:suspense",
        _("Tiền treo"),
        _("Tiền đã về mà chưa rõ của khoản nào: gợi ý, phân bổ, trả lại"),
        "money",
        CASE_READERS,
    ),
    Section(
        "money:invoices",
        _("Hóa đơn điện tử"),
        _("Số, chữ ký, cơ quan thuế: chờ gì, lỗi gì, làm gì tiếp"),
        "doc",
    ),
    Section(
        "money:books",
        _("Sổ sách"),
        _("Cân đối, nhật ký, sổ cái, thuế, đặt cọc; khóa sổ ngày và tháng; xuất sang phần mềm kế toán"),
        "tasks",
        (Role.ACCOUNTANT, Role.SUPERVISOR),
    ),
)


def open_to(roles: Iterable[str]) -> list[Section]:
    """The sections that somebody with these roles may open."""
    held = set(roles)
    return [section for section in SECTIONS if held & set(section.roles)]
