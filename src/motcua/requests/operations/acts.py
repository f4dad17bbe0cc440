"""What can be done with any request, whatever its declaration: send back, reject, cancel, reopen, assign ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from motcua.companies.models import Unit
from motcua.companies.operations import UnitUnknown
from motcua.kernel.actors import Actor, ActorKind
from motcua.ledger import operations as ledger_ops
from motcua.messaging import operations as messaging_ops
from motcua.messaging.templates import Template
from motcua.requests import notice_texts, rules
from motcua.requests.operations import once, telling
from motcua.requests.operations.refusals import AlreadyClosed, NotNow, NotYours, ReasonMissing
from motcua.requests.operations.writing import Work, _iso, _lines, open_work
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services.declaration import CUSTOMER

PORTAL_PAPERS, PORTAL_REJECTED, PORTAL_WITHDRAWN, PORTAL_WORKING = 5, 3, 7, 4

# Acts that end a request cancel its charges: those are locked first, as paying does, or the two would wait for each other.
ENDS = frozenset({"reject", "cancel"})


def _act(
    name: str,
    *,
    request_id: UUID,
    actor: Actor,
    at: datetime,
    key: str,
    content: Mapping[str, Any],
    may_be_closed: bool = False,
) -> Work | None:
    """Claim the key and lock the request; None when this act was done before. Call inside a transaction."""
    if once.claim(key=key, act=name, content={"request": str(request_id), **content}, at=at):
        return None
    if name in ENDS:
        ledger_ops.lock_charges_of(request_id)
    return open_work(request_id=request_id, actor=actor, at=at, key=key, may_be_closed=may_be_closed)


def _finish(work: Work, telling_facts: Mapping[str, object] | None = None) -> RequestView:
    view = work.save(telling_facts)
    once.finish(key=work.key, request_id=view.id, answer={"state": view.state.state, "step": view.step})
    return view


def _require_staff(work: Work, *roles: str) -> None:
    allowed = (*roles, rules.SUPERVISOR)
    actor = work.actor
    if actor.kind is ActorKind.SYSTEM:
        return
    if not (actor.is_staff() and actor.has_role(*allowed) and work.state.unit_code in actor.unit_codes):
        raise NotYours()


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonMissing(field="reason")
    return text.strip()


def _tell(
    view: RequestView, what: str, template: Template, *, at: datetime, facts: Mapping[str, object]
) -> None:
    messaging_ops.notify(
        key=f"{view.id}:{view.state.seq}:{what}",
        at=at,
        customer_id=view.customer_id,
        phone=telling.phone_of(view),
        request_id=view.id,
        conversation_id=view.state.conversation_id,
        template=template.code,
        params={**telling.facts_of(view), **facts},
        important=True,
    )


def ask_papers(
    *, request_id: UUID, papers: Sequence[str], reason: str, actor: Actor, at: datetime, key: str
) -> None:
    """Send back for more papers, with what is missing and why: the company's clock stands until they come.

    Raises NotYours, ReasonMissing, NotNow when it waits for papers already, KeyError for an undeclared paper.
    """
    with transaction.atomic():
        work = _act("ask_papers", request_id=request_id, actor=actor, at=at, key=key,
                    content={"papers": list(papers), "reason": reason})  # fmt: skip
        if work is None:
            return
        _require_staff(work, work.step.role, "BUSINESS", "INTAKE")
        if work.state.state != State.OPEN:
            raise NotNow(number=work.state.number)
        names = [work.service.paper(code).name for code in papers]
        note = work.add_note(_reason(reason), for_customer=True)
        work.data.papers_asked = list(papers)
        work.append(
            "papers.asked", {"papers": list(papers), "note": str(note), "portal_status": PORTAL_PAPERS}
        )
        view = _finish(work)
        _tell(
            view,
            "papers",
            notice_texts.PAPERS_ASKED,
            at=at,
            facts={
                "papers_vi": ", ".join(name.vi for name in names),
                "papers_en": ", ".join(name.en for name in names),
                "reason": reason.strip(),
            },
        )


def add_papers(
    *,
    request_id: UUID,
    papers: Sequence[str],
    documents: Sequence[UUID],
    actor: Actor,
    at: datetime,
    key: str,
) -> None:
    """The customer gave papers (stored already). When they had been asked for, work goes on and the deadline moves.

    Raises AlreadyClosed.
    """
    with transaction.atomic():
        work = _act("add_papers", request_id=request_id, actor=actor, at=at, key=key,
                    content={"papers": list(papers), "documents": [str(d) for d in documents]})  # fmt: skip
        if work is None:
            return
        for paper, document in zip(papers, documents, strict=False):
            work.append("paper.added", {"paper": paper, "document": str(document)})
        missing = [code for code in work.data.papers_asked if code not in papers]
        work.data.papers_asked = missing
        if work.state.state == State.WAITING_PAPERS and not missing:
            _resume(work)
        _finish(work)


def _resume(work: Work) -> None:
    """Back to the step where it stood, with the time it waited given back."""
    step = work.step
    stays_paused = rules.stops_clock(step)
    deadline = work.calendar.add(work.at, step.within) if step.within else None
    work.data.step_due_lines = _lines(deadline)
    work.append(
        "papers.given",
        {
            "role": step.role,
            "due_at": _iso(work.state.due_at if stays_paused else work.resumed_due_at()),
            "step_due_at": _iso(deadline.at if deadline else None),
            "paused_at": _iso(work.state.paused_at if stays_paused else None),
            "portal_status": step.portal_status,
        },
    )


def reject(*, request_id: UUID, reason: str, actor: Actor, at: datetime, key: str) -> None:
    """Refuse the request, with the reason and how to object. Raises NotYours, ReasonMissing, NotNow."""
    with transaction.atomic():
        work = _act("reject", request_id=request_id, actor=actor, at=at, key=key, content={"reason": reason})
        if work is None:
            return
        _require_staff(work, work.step.role, "BUSINESS")
        if not work.step.allows_reject:
            raise NotNow(number=work.state.number)
        note = work.add_note(_reason(reason), for_customer=True)
        work.close("request.rejected", {"note": str(note), "portal_status": PORTAL_REJECTED})
        view = _finish(work)
        _tell(
            view,
            "rejected",
            notice_texts.REJECTED,
            at=at,
            facts={"reason": reason.strip()},
        )


def cancel(*, request_id: UUID, actor: Actor, at: datetime, key: str, reason: str = "") -> None:
    """The customer wants it no more (or staff on their word). Raises NotYours, NotNow once work cannot be undone.

    What the company ordered of itself it may call off by itself at any step.
    """
    with transaction.atomic():
        work = _act("cancel", request_id=request_id, actor=actor, at=at, key=key, content={"reason": reason})
        if work is None:
            return
        if not rules.may_act(
            actor, CUSTOMER, unit_code=work.state.unit_code, customer_id=work.state.customer_id,
            portal=work.state.portal,
        ):  # fmt: skip
            raise NotYours()
        is_own = work.service.is_internal and actor.kind is ActorKind.SYSTEM
        if not (work.step.allows_cancel or is_own):
            raise NotNow(number=work.state.number)
        note = str(work.add_note(reason.strip(), for_customer=True)) if reason.strip() else ""
        work.close("request.cancelled", {"note": note, "portal_status": PORTAL_WITHDRAWN})
        view = _finish(work)
        if work.service.is_internal:  # nobody asked for it
            return
        _tell(
            view,
            "cancelled",
            notice_texts.CANCELLED,
            at=at,
            facts={},
        )


def reopen(*, request_id: UUID, reason: str, actor: Actor, at: datetime, key: str, step: str = "") -> None:
    """A supervisor takes a closed request up again at its step (or an earlier one), with a reason.

    The promise counts anew from here. Raises NotYours, ReasonMissing, NotNow when it is open.
    """
    with transaction.atomic():
        work = _act("reopen", request_id=request_id, actor=actor, at=at, key=key,
                    content={"reason": reason, "step": step}, may_be_closed=True)  # fmt: skip
        if work is None:
            return
        _require_staff(work)
        if not State(work.state.state).is_closed:
            raise NotNow(number=work.state.number)
        target = work.service.step(step or _last_working_step(work))
        note = work.add_note(_reason(reason), for_customer=False)
        due = work.calendar.add(at, work.promise_span())
        work.data.due_lines = _lines(due)
        work.append(
            "request.reopened",
            {
                "note": str(note),
                "role": target.role,
                "due_at": _iso(due.at),
                "step_due_at": None,
                "portal_status": PORTAL_WORKING,
            },
        )
        work.enter(target)
        _finish(work)


def _last_working_step(work: Work) -> str:
    """Where a closed request goes on: its step, or the last one that was somebody's work."""
    step = work.step
    if not step.final:
        return step.code
    own = [s for s in work.service.steps if not s.final and s.role not in {"SYSTEM", CUSTOMER}]
    return own[-1].code


