"""The only way to get a conversation for somebody. What one may not see is not found, in the same words."""

from __future__ import annotations

from uuid import UUID

from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.messaging import queries
from motcua.messaging.queries import ConversationView
from motcua.messaging.writing import ConversationNotFound

READERS = frozenset({Role.INTAKE.value, Role.BUSINESS.value, Role.SUPERVISOR.value})


def access_as_visitor(*, conversation_id: UUID, visitor_id: UUID) -> ConversationView:
    """The visitor's own conversation."""
    found = queries.find_conversation(conversation_id)
    if found is None or found.visitor_id != visitor_id:
        raise ConversationNotFound
    return found


def access_as_staff(*, conversation_id: UUID, actor: Actor) -> ConversationView:
    """A conversation for staff: of their units or of none yet, or the one they answer."""
    found = queries.find_conversation(conversation_id)
    if found is None or not may_see(actor, found):
        raise ConversationNotFound
    return found


def may_see(actor: Actor, found: ConversationView) -> bool:
    """Whether a member of staff may see this conversation."""
    if not actor.is_staff():
        return False
    if found.staff_id and found.staff_id == actor.id:
        return True
    if not actor.has_role(*READERS):
        return False
    return not (found.unit_code and actor.unit_codes and found.unit_code not in actor.unit_codes)
