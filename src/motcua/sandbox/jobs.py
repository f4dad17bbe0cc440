"""What the outside world does by itself: the stand-in bank and portal call again when nobody answered."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from motcua.companies import context
from motcua.companies import queries as company_queries
from motcua.companies.models import CompanyKind
from motcua.config import jobs
from motcua.sandbox import bank, debits, gate, portal, portal_identity, tax_setup, wallets, wallets_calls

_settled: set[str] = set()


@jobs.periodic("sandbox-bank", every_seconds=5)
def deliver_bank_calls(at: datetime) -> int:
    return bank.deliver_due(limit=100) if gate.is_open() else 0


@jobs.periodic("sandbox-portal", every_seconds=5)
def deliver_portal_calls(at: datetime) -> int:
    if not gate.is_open() or context.current_company().kind != CompanyKind.POWER:
        return 0
    if (code := context.current_company_code()) not in _settled:  # once a start: the port may be another
        host = urlsplit(company_queries.public_address()).netloc
        portal.ensure_partner(host=host, at=at)
        portal_identity.ensure_provider(host=host, at=at)
        tax_setup.ensure(host=host, at=at)
        _settled.add(code)
    return portal.deliver_due(limit=100)


@jobs.periodic("sandbox-wallets", every_seconds=5)
def deliver_wallet_calls(at: datetime) -> int:
    if not gate.is_open() or context.current_company().kind != CompanyKind.POWER:
        return 0
    code = f"wallets:{context.current_company_code()}"
    if code not in _settled:  # once a start: the port may be another
        host = urlsplit(company_queries.public_address()).netloc
        wallets.ensure_gateways(host=host, at=at)
        debits.ensure_partner(host=host, at=at)
        _settled.add(code)
    return wallets_calls.deliver_due(limit=100)


PERIODIC = [("sandbox-bank", 5.0, deliver_bank_calls), ("sandbox-portal", 5.0, deliver_portal_calls)]
