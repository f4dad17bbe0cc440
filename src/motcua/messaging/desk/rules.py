"""Pure decisions of the desk: who gets a conversation, which queue, how a customer's answer to the question is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from motcua.kernel.local_time import local_date
from motcua.kernel.worktime import Calendar

LONGEST_SNOOZE = timedelta(days=60)
OUT_OF_HOURS_DUTY = timedelta(hours=8)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """A conversation that waits; `not_to` is not given it."""

    conversation_id: UUID
    queue_id: int
    unit_code: str = ""
    not_to: str = ""


@dataclass(frozen=True)
class Free:
    """An agent on duty: how many more they can take, and which queues and units."""

    staff_id: str
    room: int
    queue_ids: frozenset[int]
    unit_codes: frozenset[str]
    last_given_at: datetime | None = None

    def suits(self, waiting: Waiting) -> bool:
        return (
            waiting.queue_id in self.queue_ids
            and (not waiting.unit_code or waiting.unit_code in self.unit_codes)
            and waiting.not_to != self.staff_id
        )


def deal(waiting: Sequence[Waiting], agents: Iterable[Free]) -> list[tuple[UUID, str]]:
    """Who gets which conversation: each goes to the one with the skill, room, and the longest time since the last one.

    What suits nobody is left; nobody gets more than they have room for.
    """
    turn = sorted(agents, key=lambda one: (one.last_given_at or _LONG_AGO, one.staff_id))
    room = {one.staff_id: one.room for one in turn}
    dealt: list[tuple[UUID, str]] = []
    for one in waiting:
        taker = next((agent for agent in turn if room[agent.staff_id] > 0 and agent.suits(one)), None)
        if taker is None:
            continue
        dealt.append((one.conversation_id, taker.staff_id))
        room[taker.staff_id] -= 1
        turn.remove(taker)
        turn.append(taker)
    return dealt


@dataclass(frozen=True)
class QueueRule:
    """What leads into a queue."""

    id: int
    unit_code: str
    topics: frozenset[str]
    is_general: bool


def choose_queue(queues: Collection[QueueRule], *, topic: str, unit_code: str) -> int:
    """The queue for a topic at a unit: the unit's own before the company's; the general one when none is for it.

    `queues` are in the company's own order and hold the general one.
    """
    fitting = [one for one in queues if topic and topic in one.topics and one.unit_code in {"", unit_code}]
    own = next((one for one in fitting if one.unit_code), None)
    chosen = own or next(iter(fitting), None) or next(one for one in queues if one.is_general)
    return chosen.id


def duty_until(calendar: Calendar, at: datetime) -> datetime:
    """When duty that begins now ends by itself: at closing, or some hours later for who works outside of the hours."""
    today = local_date(at)
    if calendar.is_working_day(today) and at < calendar.closing(today):
        return calendar.closing(today)
    return at + OUT_OF_HOURS_DUTY


def next_morning(calendar: Calendar, at: datetime) -> datetime:
    """The opening of the next working day."""
    return calendar.opening(calendar.next_working_day(local_date(at)))


@dataclass(frozen=True)
class Answer:
    """What a customer said to the question: a number of stars, words, or both. `is_sure`: it can be nothing else."""

    score: int | None = None
    comment: str = ""
    is_sure: bool = False


SCORE_BUTTON = "sao|{score}"
_BUTTON = re.compile(r"^sao\|([1-5])$")
_SCORE = re.compile(r"^\s*([1-5])\s*(?:sao|điểm|diem|\*|★|⭐|/\s*5)?\s*[.!]?\s*$", re.IGNORECASE)
_SCORE_AND_WORDS = re.compile(
    r"^\s*([1-5])\s*(?:sao|điểm|diem|/\s*5)?\s*[-:,;.]\s+(\S.*)$", re.IGNORECASE | re.DOTALL
)
_WORDS = re.compile(r"^\s*(?:gy|góp ý|gop y)\b\s*[-:,]?\s*(\S.*)$", re.IGNORECASE | re.DOTALL)


def read_answer(text: str, button: str = "") -> Answer | None:
    """What was meant, when it is an answer to the question; None when it is something else.

    A number among other words is none ("5 ngày nữa có điện không"): it counts alone, or with a mark behind it.
    """
    tapped = _BUTTON.match(button.strip() or text.strip())
    if tapped:
        return Answer(score=int(tapped[1]), is_sure=True)
    if button:
        return None
    if found := _SCORE.match(text):
        return Answer(score=int(found[1]))
    if found := _SCORE_AND_WORDS.match(text):
        return Answer(score=int(found[1]), comment=found[2].strip())
    if found := _WORDS.match(text):
        return Answer(comment=found[1].strip(), is_sure=True)
    return None
