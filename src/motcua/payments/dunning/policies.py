"""The company's dated policy: proposed by one person, agreed by another."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments.dunning import rules
from motcua.payments.models import DunningPolicy, PolicyState
from motcua.payments.operations.statement_refusals import (
    PolicyDayTaken,
    PolicyDecided,
    PolicyOwn,
    PolicyWrong,
    ReasonMissing,
)


@transaction.atomic
def propose_policy(
    *, valid_from: date, policy: rules.Policy, source: str, confidence: str, actor: Actor, at: datetime
) -> int:
    """A policy from a day on, for somebody else to agree to. Refuses ReasonMissing (no source), PolicyWrong."""
    if len(source.strip()) < 3:
        raise ReasonMissing(field="source")
    facts: dict[str, Any] = {**policy.__dict__, "source": source.strip()[:200], "confidence": confidence}
    try:
        with transaction.atomic():
            row = DunningPolicy.objects.create(
                valid_from=valid_from, **facts, changed_by=actor.ref, changed_at=at
            )
    except IntegrityError as error:
        raise PolicyWrong(field=_field_of(str(error))) from None
    _audit(actor, "debt.policy-proposed", row, at)
    return row.id


def _field_of(error: str) -> str:
    """The field beside which a constraint's refusal is told."""
    if "payments_dunning_hours" in error:
        return "stop_to"
    if "payments_dunning_promise" in error:
        return "promise_days"
    return "least_owed_vnd" if "payments_dunning_least" in error else "notices"


@transaction.atomic
def decide_policy(*, policy_id: int, agrees: bool, actor: Actor, at: datetime) -> None:
    """Agree to a proposed policy, or refuse it. Refuses NotFound, PolicyOwn, PolicyDecided, PolicyDayTaken."""
    row = DunningPolicy.objects.select_for_update().filter(id=policy_id).first()
    if row is None:
        raise NotFound(field="policy_id")
    if row.state != PolicyState.PROPOSED:
        raise PolicyDecided(field="policy_id")
    if row.changed_by == actor.ref:
        raise PolicyOwn(field="policy_id")
    row.state = PolicyState.AGREED if agrees else PolicyState.REFUSED
    row.decided_by, row.decided_at = actor.ref, at
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "decided_by", "decided_at"])
    except IntegrityError:
        raise PolicyDayTaken(field="policy_id", day=f"{row.valid_from:%d/%m/%Y}") from None
    _audit(actor, f"debt.policy-{row.state.lower()}", row, at)


def _audit(actor: Actor, verb: str, row: DunningPolicy, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="policy", subject_id=row.valid_from.isoformat(), at=at
    )
