"""Invoices to the stand-in authority and back, over HTTP: well, late, lost, doubled, refused, unreadable."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta
from functools import cache

import httpx
import pytest
from tests.billing.invoice_house import authority, bills

from motcua.billing import registry
from motcua.billing.einvoice import (
    answering,
    certificates,
    issuing,
    messages,
    numbering,
    operations,
    reporting,
    verifying,
)
from motcua.billing.models import (
    Invoice,
    InvoiceContent,
    InvoiceNotice,
    InvoiceSeller,
    TaxAnswer,
    TaxMessage,
)
from motcua.config import clock
from motcua.connectors import outside
from motcua.connectors.einvoice import gateway, transport
from motcua.connectors.models import TaxGateway
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.sandbox import courier, gate, store, tax, tax_ca, tax_setup

TEST = Actor.system("test")
TAX_CODE = "0101304000"
ISSUE = tax_ca.Authority.issue


@cache
def company_key(at):
    """Made once: keys take their time."""
    return ISSUE(authority(), tax_code=TAX_CODE, name="EVNHANOI", at=at)


@pytest.fixture
def shop(committed_company, pages, at, tmp_path, monkeypatch):
    """HANOI as a demonstration sets it up, with a home and an authority of its own."""
    home = replace(certificates.ENV, home=tmp_path)
    for module in (certificates, store, tax_ca):
        monkeypatch.setattr(module, "ENV", home)
    monkeypatch.setattr(gate, "is_open", lambda: True)
    monkeypatch.setattr(tax_ca, "here", lambda at: authority())
    monkeypatch.setattr(tax_ca.Authority, "issue", lambda self, *, tax_code, name, at: company_key(at))
    certificates._signers.clear()
    tax_setup.ensure(host="hanoi.localhost:1", at=at)

    def call(method, url, **told):
        """hanoi.localhost leads to the pages of this test."""
        path = url.split("hanoi.localhost:1", 1)[1]
        headers = {**(told.pop("headers", None) or {}), "Host": "hanoi.localhost"}
        return httpx.request(method, pages + path, headers=headers, timeout=60, content=told.get("content"))

    monkeypatch.setattr(outside, "call", call)
    return House(at)


class House:
    """The worker's jobs, one after the other, at a time that goes on."""

    def __init__(self, at):
        self.at = at

    def issue(self, count: int = 3, *, first: int = 1, **more) -> list[Invoice]:
        told = bills(count, self.at, first=first, **more)
        registry.bills_issued(bill_ids=[bill.id for bill in told], at=self.at, actor=TEST)
        while issuing.number_next(at=self.at):
            pass
        while issuing.sign_next(at=self.at):
            pass
        return list(Invoice.objects.filter(bill__in=told).order_by("number"))

    def report(self) -> TaxMessage:
        assert reporting.report_next(at=self.at)
        return TaxMessage.objects.order_by("-id").first()

    def work(self) -> None:
        transport.send_due(at=self.at)
        transport.fetch(at=self.at)
        while answering.apply_next(at=self.at):
            pass

    def later(self, span: timedelta) -> None:
        self.at += span
        clock.CLOCK = FixedClock(self.at)


def states(message: TaxMessage) -> tuple[str, set[str]]:
    message.refresh_from_db()
    return message.state, set(message.invoices.values_list("state", flat=True))


def by_data() -> None:
    InvoiceSeller.objects.update(way="DATA")


