"""Effects that need no room above this one, and the step that waits for money."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.kernel.local_time import day_bounds, local_date
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry as ledger_registry
from motcua.messaging import operations as messaging_ops
from motcua.requests import notice_texts, registry
from motcua.requests.operations import advancing, telling
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.services import flow
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.tariffs import queries as tariff_queries

BILL = "TD"  # the kind of charge of an electricity bill
INFO_FIELDS = ("full_name", "phone", "email", "contact_address")


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
    on = local_date(context.at)
    prices = {code: tariff_queries.fee_vnd(code, on) for code in flow.list_tariffs(view.service)}
    amount = flow.fee_vnd(view.service, view.values, prices)
    if fee is None or amount <= 0:
        return
    ledger_ops.raise_charge(
        kind=fee.kind,
        amount_vnd=amount,
        vat_rate=tariff_queries.vat_rate(fee.vat_kind, on),
        customer_id=view.customer_id,
        request_id=view.id,
        unit_code=view.unit_code,
        account_code=view.state.account_code,
        due_at=_due_at(view.values.get("fee_due_on")),
        description=view.number,
        actor=context.actor,
        at=context.at,
        key=context.key,
    )


def _due_at(day: object) -> datetime | None:
    """The end of the day until which a fee may be paid; most have none: a step waits for them."""
    return day_bounds(date.fromisoformat(str(day)))[1] if day else None


@registry.effect("extend_promise")
def extend_promise(context: EffectContext) -> None:
    """The longer promise itself is set with the step; named in a declaration to say so."""


@registry.effect("record_rating")
def record_rating(context: EffectContext) -> None:
    context.journal("customer.rated", {"rating": int(context.inputs["score"])})


@registry.requirement("CHARGE_PAID")
def is_charge_paid(view: RequestView, at: datetime) -> bool:
    return all(charge.status != "OPEN" for charge in ledger_queries.list_charges(view.id))


@registry.requirement("DEBT_SETTLED")
def is_debt_settled(view: RequestView, at: datetime) -> bool:
    """Nothing is owed on the account, or whoever takes the contract over takes the debt too."""
    if view.values.get("takes_over_debt") is True:
        return True
    balance = supply_queries.find_balance(view.state.account_code)
    if balance is not None and balance.amount_vnd > 0:
        return False
    contract = supply_queries.find_contract(view.state.account_code)
    if contract is None:
        return True
    owed = ledger_queries.list_charges_of_customer(contract.customer_id, open_only=True)
    return not any(charge.kind == BILL and charge.request_id != view.id for charge in owed)


@registry.requirement("LETTER_TIME_OVER")
def is_letter_time_over(view: RequestView, at: datetime) -> bool:
    return view.state.step_due_at is None or at >= view.state.step_due_at


@registry.effect("write_to_old_holder")
def write_to_old_holder(context: EffectContext) -> None:
    """Tell whoever holds the contract now that somebody asks for it, and until when they may object."""
    view = context.request
    contract = supply_queries.find_contract(view.state.account_code)
    if contract is None:
        raise supply_ops.ContractUnknown(field="account_code")
    until = view.state.step_due_at or context.at
    old_holder = customer_queries.find_customer(customer_queries.survivor_id(contract.customer_id))
    messaging_ops.notify(
        key=context.key,
        at=context.at,
        customer_id=contract.customer_id,
        phone=old_holder.phone or None if old_holder else None,
        template=notice_texts.OLD_HOLDER.code,
        params={**telling.facts_of(view), "until": telling.format_instant(until)},
        important=True,
    )


@registry.effect("change_info")
def change_info(context: EffectContext) -> None:
    """What is on record about the holder of the account becomes what was asked for, once staff made sure who asks."""
    view = context.request
    contract = supply_queries.find_contract(view.state.account_code)
    if contract is None:
        raise supply_ops.ContractUnknown(field="account_code")
    changes = {
        name: str(view.answers[f"new_{name}"]) for name in INFO_FIELDS if view.answers.get(f"new_{name}")
    }
    customer_ops.correct_details(
        customer_id=customer_queries.survivor_id(contract.customer_id),
        changes=changes,
        reason=f"{view.number}: {context.action}",
        actor=context.actor,
        at=context.at,
    )


@registry.effect("change_purpose")
def change_purpose(context: EffectContext) -> None:
    _change_terms(context, purpose=str(context.request.values["purpose"]))


@registry.effect("change_quota")
def change_quota(context: EffectContext) -> None:
    """The number of homes that share the tiers: as staff counted it, else as asked."""
    values = {**context.request.values, **context.inputs}
    _change_terms(context, quota=int(values.get("quota_agreed") or values["households"]))


@registry.effect("extend_contract")
def extend_contract(context: EffectContext) -> None:
    values = {**context.request.values, **context.inputs}
    _change_terms(context, expires_on=date.fromisoformat(str(values["until"])))


def _change_terms(context: EffectContext, **terms: Any) -> None:
    view = context.request
    supply_ops.change_terms(
        account_code=view.state.account_code,
        effective_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"terms:{view.id}:{fingerprint(terms)[:16]}",
        request_id=view.id,
        **terms,
    )


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


ledger_registry.on_charge_paid(advancing.charge_paid, when="charge.request_id IS NOT NULL")
ledger_registry.on_charge_reopened(advancing.charge_reopened)
