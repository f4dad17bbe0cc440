"""A bill as pages show it, to customers and staff alike: where it stands, every line with the source of its price, the year,
and how it differs from before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from motcua.billing import access, queries, recounting, run_queries, terms_wording, wording
from motcua.billing.access import Seen
from motcua.billing.models import BillKind, BillState
from motcua.billing.queries import BillView
from motcua.billing.recounting import Recount
from motcua.billing.rules import comparing
from motcua.customers import queries as customer_queries
from motcua.kernel.local_time import local_date, to_local
from motcua.kernel.money import amount_in_words_vi, format_vnd
from motcua.ledger import chart
from motcua.ledger import queries as ledger_queries
from motcua.ledger.chart import Side
from motcua.ledger.models import TransactionKind
from motcua.ledger.queries import ChargeView
from motcua.payments import partner_queries
from motcua.supply import queries as supply_queries
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook
from motcua.web.price_steps import steps

YEAR_WIDE, YEAR_HIGH = 325, 110  # of the picture of twelve months, in its own units
YEAR_HEAD = 18  # room above the highest column for its number


@dataclass(frozen=True)
class Standing:
    """Where a bill stands: a code, one or two words with their tone, a sentence, and what is left to pay."""

    code: str
    label: str
    tone: str
    text: str
    remaining_vnd: int = 0


@dataclass(frozen=True)
class Line:
    """A line of a bill, with where its price stands."""

    name: str
    kwh: int | float
    price_vnd: int
    amount_vnd: int
    decision: str
    start: date
    end: date
    relief: str
    relief_percent: str
    kw: int | float | None = None


def standing(bill: BillView, charge: ChargeView | None, today: date) -> Standing:
    """Where it stands on a day, in words."""
    if bill.state == BillState.CANCELLED:
        text = gettext("Hóa đơn này đã hủy, không phải trả.")
        return Standing("CANCELLED", gettext("đã hủy"), "neutral", f"{text} {bill.reason}".strip())
    if bill.state == BillState.REPLACED:
        text = gettext("Hóa đơn này đã được thay bằng hóa đơn khác.")
        return Standing("REPLACED", gettext("đã thay thế"), "neutral", text)
    if charge is None:
        if bill.total_vnd < 0:
            text = gettext(
                "Hóa đơn này giảm số tiền của hóa đơn trước; phần giảm được trả lại hoặc trừ vào kỳ sau."
            )
            return Standing("LESS", gettext("giảm tiền"), "good", text)
        return Standing("NOTHING", gettext("không phải trả"), "good", gettext("Kỳ này không phải trả tiền."))
    if charge.is_paid:
        when = f"{to_local(charge.paid_at):%d/%m/%Y}" if charge.paid_at else ""
        return Standing("PAID", gettext("đã trả"), "good", gettext("Đã trả đủ ngày %(day)s.") % {"day": when})
    if not charge.is_open:
        return Standing(
            "CANCELLED", gettext("đã hủy"), "neutral", gettext("Khoản này đã hủy, không phải trả.")
        )
    return _open(charge, today)


def _open(charge: ChargeView, today: date) -> Standing:
    due = local_date(charge.due_at) if charge.due_at else None
    told = {"day": f"{due:%d/%m/%Y}" if due else "", "days": abs((due - today).days) if due else 0}
    code, label, tone = "UNPAID", gettext("chưa trả"), "wait"
    if charge.paid_vnd:
        code, label = "PART", gettext("đã trả một phần")
    if due is None:
        text = gettext("Chưa trả.")
    elif due < today:
        code, tone, label = "LATE", "bad", gettext("quá hạn")
        text = gettext("Đã quá hạn %(days)s ngày, hạn là ngày %(day)s.") % told
    elif due == today:
        text = gettext("Hôm nay là hạn trả.")
    else:
        text = gettext("Trả trước hết ngày %(day)s, còn %(days)s ngày.") % told
    if charge.paid_vnd:
        text += " " + gettext("Đã trả %(paid)s.") % {"paid": format_vnd(charge.paid_vnd)}
    return Standing(code, label, tone, text, charge.remaining_vnd)


def lines_of(
    bills: Sequence[BillView], today: date, *, hides: set[UUID] | None = None
) -> list[dict[str, Any]]:
    """Bills as rows of a list. `hides`: those whose amounts may not be told."""
    charges = charges_of(bills)
    return [
        {
            "bill": bill,
            "month": wording.month_name(bill),
            "period": wording.period_words(bill),
            "charge": charges.get(bill.charge_id) if bill.charge_id else None,
            "standing": standing(bill, charges.get(bill.charge_id) if bill.charge_id else None, today),
            "with_money": bill.id not in (hides or ()),
            "kind": kind_words(bill),
        }
        for bill in bills
    ]


def charges_of(bills: Sequence[BillView]) -> dict[UUID, ChargeView]:
    """The charges of bills, by id, in one question."""
    accounts = {bill.account_code for bill in bills if bill.charge_id}
    wanted = {bill.charge_id for bill in bills}
    return {c.id: c for c in ledger_queries.list_charges_of_accounts(accounts) if c.id in wanted}


def kind_words(bill: BillView) -> str:
    if bill.kind == BillKind.REPLACEMENT:
        return gettext("thay thế")
    return gettext("điều chỉnh") if bill.kind == BillKind.ADJUSTMENT else ""


def page_of(seen: Seen, at: datetime) -> dict[str, Any]:
    """Everything the page of one bill shows."""
    bill, today = seen.bill, local_date(at)
    book = tariff_queries.price_book()
    charge = ledger_queries.find_charge(bill.charge_id) if bill.charge_id else None
    lines = price_lines(bill, book)
    contract = supply_queries.find_contract(bill.account_code)
    return {
        "bill": bill,
        "month": wording.month_name(bill),
        "period": wording.period_words(bill),
        "kind": kind_words(bill),
        "with_money": seen.with_money,
        "charge": charge,
        "standing": standing(bill, charge, today),
        "paid": list_paid(charge) if charge and charge.paid_vnd else [],
        "readings": [
            {**row, "name": wording.register_name(str(row.get("register", "")))} for row in bill.readings
        ],
        "lines": lines,
        "steps": steps(lines) if bill.kind != BillKind.ADJUSTMENT else [],
        "vat_percent": f"{bill.vat_rate * 100:.0f}",
        "cosphi": bill.case.get("cosphi") if isinstance(bill.case, Mapping) else None,
        "words": amount_in_words_vi(bill.total_vnd),
        "place": contract.place_text if contract else "",
        "parties": _parties(bill),
        "corrections": _corrections(bill),
        "terms": _terms(bill) if seen.with_money else [],
        "shadows": _shadows(bill, book) if seen.with_money else [],
        **_compared(seen, book),
    }


def price_lines(bill: BillView, book: PriceBook) -> list[Line]:
    """The lines with their names, and how much a relief took off."""
    return [_line(told, bill, book) for told in bill.lines]


def _line(told: Mapping[str, Any], bill: BillView, book: PriceBook) -> Line:
    relief = str(told.get("rule", "")).partition(" ")[2]
    percents = {row.code: f"{row.percent.normalize():f}" for row in book.reliefs if row.percent}
    return Line(
        wording.part_name(str(told.get("rule", ""))),
        told.get("kwh", 0),
        int(told.get("price_vnd", 0)),
        int(told.get("amount_vnd", 0)),
        str(told.get("source", "")),
        _day(told.get("from"), bill.from_day),
        _day(told.get("to"), bill.to_day),
        wording.relief_name(relief),
        percents.get(relief, ""),
        told.get("kw"),
    )


def _terms(bill: BillView) -> list[dict[str, Any]]:
    """What the account was billed by beside its contract, with the days of the bill on which it held."""
    rows = run_queries.list_terms_between(
        bill.account_code, bill.from_day, bill.to_day, known_at=bill.issued_at
    )
    return [
        {
            "start": max(row.valid_from, bill.from_day),
            "end": min(row.valid_to or bill.to_day, bill.to_day),
            "facts": terms_wording.facts(terms_wording.values_of(row)),
        }
        for row in rows
    ]


def _shadows(bill: BillView, book: PriceBook) -> list[dict[str, Any]]:
    """What the bill would have been by prices on trial, line by line, and by how much that differs."""
    return [
        {
            "bill": shadow,
            "lines": [_line(told, bill, book) for told in shadow.lines],
            "difference": wording.signed_vnd(shadow.total_vnd - bill.total_vnd),
            "vat_percent": f"{shadow.vat_rate * 100:.0f}",
        }
        for shadow in queries.list_shadows(bill.id)
    ]


def _day(told: Any, otherwise: date) -> date:
    return date.fromisoformat(str(told)) if told else otherwise


def list_paid(charge: ChargeView) -> list[str]:
    """When and how a charge was paid, a sentence each, without what was taken back."""
    names = {partner.bank: partner.name for partner in partner_queries.list_partners()}
    found = []
    for row in ledger_queries.list_transactions(charge.id):
        if row.kind not in (TransactionKind.SETTLE, TransactionKind.TRANSFER) or row.is_reversed:
            continue
        into = next((leg for leg in row.postings if leg.side == Side.DEBIT), None)
        if into is not None:
            found.append(
                gettext("%(at)s: %(vnd)s, %(how)s")
                % {"at": f"{to_local(row.at):%H:%M %d/%m/%Y}", "vnd": format_vnd(into.amount_vnd), "how": _how(into.account, names)}
            )  # fmt: skip
    return found


def _how(account: str, names: Mapping[str, str]) -> str:
    if account == chart.CASH:
        return gettext("tiền mặt tại quầy")
    if account == chart.CUSTOMER_CREDIT:
        return gettext("trừ vào tiền trả trước")
    if account.startswith(chart.clearing("")):
        partner = account.removeprefix(chart.clearing(""))
        return gettext("qua %(partner)s") % {"partner": names.get(partner, partner)}
    return gettext("chuyển khoản")


def _parties(bill: BillView) -> dict[str, str]:
    """Who uses and who pays, when these are two."""
    if bill.payer_id is None or bill.customer_id is None:
        return {}
    payer, holder = (customer_queries.survivor_id(id) for id in (bill.payer_id, bill.customer_id))
    if payer == holder:
        return {}
    names = customer_queries.list_names({payer, holder})
    return {"payer": names.get(payer, ""), "holder": names.get(holder, "")}


def _corrections(bill: BillView) -> dict[str, Any]:
    """What this bill corrects, and what corrects it."""
    return {
        "of": queries.find_bill(bill.corrects_id) if bill.corrects_id else None,
        "by": [(one, kind_words(one)) for one in access.list_corrections(bill.id)],
    }


def _compared(seen: Seen, book: PriceBook) -> dict[str, Any]:
    """The sentences, and the picture of the year; nothing for an adjustment."""
    bill = seen.bill
    if bill.kind == BillKind.ADJUSTMENT or not bill.stands:
        return {"to_month": [], "to_year": [], "year": []}
    bills = access.list_comparable(seen)
    single = [one for one in bills if one.billing_month == bill.billing_month] == [bill]
    month = comparing.month_before(bill.billing_month, bills) if single else None
    year = comparing.year_before(bill.billing_month, bills) if single else None
    told = {"with_money": seen.with_money}
    return {
        "to_month": wording.compared(bill, comparing.compare(bill, month, book), **told) if month else [],
        "to_year": wording.compared(bill, comparing.compare(bill, year, book), to_year=True, **told) if year else [],
        "year": year_columns(bills, bill) if len(bills) > 1 else [],
    }  # fmt: skip


def year_columns(bills: Sequence[BillView], now: BillView) -> list[dict[str, Any]]:
    """A column a bill, oldest first: the same month of last year, and the twelve months up to this one."""
    highest = max((bill.kwh for bill in bills), default=0) or 1
    width = YEAR_WIDE / max(len(bills), 6)
    marked = {bills[0].id, now.id, max(bills, key=lambda bill: (bill.kwh, bill.billing_month)).id}
    columns = []
    for place, bill in enumerate(bills):
        height = YEAR_HIGH * bill.kwh / highest
        columns.append(
            {
                "bill": bill,
                "x": f"{place * width:.1f}",
                "width": f"{width * 0.8:.1f}",
                "y": f"{YEAR_HEAD + YEAR_HIGH - height:.1f}",
                "height": f"{height:.1f}",
                "middle": f"{place * width + width * 0.4:.1f}",
                "above": f"{YEAR_HEAD + YEAR_HIGH - height - 4:.1f}",
                "below": f"{YEAR_HEAD + YEAR_HIGH + 14}",
                "is_now": bill.id == now.id,
                "has_number": bill.id in marked,
                "a_day": wording.decimal(comparing.a_day(bill)),
                "month": wording.month_name(bill),
            }
        )
    return columns


def recount_of(bill: BillView) -> Recount | None:
    """The bill worked out again with today's tables of dated prices."""
    return recounting.recount(bill, tariff_queries.price_book())
