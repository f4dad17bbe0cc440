"""Targets, and months closed: what people say a figure should be, and what it was when it was published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.companies.access import Forbidden, reaches_company, require_role
from motcua.companies.context import current_company
from motcua.companies.models import Company, CompanyKind, Unit
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Conflict, Invalid, Problem, Refused, gettext_noop
from motcua.reports import definitions, queries
from motcua.reports.models import MonthClose, Target
from motcua.reports.operations.counting import lock_closing, roll_up
from motcua.reports.rules import next_month

DECIDES = (Role.SUPERVISOR, Role.DIRECTOR)


def _require_reach(actor: Actor, unit_code: str = "") -> None:
    """Raise Forbidden unless the actor decides for the unit; for the whole company, when none is named."""
    if not (reaches_company(actor) or (unit_code and unit_code in actor.unit_codes)):
        raise Forbidden()


class TargetUnknown(Refused):
    code = "NOT_FOUND"
    message = gettext_noop("Không có mục tiêu này, hoặc nơi khác đặt ra nó.")


class MonthNotOver(Refused):
    code = "MONTH_NOT_OVER"
    message = gettext_noop("Tháng %(month)s chưa kết thúc nên chưa chốt được.")


class NothingToPublish(Refused):
    code = "NOTHING_TO_PUBLISH"
    message = gettext_noop("Số liệu tháng %(month)s không khác gì bản đã công bố.")


class ReasonNeeded(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Tháng này đã công bố; hãy nói rõ vì sao công bố lại.")


def set_target(
    *,
    figure: str,
    company_code: str,
    unit_code: str,
    starts: date,
    ends: date,
    value: Decimal,
    reach_by: date | None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """What the figure should come to in the window (`ends`: the first day after), for the country, a company or a unit.

    A company sets its own, the group anybody's; people of a unit that of their unit. A later one of the same key replaces it, and the rows stay as its
    history. Raises Forbidden, Invalid with problems by field.
    """
    require_role(actor, *DECIDES)
    company = current_company()
    wrong = _wrong(company, figure, company_code, unit_code, starts, ends, value, reach_by)
    if wrong:
        raise Invalid(wrong)
    _require_reach(actor, unit_code)
    row = Target(
        id=new_id(at), owner_code=company.code, figure=figure, company_code=company_code, unit_code=unit_code, starts=starts,
        ends=ends, value=value, reach_by=reach_by, set_by=actor.ref, set_by_name=actor.name, at=at,
    )  # fmt: skip
    with transaction.atomic():
        row.save(force_insert=True)
        _note(actor, "target.set", row, at)
    return row.id


def withdraw_target(*, target_id: UUID, actor: Actor, at: datetime) -> None:
    """Let the target count no more; its history stays. Raises Forbidden, TargetUnknown."""
    require_role(actor, *DECIDES)
    before = Target.objects.filter(id=target_id, owner_code=current_company().code).first()
    if before is None:
        raise TargetUnknown()
    _require_reach(actor, before.unit_code)
    row = Target(
        id=new_id(at), owner_code=before.owner_code, figure=before.figure, company_code=before.company_code,
        unit_code=before.unit_code, starts=before.starts, ends=before.ends, value=None, reach_by=None,
        set_by=actor.ref, set_by_name=actor.name, at=at,
    )  # fmt: skip
    with transaction.atomic():
        row.save(force_insert=True)
        _note(actor, "target.withdrawn", row, at)


def _wrong(
    company: Company,
    figure: str,
    company_code: str,
    unit_code: str,
    starts: date,
    ends: date,
    value: Decimal,
    reach_by: date | None,
) -> dict[str, list[Problem]]:
    """Problems by field."""
    wrong: dict[str, list[Problem]] = {}

    def add(field: str, code: str, message: str, **facts: object) -> None:
        wrong.setdefault(field, []).append(Problem(code, message, facts))

    known = definitions.BY_CODE.get(figure)
    if known is None:
        add("figure", "UNKNOWN", gettext_noop("Hãy chọn một chỉ tiêu."))
    elif value < Decimal(str(known.lowest)) or (
        known.highest is not None and value > Decimal(str(known.highest))
    ):
        add("value", "OUT_OF_RANGE", gettext_noop("Mức phải từ %(lowest)s đến %(highest)s."),
            lowest=f"{known.lowest:g}", highest="…" if known.highest is None else f"{known.highest:g}")  # fmt: skip
    if company.kind == CompanyKind.POWER and company_code != company.code:
        add("company", "NOT_YOURS", gettext_noop("Tổng công ty chỉ đặt mục tiêu cho chính mình."))
    elif company_code and not Company.objects.filter(code=company_code, kind=CompanyKind.POWER).exists():
        add("company", "UNKNOWN", gettext_noop("Không có tổng công ty này."))
    if unit_code and (company.kind != CompanyKind.POWER or not Unit.objects.filter(code=unit_code).exists()):
        add("unit", "UNKNOWN", gettext_noop("Không có đơn vị này."))
    if ends <= starts:
        add("ends", "ORDER", gettext_noop("Ngày cuối phải sau ngày đầu."))
    if reach_by is not None and not starts <= reach_by < ends and ends > starts:
        add("reach_by", "OUTSIDE", gettext_noop("Ngày phải đạt nằm trong kỳ của mục tiêu."))
    return wrong


def _note(actor: Actor, verb: str, row: Target, at: datetime) -> None:
    facts: Mapping[str, object] = {
        "figure": row.figure, "company": row.company_code, "unit": row.unit_code, "starts": row.starts.isoformat(),
        "ends": row.ends.isoformat(), "value": None if row.value is None else str(row.value),
    }  # fmt: skip
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="target", subject_id=str(row.id), at=at, facts=facts
    )


def close_month(*, month: date, reason: str, actor: Actor, at: datetime) -> MonthClose:
    """Freeze the month's figures of the company worked for as published; again, with a reason, once they moved.

    What waits to be counted is counted first. Lock: nobody else counts meanwhile. Raises Forbidden, MonthNotOver,
    ReasonNeeded, NothingToPublish, Conflict when somebody closed it at the same moment.
    """
    require_role(actor, *DECIDES)
    _require_reach(actor)
    month = month.replace(day=1)
    named = f"{month:%m/%Y}"
    if local_date(at) < next_month(month):
        raise MonthNotOver(field="month", month=named)
    company_code = current_company().code
    try:
        with transaction.atomic():
            lock_closing()
            while roll_up(at=at):
                pass
            before = queries.find_close(company_code=company_code, month=month)
            sums, by_unit = queries.month_sums(month)
            if before is not None and (before.sums, before.by_unit) == (sums, by_unit):
                raise NothingToPublish(month=named)
            if before is not None and not reason.strip():
                raise ReasonNeeded(field="reason")
            close = MonthClose.objects.create(
                company_code=company_code, month=month, edition=before.edition + 1 if before else 1, sums=sums, by_unit=by_unit, measures=list(definitions.MEASURES),
                reason=reason.strip(), closed_by=actor.ref, closed_by_name=actor.name, closed_at=at,
            )  # fmt: skip
            company_ops.record_audit(
                actor=actor, verb="month.closed", subject_type="month", subject_id=month.isoformat(), at=at,
                facts={"edition": close.edition},
            )  # fmt: skip
    except IntegrityError as error:
        if "month_close_once" in str(error):
            raise Conflict() from error
        raise
    return close
