"""Names of channels, receptions and dimensions as people read them."""

from __future__ import annotations

from motcua.kernel.results import gettext_noop as _
from motcua.requests.states import Channel, Reception

BY = {
    "reception": _("Cách tiếp nhận"),
    "channel": _("Kênh"),
    "service_code": _("Dịch vụ"),
    "unit_code": _("Đơn vị"),
    "province_code": _("Tỉnh, thành phố"),
    "month": _("Tháng"),
}
RECEPTIONS = {
    Reception.DIRECT: _("Trực tiếp"),
    Reception.INDIRECT: _("Gián tiếp"),
    Reception.UNKNOWN: _("Không rõ"),
}
CHANNELS: dict[str, str] = {
    Channel.WEB: _("Trang web"), Channel.WEBCHAT: _("Chat trên web"), Channel.COUNTER: _("Quầy giao dịch"),
    Channel.DESK: _("Trung tâm hành chính công"), Channel.CALL: _("Tổng đài"), Channel.PORTAL: _("Cổng dịch vụ công"),
    Channel.API: "API", Channel.ZALO: "Zalo", Channel.MESSENGER: "Messenger", Channel.EMAIL: "E-mail",
    Channel.APP: _("Ứng dụng"), Channel.SMS: _("Tin nhắn SMS"), "PHONE": _("Điện thoại"),
}  # fmt: skip
STATES = {
    "OPEN": _("Đang xử lý"),
    "WAITING_PAPERS": _("Chờ bổ sung giấy tờ"),
    "SETTLED": _("Đã xong"),
    "REJECTED": _("Không thực hiện được"),
    "CANCELLED": _("Đã hủy"),
}
