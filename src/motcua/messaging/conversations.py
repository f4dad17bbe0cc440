"""Saying things in a conversation, and remembering whom it is with and what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import legs, outbox, queries, queuing, registry, signs, writing
from motcua.messaging.desk import episodes
from motcua.messaging.models import (
    Conversation,
    ConversationStatus,
    Direction,
    Leg,
    Message,
    MessageKind,
    Owner,
)
from motcua.messaging.queries import ConversationView, MessageView
from motcua.messaging.rules import Button, Kind, Notice
from motcua.messaging.talk import finding
from motcua.messaging.writing import BOT, TEXT_LIMIT, ConversationClosed, NotOwner

ELSEWHERE = "staff:elsewhere"  # a colleague who wrote in the channel's own program: we do not know who


class MessageEmpty(Refused):
    code = "MESSAGE_EMPTY"
    message = gettext_noop("Vui lòng nhập nội dung tin nhắn.")


def append_in(
    *,
    conversation_id: UUID,
    text: str,
    client_msg_id: str | None,
    at: datetime,
    kind: str = MessageKind.TEXT.value,
    payload: Mapping[str, Any] | None = None,
    author: str = "customer",
    author_name: str = "",
) -> MessageView:
    """Write down what the customer said. A repeat under the same `client_msg_id` gives back the first.

    Refuses an empty message without a file (MessageEmpty). Locks the conversation.
    """
    clean = text.strip()[:TEXT_LIMIT]
    if not clean and not payload:
        raise MessageEmpty(field="text")
    with transaction.atomic():
        row = writing.lock(conversation_id)
        known = writing.find_by_key(row.id, Direction.IN, client_msg_id)
        if known is not None:
            return known
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        leg = _hear(row, at)
        episodes.customer_wrote(row)
        return writing.append(
            row,
            leg=leg,
            direction=Direction.IN,
            kind=kind,
            author=author,
            author_name=author_name,
            text=clean,
            payload=dict(payload or {}),
            key=client_msg_id,
            at=at,
        )


def _hear(row: Conversation, at: datetime) -> Leg | None:
    """The customer gave a sign; a late one does not shorten the reply window."""
    row.last_in_at = max(row.last_in_at or at, at)
    leg = row.legs.filter(id=row.leg_id).first() if row.leg_id else None
    if leg is not None:
        leg.last_in_at = max(leg.last_in_at or at, at)
        leg.save(update_fields=["last_in_at"])
    return leg


def append_out(
    *,
    conversation_id: UUID,
    text: str,
    author: Actor,
    key: str | None,
    at: datetime,
    buttons: Sequence[Button | Mapping[str, str]] = (),
    kind: str = MessageKind.TEXT.value,
    payload: Mapping[str, Any] | None = None,
    is_internal: bool = False,
    is_notice: bool = False,
    template: str = "",
    params: Mapping[str, object] | None = None,
    leg_id: UUID | None = None,
) -> MessageView:
    """Say something to the customer (or, internal, to colleagues). A repeat under the same key says nothing
    again.

    The bot speaks only while it owns the conversation; a member of staff takes it by speaking, unless another
    one
    owns it: NotOwner either way. Notices (`is_notice`) go out whoever owns it. On a channel that pushes, the
    message
    is queued in the outbox in the same transaction; `template` and `params` name the declared text it was made from, for
    a channel that outside its window may send approved texts alone. It goes to the leg named, else to where the customer
    spoke last; raises LegNotFound.
    """
    clean = text.strip()[:TEXT_LIMIT]
    if not clean and not payload:
        raise MessageEmpty(field="text")
    with transaction.atomic():
        row = writing.lock(conversation_id)
        known = writing.find_by_key(row.id, Direction.OUT, key)
        if known is not None:
            return known
        if row.status == ConversationStatus.CLOSED and not is_notice:
            raise ConversationClosed
        if not is_notice and not is_internal:
            _check_owner(row, author, at)
        leg = None if is_internal else legs.find_leg(row, leg_id)
        plain_buttons = [b.as_json() if isinstance(b, Button) else dict(b) for b in buttons]
        said = writing.append(
            row,
            leg=leg,
            direction=Direction.OUT,
            kind=kind,
            author="bot" if author == BOT else author.ref,
            author_name=author.name if author.is_staff() else "",
            text=clean,
            payload={**(payload or {}), **({"buttons": plain_buttons} if plain_buttons else {})},
            key=key,
            at=at,
            is_internal=is_internal,
        )
        if leg is not None:
            _push(row, leg, said, plain_buttons, at, template, params or {}, is_notice=is_notice)
        if author.is_staff() and not is_internal and not is_notice:
            episodes.staff_said(row, author.id, at)
        return said


def _check_owner(row: Conversation, author: Actor, at: datetime) -> None:
    if author.is_staff():
        if row.owner == Owner.STAFF and row.staff_id != author.id:
            raise NotOwner
        if row.owner != Owner.STAFF:
            writing.give_to(row, author, at)
    elif row.owner != Owner.BOT:
        raise NotOwner


def _push(
    row: Conversation,
    leg: Leg,
    said: MessageView,
    buttons: list[dict[str, str]],
    at: datetime,
    template: str,
    params: Mapping[str, object],
    *,
    is_notice: bool,
) -> None:
    channel = registry.get_channel(leg.channel)
    if channel is None or not channel.capabilities.pushes:
        return
    file = {name: said.payload[name] for name in outbox.CARRIED if said.payload.get(name)}
    # the words are said already and stay as they are: what stands in braces in them is no placeholder
    queuing.queue_message(
        key=f"message:{row.id}:{said.seq}",
        channel=leg.channel,
        address=leg.address,
        texts={row.language: "{said}"},
        params={**params, **file, "said": said.text},
        kind=Kind.TRANSACTIONAL if is_notice and template else Kind.REPLY,
        template=template,
        language=row.language,
        buttons=buttons,
        conversation_id=row.id,
        customer_id=row.customer_id,
        at=at,
        is_by_person=said.author.startswith("staff:") and not file.get("ask"),
    )


def append_elsewhere(
    *,
    conversation_id: UUID,
    text: str,
    key: str,
    at: datetime,
    author_name: str = "",
    payload: Mapping[str, Any] | None = None,
) -> MessageView:
    """Write down what staff said to the customer in the channel's own program, past this house; once per `key`."""
    with transaction.atomic():
        row = writing.lock(conversation_id)
        known = writing.find_by_key(row.id, Direction.OUT, key)
        if known is not None:
            return known
        episodes.staff_said(row, "", at)
        return writing.append(
            row,
            leg=legs.find_leg(row, None),
            direction=Direction.OUT,
            kind=MessageKind.TEXT.value,
            author=ELSEWHERE,
            author_name=author_name,
            text=text.strip()[:TEXT_LIMIT],
            payload=dict(payload or {}),
            key=key,
            at=at,
        )


