"""What is owed: under an account code, by a customer, and what came in last. A charge is named by its kind, whatever it is for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from motcua.kernel import codes
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.requests import queries as request_queries
from motcua.supply import queries as supply_queries
from motcua.supply.queries import BalanceView

KIND_NAMES = {
    "TD": _("Tiền điện"),
    "CM": _("Chi phí cấp điện mới"),
    "TC": _("Thay đổi công suất, loại công tơ"),
    "DD": _("Di chuyển công tơ"),
    "NG": _("Ngừng và cấp điện trở lại"),
    "DC": _("Tiền đặt cọc"),
    "LS": _("Lãi chậm trả"),
}


@dataclass(frozen=True)
class Owed:
    """What an account owes: charges that wait, those paid last, and the sum another system last told."""

    account: str
    charges: tuple[ChargeView, ...] = field(default=())
    balance: BalanceView | None = None
    paid: tuple[ChargeView, ...] = field(default=())

    @property
    def total_vnd(self) -> int:
        """What the charges here come to; the other system's sum stands beside it."""
        return sum(charge.remaining_vnd for charge in self.charges)


def kind_name(kind: str) -> str:
    """What a charge of this kind is called; empty for one that has no name yet."""
    return str(KIND_NAMES.get(kind, ""))


def owed_at(account_code: str) -> Owed | None:
    """What stands under an account code; None when it is malformed or nobody here knows it."""
    account = codes.clean_account_code(account_code)
    if not codes.is_account_code(account):
        return None
    requests = request_queries.list_for_search(account_code=account)
    balance = supply_queries.find_balance(account)
    under = ledger_queries.list_charges_of_accounts([account])
    if not (requests or under) and balance is None and supply_queries.find_contract(account) is None:
        return None
    of_requests = ledger_queries.list_charges_of_requests([row.id for row in requests])
    open_ones, paid = _parted(list({charge.id: charge for charge in (*under, *of_requests)}.values()))
    return Owed(account, open_ones, balance, paid)


def owed_beside(customer_ids: Collection[UUID], accounts: Iterable[Owed]) -> Owed:
    """What these customers owe beside what stands under the accounts: a new supply has no code yet."""
    told = {charge.id for owed in accounts for charge in (*owed.charges, *owed.paid)}
    charges = [
        charge
        for id in customer_ids
        for charge in ledger_queries.list_charges_of_customer(id)
        if charge.id not in told
    ]
    requests = request_queries.list_for_search(customer_ids=customer_ids) if customer_ids else []
    known = told | {charge.id for charge in charges}
    of_requests = ledger_queries.list_charges_of_requests(
        [row.id for row in requests if not row.account_code]
    )
    open_ones, paid = _parted([*charges, *(charge for charge in of_requests if charge.id not in known)])
    return Owed("", open_ones, None, paid)


def _parted(charges: Collection[ChargeView]) -> tuple[tuple[ChargeView, ...], tuple[ChargeView, ...]]:
    """Those that wait, and those paid, the newest first."""
    paid = [charge for charge in charges if charge.is_paid and charge.paid_at is not None]
    newest = sorted(paid, key=lambda charge: charge.paid_at or charge.created_at, reverse=True)
    return tuple(charge for charge in charges if charge.is_open), tuple(newest)