def object_to(*, request_id: UUID, text: str, actor: Actor, at: datetime, key: str) -> None:
    """The customer disagrees with a rejection or a result: kept, and shown to supervisors. Raises NotYours."""
    with transaction.atomic():
        work = _act("object", request_id=request_id, actor=actor, at=at, key=key, content={"text": text},
                    may_be_closed=True)  # fmt: skip
        if work is None:
            return
        if not rules.may_act(
            actor, CUSTOMER, unit_code=work.state.unit_code, customer_id=work.state.customer_id
        ):
            raise NotYours()
        note = work.add_note(_reason(text), for_customer=True)
        work.append("request.objected", {"note": str(note)})
        _finish(work)


def assign(*, request_id: UUID, assignee: str, actor: Actor, at: datetime, key: str) -> None:
    """Give the request to one person of the unit ("staff:<id>"), or to nobody (""). Raises NotYours."""
    with transaction.atomic():
        work = _act(
            "assign", request_id=request_id, actor=actor, at=at, key=key, content={"assignee": assignee}
        )
        if work is None:
            return
        _require_staff(work, "INTAKE", "BUSINESS", "CREW")
        work.append("request.assigned", {"assignee": assignee})
        _finish(work)


def reroute(*, request_id: UUID, unit_code: str, reason: str, actor: Actor, at: datetime, key: str) -> None:
    """Hand the request to another unit of the company. Raises UnitUnknown, NotYours, ReasonMissing."""
    with transaction.atomic():
        work = _act("reroute", request_id=request_id, actor=actor, at=at, key=key,
                    content={"unit": unit_code, "reason": reason})  # fmt: skip
        if work is None:
            return
        _require_staff(work, "INTAKE", "BUSINESS")
        if not Unit.objects.filter(code=unit_code).exists():
            raise UnitUnknown(field="unit", unit=unit_code)
        note = work.add_note(_reason(reason), for_customer=False)
        work.append("request.routed", {"unit_code": unit_code, "note": str(note)})
        _finish(work)


