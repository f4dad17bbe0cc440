"""What a case may be refused for; each names the field as the case writes it."""

from motcua.kernel.results import Refused, gettext_noop


class UnknownField(Refused):
    """A name that no case has."""

    code = "UNKNOWN_FIELD"
    message = gettext_noop("Không có trường “%(name)s”.")


class FieldMissing(Refused):
    """Nothing is guessed in its place."""

    code = "FIELD_MISSING"
    message = gettext_noop("Thiếu trường “%(name)s”.")


class FieldWrong(Refused):
    """A value that the field does not take."""

    code = "FIELD_WRONG"
    message = gettext_noop("Trường “%(name)s” phải là: %(expected)s.")


class Contradiction(Refused):
    """Two things that do not go together."""

    code = "CONTRADICTION"
    message = gettext_noop("Trường “%(name)s” không đi cùng “%(other)s”.")


class NoPrice(Refused):
    """Nobody has said a price for these days; none is guessed."""

    code = "NO_PRICE"
    message = gettext_noop("Chưa có giá của nhóm %(group)s cho các ngày từ %(start)s đến %(end)s.")


class NothingToGoBy(Refused):
    """A stopped meter of a customer without any bill before."""

    code = "NOTHING_TO_GO_BY"
    message = gettext_noop("Chưa có kỳ nào trước đó để ước tính.")


class HoursUnknown(Refused):
    """Hours are asked for, and the readings of a bill do not add up to what it billed."""

    code = "HOURS_UNKNOWN"
    message = gettext_noop(
        "Hóa đơn từ %(start)s đến %(end)s: chỉ số không cho biết từng khung giờ dùng bao nhiêu, nên không tính lại được. "
        "Hãy đặt điều kiện đúng ở “Điều kiện tính tiền”, rồi ở “Sửa hóa đơn” hủy hóa đơn này và mọi hóa đơn sau nó: "
        "phiên lập hóa đơn tới tính lại các ngày ấy."
    )


class RegistersChanged(Refused):
    """Readings are to be spread over bills of a meter with one register and of one with three."""

    code = "REGISTERS_CHANGED"
    message = gettext_noop(
        "Từ %(day)s công tơ đổi giữa một giá và ba giá, không chia chung được. Hãy nhập “Sai từ ngày” là %(day)s "
        "để chỉ tính lại các hóa đơn sau ngày đổi; hóa đơn trước đó sửa từng cái ở “Sửa hóa đơn”."
    )


class NoHouseholds(Refused):
    """Households are to be put right where no price counts them."""

    code = "NO_HOUSEHOLDS"
    message = gettext_noop(
        "Hóa đơn từ %(start)s đến %(end)s không có phần sinh hoạt nào tính theo số hộ. "
        "Nếu sai mục đích, hãy chọn “Sai mục đích, nhóm giá”."
    )
