"""How the customer liked it: one question after a person has ended a conversation, and the answer to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import translation

from motcua.customers import queries as customer_queries
from motcua.kernel import ids
from motcua.kernel.results import fill, gettext_noop
from motcua.messaging import conversations, registry, writing
from motcua.messaging.desk import rules
from motcua.messaging.desk.models import DeskAsked, DeskEpisode, DeskRating, DeskSettings
from motcua.messaging.models import Conversation, Direction, Leg, MessageKind
from motcua.messaging.rules import Button

ANSWER_WITHIN = timedelta(days=7)
COMMENT_LIMIT = 2000
SCORES = (1, 2, 3, 4, 5)
QUESTION = gettext_noop(
    "Anh/chị có hài lòng với lần hỗ trợ vừa rồi không? Xin chọn từ 1 (rất không hài lòng) đến 5 (rất hài lòng)."
)
STARS = gettext_noop("%(score)s sao")
THANKS = gettext_noop("Cảm ơn anh/chị đã chấm %(score)s sao. Muốn góp ý thêm, xin nhắn GY và lời góp ý.")
THANKS_FOR_WORDS = gettext_noop("Cảm ơn anh/chị đã góp ý.")

ASKED = """
INSERT INTO messaging_deskasked (person, asked_at) VALUES (%s, %s)
ON CONFLICT (person) DO UPDATE SET asked_at = EXCLUDED.asked_at WHERE messaging_deskasked.asked_at <= %s
RETURNING person
"""


class _AskedAlready(Exception):
    """Somebody was asked too short a while ago."""


def ask(row: Conversation, episode: DeskEpisode, at: datetime) -> bool:
    """Ask after this episode, in the transaction of its end (the conversation is locked). True when it was asked.

    Not when nobody answered, the company does not ask, the channel is none we write on, or the customer (under any name we
    know them by) was asked in the last `rating_days`.
    """
    settings = DeskSettings.objects.filter(id=1).first() or DeskSettings()
    if (
        not settings.asks_rating
        or episode.first_answered_at is None
        or registry.get_channel(row.channel) is None
    ):
        return False
    try:
        with transaction.atomic():
            for person in sorted(_names_of(row)):
                _remember(person, at, at - timedelta(days=settings.rating_days))
    except _AskedAlready:
        return False
    DeskRating.objects.create(
        id=ids.new_id(at), episode=episode, conversation=row, channel=row.channel, address=row.address,
        staff_id=episode.staff_id, asked_at=at,
    )  # fmt: skip
    with translation.override(row.language):
        stars = translation.gettext(STARS)
        buttons = [Button(fill(stars, {"score": n}), rules.SCORE_BUTTON.format(score=n)) for n in SCORES]
        words = translation.gettext(QUESTION)
    conversations.append_out(
        conversation_id=row.id, text=words, author=writing.BOT, key=f"rate:{episode.id}", at=at, buttons=buttons,
        is_notice=True,
    )  # fmt: skip
    return True


def _names_of(row: Conversation) -> set[str]:
    names = {f"{row.channel}:{row.address}"}
    if row.customer_id is not None:
        names.add(f"customer:{customer_queries.survivor_id(row.customer_id)}")
    return names


def _remember(person: str, at: datetime, before: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ASKED, [person, at, before])
        if cursor.fetchone() is None:
            raise _AskedAlready


def take_answer(*, channel: str, address: str, text: str, button: str, key: str, at: datetime) -> bool:
    """Take what a customer says as the answer to the question; False when it is none, and goes its usual way.

    The first number of stars counts, words may follow. A bare number while another conversation is open is said to that one.
    """
    answer = rules.read_answer(text, button)
    asked = find_asked(channel=channel, address=address, answer=answer, at=at)
    if asked is None or answer is None:
        return False
    with transaction.atomic():
        row = writing.lock(asked.conversation_id)
        if writing.find_by_key(row.id, Direction.IN, key) is not None:
            return True
        rating = DeskRating.objects.select_for_update().get(id=asked.id)
        if rating.score is not None and answer.score is not None:
            return answer.is_sure  # a button pressed again says nothing new
        _record(row, rating, answer, text, key, at)
        return True


def find_answered(*, channel: str, address: str, text: str, at: datetime) -> UUID | None:
    """The conversation these words would be taken as the rating of; None when they are something else."""
    asked = find_asked(channel=channel, address=address, answer=rules.read_answer(text), at=at)
    return asked.conversation_id if asked is not None else None


def find_asked(*, channel: str, address: str, answer: rules.Answer | None, at: datetime) -> DeskRating | None:
    """The question that this would be an answer to. A bare number is none while another conversation is open."""
    if answer is None:
        return None
    asked = (
        DeskRating.objects.filter(channel=channel, address=address, asked_at__gt=at - ANSWER_WITHIN)
        .order_by("-asked_at")
        .first()
    )
    return None if asked is None or (not answer.is_sure and _talks(channel, address)) else asked


def _talks(channel: str, address: str) -> bool:
    return Leg.objects.filter(channel=channel, address=address, ended_at__isnull=True).exists()


def _record(
    row: Conversation, rating: DeskRating, answer: rules.Answer, text: str, key: str, at: datetime
) -> None:
    if answer.score is not None:
        rating.score, rating.answered_at = answer.score, at
    if answer.comment:
        rating.comment = f"{rating.comment}\n{answer.comment}".strip()[:COMMENT_LIMIT]
    rating.save(update_fields=["score", "answered_at", "comment"])
    row.last_in_at = max(row.last_in_at or at, at)
    with translation.override(row.language):
        stars = fill(translation.gettext(STARS), {"score": answer.score})
        thanks = THANKS if answer.score is not None and not answer.comment else THANKS_FOR_WORDS
        words = fill(translation.gettext(thanks), {"score": answer.score})
    said = stars if answer.score is not None and not answer.comment else text.strip()
    writing.append(
        row, direction=Direction.IN, kind=MessageKind.TEXT, author="customer", author_name="",
        text=said[: writing.TEXT_LIMIT], payload={}, key=key, at=at, channel=rating.channel,
    )  # fmt: skip
    conversations.append_out(
        conversation_id=row.id,
        text=words,
        author=writing.BOT,
        key=f"rated:{rating.id}:{row.last_seq}",
        at=at,
        is_notice=True,
    )


def erase(row: Conversation) -> None:
    """The customer of this conversation is erased: their words and addresses go, the number of stars stays."""
    for rating in DeskRating.objects.filter(conversation_id=row.id):
        DeskAsked.objects.filter(person=f"{rating.channel}:{rating.address}").delete()
    DeskRating.objects.filter(conversation_id=row.id).update(comment="", address=f"erased:{row.id}")
    DeskAsked.objects.filter(person__in=_names_of(row)).delete()
