"""Who is spared, and why: exemptions, promises to pay in parts, and customers who say that they have paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.kernel import ids, local_time, money
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments.dunning import cases, proofs, queries, rules
from motcua.payments.models import DunningExemption, ExemptionReason, InstalmentPromise
from motcua.payments.operations.statement_refusals import (
    ExemptionEnded,
    ExemptionPeriod,
    NotOffered,
    PartsWrong,
    PromiseExists,
    ReasonMissing,
    SaidBefore,
)

SHORTEST = 3  # letters of a note that says something


@transaction.atomic
def exempt(
    *,
    account_code: str,
    reason: str,
    note: str,
    proof: str = "",
    valid_from: date,
    valid_to: date | None,
    papers: Sequence[proofs.Paper] = (),
    actor: Actor,
    at: datetime,
) -> int:
    """Spare an account for a while; an ordered stop is cancelled. `papers`: files that show why.

    Refuses ReasonMissing, ExemptionPeriod, and for `papers` what `proofs.keep` refuses.
    """
    if len(note.strip()) < SHORTEST:
        raise ReasonMissing(field="note")
    if reason not in ExemptionReason.values or reason == ExemptionReason.PAID_SAID:
        raise ReasonMissing(field="reason")
    if valid_to is not None and valid_to <= max(valid_from, local_time.local_date(at)):
        raise ExemptionPeriod(field="valid_to")
    case = cases.lock_open(account_code)
    made = DunningExemption.objects.create(
        account_code=account_code, reason=reason, note=note.strip()[:200], proof=proof.strip()[:200], case=case,
        valid_from=valid_from, valid_to=valid_to, made_by=actor.ref, made_at=at,
    )  # fmt: skip
    proofs.keep(made, papers, actor=actor, at=at)
    if case is not None and valid_from <= local_time.local_date(at):
        cases.hold(case, actor=actor, at=at)
    cases.audit(actor, "debt.exempted", account_code, at, reason=reason)
    return made.id


@transaction.atomic
def end_exemption(*, exemption_id: int, actor: Actor, at: datetime) -> None:
    """Spare no longer, before the last day. Refuses NotFound, ExemptionEnded."""
    row = DunningExemption.objects.select_for_update().filter(id=exemption_id).first()
    if row is None:
        raise NotFound(field="exemption_id")
    if row.ended_at is not None or (row.valid_to is not None and row.valid_to <= local_time.local_date(at)):
        raise ExemptionEnded(field="exemption_id")
    row.ended_at, row.ended_by = at, actor.ref
    row.save(update_fields=["ended_at", "ended_by"])
    proofs.end(row.id, local_time.local_date(at))
    cases.audit(actor, "debt.exemption-ended", row.account_code, at, reason=row.reason)


@transaction.atomic
def say_paid(
    *, account_code: str, note: str, papers: Sequence[proofs.Paper] = (), actor: Actor, at: datetime
) -> None:
    """The customer says that they have paid: spared for the policy's days while staff look, once a case.

    Refuses ReasonMissing, NotOffered (nothing is overdue, electricity is off, or the policy has no such days), SaidBefore,
    and for `papers` (a picture of the receipt) what `proofs.keep` refuses.
    """
    if len(note.strip()) < SHORTEST:
        raise ReasonMissing(field="note")
    day = local_time.local_date(at)
    policy, case = queries.policy_on(day), cases.lock_open(account_code)
    if policy is None or not policy.claim_days or case is None or not queries.owed_overdue(account_code, at):
        raise NotOffered(field="account_code")
    if queries.is_stopped(case):
        raise NotOffered(field="account_code")
    try:
        with transaction.atomic():
            made = DunningExemption.objects.create(
                account_code=account_code, reason=ExemptionReason.PAID_SAID, note=note.strip()[:200], case=case,
                valid_from=day, valid_to=day + timedelta(days=policy.claim_days), made_by=actor.ref, made_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise SaidBefore(field="account_code") from None
    proofs.keep(made, papers, actor=actor, at=at)
    cases.hold(case, actor=actor, at=at)
    cases.audit(actor, "debt.paid-said", account_code, at)


@transaction.atomic
def promise(*, account_code: str, parts: Sequence[tuple[date, int]], actor: Actor, at: datetime) -> UUID:
    """Staff agree with a customer to pay what is overdue in parts; nothing is done while it is kept.

    Refuses PartsWrong, PromiseExists.
    """
    return _promise(account_code, parts, actor=actor, at=at)


@transaction.atomic
def ask_promise(*, account_code: str, count: int, actor: Actor, at: datetime) -> UUID:
    """The customer chooses one of the ways the policy offers.

    Refuses NotOffered (so many parts are not; electricity is off; or a promise of this case was broken), PromiseExists.
    """
    day = local_time.local_date(at)
    policy, case = queries.policy_on(day), cases.lock_open(account_code)
    owed = queries.owed_overdue(account_code, at)
    ways = rules.offers(policy, owed, day) if policy is not None and owed else []
    chosen = next((parts for parts in ways if len(parts) == count), None)
    if chosen is None or (case is not None and (queries.is_stopped(case) or queries.has_broken(case))):
        raise NotOffered(field="parts")
    return _promise(account_code, chosen, actor=actor, at=at)


def _promise(account_code: str, parts: Sequence[tuple[date, int]], *, actor: Actor, at: datetime) -> UUID:
    case = cases.lock_open(account_code)
    owed = queries.owed_overdue(account_code, at)
    days = [day for day, _ in parts]
    is_fine = owed and sum(amount for _, amount in parts) == owed and all(amount > 0 for _, amount in parts)
    if not is_fine or days != sorted(set(days)) or days[0] < local_time.local_date(at):
        raise PartsWrong(field="parts", owed=money.format_number(owed))
    try:
        with transaction.atomic():
            made = InstalmentPromise.objects.create(
                id=ids.new_id(at), account_code=account_code, owed_vnd=owed,
                parts=[{"day": day.isoformat(), "amount_vnd": amount} for day, amount in parts],
                made_by=actor.ref, made_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise PromiseExists(field="account_code") from None
    if case is not None:
        cases.hold(case, actor=actor, at=at)
    cases.audit(actor, "debt.promised", account_code, at)
    return made.id
