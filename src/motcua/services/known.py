"""What is known is not asked again: from what is on record of a proven person and account to answers of a service.

Pure. The questions are found by their kind (and what they say in `known`), never by their name. Whoever calls has made
sure that the person or the account is proven, or that an employee asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.kernel import codes
from motcua.services import values
from motcua.services.declaration import Category, KnownAs, Question, QuestionType, Service


@dataclass(frozen=True)
class Account:
    """A running contract: where it is, what it says, who holds it."""

    account_code: str
    place: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = ""
    quota: int = 1
    capacity_kw: float | None = None
    phases: int = 1


@dataclass(frozen=True)
class Known:
    """A person and the accounts that are proven to be theirs. Empty: nothing is known."""

    full_name: str = ""
    phone: str = ""
    email: str = ""
    id_number: str = ""
    accounts: tuple[Account, ...] = ()

    def account(self, code: str) -> Account | None:
        """The account of this code; without a code the only one there is."""
        if not code:
            return self.accounts[0] if len(self.accounts) == 1 else None
        clean = codes.clean_account_code(code)
        return next((account for account in self.accounts if account.account_code == clean), None)


NOTHING = Known()


def answers(service: Service, given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """The answers that need not be asked: only to questions that `given` leaves empty.

    An account code that is given and not among the known ones says that somebody else's account is meant: then the name
    on it is not this person's, and nothing but what was given stands.
    """
    asked = next((q for q in service.questions if q.type is QuestionType.ACCOUNT_CODE), None)
    code = str(given.get(asked.name) or "") if asked else ""
    account = known.account(code)
    if asked is not None and code and account is None:
        return {}
    about = account if service.category is not Category.SUPPLY or asked is not None else None
    told = _by_type(known, about)
    found: dict[str, Any] = {}
    for question in service.questions:
        value = _value(question, told, about)
        read = values.read(question, value)
        if not values.is_empty(given.get(question.name)) or read.value is None:
            continue
        found[question.name] = read.value
    return found


def settled(service: Service, given: Mapping[str, Any], known: Known) -> frozenset[str]:
    """The questions whose answers are just what is known: nobody needs to be led past them."""
    code_names = [
        q.name for q in service.questions if q.type is QuestionType.ACCOUNT_CODE and given.get(q.name)
    ]
    found = answers(service, {name: given[name] for name in code_names}, known)
    same = {name for name, value in found.items() if given.get(name) == value}
    owned = [name for name in code_names if known.account(str(given[name])) is not None]
    return frozenset(same | set(owned))


def _value(question: Question, told: dict[QuestionType, Any], account: Account | None) -> Any:
    if question.known is KnownAs.NOTHING:
        return None
    if question.known is KnownAs.BY_TYPE:
        return told.pop(question.type, None)  # the first question of its kind is about the person who asks
    if account is None:
        return None
    return {
        KnownAs.PURPOSE: account.purpose,
        KnownAs.QUOTA: account.quota,
        KnownAs.CAPACITY: account.capacity_kw,
        KnownAs.PHASES: "THREE" if account.phases == 3 else "ONE",
    }[question.known]


def _by_type(known: Known, account: Account | None) -> dict[QuestionType, Any]:
    told: dict[QuestionType, Any] = {
        QuestionType.PERSON_NAME: known.full_name,
        QuestionType.PHONE: known.phone,
        QuestionType.EMAIL: known.email,
        QuestionType.ID_NUMBER: known.id_number,
    }
    if account is not None:
        told |= {QuestionType.ACCOUNT_CODE: account.account_code, QuestionType.PLACE: dict(account.place)}
    return {kind: value for kind, value in told.items() if value}
