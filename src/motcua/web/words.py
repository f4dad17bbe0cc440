"""Codes of the desk in words."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext

from motcua.companies import queries as company_queries
from motcua.kernel.results import gettext_noop as _
from motcua.web.names import CHANNELS, STATES

FOUND_BY = {
    "NEIGHBOUR": _("theo mã khách hàng của nhà bên cạnh"),
    "POLE": _("theo số cột điện"),
    "AREA": _("theo xã, phường hoặc quận, huyện"),
    "NEAR_POINT": _("theo điểm đo gần vị trí trên bản đồ"),
    "NEAR_UNIT": _("theo đơn vị gần vị trí trên bản đồ nhất"),
    "PROVINCE": _("theo tỉnh, thành phố"),
}
GROUNDS = {
    "LEGAL_REPRESENTATIVE": _("Người đại diện theo pháp luật"),
    "POWER_OF_ATTORNEY": _("Giấy ủy quyền"),
    "HOUSEHOLD_MEMBER": _("Người cùng hộ"),
    "LANDLORD": _("Chủ nhà"),
    "GUARDIAN": _("Người giám hộ"),
    "VILLAGE_HEAD": _("Trưởng thôn, tổ trưởng dân phố"),
}
CHARGE_KINDS = {
    "CM": _("Chi phí cấp điện mới"),
    "TC": _("Chi phí thay đổi công suất"),
    "DD": _("Chi phí di dời"),
    "NG": _("Phí ngừng và cấp lại"),
    "TD": _("Tiền điện"),
    "DC": _("Tiền đặt cọc"),
    "LS": _("Lãi chậm trả"),
}
SUSPENSE_REASONS = {
    "NO_CODE": _("Nội dung không có mã thanh toán"),
    "UNKNOWN_CODE": _("Mã thanh toán không có trong sổ"),
    "MANY_CODES": _("Nội dung có nhiều mã thanh toán"),
    "CHARGE_CANCELLED": _("Khoản thu đã hủy"),
    "OWNER_UNKNOWN": _("Trả thừa, khoản thu chưa rõ khách hàng"),
}
CHARGE_STATES = {
    "OPEN": _("Chưa thanh toán"),
    "PAID": _("Đã thanh toán"),
    "CANCELLED": _("Đã hủy"),
    "CHECKING": _("Ngân hàng đã báo, đang ghi nhận"),
    "PARTLY_PAID": _("Đã trả một phần"),
    "WAITING": _("Chưa thanh toán"),
}
PARTIES = {"COMPANY": _("Điện lực"), "CUSTOMER": _("Khách hàng"), "THIRD_PARTY": _("Bên thứ ba")}
SYSTEM_NAMES = {"ledger": _("Hệ thống (thanh toán)"), "bot": _("Trợ lý tự động")}

# Why a message did not go.
NOT_SENT_BECAUSE = {
    "WINDOW_CLOSED": _("khách đã lâu không nhắn, kênh không còn cho trả lời"),
    "UNREACHABLE": _("khách đã chặn hoặc không còn dùng kênh này"),
    "NO_CONSENT": _("khách chưa đồng ý nhận tin này"),
    "NOT_ALLOWED": _("kênh không cho gửi loại tin này"),
    "TOO_MANY": _("đã đủ số tin trong ngày cho khách này"),
    "QUOTA": _("đã hết hạn mức gửi của kênh"),
    "EXPIRED": _("quá hạn gửi"),
    "ERASED": _("dữ liệu của khách đã được xóa"),
    "TIMEOUT": _("kênh không trả lời"),
    "TOO_LATE": _("quá hạn gửi"),
    "NO_CHANNEL": _("kênh không còn"),
    "NO_RULE": _("chưa có quy định cho kênh này"),
    "NIGHT": _("ngoài giờ được phép gửi"),
    "STOPPED": _("thông báo đã bị dừng hẳn"),
}
# Ways to reach somebody that are no channels of reception.
WAYS = {
    "SMS": "SMS",
    "WEBPUSH": _("Thông báo trên máy"),
    "ZBS": _("Zalo theo số điện thoại (mẫu được duyệt)"),
}


def state_words(state: str) -> str:
    return gettext(STATES.get(state, state))


def channel_words(channel: str) -> str:
    return gettext(CHANNELS.get(channel, channel))


def way_words(channel: str) -> str:
    """A way by which we reach somebody."""
    return gettext(WAYS[channel]) if channel in WAYS else channel_words(channel)


def why_not_sent(reason: str) -> str:
    """Why a message did not go, in words; a provider's own code as it is."""
    if reason in NOT_SENT_BECAUSE:
        return gettext(NOT_SENT_BECAUSE[reason])
    return gettext("mã lỗi của kênh: %(code)s") % {"code": reason} if reason else ""


def actor_names(refs: Iterable[str]) -> dict[str, str]:
    """Who stands behind these references, in words; staff by name, in one query."""
    wanted = set(refs)
    people = company_queries.staff_names(
        {ref[6:] for ref in wanted if ref.startswith("staff:") and _is_uuid(ref[6:])}
    )
    return {ref: _actor_name(ref, people) for ref in wanted}


def _actor_name(ref: str, people: dict[str, str]) -> str:
    kind, _separator, id = ref.partition(":")
    if kind == "staff":
        return people.get(id, gettext("Nhân viên"))
    if kind in {"customer", "anonymous"}:
        return gettext("Khách hàng")
    if kind == "partner":
        return id
    return gettext(SYSTEM_NAMES[id]) if id in SYSTEM_NAMES else gettext("Hệ thống")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def suspense_reason(code: str) -> str:
    """Why money lies in suspense."""
    return gettext(SUSPENSE_REASONS.get(code, code))
