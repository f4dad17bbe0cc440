"""Under each message that left the house by a channel: what became of it in a word, and why it did not go."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from motcua.kernel.results import gettext_noop as _
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView

WORDS = {
    "QUEUED": _("đang chờ gửi"),
    "SENDING": _("đang gửi"),
    "SENT": _("đã gửi"),
    "DELIVERED": _("đã đến máy khách"),
    "READ": _("khách đã xem"),
}
NOT_SENT = frozenset({"HELD", "FAILED", "EXPIRED"})
AGAIN = frozenset({"HELD", "FAILED"})
REASONS = {
    "WINDOW_CLOSED": _("khách đã lâu không nhắn, kênh không còn cho trả lời"),
    "UNREACHABLE": _("khách đã chặn hoặc không còn dùng kênh này"),
    "NO_CONSENT": _("khách chưa đồng ý nhận tin này"),
    "NOT_ALLOWED": _("kênh không cho gửi loại tin này"),
    "TOO_MANY": _("đã đủ số tin trong ngày cho khách này"),
    "QUOTA": _("đã hết hạn mức gửi của kênh"),
    "EXPIRED": _("quá hạn gửi"),
    "ERASED": _("dữ liệu của khách đã được xóa"),
    "TIMEOUT": _("kênh không trả lời"),
}


def mark(here: ConversationView, drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages as drawn, each that was sent with its word; what could not be sent is marked as failed, with why."""
    out = [
        message["seq"]
        for message in drawn
        if message["direction"] == "OUT" and message["kind"] != "EVENT" and isinstance(message["seq"], int)
    ]
    found = messaging_queries.list_deliveries(here.id, out)
    for message in drawn:
        state, reason = found.get(message["seq"], ("", ""))
        if state in NOT_SENT:
            message["state"], message["why"] = "failed", why(reason)
            message["may_resend"] = state in AGAIN and here.is_open
        elif state in WORDS:
            message["delivery"] = gettext(WORDS[state])
    return drawn


def why(reason: str) -> str:
    """Why a message did not go, in words; a provider's own code as it is."""
    if reason in REASONS:
        return gettext(REASONS[reason])
    return gettext("mã lỗi của kênh: %(code)s") % {"code": reason} if reason else ""
