"""What the assistant holds of somebody: where their conversations stand. It goes with them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from motcua.assistant.models import DialogueState
from motcua.customers import queries as customer_queries
from motcua.customers import registry
from motcua.messaging import queries as messaging_queries

MOST = 1000


def forget(customer_id: UUID, at: datetime) -> None:
    """An erased customer's conversations are taken up from nothing: what was asked may hold a phone or an address."""
    for id in customer_queries.list_ids(customer_id):
        talks = messaging_queries.list_conversations(customer_id=id, limit=MOST)
        DialogueState.objects.filter(conversation_id__in=[talk.id for talk in talks]).delete()


registry.on_erasure("assistant", forget)
