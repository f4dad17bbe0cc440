"""E-invoices on the pages of those who keep money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from motcua.billing import registry
from motcua.billing.einvoice import (
    answering,
    certificates,
    issuing,
    messages,
    operations,
    reporting,
    verifying,
)
from motcua.billing.models import Invoice, InvoiceNotice, InvoiceSeller, TaxMessage
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from tests.billing.invoice_house import TAX_CODE, authority, bills, open_shop
from tests.web import people

TEST = Actor.system("test")
LIST = "/tien/hoa-don-dien-tu/"


@pytest.fixture
def issued(company, at, tmp_path, monkeypatch):
    """Two signed invoices, reported; one numbered."""
    monkeypatch.setattr(certificates, "ENV", replace(certificates.ENV, home=tmp_path))
    certificates._signers.clear()
    open_shop(at, way="DATA")
    told = bills(3, at)
    registry.bills_issued(bill_ids=[bill.id for bill in told[:2]], at=at, actor=TEST)
    issuing.number_next(at=at)
    issuing.sign_next(at=at)
    reporting.report_next(at=at)
    registry.bills_issued(bill_ids=[told[2].id], at=at, actor=TEST)
    while issuing.number_next(at=at):
        pass
    return list(Invoice.objects.order_by("number"))


@pytest.fixture
def accountant(company):
    return people.browser(people.add_staff("ketoan-1", Role.ACCOUNTANT))


def answer(message: TaxMessage, verdict: str, inner: str, at) -> None:
    body = f"<TBao><DLTBao><LTBao>{verdict}</LTBao>{inner}</DLTBao></TBao>".encode()
    told = messages.envelope(
        version="2.1.0", kind="204", mtdiep=messages.new_mtdiep("0100109106"), tax_code=TAX_CODE, documents=[body],
        answers=message.mtdiep,
    )  # fmt: skip
    answering.store([told], at=at)
    while answering.apply_next(at=at):
        pass


WRONG = (
    "<LHDKMa><DSHDon><HDon><KHMSHDon>1</KHMSHDon><KHHDon>K26TTD</KHHDon><SHDon>2</SHDon>"
    "<DSLDo><LDo><MLoi>7</MLoi><MTa>Sai mã khách hàng</MTa></LDo></DSLDo></HDon></DSHDon></LHDKMa>"
)


class TestTheList:
    def test_it_counts_what_is_not_through_and_opens_it(self, issued, accountant):
        page = accountant.get(LIST)
        text = page.content.decode()
        assert page.status_code == 200
        assert "1K26TTD 3" in text and "798.660" in text
        waiting = accountant.get(LIST + "?xem=cho-ket-qua").content.decode()
        assert "1K26TTD 2" in waiting and "1K26TTD 3" not in waiting

    @pytest.mark.parametrize(
        ("text", "found"),
        [("PD00000000002", [2]), ("3", [3]), ("1K26TTD 1", [1]), ("khong co", []), ("9" * 40, [])],
    )
    def test_it_is_searched_by_account_and_number(self, issued, accountant, text, found):
        shown = accountant.get(LIST, {"q": text}).content.decode()
        assert [n for n in (1, 2, 3) if f">1K26TTD {n}</a>" in shown] == found

    def test_others_units_are_not_there(self, issued, company):
        elsewhere = people.browser(people.add_staff("ketoan-xa", Role.ACCOUNTANT, unit="PD0200"))
        assert "1K26TTD" not in elsewhere.get(LIST).content.decode()
        assert elsewhere.get(f"{LIST}{issued[0].id}/").status_code == 404
        assert elsewhere.get(f"{LIST}{issued[0].id}/xml").status_code == 404

    def test_an_alarm_is_said_in_the_readers_language(self, issued, accountant, at):
        InvoiceSeller.objects.update(tax_code="0101304000")
        assert "Không có chứng thư nào ký được hôm nay" in accountant.get(LIST).content.decode()


class TestOne:
    def test_the_file_is_the_invoice_to_the_byte(self, issued, accountant):
        got = accountant.get(f"{LIST}{issued[0].id}/xml")
        assert got["Content-Disposition"] == 'attachment; filename="1K26TTD-1.xml"'
        assert verifying.verify(got.content, [authority().certificate]).codes == []
        assert accountant.get(f"{LIST}{issued[2].id}/xml").status_code == 404

    def test_a_refusal_is_told_with_its_reason_and_mended(self, issued, accountant, at):
        answer(TaxMessage.objects.get(), "3", WRONG, at)
        page = accountant.get(f"{LIST}{issued[1].id}/").content.decode()
        assert "7: Sai mã khách hàng" in page and "Làm lại" in page
        done = accountant.post(f"{LIST}{issued[1].id}/viec", {"viec": "lam-lai"}, follow=True)
        assert done.status_code == 200
        assert Invoice.objects.get(number=2).state == "SIGNED"
        again = accountant.post(f"{LIST}{issued[1].id}/viec", {"viec": "lam-lai"})
        assert again.status_code == 409

    def test_an_error_is_notified_with_a_reason(self, issued, accountant, at):
        answer(TaxMessage.objects.get(), "2", "", at)
        where = f"{LIST}{issued[0].id}/viec"
        assert accountant.post(where, {"viec": "thong-bao", "cach": "1", "ly_do": " "}).status_code == 409
        assert accountant.post(where, {"viec": "thong-bao", "cach": "9", "ly_do": "x"}).status_code == 409
        assert (
            accountant.post(where, {"viec": "thong-bao", "cach": "1", "ly_do": "Lập nhầm"}).status_code == 302
        )
        assert InvoiceNotice.objects.get().reason == "Lập nhầm"
        assert "Thông báo sai sót (300)" in accountant.get(f"{LIST}{issued[0].id}/").content.decode()

    def test_what_nobody_heard_of_is_cancelled(self, issued, accountant):
        where = f"{LIST}{issued[2].id}/viec"
        assert accountant.post(where, {"viec": "huy", "ly_do": "Nhầm"}).status_code == 302
        assert Invoice.objects.get(number=3).state == "CANCELLED"
        assert accountant.post(f"{LIST}{issued[0].id}/viec", {"viec": "huy", "ly_do": "x"}).status_code == 409

    def test_business_staff_look_and_do_not_act(self, issued, company):
        business = people.browser(people.add_staff("kd-1", Role.BUSINESS))
        page = business.get(f"{LIST}{issued[2].id}/").content.decode()
        assert "Hủy trước khi gửi" not in page
        assert business.post(f"{LIST}{issued[2].id}/viec", {"viec": "huy", "ly_do": "x"}).status_code == 403


class TestMessages:
    def test_a_message_with_its_answers(self, issued, accountant, at):
        message = TaxMessage.objects.get()
        answer(message, "9", "<DSLDo><LDo><MLoi>9</MLoi><MTa>Gói hỏng</MTa></LDo></DSLDo>", at)
        listed = accountant.get(LIST + "thong-diep/?xem=bi-tu-choi").content.decode()
        assert "9: Gói hỏng" in listed
        page = accountant.get(f"{LIST}thong-diep/{message.id}/").content.decode()
        assert message.mtdiep in page and "Kết quả kiểm tra (204)" in page and "Báo lại" in page
        assert accountant.post(f"{LIST}thong-diep/{message.id}/viec", {"viec": "bao-lai"}).status_code == 302
        assert set(Invoice.objects.filter(number__lt=3).values_list("state", flat=True)) == {"SIGNED"}
        assert accountant.post(f"{LIST}thong-diep/{message.id}/viec", {"viec": "bao-lai"}).status_code == 409
        assert accountant.post(f"{LIST}thong-diep/{message.id}/viec", {"viec": "gui-lai"}).status_code == 409

    def test_an_answer_that_fits_nothing_is_shown(self, issued, accountant, at):
        answering.store([b"not xml"], at=at)
        answering.apply_next(at=at)
        assert "Trả lời không khớp" in accountant.get(LIST + "thong-diep/").content.decode()


def test_the_bill_pages_find_the_invoice(issued):
    from motcua.billing.einvoice import queries

    found = queries.find_invoice_of_bill(issued[0].bill_id)
    assert (found.label, found.number, found.is_signed) == ("1K26TTD", 1, True)
    assert queries.read_content(issued[2].id) is None
    assert operations.KNOWN_THERE
