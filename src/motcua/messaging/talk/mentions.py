"""Colleagues named in a note of a conversation get a notice, if they may see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.companies import access as company_access
from motcua.companies import queries as company_queries
from motcua.kernel.actors import Actor
from motcua.kernel.mentions import names_in
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import access, conversations, queries
from motcua.messaging.models import Message
from motcua.messaging.queries import MessageView
from motcua.messaging.talk.models import TalkMention


class NobodyOfThatName(Refused):
    """A note names somebody who does not work here."""

    code = "NOBODY_OF_THAT_NAME"
    message = gettext_noop("Không có ai tên đăng nhập là %(names)s.")


def write_note(
    *, conversation_id: UUID, text: str, author: Actor, key: str | None, at: datetime
) -> MessageView:
    """A note between colleagues in a conversation. Whoever it names and may see the conversation is told, once.

    Raises NobodyOfThatName, and what `append_out` refuses. Who answers the customer stays who they are.
    """
    named = names_in(text)
    people = company_queries.list_staff_by_username(named)
    unknown = set(named) - {person.username.lower() for person in people}
    if unknown:
        raise NobodyOfThatName(field="text", names=", ".join(sorted(unknown)))
    with transaction.atomic():
        said = conversations.append_out(
            conversation_id=conversation_id, text=text, author=author, key=key, at=at, is_internal=True
        )
        if said.is_new:
            here = queries.get_conversation(conversation_id)
            message = Message.objects.get(conversation_id=conversation_id, seq=said.seq)
            TalkMention.objects.bulk_create(
                [
                    TalkMention(message=message, conversation_id=conversation_id, staff_id=person.id, at=at)
                    for person in people
                    if str(person.id) != author.id and access.may_see(company_access.actor_of(person), here)
                ],
                ignore_conflicts=True,
            )
        return said


def read(*, actor: Actor, at: datetime, conversation_id: UUID | None = None) -> int:
    """This person has read what names them: in one conversation, or everywhere. How many were new."""
    rows = TalkMention.objects.filter(staff_id=actor.id, read_at__isnull=True)
    return (rows.filter(conversation_id=conversation_id) if conversation_id else rows).update(read_at=at)


def count_unread(staff_id: str, *, most: int = 99) -> int:
    """How many notes name this person and are not read, up to a lid."""
    rows = TalkMention.objects.filter(staff_id=staff_id, read_at__isnull=True)
    return len(rows.values_list("id", flat=True)[:most])


def list_of(actor: Actor, *, limit: int = 100) -> Sequence[TalkMention]:
    """Notes that name this person, of conversations they may still see, unread ones first, then the newest."""
    rows = TalkMention.objects.filter(staff_id=actor.id).select_related("message", "conversation")
    found = [
        row
        for row in rows.order_by("-at", "-id")[:limit]
        if access.may_see(actor, queries.view_conversation(row.conversation))
    ]
    return sorted(found, key=lambda mention: mention.read_at is not None)
