"""Tickets for the live stream: a page signs which conversation its reader may hear, the edge checks and plays
it.

EventSource cannot send headers, and the edge may be another origin, so the right to hear is in the address: signed,
for one conversation of one company, for a few minutes. A stream lasts no longer than a ticket; a new one needs a new one.
The same ticket lets its holder say that they are typing. A ticket of the desk lets staff hear which conversations of
their units changed, and nothing of what was said in them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing

LIFE_SECONDS = 15 * 60
CUSTOMER = "customer"
STAFF = "staff"


@dataclass(frozen=True)
class Ticket:
    """Whose stream it is; `who` and `name` are of the member of staff, empty for the customer, who hears one leg alone."""

    conversation_id: UUID
    scope: str
    who: str = ""
    name: str = ""
    leg_id: UUID | None = None


@dataclass(frozen=True)
class DeskTicket:
    """Whose list it is, and of which units; None means every unit."""

    staff_id: str
    units: frozenset[str] | None

    def is_about(self, *, unit_code: str, staff_id: str) -> bool:
        """Whether a conversation stands in this list: mine, of no unit yet, or of a unit of mine."""
        is_theirs = bool(staff_id) and staff_id == self.staff_id
        return is_theirs or not unit_code or self.units is None or unit_code in self.units


def _salt(company_code: str) -> str:
    return f"motcua.live:{company_code}"


def _desk_salt(company_code: str) -> str:
    return f"motcua.live.desk:{company_code}"


def make_ticket(
    *,
    company_code: str,
    conversation_id: UUID,
    scope: str = CUSTOMER,
    who: str = "",
    name: str = "",
    leg_id: UUID | None = None,
) -> str:
    """The right to hear a conversation: as its customer on one leg, or as staff (who hear all, and their notes)."""
    leg = leg_id.hex if leg_id else ""
    return signing.dumps([conversation_id.hex, scope, who, name[:60], leg], salt=_salt(company_code))


def read_ticket(ticket: str, *, company_code: str, life_seconds: int = LIFE_SECONDS) -> Ticket | None:
    """What the ticket allows; None when it is false, of another company, or too old."""
    try:
        conversation, scope, who, name, leg = signing.loads(
            ticket, salt=_salt(company_code), max_age=life_seconds
        )
        return Ticket(UUID(hex=conversation), scope, who, name, UUID(hex=leg) if leg else None)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def stream_url(
    *,
    edge_base: str,
    company_code: str,
    conversation_id: UUID,
    after: int = 0,
    scope: str = CUSTOMER,
    who: str = "",
    name: str = "",
    leg_id: UUID | None = None,
) -> str:
    """Address of the stream of a conversation from message `after` on; with `/sign` behind its path, of saying that one
    types.
    """
    ticket = make_ticket(
        company_code=company_code,
        conversation_id=conversation_id,
        scope=scope,
        who=who,
        name=name,
        leg_id=leg_id,
    )
    return f"{edge_base}/live/conversation/{conversation_id}?{urlencode({'after': after, 'ticket': ticket})}"


def desk_stream_url(
    *, edge_base: str, company_code: str, staff_id: str, unit_codes: Collection[str] | None
) -> str:
    """Address of the stream that tells which conversations in this person's lists changed."""
    units = None if unit_codes is None else sorted(unit_codes)
    ticket = signing.dumps([staff_id, units], salt=_desk_salt(company_code), compress=True)
    return f"{edge_base}/live/desk?{urlencode({'ticket': ticket})}"


def read_desk_ticket(
    ticket: str, *, company_code: str, life_seconds: int = LIFE_SECONDS
) -> DeskTicket | None:
    """What the ticket allows; None when it is false, of another company, or too old."""
    try:
        staff_id, units = signing.loads(ticket, salt=_desk_salt(company_code), max_age=life_seconds)
        return DeskTicket(staff_id, None if units is None else frozenset(units))
    except (signing.BadSignature, ValueError, TypeError):
        return None
