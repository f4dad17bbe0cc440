"""What an account is billed by is changed by two people: one proposes it with the paper it rests on, another lets it hold.

Days that are billed already are not among them: a wrong that reaches back is a rebilling.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from motcua.billing.models import Bill, BillKind, BillState, ProposalState, TermsProposal
from motcua.billing.operations.correcting import SamePerson
from motcua.billing.operations.deciding import ReasonMissing
from motcua.billing.operations.issuing import lock_account
from motcua.billing.operations.terms import NewTerms, end_terms, require_fit, require_held, set_terms
from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel import codes, ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed, NotFound, Refused, gettext_noop
from motcua.supply import queries as supply_queries
from motcua.supply.queries import ContractView

MAY_PROPOSE = (Role.BUSINESS, Role.ACCOUNTANT, Role.SUPERVISOR)
MAY_APPROVE = (Role.ACCOUNTANT, Role.SUPERVISOR)


class DaysBilled(Refused):
    """The day lies in a period that has its bill."""

    code = "DAYS_BILLED"
    message = gettext_noop("Đã lập hóa đơn đến ngày %(day)s. Những ngày trước đó thì tính lại nhiều kỳ.")


class TermsWait(Refused):
    """Another proposal for this account has not been decided."""

    code = "TERMS_WAIT"
    message = gettext_noop("Mã khách hàng này đang có một đề nghị chờ duyệt.")


@transaction.atomic
def propose_terms(
    *, account_code: str, terms: NewTerms, valid_from: date, reason: str, actor: Actor, at: datetime
) -> TermsProposal:
    """What an account shall be billed by from a day on. It waits for another person.

    Refuses NotFound, NotAllowed, ReasonMissing, DaysBilled, what `set_terms` refuses, TermsWait. Locks the account.
    """
    contract = _locked(account_code, valid_from, reason, actor)
    require_fit(contract.account_code, terms, valid_from)
    told = {**asdict(terms), "reading_days": sorted(set(terms.reading_days)), "purposes": [dict(share) for share in terms.purposes]}  # fmt: skip
    row = TermsProposal(terms=told, valid_from=valid_from, reason=reason.strip()[:300])
    return _propose(row, contract, "billing.terms_proposed", actor, at)


@transaction.atomic
def propose_terms_end(
    *, account_code: str, valid_from: date, reason: str, actor: Actor, at: datetime
) -> TermsProposal:
    """From a day on the account shall be billed by its contract again. It waits for another person.

    Refuses NotFound, NotAllowed, ReasonMissing, DaysBilled, what `end_terms` refuses, TermsWait. Locks the account.
    """
    contract = _locked(account_code, valid_from, reason, actor)
    require_held(contract.account_code, valid_from)
    row = TermsProposal(terms={}, ends=True, valid_from=valid_from, reason=reason.strip()[:300])
    return _propose(row, contract, "billing.terms_end_proposed", actor, at)


@transaction.atomic
def approve_terms(*, proposal_id: UUID, actor: Actor, at: datetime) -> None:
    """Another person has looked: they hold from their day on, what held until then ends there; or the terms of the account end.

    Refuses NotFound, NotAllowed, SamePerson, DaysBilled (a run was faster), and what `set_terms` or `end_terms` refuses. Locks
    the account.
    """
    row = _waiting(proposal_id, actor)
    if row.proposed_by == actor.ref:
        raise SamePerson(field="proposal_id")
    lock_account(row.account_code)
    _refuse_billed(row.account_code, row.valid_from)
    told: dict[str, Any] = {
        "account_code": row.account_code, "valid_from": row.valid_from, "reason": row.reason, "actor": actor, "at": at,
    }  # fmt: skip
    if row.ends:
        end_terms(**told)
    else:
        set_terms(terms=NewTerms(**row.terms), **told)
    _decide(row, ProposalState.HOLDS, "", actor, at)


@transaction.atomic
def refuse_terms(*, proposal_id: UUID, reason: str, actor: Actor, at: datetime) -> TermsProposal:
    """They shall not hold. Refuses NotFound, NotAllowed, ReasonMissing."""
    row = _waiting(proposal_id, actor)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _decide(row, ProposalState.REFUSED, reason.strip()[:300], actor, at)
    _audit("billing.terms_refused", row, actor, at)
    return row


def _locked(account_code: str, valid_from: date, reason: str, actor: Actor) -> ContractView:
    """The contract of an account whose terms this person may propose to change from a day on, locked."""
    contract = supply_queries.find_contract(codes.clean_account_code(account_code))
    if contract is None:
        raise NotFound(field="account_code")
    _require_reach(actor, contract.unit_code, MAY_PROPOSE)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    lock_account(contract.account_code)
    _refuse_billed(contract.account_code, valid_from)
    return contract


def _propose(
    row: TermsProposal, contract: ContractView, verb: str, actor: Actor, at: datetime
) -> TermsProposal:
    row.id, row.account_code, row.unit_code = ids.new_id(at), contract.account_code, contract.unit_code
    row.proposed_at, row.proposed_by = at, actor.ref
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise TermsWait(field="account_code") from error
    _audit(verb, row, actor, at)
    return row


def _refuse_billed(account_code: str, valid_from: date) -> None:
    bills = Bill.objects.filter(account_code=account_code, state=BillState.ISSUED).exclude(kind=BillKind.ADJUSTMENT)  # fmt: skip
    billed: date | None = bills.aggregate(until=Max("to_day"))["until"]
    if billed is not None and valid_from < billed:
        raise DaysBilled(field="valid_from", day=f"{billed:%d/%m/%Y}")


def _require_reach(actor: Actor, unit_code: str, roles: tuple[Role, ...]) -> None:
    if not actor.has_role(*roles) or unit_code not in actor.unit_codes:
        raise NotAllowed(field="account_code")


def _waiting(proposal_id: UUID, actor: Actor) -> TermsProposal:
    rows = TermsProposal.objects.select_for_update().filter(id=proposal_id, state=ProposalState.WAITING)
    row = rows.first()
    if row is None:
        raise NotFound(field="proposal_id")
    _require_reach(actor, row.unit_code, MAY_APPROVE)
    return row


def _decide(row: TermsProposal, state: str, reason: str, actor: Actor, at: datetime) -> None:
    row.state, row.refusal, row.decided_at, row.decided_by = state, reason, at, actor.ref
    row.save(update_fields=["state", "refusal", "decided_at", "decided_by"])


def _audit(verb: str, row: TermsProposal, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="account", subject_id=row.account_code, at=at,
        facts={"from": row.valid_from.isoformat(), **row.terms},
    )  # fmt: skip
