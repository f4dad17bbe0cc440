"""Who may see a payment page or a suspense case. The answer to "not yours" and to "not there" is the same."""

from __future__ import annotations

from uuid import UUID

from motcua.companies.roles import Role
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.results import NotAllowed, NotFound
from motcua.ledger import queries as ledger_queries
from motcua.payments import cash_queries, queries
from motcua.payments.cash_queries import ReceiptView
from motcua.payments.queries import CaseView, PaymentView

MONEY_ROLES = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)
CASE_WORKERS = (Role.BUSINESS, Role.SUPERVISOR)
CASE_READERS = (*CASE_WORKERS, Role.ACCOUNTANT)
CASHIERS = (Role.INTAKE, Role.SUPERVISOR)


def access_payment(*, actor: Actor, charge_id: UUID) -> PaymentView:
    """The payment page of a charge: for its customer, and staff of its unit. Refuses NotFound."""
    charge = ledger_queries.find_charge(charge_id)
    if charge is None:
        raise NotFound(field="charge_id")
    if actor.kind is ActorKind.CUSTOMER:
        mine = customer_queries.list_ids(UUID(actor.id))
        if charge.customer_id is None or charge.customer_id not in mine:
            raise NotFound(field="charge_id")
    elif not (actor.is_staff() and actor.has_role(*MONEY_ROLES) and charge.unit_code in actor.unit_codes):
        raise NotFound(field="charge_id")
    return queries.payment_view(charge_id)


def require_case_worker(actor: Actor) -> None:
    """Money in suspense belongs to no unit yet: business staff and supervisors of the company place it."""
    if not (actor.is_staff() and actor.has_role(*CASE_WORKERS)):
        raise NotAllowed()


def require_case_reader(actor: Actor) -> None:
    """Whoever places money in suspense, and accountants, whose books it stands in."""
    if not (actor.is_staff() and actor.has_role(*CASE_READERS)):
        raise NotAllowed()


def access_case(*, actor: Actor, case_id: UUID) -> CaseView:
    """One case, open or settled, to read. Refuses NotAllowed, NotFound."""
    require_case_reader(actor)
    case = queries.find_case(case_id)
    if case is None:
        raise NotFound(field="case_id")
    return case


def require_cashier(actor: Actor, unit_code: str) -> None:
    """Cash is taken by people at a counter of their own unit. Refuses NotAllowed."""
    if not (actor.is_staff() and actor.has_role(*CASHIERS) and unit_code in actor.unit_codes):
        raise NotAllowed()


def access_receipt(*, actor: Actor, number: str) -> ReceiptView:
    """A receipt of one's units. Refuses NotFound."""
    receipt = cash_queries.find_receipt(number)
    if receipt is None or not (
        actor.is_staff() and actor.has_role(*MONEY_ROLES) and receipt.unit_code in actor.unit_codes
    ):
        raise NotFound(field="number")
    return receipt


def may_void(actor: Actor, receipt: ReceiptView) -> bool:
    """Who wrote it, while they still take cash, or a supervisor of its unit."""
    if receipt.unit_code not in actor.unit_codes:
        return False
    return actor.has_role(Role.SUPERVISOR) or (actor.has_role(*CASHIERS) and receipt.taken_by == actor.ref)


def may_end_shift(actor: Actor, cashier: str, unit_code: str) -> bool:
    """The cashier whose shift it is, or a supervisor of its unit."""
    if not actor.is_staff() or unit_code not in actor.unit_codes:
        return False
    return actor.has_role(Role.SUPERVISOR) or (actor.has_role(*CASHIERS) and actor.ref == cashier)
