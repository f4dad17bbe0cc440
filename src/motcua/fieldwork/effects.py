"""What the steps of declared services have a crew do. Run inside the act of the request, which is locked."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
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
from motcua.kernel.hashing import fingerprint
from motcua.kernel.local_time import local_date, to_local
from motcua.requests import queries as request_queries
from motcua.requests import registry
from motcua.requests.operations import telling
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.services import flow
from motcua.services.declaration import Give, Need
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import Purpose
from motcua.supply.operations import meters as supply_meters
from motcua.supply.operations.meters import ReadingGiven

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
        fits=lambda window: registry.may_come(view, window.start, window.end),
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
        name=str(view.answers.get("full_name") or view.answers.get("holder") or ""),
        phone=str(telling.phone_of(view) or view.answers.get("contact_phone") or ""),
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
    for reading in _each_reading(readings_of(values, "first_reading")):
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
        energised_at=_energised_at(values, context.at),
        actor=context.actor,
        at=context.at,
        key=f"connect:{view.id}",
        capacity_kw=_kilowatts(values),
        signed_at=_signed_at(view),
        purpose=str(values.get("purpose") or Purpose.RESIDENTIAL),
        expires_on=_last_day(values, context.at),
        beside_account=beside_account,
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
        last_reading=readings_of(values, "last_reading") if swaps else "",
        first_reading=readings_of(values, "first_reading") if swaps else "",
        seals=split_seals(values.get("seals")) if swaps else (),
    )
    _finish_open(context)


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
    _finish_open(context)


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
    _finish_open(context)


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
    _finish_open(context)


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
    _finish_open(context)


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


@registry.effect("finish_visit")
def finish_visit(context: EffectContext) -> None:
    """The crew has done what it came for; the rest is done at a desk."""
    _finish_open(context)


@registry.effect("cancel_open_work")
def cancel_open_work(context: EffectContext) -> None:
    """Work that came to its end: the visit under way is done, one still ahead is called off."""
    if not queries.has_open_visit(context.request.id):
        return
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


def readings_of(values: Mapping[str, Any], name: str) -> ReadingGiven:
    """A reading as the crew wrote it: one number, or three where the meter tells normal, peak and off-peak hours."""
    peak, low = values.get(f"{name}_cd"), values.get(f"{name}_td")
    first: Any = values.get(name, "")
    if peak in (None, "") and low in (None, ""):
        return first  # type: ignore[no-any-return]
    return {"BT": first, "CD": peak or 0, "TD": low or 0}


def _each_reading(given: ReadingGiven) -> list[Any]:
    return list(given.values()) if isinstance(given, Mapping) else [given]


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


def _last_day(values: Mapping[str, Any], at: datetime) -> date | None:
    """The last day of a contract for some months, from the day of the connection on; None for one without an end."""
    if not values.get("months"):
        return None
    begun = local_date(_energised_at(values, at))
    ahead = begun.month - 1 + int(values["months"])
    year, month = begun.year + ahead // 12, ahead % 12 + 1
    return date(year, month, min(begun.day, monthrange(year, month)[1]))


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
