"""Who may see a bill, and who its money. The answer to "not yours" and to "not there" is the same.

A bill is seen by the customer it was made out to, by who pays it, by who pays or is authorised for its account while that
holds, and by who may act for one of these in everything. Who only uses the electricity sees what was used in their time,
not the amounts. A new holder does not see what the one before them used.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from motcua.billing import queries
from motcua.billing.models import Bill, BillKind, BillState
from motcua.billing.queries import BillView
from motcua.companies.roles import Role
from motcua.customers import queries as customer_queries
from motcua.customers.models import Scope
from motcua.kernel import codes
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.ids import parse_id
from motcua.kernel.results import NotFound
from motcua.ledger import queries as ledger_queries
from motcua.supply import queries as supply_queries
from motcua.supply.models import PartRole
from motcua.supply.queries import ContractView, PartView

MAY_SEE_ANY_UNIT = (Role.INTAKE,)
MAY_SEE_OWN_UNIT = (Role.BUSINESS, Role.SUPERVISOR, Role.ACCOUNTANT)
READERS = (*MAY_SEE_ANY_UNIT, *MAY_SEE_OWN_UNIT)
WITH_MONEY = frozenset({PartRole.PAYER, PartRole.AUTHORISED})


@dataclass(frozen=True)
class Reach:
    """Whose bills somebody sees: those of `ids`, and those of the parts they have in accounts."""

    ids: frozenset[UUID]
    parts: tuple[PartView, ...]

    @cached_property
    def held(self) -> dict[str, ContractView]:
        """The contracts of these customers, by account code."""
        return {contract.account_code: contract for contract in supply_queries.list_contracts(self.ids)}

    @cached_property
    def accounts(self) -> list[str]:
        """Every account of which there is or may be something to see: those that are held first."""
        billed = Bill.objects.filter(self.seen()).order_by().values_list("account_code", flat=True).distinct()
        told = [*self.held, *(part.account_code for part in self.parts), *sorted(billed)]
        return list(dict.fromkeys(told))

    def seen(self) -> Q:
        """The bills among all."""
        found = Q(customer_id__in=self.ids) | Q(payer_id__in=self.ids)
        found |= Q(customer_id__isnull=True, account_code__in=list(self.held))
        for part in self.parts:
            during = Q(account_code=part.account_code, to_day__gt=part.valid_from)
            if part.valid_to is not None:
                during &= Q(from_day__lt=part.valid_to)
            found |= during
        return found

    def sees_money_of(self, bill: BillView) -> bool:
        """Whether the amounts of a bill that is seen may be told."""
        if bill.customer_id in self.ids or bill.payer_id in self.ids:
            return True
        if bill.customer_id is None and bill.account_code in self.held:
            return True
        return any(part.role in WITH_MONEY and part.account_code == bill.account_code for part in self.parts)


@dataclass(frozen=True)
class Seen:
    """A bill to somebody: `reach` is None for staff, who see all of it."""

    bill: BillView
    reach: Reach | None

    @property
    def with_money(self) -> bool:
        return self.reach is None or self.reach.sees_money_of(self.bill)


def reach_of(customer_id: UUID, *, on: date, with_agencies: bool = True) -> Reach:
    """What a proven customer sees: their own, their parts that hold on the day, and those they act for in everything."""
    family = customer_queries.list_ids(customer_id)
    ids = set(family)
    if with_agencies:
        for agency in customer_queries.list_agencies(family[0], on=on):
            if agency.scope == Scope.ALL:
                ids |= set(customer_queries.list_ids(agency.customer_id))
    parts = [part for part in supply_queries.list_parts(family) if part.holds_on(on)]
    return Reach(frozenset(ids), tuple(parts))


def reach_of_actor(actor: Actor, *, on: date) -> Reach | None:
    """What the customer of a page sees; of one they act for just now that one's alone, and nothing unless it is for
    everything. None for who is no customer.
    """
    own = parse_id(actor.id)
    if actor.kind is not ActorKind.CUSTOMER or own is None:
        return None
    principals = [parse_id(id) for id in actor.acts_for]
    if not principals:
        return reach_of(own, on=on)
    may = [
        id
        for id in principals
        if id and customer_queries.may_act_for(agent_id=own, customer_id=id, on=on, scopes={Scope.ALL})
    ]
    if not may:
        return Reach(frozenset(), ())
    return reach_of(may[0], on=on, with_agencies=False)


def access_bill(*, actor: Actor, bill_id: UUID, on: date) -> Seen:
    """The bill, when the actor may see it. Refuses NotFound in every other case."""
    bill = queries.find_bill(bill_id)
    if bill is None:
        raise NotFound(field="bill_id")
    if actor.kind is ActorKind.STAFF:
        if not may_see_as_staff(actor, bill.unit_code):
            raise NotFound(field="bill_id")
        return Seen(bill, None)
    reach = reach_of_actor(actor, on=on)
    if reach is None or not Bill.objects.filter(reach.seen(), id=bill_id).exists():
        raise NotFound(field="bill_id")
    return Seen(bill, reach)


def may_see_as_staff(actor: Actor, unit_code: str) -> bool:
    """Intake answers the whole company; business staff, supervisors and accountants their units."""
    own_unit = unit_code in actor.unit_codes and actor.has_role(*MAY_SEE_OWN_UNIT)
    return actor.is_staff() and (actor.has_role(*MAY_SEE_ANY_UNIT) or own_unit)


def list_seen(
    reach: Reach,
    *,
    account_code: str = "",
    limit: int,
    before: tuple[date, UUID] | None = None,
    without: Collection[UUID] = (),
) -> list[BillView]:
    """The bills of a reach, newest month first, also those that were replaced or cancelled."""
    bills = Bill.objects.filter(reach.seen())
    if account_code:
        bills = bills.filter(account_code=codes.clean_account_code(account_code))
    if before:
        bills = bills.filter(Q(billing_month__lt=before[0]) | Q(billing_month=before[0], id__lt=before[1]))
    bills = bills.exclude(id__in=list(without)) if without else bills
    return [queries.view_of(bill) for bill in bills.order_by("-billing_month", "-id")[:limit]]


def list_open(reach: Reach, *, account_code: str = "") -> list[BillView]:
    """The bills of a reach that wait to be paid and whose money may be told, the oldest first."""
    accounts = [codes.clean_account_code(account_code)] if account_code else reach.accounts
    waiting = ledger_queries.list_charges_of_accounts(accounts, open_only=True)
    bills = Bill.objects.filter(reach.seen(), charge_id__in=[charge.id for charge in waiting])
    found = [queries.view_of(bill) for bill in bills.order_by("billing_month", "id")]
    return [bill for bill in found if reach.sees_money_of(bill)]


def list_comparable(seen: Seen) -> list[BillView]:
    """The standing bills of use from the same month of last year up to this one that the same person may see, oldest first."""
    until = seen.bill.billing_month
    bills = Bill.objects.filter(
        account_code=seen.bill.account_code, state=BillState.ISSUED, billing_month__lte=until,
        billing_month__gte=until.replace(day=1, year=until.year - 1),
    ).exclude(kind=BillKind.ADJUSTMENT)  # fmt: skip
    if seen.reach is not None:
        bills = bills.filter(seen.reach.seen())
    return [queries.view_of(bill) for bill in bills.order_by("billing_month", "period")]


def list_corrections(bill_id: UUID) -> list[BillView]:
    """The bills that correct this one, oldest first."""
    rows = Bill.objects.filter(corrects_id=bill_id).order_by("issued_at", "id")
    return [queries.view_of(row) for row in rows]


def list_for_staff(actor: Actor, account_codes: Collection[str], *, limit: int) -> dict[str, list[BillView]]:
    """The newest bills of each of these accounts that a member of staff may see."""
    found = {code: queries.list_bills(code, limit=limit, standing=False) for code in account_codes}
    return {
        code: [bill for bill in bills if may_see_as_staff(actor, bill.unit_code)]
        for code, bills in found.items()
    }
