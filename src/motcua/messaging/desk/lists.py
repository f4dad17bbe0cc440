"""Lists of conversations that a person is, or was, wanted in: a page at a time, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from motcua.messaging import queries
from motcua.messaging.desk.models import OPEN, DeskEpisode, DeskMark, EndReason, EpisodeState
from motcua.messaging.models import Direction, Message
from motcua.messaging.queries import ConversationView

PAGE = 50
LID = 1000


class Shown(StrEnum):
    """Which list. MINE is what one person has in hand and awake, OPEN everything that is not over."""

    MINE = "mine"
    WAITING = "waiting"
    HELD = "held"
    SNOOZED = "snoozed"
    LATE = "late"
    OPEN = "open"
    ENDED = "ended"
    BEGUN = "begun"


class Lateness(StrEnum):
    """Of a list of episodes, over or not: those answered late for the first time, or ended late; or in time."""

    FIRST_LATE = "first-late"
    FIRST_IN_TIME = "first-in-time"
    RESOLVED_LATE = "resolved-late"
    RESOLVED_IN_TIME = "resolved-in-time"


@dataclass(frozen=True)
class Wanted:
    """What a list holds. `unit_codes` None: every unit; conversations of no unit are everybody's."""

    shown: Shown
    at: datetime
    unit_codes: frozenset[str] | None = None
    staff_id: str = ""
    queue_id: int | None = None
    label_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    lateness: Lateness | None = None
    answered_by: str = ""
    score: int | None = None
    is_rated: bool = False
    is_asked: bool = False


@dataclass(frozen=True)
class LabelView:
    id: int
    name: str
    tone: str


@dataclass(frozen=True)
class EpisodeLine:
    """A line of a list: the conversation, its episode, its labels and the customer's last words."""

    conversation: ConversationView
    episode_id: UUID
    queue_id: int
    queue_name: str
    state: str
    staff_id: str
    is_urgent: bool
    begun_at: datetime
    waiting_since: datetime
    customer_since: datetime | None
    snoozed_until: datetime | None
    first_due_at: datetime | None
    first_answered_at: datetime | None
    first_minutes: int | None
    resolve_due_at: datetime | None
    resolve_minutes: int | None
    ended_at: datetime | None
    labels: tuple[LabelView, ...]
    last_text: str
    last_at: datetime
    score: int | None = None

    @property
    def due_at(self) -> datetime | None:
        """What is owed next: the first answer, then the end; nothing once it is over."""
        if self.ended_at is not None:
            return None
        return self.first_due_at if self.first_answered_at is None else self.resolve_due_at

    def is_late(self, at: datetime) -> bool:
        """Whether what is owed next should have been done by now (when over: whether it was late at all)."""
        if self.ended_at is None:
            return self.due_at is not None and self.due_at < at
        return _after(self.first_answered_at, self.first_due_at) or _after(self.ended_at, self.resolve_due_at)


def _after(done: datetime | None, due: datetime | None) -> bool:
    return done is not None and due is not None and done > due


def is_late(at: datetime) -> Q:
    """Open episodes that owe an answer, or their end, since before `at`."""
    return Q(first_answered_at__isnull=True, first_due_at__lt=at) | Q(
        first_answered_at__isnull=False, resolve_due_at__lt=at
    )


def is_awake(at: datetime) -> Q:
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=at)


LATENESS = {
    Lateness.FIRST_LATE: Q(first_answered_at__gt=F("first_due_at")),
    Lateness.FIRST_IN_TIME: Q(first_answered_at__lte=F("first_due_at")),
    Lateness.RESOLVED_LATE: Q(ended_at__gt=F("resolve_due_at")),
    Lateness.RESOLVED_IN_TIME: Q(ended_at__lte=F("resolve_due_at")),
}


def select(wanted: Wanted) -> QuerySet[DeskEpisode]:
    """The episodes of a list, unordered: what a figure counts is what its list shows."""
    rows = DeskEpisode.objects.filter(_of_shown(wanted))
    if wanted.unit_codes is not None:
        rows = rows.filter(unit_code__in=[*wanted.unit_codes, ""])
    if wanted.staff_id and wanted.shown != Shown.MINE:
        rows = rows.filter(staff_id=wanted.staff_id)
    if wanted.answered_by:
        rows = rows.filter(first_answered_by=wanted.answered_by)
    if wanted.queue_id is not None:
        rows = rows.filter(queue_id=wanted.queue_id)
    if wanted.label_id is not None:
        rows = rows.filter(
            conversation__in=DeskMark.objects.filter(label_id=wanted.label_id).values("conversation")
        )
    if wanted.lateness is not None:
        rows = rows.filter(LATENESS[wanted.lateness])
    if wanted.is_asked:
        rows = rows.filter(rating__isnull=False)
    if wanted.is_rated or wanted.score is not None:
        rows = rows.filter(rating__score__isnull=False)
    if wanted.score is not None:
        rows = rows.filter(rating__score=wanted.score)
    return rows


