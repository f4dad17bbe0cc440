"""Writing outages: entered, promised anew, restored, cancelled, planned by the file; reports attached and answered.

Each act locks the outage's row, decides by the journal's rules and appends one entry. A key that was used does
nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from motcua.companies import queries as company_queries
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import to_local
from motcua.kernel.results import NotFound, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging import template_versions, templates
from motcua.outages import queries, rules, telling
from motcua.outages.models import Area, Outage, OutageEntry, Report
from motcua.outages.rules import Covered, Fact, OutageState
from motcua.outages.states import Cause, Kind, State

TELLER = Actor.system("outages")
_ATTACH = """
INSERT INTO outages_report (outage_id, key, conversation_id, at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


class OutageUnknown(NotFound):
    code = "OUTAGE_UNKNOWN"
    message = _("Không tìm thấy lần mất điện này.")


class OutageOver(Refused):
    code = "OUTAGE_OVER"
    message = _("Lần mất điện này đã kết thúc.")


class OutageNotYours(Refused):
    code = "OUTAGE_NOT_YOURS"
    message = _("Đơn vị này không thuộc phạm vi của anh/chị.")


class AreaMissing(Refused):
    code = "AREA_MISSING"
    message = _("Hãy cho biết nơi mất điện.")


class ExpectedBeforeBegin(Refused):
    code = "EXPECTED_BEFORE_BEGIN"
    message = _("Giờ có điện lại phải sau giờ mất điện.")


class RestoredBeforeBegin(Refused):
    code = "RESTORED_BEFORE_BEGIN"
    message = _("Giờ có điện lại phải sau giờ mất điện và không ở tương lai.")


@dataclass(frozen=True)
class Place:
    """A part of a unit as people write it. What is empty does not narrow it."""

    unit_code: str
    commune: str = ""
    station_code: str = ""
    street: str = ""

    @property
    def covered(self) -> Covered:
        return Covered(
            self.unit_code,
            company_queries.area_key(self.commune),
            self.station_code.strip(),
            vietnamese.search_key(self.street),
        )


@dataclass(frozen=True)
class Plan:
    """One planned interruption of a file."""

    external_code: str
    unit_code: str
    place: str
    areas: tuple[Place, ...]
    cause: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Loaded:
    """What loading plans did: codes that are new, changed, as before, and over (left as they are)."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    over: tuple[str, ...]


class _Act:
    """One outage under lock for the length of an act."""

    def __init__(self, row: Outage, actor: Actor, at: datetime, key: str) -> None:
        self.row, self.actor, self.at, self.key = row, actor, at, key
        self.state = queries.state_of(row)

    def append(self, name: str, payload: Mapping[str, Any]) -> OutageEntry:
        self.state = rules.apply(self.state, Fact(name, self.at, payload))
        for column in queries.STATE_FIELDS:
            setattr(self.row, column, getattr(self.state, column))
        return OutageEntry(
            outage_id=self.row.id, seq=self.state.seq, name=name, at=self.at, actor=self.actor.ref,
            payload=dict(payload), key=self.key,
        )  # fmt: skip


def enter_incident(
    *,
    place: str,
    areas: Sequence[Place],
    cause: str,
    began_at: datetime,
    expected_at: datetime | None,
    actor: Actor,
    at: datetime,
    key: str,
) -> UUID:
    """The power is out there. Raises AreaMissing, ExpectedBeforeBegin, OutageNotYours."""
    _check_areas(place, areas, actor)
    if expected_at is not None and expected_at <= began_at:
        raise ExpectedBeforeBegin(field="expected_at")
    with transaction.atomic():
        if (known := _done(key)) is not None:
            return known
        act = _Act(_blank(at), actor, at, key)
        entry = act.append(
            "outage.entered",
            _told(Kind.INCIDENT, "", areas[0].unit_code, place, cause, began_at, expected_at),
        )
        try:
            with transaction.atomic():
                act.row.save(force_insert=True)
                entry.save(force_insert=True)
        except IntegrityError:  # the same key, at the same time
            if (known := _done(key)) is None:
                raise
            return known
        _write_areas({act.row.id: areas})
        return act.row.id


def expect(
    *, outage_id: UUID, expected_at: datetime | None, cause: str, actor: Actor, at: datetime, key: str
) -> None:
    """Promise another hour, or none; say another cause. Raises ExpectedBeforeBegin and what `_begin` raises."""
    with transaction.atomic():
        act, is_done = _begin(outage_id, actor, at, key)
        if is_done:
            return
        begins_at = act.state.begins_at
        if expected_at is not None and begins_at is not None and expected_at <= begins_at:
            raise ExpectedBeforeBegin(field="expected_at")
        told = {"expected_at": expected_at.isoformat() if expected_at else None, "cause": Cause(cause).value}
        _save(act, act.append("outage.expected", told))


def restore(*, outage_id: UUID, restored_at: datetime, actor: Actor, at: datetime, key: str) -> None:
    """The power is back. Who reported is told by the job. Raises RestoredBeforeBegin and what `_begin` raises."""
    with transaction.atomic():
        act, is_done = _begin(outage_id, actor, at, key)
        if is_done:
            return
        if (act.state.begins_at and restored_at < act.state.begins_at) or restored_at > at:
            raise RestoredBeforeBegin(field="restored_at")
        _save(act, act.append("outage.restored", {"restored_at": restored_at.isoformat()}))


def cancel(*, outage_id: UUID, actor: Actor, at: datetime, key: str) -> None:
    """It will not be, or was entered by mistake."""
    with transaction.atomic():
        act, is_done = _begin(outage_id, actor, at, key)
        if not is_done:
            _save(act, act.append("outage.cancelled", {}))


def load_plans(*, plans: Sequence[Plan], actor: Actor, at: datetime, dry_run: bool = False) -> Loaded:
    """Write these plans by their codes: new ones in, changed ones anew, the same left alone; what is over stays.

    Set-based: four statements whatever their number. Raises OutageNotYours for a unit out of reach.
    """
    by_code = {plan.external_code: plan for plan in plans}
    for plan in by_code.values():
        _check_areas(plan.place, plan.areas, actor)
    with transaction.atomic():
        rows = Outage.objects.select_for_update().filter(external_code__in=by_code).order_by("id")
        known = {row.external_code: row for row in rows}
        if any(row.unit_code not in actor.unit_codes for row in known.values()):  # a code is nobody's right
            raise OutageNotYours(field="unit")
        areas = _areas_of([row.id for row in known.values()])
        over = [code for code, row in known.items() if State(row.state).is_over]
        same = [
            code
            for code, row in known.items()
            if code not in over and _is_same(row, areas[row.id], by_code[code])
        ]
        changed = [code for code in known if code not in over and code not in same]
        new = [code for code in by_code if code not in known]
        if not dry_run:
            _write_plans(
                [(_blank(at), by_code[code]) for code in new],
                [(known[code], by_code[code]) for code in changed],
                actor,
                at,
            )
    return Loaded(tuple(new), tuple(changed), tuple(same), tuple(over))


def _write_plans(
    new: Sequence[tuple[Outage, Plan]], changed: Sequence[tuple[Outage, Plan]], actor: Actor, at: datetime
) -> None:
    entries = []
    for name, pairs in (("outage.entered", new), ("outage.planned-anew", changed)):
        for row, plan in pairs:
            told = _told(
                Kind.PLANNED, plan.external_code, plan.unit_code, plan.place, plan.cause, plan.begins_at, plan.ends_at
            )  # fmt: skip
            entries.append(_Act(row, actor, at, "").append(name, told))
    Outage.objects.bulk_create([row for row, _plan in new], batch_size=1000)
    Outage.objects.bulk_update([row for row, _plan in changed], queries.STATE_FIELDS, batch_size=500)
    OutageEntry.objects.bulk_create(entries, batch_size=1000)
    Area.objects.filter(outage_id__in=[row.id for row, _plan in changed]).delete()
    _write_areas({row.id: plan.areas for row, plan in (*new, *changed)})


def attach_report(*, outage_id: UUID, key: str, conversation_id: UUID | None, at: datetime) -> bool:
    """Somebody within the area asked or reported; they will hear when the power is back. False when known already."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTACH, [outage_id, key, conversation_id, at])
        return bool(cursor.rowcount == 1)


def tell_restored(*, at: datetime, limit: int = 200) -> int:
    """Tell the next reporters that the power is back; how many were told."""
    reports = queries.list_untold(at, limit=limit)
    for report in reports:
        with transaction.atomic():
            row = (
                Report.objects.select_for_update(skip_locked=True).filter(id=report.id, told_at=None).first()
            )
            if row is None:
                continue
            _tell(report, at)
            Report.objects.filter(id=row.id).update(told_at=at)
    return len(reports)


def _tell(report: Report, at: datetime) -> None:
    conversation = (
        messaging_queries.find_conversation(report.conversation_id) if report.conversation_id else None
    )
    if conversation is None or report.outage.restored_at is None:
        return
    said = telling.RESTORED.code
    facts = {"place": report.outage.place, "time": f"{to_local(report.outage.restored_at):%H:%M}"}
    texts = template_versions.words_for(said, at).texts(conversation.channel)
    messaging_ops.append_out(
        conversation_id=conversation.id, text=templates.render(texts, facts, conversation.language), author=TELLER,
        key=f"outage-restored:{report.id}", at=at, is_notice=True, template=said, params=facts,
    )  # fmt: skip


def _blank(at: datetime) -> Outage:
    row = Outage(id=ids.new_id(at))
    for column, value in zip(queries.STATE_FIELDS, _values(OutageState()), strict=True):
        setattr(row, column, value)
    return row


def _values(state: OutageState) -> list[Any]:
    return [getattr(state, column) for column in queries.STATE_FIELDS]


def _told(
    kind: Kind,
    external_code: str,
    unit_code: str,
    place: str,
    cause: str,
    begins_at: datetime,
    expected_at: datetime | None,
) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "external_code": external_code,
        "unit_code": unit_code,
        "place": place.strip(),
        "cause": Cause(cause).value,
        "begins_at": begins_at.isoformat(),
        "expected_at": expected_at.isoformat() if expected_at else None,
    }


