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


class AlreadyReversed(Refused):
    code = "ALREADY_REVERSED"
    message = gettext_noop("Bút toán này đã được đảo.")


class NotReversible(Refused):
    code = "NOT_REVERSIBLE"
    message = gettext_noop("Loại bút toán này không đảo trực tiếp được.")