def note(
    *,
    conversation_id: UUID,
    text: str,
    key: str,
    at: datetime,
    is_sign: bool = False,
    payload: Mapping[str, Any] | None = None,
    notice: Notice = Notice.HAPPENED,
    channel: str = "",
) -> MessageView:
    """Write down, for staff alone, something that is no message; once per `key`. A sign of the customer opens the reply
    window anew. `channel`: the one that told of it.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        known = writing.find_by_key(row.id, Direction.OUT, key)
        if known is not None:
            return known
        if is_sign:
            _hear(row, at)
        return writing.append(
            row,
            channel=channel,
            direction=Direction.OUT,
            kind=MessageKind.EVENT.value,
            author="system:channel",
            author_name="",
            text=text[:TEXT_LIMIT],
            payload={"notice": notice.value, **(payload or {})},
            key=key,
            at=at,
            is_internal=True,
        )


def attach(*, conversation_id: UUID, seq: int, facts: Mapping[str, Any]) -> bool:
    """Add to a message's payload what was brought in for it later (a file it came with), and tell who listens.

    False when its customer took the message back meanwhile: nothing is added to it.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(conversation_id=conversation_id, seq=seq).first()
        if row is None or row.payload.get("taken_back"):
            return False
        row.payload = {**row.payload, **facts}
        row.save(update_fields=["payload"])
        writing.announce(conversation_id, seq)
        return True


