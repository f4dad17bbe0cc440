"""Money nobody knows the reason of: the list, one case, and putting it where it belongs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments import refund_queries
from motcua.payments.models import SuspenseCase
from motcua.payments.operations import refunds as refund_ops
from motcua.web.desk import suspense
from tests.web import people

BANK = "NHTHU"
TOTAL = 105_840


def agree(case):
    """Somebody else approves what was asked for the case."""
    boss = Actor.staff("boss", "B", [Role.SUPERVISOR], ["PD0100"])
    refund_ops.approve_refund(refund_id=refund_queries.refund_of_case(case.id).id, actor=boss, at=clock.now())


@pytest.fixture
def charge_of(company):
    count = iter(range(100))

    def make(**more):
        given = {
            "kind": "CM", "amount_vnd": 98_000, "vat_rate": Decimal("0.08"), "customer_id": None, "request_id": None,
            "unit_code": "PD0100", "actor": Actor.system("test"), "at": clock.now(), "key": f"c{next(count)}",
        }  # fmt: skip
        return ledger_ops.raise_charge(**{**given, **more})

    return make


@pytest.fixture
def money(company):
    """Money of unknown purpose comes; its case."""
    count = iter(range(100))

    def come(amount=TOTAL, text="tien dien nha toi", **more):
        number = next(count)
        at = clock.now() + timedelta(seconds=number)
        payment_ops.record_bank_notification(
            bank=BANK, txn_id=f"FT{number}", amount_vnd=amount, text=text, paid_at=at, raw_sha256="0" * 64, at=at, **more,
        )  # fmt: skip
        return SuspenseCase.objects.get(payment__txn_id=f"FT{number}")

    return come


def act(page, case, **posted):
    return page.post(f"/ban-viec/tien-treo/{case.id}/xu-ly/", posted)


def sound() -> None:
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


class TestList:
    def test_says_that_there_is_none(self, business_page):
        assert "Không có tiền treo" in business_page.get("/ban-viec/tien-treo/").content.decode()

    def test_shows_the_oldest_first_a_page_at_a_time(self, business_page, money, monkeypatch):
        monkeypatch.setattr(suspense, "PAGE", 2)
        cases = [money(text=f"khoan so {number}") for number in range(3)]

        first = business_page.get("/ban-viec/tien-treo/").content.decode()
        link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        second = business_page.get("/ban-viec/tien-treo/" + link).content.decode()

        assert [f"/tien-treo/{case.id}/" in first for case in cases] == [True, True, False]
        assert [f"/tien-treo/{case.id}/" in second for case in cases] == [False, False, True]

    def test_is_led_to_from_the_pages_of_money(self, business_page, intake_page):
        assert 'href="/tien/"' in business_page.get("/ban-viec/").content.decode()
        assert 'href="/ban-viec/tien-treo/"' in business_page.get("/tien/").content.decode()
        assert 'href="/tien/"' not in intake_page.get("/ban-viec/").content.decode()


class TestAccountant:
    """The books point to the money in suspense: an accountant reads it and leaves placing it to others."""

    @pytest.fixture
    def page(self, company):
        return people.browser(people.add_staff("ketoan-1", Role.ACCOUNTANT))

    def test_reads_the_list_and_the_case_and_is_offered_nothing_to_do(self, page, money):
        case = money()

        listed = page.get("/ban-viec/tien-treo/").content.decode()
        shown = page.get(f"/ban-viec/tien-treo/{case.id}/").content.decode()

        assert f"/tien-treo/{case.id}/" in listed
        assert "Nội dung không có mã thanh toán" in shown
        assert 'name="viec"' not in shown
        assert AuditEntry.objects.filter(verb="suspense.seen", subject_id=str(case.id)).count() == 1

    def test_places_nothing(self, page, money, charge_of):
        charge, case = charge_of(), money()

        assert act(page, case, viec="khoan-thu", khoan=str(charge.id)).status_code == 403
        assert ledger_queries.get_charge(charge.id).paid_vnd == 0

    def test_comes_from_the_report_of_differences(self, page, money):
        case = money()

        shown = page.get("/tien/so-sach/chenh-lech/").content.decode()

        assert f'href="/ban-viec/tien-treo/{case.id}/"' in shown
        assert "Nội dung không có mã thanh toán, 0 ngày" in shown


class TestCase:
    def test_tells_what_came_and_what_it_may_be_for(self, business_page, money, charge_of):
        exact, other = charge_of(), charge_of(amount_vnd=5_000)
        case = money()

        page = business_page.get(f"/ban-viec/tien-treo/{case.id}/").content.decode()

        assert "tien dien nha toi" in page
        assert exact.payment_code in page
        assert other.payment_code not in page
        assert AuditEntry.objects.filter(verb="suspense.seen", subject_id=str(case.id)).count() == 1

    def test_is_allocated_to_the_charge_chosen(self, business, business_page, money, charge_of):
        charge, case = charge_of(), money()

        done = act(business_page, case, viec="khoan-thu", khoan=str(charge.id), ghi_chu="khách gọi điện báo")

        case.refresh_from_db()
        assert done.status_code == 302
        assert ledger_queries.get_charge(charge.id).is_paid
        assert (case.state, case.resolution, case.closed_by) == ("CLOSED", "CHARGE", f"staff:{business.id}")
        page = business_page.get(f"/ban-viec/tien-treo/{case.id}/").content.decode()
        assert "khách gọi điện báo" in page
        assert "Đã ghi cho khoản thu" in page
        sound()

    def test_a_charge_is_found_by_its_code_as_typed(self, business_page, money, charge_of):
        charge, case = charge_of(amount_vnd=500_000), money()

        act(business_page, case, viec="khoan-thu", tim=f" {charge.payment_code.lower()} ")

        assert ledger_queries.get_charge(charge.id).paid_vnd == TOTAL
        sound()

    @pytest.mark.parametrize(
        ("posted", "said"),
        [
            ({"viec": "khoan-thu"}, "Hãy chọn một khoản thu"),
            ({"viec": "khoan-thu", "tim": "không có mã"}, "Không có khoản đang phải thu nào"),
            ({"viec": "tra-lai", "ghi_chu": " "}, "Hãy ghi rõ lý do"),
            ({"viec": "ghi-co"}, "Không có khoản đang phải thu nào"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_moves(self, business_page, money, posted, said):
        case = money()

        page = act(business_page, case, **posted)

        assert page.status_code == 409
        assert said in page.content.decode()
        assert SuspenseCase.objects.get().state == "OPEN"

    def test_is_returned_through_the_bank_it_came_from(self, business_page, money):
        case = money()

        assert act(business_page, case, viec="tra-lai", ghi_chu="Chuyển nhầm, lệnh 778").status_code == 302
        case.refresh_from_db()
        assert case.state == "OPEN"
        agree(case)

        case.refresh_from_db()
        assert (case.resolution, case.note) == ("RETURNED", "Chuyển nhầm, lệnh 778")
        assert ledger_queries.get_balance("3388").balance_vnd == 0
        assert ledger_queries.get_balance(f"138-{BANK}").balance_vnd == 0
        assert str(case.id) in business_page.get("/ban-viec/tien-treo/?xem=xong").content.decode()
        sound()

    def test_returned_and_then_taken_back_by_the_bank_comes_out_even(self, business_page, money):
        case = money()
        act(business_page, case, viec="tra-lai", ghi_chu="lệnh 1")
        agree(case)

        at = clock.now() + timedelta(minutes=5)
        payment_ops.record_bank_notification(
            bank=BANK, txn_id="R0", amount_vnd=TOTAL, text="", paid_at=at, raw_sha256="0" * 64, at=at, kind="REVERSAL",
            original_txn_id="FT0",
        )  # fmt: skip

        assert ledger_queries.get_balance(f"138-{BANK}").balance_vnd == 0
        sound()

    def test_money_for_a_cancelled_charge_becomes_the_customers_credit(
        self, business_page, money, charge_of, send
    ):
        customer_id = send().customer_id
        charge = charge_of(customer_id=customer_id)
        ledger_ops.cancel_charge(
            charge_id=charge.id, reason="", actor=Actor.system("t"), at=clock.now(), key="x"
        )
        case = money(text=charge.payment_code)

        assert act(business_page, case, viec="ghi-co").status_code == 302

        assert ledger_queries.get_party_balance("3387", customer_id) == TOTAL
        sound()

    def test_two_at_once_one_is_told(self, business_page, money, charge_of):
        charge, case = charge_of(), money()
        act(business_page, case, viec="tra-lai", ghi_chu="lệnh 1")
        agree(case)

        late = act(business_page, case, viec="khoan-thu", khoan=str(charge.id))

        assert late.status_code == 409
        assert "đã được xử lý" in late.content.decode()
        assert ledger_queries.get_charge(charge.id).is_open

    def test_money_placed_by_a_person_still_came_without_cash(self, business_page, send, money, company):
        from motcua.requests import operations as request_ops
        from motcua.requests import queries as request_queries

        view = send()
        supervisor = Actor.staff("s", "S", [Role.SUPERVISOR], [view.unit_code])
        request_ops.advance(
            request_id=view.id, action="accept", inputs={"needs_survey": False, "cost_vnd": 98_000, "cost_note": "cáp"},
            actor=supervisor, at=clock.now(), key="accept",
        )  # fmt: skip
        case = money()

        act(business_page, case, viec="khoan-thu", tim=view.number)

        after = request_queries.get_request(view.id)
        assert (after.step, after.state.paid_online) == ("SIGN", True)

    def test_is_for_business_staff(self, intake_page, money):
        case = money()
        assert intake_page.get(f"/ban-viec/tien-treo/{case.id}/").status_code == 403
        assert act(people.browser(), case, viec="tra-lai").status_code == 302
        assert SuspenseCase.objects.get().state == "OPEN"