def _of_shown(wanted: Wanted) -> Q:
    at = wanted.at
    of_state = {
        Shown.MINE: Q(state=EpisodeState.HELD, staff_id=wanted.staff_id) & is_awake(at),
        Shown.WAITING: Q(state=EpisodeState.WAITING),
        Shown.HELD: Q(state=EpisodeState.HELD) & is_awake(at),
        Shown.SNOOZED: Q(state=EpisodeState.HELD, snoozed_until__gt=at),
        Shown.LATE: OPEN & is_late(at),
        Shown.OPEN: OPEN,
        Shown.ENDED: Q(state=EpisodeState.ENDED) & ~Q(end_reason=EndReason.MERGED),
        Shown.BEGUN: ~Q(end_reason=EndReason.MERGED),
    }
    chosen = of_state[wanted.shown]
    name = "begun_at" if wanted.shown == Shown.BEGUN else "ended_at"
    if wanted.since is not None:
        chosen &= Q(**{f"{name}__gte": wanted.since})
    if wanted.until is not None:
        chosen &= Q(**{f"{name}__lt": wanted.until})
    return chosen


@dataclass(frozen=True)
class Key:
    """Where a page ended: the last line's place in the order of its list."""

    at: datetime
    id: UUID
    is_urgent: bool = False


def list_page(wanted: Wanted, *, after: Key | None = None, limit: int = PAGE) -> list[EpisodeLine]:
    """The next lines of a list. Open ones: urgent first, then who waits longest; the others newest first."""
    rows = select(wanted)
    if wanted.shown in {Shown.ENDED, Shown.BEGUN}:
        name = "ended_at" if wanted.shown == Shown.ENDED else "begun_at"
        if after is not None:
            rows = rows.filter(Q(**{f"{name}__lt": after.at}) | Q(**{name: after.at}, id__lt=after.id))
        ordered = rows.order_by(f"-{name}", "-id")
    else:
        if after is not None:
            rows = rows.filter(_behind(after))
        ordered = rows.order_by("-is_urgent", "waiting_since", "id")
    # which ones first, from the episodes alone: joined with a million conversations the order would be found by sorting
    ids = list(ordered.values_list("id", flat=True)[:limit])
    found = {line.episode_id: line for line in _lines(DeskEpisode.objects.filter(id__in=ids))}
    return [found[id] for id in ids if id in found]


def _behind(key: Key) -> Q:
    same = Q(waiting_since__gt=key.at) | Q(waiting_since=key.at, id__gt=key.id)
    return (Q(is_urgent=True) & same) | Q(is_urgent=False) if key.is_urgent else Q(is_urgent=False) & same


def key_of(line: EpisodeLine, shown: Shown) -> Key:
    """Where a page that ends with this line goes on."""
    if shown == Shown.ENDED:
        return Key(line.ended_at or line.begun_at, line.episode_id)
    at = line.begun_at if shown == Shown.BEGUN else line.waiting_since
    return Key(at, line.episode_id, line.is_urgent)


def find_line(conversation_id: UUID) -> EpisodeLine | None:
    """The newest episode of a conversation."""
    rows = DeskEpisode.objects.filter(conversation_id=conversation_id).order_by("-begun_at", "-id")
    return next(iter(_lines(rows[:1])), None)


def _lines(rows: QuerySet[DeskEpisode]) -> list[EpisodeLine]:
    said = Message.objects.filter(
        conversation_id=OuterRef("conversation_id"), is_internal=False, direction=Direction.IN
    ).order_by("-seq")
    found = list(
        rows.select_related("conversation", "queue", "rating").annotate(
            last_text=Subquery(said.values("text")[:1]), last_at=Subquery(said.values("at")[:1])
        )
    )
    labels = labels_of([row.conversation_id for row in found])
    return [_line(row, labels.get(row.conversation_id, ())) for row in found]


def _line(row: DeskEpisode, labels: tuple[LabelView, ...]) -> EpisodeLine:
    rating = getattr(row, "rating", None)
    return EpisodeLine(
        conversation=queries.view_conversation(row.conversation), episode_id=row.id, queue_id=row.queue_id,
        queue_name=row.queue.name, state=row.state, staff_id=row.staff_id, is_urgent=row.is_urgent,
        begun_at=row.begun_at, waiting_since=row.waiting_since, customer_since=row.customer_since,
        snoozed_until=row.snoozed_until, first_due_at=row.first_due_at, first_answered_at=row.first_answered_at,
        first_minutes=row.first_minutes, resolve_due_at=row.resolve_due_at, resolve_minutes=row.resolve_minutes,
        ended_at=row.ended_at, labels=labels,
        last_text=(row.last_text or "")[:160],  # type: ignore[attr-defined]
        last_at=row.last_at or row.begun_at,  # type: ignore[attr-defined]
        score=rating.score if rating is not None else None,
    )  # fmt: skip


def labels_of(conversation_ids: Iterable[UUID]) -> dict[UUID, tuple[LabelView, ...]]:
    """The labels on each of these conversations, by name."""
    rows = DeskMark.objects.filter(conversation_id__in=list(conversation_ids)).select_related("label")
    found: dict[UUID, tuple[LabelView, ...]] = {}
    for row in rows.order_by("label__name"):
        view = LabelView(row.label_id, row.label.name, row.label.tone)
        found[row.conversation_id] = (*found.get(row.conversation_id, ()), view)
    return found


def count(lists: Sequence[Wanted]) -> list[int]:
    """How many lines each of these lists has, up to LID + 1; one query for all of them."""
    if not lists:
        return []
    parts: list[str] = []
    params: list[Any] = []
    for wanted in lists:
        sql, given = select(wanted).values("id")[: LID + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - sql of our own querysets
        params.extend(given)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        row = cursor.fetchone()
    return [int(number) for number in row]
