"""The only way on: an action of the present step, done by who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from motcua.companies import remembered
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.kernel.results import Invalid
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.requests import registry, rules
from motcua.requests.models import Entry
from motcua.requests.operations import once, telling
from motcua.requests.operations.refusals import (
    REQUIREMENT_SENTENCES,
    ActionUnknown,
    AlreadyClosed,
    NotNow,
    NotYours,
    ReasonMissing,
    RequirementMissing,
    Stale,
)
from motcua.requests.operations.writing import Work, open_work
from motcua.requests.states import State
from motcua.services import forms
from motcua.services.declaration import Action

PAID_ACTOR = Actor.system("ledger")


@dataclass(frozen=True)
class Advanced:
    """Where the request stands after the act."""

    request_id: UUID
    number: str
    step: str
    state: str
    was_done_before: bool = False


def advance(
    *,
    request_id: UUID,
    action: str,
    inputs: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    key: str,
    expected_step: str | None = None,
    reason: str = "",
) -> Advanced:
    """Do an action of the request's present step.

    Idempotent by `key`: the same act again answers as the first time. Lock: the key, then the request's row.
    Raises Stale when `expected_step` is not where it stands (somebody was first), AlreadyClosed, ActionUnknown,
    NotYours, ReasonMissing, RequirementMissing, Invalid with problems by input, and whatever an effect refuses.
    """
    content = {
        "request": str(request_id),
        "action": action,
        "inputs": fingerprint(dict(inputs)),
        "reason": reason,
    }
    with transaction.atomic(), remembered.steady():
        if done := once.claim(key=key, act="advance", content=content, at=at):
            return _before(done.answer or {})
        work = open_work(request_id=request_id, actor=actor, at=at, key=key, may_be_closed=True)
        view = work.save(act(work, action, inputs, reason=reason, expected_step=expected_step))
        answer = {
            "request_id": str(view.id),
            "number": view.number,
            "step": view.step,
            "state": view.state.state,
        }
        once.finish(key=key, request_id=view.id, answer=answer)
    return Advanced(view.id, view.number, view.step, view.state.state)


def act(
    work: Work, action: str, inputs: Mapping[str, Any], *, reason: str, expected_step: str | None = None
) -> dict[str, object]:
    """Decide on the locked request and do the action; what its notices may tell. Nothing is written yet."""
    chosen = _choose(work, action, expected_step, work.actor)
    clean = _clean_inputs(work, chosen, inputs)
    _require(work, chosen, reason)
    facts: dict[str, object] = {}
    if reason:
        note = work.add_note(reason, for_customer=True)
        work.append("note.added", {"note": str(note)})
        facts["reason"] = reason
    work.finish_step(chosen, clean)
    return {**facts, **_telling(clean)}


def _before(answer: Mapping[str, Any]) -> Advanced:
    return Advanced(UUID(answer["request_id"]), answer["number"], answer["step"], answer["state"], True)


def _choose(work: Work, code: str, expected_step: str | None, actor: Actor) -> Action:
    step = work.step
    if expected_step and expected_step != step.code:
        raise Stale(number=work.state.number, step=step.name.vi)
    if State(work.state.state).is_closed and not step.final:
        raise AlreadyClosed(number=work.state.number)
    offered = {action.code: action for action in step.actions if action.when.holds(work.values)}
    if code not in offered:
        raise ActionUnknown(step=step.name.vi)
    action = offered[code]
    if work.state.state == State.WAITING_PAPERS:
        raise NotNow(number=work.state.number)
    role = step.role_of(action)
    if not rules.may_act(actor, role, unit_code=work.state.unit_code, customer_id=work.state.customer_id):
        raise NotYours()
    return action


def _clean_inputs(work: Work, action: Action, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs in their stored form. What was known before counts for conditions, not as input."""
    checked = forms.validate_inputs(action, inputs, work.values)
    if checked.problems:
        raise Invalid(checked.problems)
    return dict(checked.clean)


def _require(work: Work, action: Action, reason: str) -> None:
    if action.needs_reason and not reason.strip():
        raise ReasonMissing(field="reason")
    for name in action.requires:
        if not registry.is_met(name, work.view(), work.at):
            raise RequirementMissing(requirement=name, sentence=REQUIREMENT_SENTENCES.get(name, name))


def _telling(inputs: Mapping[str, Any]) -> dict[str, object]:
    return {"answer": inputs["answer"]} if "answer" in inputs else {}


def charge_paid(charge_id: UUID, at: datetime, actor: Actor) -> None:
    """A charge became paid: note how, and let the step that waited for it go on by itself.

    Called by the ledger in its own transaction. A request that no longer waits is left where it is.
    """
    charge = ledger_queries.get_charge(charge_id)
    if charge.request_id is None:
        return
    with transaction.atomic():
        key = _paid_key(charge.request_id, charge_id)
        if once.claim(key=key, act="paid", content={"charge": str(charge_id)}, at=at):
            return
        work = open_work(request_id=charge.request_id, actor=PAID_ACTOR, at=at, key=key, may_be_closed=True)
        # Money in suspense came through a bank; that a person found what it is for makes it no cash.
        came_by_bank = not actor.is_staff() or ledger_queries.was_paid_from(charge_id, chart.SUSPENSE)
        online = came_by_bank and work.state.paid_online is not False
        owes = _owes(work)
        work.append("charge.paid", {"charge": str(charge_id), "paid_online": online, "owes": owes})
        action = work.step.system_action()
        if work.step.waits_for == "CHARGE" and action is not None and not work.state.closed_at and not owes:
            work.finish_step(action, {})
        view = work.save()
        once.finish(key=key, request_id=view.id, answer={"step": view.step})


def _paid_key(request_id: UUID, charge_id: UUID) -> str:
    """One for each time the charge is paid: a payment that was taken back may be made again."""
    before = Entry.objects.filter(
        request_id=request_id, name="charge.reopened", payload__charge=str(charge_id)
    ).count()
    return f"charge:{charge_id}:paid" + (f":{before}" if before else "")


def charge_reopened(charge_id: UUID, at: datetime, actor: Actor) -> None:
    """A payment was taken back: journal it, mark the request for business staff, ask the customer to pay again.

    Called by the ledger in its own transaction, with the charge locked. The step stays where it is: people decide.
    For a request that was refused or called off nobody owes anything; its charge is cancelled instead.
    """
    charge = ledger_queries.get_charge(charge_id)
    if charge.request_id is None:
        return
    with transaction.atomic():
        key = f"{_paid_key(charge.request_id, charge_id)}:reopened"
        if once.claim(key=key, act="reopened", content={"charge": str(charge_id)}, at=at):
            return
        work = open_work(request_id=charge.request_id, actor=PAID_ACTOR, at=at, key=key, may_be_closed=True)
        is_owed = work.state.state not in (State.REJECTED, State.CANCELLED)
        work.append(
            "charge.reopened",
            {"charge": str(charge_id), "amount_vnd": charge.remaining_vnd, "owed": is_owed, "by": actor.ref},
        )
        view = work.save()
        if is_owed:
            telling.tell_taken_back(view, charge, key=key, at=at)
        else:
            ledger_ops.cancel_charge(
                charge_id=charge_id, reason=view.state.state, actor=PAID_ACTOR, at=at, key=f"{key}:cancel"
            )
        once.finish(key=key, request_id=view.id, answer={"step": view.step})


def _owes(work: Work) -> bool:
    return any(charge.status == "OPEN" for charge in ledger_queries.list_charges(work.row.id))
