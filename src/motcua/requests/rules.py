"""Pure decisions of a request: what the journal makes of its state, where an action leads, who may do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from motcua.kernel.actors import Actor, ActorKind
from motcua.requests.states import Channel, Reception, State
from motcua.services import flow
from motcua.services.declaration import CUSTOMER, SYSTEM, Action, Step, WhoseTime

SUPERVISOR = "SUPERVISOR"
# Staff who may do for a customer what the customer asks them to, on the phone or at the counter.
ACTS_FOR_CUSTOMER = ("INTAKE", "BUSINESS", "SUPERVISOR", "DESK_CLERK")
# Statuses of the portals: done here, and the result in the citizen's hands.
PORTAL_DONE, PORTAL_RETURNED = 9, 10


@dataclass(frozen=True)
class Fact:
    """One entry of the journal, as the rules see it."""

    name: str
    at: datetime
    actor: str
    payload: Mapping[str, Any]
    version: int = 1


@dataclass(frozen=True)
class RequestState:
    """The row without its key: each field is a column of `models.Request`."""

    seq: int = 0
    number: str = ""
    service_code: str = ""
    service_version: int = 0
    state: str = State.OPEN
    step: str = ""
    waiting_role: str = ""
    unit_code: str = ""
    province_code: str = ""
    customer_id: UUID | None = None
    place_id: UUID | None = None
    account_code: str = ""
    conversation_id: UUID | None = None
    channel: str = ""
    reception: str = Reception.UNKNOWN
    submitted_by: str = ""
    submitted_at: datetime | None = None
    due_at: datetime | None = None
    step_since: datetime | None = None
    step_due_at: datetime | None = None
    paused_at: datetime | None = None
    extension: str = ""
    assignee: str = ""
    portal: str = ""
    external_number: str = ""
    portal_status: int = 1
    trips: int = 0
    paid_online: bool | None = None
    papers_online: bool = True
    fully_online: bool | None = None
    settled_at: datetime | None = None
    on_time: bool | None = None
    closed_at: datetime | None = None
    energised_at: datetime | None = None
    rating: int | None = None
    reopened: int = 0
    taken_back_at: datetime | None = None  # since when money that was paid is owed again
    late_party: str = ""  # who the last explanation charges a broken promise to


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _uuid(value: Any) -> UUID | None:
    return UUID(value) if value else None


def _submitted(state: RequestState, fact: Fact) -> RequestState:
    p = fact.payload
    return replace(
        state,
        number=p["number"],
        service_code=p["service_code"],
        service_version=p["service_version"],
        unit_code=p["unit_code"],
        province_code=p["province_code"],
        customer_id=_uuid(p["customer_id"]),
        place_id=_uuid(p["place_id"]),
        account_code=p["account_code"],
        conversation_id=_uuid(p["conversation_id"]),
        channel=p["channel"],
        reception=p["reception"],
        submitted_by=fact.actor,
        submitted_at=fact.at,
        due_at=_instant(p["due_at"]),
        portal=p["portal"],
        external_number=p["external_number"],
        papers_online=p["papers_online"],
        trips=1 if p["reception"] == Reception.DIRECT else 0,
    )


def _entered(state: RequestState, fact: Fact) -> RequestState:
    """A step begins: whose turn, until when, and whether the company's clock runs."""
    p = fact.payload
    return replace(
        state,
        step=p["step"],
        waiting_role=p["role"],
        step_since=fact.at,
        step_due_at=_instant(p["step_due_at"]),
        due_at=_instant(p["due_at"]),
        paused_at=_instant(p["paused_at"]),
        portal_status=p["portal_status"],
        assignee="",
    )


def _settled(state: RequestState, fact: Fact) -> RequestState:
    return replace(
        state,
        state=State.SETTLED,
        settled_at=fact.at,
        closed_at=fact.at,
        on_time=fact.payload["on_time"],
        fully_online=fact.payload["fully_online"],
        paused_at=None,
    )


def _papers_asked(state: RequestState, fact: Fact) -> RequestState:
    return replace(
        state,
        state=State.WAITING_PAPERS,
        waiting_role=CUSTOMER,
        paused_at=state.paused_at or fact.at,
        portal_status=fact.payload["portal_status"],
    )


def _papers_given(state: RequestState, fact: Fact) -> RequestState:
    p = fact.payload
    return replace(
        state,
        state=State.OPEN,
        waiting_role=p["role"],
        due_at=_instant(p["due_at"]),
        step_due_at=_instant(p["step_due_at"]),
        paused_at=_instant(p["paused_at"]),
        portal_status=p["portal_status"],
    )


def _closed_as(state_name: State) -> Callable[[RequestState, Fact], RequestState]:
    def apply_close(state: RequestState, fact: Fact) -> RequestState:
        return replace(
            state,
            state=state_name,
            closed_at=fact.at,
            waiting_role="",
            step_due_at=None,
            paused_at=None,
            portal_status=fact.payload["portal_status"],
            taken_back_at=None,
        )

    return apply_close


