"""What the steps of declared services have a crew do. Run inside the act of the request, which is locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from motcua.companies import queries as company_queries
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.fieldwork import contracts, operations, queries
from motcua.fieldwork.operations import Contact
from motcua.fieldwork.queries import VisitView
from motcua.fieldwork.states import KIND_OF_STEP, URGENT_STEPS, Half, VisitKind
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date, to_local
from motcua.requests import queries as request_queries
from motcua.requests import registry
from motcua.requests.operations import telling
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.operations import meters as supply_meters

STEPS = Actor.system("fieldwork")
POLE_WORKING_DAYS = 2
_HALVES = {"MORNING": Half.AM, "AFTERNOON": Half.PM}


@registry.effect("book_visit")
def book_visit(context: EffectContext) -> None:
    """A visit for this step: at its beginning, again after nobody was home, later when a pole must be set
    first.

    Entering SIGN from a survey that goes on with the signature at once keeps the visit; else the old one is
    finished.
    """
    view = context.request
    kind = KIND_OF_STEP.get(view.step, VisitKind.VISIT)
    before = queries.find_open_visit(view.id)
    attempt, code, earliest = 1, "", None
    if before is not None:
        if context.action == "nobody_home":
            _end(operations.record_nobody_home, before, context)
            attempt, code = before.attempt + 1, before.code
        elif context.action:  # pole_needed and its like: this time nothing more can be done
            _end(operations.finish_visit, before, context, outcome=context.action.upper())
            earliest, code = _after_works(context.at), before.code
        elif before.kind == kind or (kind is VisitKind.SIGN and _goes_on(view, before)):
            operations.turn_visit_into(
                visit_id=before.id, kind=kind, actor=STEPS, at=context.at, key=context.key
            )
            return
        else:
            _end(operations.finish_visit, before, context)
            code = before.code
    operations.book_visit(
        request_id=view.id,
        request_number=view.number,
        unit_code=view.unit_code,
        kind=kind,
        contact=_contact(view),
        actor=context.actor,
        at=context.at,
        key=context.key,
        prefer=_HALVES.get(str(view.answers.get("visit_time"))),
        earliest=earliest,
        urgent=view.step in URGENT_STEPS and attempt == 1 and not context.action,
        attempt=attempt,
        code=code,
        note=str(view.values.get("pole_note") or view.values.get("dispatch_note") or ""),
    )


def _end(act: Any, visit: VisitView, context: EffectContext, **more: str) -> None:
    act(visit_id=visit.id, actor=STEPS, at=context.at, key=context.key, **more)


def _goes_on(view: RequestView, before: VisitView) -> bool:
    return before.kind == VisitKind.SURVEY and view.inputs.get("may_sign_now") is True


def _after_works(at: datetime) -> date:
    calendar = company_queries.get_calendar()
    day = local_date(at)
    for _ in range(POLE_WORKING_DAYS):
        day = calendar.next_working_day(day)
    return day


def _contact(view: RequestView) -> Contact:
    answer = view.answers.get("place")
    answer = answer if isinstance(answer, dict) else {}
    place = supply_queries.get_place(view.place_id) if view.place_id else None
    return Contact(
        place_text=contracts.place_text(view),
        lat=_number(answer.get("lat")) or (place.lat if place else None),
        lon=_number(answer.get("lon")) or (place.lon if place else None),
        name=str(view.answers.get("full_name") or ""),
        phone=str(telling.phone_of(view) or ""),
    )


def _number(value: object) -> float | None:
    try:
        return float(str(value)) if value not in (None, "") else None
    except ValueError:
        return None


@registry.effect("prepare_pack")
def prepare_pack(context: EffectContext) -> None:
    """The contract with what is known now; a name put right makes a new one, to be signed anew."""
    name = context.request.answers.get("full_name")
    if context.action and name:
        operations.correct_contact(
            request_id=context.request.id, contact_name=str(name), actor=context.actor, at=context.at
        )
    contracts.prepare_pack(context.request, actor=context.actor, at=context.at)


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
    supply_meters.parse_reading(values.get("first_reading", ""), meter.digits, field="first_reading")
    supply_meters.clean_seals(split_seals(values.get("seals")))


@registry.effect("connect_supply")
def connect_supply(context: EffectContext) -> None:
    """The lamp is lit: contract, point, meter and first reading; the visit is done."""
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
        first_reading=values.get("first_reading", ""),
        seals=split_seals(values.get("seals")),
        phases=contracts.phases_of(view) or _phases_of_meter(serial),
        quota=int(values.get("households") or 1),
        contract_number=contracts.contract_number(view),
        energised_at=_energised_at(values, context.at),
        actor=context.actor,
        at=context.at,
        key=f"connect:{view.id}",
        capacity_kw=_kilowatts(values),
        signed_at=_signed_at(view),
    )
    context.journal(
        "supply.energised",
        {"energised_at": connected.energised_at.isoformat(), "account_code": connected.account_code},
    )
    _finish_open(context)


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
        capacity_kw=_kilowatts(values),
        phases=contracts.phases_of(view),
        meter_serial=str(values.get("meter_serial") or "") if swaps else "",
        last_reading=values.get("last_reading", "") if swaps else "",
        first_reading=values.get("first_reading", "") if swaps else "",
        seals=split_seals(values.get("seals")) if swaps else (),
    )
    _finish_open(context)


@registry.effect("cancel_open_work")
def cancel_open_work(context: EffectContext) -> None:
    """Work that came to its end: the visit under way is done, one still ahead is called off."""
    visit = queries.find_open_visit(context.request.id)
    if visit is not None and visit.started_at is not None:
        _finish_open(context)
    operations.cancel_open_visits(
        request_id=context.request.id, actor=context.actor, at=context.at, key=f"{context.key}:cancel"
    )


def _finish_open(context: EffectContext) -> None:
    visit = queries.find_open_visit(context.request.id)
    if visit is not None:
        operations.finish_visit(visit_id=visit.id, actor=STEPS, at=context.at, key=f"{context.key}:done")


def split_seals(text: object) -> list[str]:
    """The seals as typed: with commas, semicolons or lines between."""
    return [
        part.strip()
        for part in str(text or "").replace(";", ",").replace("\n", ",").split(",")
        if part.strip()
    ]


def _phases_of_meter(serial: str) -> int:
    meter = supply_queries.find_meter(serial) if serial else None
    return meter.phases if meter else 1


def _kilowatts(values: Mapping[str, Any]) -> Decimal | None:
    given = values.get("capacity_kw")
    return Decimal(str(given)) if given not in (None, "") else None


def _energised_at(values: Mapping[str, Any], at: datetime) -> datetime:
    given = values.get("energised_at")
    if not given:
        return at
    return given if isinstance(given, datetime) else datetime.fromisoformat(str(given))


def _signed_at(view: RequestView) -> datetime | None:
    contract = contracts.find_contract(view.id)
    signatures = document_queries.list_signatures(contract.id) if contract else []
    return signatures[-1].signed_at if signatures else None


@registry.requirement("PACK_SIGNED")
def is_pack_signed(view: RequestView) -> bool:
    return contracts.is_signed(view.id)


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


@registry.on_erased
def erase_visits(view: RequestView, actor: Actor, at: datetime) -> None:
    """What visits copied of the customer goes with the request's own values."""
    operations.erase_contacts(request_id=view.id)


@registry.notice_facts
def visit_facts(view: RequestView) -> Mapping[str, object]:
    """When who comes, for the notices that say so."""
    visit = queries.find_open_visit(view.id)
    if visit is None:
        return {}
    return {
        "visit_date": f"{to_local(visit.window_start):%d/%m/%Y}",
        "visit_window": visit.window,
        "crew": visit.crew_name or "điện lực",
    }
