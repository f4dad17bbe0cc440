"""At the group's address: the companies whose records know a code. What is written on a code is a guess and never the answer."""

from __future__ import annotations

from uuid import UUID

from motcua.companies import finding
from motcua.companies.models import Company
from motcua.kernel import codes

# As `owing.owed_at` knows an account: by a request, a charge, a balance another system told, a contract.
_ACCOUNT = """
EXISTS (SELECT FROM {records}.ledger_charge WHERE account_code = %(code)s)
OR EXISTS (SELECT FROM {records}.supply_contract WHERE account_code = %(code)s)
OR EXISTS (SELECT FROM {records}.requests_request WHERE account_code = %(code)s)
OR EXISTS (SELECT FROM {records}.supply_balance WHERE account_code = %(code)s)
"""
_PAYMENT_CODE = "EXISTS (SELECT FROM {records}.ledger_charge WHERE payment_code = %(code)s)"
_CHARGE = "EXISTS (SELECT FROM {records}.ledger_charge WHERE id = %(id)s)"
_TRANSACTION = """
EXISTS (SELECT FROM {records}.payments_banknotification WHERE bank = %(bank)s AND txn_id = %(txn)s)
OR EXISTS (SELECT FROM {records}.payments_bankhold WHERE bank = %(bank)s AND txn_id = %(txn)s)
"""


def companies_of_account(text: str) -> list[Company]:
    """Those that know the account; of several the one whose codes begin like it comes first."""
    code = codes.clean_account_code(text)
    if not codes.is_account_code(code):
        return []
    found = finding.find_companies(_ACCOUNT, {"code": code})
    return sorted(found, key=lambda one: not code.startswith(tuple(one.account_prefixes)))


def companies_of_payment_code(text: str) -> list[Company]:
    """Those with a charge of this payment code: each company counts its own, so there may be several."""
    code = codes.parse_payment_code(text)
    return finding.find_companies(_PAYMENT_CODE, {"code": code}) if code else []


def companies_of_charge(charge_id: UUID) -> list[Company]:
    """The one with this charge, if any."""
    return finding.find_companies(_CHARGE, {"id": charge_id})


def companies_of_transaction(bank: str, txn_id: str) -> list[Company]:
    """Those to which the bank spoke of its transaction, or where it holds a charge under it."""
    return finding.find_companies(_TRANSACTION, {"bank": bank, "txn": txn_id})
