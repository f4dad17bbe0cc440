"""Whom and which contract a text means that somebody typed into a box for searching."""

from __future__ import annotations

import re

from motcua.customers import queries as customer_queries
from motcua.customers.queries import CustomerView
from motcua.kernel import codes
from motcua.supply import queries as supply_queries
from motcua.supply.queries import ContractView

LONGEST = 120
MOST = 20
_DIGITS = re.compile(r"^[\d\s.+-]{4,}$")


def find_contract(text: str) -> ContractView | None:
    """The contract, when the text is an account code."""
    cleaned = codes.clean_account_code(text)
    return supply_queries.find_contract(cleaned) if 11 <= len(cleaned) <= 13 and cleaned[:1] == "P" else None


def find_customers(text: str, contract: ContractView | None = None) -> list[CustomerView]:
    """Customers meant by the text: the contract's holder, a phone, its last digits, an identity number, a
    name.
    """
    if contract is not None:
        holder = customer_queries.find_customer(customer_queries.survivor_id(contract.customer_id))
        return [holder] if holder else []
    found = customer_queries.search(text, limit=MOST)
    if not found and _DIGITS.match(text):
        found = customer_queries.search_by_phone_tail(text, limit=MOST)
    return found
