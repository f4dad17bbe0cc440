"""Who is away when, and who stands in: written by operations, read by lists of work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from motcua.companies import queries
from motcua.companies.models import AbsenceReason, Staff, StaffAbsence
from motcua.companies.operations import StaffUnknown, record_audit
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop


class AbsenceOverlaps(Refused):
    code = "ABSENCE_OVERLAPS"
    message = gettext_noop("Người này đã có ngày vắng trùng với khoảng này.")


class AbsenceDays(Refused):
    code = "ABSENCE_DAYS"
    message = gettext_noop("Ngày đi làm lại phải sau ngày bắt đầu vắng.")


class StandInSelf(Refused):
    code = "STAND_IN_SELF"
    message = gettext_noop("Người thay phải là người khác.")


def record_absence(
    *, staff_id: UUID, valid_from: date, valid_to: date, stand_in_id: UUID | None, reason: str, actor: Actor, at: datetime
) -> StaffAbsence:  # fmt: skip
    """Somebody is away from the first day until the day they are back.

    Raises StaffUnknown for people of units the actor does not reach, AbsenceDays, AbsenceOverlaps, StandInSelf.
    """
    if valid_to <= valid_from:
        raise AbsenceDays(field="valid_to")
    if stand_in_id == staff_id:
        raise StandInSelf(field="stand_in")
    people = Staff.objects.filter(id__in=[staff_id, *([stand_in_id] if stand_in_id else [])], is_active=True)
    found = {person.id: person for person in people}
    if staff_id not in found or found[staff_id].unit_id not in actor.unit_codes:
        raise StaffUnknown(field="staff")
    if stand_in_id and stand_in_id not in found:
        raise StaffUnknown(field="stand_in")
    try:
        with transaction.atomic():
            row = StaffAbsence.objects.create(
                staff_id=staff_id, stand_in_id=stand_in_id, reason=AbsenceReason(reason), valid_from=valid_from,
                valid_to=valid_to, recorded_by=actor.ref, recorded_at=at,
            )  # fmt: skip
            record_audit(
                actor=actor, verb="absence.recorded", subject_type="staff", subject_id=str(staff_id), at=at,
                facts={"from": valid_from.isoformat(), "to": valid_to.isoformat()},
            )  # fmt: skip
    except IntegrityError as error:
        raise AbsenceOverlaps(field="valid_from") from error
    return row


def end_absence(*, absence_id: int, today: date, actor: Actor, at: datetime) -> None:
    """They are back today; an absence that has not begun is removed. Raises StaffUnknown."""
    with transaction.atomic():
        row = (
            StaffAbsence.objects.select_for_update(of=("self",))
            .select_related("staff")
            .filter(id=absence_id)
            .first()
        )
        if row is None or row.staff.unit_id not in actor.unit_codes:
            raise StaffUnknown()
        if row.valid_from >= today:
            row.delete()
        elif row.valid_to > today:
            row.valid_to = today
            row.save(update_fields=["valid_to"])
        record_audit(
            actor=actor, verb="absence.ended", subject_type="staff", subject_id=str(row.staff_id), at=at
        )


def list_absences(*, unit_codes: Collection[str], today: date) -> QuerySet[StaffAbsence]:
    """Absences of people of these units that are not over, the soonest first."""
    rows = StaffAbsence.objects.filter(staff__unit_id__in=unit_codes, valid_to__gt=today)
    return rows.select_related("staff", "stand_in").order_by("valid_from", "id")


def absent_on(staff_ids: Iterable[object], day: date) -> dict[str, StaffAbsence]:
    """Those of these people who are away on the day."""
    rows = StaffAbsence.objects.filter(queries.is_within(day), staff_id__in=list(staff_ids))
    return {str(row.staff_id): row for row in rows.select_related("stand_in")}


def stood_in_for(staff_id: UUID | str, day: date) -> list[str]:
    """Ids of the people this person stands in for on the day."""
    rows = StaffAbsence.objects.filter(queries.is_within(day), stand_in_id=UUID(str(staff_id)))
    return [str(id) for id in rows.order_by("staff_id").values_list("staff_id", flat=True)]
