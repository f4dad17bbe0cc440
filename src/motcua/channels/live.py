"""Tickets for the live stream: a page signs which conversation its reader may hear, the edge checks and plays
it.

EventSource cannot send headers, and the edge may be another origin, so the right to hear is in the address:
signed,
for one conversation of one company, for a few minutes. A stream that has begun goes on; a new one needs a new
ticket.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing

LIFE_SECONDS = 15 * 60
CUSTOMER = "customer"
STAFF = "staff"


@dataclass(frozen=True)
class Ticket:
    conversation_id: UUID
    scope: str


def _salt(company_code: str) -> str:
    return f"motcua.live:{company_code}"


def make_ticket(*, company_code: str, conversation_id: UUID, scope: str = CUSTOMER) -> str:
    """The right to hear a conversation: as its customer, or as staff (who hear notes between colleagues
    too).
    """
    return signing.dumps([conversation_id.hex, scope], salt=_salt(company_code))


def read_ticket(ticket: str, *, company_code: str, life_seconds: int = LIFE_SECONDS) -> Ticket | None:
    """What the ticket allows; None when it is false, of another company, or too old."""
    try:
        conversation, scope = signing.loads(ticket, salt=_salt(company_code), max_age=life_seconds)
        return Ticket(UUID(hex=conversation), scope)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def stream_url(
    *, edge_base: str, company_code: str, conversation_id: UUID, after: int = 0, scope: str = CUSTOMER
) -> str:
    """Address of the stream of a conversation from message `after` on."""
    ticket = make_ticket(company_code=company_code, conversation_id=conversation_id, scope=scope)
    return f"{edge_base}/live/conversation/{conversation_id}?{urlencode({'after': after, 'ticket': ticket})}"
