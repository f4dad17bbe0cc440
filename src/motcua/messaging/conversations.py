"""Writing conversations: opening, saying, handing over, closing.

Whoever writes holds the conversation's row lock, so numbers have no gaps and the owner checked is the owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import translation

from motcua.companies.context import current_company_code
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.messaging import outbox, queries, registry
from motcua.messaging.models import Conversation, ConversationStatus, Direction, Message, MessageKind, Owner
from motcua.messaging.queries import ConversationView, MessageView
from motcua.messaging.rules import Button, Kind, Notice

LIVE_CHANNEL = "mc_live"
TEXT_LIMIT = 8000
BOT = Actor.system("bot")
ELSEWHERE = "staff:elsewhere"  # a colleague who wrote in the channel's own program: we do not know who


class ConversationNotFound(NotFound):
    code = "CONVERSATION_NOT_FOUND"
    message = gettext_noop("Không tìm thấy cuộc trò chuyện này.")


class ConversationClosed(Refused):
    code = "CONVERSATION_CLOSED"
    message = gettext_noop("Cuộc trò chuyện đã kết thúc.")


class NotOwner(Refused):
    """Somebody else answers this conversation now."""

    code = "NOT_OWNER"
    message = gettext_noop("Người khác đang trả lời cuộc trò chuyện này.")


class MessageEmpty(Refused):
    code = "MESSAGE_EMPTY"
    message = gettext_noop("Vui lòng nhập nội dung tin nhắn.")


def open_conversation(
    *,
    channel: str,
    address: str,
    at: datetime,
    visitor_id: UUID | None = None,
    customer_id: UUID | None = None,
    language: str = "vi",
    unit_code: str = "",
) -> ConversationView:
    """The open conversation with this address on this channel; a new one when there is none. Safe to race."""
    with transaction.atomic():
        for _ in range(3):
            row = (
                Conversation.objects.select_for_update()
                .filter(channel=channel, address=address, status=ConversationStatus.OPEN)
                .first()
            )
            if row is not None:
                return queries.view_conversation(row)
            Conversation.objects.bulk_create(
                [
                    Conversation(
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
                ],
                ignore_conflicts=True,
            )
    raise RuntimeError("a conversation could not be opened")


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
        row = _lock(conversation_id)
        known = _find_by_key(row.id, Direction.IN, client_msg_id)
        if known is not None:
            return known
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        row.last_in_at = max(row.last_in_at or at, at)  # a late one does not shorten the reply window
        return _append(
            row,
            direction=Direction.IN,
            kind=kind,
            author=author,
            author_name=author_name,
            text=clean,
            payload=dict(payload or {}),
            key=client_msg_id,
            at=at,
        )


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
) -> MessageView:
    """Say something to the customer (or, internal, to colleagues). A repeat under the same key says nothing
    again.

    The bot speaks only while it owns the conversation; a member of staff takes it by speaking, unless another
    one
    owns it: NotOwner either way. Notices (`is_notice`) go out whoever owns it. On a channel that pushes, the
    message
    is queued in the outbox in the same transaction; `template` and `params` name the declared text it was made from, for
    a channel that outside its window may send approved texts alone.
    """
    clean = text.strip()[:TEXT_LIMIT]
    if not clean and not payload:
        raise MessageEmpty(field="text")
    with transaction.atomic():
        row = _lock(conversation_id)
        known = _find_by_key(row.id, Direction.OUT, key)
        if known is not None:
            return known
        if row.status == ConversationStatus.CLOSED and not is_notice:
            raise ConversationClosed
        if not is_notice and not is_internal:
            _check_owner(row, author, at)
        plain_buttons = [b.as_json() if isinstance(b, Button) else dict(b) for b in buttons]
        said = _append(
            row,
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
        if not is_internal:
            _push(row, said, plain_buttons, at, template, params or {}, is_notice=is_notice)
        return said


def _check_owner(row: Conversation, author: Actor, at: datetime) -> None:
    if author.is_staff():
        if row.owner == Owner.STAFF and row.staff_id != author.id:
            raise NotOwner
        if row.owner != Owner.STAFF:
            _give_to(row, author, at)
    elif row.owner != Owner.BOT:
        raise NotOwner


def _push(
    row: Conversation,
    said: MessageView,
    buttons: list[dict[str, str]],
    at: datetime,
    template: str,
    params: Mapping[str, object],
    *,
    is_notice: bool,
) -> None:
    channel = registry.get_channel(row.channel)
    if channel is None or not channel.capabilities.pushes:
        return
    file = {name: said.payload[name] for name in outbox.CARRIED if said.payload.get(name)}
    # the words are said already and stay as they are: what stands in braces in them is no placeholder
    outbox.queue_message(
        key=f"message:{row.id}:{said.seq}",
        channel=row.channel,
        address=row.address,
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
        row = _lock(conversation_id)
        known = _find_by_key(row.id, Direction.OUT, key)
        if known is not None:
            return known
        return _append(
            row,
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
) -> MessageView:
    """Write down, for staff alone, something that is no message; once per `key`. A sign of the customer opens the reply
    window anew.
    """
    with transaction.atomic():
        row = _lock(conversation_id)
        known = _find_by_key(row.id, Direction.OUT, key)
        if known is not None:
            return known
        if is_sign:
            row.last_in_at = max(row.last_in_at or at, at)
        return _append(
            row,
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
        _announce(conversation_id, seq)
        return True


def change_in(*, channel: str, address: str, key: str, text: str | None, at: datetime) -> bool:
    """A message of the customer's is written anew, or taken back (None): what it said and showed goes. False when there is
    no such message. The latest change counts, whichever comes last; what is taken back stays so.
    """
    with transaction.atomic():
        row = (
            Message.objects.select_for_update()
            .filter(
                conversation__channel=channel,
                conversation__address=address,
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
        _announce(row.conversation_id, row.seq)
        return True


def take_over(
    *, conversation_id: UUID, actor: Actor, at: datetime, must_be_free: bool = True
) -> ConversationView:
    """A member of staff answers from now on; the bot falls silent. A second one is refused (NotOwner)
    unless `must_be_free` is off, as when a supervisor steps in."""
    with transaction.atomic():
        row = _lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        mine = row.owner == Owner.STAFF and row.staff_id == actor.id
        if row.owner == Owner.STAFF and not mine and must_be_free:
            raise NotOwner
        if not mine:
            _give_to(row, actor, at)
        return queries.view_conversation(row)


def _give_to(row: Conversation, actor: Actor, at: datetime) -> None:
    row.owner, row.staff_id, row.owned_at = Owner.STAFF, actor.id, at
    _tell(row, Notice.TAKEN, gettext_noop("Nhân viên đã tham gia cuộc trò chuyện."), actor, at)


def release(*, conversation_id: UUID, actor: Actor, at: datetime, to_queue: bool = False) -> ConversationView:
    """Staff gives the conversation back to the bot, or to the queue for a colleague."""
    with transaction.atomic():
        row = _lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        if row.owner == Owner.STAFF and actor.is_staff() and row.staff_id != actor.id:
            raise NotOwner
        owner = Owner.QUEUE if to_queue else Owner.BOT
        if row.owner != owner:
            row.owner, row.staff_id, row.owned_at = owner, "", at
            row.is_urgent = row.is_urgent and to_queue
            text = (
                gettext_noop("Cuộc trò chuyện được chuyển cho nhân viên khác.")
                if to_queue
                else gettext_noop("Trợ lý tự động tiếp tục hỗ trợ anh/chị.")
            )
            _tell(row, Notice.RELEASED, text, actor, at)
        return queries.view_conversation(row)


def queue_for_staff(
    *, conversation_id: UUID, at: datetime, unit_code: str = "", is_urgent: bool = False
) -> ConversationView:
    """The bot hands over: a person is to answer. Nothing changes when a person already does."""
    with transaction.atomic():
        row = _lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        if row.owner == Owner.BOT:
            row.owner, row.staff_id, row.owned_at = Owner.QUEUE, "", at
            row.unit_code = unit_code or row.unit_code
            row.is_urgent = is_urgent or row.is_urgent
            _tell(row, Notice.QUEUED, gettext_noop("Đang chờ nhân viên."), BOT, at, is_internal=True)
        elif is_urgent and not row.is_urgent:
            row.is_urgent = True
            row.save(update_fields=["is_urgent"])
        return queries.view_conversation(row)


def mark_urgent(*, conversation_id: UUID, at: datetime) -> None:
    """Put the conversation in front of the desk's list without taking it from whoever owns it."""
    with transaction.atomic():
        row = _lock(conversation_id)
        if not row.is_urgent:
            row.is_urgent = True
            row.save(update_fields=["is_urgent"])


