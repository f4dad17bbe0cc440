"""Which company a call is for. At a company's host that company; at the group's the one whose records know the code.

An account code's first letters are a first guess and never the answer: units move between companies, codes do not.
All of them are asked at once, by a role of the database that may read no more than the codes (`payments.whose`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from motcua.api.banks.signed import Caller
from motcua.companies import context
from motcua.companies import queries as company_queries
from motcua.companies.models import Company, CompanyKind
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries
from motcua.payments.operations import routes
from motcua.payments.partner_queries import PartnerView

_FIELDS = {routes.REQUEST: "request_id", routes.TXN: "txn_id"}


class CompanyUnknown(Exception):
    """No company's records know it."""


class CompanyMissing(Exception):
    """The call itself must say which company."""


class CompaniesMany(Exception):
    def __init__(self, company_codes: list[str]) -> None:
        super().__init__(company_codes)
        self.company_codes = company_codes


class BankNotLetIn(Exception):
    """The company has not let this bank in."""


@dataclass(frozen=True)
class Place:
    """Where a call is worked on: the company chosen now, the bank's partner there, the group when it came that way."""

    company_code: str
    partner: PartnerView
    group: Company | None = None


def is_national() -> bool:
    return context.current_company().kind == CompanyKind.GROUP


@contextmanager
def entered(caller: Caller, company_code: str, find: Callable[[], Company]) -> Iterator[Place]:
    """Work in the company that was named, or that `find` finds; at a company's host in that one.

    Raises CompanyUnknown, BankNotLetIn, and what `find` raises.
    """
    if not is_national():
        here = context.current_company_code()
        if company_code and company_code != here:
            raise CompanyUnknown
        yield Place(here, caller.partner)
        return
    chosen, group = _named(company_code) if company_code else find(), context.current_company()
    with context.using(chosen):
        partner = partner_queries.find_partner_of_bank(caller.partner.bank)
        if partner is None or not partner.is_active:
            raise BankNotLetIn
        yield Place(chosen.code, partner, group)


def claim(caller: Caller, place: Place, *, txn_id: str, at: datetime) -> str:
    """At the group's host: bind the request and the bank's transaction to the company, for ever.

    Returns the field that is bound to another company already; empty when none is.
    """
    if place.group is None:
        return ""
    with context.using(place.group):
        elsewhere = payment_ops.claim_routes(
            bank=caller.partner.bank,
            refs={routes.REQUEST: caller.call.request_id, routes.TXN: txn_id},
            company_code=place.company_code,
            at=at,
        )
    return next((field for kind, field in _FIELDS.items() if kind in elsewhere), "")


def the_one_of(companies: Sequence[Company]) -> Company:
    """The company, when one alone knows the code. Raises CompanyUnknown, CompaniesMany."""
    if len(companies) > 1:
        raise CompaniesMany([company.code for company in companies])
    return the_first_of(companies)


def the_first_of(companies: Sequence[Company]) -> Company:
    """The company that knows it, and of several the first. Raises CompanyUnknown."""
    if not companies:
        raise CompanyUnknown
    return companies[0]


def the_one_paid_into(account: str) -> Company:
    """The company that owns this bank account. Raises CompanyMissing, CompanyUnknown."""
    if not account:
        raise CompanyMissing
    for company in company_queries.list_companies():
        if company.bank_account == account:
            return company
    raise CompanyUnknown


def must_be_named() -> Company:
    raise CompanyMissing


def _named(company_code: str) -> Company:
    company = company_queries.list_companies().filter(code=company_code).first()
    if company is None:
        raise CompanyUnknown
    return company
