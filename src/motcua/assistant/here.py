"""Where a turn takes place: a conversation, at an instant, with whom it is proven to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from motcua.companies import queries as company_queries
from motcua.customers import queries as customer_queries
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.messaging.queries import ConversationView
from motcua.requests import queries as request_queries
from motcua.requests.queries import DraftView

OWN_CHANNEL = "WEBCHAT"  # its visitors prove themselves to the page they sit at


@dataclass(frozen=True)
class Here:
    conversation: ConversationView
    at: datetime
    customer_id: UUID | None = None

    @property
    def today(self) -> date:
        return local_time.local_date(self.at)

    @property
    def language(self) -> str:
        return "en" if self.conversation.language.startswith("en") else "vi"

    @property
    def actor(self) -> Actor:
        if self.customer_id is not None:
            return Actor.customer(self.customer_id)
        return Actor.anonymous(self.conversation.visitor_id or self.conversation.id)

    def unit_or_centre(self) -> str:
        """Whose people are to answer: the conversation's unit, or the customer centre while no place is known."""
        return self.conversation.unit_code or company_queries.get_centre().code

    def drafts(self) -> list[DraftView]:
        """The customer's open drafts, whichever door they were begun at, the last touched first: one a service."""
        talk = self.conversation
        found = request_queries.list_open_drafts(talk.visitor_id, conversation_id=talk.id)
        return list({draft.service_code: draft for draft in reversed(found)}.values())[::-1]


def here(conversation: ConversationView, at: datetime) -> Here:
    return Here(conversation, at, proven_customer(conversation))


def proven_customer(conversation: ConversationView) -> UUID | None:
    """Who it is proven to be now: by the visitor's own proof in our chat; elsewhere by the address they write from, as long
    as it is linked. What staff wrote into the conversation alone opens nothing.
    """
    if conversation.channel == OWN_CHANNEL:
        return customer_queries.survivor_id(conversation.customer_id) if conversation.customer_id else None
    handle = customer_queries.find_handle(conversation.channel, conversation.address)
    if handle is None or handle.customer_id is None:
        return None
    return customer_queries.survivor_id(handle.customer_id)
