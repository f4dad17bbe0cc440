"""Invoices of a coded series: they wait for the authority's code, well, late, lost, doubled, refused, forged."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from tests.billing.invoice_house import authority
from tests.sandbox import test_tax
from tests.sandbox.test_tax import ISSUE, TEST, company_key
from tests.web import people

from motcua.billing.einvoice import certificates, issuing, judging, operations, queries, reporting, verifying
from motcua.billing.einvoice.signing import Signer
from motcua.billing.models import Invoice, InvoiceCoded, InvoiceNotice, InvoiceSeller, TaxAnswer, TaxMessage
from motcua.companies.roles import Role
from motcua.sandbox import courier, tax, tax_codes

shop = test_tax.shop


@cache
def authority_key(at):
    return ISSUE(authority(), tax_code=tax_codes.TAX_CODE, name=tax_codes.NAME, at=at)


@pytest.fixture(autouse=True)
def _codes(shop, at, monkeypatch):
    """The company sells with codes; the authority's key is made once."""
    InvoiceSeller.objects.update(coded=True)
    monkeypatch.setattr(tax_codes, "authority_key", lambda _at: authority_key(at))


def view(invoice):
    return queries.find_invoice(invoice.id)


def asked(shop, count=1):
    invoices = shop.issue(count)
    shop.report()
    return invoices


class TestTheWay:
    def test_each_is_given_to_the_customer_with_its_code_and_not_before(self, shop):
        invoices = asked(shop, 2)
        assert [one.series.symbol[0] for one in invoices] == ["C", "C"]
        assert [(one.kind, one.documents) for one in TaxMessage.objects.all()] == [("200", 1), ("200", 1)]
        assert not any(view(one).may_be_given for one in invoices)

        shop.work()

        seen = [view(one) for one in invoices]
        assert [(one.state, one.may_be_given, len(one.authority_code)) for one in seen] == [
            ("ACCEPTED", True, 34)
        ] * 2
        assert seen[0].authority_code != seen[1].authority_code
        verdict = verifying.verify(queries.read_content(seen[0].id), [authority().certificate])
        assert verdict.codes == []
        assert verdict.facts["authority_code"] == seen[0].authority_code
        assert [event.kind for event in queries.tell_story(seen[0]).events] == ["CODED"]

    def test_what_the_seller_signed_stays_as_it_was_inside(self, shop):
        [invoice] = asked(shop)
        before = queries.read_content(invoice.id)
        shop.work()
        after = queries.read_content(invoice.id)
        assert before[: before.index(b"</DLHDon>")] == after[: after.index(b"</DLHDon>")]
        assert verifying.verify(before, [authority().certificate]).codes == ["CODE_MISSING"]

    def test_series_with_and_without_codes_go_their_own_ways(self, shop):
        InvoiceSeller.objects.update(coded=False)
        plain = shop.issue(1)
        InvoiceSeller.objects.update(coded=True)
        coded = shop.issue(1, first=10)
        while reporting.report_next(at=shop.at):
            pass
        assert {one.kind: one.documents for one in TaxMessage.objects.all()} == {"200": 1, "400": 1}
        shop.work()
        assert [view(one).state for one in (*plain, *coded)] == ["ACCEPTED", "ACCEPTED"]
        assert [view(one).label[1] for one in (*plain, *coded)] == ["K", "C"]
        assert [view(one).number for one in (*plain, *coded)] == [1, 1]

    def test_the_public_is_told_of_it_only_with_its_code(self, shop):
        [invoice] = asked(shop)
        here = view(invoice)
        told = {"label": here.label, "number": "1", "tax_code": test_tax.TAX_CODE, "total": "798660"}
        assert judging.judge_words(**told).outcome == "NO_MATCH"
        assert judging.judge_file(queries.read_content(invoice.id)).outcome == "TAMPERED"
        shop.work()
        assert judging.judge_words(**told).outcome == "GENUINE"
        assert judging.judge_file(queries.read_content(invoice.id)).outcome == "GENUINE"


def test_the_accountants_page_says_what_it_waits_for(shop):
    [invoice] = asked(shop)
    accountant = people.browser(people.add_staff("ketoan-9", Role.ACCOUNTANT))
    page = f"/tien/hoa-don-dien-tu/{invoice.id}/"
    assert "chờ cơ quan thuế cấp mã" in accountant.get(page).content.decode()
    shop.work()
    shown = accountant.get(page).content.decode()
    assert "đã có mã" in shown
    assert view(invoice).authority_code in shown


