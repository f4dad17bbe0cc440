"""Crews: who goes together, and how much a half day of theirs holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.companies.models import Staff, Unit
from motcua.fieldwork import queries
from motcua.fieldwork.models import Crew, CrewMember, Slot
from motcua.fieldwork.operations.refusals import CrewMemberTaken, CrewTooSmall, CrewUnknown
from motcua.fieldwork.queries import CrewView
from motcua.kernel import local_time
from motcua.kernel.actors import Actor


def add_crew(
    *,
    code: str,
    name: str,
    unit_code: str,
    member_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
    visits_per_half: int = 8,
) -> CrewView:
    """Make a crew of at least two people; the same code again changes nothing.

    Raises CrewTooSmall, CrewMemberTaken, UnitUnknown. Slots of days to come grow with it.
    """
    known = Crew.objects.filter(code=code).first()
    if known:
        return queries.view_crew(known)
    if len(set(member_ids)) < 2:
        raise CrewTooSmall(field="members")
    if not Unit.objects.filter(code=unit_code).exists():
        raise company_ops.UnitUnknown(unit=unit_code)
    with transaction.atomic():
        crew = Crew.objects.create(code=code, name=name, unit_code=unit_code, visits_per_half=visits_per_half)
        _set_members(crew, member_ids)
        _refresh_slots(unit_code, local_time.local_date(at))
        company_ops.record_audit(
            actor=actor,
            verb="crew.added",
            subject_type="crew",
            subject_id=code,
            at=at,
            facts={"unit": unit_code},
        )
    return queries.view_crew(Crew.objects.get(code=code))


def set_crew_members(*, code: str, member_ids: Sequence[UUID], actor: Actor, at: datetime) -> CrewView:
    """Replace who goes with a crew. Raises CrewUnknown, CrewTooSmall, CrewMemberTaken."""
    if len(set(member_ids)) < 2:
        raise CrewTooSmall(field="members")
    with transaction.atomic():
        crew = Crew.objects.select_for_update().filter(code=code).first()
        if crew is None:
            raise CrewUnknown(field="crew", crew=code)
        crew.members.all().delete()
        _set_members(crew, member_ids)
        company_ops.record_audit(
            actor=actor, verb="crew.members-set", subject_type="crew", subject_id=code, at=at, facts={}
        )
    return queries.view_crew(Crew.objects.get(code=code))


def _set_members(crew: Crew, member_ids: Sequence[UUID]) -> None:
    """Members in the order given: it is the order their names stand in wherever they sign."""
    people = Staff.objects.in_bulk(list(member_ids))
    staff = [people[member_id] for member_id in dict.fromkeys(member_ids) if member_id in people]
    if len(staff) < 2:
        raise CrewTooSmall(field="members")
    try:
        with transaction.atomic():
            CrewMember.objects.bulk_create([CrewMember(crew=crew, staff=person) for person in staff])
    except IntegrityError:
        raise CrewMemberTaken(field="members") from None


def _refresh_slots(unit_code: str, today: date) -> None:
    Slot.objects.filter(unit_code=unit_code, date__gte=today).update(capacity=queries.capacity_of(unit_code))
