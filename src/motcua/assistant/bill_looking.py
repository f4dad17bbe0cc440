"""Looking up the bills of a proven customer for a turn: the newest of each account, where it stands, why it differs."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation

from motcua.assistant import texts
from motcua.assistant.here import Here
from motcua.assistant.state import BillSeen
from motcua.billing import access, wording
from motcua.billing.access import Reach, Seen
from motcua.billing.models import BillKind
from motcua.billing.queries import BillView
from motcua.billing.rules import comparing
from motcua.kernel.local_time import to_local
from motcua.kernel.money import format_number, format_vnd
from motcua.ledger import queries as ledger_queries
from motcua.messaging.rules import render
from motcua.tariffs import queries as tariff_queries

LOOKED_AT = 6  # of the newest bills, for one that stands


def look_at_bills(here: Here, accounts: Sequence[str], *, with_why: bool) -> dict[str, BillSeen]:
    """The newest standing bill of use of each account that the proven customer may see."""
    assert here.customer_id is not None
    reach = access.reach_of(here.customer_id, on=here.today)
    found = {}
    for code in accounts:
        bills = access.list_seen(reach, account_code=code, limit=LOOKED_AT)
        bill = next((one for one in bills if one.stands and one.kind != BillKind.ADJUSTMENT), None)
        if bill is not None:
            found[code] = _seen(here, reach, bill, with_why=with_why)
    return found


def _seen(here: Here, reach: Reach, bill: BillView, *, with_why: bool) -> BillSeen:
    with_money = reach.sees_money_of(bill)
    with translation.override(here.language):
        return BillSeen(
            id=str(bill.id),
            month=wording.month_name(bill),
            kwh=format_number(bill.kwh),
            total_vnd=bill.total_vnd if with_money else None,
            standing=_standing(here, bill) if with_money else "",
            why=tuple(_why(reach, bill, with_money=with_money)) if with_why else (),
        )


def _standing(here: Here, bill: BillView) -> str:
    charge = ledger_queries.find_charge(bill.charge_id) if bill.charge_id else None
    if charge is None:
        return ""
    if charge.is_paid and charge.paid_at:
        return render(texts.BILL_PAID.get(here.language), {"day": f"{to_local(charge.paid_at):%d/%m/%Y}"})
    if not charge.is_open:
        return ""
    left = format_vnd(charge.remaining_vnd)
    if charge.due_at is None:
        return render(texts.BILL_OPEN.get(here.language), {"amount": left})
    day = f"{to_local(charge.due_at):%d/%m/%Y}"
    return render(texts.BILL_DUE.get(here.language), {"amount": left, "day": day})


def _why(reach: Reach, bill: BillView, *, with_money: bool) -> list[str]:
    """How it differs from the month before; where that is not known, from the same month of last year."""
    bills = access.list_comparable(Seen(bill, reach))
    book = tariff_queries.price_book()
    if (month := comparing.month_before(bill.billing_month, bills)) is not None:
        return wording.compared(bill, comparing.compare(bill, month, book), with_money=with_money)
    if (year := comparing.year_before(bill.billing_month, bills)) is not None:
        told = comparing.compare(bill, year, book)
        return wording.compared(bill, told, with_money=with_money, to_year=True)
    return []
