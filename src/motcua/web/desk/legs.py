"""The addresses a conversation goes on over, as the desk shows them: where an answer goes, what was said before joining."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from motcua.kernel.ids import parse_id
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView, LegView
from motcua.web import words
from motcua.web.desk import windows
from motcua.web.desk.windows import Countdown
from motcua.web.staff_pages import StaffRequest


@dataclass(frozen=True)
class ShownLeg:
    """One address: the words of its channel, its own reply window, whether answers go there unless chosen otherwise."""

    id: UUID
    channel: str
    is_current: bool
    window: Countdown | None
    last_in_at: datetime | None


def shown(here: ConversationView, at: datetime) -> list[ShownLeg]:
    """The addresses of an open conversation, the current one first; none when there is but one."""
    legs = [leg for leg in messaging_queries.list_legs(here.id) if leg.ended_at is None]
    if not here.is_open or len(legs) < 2:
        return []
    legs.sort(key=lambda leg: leg.id != here.leg_id)
    return [_show(here, leg, at) for leg in legs]


def _show(here: ConversationView, leg: LegView, at: datetime) -> ShownLeg:
    window = windows.countdown(replace(here, channel=leg.channel, address=leg.address), at)
    name = words.channel_words(leg.channel)
    return ShownLeg(leg.id, name, leg.id == here.leg_id, window, leg.last_in_at)


def chosen(request: StaffRequest, here: ConversationView) -> LegView | None:
    """The address picked in the composer; None for the current one. Raises LegNotFound for one that is not there."""
    wanted = request.POST.get("kenh", "")
    if not wanted:
        return None
    leg_id = parse_id(wanted)
    found = next((leg for leg in messaging_queries.list_legs(here.id) if leg.id == leg_id), None)
    if found is None or found.ended_at is not None:
        raise messaging_ops.LegNotFound(field="kenh")
    return found
