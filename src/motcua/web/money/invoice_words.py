"""The words of e-invoices' pages: states, acts, answers, what to do."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from motcua.billing.einvoice import queries
from motcua.billing.einvoice.queries import InvoiceView

PAGE = 50
# Word in the address: states, how the tab is called.
VIEWS: dict[str, tuple[tuple[str, ...], str]] = {
    "": ((), _("Tất cả")),
    "cho-ky": (("NUMBERED",), _("Chờ ký")),
    "khong-lap-duoc": (("BLOCKED",), _("Không lập được")),
    "cho-gui": (("SIGNED",), _("Chờ gửi")),
    "cho-ket-qua": (("REPORTED",), _("Chờ kết quả")),
    "bi-tu-choi": (("REFUSED",), _("Bị từ chối")),
    "chap-nhan": (("ACCEPTED",), _("Đã chấp nhận")),
    "da-huy": (("CANCELLED",), _("Đã hủy")),
}
STATES = {
    "NUMBERED": (_("chờ ký"), "wait"), "BLOCKED": (_("không lập được"), "bad"), "SIGNED": (_("chờ gửi"), "wait"),
    "REPORTED": (_("chờ kết quả"), "wait"), "ACCEPTED": (_("đã chấp nhận"), "good"), "REFUSED": (_("bị từ chối"), "bad"),
    "CANCELLED": (_("đã hủy"), "neutral"),
}  # fmt: skip
MESSAGE_VIEWS: dict[str, tuple[tuple[str, ...], str]] = {
    "": ((), _("Tất cả")),
    "cho-gui": (("READY", "SENDING", "SENT"), _("Chờ gửi, chờ tiếp nhận")),
    "cho-ket-qua": (("RECEIVED",), _("Chờ kết quả")),
    "bi-tu-choi": (("REFUSED", "PARTLY"), _("Bị từ chối")),
    "khong-gui-duoc": (("DEAD",), _("Không gửi được")),
}
MESSAGE_STATES = {
    "READY": (_("chờ gửi"), "wait"), "SENDING": (_("đang gửi"), "wait"), "SENT": (_("chờ tiếp nhận"), "wait"),
    "RECEIVED": (_("chờ kết quả"), "wait"), "ACCEPTED": (_("hợp lệ"), "good"), "PARTLY": (_("một phần không hợp lệ"), "bad"),
    "REFUSED": (_("bị từ chối"), "bad"), "DEAD": (_("không gửi được"), "bad"),
}  # fmt: skip
KINDS = {
    "200": _("Hóa đơn xin mã (200)"),
    "203": _("Dữ liệu hóa đơn (203)"),
    "400": _("Bảng tổng hợp (400)"),
    "300": _("Thông báo sai sót (300)"),
}
ANSWERS = {
    "202": _("Hóa đơn đã cấp mã (202)"), "999": _("Phản hồi kỹ thuật (999)"), "204": _("Kết quả kiểm tra (204)"), "301": _("Kết quả thông báo sai sót (301)"),
    "-1": _("Không đọc được (-1)"), "": _("Không rõ loại"),
}  # fmt: skip
OUTCOMES = {
    "APPLIED": _("đã áp dụng"), "STALE": _("đến lại hoặc đến muộn, không đổi gì"), "UNKNOWN": _("không khớp thông điệp nào"),
    "UNREADABLE": _("không đọc được"), "UNVERIFIED": _("mã hoặc chữ ký không đúng, không áp dụng"), "": _("chờ xử lý"),
}  # fmt: skip
ACTS = {1: _("Hủy"), 2: _("Điều chỉnh"), 3: _("Thay thế"), 4: _("Giải trình")}
EVENTS = {
    "BLOCKED": _("Không lập được"), "REFUSED": _("Cơ quan thuế từ chối"), "AGAIN": _("Làm lại"),
    "NOTICE": _("Thông báo sai sót"), "ANSWERED": _("Cơ quan thuế trả lời thông báo"), "CANCELLED": _("Hủy trước khi gửi"),
    "CODED": _("Cơ quan thuế cấp mã"), "CODE_REFUSED": _("Hóa đơn trả về không đúng, chưa nhận mã"),
    "NOT_TOLD": _("Hóa đơn tiền điện đã hủy, chưa báo được cơ quan thuế: hãy gửi thông báo sai sót"),
}  # fmt: skip
WHAT_TO_DO = {
    "NUMBERED": _("Hóa đơn được ký tự động trong ít phút. Nếu chờ lâu, hãy xem chứng thư ký còn hạn không."),
    "BLOCKED": _("Sửa dữ liệu khách hàng hoặc tiền điện theo lý do bên dưới, rồi bấm “Làm lại”. Số hóa đơn giữ nguyên."),
    "SIGNED": _("Hóa đơn sẽ được đưa vào thông điệp tiếp theo gửi cơ quan thuế."),
    "REPORTED": _("Đã gửi; chờ cơ quan thuế kiểm tra. Quá một ngày thì hỏi cơ quan thuế theo mã thông điệp."),
    "REFUSED": _("Xem lý do. Nếu lỗi ở đường truyền hoặc ở bảng, bấm “Làm lại” để gửi trong thông điệp mới; nếu hóa đơn sai, lập hóa đơn thay thế hoặc điều chỉnh."),
    "ACCEPTED": _("Cơ quan thuế đã nhận. Nếu phát hiện sai sót, hãy thông báo sai sót; tiền sai thì điều chỉnh hoặc thay thế hóa đơn tiền điện."),
    "CANCELLED": _("Hóa đơn đã hủy. Số hóa đơn không dùng lại."),
}  # fmt: skip


CODED_STATES = {
    "SIGNED": (_("chờ xin mã"), "wait"), "REPORTED": (_("chờ cơ quan thuế cấp mã"), "wait"), "ACCEPTED": (_("đã có mã"), "good"),
    "REFUSED": (_("bị từ chối cấp mã"), "bad"),
}  # fmt: skip
CODED_TO_DO = {
    "SIGNED": _("Hóa đơn sẽ được gửi cơ quan thuế xin mã trong ít phút."),
    "REPORTED": _("Khách hàng chưa nhận được hóa đơn này: chờ cơ quan thuế cấp mã. Nếu lâu, mở thông điệp và gửi lại."),
    "REFUSED": _("Hóa đơn chưa tồn tại ở cơ quan thuế. Xem lý do; sửa rồi bấm “Làm lại” để xin mã, hoặc hủy."),
}  # fmt: skip


def state_of(invoice: InvoiceView) -> tuple[str, str]:
    """An invoice's state in words, and its tone; a coded one waits for its code."""
    return (CODED_STATES if invoice.is_coded else {}).get(invoice.state) or STATES[invoice.state]


def to_do_of(invoice: InvoiceView) -> str:
    return (CODED_TO_DO if invoice.is_coded else {}).get(invoice.state) or WHAT_TO_DO[invoice.state]


def count_word(counted: dict[str, int], states: tuple[str, ...]) -> str:
    """A number for a tab: none where nothing is counted, "10.000+" where counting stopped."""
    known = [counted[state] for state in states if state in counted]
    if not known:
        return ""
    total = sum(known)
    return "10.000+" if total >= queries.COUNTED else str(total)