class TestFaults:
    def test_refused_says_why_and_the_way_back_leads_to_a_code(self, shop):
        tax.plan_faults(["ALL_WRONG"])
        [invoice] = asked(shop)
        shop.work()
        assert (view(invoice).state, view(invoice).reason) == ("REFUSED", "9999: Lỗi giả lập")
        assert not view(invoice).may_be_given
        operations.try_again(invoice_id=invoice.id, actor=TEST, at=shop.at)
        shop.report()
        shop.work()
        assert (view(invoice).state, view(invoice).may_be_given) == ("ACCEPTED", True)

    def test_a_refused_one_exists_nowhere_and_ends_without_a_notice(self, shop):
        tax.plan_faults(["ALL_WRONG"])
        [invoice] = asked(shop)
        shop.work()
        with pytest.raises(operations.InvoiceNotSo):
            operations.notify_error(invoice_id=invoice.id, act=1, reason="x", actor=TEST, at=shop.at)
        operations.cancel_bill_invoice(bill_id=invoice.bill_id, reason="Sai", actor=TEST, at=shop.at)
        assert view(invoice).state == "CANCELLED"
        assert InvoiceNotice.objects.count() == 0

    def test_late_is_late_and_good(self, shop, monkeypatch):
        tax.plan_faults(["RESULT_LATE"])
        [invoice] = asked(shop)
        shop.work()
        assert (view(invoice).state, TaxMessage.objects.get().state) == ("REPORTED", "RECEIVED")
        monkeypatch.setattr(
            courier.OUTSIDE, "now", lambda now=courier.OUTSIDE.now: now() + timedelta(minutes=1)
        )
        shop.work()
        assert view(invoice).may_be_given

    def test_lost_comes_when_asked_again_under_the_same_name(self, shop):
        tax.plan_faults(["RESULT_LOST"])
        [invoice] = asked(shop)
        shop.work()
        message = TaxMessage.objects.get()
        assert (view(invoice).state, message.state) == ("REPORTED", "RECEIVED")
        operations.send_again(message_id=message.id, actor=TEST, at=shop.at)
        shop.work()
        assert view(invoice).may_be_given
        assert TaxMessage.objects.get().mtdiep == message.mtdiep
        with pytest.raises(operations.MessageNotSo):
            operations.send_again(message_id=message.id, actor=TEST, at=shop.at)

    @pytest.mark.parametrize("fault", ["RESULT_TWICE", "RECEIPT_LATE", "RECEIPT_LOST"])
    def test_twice_and_in_another_order_gives_one_code(self, shop, fault):
        tax.plan_faults([fault])
        [invoice] = asked(shop)
        shop.work()
        assert view(invoice).may_be_given
        assert InvoiceCoded.objects.count() == 1

    def test_a_forged_code_is_not_taken_and_is_shown(self, shop):
        tax.plan_faults(["CODE_FORGED"])
        [invoice] = asked(shop)
        shop.work()
        assert (view(invoice).state, view(invoice).may_be_given) == ("REPORTED", False)
        assert TaxAnswer.objects.get(kind="202").outcome == "UNVERIFIED"
        assert len(queries.list_unused_answers()) == 1
        [event] = queries.tell_story(view(invoice)).events
        assert (event.kind, event.data["why"]) == ("CODE_REFUSED", "CODE_FORGED")

    def test_a_sellers_key_gives_no_codes(self, shop, at, monkeypatch):
        monkeypatch.setattr(tax_codes, "authority_key", lambda _at: company_key(at))
        [invoice] = asked(shop)
        shop.work()
        assert view(invoice).state == "REPORTED"
        [event] = queries.tell_story(view(invoice)).events
        assert event.data["why"] == "CODE_FORGED"


class TestVerifying:
    @pytest.fixture
    def coded(self, shop):
        [invoice] = asked(shop)
        shop.work()
        return queries.read_content(invoice.id)

    def codes(self, content):
        return verifying.verify(content, [authority().certificate]).codes

    def test_each_way_to_lose_the_code_is_told(self, coded):
        code = coded[coded.index(b"<MCCQT") : coded.index(b"</MCCQT>") + len(b"</MCCQT>")]
        cqt = coded[coded.index(b"<CQT>") : coded.index(b"</CQT>") + len(b"</CQT>")]
        assert self.codes(coded.replace(code, b"")) == ["CODE_MISSING"]
        assert self.codes(coded.replace(cqt, b"")) == ["CODE_UNSIGNED"]
        assert self.codes(tax_codes.forge(coded)) == ["CODE_FORGED"]
        assert "DUPLICATE_ID" in self.codes(coded.replace(code, code + code))

    def test_a_signature_over_the_invoice_alone_is_no_code(self, coded, at):
        body = coded[coded.index(b"<DLHDon") : coded.index(b"</DLHDon>") + len(b"</DLHDon>")]
        element_id = body.split(b'"')[1].decode()
        cqt = coded[coded.index(b"<CQT>") + 5 : coded.index(b"</CQT>")]
        other = Signer(authority_key(at)).sign(body, element_id=element_id, at=at, prefix="CQT-")
        assert self.codes(coded.replace(cqt, other)) == ["CODE_UNSIGNED"]


def test_a_code_and_its_bytes_are_never_written_again(shop):
    from django.db import DatabaseError, transaction

    [invoice] = asked(shop)
    shop.work()
    for change in (
        lambda: InvoiceCoded.objects.update(sha256="0" * 64),
        lambda: Invoice.objects.filter(id=invoice.id).update(authority_code="X" * 34),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert certificates.find_current(test_tax.TAX_CODE, shop.at) is not None
    assert issuing.find_seller(invoice.dated).coded
