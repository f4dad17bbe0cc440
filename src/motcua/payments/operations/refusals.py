"""What a payment's operation may refuse."""

from __future__ import annotations

from motcua.kernel.results import Refused, gettext_noop


class NotificationDiffers(Refused):
    """The bank used this transaction id before for something else; `field` names the first difference."""

    code = "NOTIFICATION_DIFFERS"
    message = gettext_noop(
        "Giao dịch %(txn_id)s của ngân hàng đã được báo với nội dung khác (khác ở: %(name)s)."
    )


class RequestReused(Refused):
    code = "REQUEST_REUSED"
    message = gettext_noop("Mã yêu cầu này đã dùng cho một nội dung khác.")


class CaseClosed(Refused):
    code = "CASE_CLOSED"
    message = gettext_noop("Khoản tiền này đã được xử lý.")


class ChargeCannotTake(Refused):
    code = "CHARGE_CANNOT_TAKE"
    message = gettext_noop("Khoản thu này không còn phải thu, hãy chọn khoản khác.")


class NoteMissing(Refused):
    code = "NOTE_MISSING"
    message = gettext_noop("Hãy ghi rõ lý do.")


class PartnerExists(Refused):
    code = "PARTNER_EXISTS"
    message = gettext_noop("Đã có đối tác mang mã %(partner)s.")