class TestTheWayThere:
    def test_a_table_is_accepted_with_its_invoices(self, shop):
        shop.issue()
        message = shop.report()
        assert states(message) == ("READY", {"REPORTED"})
        shop.work()
        assert states(message) == ("ACCEPTED", {"ACCEPTED"})
        assert (message.kind, message.table, message.supplement) == ("400", 1, 0)
        assert tax.count_invoices(TAX_CODE) == {"KNOWN": 3}

    def test_later_tables_of_a_day_are_supplements(self, shop):
        for first in (1, 10, 20):
            shop.issue(2, first=first)
            shop.report()
            shop.work()
        told = TaxMessage.objects.order_by("table").values_list("table", "supplement", "state")
        assert list(told) == [(1, 0, "ACCEPTED"), (2, 1, "ACCEPTED"), (3, 2, "ACCEPTED")]

    def test_a_table_waits_until_the_one_before_was_received(self, shop):
        """Sent again at other times they would overtake one another, and the authority counts them."""
        shop.issue(2)
        tax.plan_faults(["BUSY"])
        first = shop.report()
        shop.work()
        shop.issue(2, first=10)
        assert reporting.report_next(at=shop.at) == 0
        shop.later(timedelta(minutes=2))
        shop.work()
        second = shop.report()
        shop.work()
        assert [states(one)[0] for one in (first, second)] == ["ACCEPTED", "ACCEPTED"]
        assert second.supplement == 1

    def test_documents_are_accepted_byte_for_byte(self, shop):
        by_data()
        invoices = shop.issue()
        message = shop.report()
        sent = zlib.decompress(message.packed)
        for invoice in invoices:
            content = zlib.decompress(InvoiceContent.objects.get(invoice=invoice).packed)
            assert content in sent
            assert verifying.verify(content, [tax_ca.here(shop.at).certificate]).codes == []
        shop.work()
        assert (message.kind, states(message)) == ("203", ("ACCEPTED", {"ACCEPTED"}))

    def test_signed_bytes_are_never_changed(self, shop):
        from django.db import DatabaseError, transaction

        shop.issue(1)
        with pytest.raises(DatabaseError), transaction.atomic():
            InvoiceContent.objects.update(sha256="0" * 64)

    def test_a_customer_that_cannot_be_written_stops_nothing(self, shop):
        """What one bill lacks is put aside; the others are signed, and the number stays."""
        odd = bills(1, shop.at, first=50, lines=[{"kwh": 1, "amount_vnd": 739_500, "price_vnd": 1}])
        registry.bills_issued(bill_ids=[odd[0].id], at=shop.at, actor=TEST)
        shop.issue(2)
        told = dict(Invoice.objects.values_list("account_code", "state"))
        assert sorted(told.values()) == ["BLOCKED", "SIGNED", "SIGNED"]
        assert numbering.list_faults() == []
        blocked = Invoice.objects.get(state="BLOCKED")
        operations.try_again(invoice_id=blocked.id, actor=TEST, at=shop.at)
        assert Invoice.objects.get(id=blocked.id).state == "NUMBERED"

    def test_nobody_else_may_send_for_the_company(self, shop, at):
        gateway.set_gateway(
            address="http://hanoi.localhost:1/sandbox/tax", partner_code="MOTCUA-HANOI", secret="x" * 40, actor=TEST, at=at
        )  # fmt: skip
        shop.issue(1)
        message = shop.report()
        shop.work()
        message.refresh_from_db()
        assert (message.state, message.reason) == ("READY", "HTTP_401")
        assert TaxGateway.objects.get().problem == "HTTP_401"


class TestFaults:
    @pytest.mark.parametrize("fault", ["BUSY", "LOST", "RECEIPT_LOST"])
    def test_what_was_not_answered_goes_again_under_the_same_name(self, shop, fault):
        shop.issue()
        tax.plan_faults([fault])
        message = shop.report()
        shop.work()
        if fault != "RECEIPT_LOST":  # there the verdict itself says that it was received
            assert states(message)[0] == "READY"
            shop.later(timedelta(minutes=2))
            shop.work()
        assert states(message) == ("ACCEPTED", {"ACCEPTED"})
        assert [seen.mtdiep for seen in tax.list_messages(TAX_CODE)] == [message.mtdiep]
        assert tax.count_invoices(TAX_CODE) == {"KNOWN": 3}

    def test_receipt_and_verdict_lost_the_same_bytes_bring_the_receipt(self, shop):
        shop.issue()
        tax.plan_faults(["RECEIPT_LOST", "RESULT_LOST"])
        message = shop.report()
        shop.work()
        assert states(message)[0] == "READY"
        shop.later(timedelta(minutes=2))
        shop.work()
        assert states(message) == ("RECEIVED", {"REPORTED"})
        assert tax.list_messages(TAX_CODE)[0].times == 2

    @pytest.mark.parametrize("fault", ["RESULT_TWICE", "RECEIPT_LATE"])
    def test_twice_and_in_another_order_changes_nothing(self, shop, fault):
        shop.issue()
        tax.plan_faults([fault])
        message = shop.report()
        shop.work()
        assert states(message) == ("ACCEPTED", {"ACCEPTED"})

    def test_late_is_late_and_good(self, shop, monkeypatch):
        shop.issue()
        tax.plan_faults(["RESULT_LATE"])
        message = shop.report()
        shop.work()
        assert states(message) == ("RECEIVED", {"REPORTED"})
        monkeypatch.setattr(courier, "OUTSIDE", FixedClock(shop.at + timedelta(seconds=31)))
        shop.work()
        assert states(message) == ("ACCEPTED", {"ACCEPTED"})

    def test_one_wrong_invoice_and_the_way_back(self, shop):
        by_data()
        shop.issue()
        tax.plan_faults(["SOME_WRONG"])
        message = shop.report()
        shop.work()
        assert states(message) == ("PARTLY", {"ACCEPTED", "REFUSED"})
        wrong = Invoice.objects.get(state="REFUSED")
        assert wrong.reason == "9998: Lỗi giả lập"
        operations.try_again(invoice_id=wrong.id, actor=TEST, at=shop.at)
        again = shop.report()
        shop.work()
        assert states(again) == ("ACCEPTED", {"ACCEPTED"})

    def test_a_refused_table_is_told_again_in_its_place(self, shop):
        shop.issue()
        tax.plan_faults(["ALL_WRONG"])
        message = shop.report()
        shop.work()
        assert states(message) == ("REFUSED", {"REFUSED"})
        assert operations.report_refused_again(message_id=message.id, actor=TEST, at=shop.at) == 3
        again = shop.report()
        assert (again.table, again.supplement) == (2, 0)
        shop.work()
        assert states(again) == ("ACCEPTED", {"ACCEPTED"})

    @pytest.mark.parametrize(
        ("fault", "reason"), [("NOT_TAKEN", "1999: Lỗi giả lập"), ("UNREADABLE", "-1: UNREADABLE")]
    )
    def test_refused_at_the_door(self, shop, fault, reason):
        shop.issue()
        tax.plan_faults([fault])
        message = shop.report()
        shop.work()
        assert states(message) == ("REFUSED", {"REFUSED"})
        message.refresh_from_db()
        assert message.reason == reason

    def test_a_garbled_verdict_is_kept_and_changes_nothing(self, shop):
        shop.issue()
        tax.plan_faults(["RESULT_GARBLED"])
        message = shop.report()
        shop.work()
        assert states(message) == ("RECEIVED", {"REPORTED"})
        assert TaxAnswer.objects.filter(outcome="UNREADABLE").count() == 1

    def test_what_is_given_up_is_seen_and_can_go_again(self, shop, monkeypatch):
        monkeypatch.setattr(reporting, "MAX_ATTEMPTS", 1)
        shop.issue()
        tax.plan_faults(["BUSY"])
        message = shop.report()
        shop.work()
        assert states(message)[0] == "DEAD"
        operations.send_again(message_id=message.id, actor=TEST, at=shop.at)
        shop.work()
        assert states(message) == ("ACCEPTED", {"ACCEPTED"})

    def test_an_answer_to_nobody_is_kept(self, shop):
        body = b"<TBao><DLTBao><LTBao>2</LTBao></DLTBao></TBao>"
        answer = messages.envelope(
            version="2.1.0", kind="204", mtdiep=messages.new_mtdiep("0100109106"), tax_code=TAX_CODE, documents=[body],
            answers=messages.new_mtdiep(TAX_CODE),
        )  # fmt: skip
        assert [answering.store([answer], at=shop.at) for _ in range(3)] == [1, 0, 0]
        while answering.apply_next(at=shop.at):
            pass
        row = TaxAnswer.objects.get()
        assert (row.outcome, row.times) == ("UNKNOWN", 3)