def change_in(*, channel: str, address: str, key: str, text: str | None, at: datetime) -> bool:
    """A message of the customer's is written anew, or taken back (None): what it said and showed goes. False when there is
    no such message. The latest change counts, whichever comes last; what is taken back stays so.
    """
    with transaction.atomic():
        row = (
            Message.objects.select_for_update()
            .filter(
                leg__channel=channel,
                leg__address=address,
                direction=Direction.IN,
                client_msg_id=key[:120],
            )
            .first()
        )
        if row is None:
            return False
        if text is None:
            row.text, row.kind = translation.gettext("[Khách đã xóa tin này]"), MessageKind.TEXT
            row.payload = {"channel": channel, "taken_back": at.isoformat()}
        elif not row.payload.get("taken_back") and row.payload.get("changed", "") < at.isoformat():
            row.text, row.payload = text.strip()[:TEXT_LIMIT], {**row.payload, "changed": at.isoformat()}
        row.save(update_fields=["text", "kind", "payload"])
        writing.announce(row.conversation_id, row.seq)
        return True


def link(
    *,
    conversation_id: UUID,
    request_id: UUID | None = None,
    unit_code: str | None = None,
    language: str | None = None,
) -> ConversationView:
    """Remember what the conversation is about, whose unit answers it, and in which language."""
    told = {"request_id": request_id, "unit_code": unit_code, "language": language}
    changes = {name: value for name, value in told.items() if value is not None}
    with transaction.atomic():
        row = writing.lock(conversation_id)
        for name, value in changes.items():
            setattr(row, name, value)
        if changes:
            row.save(update_fields=list(changes))
            finding.to_find(row.id)
        if unit_code is not None:
            episodes.moved(row)
        return queries.view_conversation(row)


def identify(*, conversation_id: UUID, customer_id: UUID, at: datetime) -> ConversationView:
    """Remember whom the conversation is with, after proof: the caller answers for it. The other open conversations of the
    same customer become part of this one; of somebody else's, the address that spoke last parts first.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.customer_id is not None and not legs.is_same_customer(row.customer_id, customer_id):
            row = legs.part_locked(row, legs.find_leg(row, None), BOT, at)
        if row.customer_id != customer_id:
            row.customer_id = customer_id
            row.save(update_fields=["customer_id"])
        legs.gather(row, at)
        return queries.view_conversation(row)


def mark_read(*, conversation_id: UUID, seq: int, by_staff: bool) -> None:
    """Somebody has seen messages up to this number; it never goes back. Whoever wrote them is told."""
    name = "staff_read_seq" if by_staff else "customer_read_seq"
    rows = Conversation.objects.filter(id=conversation_id, last_seq__gte=seq, **{f"{name}__lt": seq})
    if rows.update(**{name: seq}):
        signs.tell_read(conversation_id=conversation_id, seq=seq, by_staff=by_staff)


def erase_conversation(*, conversation_id: UUID) -> int:
    """Remove what was said (a person's right to be forgotten): texts and payloads go, numbers and instants
    stay.
    """
    with transaction.atomic():
        Conversation.objects.select_for_update().filter(id=conversation_id).first()
        finding.forget(conversation_id)
        return Message.objects.filter(conversation_id=conversation_id).update(
            text="", payload={}, author_name=""
        )
