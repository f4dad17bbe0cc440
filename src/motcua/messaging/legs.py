"""Which addresses speak in a conversation: opening it, joining those of one customer, parting an address again.

One customer known by proof has one open conversation, whatever they write on. Whoever changes legs holds the row locks of
the conversations; another conversation that somebody is writing in just now is joined the next time this one is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.customers import queries as customer_queries
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, gettext_noop
from motcua.messaging import queries, registry, writing
from motcua.messaging.models import Conversation, ConversationStatus, Leg, Owner
from motcua.messaging.queries import ConversationView
from motcua.messaging.rules import Notice
from motcua.messaging.writing import BOT, ConversationClosed

_NEARNESS = {Owner.BOT.value: 0, Owner.QUEUE.value: 1, Owner.STAFF.value: 2}


class LegNotFound(NotFound):
    """The address does not (or no longer) speak in this conversation."""

    code = "LEG_NOT_FOUND"
    message = gettext_noop("Kênh này không còn trong cuộc trò chuyện.")


def open_conversation(
    *,
    channel: str,
    address: str,
    at: datetime,
    visitor_id: UUID | None = None,
    customer_id: UUID | None = None,
    language: str = "vi",
    unit_code: str = "",
    is_spoken: bool = True,
) -> ConversationView:
    """The open conversation this address speaks in; else the open one of its customer, else a new one. Safe to race.

    Answers go to this address from now on, unless it did not speak itself (`is_spoken` off).
    """
    with transaction.atomic():
        for _ in range(3):
            row = _lock_of_address(channel, address) or (
                _lock_of_customer(customer_id) if customer_id else None
            )
            try:
                with transaction.atomic():
                    if row is None:
                        row = _begin(channel, address, at, visitor_id, customer_id, language, unit_code)
                    else:
                        _speak(row, channel, address, at, visitor_id, is_spoken=is_spoken)
            except IntegrityError:  # somebody opened it in this moment
                continue
            if row.customer_id is not None:
                gather(row, at)
            return queries.view_conversation(row)
    raise RuntimeError("a conversation could not be opened")


def _lock_of_address(channel: str, address: str) -> Conversation | None:
    return (
        Conversation.objects.select_for_update(of=("self",))
        .filter(
            legs__channel=channel,
            legs__address=address,
            legs__ended_at__isnull=True,
            status=ConversationStatus.OPEN,  # looked at anew when it was waited for: it may have become part of another
        )
        .first()
    )


def _lock_of_customer(customer_id: UUID) -> Conversation | None:
    return (
        Conversation.objects.select_for_update()
        .filter(customer_id__in=_ids_of(customer_id), status=ConversationStatus.OPEN)
        .order_by("opened_at", "id")
        .first()
    )


def _ids_of(customer_id: UUID) -> Iterable[UUID]:
    return customer_queries.list_ids(customer_queries.survivor_id(customer_id))


def _begin(
    channel: str,
    address: str,
    at: datetime,
    visitor_id: UUID | None,
    customer_id: UUID | None,
    language: str,
    unit_code: str,
) -> Conversation:
    row = Conversation.objects.create(
        id=ids.new_id(at),
        channel=channel,
        address=address,
        visitor_id=visitor_id,
        customer_id=customer_id,
        language=language,
        unit_code=unit_code,
        owned_at=at,
        opened_at=at,
    )
    row.leg_id = _add(row, channel, address, at, visitor_id).id
    row.save(update_fields=["leg_id"])
    return row


def _add(row: Conversation, channel: str, address: str, at: datetime, visitor_id: UUID | None) -> Leg:
    return Leg.objects.create(
        id=ids.new_id(at),
        conversation=row,
        channel=channel,
        address=address,
        visitor_id=visitor_id,
        began_at=at,
    )


def _speak(
    row: Conversation, channel: str, address: str, at: datetime, visitor_id: UUID | None, *, is_spoken: bool
) -> None:
    """The address speaks in this conversation: a new leg of it, when it did not before."""
    if (row.channel, row.address) == (channel, address):
        return
    leg = row.legs.filter(channel=channel, address=address, ended_at__isnull=True).first()
    leg = leg or _add(row, channel, address, at, visitor_id)
    if is_spoken:
        _turn_to(row, leg)


def _turn_to(row: Conversation, leg: Leg) -> None:
    row.leg_id, row.channel, row.address, row.visitor_id = leg.id, leg.channel, leg.address, leg.visitor_id
    row.save(update_fields=["leg_id", "channel", "address", "visitor_id"])


def find_leg(row: Conversation, leg_id: UUID | None) -> Leg:
    """The leg an answer goes to: the one named, else where the customer spoke last. Raises LegNotFound."""
    wanted = leg_id or row.leg_id
    leg = row.legs.filter(id=wanted).first() if wanted else None
    if leg is None or (leg_id is not None and leg.ended_at is not None):
        raise LegNotFound
    return leg


def gather(row: Conversation, at: datetime) -> None:
    """Make the other open conversations of its customer part of this (locked) one.

    Each is closed and says where it goes on; a person who answers, or is waited for, in one of them does so here.
    """
    if row.customer_id is None or row.status != ConversationStatus.OPEN:
        return
    others = (
        Conversation.objects.select_for_update(skip_locked=True)
        .filter(customer_id__in=_ids_of(row.customer_id), status=ConversationStatus.OPEN)
        .exclude(id=row.id)
        .order_by("id")
    )
    for other in others:
        _take_in(row, other, at)


def _take_in(row: Conversation, other: Conversation, at: datetime) -> None:
    _inherit(row, other)
    other.status, other.closed_at, other.continued_in_id = ConversationStatus.CLOSED, at, row.id
    other.owner, other.staff_id = Owner.BOT, ""
    goes_on = gettext_noop("Cuộc trò chuyện này được nối với các kênh khác của anh/chị.")
    writing.tell(other, Notice.MOVED, goes_on, BOT, at)
    Leg.objects.filter(conversation=other, ended_at__isnull=True).update(conversation=row)
    Conversation.objects.filter(continued_in_id=other.id).update(continued_in_id=row.id)
    joined = gettext_noop("Đã nối các cuộc trò chuyện của khách trên nhiều kênh thành một.")
    writing.tell(row, Notice.JOINED, joined, BOT, at, is_internal=True)
    for hook in registry.list_join_hooks():
        hook(row.id, other.id, at)


def _inherit(row: Conversation, other: Conversation) -> None:
    if _NEARNESS[other.owner] > _NEARNESS[row.owner]:
        row.owner, row.staff_id, row.owned_at = other.owner, other.staff_id, other.owned_at
        row.unit_code = other.unit_code or row.unit_code
    row.unit_code = row.unit_code or other.unit_code
    row.is_urgent = row.is_urgent or other.is_urgent
    row.request_id = row.request_id or other.request_id
    row.last_in_at = max(filter(None, [row.last_in_at, other.last_in_at]), default=None)


def part(*, conversation_id: UUID, leg_id: UUID, actor: Actor, at: datetime) -> ConversationView:
    """An address turns out to be somebody else's: it goes on in a conversation of its own, with nobody known.

    What was said stays where it was said. Raises LegNotFound, ConversationClosed. Gives back the address's conversation.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        return queries.view_conversation(part_locked(row, find_leg(row, leg_id), actor, at))