class TestErrors:
    def test_a_cancellation_that_is_accepted_cancels(self, shop):
        [invoice] = shop.issue(1)
        shop.report()
        shop.work()
        operations.cancel_bill_invoice(
            bill_id=invoice.bill_id, reason="Lập nhầm khách hàng", actor=TEST, at=shop.at
        )
        with pytest.raises(operations.NoticeOpen):
            operations.notify_error(invoice_id=invoice.id, act=1, reason="x", actor=TEST, at=shop.at)
        assert Invoice.objects.get().state == "ACCEPTED"
        shop.work()
        assert Invoice.objects.get().state == "CANCELLED"
        assert InvoiceNotice.objects.get().state == "ACCEPTED"
        assert tax.count_invoices(TAX_CODE) == {"CANCELLED": 1}

    def test_an_explanation_changes_no_state(self, shop):
        [invoice] = shop.issue(1)
        shop.report()
        shop.work()
        operations.notify_error(invoice_id=invoice.id, act=4, reason="Sai tên đường", actor=TEST, at=shop.at)
        shop.work()
        assert (Invoice.objects.get().state, InvoiceNotice.objects.get().state) == ("ACCEPTED", "ACCEPTED")

    def test_what_nobody_heard_of_ends_here(self, shop):
        [invoice] = shop.issue(1)
        operations.cancel_bill_invoice(bill_id=invoice.bill_id, reason="Lập nhầm", actor=TEST, at=shop.at)
        assert Invoice.objects.get().state == "CANCELLED"
        assert not reporting.report_next(at=shop.at)
        assert numbering.list_faults() == []

    def test_a_replacement_names_what_it_replaces(self, shop):
        [first] = shop.issue(1)
        wrong = first.bill
        type(wrong).objects.filter(id=wrong.id).update(state="REPLACED")
        [second] = shop.issue(
            1, kind="REPLACEMENT", corrects=wrong, account_code=wrong.account_code, reason="Sai chỉ số"
        )
        assert (second.relation, second.relates_to_id) == (1, first.id)
        content = zlib.decompress(second.content.packed).decode()
        assert "<TCHDon>1</TCHDon>" in content and "<SHDCLQuan>1</SHDCLQuan>" in content
        shop.report()
        shop.work()
        assert set(Invoice.objects.values_list("state", flat=True)) == {"ACCEPTED"}
