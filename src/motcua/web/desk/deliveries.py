"""Under each message that left the house by a channel: what became of it in a word, and why it did not go."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from motcua.kernel.results import gettext_noop as _
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView
from motcua.web.words import why_not_sent

WORDS = {
    "QUEUED": _("đang chờ gửi"),
    "SENDING": _("đang gửi"),
    "SENT": _("đã gửi"),
    "DELIVERED": _("đã đến máy khách"),
    "READ": _("khách đã xem"),
}
NOT_SENT = frozenset({"HELD", "FAILED", "EXPIRED"})
AGAIN = frozenset({"HELD", "FAILED"})


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
            message["state"], message["why"] = "failed", why_not_sent(reason)
            message["may_resend"] = state in AGAIN and here.is_open
        elif state in WORDS:
            message["delivery"] = gettext(WORDS[state])
    return drawn
