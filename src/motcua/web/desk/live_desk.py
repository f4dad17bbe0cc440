"""Where the desk's pages hear what is new."""

from __future__ import annotations

from motcua.channels import live
from motcua.companies.context import current_company_code
from motcua.messaging.queries import ConversationView
from motcua.web.context import edge_base
from motcua.web.staff_pages import StaffRequest


def list_stream(request: StaffRequest) -> str:
    """Address of the stream of this person's lists: of their units, as the lists themselves."""
    return live.desk_stream_url(
        edge_base=edge_base(request),
        company_code=current_company_code(),
        staff_id=request.actor.id,
        unit_codes=request.actor.unit_codes or None,
    )


def talk_stream(request: StaffRequest, here: ConversationView) -> str:
    """Address of the stream of one conversation, notes among colleagues included."""
    return live.stream_url(
        edge_base=edge_base(request),
        company_code=current_company_code(),
        conversation_id=here.id,
        after=here.last_seq,
        scope=live.STAFF,
        who=request.actor.id,
        name=request.actor.name,
    )
