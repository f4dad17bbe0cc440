"""Anybody asks whether an invoice is the company's: by its file or by what is printed on it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.billing import operations as billing_ops
from motcua.billing.einvoice import certificates, issuing, parsing, queries
from motcua.billing.einvoice.document import Party
from motcua.billing.models import Invoice
from motcua.customers.models import AttemptCount
from motcua.kernel.actors import Actor
from tests.billing.invoice_house import AT, TAX_CODE, authority, draft, key, open_shop, signed
from tests.web import people

URL = "/kiem-tra-hoa-don/"
SUPERVISOR = Actor.staff("supervisor-1", "Thảo", ["SUPERVISOR"], ["PD0000", "PD0100"])
CASE = {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}
OTHER = "0109999999"


@pytest.fixture
def bill(company, tmp_path, monkeypatch):
    """A bill with a signed invoice, 798,660 dong."""
    monkeypatch.setattr(certificates, "ENV", replace(certificates.ENV, home=tmp_path))
    certificates._signers.clear()
    certificates.trust_folder().mkdir(parents=True)
    (certificates.trust_folder() / "ca.pem").write_bytes(authority().pem())
    open_shop(AT)
    made = billing_ops.issue_bill(
        account_code="PD01000000001", customer_id=uuid4(), unit_code="PD0100", billing_month=date(2025, 10, 5), case=CASE,
        readings=[], actor=SUPERVISOR, at=AT,
    )  # fmt: skip
    work()
    return made


def work():
    while issuing.number_next(at=AT):
        pass
    while issuing.sign_next(at=AT):
        pass


def content_of(bill):
    return queries.read_content(queries.find_invoice_of_bill(bill.id).id)


def ask_file(content):
    file = SimpleUploadedFile("a.xml", content, "application/xml")
    return people.browser().post(URL, {"tep": file})


def ask_words(bill, **changes):
    invoice = queries.find_invoice_of_bill(bill.id)
    told = {"ky_hieu": invoice.label, "so": str(invoice.number), "mst": TAX_CODE, "tong": "798.660"}
    return people.browser().post(URL, told | changes)


def outcome(answer):
    assert answer.status_code == 200
    return re.search(r'data-outcome="(\w+)"', answer.content.decode()).group(1)


def correct(bill, kind, **more):
    return billing_ops.propose_correction(
        bill_id=bill.id, kind=kind, reason="Sai chỉ số", actor=SUPERVISOR, at=AT, **more
    )


class TestFile:
    def test_genuine(self, bill):
        answer = ask_file(content_of(bill))
        assert outcome(answer) == "GENUINE"
        assert "1K25TTD, 1" in answer.content.decode()
        assert "PD01000000001" not in answer.content.decode()  # whose it is, nobody is told

    def test_the_same_document_under_other_line_ends_outside_it_is_genuine(self, bill):
        assert outcome(ask_file(b'<?xml version="1.0"?>\n' + content_of(bill) + b"\n")) == "GENUINE"

    def test_one_changed_digit_is_told_with_the_reason(self, bill):
        changed = content_of(bill).replace(b"<TgTTTBSo>798660<", b"<TgTTTBSo>798661<")
        answer = ask_file(changed)
        assert outcome(answer) == "TAMPERED"
        assert "Nội dung đã bị sửa sau khi ký" in answer.content.decode()

    def test_a_number_that_was_never_issued_is_not_the_companys_however_well_signed(self, bill):
        assert outcome(ask_file(signed(draft(number=77)))) == "NOT_OURS"

    def test_another_content_under_a_number_that_was_issued(self, bill):
        answer = ask_file(signed(draft(number=1)))  # signed with the company's own key
        assert outcome(answer) == "TAMPERED"
        assert "khác với hóa đơn mà công ty đã phát hành" in answer.content.decode()

    def test_another_sellers_is_told_apart_by_its_signature(self, bill):
        seller = draft(seller=Party("KHÁC", OTHER, "Hà Nội"))
        well = signed(seller, key(OTHER))
        assert outcome(ask_file(well)) == "FOREIGN"
        assert outcome(ask_file(well.replace("Nguyễn".encode(), b"Nguyen"))) == "FOREIGN_BAD"

    def test_signed_by_another_under_the_companys_tax_code(self, bill):
        answer = ask_file(signed(draft(number=1), key(OTHER)))
        assert outcome(answer) == "TAMPERED"
        assert "Mã số thuế trong chứng thư khác" in answer.content.decode()

    def test_a_certificate_taken_back_before_is_told_with_its_day(self, bill):
        certificates.revocation_folder().mkdir(parents=True)
        taken = authority().revoke({key().certificate.serial_number: AT - timedelta(days=2)}, at=AT)
        (certificates.revocation_folder() / "ca.crl").write_bytes(taken)
        answer = ask_file(content_of(bill))
        assert outcome(answer) == "TAMPERED"
        assert "Chứng thư đã bị thu hồi trước khi ký (03/10/2025 10:00)" in answer.content.decode()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b'<!DOCTYPE a [<!ENTITY b "c">]><HDon>&b;</HDon>', "không được phép"),
            (b"%PDF-1.7", "không phải XML"),
            (b"<a/>", "không phải hóa đơn điện tử"),
            (b" " * (parsing.LARGEST_INVOICE + 1), "Tệp quá lớn"),
        ],
        ids=["entities", "no xml", "no invoice", "too large"],
    )
    def test_what_is_no_invoice_is_refused_with_the_reason(self, bill, content, said):
        answer = ask_file(content)
        assert outcome(answer) == "UNREADABLE"
        assert said in answer.content.decode()


class TestStanding:
    def test_replaced_names_what_came_in_its_place(self, bill):
        before = content_of(bill)
        correct(bill, "REPLACE", case=CASE | {"kwh": 280})
        work()
        answer = ask_file(before)
        assert outcome(answer) == "REPLACED"
        assert "Ký hiệu 1K25TTD, số 2" in answer.content.decode()
        assert outcome(ask_words(bill)) == "REPLACED"

    def test_adjusted_and_cancelled(self, bill):
        correct(bill, "ADJUST", case=CASE | {"kwh": 310})
        work()
        assert outcome(ask_file(content_of(bill))) == "ADJUSTED"
        Invoice.objects.filter(bill_id=bill.id).update(state="CANCELLED")
        assert outcome(ask_file(content_of(bill))) == "CANCELLED"


class TestWords:
    def test_all_that_is_printed_fits(self, bill):
        assert outcome(ask_words(bill)) == "GENUINE"
        assert outcome(ask_words(bill, ky_hieu="1k25ttd ", tong="798660")) == "GENUINE"

    @pytest.mark.parametrize(
        "changes",
        [
            {"tong": "798.661"},
            {"so": "2"},
            {"mst": OTHER},
            {"ky_hieu": "1K24TTD"},
            {"so": "１"},
            {"tong": "1e9"},
        ],
    )
    def test_one_thing_that_does_not_fit_tells_nothing(self, bill, changes):
        answer = ask_words(bill, **changes)
        assert outcome(answer) == "NO_MATCH"
        assert "<dl" not in answer.content.decode()

    def test_what_is_not_signed_yet_is_not_known(self, bill):
        Invoice.objects.filter(bill_id=bill.id).update(state="NUMBERED", signed_at=None)
        assert outcome(ask_words(bill)) == "NO_MATCH"

    def test_what_is_missing_stands_beside_its_field(self, bill):
        answer = ask_words(bill, so="")
        assert answer.status_code == 422
        assert 'id="f-so-error"' in answer.content.decode()
        assert 'value="798.660"' in answer.content.decode()
        assert people.browser().post(URL, {}).status_code == 422


def test_whoever_asks_too_often_waits(bill):
    for _time in range(30):
        assert ask_words(bill, tong="1").status_code == 200
    answer = ask_words(bill)
    assert answer.status_code == 422
    assert "data-outcome" not in answer.content.decode()
    assert AttemptCount.objects.count() == 1
