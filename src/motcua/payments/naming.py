"""What a transfer's text names when it names no charge: an account code, or a virtual account that stands for one."""

from __future__ import annotations

import re
from collections.abc import Collection

from motcua.kernel import codes
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments.models import VirtualAccount

ACCOUNT_LENGTH = 13
MOST_TRIED = 40
_WORD = re.compile(r"[0-9A-Z]{8,24}")
_OTHER = re.compile(r"[^0-9A-Z]")


def account_codes_in(text: str) -> list[str]:
    """Everything in a text that has the shape of an account code; banks glue their own words on, so every P is tried."""
    bare = _OTHER.sub("", text.upper())
    starts = (place for place, letter in enumerate(bare) if letter == "P")
    found = (bare[place : place + ACCOUNT_LENGTH] for place in starts)
    return list(dict.fromkeys(code for code in found if codes.is_account_code(code)))[:MOST_TRIED]


def charges_named(text: str) -> list[ChargeView]:
    """Open charges of the one account a text names, by its code or by a virtual account; the one to be paid first in front.

    Empty when it names none, or several that owe.
    """
    virtual = _virtual(text)
    if virtual and virtual.charge_id:
        charge = ledger_queries.find_charge(virtual.charge_id)
        return [charge] if charge and charge.is_open else []
    accounts = [virtual.account_code] if virtual else account_codes_in(text)
    charges = ledger_queries.list_charges_of_accounts(accounts, open_only=True)
    if len({charge.account_code for charge in charges}) != 1:
        return []
    return sorted(
        charges, key=lambda charge: (charge.due_at or charge.created_at, charge.created_at, str(charge.id))
    )


def named_somewhere(texts: Collection[str]) -> set[str]:
    """Those of the texts for which `charges_named` may find something: they hold an account that owes, or a virtual account."""
    accounts = {text: account_codes_in(text) for text in texts}
    words = {text: _WORD.findall(text.upper())[:MOST_TRIED] for text in texts}
    owing = ledger_queries.accounts_that_owe({code for found in accounts.values() for code in found})
    asked = {word for found in words.values() for word in found}
    virtual = set(
        VirtualAccount.objects.filter(number__in=asked, is_active=True).values_list("number", flat=True)
    )
    return {text for text in texts if owing.intersection(accounts[text]) or virtual.intersection(words[text])}


def _virtual(text: str) -> VirtualAccount | None:
    words = _WORD.findall(text.upper())[:MOST_TRIED]
    found = list(VirtualAccount.objects.filter(number__in=words, is_active=True)[:2]) if words else []
    return found[0] if len(found) == 1 else None
