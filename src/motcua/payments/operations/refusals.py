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


class KeysTooMany(Refused):
    """A third key that would be valid at once with two others."""

    code = "KEYS_TOO_MANY"
    message = gettext_noop("Đã có hai khóa dùng được cùng lúc. Hãy kết thúc một khóa trước.")


class KeyInvalid(Refused):
    code = "KEY_INVALID"
    message = gettext_noop("Khóa công khai Ed25519 gồm 64 chữ số thập lục phân.")


class KeyUnknown(Refused):
    code = "KEY_UNKNOWN"
    message = gettext_noop("Không có khóa này, hoặc khóa đã hết hạn.")


class LimitInvalid(Refused):
    code = "LIMIT_INVALID"
    message = gettext_noop("Số lần gọi mỗi phút là số nguyên từ 1 đến 1.000.000.")


class PeriodPast(Refused):
    """Dated rows begin today or later: what was decided under the old ones stays."""

    code = "PERIOD_PAST"
    message = gettext_noop("Ngày bắt đầu phải là hôm nay hoặc về sau.")


class BillUnknown(Refused):
    code = "BILL_UNKNOWN"
    message = gettext_noop("Không có khoản thu này.")


class BillChanged(Refused):
    """What is owed is not what the bank was told last."""

    code = "BILL_CHANGED"
    message = gettext_noop("Số phải thu đã thay đổi, hãy tra cứu lại.")


class BillPaid(Refused):
    code = "BILL_PAID"
    message = gettext_noop("Khoản thu này đã được thanh toán.")


class NothingOwed(Refused):
    code = "NOTHING_OWED"
    message = gettext_noop("Khoản thu này không còn phải thu.")


class AmountDiffers(Refused):
    code = "AMOUNT_DIFFERS"
    message = gettext_noop("Số tiền không đúng số phải thu.")


class BillHeld(Refused):
    """Somebody else is paying it; `until` says how long that lasts."""

    code = "BILL_HELD"
    message = gettext_noop("Khoản thu này đang được thanh toán ở nơi khác.")


class NotFirst(Refused):
    """An older charge of the same account must be paid before; `first` names it."""

    code = "NOT_FIRST"
    message = gettext_noop("Phải trả khoản cũ hơn trước.")


class HoldUnknown(Refused):
    code = "HOLD_UNKNOWN"
    message = gettext_noop("Không có lần giữ tiền này.")


class HoldConfirmed(Refused):
    code = "HOLD_CONFIRMED"
    message = gettext_noop("Lần giữ tiền này đã được xác nhận thành thanh toán.")


class DayClosed(Refused):
    """The bank's day is over; what is wrong in it is mended by a refund."""

    code = "DAY_CLOSED"
    message = gettext_noop("Đã quá giờ chốt ngày, không hủy giao dịch này được nữa.")


class TotalsDiffer(Refused):
    """The lines that came are not what the bank says it sent."""

    code = "TOTALS_DIFFER"
    message = gettext_noop("Tổng số không khớp với các dòng đã gửi.")