def close(*, conversation_id: UUID, actor: Actor, at: datetime) -> ConversationView:
    """End the conversation; the next message from the address opens a new one. Closing twice changes
    nothing.
    """
    with transaction.atomic():
        row = _lock(conversation_id)
        if row.status == ConversationStatus.OPEN:
            row.status, row.closed_at = ConversationStatus.CLOSED, at
            row.owner, row.staff_id = Owner.BOT, ""
            _tell(row, Notice.CLOSED, gettext_noop("Cuộc trò chuyện đã kết thúc. Cảm ơn anh/chị."), actor, at)
        return queries.view_conversation(row)


def link(
    *,
    conversation_id: UUID,
    customer_id: UUID | None = None,
    request_id: UUID | None = None,
    unit_code: str | None = None,
    language: str | None = None,
) -> ConversationView:
    """Remember whom or what the conversation is about. Customer only after proof: the caller answers for
    it.
    """
    with transaction.atomic():
        row = _lock(conversation_id)
        changes: dict[str, Any] = {
            name: value
            for name, value in {
                "customer_id": customer_id,
                "request_id": request_id,
                "unit_code": unit_code,
                "language": language,
            }.items()
            if value is not None
        }
        for name, value in changes.items():
            setattr(row, name, value)
        if changes:
            row.save(update_fields=list(changes))
        return queries.view_conversation(row)