def _reopened(state: RequestState, fact: Fact) -> RequestState:
    p = fact.payload
    return replace(
        state,
        state=State.OPEN,
        closed_at=None,
        settled_at=None,
        on_time=None,
        fully_online=None,
        waiting_role=p["role"],
        due_at=_instant(p["due_at"]),
        step_due_at=_instant(p["step_due_at"]),
        portal_status=p["portal_status"],
        reopened=state.reopened + 1,
    )


def _extended(state: RequestState, fact: Fact) -> RequestState:
    return replace(state, extension=fact.payload["code"], due_at=_instant(fact.payload["due_at"]))


def _copied(*names: str) -> Callable[[RequestState, Fact], RequestState]:
    def apply_copy(state: RequestState, fact: Fact) -> RequestState:
        return replace(state, **{name: fact.payload[name] for name in names})

    return apply_copy


def _energised(state: RequestState, fact: Fact) -> RequestState:
    return replace(
        state, energised_at=_instant(fact.payload["energised_at"]), account_code=fact.payload["account_code"]
    )


def _paid(state: RequestState, fact: Fact) -> RequestState:
    """Money came. What was taken back stays marked as long as anything is owed."""
    still_owes = bool(fact.payload.get("owes"))
    return replace(
        state,
        paid_online=fact.payload["paid_online"],
        taken_back_at=state.taken_back_at if still_owes else None,
    )


def _taken_back(state: RequestState, fact: Fact) -> RequestState:
    """A bank took a payment back. Nobody owes for a request that was refused or called off."""
    return replace(state, taken_back_at=(state.taken_back_at or fact.at) if fact.payload["owed"] else None)


def _unchanged(state: RequestState, fact: Fact) -> RequestState:
    return state


APPLY: Mapping[str, Callable[[RequestState, Fact], RequestState]] = {
    "request.submitted": _submitted,
    "step.entered": _entered,
    "step.done": _unchanged,
    "request.settled": _settled,
    "papers.asked": _papers_asked,
    "papers.given": _papers_given,
    "paper.added": _unchanged,
    "request.rejected": _closed_as(State.REJECTED),
    "request.cancelled": _closed_as(State.CANCELLED),
    "request.reopened": _reopened,
    "request.objected": _unchanged,
    "promise.extended": _extended,
    "request.assigned": _copied("assignee"),
    "request.routed": _copied("unit_code"),
    "charge.paid": _paid,
    "charge.reopened": _taken_back,
    "trip.recorded": lambda state, fact: replace(state, trips=state.trips + 1),
    "supply.energised": _energised,
    "account.changed": _copied("account_code"),
    "customer.rated": _copied("rating"),
    "customer.reminded": _unchanged,
    "result.handed": _copied("portal_status"),
    "note.added": _unchanged,
    "late.explained": lambda state, fact: replace(state, late_party=fact.payload["party"]),
    "data.erased": _unchanged,
}


def apply(state: RequestState, fact: Fact) -> RequestState:
    """The state after one more entry. KeyError for a name the journal does not know: that is a bug."""
    fact = upcast(fact)
    return replace(APPLY[fact.name](state, fact), seq=state.seq + 1)


def upcast(fact: Fact) -> Fact:
    """An entry of an older version in today's shape. There is one version so far."""
    return fact


def replay(facts: Iterable[Fact]) -> RequestState:
    """The state a whole journal leads to."""
    state = RequestState()
    for fact in facts:
        state = apply(state, fact)
    return state


def offered_actions(step: Step, values: Mapping[str, Any]) -> list[Action]:
    """The actions of the step that make sense with what is known, the system's own left out."""
    return [action for action in flow.list_actions(step, values) if step.role_of(action) != SYSTEM]


def may_act(actor: Actor, role: str, *, unit_code: str, customer_id: UUID | None, portal: str = "") -> bool:
    """Whether this actor may do what this role does for a request of this unit and customer.

    The portal whose dossier the request is passes on what its citizen wants.
    """
    if role == SYSTEM:
        return actor.kind is ActorKind.SYSTEM
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.kind is ActorKind.STAFF:
        allowed = ACTS_FOR_CUSTOMER if role == CUSTOMER else (role, SUPERVISOR)
        return actor.has_role(*allowed) and unit_code in actor.unit_codes
    if actor.kind is ActorKind.PARTNER:
        return role == CUSTOMER and bool(portal) and actor.id == portal
    return role == CUSTOMER and actor.is_customer(customer_id)


def portal_status_of(step: Step, state: RequestState) -> int:
    """The status a portal sees at this step. What was asked face to face for a portal is returned when it is handed over."""
    if step.portal_status == PORTAL_RETURNED and state.channel == Channel.DESK:
        return PORTAL_DONE
    return step.portal_status


def stops_clock(step: Step) -> bool:
    """Whether the company's promise stands still at this step."""
    return step.clock is not WhoseTime.COMPANY


def is_fully_online(*, trips: int, paid_online: bool | None, papers_online: bool, reception: str) -> bool:
    """Level 4: no office, what was due paid online, papers given electronically or at home (design, section 9)."""
    return trips == 0 and paid_online is not False and papers_online and reception == Reception.INDIRECT