def part_locked(row: Conversation, leg: Leg, actor: Actor, at: datetime) -> Conversation:
    """As `part`, for who holds the row. The last address of a conversation keeps it; nobody is known in it any more."""
    stays = (
        row.legs.filter(ended_at__isnull=True).exclude(id=leg.id).order_by("-last_in_at", "-began_at").first()
    )
    if stays is None:
        row.customer_id = row.request_id = None
        row.save(update_fields=["customer_id", "request_id"])
        return row
    _turn_to(row, stays)
    own = Conversation.objects.create(
        id=ids.new_id(at), leg_id=leg.id, channel=leg.channel, address=leg.address, visitor_id=leg.visitor_id,
        language=row.language, owned_at=at, opened_at=at, last_in_at=leg.last_in_at,
    )  # fmt: skip
    leg.conversation = own
    leg.save(update_fields=["conversation"])
    parted = gettext_noop("Một kênh đã được tách khỏi cuộc trò chuyện này.")
    writing.tell(row, Notice.MOVED, parted, actor, at, is_internal=True)
    return own


def is_same_customer(one: UUID, other: UUID) -> bool:
    """Whether both are the same person now, merged ones included."""
    return one == other or customer_queries.survivor_id(one) == customer_queries.survivor_id(other)


def end(row: Conversation, at: datetime) -> None:
    """The (locked) conversation is over: its addresses open another with their next word."""
    row.legs.filter(ended_at__isnull=True).update(ended_at=at)