def _check_areas(place: str, areas: Sequence[Place], actor: Actor) -> None:
    if not areas or not place.strip():
        raise AreaMissing(field="place")
    if any(area.unit_code not in actor.unit_codes for area in areas):
        raise OutageNotYours(field="unit")


def _done(key: str) -> UUID | None:
    return OutageEntry.objects.filter(key=key).values_list("outage_id", flat=True).first() if key else None


def _begin(outage_id: UUID, actor: Actor, at: datetime, key: str) -> tuple[_Act, bool]:
    """Lock it; True beside it when this key was done. Raises OutageUnknown, OutageNotYours, OutageOver."""
    row = Outage.objects.select_for_update().filter(id=outage_id).first()
    if row is None:
        raise OutageUnknown
    act = _Act(row, actor, at, key)
    if _done(key) is not None:
        return act, True
    if row.unit_code not in actor.unit_codes:
        raise OutageNotYours
    if State(row.state).is_over:
        raise OutageOver
    return act, False


def _save(act: _Act, entry: OutageEntry) -> None:
    act.row.save(force_update=True)
    entry.save(force_insert=True)


def _write_areas(areas: Mapping[UUID, Sequence[Place]]) -> None:
    rows = {}
    for outage_id, places in areas.items():
        for place in places:
            part = place.covered
            rows[outage_id, part] = Area(
                outage_id=outage_id, unit_code=part.unit_code, commune=place.commune.strip(), commune_key=part.commune_key,
                station_code=part.station_code, street=place.street.strip(), words=part.words,
            )  # fmt: skip
    Area.objects.bulk_create(rows.values(), batch_size=1000)


def _areas_of(outage_ids: Sequence[UUID]) -> dict[UUID, set[Covered]]:
    found: dict[UUID, set[Covered]] = {id: set() for id in outage_ids}
    for area in Area.objects.filter(outage_id__in=outage_ids):
        found[area.outage_id].add(Covered(area.unit_code, area.commune_key, area.station_code, area.words))
    return found


def _is_same(row: Outage, areas: set[Covered], plan: Plan) -> bool:
    now = (row.unit_code, row.place, row.cause, row.begins_at, row.expected_at)
    return now == (
        plan.unit_code,
        plan.place.strip(),
        plan.cause,
        plan.begins_at,
        plan.ends_at,
    ) and areas == {place.covered for place in plan.areas}
