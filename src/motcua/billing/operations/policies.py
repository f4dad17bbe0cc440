"""How bills are run is changed from a day on: proposed by one, let hold by another, never for days that are over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.billing.models import BillingPolicy, PolicyProposal, ProposalState
from motcua.billing.operations.correcting import SamePerson
from motcua.billing.operations.deciding import ReasonMissing
from motcua.billing.rules.case import NormRounding
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotAllowed, NotFound, Refused, gettext_noop

MAY_PROPOSE = (Role.BUSINESS, Role.ACCOUNTANT, Role.SUPERVISOR)
MAY_APPROVE = (Role.ACCOUNTANT, Role.SUPERVISOR)
BOUNDS = {
    "reading_day": (1, 31), "days_around": (0, 10), "above_percent": (1, 1000), "below_percent": (0, 100), "due_days": (0, 90),
    "estimate_cycles": (1, 12), "own_days_before": (0, 10), "own_days_after": (0, 10),
}  # fmt: skip


class PolicyPast(Refused):
    """Bills of days that are over stand by what held then."""

    code = "POLICY_PAST"
    message = gettext_noop("Quy định mới chỉ có hiệu lực từ ngày mai trở đi.")


class PolicyOutOfBounds(Refused):
    code = "POLICY_OUT_OF_BOUNDS"
    message = gettext_noop("Phải từ %(least)s đến %(most)s.")


class PolicyLater(Refused):
    """A row that begins later is there already."""

    code = "POLICY_LATER"
    message = gettext_noop("Đơn vị này đã có quy định từ ngày %(day)s.")


class PolicyWaits(Refused):
    """Another proposal for this unit has not been decided."""

    code = "POLICY_WAITS"
    message = gettext_noop("Đơn vị này đang có một đề nghị chờ duyệt.")


@dataclass(frozen=True)
class NewPolicy:
    """See `BillingPolicy`."""

    reading_day: int
    days_around: int
    above_percent: int
    below_percent: int
    due_days: int
    estimate_cycles: int
    norm_rounding: str
    asks_customers: bool
    own_days_before: int
    own_days_after: int


@transaction.atomic
def propose_policy(
    *, unit_code: str, valid_from: date, policy: NewPolicy, source: str, actor: Actor, at: datetime
) -> PolicyProposal:
    """What shall hold for a unit (empty: the company) from a day on. It waits for another person.

    Refuses NotAllowed, PolicyPast, PolicyOutOfBounds by field, ReasonMissing (of `source`), PolicyLater, PolicyWaits.
    """
    _require_reach(actor, unit_code, MAY_PROPOSE)
    _require(policy, valid_from, at)
    if not source.strip():
        raise ReasonMissing(field="source")
    _refuse_later(unit_code, valid_from)
    try:
        with transaction.atomic():
            row = PolicyProposal.objects.create(
                id=ids.new_id(at), unit_code=unit_code, valid_from=valid_from, policy=asdict(policy), source=source.strip()[:400],
                proposed_at=at, proposed_by=actor.ref,
            )  # fmt: skip
    except IntegrityError as error:
        raise PolicyWaits(field="unit_code") from error
    _audit("billing.policy_proposed", row, actor, at)
    return row


@transaction.atomic
def approve_policy(*, proposal_id: UUID, actor: Actor, at: datetime) -> BillingPolicy:
    """Another person has looked: it holds from its day on, what held until then ends there.

    Refuses NotFound, NotAllowed, SamePerson, PolicyPast (it waited too long), PolicyLater.
    """
    row = _waiting(proposal_id, actor)
    if row.proposed_by == actor.ref:
        raise SamePerson(field="proposal_id")
    policy = NewPolicy(**row.policy)
    _require(policy, row.valid_from, at)
    _refuse_later(row.unit_code, row.valid_from)
    held = BillingPolicy.objects.filter(unit_code=row.unit_code)
    held.filter(valid_from=row.valid_from).delete()
    held.filter(valid_from__lt=row.valid_from, valid_to__isnull=True).update(valid_to=row.valid_from)
    held.filter(valid_from__lt=row.valid_from, valid_to__gt=row.valid_from).update(valid_to=row.valid_from)
    made = BillingPolicy.objects.create(
        unit_code=row.unit_code,
        valid_from=row.valid_from,
        source=row.source,
        set_at=at,
        set_by=row.proposed_by,
        **row.policy,
    )
    _decide(row, ProposalState.HOLDS, "", actor, at)
    _audit("billing.policy_approved", row, actor, at)
    return made


@transaction.atomic
def refuse_policy(*, proposal_id: UUID, reason: str, actor: Actor, at: datetime) -> PolicyProposal:
    """It shall not hold. Refuses NotFound, NotAllowed, ReasonMissing."""
    row = _waiting(proposal_id, actor)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _decide(row, ProposalState.REFUSED, reason.strip()[:300], actor, at)
    _audit("billing.policy_refused", row, actor, at)
    return row


def _require(policy: NewPolicy, valid_from: date, at: datetime) -> None:
    if valid_from <= local_date(at):
        raise PolicyPast(field="valid_from")
    told: dict[str, Any] = asdict(policy)
    for name, (least, most) in BOUNDS.items():
        if not least <= told[name] <= most:
            raise PolicyOutOfBounds(field=name, least=least, most=most)
    for name in ("own_days_before", "own_days_after"):
        if told[name] > policy.days_around:
            raise PolicyOutOfBounds(field=name, least=0, most=policy.days_around)
    if policy.norm_rounding not in set(NormRounding):
        raise PolicyOutOfBounds(field="norm_rounding", least="CIRCULAR", most="NONE")


def _refuse_later(unit_code: str, valid_from: date) -> None:
    later = BillingPolicy.objects.filter(unit_code=unit_code, valid_from__gt=valid_from).order_by("valid_from").first()  # fmt: skip
    if later is not None:
        raise PolicyLater(field="valid_from", day=f"{later.valid_from:%d/%m/%Y}")


def _require_reach(actor: Actor, unit_code: str, roles: tuple[Role, ...]) -> None:
    """A unit's within reach; the company's at its centre alone."""
    wanted = unit_code or company_queries.get_centre().code
    if not actor.has_role(*roles) or wanted not in actor.unit_codes:
        raise NotAllowed(field="unit_code")


def _waiting(proposal_id: UUID, actor: Actor) -> PolicyProposal:
    rows = PolicyProposal.objects.select_for_update().filter(id=proposal_id, state=ProposalState.WAITING)
    row = rows.first()
    if row is None:
        raise NotFound(field="proposal_id")
    _require_reach(actor, row.unit_code, MAY_APPROVE)
    return row


def _decide(row: PolicyProposal, state: str, reason: str, actor: Actor, at: datetime) -> None:
    row.state, row.refusal, row.decided_at, row.decided_by = state, reason, at, actor.ref
    row.save(update_fields=["state", "refusal", "decided_at", "decided_by"])


def _audit(verb: str, row: PolicyProposal, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="billing_policy", subject_id=row.unit_code or "company", at=at,
        facts={"from": row.valid_from.isoformat(), **row.policy},
    )  # fmt: skip
