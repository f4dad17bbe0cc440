"""A bill on paper, always in Vietnamese: what its templates print. The same bill and charge give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation

from motcua.billing import wording
from motcua.billing.models import BillState
from motcua.billing.queries import BillView, ShadowView
from motcua.companies.models import Company
from motcua.documents import packs
from motcua.kernel.local_time import to_local
from motcua.kernel.money import amount_in_words_vi, format_number, format_vnd
from motcua.ledger.queries import ChargeView
from motcua.tariffs.book import PriceBook

GOOD, BAD = "#1d6b3a", "#a32014"


@dataclass(frozen=True)
class Around:
    """What a paper says beside the bill: who and where, how it is paid, how it differs from before, the year."""

    company: Company
    unit_name: str = ""
    holder: str = ""
    payer: str = ""
    place: str = ""
    bank_name: str = ""
    qr_text: str = ""
    bill_url: str = ""
    compared: Sequence[str] = ()
    year: Sequence[BillView] = field(default=())


def bill_pdf(
    bill: BillView,
    charge: ChargeView | None,
    around: Around,
    book: PriceBook,
    *,
    shadows: Sequence[ShadowView] = (),
) -> bytes:
    """The bill line by line, with a code to pay by while it waits; `shadows` stand on pages of their own behind it."""
    with translation.override("vi"):
        data = bill_data(bill, charge, around, book) | {"trials": [_trial(one, bill) for one in shadows]}
        return packs.bill(packs.without_blanks(data))


def notice_pdf(bill: BillView, charge: ChargeView, around: Around, book: PriceBook) -> bytes:
    """The notice of payment; for a charge that waits."""
    with translation.override("vi"):
        data = bill_data(bill, charge, around, book) | {
            "kwh": f"{format_number(bill.kwh)} kWh", "subtotal": format_vnd(bill.subtotal_vnd), "vat": format_vnd(bill.vat_vnd),
            "total": format_vnd(bill.total_vnd), "paid": format_vnd(charge.paid_vnd) if charge.paid_vnd else "",
            "remaining_words": amount_in_words_vi(charge.remaining_vnd), "ways": _ways(around),
        }  # fmt: skip
        return packs.bill_notice(packs.without_blanks(data))


def bill_data(bill: BillView, charge: ChargeView | None, around: Around, book: PriceBook) -> dict[str, Any]:
    """Everything that both papers print, by the names their templates use."""
    company = around.company
    data = {
        "company": company.name, "unit": around.unit_name, "hotline": company.hotline, "colour": company.colour,
        "account_code": bill.account_code, "month": wording.month_name(bill), "period": wording.period_words(bill),
        "holder": around.holder, "payer": around.payer, "place": around.place,
        "readings": [_reading(row) for row in bill.readings], "lines": [_line(line, book) for line in bill.lines],
        "sources": _sources(bill, book), "reactive": format_number(bill.reactive_vnd) if bill.reactive_vnd else "",
        "subtotal": format_number(bill.subtotal_vnd), "vat_percent": f"{bill.vat_rate * 100:.0f}", "vat": format_number(bill.vat_vnd),
        "total": format_number(bill.total_vnd), "words": amount_in_words_vi(bill.total_vnd),
        "compared": list(around.compared), "year": _year(bill, around.year), "bill_url": around.bill_url,
        **_state(bill, charge),
    }  # fmt: skip
    if charge is not None and bill.stands and charge.remaining_vnd:
        data |= {
            "remaining": format_vnd(charge.remaining_vnd), "payment_code": charge.payment_code, "qr_text": around.qr_text,
            "due": f"{to_local(charge.due_at):%d/%m/%Y}" if charge.due_at else "",
            "bank_account": company.bank_account, "bank_name": around.bank_name, "bank_owner": company.name,
        }  # fmt: skip
    return data


def _trial(shadow: ShadowView, bill: BillView) -> dict[str, Any]:
    """What the annex prints: the lines by the prices on trial, their sum, and how that differs from what is owed."""
    return {
        "kw": _number(shadow.kw), "source": shadow.source, "lines": [_tried_line(line) for line in shadow.lines],
        "decisions": list(dict.fromkeys(filter(None, (str(line.get("source", "")) for line in shadow.lines)))),
        "reactive": format_number(shadow.reactive_vnd) if shadow.reactive_vnd else "",
        "subtotal": format_number(shadow.subtotal_vnd), "vat_percent": f"{shadow.vat_rate * 100:.0f}",
        "vat": format_number(shadow.vat_vnd), "total": format_number(shadow.total_vnd),
        "owed": format_number(bill.total_vnd), "difference": wording.signed_vnd(shadow.total_vnd - bill.total_vnd),
    }  # fmt: skip


def _tried_line(line: Mapping[str, Any]) -> dict[str, str]:
    kw = line.get("kw")
    return {
        "name": wording.part_name(str(line.get("rule", ""))),
        "quantity": f"{_number(line.get('kwh'))} kWh" if kw is None else f"{_number(kw)} kW",
        "price": _number(line.get("price_vnd")),
        "amount": _number(line.get("amount_vnd")),
    }


def _state(bill: BillView, charge: ChargeView | None) -> dict[str, str]:
    """What stands across the paper: that it is paid, or does not hold any more."""
    if bill.state == BillState.CANCELLED:
        reason = f" · {bill.reason}" if bill.reason else ""
        return {"state": "ĐÃ HỦY" + reason, "state_colour": BAD}
    if bill.state == BillState.REPLACED:
        return {"state": "ĐÃ THAY BẰNG HÓA ĐƠN KHÁC", "state_colour": BAD}
    if charge is not None and charge.is_paid and charge.paid_at:
        day = f"{to_local(charge.paid_at):%d/%m/%Y}"
        return {"state": f"ĐÃ TRẢ ĐỦ NGÀY {day}", "state_colour": GOOD}
    return {}


def _reading(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "serial": str(row.get("serial", "")),
        "name": wording.register_name(str(row.get("register", ""))),
        "previous": _number(row.get("previous")),
        "current": _number(row.get("current")),
        "factor": _number(row.get("factor") or 1),
        "kwh": _number(row.get("kwh")),
    }


def _line(line: Mapping[str, Any], book: PriceBook) -> dict[str, str]:
    relief = str(line.get("rule", "")).partition(" ")[2]
    percent = next((row.percent for row in book.reliefs if row.code == relief), None) if relief else None
    note = f"đã giảm {percent.normalize():f} %" if percent else relief
    return {
        "name": wording.part_name(str(line.get("rule", ""))),
        "note": note,
        "kwh": _number(line.get("kwh")),
        "price": _number(line.get("price_vnd")),
        "amount": _number(line.get("amount_vnd")),
    }


def _sources(bill: BillView, book: PriceBook) -> list[str]:
    """The decisions whose prices stand in the lines, with the days they hold."""
    days = {row.number: row for row in book.decisions}
    told = dict.fromkeys(str(line.get("source", "")) for line in bill.lines)
    found = []
    for number in filter(None, told):
        row = days.get(number)
        since = f", áp dụng từ {row.valid_from:%d/%m/%Y}" if row is not None else ""
        found.append(f"Giá điện theo {number}{since}.")
    return found


def _year(bill: BillView, bills: Sequence[BillView]) -> list[dict[str, Any]]:
    """The newest first; `share` of the highest, in per cent."""
    if len(bills) < 2:
        return []
    highest = max(one.kwh for one in bills) or 1
    return [
        {
            "month": f"{one.billing_month:%m/%Y}",
            "kwh": format_number(one.kwh),
            "share": round(100 * one.kwh / highest),
            "now": one.id == bill.id,
        }
        for one in reversed(bills)
    ]


def _ways(around: Around) -> list[str]:
    ways = [
        "Quét mã QR ở trên bằng ứng dụng ngân hàng hoặc ví điện tử: số tiền và nội dung đã có sẵn.",
        "Chuyển khoản đến tài khoản ở trên, ghi đúng nội dung.",
        "Đọc mã khách hàng tại quầy giao dịch của điện lực hoặc ngân hàng.",
    ]
    return ways if around.qr_text else ways[1:]


def _number(value: Any) -> str:
    """A whole number with its points, another with its decimals."""
    if value is None or value == "":
        return ""
    if float(value) == int(float(value)):
        return format_number(int(float(value)))
    whole, _point, rest = f"{float(value):.4f}".rstrip("0").partition(".")
    return f"{format_number(int(whole))},{rest}"
