"""Conversations in which the customer has said nothing for days after our last word: closed, with a word to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import translation

from motcua.kernel.results import fill, gettext_noop
from motcua.messaging import conversations, queries, turns, writing
from motcua.messaging.desk import episodes
from motcua.messaging.desk.assigning import DEALER
from motcua.messaging.desk.lists import is_awake
from motcua.messaging.desk.models import DeskEpisode, DeskSettings, EpisodeState
from motcua.messaging.models import Conversation
from motcua.messaging.rules import Kind

FAREWELL = gettext_noop(
    "Đã %(days)s ngày chúng tôi chưa thấy anh/chị nhắn lại nên xin kết thúc cuộc trò chuyện này. Cần gì anh/chị cứ nhắn, chúng tôi trả lời ngay."
)


def close_idle(*, at: datetime, limit: int = 200) -> int:
    """Close what a person answered and the customer has left for `idle_days`, a word to them first where the channel lets
    one through now. Returns how many; 0 days: none.
    """
    settings = DeskSettings.objects.filter(id=1).first() or DeskSettings()
    if not settings.idle_days:
        return 0
    before = at - timedelta(days=settings.idle_days)
    idle = DeskEpisode.objects.filter(is_awake(at), state=EpisodeState.HELD, customer_since__lt=before)
    ids = list(idle.order_by("customer_since").values_list("conversation_id", flat=True)[:limit])
    return sum(_close(conversation_id, settings.idle_days, before, at) for conversation_id in ids)


def _close(conversation_id: UUID, days: int, before: datetime, at: datetime) -> bool:
    with transaction.atomic():
        row = writing.lock(conversation_id)
        episode = episodes.find_open(row)
        if episode is None or episode.customer_since is None or episode.customer_since >= before:
            return False  # they wrote in this moment
        _say_farewell(row, days, at)
        turns.close(conversation_id=row.id, actor=DEALER, at=at, is_idle=True)
        return True


def _say_farewell(row: Conversation, days: int, at: datetime) -> None:
    if not queries.may_send(channel=row.channel, kind=Kind.REPLY, address=row.address, at=at).is_given:
        return
    with translation.override(row.language):
        words = fill(translation.gettext(FAREWELL), {"days": days})
    conversations.append_out(
        conversation_id=row.id,
        text=words,
        author=writing.BOT,
        key=f"idle:{row.last_seq}",
        at=at,
        is_notice=True,
    )
