"""A request ended: nobody goes any more, papers get their last day, and what was copied is erased with the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from motcua.documents import operations as document_ops
from motcua.fieldwork import contracts, operations, queries
from motcua.fieldwork.states import VisitStatus
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.requests import registry
from motcua.requests.queries import RequestView


@registry.under_way
def is_crew_on_the_way(view: RequestView) -> bool:
    """Whether a crew has pressed that it is going there."""
    visit = queries.find_open_visit(view.id)
    return visit is not None and visit.status == VisitStatus.ON_THE_WAY


@registry.on_closed
def close_fieldwork(view: RequestView, actor: Actor, at: datetime) -> None:
    """Nobody goes to a request that ended, and its sensitive papers get their last day."""
    operations.cancel_open_visits(request_id=view.id, actor=actor, at=at, key=f"closed:{view.state.seq}")
    draft = request_queries.find_draft_of(view.id)
    subjects = [(contracts.SUBJECT, view.id), *([("draft", draft.id)] if draft else [])]
    for subject_type, subject_id in subjects:
        document_ops.schedule_deletion(
            subject_type=subject_type, subject_id=subject_id, ended_on=local_date(at)
        )


@registry.together(close_fieldwork)
def close_fieldwork_of_many(acts: Sequence[registry.Written]) -> None:
    """The same for many requests: who has a visit ahead, a draft or papers is asked once for all."""
    ids = [act.request.id for act in acts]
    visits, drafts = queries.list_open_visits(ids), request_queries.list_drafts_of(ids)
    ended: list[tuple[str, object, date]] = []
    for act in acts:
        view = act.request
        if view.id in visits:
            operations.cancel_open_visits(
                request_id=view.id, actor=act.actor, at=act.at, key=f"closed:{view.state.seq}"
            )
        ended.append((contracts.SUBJECT, view.id, local_date(act.at)))
        if view.id in drafts:
            ended.append(("draft", drafts[view.id], local_date(act.at)))
    document_ops.schedule_deletions(ended)


@registry.on_erased
def erase_visits(view: RequestView, actor: Actor, at: datetime) -> None:
    """What visits copied of the customer goes with the request's own values."""
    operations.erase_contacts(request_id=view.id)
