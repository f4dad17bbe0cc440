"""Effects that need no room above this one, and the step that waits for money."""

from __future__ import annotations

from datetime import datetime

from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry as ledger_registry
from motcua.requests import registry
from motcua.requests.operations import advancing
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.services import flow
from motcua.tariffs import queries as tariff_queries


@registry.effect("create_parties")
def create_parties(context: EffectContext) -> None:
    """At the door of the request the parties are made by `submit`; later it corrects a wrong name on record."""
    name = context.inputs.get("full_name")
    if not name or context.request.customer_id is None:
        return
    customer_ops.correct_name(
        customer_id=context.request.customer_id,
        full_name=str(name),
        reason=f"{context.request.number}: {context.action}",
        actor=context.actor,
        at=context.at,
    )
    context.answer(
        {key: context.inputs[key] for key in ("full_name", "id_number") if context.inputs.get(key)}
    )


@registry.effect("raise_charge")
def raise_charge(context: EffectContext) -> None:
    """What the declaration's fee comes to with what is known now, with the VAT of the day."""
    view = context.request
    fee = view.service.fee
    amount = flow.fee_vnd(view.service, view.values)
    if fee is None or amount <= 0:
        return
    ledger_ops.raise_charge(
        kind=fee.kind,
        amount_vnd=amount,
        vat_rate=tariff_queries.vat_rate(fee.vat_kind, local_date(context.at)),
        customer_id=view.customer_id,
        request_id=view.id,
        unit_code=view.unit_code,
        description=view.number,
        actor=context.actor,
        at=context.at,
        key=context.key,
    )


@registry.effect("extend_promise")
def extend_promise(context: EffectContext) -> None:
    """The longer promise itself is set with the step; named in a declaration to say so."""


@registry.effect("record_rating")
def record_rating(context: EffectContext) -> None:
    context.journal("customer.rated", {"rating": int(context.inputs["score"])})


@registry.requirement("CHARGE_PAID")
def is_charge_paid(view: RequestView) -> bool:
    return all(charge.status != "OPEN" for charge in ledger_queries.list_charges(view.id))


@registry.on_closed
def cancel_open_charges(view: RequestView, actor: Actor, at: datetime) -> None:
    """Nobody owes for a request that was refused or called off."""
    if view.state.settled_at is not None:
        return
    for charge in ledger_queries.list_charges(view.id):
        if charge.status == "OPEN":
            ledger_ops.cancel_charge(
                charge_id=charge.id, reason=view.state.state, actor=actor, at=at, key=f"{charge.id}:cancel"
            )


ledger_registry.on_charge_paid(advancing.charge_paid)
ledger_registry.on_charge_reopened(advancing.charge_reopened)
