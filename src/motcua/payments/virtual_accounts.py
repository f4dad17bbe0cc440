"""Virtual accounts: numbers of a bank, each for one customer's account code or for one charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import queries as ledger_queries
from motcua.payments.models import VirtualAccount


class VirtualAccountTaken(Refused):
    code = "VIRTUAL_ACCOUNT_TAKEN"
    message = gettext_noop("Số tài khoản ảo này, hoặc khách hàng này, đã có một tài khoản ảo khác.")


class VirtualAccountInvalid(Refused):
    code = "VIRTUAL_ACCOUNT_INVALID"
    message = gettext_noop(
        "Tài khoản ảo chưa đúng: số gồm chữ và số, cho một mã khách hàng hoặc một khoản thu."
    )


@dataclass(frozen=True)
class VirtualAccountView:
    number: str
    bank_bin: str
    account_code: str
    charge_id: UUID | None


@transaction.atomic
def assign(
    *,
    number: str,
    bank_bin: str,
    actor: Actor,
    at: datetime,
    account_code: str = "",
    charge_id: UUID | None = None,
) -> None:
    """The bank gave us this number for a customer or a charge. The same again changes nothing.

    Refuses VirtualAccountInvalid, VirtualAccountTaken.
    """
    is_fit = (
        number.isascii()
        and number.isalnum()
        and len(number) <= 19
        and bank_bin.isdigit()
        and len(bank_bin) == 6
    )
    owner_fits = bool(account_code) != bool(charge_id) and (
        not account_code or codes.is_account_code(account_code)
    )
    if not (is_fit and owner_fits):
        raise VirtualAccountInvalid(field="number")
    told = {"bank_bin": bank_bin, "account_code": account_code, "charge_id": charge_id, "is_active": True}
    try:
        with transaction.atomic():
            row, is_new = VirtualAccount.objects.get_or_create(
                number=number, defaults={**told, "created_at": at}
            )
    except IntegrityError:
        raise VirtualAccountTaken(field="number") from None
    if any(getattr(row, name) != value for name, value in told.items()):
        raise VirtualAccountTaken(field="number")
    if is_new:
        company_ops.record_audit(
            actor=actor, verb="virtual-account.assigned", subject_type="virtual_account", subject_id=number, at=at,
            facts={"account_code": account_code, "charge_id": str(charge_id or "")},
        )  # fmt: skip


@transaction.atomic
def end(*, number: str, actor: Actor, at: datetime) -> None:
    """Nobody is told of the number any more. Money that still comes there is still known. Refuses NotFound."""
    if not VirtualAccount.objects.filter(number=number, is_active=True).update(is_active=False):
        raise NotFound(field="number")
    company_ops.record_audit(
        actor=actor, verb="virtual-account.ended", subject_type="virtual_account", subject_id=number, at=at
    )


def find_for(account_code: str) -> VirtualAccountView | None:
    """The number that a customer pays into; None where they have none."""
    row = (
        VirtualAccount.objects.filter(account_code=account_code, is_active=True)
        .exclude(account_code="")
        .first()
    )
    return VirtualAccountView(row.number, row.bank_bin, row.account_code, row.charge_id) if row else None


def page_accounts(
    *, limit: int, is_active: bool = True, after: str = "", code: str = ""
) -> list[VirtualAccountView]:
    """Numbers in order, behind the one given; of one customer's account code when it is given."""
    rows = VirtualAccount.objects.filter(is_active=is_active, number__gt=after)
    if code:
        rows = rows.filter(account_code=code)
    return [
        VirtualAccountView(row.number, row.bank_bin, row.account_code, row.charge_id)
        for row in rows.order_by("number")[:limit]
    ]


def is_known(number: str) -> bool:
    return bool(number) and VirtualAccount.objects.filter(number=number).exists()


def code_for(number: str, amount_vnd: int) -> str:
    """What money on this number is for: its charge's payment code; of a customer's charges the one that owes just this,
    else the one that has waited longest; their account code when nothing is owed. Empty for a number nobody knows.
    """
    row = VirtualAccount.objects.filter(number=number).first() if number else None
    if row is None:
        return ""
    if row.charge_id:
        charge = ledger_queries.find_charge(row.charge_id)
        return charge.payment_code if charge else ""
    waiting = ledger_queries.list_charges_of_accounts([row.account_code], open_only=True)
    if not waiting:
        return row.account_code
    exact = [charge for charge in waiting if charge.remaining_vnd == amount_vnd]
    return min(exact or waiting, key=lambda charge: (charge.created_at, charge.id)).payment_code
