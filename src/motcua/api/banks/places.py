"""Which company a call is for. At a company's host that company; at the group's the one whose records know the code.

An account code's first letters are a first guess and never the answer: units move between companies, codes do not.
Each company is asked in turn, in its own schema, with its own role of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from motcua.api.banks.signed import Caller
from motcua.companies import context
from motcua.companies import queries as company_queries
from motcua.companies.models import Company, CompanyKind
from motcua.kernel import codes
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries
from motcua.payments.operations import routes
from motcua.payments.partner_queries import PartnerView


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
    group_code: str = ""


def is_national() -> bool:
    return context.current_company().kind == CompanyKind.GROUP


@contextmanager
def entered(caller: Caller, company_code: str, find: Callable[[], str]) -> Iterator[Place]:
    """Work in the company that was named, or that `find` finds; at a company's host in that one.

    Raises CompanyUnknown, BankNotLetIn, and what `find` raises.
    """
    if not is_national():
        here = context.current_company_code()
        if company_code and company_code != here:
            raise CompanyUnknown
        yield Place(here, caller.partner)
        return
    if company_code and company_code not in {company.code for company in company_queries.list_companies()}:
        raise CompanyUnknown
    chosen, group_code = company_code or find(), context.current_company_code()
    with context.using_company(chosen):
        partner = partner_queries.find_partner_of_bank(caller.partner.bank)
        if partner is None or not partner.is_active:
            raise BankNotLetIn
        yield Place(chosen, partner, group_code)


def claim(caller: Caller, place: Place, *, txn_id: str, at: datetime) -> str:
    """At the group's host: bind the request and the bank's transaction to the company, for ever.

    Returns the field that is bound to another company already; empty when none is.
    """
    if not place.group_code:
        return ""
    with context.using_company(place.group_code):
        for kind, ref, field in (
            (routes.REQUEST, caller.call.request_id, "request_id"),
            (routes.TXN, txn_id, "txn_id"),
        ):
            bound = payment_ops.claim_route(
                bank=caller.partner.bank, kind=kind, ref=ref, company_code=place.company_code, at=at
            )
            if bound != place.company_code:
                return field
    return ""


def the_one_with(knows: Callable[[], bool], *, account: str = "") -> str:
    """The company whose records know it; with an account code the likeliest is asked first, and the first that knows
    it is the one. Raises CompanyUnknown, CompaniesMany.
    """
    found: list[str] = []
    for company in _likeliest_first(account):
        with context.using_company(company.code):
            is_known = knows()
        if is_known and account:
            return company.code
        if is_known:
            found.append(company.code)
    if len(found) > 1:
        raise CompaniesMany(found)
    if not found:
        raise CompanyUnknown
    return found[0]


def the_first_with(knows: Callable[[], bool]) -> str:
    """The first company that knows it: for ids that are made once in the world. Raises CompanyUnknown."""
    for company in company_queries.list_companies():
        with context.using_company(company.code):
            if knows():
                return company.code
    raise CompanyUnknown


def the_one_paid_into(account: str) -> str:
    """The company that owns this bank account. Raises CompanyMissing, CompanyUnknown."""
    if not account:
        raise CompanyMissing
    for company in company_queries.list_companies():
        if company.bank_account == account:
            return company.code
    raise CompanyUnknown


def must_be_named() -> str:
    raise CompanyMissing


def _likeliest_first(account: str) -> list[Company]:
    companies = list(company_queries.list_companies())
    clean = codes.clean_account_code(account)
    return sorted(
        companies, key=lambda one: not any(clean.startswith(prefix) for prefix in one.account_prefixes)
    )
