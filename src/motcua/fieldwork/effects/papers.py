"""The contract to be signed at the visit, and what must be there before the visit can end."""

from __future__ import annotations

from datetime import datetime

from motcua.documents import queries as document_queries
from motcua.fieldwork import contracts, operations
from motcua.requests import registry
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.services import flow
from motcua.services.declaration import Give, Need


@registry.effect("prepare_pack")
def prepare_pack(context: EffectContext) -> None:
    """The contract with what is known now; a name put right makes a new one, to be signed anew."""
    name = context.request.answers.get("full_name")
    if context.action and name:
        operations.correct_contact(
            request_id=context.request.id, contact_name=str(name), actor=context.actor, at=context.at
        )
    contracts.prepare_pack(context.request, actor=context.actor, at=context.at)


@registry.requirement("PACK_SIGNED")
def is_pack_signed(view: RequestView, at: datetime) -> bool:
    return contracts.is_signed(view.id)


@registry.requirement("PHOTOS_TAKEN")
def are_photos_taken(view: RequestView, at: datetime) -> bool:
    """Whether every picture that must be taken at the visit is there."""
    given = {document.kind for document in document_queries.list_documents(contracts.SUBJECT, view.id)}
    wanted = flow.list_papers(view.service, view.values)
    return all(
        paper.code in given
        for paper in wanted
        if paper.need is Need.MANDATORY and paper.give == (Give.AT_VISIT,)
    )
