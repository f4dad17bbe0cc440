"""How much waits behind each card of the face, and for how long: what an accountant's day begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, ngettext

from motcua.billing import waiting_queries as of_bills
from motcua.kernel.local_time import local_date
from motcua.kernel.money import format_number
from motcua.kernel.waiting import Waiting
from motcua.payments import waiting_queries as of_money


@dataclass(frozen=True)
class Whose:
    """For whom it is counted: these units, today."""

    units: frozenset[str]
    today: date


COUNTS: dict[str, Callable[[Whose], Waiting]] = {
    "money:runs": lambda whose: of_bills.exceptions_waiting(whose.units, whose.today),
    "money:terms": lambda whose: of_bills.terms_waiting(whose.units),
    "money:three-prices": lambda whose: of_bills.three_prices_waiting(whose.units),
    "money:corrections": lambda whose: of_bills.corrections_waiting(whose.units),
    "money:invoices": lambda whose: of_bills.invoices_waiting(whose.units),
    "money:statements": lambda whose: of_money.statements_waiting(),
    "money:differences": lambda whose: of_money.differences_waiting(),
    "desk:suspense": lambda whose: of_money.suspense_waiting(),
    "money:refunds": lambda whose: of_money.refunds_waiting(),
    "money:debts": lambda whose: of_money.orders_waiting(whose.units),
}


def told(url_name: str, whose: Whose) -> str:
    """What a card says of it; nothing where nothing can wait."""
    if url_name not in COUNTS:
        return ""
    found = COUNTS[url_name](whose)
    if not found.number:
        return gettext("Không có việc chờ")
    text = ngettext("%(n)s việc chờ", "%(n)s việc chờ", found.number) % {"n": _number(found)}
    days = (whose.today - local_date(found.since)).days if found.since else 0
    if days < 1:
        return text
    return gettext("%(text)s, lâu nhất %(days)s ngày") % {"text": text, "days": format_number(days)}


def _number(found: Waiting) -> str:
    return f"{format_number(found.number)}+" if found.is_more else format_number(found.number)
