"""What an invoice says of a bill: lines by price, readings in the free pairs, the buyer with their customer code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from motcua.billing.einvoice import document
from motcua.billing.einvoice.document import Draft, Line, Pair, Party, Relation
from motcua.billing.models import Bill, BillKind, InvoiceSeller
from motcua.customers.models import Customer, CustomerKind
from motcua.supply import queries as supply_queries

_TAX_CODE = re.compile(r"\d{10}(-\d{3})?")
# What is printed on the paper is Vietnamese, whatever language the reader's pages have.
GROUPS = {
    "HOME": "Điện sinh hoạt",
    "HOME_PREPAID": "Điện sinh hoạt trả trước",
    "BUSINESS": "Điện kinh doanh",
    "PRODUCTION": "Điện sản xuất",
    "HOSPITAL_SCHOOL": "Điện hành chính sự nghiệp (bệnh viện, trường học)",
    "ADMIN_LIGHTING": "Điện hành chính sự nghiệp (chiếu sáng công cộng, cơ quan)",
}
OTHERWISE = "Điện năng"
HOURS = {"NORMAL": "giờ bình thường", "OFF_PEAK": "giờ thấp điểm", "PEAK": "giờ cao điểm"}


@dataclass(frozen=True)
class Numbered:
    """Which number an invoice has, of which day, and whom it corrects."""

    form: str
    symbol: str
    number: int
    dated: date
    relation: Relation | None = None


def seller_party(seller: InvoiceSeller) -> Party:
    return Party(
        name=seller.name, tax_code=seller.tax_code, address=seller.address, phone=seller.phone, email=seller.email,
        bank_account=seller.bank_account, bank_name=seller.bank_name,
    )  # fmt: skip


def buyers_of(bills: Sequence[Bill]) -> dict[UUID, Party]:
    """Who each bill is made out to, by its id: the payer, else the holder; two queries for all of them."""
    ids = {customer_id for bill in bills if (customer_id := bill.payer_id or bill.customer_id)}
    customers = {customer.id: customer for customer in Customer.objects.filter(id__in=ids)}
    contracts = supply_queries.find_contracts({bill.account_code for bill in bills})
    found = {}
    for bill in bills:
        buyer_id = bill.payer_id or bill.customer_id
        customer = customers.get(buyer_id) if buyer_id else None
        contract = contracts.get(bill.account_code)
        place = contract.place_text if contract else ""
        found[bill.id] = Party(
            name=customer.full_name if customer else "", tax_code=_tax_code(customer),
            address=((customer.contact_address if customer else "") or place)[:400], customer_code=bill.account_code,
        )  # fmt: skip
    return found


def draft_of(bill: Bill, *, seller: Party, buyer: Party, numbered: Numbered, version: str) -> Draft:
    """All that the invoice of a bill says."""
    return Draft(
        version=version, form=numbered.form, symbol=numbered.symbol, number=numbered.number, dated=numbered.dated,
        seller=seller, buyer=buyer, lines=lines_of(bill, numbered.relation), subtotal_vnd=bill.subtotal_vnd,
        vat_rate=bill.vat_rate, vat_vnd=bill.vat_vnd, total_vnd=bill.total_vnd, others=list(_pairs(bill)),
        relation=numbered.relation,
    )  # fmt: skip


def lines_of(bill: Bill, relation: Relation | None = None) -> list[Line]:
    """A line for each price, the reactive power in one of its own; of an adjustment its difference in one line."""
    if bill.kind == BillKind.ADJUSTMENT:
        return [Line(_adjusting(bill, relation), bill.subtotal_vnd)]
    lines = [_line(bill, told) for told in bill.lines]
    if bill.reactive_vnd:
        lines.append(Line("Tiền mua công suất phản kháng", bill.reactive_vnd))
    return lines


def _line(bill: Bill, told: Mapping[str, Any]) -> Line:
    rule, _space, relief = str(told["rule"]).partition(" ")
    name = GROUPS.get(bill.case.get("group", ""), OTHERWISE) if isinstance(bill.case, dict) else OTHERWISE
    if rule.startswith("TIER_"):
        name += f" bậc {rule[5:]}"
    elif rule in HOURS:
        name += f" {HOURS[rule]}"
    if relief:
        name += " (đã giảm giá)"
    start, end = told.get("from"), told.get("to")
    if start and end and (start, end) != (bill.from_day.isoformat(), bill.to_day.isoformat()):
        name += f" từ {_day(start)} đến {_day(end)}"
    return Line(name, told["amount_vnd"], "kWh", Decimal(str(told["kwh"])), Decimal(told["price_vnd"]))


def _adjusting(bill: Bill, relation: Relation | None) -> str:
    way = "tăng" if bill.subtotal_vnd > 0 else "giảm"
    of = f" theo hóa đơn {relation.form}{relation.symbol} số {relation.number}" if relation else ""
    return f"Điều chỉnh {way} tiền điện kỳ {bill.billing_month:%m/%Y}{of}"


def _pairs(bill: Bill) -> Sequence[Pair]:
    """The period and the readings, under the names that power companies' own papers use."""
    pairs = [
        Pair("KY", str(bill.period), "numeric"), Pair("THANG", f"{bill.billing_month:%m}", "numeric"),
        Pair("NAM", f"{bill.billing_month:%Y}", "numeric"), Pair("NGAY_DKY", bill.from_day.isoformat(), "date"),
        Pair("NGAY_CKY", bill.to_day.isoformat(), "date"), Pair("DIEN_TTHU", str(bill.kwh), "numeric"),
        Pair("MA_DVIQLY", bill.unit_code),
    ]  # fmt: skip
    for place, reading in enumerate(bill.readings, start=1):
        told = (
            ("SO_CTO", "serial", "string"), ("BCS", "register", "string"), ("CHISO_CU", "previous", "numeric"),
            ("CHISO_MOI", "current", "numeric"), ("HS_NHAN", "factor", "numeric"), ("SAN_LUONG", "kwh", "numeric"),
        )  # fmt: skip
        pairs += [
            Pair(f"{name}_{place}", str(reading[key]), kind) for name, key, kind in told if key in reading
        ]
    return pairs


def relation_of(kind: int, *, form: str, symbol: str, number: int, dated: date, reason: str) -> Relation:
    return Relation(kind, form, symbol, number, dated, reason or _WHY[kind])


_WHY = {document.REPLACES: "Thay thế hóa đơn có sai sót", document.ADJUSTS: "Điều chỉnh hóa đơn có sai sót"}


def _tax_code(customer: Customer | None) -> str:
    if customer is None or customer.kind != CustomerKind.ORGANISATION:
        return ""
    return customer.id_number if _TAX_CODE.fullmatch(customer.id_number) else ""


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}"
