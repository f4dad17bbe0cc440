"""The reply window of a conversation as the desk shows it: how long an answer may still go, and what happens then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext

from motcua.messaging import queries as messaging_queries
from motcua.messaging import registry
from motcua.messaging.queries import ConversationView
from motcua.messaging.rules import Phase

TONES = {Phase.FREE: "good", Phase.PAID: "wait", Phase.PERSON: "wait", Phase.CLOSED: "bad"}
SOON = timedelta(hours=4)


@dataclass(frozen=True)
class Countdown:
    """What stands beside a conversation. `until` is when the phase ends; a page counts down to it by itself."""

    words: str
    tone: str
    until: datetime | None
    left: str
    seconds: int = 0


def countdown(here: ConversationView, at: datetime) -> Countdown | None:
    """None on a channel where an answer may always go."""
    if not here.is_open:
        return None
    channel = registry.get_channel(here.channel)
    window = messaging_queries.find_window(
        channel=here.channel,
        address=here.address,
        at=at,
        by_person=channel is not None and channel.capabilities.tags_people,
    )
    if window.phase is Phase.ALWAYS:
        return None
    if window.phase is Phase.CLOSED:
        words = gettext(
            "Khách đã lâu không nhắn: tin trả lời sẽ đi bằng cách khác (thông báo trên máy, SMS) nếu có."
        )
        return Countdown(words, TONES[window.phase], None, "")
    words = {
        Phase.FREE: gettext("Trả lời miễn phí"),
        Phase.PAID: gettext("Trả lời mất phí"),
        Phase.PERSON: gettext("Chỉ lời do nhân viên viết còn gửi được"),
    }[window.phase]
    assert window.until is not None
    left = window.until - at
    tone = "wait" if left <= SOON else TONES[window.phase]
    return Countdown(words, tone, window.until, in_words(left), max(int(left.total_seconds()), 0))


def in_words(left: timedelta) -> str:
    """The two greatest units of what is left."""
    minutes = max(int(left.total_seconds()) // 60, 0)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("%(n)s ngày", "%(n)s ngày", days) % {"n": days} if days else "",
        ngettext("%(n)s giờ", "%(n)s giờ", hours) % {"n": hours} if hours else "",
        ngettext("%(n)s phút", "%(n)s phút", minutes) % {"n": minutes} if not days else "",
    ]
    return " ".join([part for part in parts if part][:2])
