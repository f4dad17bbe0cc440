"""What tests of e-invoices share: an authority, a company's key, a drafted and a signed invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from motcua.billing.einvoice import document, signing
from motcua.billing.einvoice.document import Draft, Line, Pair, Party
from motcua.billing.einvoice.keys import FileKey
from motcua.sandbox import tax_ca

AT = datetime(2025, 10, 5, 3, tzinfo=UTC)
TAX_CODE = "0100101114-019"
TIERS = [(50, 1984, 99_200), (50, 2050, 102_500), (100, 2380, 238_000), (100, 2998, 299_800)]


@cache
def authority() -> tax_ca.Authority:
    return tax_ca.found(AT)


@cache
def key(tax_code: str = TAX_CODE) -> FileKey:
    return authority().issue(tax_code=tax_code, name="CÔNG TY ĐIỆN LỰC THỬ NGHIỆM", at=AT)


def draft(**more) -> Draft:
    """The worked example: 300 kWh in October 2025."""
    told = {
        "version": "2.1.0", "form": "1", "symbol": "K25TTD", "number": 123, "dated": date(2025, 10, 5),
        "seller": Party("CÔNG TY ĐIỆN LỰC THỬ NGHIỆM", TAX_CODE, "Hà Nội"),
        "buyer": Party("Nguyễn Văn A & Con", address="1 Phố Thử <Hà Nội>", customer_code="PD01000000001"),
        "lines": [
            Line(f"Điện sinh hoạt bậc {tier}", amount, "kWh", Decimal(kwh), Decimal(price))
            for tier, (kwh, price, amount) in enumerate(TIERS, start=1)
        ],
        "subtotal_vnd": 739_500, "vat_rate": Decimal("0.08"), "vat_vnd": 59_160, "total_vnd": 798_660,
        "others": [Pair("Chỉ số cũ", "100", "numeric")],
    }  # fmt: skip
    return Draft(**(told | more))


def signed(one: Draft | None = None, signer: FileKey | None = None, at: datetime = AT) -> bytes:
    told = one or draft()
    text = document.write(told)
    return signing.sign_invoice(signing.Signer(signer or key()), text, element_id=told.element_id, at=at)


# ---- with a database: seller, certificate, bills


def open_shop(at: datetime, **more) -> None:
    """The company sells from 2025 on and has a certificate."""
    from motcua.billing.einvoice import certificates
    from motcua.billing.models import InvoiceSeller
    from motcua.kernel.actors import Actor

    told = {
        "name": "CÔNG TY ĐIỆN LỰC THỬ NGHIỆM", "tax_code": TAX_CODE, "address": "Hà Nội", "place": "Hà Nội",
        "office_code": "10100", "office_name": "Cục Thuế thử", "valid_from": date(2025, 1, 1),
    }  # fmt: skip
    InvoiceSeller.objects.create(**(told | more))
    certificates.add(key=key(), tax_code=TAX_CODE, actor=Actor.system("test"), at=at)


def bills(count: int, at: datetime, *, run_id=None, first: int = 1, **more):
    """So many bills of the worked example, each of an account of its own."""
    from uuid import uuid4

    from motcua.billing.models import Bill
    from motcua.kernel import ids

    told = {
        "kind": "USE", "unit_code": "PD0100", "billing_month": date(2025, 10, 1), "from_day": date(2025, 9, 5),
        "to_day": date(2025, 10, 5), "case": {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300},
        "readings": [{"serial": "24015", "register": "KT", "previous": 100, "current": 400, "factor": 1, "kwh": 300}],
        "lines": [
            {"kwh": kwh, "price_vnd": price, "amount_vnd": amount, "rule": f"TIER_{tier}", "source": "1279",
             "from": "2025-09-05", "to": "2025-10-05"}
            for tier, (kwh, price, amount) in enumerate(TIERS, start=1)
        ],
        "kwh": 300, "active_vnd": 739_500, "subtotal_vnd": 739_500, "vat_rate": Decimal("0.08"), "vat_vnd": 59_160,
        "total_vnd": 798_660, "run_id": run_id, "issued_at": at, "issued_by": "system:test",
    }  # fmt: skip
    rows = []
    for number in range(first, first + count):
        one = {"charge_id": uuid4(), "account_code": f"PD{number:011d}"} | told | more
        rows.append(Bill(id=ids.new_id(at), **one))
    return Bill.objects.bulk_create(rows)