def record_trip(*, request_id: UUID, actor: Actor, at: datetime, key: str) -> None:
    """The customer came to an office for this request. Raises NotYours, AlreadyClosed."""
    with transaction.atomic():
        work = _act("trip", request_id=request_id, actor=actor, at=at, key=key, content={})
        if work is None:
            return
        _require_staff(work, "INTAKE", "BUSINESS", "DESK_CLERK")
        work.append("trip.recorded", {})
        _finish(work)


def add_note(
    *, request_id: UUID, text: str, actor: Actor, at: datetime, key: str, for_customer: bool = False
) -> None:
    """A remark of a colleague, for colleagues unless said otherwise; or of the portal whose dossier it is.

    Raises ReasonMissing when empty, NotYours.
    """
    with transaction.atomic():
        work = _act("note", request_id=request_id, actor=actor, at=at, key=key, content={"text": text},
                    may_be_closed=True)  # fmt: skip
        if work is None:
            return
        if not (actor.kind is ActorKind.PARTNER and actor.id == work.state.portal):
            _require_staff(work, "INTAKE", "BUSINESS", "CREW", "DESK_CLERK")
        note = work.add_note(_reason(text), for_customer=for_customer)
        work.append("note.added", {"note": str(note)})
        _finish(work)


def explain_late(*, request_id: UUID, party: str, reason: str, actor: Actor, at: datetime, key: str) -> None:
    """Why a promise broke, and who it is charged to (COMPANY, CUSTOMER, THIRD_PARTY). Raises AlreadyClosed."""
    with transaction.atomic():
        work = _act("late", request_id=request_id, actor=actor, at=at, key=key,
                    content={"party": party, "reason": reason}, may_be_closed=True)  # fmt: skip
        if work is None:
            return
        _require_staff(work, "BUSINESS", "INTAKE", "CREW")
        if work.state.due_at is None or (work.state.closed_at or at) <= work.state.due_at:
            raise AlreadyClosed(number=work.state.number)
        note = work.add_note(_reason(reason), for_customer=False)
        work.append("late.explained", {"party": party, "note": str(note)})
        _finish(work)
