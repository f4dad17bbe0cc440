"""What people are to an account beside its holder: who pays, who uses, who was authorised."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from motcua.companies import operations as company_ops
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Conflict, Refused, gettext_noop
from motcua.supply.models import AccountRole, Contract, ContractStatus, PartRole
from motcua.supply.operations.capacity import ContractUnknown


class PartInvalid(Refused):
    code = "PART_INVALID"
    message = gettext_noop("Vai trò, thời hạn hoặc lý do chưa đúng.")


class PartTaken(Conflict):
    code = "PART_TAKEN"
    message = gettext_noop(
        "Trong thời gian này mã khách hàng đã có người ở vai trò đó. Hãy kết thúc vai trò cũ trước."
    )


def give_part(
    *,
    account_code: str,
    customer_id: UUID,
    role: str,
    reason: str,
    valid_from: date,
    actor: Actor,
    at: datetime,
    valid_to: date | None = None,
) -> UUID:
    """The customer pays for, uses, or was authorised for the account from the day to before the other; the id of it.

    Raises ContractUnknown (also for an ended one), PartInvalid, PartTaken: one payer at a time, nobody twice in a role.
    Locks the contract.
    """
    reason = vietnamese.clean(reason)[:300]
    if role not in PartRole.values:
        raise PartInvalid(field="role")
    if not reason:
        raise PartInvalid(field="reason")
    if valid_to is not None and valid_to <= valid_from:
        raise PartInvalid(field="valid_to")
    with transaction.atomic():
        contract = Contract.objects.select_for_update().filter(account_code=account_code).first()
        if contract is None or contract.status != ContractStatus.ACTIVE:
            raise ContractUnknown(field="account_code")
        same = AccountRole.objects.filter(account_code=account_code, role=role)
        if role != PartRole.PAYER:
            same = same.filter(customer_id=customer_id)
        if any(_meet(row, valid_from, valid_to) for row in same):
            raise PartTaken(field="role")
        given = AccountRole.objects.create(
            id=ids.new_id(at), account_code=account_code, customer_id=customer_id, role=role, reason=reason,
            valid_from=valid_from, valid_to=valid_to, given_at=at, given_by=actor.ref,
        )  # fmt: skip
        _audit("account_role.given", given, actor, at)
        return given.id


def end_part(*, part_id: UUID, actor: Actor, at: datetime) -> bool:
    """The role holds to before today; False when it had ended already. Locks its row."""
    with transaction.atomic():
        row = AccountRole.objects.select_for_update().filter(id=part_id, ended_at__isnull=True).first()
        if row is None:
            return False
        _end(row, actor.ref, at)
        _audit("account_role.ended", row, actor, at)
        return True


def end_parts(
    *, actor_ref: str, at: datetime, account_code: str = "", customer_id: UUID | None = None
) -> int:
    """End all roles of an account whose contract ends, or of a customer who is erased. How many."""
    wanted = Q(account_code=account_code) if account_code else Q(customer_id=customer_id)
    with transaction.atomic():
        rows = list(
            AccountRole.objects.select_for_update().filter(wanted, ended_at__isnull=True).order_by("id")
        )
        for row in rows:
            _end(row, actor_ref, at)
    return len(rows)


def forget_reasons(*, customer_id: UUID) -> None:
    """The customer is erased: why they had their roles is forgotten, that they had them stays."""
    AccountRole.objects.filter(customer_id=customer_id).update(reason="")


def _end(row: AccountRole, actor_ref: str, at: datetime) -> None:
    today = local_date(at)
    if row.valid_to is None or row.valid_to > today:
        row.valid_to = max(today, row.valid_from)
    row.ended_at, row.ended_by = at, actor_ref
    row.save(update_fields=["valid_to", "ended_at", "ended_by"])


def _meet(row: AccountRole, valid_from: date, valid_to: date | None) -> bool:
    if row.valid_to is not None and row.valid_to <= max(valid_from, row.valid_from):
        return False
    return valid_to is None or row.valid_from < valid_to


def _audit(verb: str, row: AccountRole, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="customer", subject_id=str(row.customer_id), at=at,
        facts={"account": row.account_code, "role": row.role},
    )  # fmt: skip
