"""The e-invoice of the house's bill: numbered, signed, in a message that waits to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motcua.billing import registry
from motcua.billing.einvoice import issuing, reporting
from motcua.billing.models import Invoice, InvoiceCertificate
from tests.billing.invoice_house import open_shop
from tests.permissions.names import NOW, SEED


def an_invoice(things: Mapping[str, Any]) -> dict[str, Any]:
    open_shop(NOW, way="DATA")
    registry.bills_issued(bill_ids=[things["bill_id"]], at=NOW, actor=SEED)
    while issuing.number_next(at=NOW):
        pass
    issuing.sign_next(at=NOW)
    reporting.report_next(at=NOW)
    invoice = Invoice.objects.get(bill_id=things["bill_id"])
    assert invoice.message_id
    serial = InvoiceCertificate.objects.values_list("serial", flat=True).get()
    return {"certificate_serial": serial, "invoice_id": invoice.id, "tax_message_id": invoice.message_id}


def of_address(things: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What an argument means where it is not what it means elsewhere."""
    return dict.fromkeys(
        ("money:tax-message", "money:tax-message-act"), {"message_id": things["tax_message_id"]}
    )


def bodies(things: Mapping[str, Any]) -> dict[str, Any]:
    """What an administrator says of e-invoices."""
    return {
        "staff:einvoice-seller": lambda: {
            "valid_from": "2040-01-01", "name": "Điện lực", "tax_code": "0100101114-019", "address": "Hà Nội", "place": "Hà Nội",
            "office_code": "10100", "office_name": "Cục Thuế", "letters": "TD", "way": "DATA", "period_kind": "N", "report_minutes": "2",
        },
        "staff:einvoice-certificate": lambda: {"viec": "thoi", "so": things["certificate_serial"]},
        "staff:einvoice-way": lambda: {"address": "https://thue.example.vn", "partner_code": "X", "secret": "bi-mat"},
    }  # fmt: skip
