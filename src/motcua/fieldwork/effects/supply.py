"""What a crew did to a supply, made so in the rooms below. Run inside the act of the request, which is locked."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from motcua.documents import queries as document_queries
from motcua.fieldwork import contracts
from motcua.fieldwork.effects.given import each_reading, energised_at_of, kilowatts, readings_of, split_seals
from motcua.fieldwork.effects.visits import finish_open
from motcua.kernel.hashing import fingerprint
from motcua.kernel.local_time import local_date
from motcua.requests import registry
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import Purpose
from motcua.supply.operations import meters as supply_meters


@registry.effect("check_meter")
def check_meter(context: EffectContext) -> None:
    """Before the lamp is lit: the meter is one of ours and free, the reading is a number, the seals are written down.

    So that a wrong figure is told at the meter, beside its field, and not an hour later.
    """
    view, values = context.request, context.inputs
    serial = str(values.get("meter_serial") or "")
    meter = supply_ops.check_meter(
        serial=serial,
        unit_code=view.unit_code,
        phases=contracts.phases_of(view) or _phases_of_meter(serial),
    )
    for reading in each_reading(readings_of(values, "first_reading")):
        supply_meters.parse_reading(reading, meter.digits, field="first_reading")
    supply_meters.clean_seals(split_seals(values.get("seals")))


@registry.effect("connect_supply")
def connect_supply(context: EffectContext) -> None:
    """The lamp is lit: contract, point, meter and first reading; the visit is done."""
    _connect(context)


@registry.effect("split_supply")
def split_supply(context: EffectContext) -> None:
    """A home gets a meter of its own beside the one it shared; those who stay share the tiers among themselves."""
    view, values = context.request, {**context.request.values, **context.inputs}
    shared = view.state.account_code
    contract = supply_queries.find_contract(shared)
    moving = int(values.get("households") or 1)
    if contract is not None and contract.quota > 1:
        supply_ops.change_terms(
            account_code=shared, quota=max(1, contract.quota - moving), effective_at=context.at, actor=context.actor,
            at=context.at, key=f"split:{view.id}", request_id=view.id,
        )  # fmt: skip
    _connect(context, beside_account=shared)


def _connect(context: EffectContext, beside_account: str = "") -> None:
    view, values = context.request, {**context.request.values, **context.inputs}
    assert view.customer_id is not None
    assert view.place_id is not None
    serial = str(values.get("meter_serial") or "")
    connected = supply_ops.connect_supply(
        request_id=view.id,
        customer_id=view.customer_id,
        place_id=view.place_id,
        unit_code=view.unit_code,
        meter_serial=serial,
        first_reading=readings_of(values, "first_reading"),
        seals=split_seals(values.get("seals")),
        phases=contracts.phases_of(view) or _phases_of_meter(serial),
        quota=int(values.get("households") or 1),
        contract_number=contracts.contract_number(view),
        energised_at=energised_at_of(values, context.at),
        actor=context.actor,
        at=context.at,
        key=f"connect:{view.id}",
        capacity_kw=kilowatts(values),
        signed_at=_signed_at(view),
        purpose=str(values.get("purpose") or Purpose.RESIDENTIAL),
        expires_on=_last_day(values, context.at),
        beside_account=beside_account,
    )
    context.journal(
        "supply.energised",
        {"energised_at": connected.energised_at.isoformat(), "account_code": connected.account_code},
    )
    finish_open(context)


@registry.effect("change_capacity")
def change_capacity(context: EffectContext) -> None:
    """More power, other phases, another meter: as the customer asked and the crew did it."""
    view, values = context.request, {**context.request.values, **context.inputs}
    swaps = bool(values.get("meter_changed"))
    supply_ops.change_capacity(
        account_code=view.state.account_code,
        effective_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"capacity:{view.id}",
        request_id=view.id,
        capacity_kw=kilowatts(values),
        phases=contracts.phases_of(view),
        meter_serial=str(values.get("meter_serial") or "") if swaps else "",
        last_reading=readings_of(values, "last_reading") if swaps else "",
        first_reading=readings_of(values, "first_reading") if swaps else "",
        seals=split_seals(values.get("seals")) if swaps else (),
    )
    finish_open(context)


@registry.effect("change_holder")
def change_holder(context: EffectContext) -> None:
    """The new contract is signed and the meter read: the old one ends, the request goes on under the new account."""
    view, values = context.request, {**context.request.values, **context.inputs}
    assert view.customer_id is not None
    changed = supply_ops.change_holder(
        account_code=view.state.account_code,
        customer_id=view.customer_id,
        contract_number=contracts.contract_number(view),
        reading=readings_of(values, "handover_reading"),
        effective_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"holder:{view.id}",
        request_id=view.id,
        takes_over_debt=values.get("takes_over_debt") is True,
        signed_at=_signed_at(view),
    )
    context.journal("account.changed", {"account_code": changed.account_code})
    finish_open(context)


@registry.effect("end_contract")
def end_contract(context: EffectContext) -> None:
    """The meter was read and taken down, nothing is owed: the contract ends, the meter goes back to stock."""
    view, values = context.request, {**context.request.values, **context.inputs}
    supply_ops.end_contract(
        account_code=view.state.account_code,
        last_reading=readings_of(values, "last_reading"),
        reactive_reading=str(values.get("reactive_reading") or ""),
        effective_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"end:{view.id}",
        request_id=view.id,
    )


@registry.effect("restore_supply")
def restore_supply(context: EffectContext) -> None:
    view = context.request
    supply_ops.restore_supply(
        account_code=view.state.account_code,
        restored_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"restore:{view.id}",
        request_id=view.id,
    )
    finish_open(context)


@registry.effect("move_meter")
def move_meter(context: EffectContext) -> None:
    view, values = context.request, {**context.request.values, **context.inputs}
    supply_ops.move_meter(
        account_code=view.state.account_code,
        reading=readings_of(values, "move_reading"),
        seals=split_seals(values.get("seals")),
        pole_number=str(values.get("pole_number") or ""),
        moved_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"move:{view.id}",
        request_id=view.id,
    )
    finish_open(context)


@registry.effect("record_meter_check")
def record_meter_check(context: EffectContext) -> None:
    """What the crew or the laboratory found; a meter that is wrong is replaced in the same act."""
    view, values = context.request, {**context.request.values, **context.inputs}
    error, replaced = values.get("error_percent"), bool(values.get("meter_replaced"))
    supply_ops.record_meter_check(
        account_code=view.state.account_code,
        verdict=str(values.get("verdict") or ""),
        is_independent=False,
        error_percent=Decimal(str(error)) if error not in (None, "") else None,
        reading=readings_of(values, "check_reading"),
        new_meter_serial=str(values.get("meter_serial") or "") if replaced else "",
        first_reading=readings_of(values, "first_reading") if replaced else "",
        seals=split_seals(values.get("seals")) if replaced else (),
        checked_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"check:{view.id}:{fingerprint(context.key)[:16]}",
        request_id=view.id,
    )
    finish_open(context)


@registry.effect("record_meter_test")
def record_meter_test(context: EffectContext) -> None:
    """What the laboratory found about the meter that was checked before, wherever that one is now."""
    view, values = context.request, context.inputs
    error = values.get("test_error_percent")
    supply_ops.record_meter_check(
        account_code=view.state.account_code,
        verdict=str(values.get("test_verdict") or ""),
        is_independent=True,
        error_percent=Decimal(str(error)) if error not in (None, "") else None,
        reading="",
        tested_serial=supply_queries.find_checked_meter(view.id),
        checked_at=context.at,
        actor=context.actor,
        at=context.at,
        key=f"test:{view.id}:{fingerprint(context.key)[:16]}",
        request_id=view.id,
    )


def _phases_of_meter(serial: str) -> int:
    meter = supply_queries.find_meter(serial) if serial else None
    return meter.phases if meter else 1


def _last_day(values: Mapping[str, Any], at: datetime) -> date | None:
    """The last day of a contract for some months, from the day of the connection on; None for one without an end."""
    if not values.get("months"):
        return None
    begun = local_date(energised_at_of(values, at))
    ahead = begun.month - 1 + int(values["months"])
    year, month = begun.year + ahead // 12, ahead % 12 + 1
    return date(year, month, min(begun.day, monthrange(year, month)[1]))


def _signed_at(view: RequestView) -> datetime | None:
    contract = contracts.find_contract(view.id)
    signatures = document_queries.list_signatures(contract.id) if contract else []
    return signatures[-1].signed_at if signatures else None