def mark_read(*, conversation_id: UUID, seq: int, by_staff: bool) -> None:
    """Somebody has seen messages up to this number; it never goes back."""
    name = "staff_read_seq" if by_staff else "customer_read_seq"
    Conversation.objects.filter(id=conversation_id, last_seq__gte=seq, **{f"{name}__lt": seq}).update(
        **{name: seq}
    )


def _lock(conversation_id: UUID) -> Conversation:
    row = Conversation.objects.select_for_update().filter(id=conversation_id).first()
    if row is None:
        raise ConversationNotFound
    return row


def _find_by_key(conversation_id: UUID, direction: Direction, key: str | None) -> MessageView | None:
    if not key:
        return None
    row = Message.objects.filter(
        conversation_id=conversation_id, direction=direction, client_msg_id=key[:120]
    ).first()
    return None if row is None else queries.view_message(row)


def _append(
    row: Conversation,
    *,
    direction: Direction,
    kind: str,
    author: str,
    author_name: str,
    text: str,
    payload: dict[str, Any],
    key: str | None,
    at: datetime,
    is_internal: bool = False,
) -> MessageView:
    row.last_seq += 1
    message = Message.objects.create(
        conversation_id=row.id,
        seq=row.last_seq,
        direction=direction,
        kind=kind,
        author=author,
        author_name=author_name,
        text=text,
        payload=payload,
        client_msg_id=key[:120] if key else None,
        is_internal=is_internal,
        at=at,
    )
    row.save()
    _announce(row.id, row.last_seq)
    return queries.view_message(message, is_new=True)


def _tell(
    row: Conversation, notice: Notice, text: str, actor: Actor, at: datetime, *, is_internal: bool = False
) -> None:
    with translation.override(row.language):
        words = translation.gettext(text)
    _append(
        row,
        direction=Direction.OUT,
        kind=MessageKind.EVENT,
        author="bot" if actor == BOT else actor.ref,
        author_name=actor.name if actor.is_staff() else "",
        text=words,
        payload={"notice": notice.value, "owner": str(row.owner), "status": str(row.status)},
        key=None,
        at=at,
        is_internal=is_internal,
    )


def _announce(conversation_id: UUID, seq: int) -> None:
    """Tell the edge, at commit, that there is something new; it reads the row itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, %s)", [LIVE_CHANNEL, f"{current_company_code()}:{conversation_id}:{seq}"]
        )


def erase_conversation(*, conversation_id: UUID) -> int:
    """Remove what was said (a person's right to be forgotten): texts and payloads go, numbers and instants
    stay.
    """
    with transaction.atomic():
        row = _lock(conversation_id)
        return Message.objects.filter(conversation_id=row.id).update(text="", payload={}, author_name="")
