"""A bill that is put right takes its e-invoice along."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from motcua.billing import operations as billing_ops
from motcua.billing.einvoice import certificates, issuing, queries, reporting
from motcua.billing.models import Invoice, InvoiceNotice
from motcua.kernel.actors import Actor
from tests.billing.invoice_house import AT, open_shop

SUPERVISOR = Actor.staff("supervisor-1", "Thảo", ["SUPERVISOR"], ["PD0000", "PD0100"])
CASE = {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}


@pytest.fixture
def bill(company, tmp_path, monkeypatch):
    """A bill with a signed invoice."""
    monkeypatch.setattr(certificates, "ENV", replace(certificates.ENV, home=tmp_path))
    certificates._signers.clear()
    open_shop(AT)
    made = billing_ops.issue_bill(
        account_code="PD01000000001", customer_id=uuid4(), unit_code="PD0100", billing_month=date(2025, 10, 5), case=CASE,
        readings=[], actor=SUPERVISOR, at=AT,
    )  # fmt: skip
    work()
    return made


def work() -> None:
    while issuing.number_next(at=AT):
        pass
    while issuing.sign_next(at=AT):
        pass


def correct(bill, kind, **more):
    return billing_ops.propose_correction(
        bill_id=bill.id, kind=kind, reason="Sai chỉ số", actor=SUPERVISOR, at=AT, **more
    )


def test_cancelling_ends_what_nobody_heard_of(bill):
    correct(bill, "CANCEL")
    assert queries.find_invoice_of_bill(bill.id).state == "CANCELLED"


def test_cancelling_tells_the_authority_what_it_knows(bill):
    reporting.report_next(at=AT)
    correct(bill, "CANCEL")
    assert queries.find_invoice_of_bill(bill.id).state == "REPORTED"
    assert InvoiceNotice.objects.get().act == 1


def test_cancelling_goes_through_although_nothing_can_be_signed(bill):
    reporting.report_next(at=AT)
    [certificate] = certificates.InvoiceCertificate.objects.all()
    certificates.retire(serial=certificate.serial, actor=SUPERVISOR, at=AT)
    assert correct(bill, "CANCEL").state == "DONE"
    story = queries.tell_story(queries.find_invoice_of_bill(bill.id))
    assert [(event.kind, event.data["why"]) for event in story.events] == [("NOT_TOLD", "INVOICE_NO_SELLER")]


def test_a_replacement_has_an_invoice_that_replaces(bill):
    first = queries.find_invoice_of_bill(bill.id)
    done = correct(bill, "REPLACE", case=CASE | {"kwh": 280})
    work()
    second = queries.find_invoice_of_bill(done.new_bill_id)
    assert (second.relation, second.relates_to_id, second.state) == (1, first.id, "SIGNED")
    assert b"<TCHDon>1</TCHDon>" in queries.read_content(second.id)


def test_an_adjustment_says_the_difference_alone(bill):
    done = correct(bill, "ADJUST", case=CASE | {"kwh": 310})
    work()
    second = queries.find_invoice_of_bill(done.new_bill_id)
    content = queries.read_content(second.id).decode()
    assert (second.relation, second.total_vnd) == (2, Invoice.objects.get(id=second.id).bill.total_vnd)
    assert "Điều chỉnh tăng tiền điện kỳ 10/2025 theo hóa đơn 1K25TTD số 1" in content
