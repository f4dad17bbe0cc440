"""What working with statements, differences and refunds may refuse."""

from __future__ import annotations

from motcua.kernel.results import Refused, gettext_noop


class FileEmpty(Refused):
    code = "STATEMENT_FILE_EMPTY"
    message = gettext_noop("Tệp sao kê trống.")


class OwnAccountExists(Refused):
    code = "OWN_ACCOUNT_EXISTS"
    message = gettext_noop("Tài khoản %(number)s đã có, ở ngân hàng khác.")


class SheetMappingWrong(Refused):
    code = "SHEET_MAPPING_WRONG"
    message = gettext_noop("Cách đọc bảng chưa đúng: %(why)s.")


class StatementDecided(Refused):
    code = "STATEMENT_DECIDED"
    message = gettext_noop("Sao kê này đã được xử lý.")


class SettlementDecided(Refused):
    code = "SETTLEMENT_DECIDED"
    message = gettext_noop("Tệp đối soát này đang dùng hoặc đã được xử lý.")


class StatementUnusable(Refused):
    """What is wrong with it is nothing that a person may overrule."""

    code = "STATEMENT_UNUSABLE"
    message = gettext_noop(
        "Sao kê này không dùng được: số liệu trong tệp tự mâu thuẫn hoặc tài khoản không phải của công ty."
    )


class DifferenceClosed(Refused):
    code = "DIFFERENCE_CLOSED"
    message = gettext_noop("Chênh lệch này đã được xử lý.")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi rõ lý do.")


class NotThisWay(Refused):
    """This kind of difference cannot be ended by that act."""

    code = "NOT_THIS_WAY"
    message = gettext_noop("Không xử lý chênh lệch này theo cách đó được.")


class RefundTooLarge(Refused):
    code = "REFUND_TOO_LARGE"
    message = gettext_noop("Chỉ còn hoàn được %(left)s đồng của lần thanh toán này.")


class RefundOwnRequest(Refused):
    code = "REFUND_OWN_REQUEST"
    message = gettext_noop("Người đề nghị không được tự duyệt. Hãy để người khác duyệt.")


class RefundAboveLimit(Refused):
    code = "REFUND_ABOVE_LIMIT"
    message = gettext_noop("Số tiền vượt mức anh/chị được duyệt (%(limit)s đồng).")


class RefundDecided(Refused):
    code = "REFUND_DECIDED"
    message = gettext_noop("Đề nghị hoàn tiền này đã được xử lý.")


class PayeeWrong(Refused):
    code = "PAYEE_WRONG"
    message = gettext_noop("Hãy ghi đủ tên, số tài khoản và ngân hàng của người nhận.")


class NothingToOrder(Refused):
    code = "NOTHING_TO_ORDER"
    message = gettext_noop("Không có khoản hoàn nào đang chờ lập lệnh chi.")


class StepOver(Refused):
    """Paid meanwhile, spared, or done before."""

    code = "DEBT_STEP_OVER"
    message = gettext_noop(
        "Lệnh này không còn hiệu lực: khách hàng đã trả, được miễn, hoặc đã làm xong. Nếu vừa ngắt điện thì đóng lại ngay."
    )


class NotAtThisHour(Refused):
    """Outside the hours and days of the policy, before the order, or still to come."""

    code = "NOT_AT_THIS_HOUR"
    message = gettext_noop(
        "Giờ này không được ngừng điện: chỉ trong giờ và ngày mà chính sách cho phép, sau khi có lệnh."
    )


class PartsWrong(Refused):
    code = "PARTS_WRONG"
    message = gettext_noop("Các kỳ trả phải theo thứ tự ngày và cộng lại bằng %(owed)s đồng.")


class PromiseExists(Refused):
    code = "PROMISE_EXISTS"
    message = gettext_noop("Khách hàng này đang trả dần theo một thỏa thuận khác.")


class NotOffered(Refused):
    """The policy does not offer this to a customer alone, or not any more."""

    code = "NOT_OFFERED"
    message = gettext_noop(
        "Việc này không tự làm ở đây được. Hãy gọi tổng đài, chúng tôi cùng anh/chị tìm cách."
    )


class SaidBefore(Refused):
    code = "SAID_BEFORE"
    message = gettext_noop("Anh/chị đã báo một lần rồi; chúng tôi đã xem. Nếu cần, hãy gọi tổng đài.")


class ExemptionPeriod(Refused):
    code = "EXEMPTION_PERIOD"
    message = gettext_noop("Ngày hết miễn phải sau hôm nay và sau ngày bắt đầu.")


class TooManyPapers(Refused):
    code = "TOO_MANY_PAPERS"
    message = gettext_noop("Nhiều nhất %(most)s tệp một lần.")


class ExemptionEnded(Refused):
    code = "EXEMPTION_ENDED"
    message = gettext_noop("Việc miễn này đã hết.")


class PolicyWrong(Refused):
    code = "POLICY_WRONG"
    message = gettext_noop("Số này không dùng được cùng các số khác của chính sách.")


class PolicyOwn(Refused):
    code = "POLICY_OWN"
    message = gettext_noop("Người đề nghị không được tự duyệt. Hãy để người khác duyệt.")


class PolicyDecided(Refused):
    code = "POLICY_DECIDED"
    message = gettext_noop("Chính sách này đã được quyết định.")


class PolicyDayTaken(Refused):
    code = "POLICY_DAY_TAKEN"
    message = gettext_noop("Đã có chính sách hiệu lực từ ngày %(day)s. Hãy chọn ngày khác.")
