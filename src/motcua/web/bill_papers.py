"""The papers of a bill with what stands around it: names, the place, the code to pay by, how it differs from before."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation

from motcua.billing import access, papers, queries, wording
from motcua.billing.access import Seen
from motcua.billing.models import BillKind
from motcua.billing.papers import Around
from motcua.billing.queries import BillView
from motcua.billing.rules import comparing
from motcua.companies import banks
from motcua.companies import queries as company_queries
from motcua.customers import queries as customer_queries
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import queries as payment_queries
from motcua.supply import queries as supply_queries
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook


def bill_pdf(seen: Seen) -> bytes:
    """The bill line by line; what it would have been by prices on trial is an annex that nobody pays."""
    book, charge = tariff_queries.price_book(), _charge(seen.bill)
    shadows = queries.list_shadows(seen.bill.id)
    return papers.bill_pdf(seen.bill, charge, _around(seen, charge, book), book, shadows=shadows)


def notice_pdf(seen: Seen) -> bytes:
    """The notice of payment. Raises ValueError when nothing waits to be paid (see `has_notice`)."""
    book, charge = tariff_queries.price_book(), _charge(seen.bill)
    if charge is None:
        raise ValueError("a bill without a charge has no notice of payment")
    return papers.notice_pdf(seen.bill, charge, _around(seen, charge, book), book)


def has_notice(bill: BillView) -> bool:
    """Whether something of it waits to be paid."""
    charge = _charge(bill)
    return bill.stands and charge is not None and charge.remaining_vnd > 0


def _charge(bill: BillView) -> ChargeView | None:
    return ledger_queries.find_charge(bill.charge_id) if bill.charge_id else None


def _around(seen: Seen, charge: ChargeView | None, book: PriceBook) -> Around:
    bill, company = seen.bill, company_queries.get_company()
    contract = supply_queries.find_contract(bill.account_code)
    ids = [customer_queries.survivor_id(id) for id in (bill.customer_id, bill.payer_id) if id]
    names = customer_queries.list_names(ids)
    holder = ids[0] if bill.customer_id else None
    payer = customer_queries.survivor_id(bill.payer_id) if bill.payer_id else None
    waits = charge is not None and charge.remaining_vnd > 0 and bill.stands
    compared, year = _compared(seen, book)
    return Around(
        company=company,
        unit_name=company_queries.unit_names({bill.unit_code}).get(bill.unit_code, ""),
        holder=names.get(holder, "") if holder else "",
        payer=names.get(payer, "") if payer and payer != holder else "",
        place=contract.place_text if contract else "",
        bank_name=banks.name_of(company.bank_bin) if company.bank_bin else "",
        qr_text=payment_queries.transfer_qr(charge) if charge and waits else "",
        bill_url=company_queries.public_address(reverse("customer:bill", args=[bill.id])),
        compared=compared,
        year=year,
    )


def _compared(seen: Seen, book: PriceBook) -> tuple[list[str], list[BillView]]:
    bill = seen.bill
    if bill.kind == BillKind.ADJUSTMENT or not bill.stands:
        return [], []
    bills = access.list_comparable(seen)
    before = comparing.month_before(bill.billing_month, bills)
    with translation.override("vi"):
        told = wording.compared(bill, comparing.compare(bill, before, book)) if before else []
    return told, bills
