"""Which charges money in suspense may be for, the likeliest first, each with why: a person decides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

from motcua.customers import queries as customer_queries
from motcua.kernel import codes, phones, vietnamese
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import rules
from motcua.payments.queries import CaseView

LOOKED_AT = 200  # open charges of just this amount, among which a name is looked for
MOST = 5  # numbers of a text that are looked up
LENGTH = 12  # of a payment code
WINDOWS = 40  # places of a text that are tried
_RUN = re.compile(rf"[0-9A-Z]{{{LENGTH},}}")
_JOINERS = re.compile(r"[\s\-._/]+")
_ACCOUNT = re.compile(r"(?=(P[A-Z][0-9A-Z]{4}[0-9]{7}))")
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)\d{9}(?!\d)")


class Why(IntEnum):
    """What speaks for a charge, the strongest first."""

    CODE = 1  # its code stands in the text
    NEAR_CODE = 2  # its code stands there with one sign wrong, or two in each other's place
    ACCOUNT = 3  # the customer's account code stands in the text
    PHONE = 4  # so does the customer's telephone number
    NAME = 5  # so does the customer's name, and the amount is right
    RELATED = 6  # of the request or the customer that the money was first for
    AMOUNT = 7  # it owes just this much


@dataclass(frozen=True)
class Suggestion:
    charge: ChargeView
    why: tuple[Why, ...]


def suggest(case: CaseView, *, limit: int = 10) -> list[Suggestion]:
    """Open charges the money may be for. In a handful of queries, whatever the text."""
    owing = ledger_queries.list_owing(case.amount_vnd, limit=LOOKED_AT)
    found = chain(
        ((charge, Why.CODE) for charge in ledger_queries.find_charges_by_code(rules.codes_in(case.text))),
        ((charge, Why.NEAR_CODE) for charge in ledger_queries.find_charges_by_code(near_codes(case.text))),
        ((charge, Why.ACCOUNT) for charge in _of_accounts(case.text)),
        ((charge, Why.PHONE) for charge in _of_phones(case.text)),
        ((charge, Why.NAME) for charge in _named(case.text, owing)),
        ((charge, Why.RELATED) for charge in _related(case)),
        ((charge, Why.AMOUNT) for charge in owing),
    )
    return _ranked(found, case.amount_vnd)[:limit]


def near_codes(text: str) -> list[str]:
    """Valid payment codes that one wrong sign, or two neighbours in each other's place, part from what stands in the text."""
    upper = text.upper()
    typed = dict.fromkeys(
        run[at : at + LENGTH]
        for form in (upper, _JOINERS.sub("", upper))
        for run in _RUN.findall(form)
        for at in range(len(run) - LENGTH + 1)
    )
    likely = [one for one in typed if sum(sign.isdigit() for sign in one) >= LENGTH - 4][:WINDOWS]
    meant = dict.fromkeys(
        code for one in likely for code in _beside(one) if codes.parse_payment_code(code) == code
    )
    return [code for code in meant if code not in rules.codes_in(text)]


def _beside(typed: str) -> Iterable[str]:
    for place in range(len(typed)):
        for sign in codes.ALPHABET:
            yield typed[:place] + sign + typed[place + 1 :]
    for place in range(len(typed) - 1):
        yield typed[:place] + typed[place + 1] + typed[place] + typed[place + 2 :]


def _of_accounts(text: str) -> list[ChargeView]:
    named = list(dict.fromkeys(_ACCOUNT.findall(text.upper())))[:MOST]
    return ledger_queries.list_charges_of_accounts(named, open_only=True)


def _of_phones(text: str) -> list[ChargeView]:
    numbers = [number for found in _PHONE.findall(text)[:MOST] if (number := phones.normalise(found))]
    people = [
        person.id for number in dict.fromkeys(numbers) for person in customer_queries.list_by_phone(number)
    ]
    return [
        charge
        for person in people[:MOST]
        for charge in ledger_queries.list_charges_of_customer(person, open_only=True)
    ]


def _named(text: str, owing: list[ChargeView]) -> list[ChargeView]:
    """Of the charges that owe just this much, those whose customer's name stands in the text."""
    words = f" {vietnamese.search_key(text)} "
    names = customer_queries.list_names({charge.customer_id for charge in owing if charge.customer_id})
    keys = {person: vietnamese.search_key(name) for person, name in names.items()}
    return [
        charge
        for charge in owing
        if charge.customer_id and (key := keys.get(charge.customer_id, "")).count(" ") and f" {key} " in words
    ]


def _related(case: CaseView) -> list[ChargeView]:
    before = ledger_queries.find_charge(case.charge_id) if case.charge_id else None
    if before is None:
        return []
    found = ledger_queries.list_charges(before.request_id) if before.request_id else []
    if before.customer_id:
        found += ledger_queries.list_charges_of_customer(before.customer_id, open_only=True)
    return found


def _ranked(found: Iterable[tuple[ChargeView, Why]], amount_vnd: int) -> list[Suggestion]:
    """Each open charge once with all that speaks for it: the strongest reason first, then the right amount, then the oldest."""
    charges: dict[object, ChargeView] = {}
    whys: dict[object, dict[Why, None]] = {}
    for charge, why in found:
        if charge.is_open:
            charges.setdefault(charge.id, charge)
            whys.setdefault(charge.id, {})[why] = None
    made = [Suggestion(charge, tuple(whys[id])) for id, charge in charges.items()]
    return sorted(made, key=lambda one: (min(one.why), one.charge.remaining_vnd != amount_vnd))
