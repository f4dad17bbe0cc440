"""What a booking may refuse."""

from __future__ import annotations

from motcua.kernel.results import Refused, gettext_noop


class AmountInvalid(Refused):
    code = "AMOUNT_INVALID"
    message = gettext_noop("Số tiền phải là số đồng nguyên, lớn hơn 0.")


class VatRateInvalid(Refused):
    code = "VAT_RATE_INVALID"
    message = gettext_noop("Thuế suất GTGT không hợp lệ.")


class ChargeKindUnknown(Refused):
    code = "CHARGE_KIND_UNKNOWN"
    message = gettext_noop("Không có loại khoản thu “%(kind)s”.")


class AccountUnknown(Refused):
    code = "ACCOUNT_UNKNOWN"
    message = gettext_noop("Không có tài khoản kế toán %(account)s.")


class DayClosed(Refused):
    """The books of the day of booking are closed; correct it by a booking of today, or have it reopened."""

    code = "DAY_CLOSED"
    message = gettext_noop("Sổ ngày %(day)s đã khóa, không ghi thêm được.")


class AccountDiffers(Refused):
    code = "ACCOUNT_DIFFERS"
    message = gettext_noop("Tài khoản %(account)s đã có với nội dung khác.")


class KeyReused(Refused):
    """The key is taken by a booking with other content; `field` names the first difference."""

    code = "KEY_REUSED"
    message = gettext_noop("Mã giao dịch này đã dùng cho một nội dung khác (khác ở: %(name)s).")


class ChargeNotOpen(Refused):
    code = "CHARGE_NOT_OPEN"
    message = gettext_noop("Khoản thu này đã thanh toán, không hủy được.")


class ChargePartlyPaid(Refused):
    code = "CHARGE_PARTLY_PAID"
    message = gettext_noop(
        "Khoản thu đã nhận một phần tiền mà chưa rõ của khách hàng nào; hãy đảo khoản tiền đó trước."
    )


class CreditTooSmall(Refused):
    code = "CREDIT_TOO_SMALL"
    message = gettext_noop("Khách hàng chỉ còn %(held)s đ trả trước.")


class AlreadyReversed(Refused):
    code = "ALREADY_REVERSED"
    message = gettext_noop("Bút toán này đã được đảo.")


class NotReversible(Refused):
    code = "NOT_REVERSIBLE"
    message = gettext_noop("Loại bút toán này không đảo trực tiếp được.")


class PeriodNotOver(Refused):
    code = "PERIOD_NOT_OVER"
    message = gettext_noop("Chỉ khóa sổ khi ngày hoặc tháng đã hết.")


class DayNotSound(Refused):
    code = "DAY_NOT_SOUND"
    message = gettext_noop("Chưa khóa sổ được, phải xử lý trước: %(detail)s.")


class ExplanationMissing(Refused):
    code = "EXPLANATION_MISSING"
    message = gettext_noop("Hãy ghi giải trình cho mục này.")


class DaysOpen(Refused):
    code = "DAYS_OPEN"
    message = gettext_noop("Còn %(count)s ngày có bút toán chưa khóa, đầu tiên là %(day)s.")


class NotClosed(Refused):
    code = "NOT_CLOSED"
    message = gettext_noop("Kỳ này không còn khóa.")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do.")


class MonthIsClosed(Refused):
    code = "MONTH_IS_CLOSED"
    message = gettext_noop("Tháng của ngày này đã khóa; hãy mở tháng trước.")


class ReopenNotAsked(Refused):
    code = "REOPEN_NOT_ASKED"
    message = gettext_noop("Chưa có ai đề nghị mở lại kỳ này.")


class SamePerson(Refused):
    """Four eyes: who asked does not agree."""

    code = "SAME_PERSON"
    message = gettext_noop("Người đề nghị không được tự duyệt; cần người thứ hai.")


class OwnCodeInvalid(Refused):
    code = "OWN_CODE_INVALID"
    message = gettext_noop("Số hiệu tài khoản chỉ gồm chữ, số, dấu chấm và gạch nối, tối đa 24 ký tự.")


class DepositTooSmall(Refused):
    code = "DEPOSIT_TOO_SMALL"
    message = gettext_noop("Khoản đặt cọc này chỉ còn giữ %(held)s đ.")


class ReturnDecided(Refused):
    code = "RETURN_DECIDED"
    message = gettext_noop("Đề nghị trả đặt cọc này đã được quyết định.")


class NotADeposit(Refused):
    code = "NOT_A_DEPOSIT"
    message = gettext_noop("Khoản này không phải tiền đặt cọc.")


class NoLateRate(Refused):
    """No rate is in force: an administrator of the books enters it with its source."""

    code = "NO_LATE_RATE"
    message = gettext_noop("Chưa có mức lãi chậm trả áp dụng cho ngày %(day)s.")


class LateRateInvalid(Refused):
    code = "LATE_RATE_INVALID"
    message = gettext_noop(
        "Mức lãi phải từ 0 đến 20 phần trăm một năm, có nguồn, và mỗi ngày bắt đầu chỉ có một mức."
    )
