"""Statements, differences and refunds on pages: brought, looked at, ended; and who may."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.payments import operations as payment_ops
from motcua.payments.models import (
    BankStatement,
    Difference,
    DunningCase,
    GatewaySettlement,
    Refund,
    SuspenseCase,
)
from motcua.payments.operations import refunds, statements
from motcua.web.money import matching
from tests.payments.matched_day import BANK, OWN, swift
from tests.payments.test_settlements import sheet
from tests.web import people

WORKER = Actor.staff("k", "K", [Role.ACCOUNTANT], ["PD0000"])
DAY = date(2026, 1, 15)


@pytest.fixture
def accountant_page(company: Any) -> Client:
    return people.browser(people.add_staff("accountant-1", Role.ACCOUNTANT))


@pytest.fixture
def own(company: Any) -> None:
    statements.open_own_account(number=OWN, bank=BANK, name="Tài khoản thu", actor=WORKER, at=clock.now())


def bring(page: Client, content: bytes) -> Any:
    return page.post("/tien/sao-ke/nhan-tep", {"tep": SimpleUploadedFile("sao-ke.sta", content)}, follow=True)


def text_of(page: Client, address: str) -> str:
    answer = page.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


class TestStatements:
    def test_all_wallets_files_are_reached_page_by_page(self, accountant_page: Client, own: None) -> None:
        for number in range(12):
            statements.import_file(
                content=sheet(f"V{number}|500|0", no=f"QT-{number:02}"), name="v.csv", actor=WORKER,
                at=clock.now() + timedelta(seconds=number // 2),
            )  # fmt: skip
        first = text_of(accountant_page, "/tien/sao-ke/")
        shown = re.findall(r"QT-\d\d", first)
        assert (len(shown), len(set(shown))) == (10, 10)

        address = unescape(re.search(r'href="(\?vi-sau=[^"#]+)#h-settled"', first)[1])  # type: ignore[index]
        rest = text_of(accountant_page, "/tien/sao-ke/" + address)
        assert set(re.findall(r"QT-\d\d", rest)) == {"QT-00", "QT-01"}
        assert "Về đầu danh sách" in rest
        assert 'href="?vi-sau=' not in rest

    def test_an_account_is_added_and_a_file_brought(self, accountant_page: Client) -> None:
        accountant_page.post("/tien/sao-ke/tai-khoan", {"so": OWN, "ngan_hang": "vcb", "ten": "Thu"})
        said = bring(accountant_page, swift("C|150|FT1|cam on", day=DAY)).content.decode()

        assert "Đã nhận sao kê" in said
        row = BankStatement.objects.get()
        page = text_of(accountant_page, f"/tien/sao-ke/{row.id}/")
        assert "FT1" in page
        assert "cam on" in page

    def test_a_wallets_file_that_waits_is_dropped_with_a_reason(
        self, accountant_page: Client, own: None
    ) -> None:
        statements.import_file(
            content=sheet("V1|500|0", "V1|500|0"), name="v.csv", actor=WORKER, at=clock.now()
        )
        waits = GatewaySettlement.objects.get()
        address = f"/tien/sao-ke/vi/{waits.id}/bo"
        assert address in text_of(accountant_page, "/tien/sao-ke/")

        assert accountant_page.post(address, {"ly_do": ""}).status_code == 409
        accountant_page.post(address, {"ly_do": "VNPAY gửi lại"})

        page = text_of(accountant_page, "/tien/sao-ke/")
        assert "VNPAY gửi lại" in page
        assert address not in page

    def test_the_same_file_again_says_so(self, accountant_page: Client, own: None) -> None:
        bring(accountant_page, swift("C|150|FT1|x", day=DAY))

        assert "nhận trước đây" in bring(accountant_page, swift("C|150|FT1|x", day=DAY)).content.decode()

    def test_what_waits_says_why_and_is_decided_with_a_reason(
        self, accountant_page: Client, own: None
    ) -> None:
        bring(accountant_page, swift("C|150|FT1|x", day=DAY).replace(b"VND150,", b"VND151,"))
        row = BankStatement.objects.get()
        address = f"/tien/sao-ke/{row.id}/"
        assert "không bằng số dư cuối" in text_of(accountant_page, address)

        assert accountant_page.post(f"{address}viec", {"viec": "nhan", "ly_do": "cứ nhận"}).status_code == 409
        assert accountant_page.post(f"{address}viec", {"viec": "bo", "ly_do": ""}).status_code == 409
        assert accountant_page.post(f"{address}viec", {"viec": "bo", "ly_do": "tệp lỗi"}).status_code == 302
        assert BankStatement.objects.get().state == "DROPPED"

    def test_hostile_files_are_told(self, accountant_page: Client) -> None:
        bring(accountant_page, b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>')

        assert "nguy hiểm" in text_of(accountant_page, "/tien/sao-ke/")

    def test_no_file_is_said(self, accountant_page: Client) -> None:
        assert accountant_page.post("/tien/sao-ke/nhan-tep").status_code == 409


class TestMatching:
    def test_a_difference_is_taken_on_and_ended(self, accountant_page: Client, own: None) -> None:
        bring(accountant_page, swift("D|800|FT2|rut", day=DAY, opening=1_000))
        accountant_page.post("/tien/doi-soat/chay", {"ngay": DAY.isoformat()})
        row = Difference.objects.get(kind="UNKNOWN_DEBIT")
        address = f"/tien/doi-soat/{row.id}/"
        assert "Tiền ra chưa rõ" in text_of(accountant_page, "/tien/doi-soat/")
        assert "rut" in text_of(accountant_page, address)

        accountant_page.post(f"{address}viec", {"viec": "nhan-viec"})
        assert "Tiền ra chưa rõ" in text_of(accountant_page, "/tien/doi-soat/?ai=toi")
        assert accountant_page.post(f"{address}viec", {"viec": "giai-thich", "ly_do": ""}).status_code == 409
        assert (
            accountant_page.post(
                f"{address}viec", {"viec": "giai-thich", "ly_do": "rút nhập quỹ"}
            ).status_code
            == 302
        )
        assert "rút nhập quỹ" in text_of(accountant_page, "/tien/doi-soat/?xem=xong")

    def test_all_differences_are_reached_page_by_page(
        self, accountant_page: Client, own: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bring(
            accountant_page, swift("D|100|FT1|mot", "D|200|FT2|hai", "D|300|FT3|ba", day=DAY, opening=1_000)
        )
        accountant_page.post("/tien/doi-soat/chay", {"ngay": DAY.isoformat()})
        monkeypatch.setattr(matching, "PAGE", 2)
        address, found = "/tien/doi-soat/", []
        for _page in range(2):
            shown = text_of(accountant_page, address)
            found.append(set(re.findall(r'href="/tien/doi-soat/(\d+)/"', shown)))
            address = "/tien/doi-soat/" + unescape("".join(re.findall(r'href="(\?[^"]*sau=[^"]+)"', shown)))

        assert ([len(ids) for ids in found], found[0] & found[1]) == ([2, 1], set())
        assert {int(id) for ids in found for id in ids} == set(
            Difference.objects.values_list("id", flat=True)
        )
        for odd in ("x", f"{DAY}~", f"{DAY}~{9**40}"):
            assert accountant_page.get("/tien/doi-soat/", {"sau": odd}).status_code == 200

    def test_is_exported(self, accountant_page: Client, own: None) -> None:
        bring(accountant_page, swift("D|800|FT2|rut", day=DAY, opening=1_000))
        accountant_page.post("/tien/doi-soat/chay", {"ngay": DAY.isoformat()})
        answer = accountant_page.get("/tien/doi-soat/?tep=csv")

        assert answer["Content-Type"].startswith("text/csv")
        assert "-800" in answer.content.decode()


class TestRefunds:
    @pytest.fixture
    def refund_id(self, own: None) -> Any:
        at = clock.now()
        payment_ops.record_bank_notification(
            bank=BANK, txn_id="FT1", amount_vnd=5_000, text="cam on", paid_at=at, raw_sha256="0" * 64, at=at
        )
        case = SuspenseCase.objects.get()
        return refunds.ask_refund(
            payment_id=case.payment_id, case_id=case.id, amount_vnd=5_000, way="BANK", reason="chuyển nhầm", actor=WORKER,
            at=at, payee_name="A", payee_account="8888", payee_bin="970436",
        )  # fmt: skip

    def test_is_approved_and_ordered(self, accountant_page: Client, refund_id: Any) -> None:
        assert "chuyển nhầm" in text_of(accountant_page, "/tien/hoan-tien/")
        accountant_page.post(f"/tien/hoan-tien/{refund_id}/viec", {"viec": "duyet"})
        accountant_page.post("/tien/hoan-tien/lenh-chi", {"tai_khoan": OWN})

        one = Refund.objects.get()
        assert one.state == "ORDERED"
        file = accountant_page.get(f"/tien/hoan-tien/lenh-chi/{one.order_id}")
        assert one.number in file.content.decode()

    def test_a_no_needs_its_reason(self, accountant_page: Client, refund_id: Any) -> None:
        answer = accountant_page.post(f"/tien/hoan-tien/{refund_id}/viec", {"viec": "tu-choi", "ly_do": ""})

        assert answer.status_code == 409
        assert Refund.objects.get().state == "ASKED"

    def test_business_staff_look_and_do_not_approve(self, company: Any, refund_id: Any) -> None:
        page = people.browser(people.add_staff("business-1", Role.BUSINESS))

        assert "chuyển nhầm" in text_of(page, f"/tien/hoan-tien/{refund_id}/")
        assert page.post(f"/tien/hoan-tien/{refund_id}/viec", {"viec": "duyet"}).status_code == 403


@pytest.mark.parametrize("address", ["/tien/sao-ke/", "/tien/doi-soat/", "/tien/hoan-tien/"])
def test_crews_and_strangers_see_none_of_it(company: Any, address: str) -> None:
    assert people.browser(people.add_staff("crew-1", Role.CREW)).get(address).status_code == 403
    assert people.browser().get(address).status_code == 302


class TestDebts:
    def test_debt_by_age_opens_to_its_accounts(self, company: Any) -> None:
        at = clock.now()
        charge = ledger_ops.raise_charge(
            kind="TD", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code="PD0100",
            account_code="PD01000000001", actor=WORKER, at=at - timedelta(days=40), due_at=at - timedelta(days=20), key="d",
        )  # fmt: skip
        DunningCase.objects.create(
            id=charge.id,
            account_code="PD01000000001",
            unit_code="PD0100",
            overdue_since=at - timedelta(days=20),
            opened_at=at,
        )
        page = people.browser(people.add_staff("kd-1", Role.BUSINESS))

        assert "105.840" in text_of(page, "/tien/no-tien-dien/")
        assert "PD01000000001" in text_of(page, "/tien/no-tien-dien/?tu=15")
        assert "PD01000000001" not in text_of(page, "/tien/no-tien-dien/?tu=30")
