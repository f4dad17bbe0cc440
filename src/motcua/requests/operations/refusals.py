"""Expected answers to an act that cannot be done."""

from __future__ import annotations

from motcua.kernel.results import NotFound, Refused, gettext_noop


class RequestUnknown(NotFound):
    message = gettext_noop("Không tìm thấy yêu cầu này.")


class NotServedHere(Refused):
    """The group has no crews and no counters: what is sent there would wait for nobody."""

    code = "NOT_SERVED_HERE"
    message = gettext_noop(
        "Trang này không nhận yêu cầu. Hãy gửi ở trang của công ty điện lực nơi anh/chị ở."
    )


class DraftClosed(Refused):
    code = "DRAFT_CLOSED"
    message = gettext_noop("Phiếu này đã được gửi hoặc đã hủy.")


class KeyReused(Refused):
    code = "KEY_REUSED"
    message = gettext_noop("Mã lần gửi này đã dùng cho một nội dung khác. Hãy tải lại trang rồi gửi lại.")


class Stale(Refused):
    """Somebody else was first."""

    code = "STALE"
    message = gettext_noop(
        "Yêu cầu %(number)s vừa được chuyển sang bước “%(step)s”. Hãy xem lại trước khi làm tiếp; nội dung anh/chị đã nhập vẫn còn."
    )


class AlreadyClosed(Refused):
    code = "ALREADY_CLOSED"
    message = gettext_noop("Yêu cầu %(number)s đã kết thúc.")


class ActionUnknown(Refused):
    code = "ACTION_UNKNOWN"
    message = gettext_noop("Ở bước “%(step)s” không có việc này.")


class NotNow(Refused):
    code = "NOT_NOW"
    message = gettext_noop("Lúc này chưa làm được việc đó với yêu cầu %(number)s.")


class NotYours(Refused):
    code = "FORBIDDEN"
    message = gettext_noop("Việc này thuộc bộ phận khác hoặc đơn vị khác.")


class RequirementMissing(Refused):
    code = "REQUIREMENT_MISSING"
    message = gettext_noop("%(sentence)s")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do để khách hàng hiểu vì sao.")


REQUIREMENT_SENTENCES = {
    "PACK_SIGNED": gettext_noop("Hợp đồng chưa đủ chữ ký của khách hàng và hai nhân viên."),
    "CHARGE_PAID": gettext_noop("Khách hàng chưa thanh toán."),
    "DEBT_SETTLED": gettext_noop(
        "Mã khách hàng này còn nợ tiền điện. Cần thanh toán hết, hoặc người nhận hợp đồng nhận trả."
    ),
    "LETTER_TIME_OVER": gettext_noop("Chưa hết 15 ngày chờ người đứng tên cũ trả lời thư."),
    "PHOTOS_TAKEN": gettext_noop("Còn thiếu ảnh phải chụp. Hãy chụp ở mục Giấy tờ, rồi ghi lại."),
}
