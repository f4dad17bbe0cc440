"""Reads of runs: how bills are run, which runs there were, how far one is, what waits for a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from motcua.billing.models import (
    AccountTerms,
    Bill,
    BillingPolicy,
    BillRun,
    ExceptionState,
    ProposalState,
    RunAccount,
    RunException,
    TermsProposal,
)
from motcua.billing.rules.plausibility import Bounds
from motcua.kernel.results import Refused, gettext_noop

WAITING = (ExceptionState.OPEN, ExceptionState.REREAD)


class NoPolicy(Refused):
    """Nobody has said how bills are run on that day."""

    code = "NO_BILLING_POLICY"
    message = gettext_noop("Chưa có quy định lập hóa đơn cho ngày %(on)s.")


@dataclass(frozen=True)
class Policy:
    """How a unit runs its bills on a day."""

    reading_day: int
    days_around: int
    bounds: Bounds
    due_days: int
    estimate_cycles: int
    norm_rounding: str
    asks_customers: bool = True
    own_days_before: int = 1
    own_days_after: int = 1

    def own_days(self, day: date) -> tuple[date, date] | None:
        """The first and the last day on which customers may read for a reading day: never where a run would not find it."""
        if not self.asks_customers:
            return None
        before, after = (
            min(self.own_days_before, self.days_around),
            min(self.own_days_after, self.days_around),
        )
        return day - timedelta(days=before), day + timedelta(days=after)


def policy_of(unit_code: str, on: date) -> Policy:
    """The unit's own row of the day, else the company's. Refuses with NoPolicy."""
    held = BillingPolicy.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), unit_code__in=("", unit_code), valid_from__lte=on
    )
    row = held.order_by("-unit_code").first()
    if row is None:
        raise NoPolicy(field="day", on=on.isoformat())
    return Policy(
        row.reading_day, row.days_around, Bounds(row.above_percent, row.below_percent), row.due_days, row.estimate_cycles,
        row.norm_rounding, row.asks_customers, row.own_days_before, row.own_days_after,
    )  # fmt: skip


def find_terms(account_code: str, on: date) -> AccountTerms | None:
    """The row that holds on a day; None: the account is billed by its contract."""
    held = AccountTerms.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), account_code=account_code, valid_from__lte=on
    )
    return held.first()


def list_terms(account_code: str) -> list[AccountTerms]:
    """Every row of an account, newest first."""
    return list(AccountTerms.objects.filter(account_code=account_code).order_by("-valid_from"))


def list_terms_between(
    account_code: str, start: date, end: date, *, known_at: datetime
) -> list[AccountTerms]:
    """The rows that hold on some of the days from one to before another and that were set by an instant, oldest first."""
    held = AccountTerms.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=start), account_code=account_code, valid_from__lt=end, set_at__lte=known_at
    )  # fmt: skip
    return list(held.order_by("valid_from"))


def find_terms_proposal(proposal_id: UUID) -> TermsProposal | None:
    return TermsProposal.objects.filter(id=proposal_id).first()


def list_terms_proposals(account_code: str) -> list[TermsProposal]:
    """What was ever proposed for an account, newest first."""
    return list(TermsProposal.objects.filter(account_code=account_code).order_by("-proposed_at", "-id"))


def list_terms_waiting(
    unit_codes: Collection[str], *, after: tuple[datetime, UUID] | None = None, limit: int
) -> list[TermsProposal]:
    """What waits for a second person, the oldest first, beginning behind one."""
    rows = TermsProposal.objects.filter(unit_code__in=unit_codes, state=ProposalState.WAITING)
    if after:
        rows = rows.filter(Q(proposed_at__gt=after[0]) | Q(proposed_at=after[0], id__gt=after[1]))
    return list(rows.order_by("proposed_at", "id")[:limit])


def find_run(run_id: UUID) -> BillRun | None:
    return BillRun.objects.filter(id=run_id).first()


def list_runs(unit_codes: Collection[str], *, limit: int) -> list[BillRun]:
    """The newest reading days of these units."""
    return list(
        BillRun.objects.filter(unit_code__in=unit_codes).order_by("-reading_date", "unit_code")[:limit]
    )


def count_waiting(run_id: UUID) -> int:
    """Accounts that wait in a run; those in the hands of a worker still count."""
    return RunAccount.objects.filter(run_id=run_id).count()


def count_exceptions(run_id: UUID) -> dict[tuple[str, str], int]:
    """How many by (state, code)."""
    rows = RunException.objects.filter(run_id=run_id).values_list("state", "code").annotate(n=Count("id"))
    return {(state, code): n for state, code, n in rows}


def list_exceptions(
    run_id: UUID, *, states: Sequence[str], code: str = "", after: int = 0, limit: int = 50
) -> list[RunException]:
    """Exceptions in the order they were found, beginning behind the one with this id."""
    rows = RunException.objects.filter(run_id=run_id, state__in=states, id__gt=after)
    if code:
        rows = rows.filter(code=code)
    return list(rows.order_by("id")[:limit])


def find_exception(run_id: UUID, exception_id: int) -> RunException | None:
    return RunException.objects.filter(id=exception_id, run_id=run_id).first()


def list_bills_of_run(run_id: UUID, *, after: UUID | None = None, limit: int = 50) -> list[Bill]:
    """A run's bills, newest first, beginning behind one."""
    rows = Bill.objects.filter(run_id=run_id)
    if after:
        rows = rows.filter(id__lt=after)
    return list(rows.order_by("-id")[:limit])
