"""Where a customer stands: what is overdue, what comes and when, and what they can do about it, in each state."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from motcua.kernel import vietqr
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments.dunning import operations as dunning_ops
from motcua.payments.models import DunningCase, DunningExemption, DunningStep, InstalmentPromise
from tests.billing.billed_house import HOA_PHONE, House, house
from tests.payments import debtors
from tests.payments.debtors import POLICY, hold_to
from tests.web.customer.conftest import NOON
from tests.web.customer.test_bills import SYSTEM, SignedIn, pay, said, text

PAGE = "/hoa-don/no/"
KIND: dict[str, Any] = {"promise_parts": 3, "promise_days": 60, "claim_days": 3}


@pytest.fixture
def home(company: Any) -> House:
    return house(NOON)


@pytest.fixture
def hoa(home: House, signed_in: SignedIn) -> Client:
    return signed_in(HOA_PHONE, home.hoa)


@pytest.fixture
def late(home: House) -> House:
    """Money that was due on Thursday the 12th of November, told of once; a policy that lets people pay in parts."""
    ledger_ops.raise_charge(
        kind="TD", amount_vnd=250_000, vat_rate=Decimal("0.08"), customer_id=home.hoa, request_id=None, unit_code="PD0100",
        actor=SYSTEM, at=NOON - timedelta(days=11), key="late", account_code=home.account, due_at=NOON - timedelta(days=4),
    )  # fmt: skip
    hold_to(replace(POLICY, **KIND))
    dunning_ops.run(at=NOON)
    return home


def where(page: str) -> list[str]:
    return re.findall(r'data-standing="(\w+)"', page)


class TestThePage:
    def test_is_nobody_elses(self, late: House, hanoi: Client, signed_in: SignedIn) -> None:
        assert "Gửi mã cho tôi" in text(hanoi, PAGE)
        page = text(signed_in("0977000111"), PAGE)
        assert late.account not in page

    def test_says_that_nothing_is_owed(self, home: House, hoa: Client) -> None:
        page = text(hoa, PAGE)

        assert where(page) == ["NOTHING"]
        assert "Không có khoản nào phải trả." in said(page)
        assert '<form method="post" action="/hoa-don/no/' not in page

    def test_says_that_what_is_owed_is_not_late(self, home: House, hoa: Client) -> None:
        for bill in home.year()[:-1]:
            pay(bill)
        page = text(hoa, PAGE)

        assert where(page) == ["WAITING"]
        assert "Chưa có khoản nào quá hạn." in said(page)

    def test_says_how_much_since_when_and_each_step_with_its_day(self, late: House, hoa: Client) -> None:
        page = text(hoa, PAGE)
        told = said(page)

        assert where(page) == ["NOTIFIED"]
        assert 'data-owed="270000"' in page
        assert re.findall(r'<time datetime="(\S+?)T', page) == ["2026-11-23", "2026-12-01", "2026-12-02"]
        assert "Chỉ ngừng điện từ 08:00 đến 15:00 ngày làm việc." in told
        assert "mất phí 105.840 đ" in told
        assert re.search(r'href="/thanh-toan/TD\w+/"', page)
        assert len(page.encode()) < 100_000

    def test_foretells_a_notice_for_the_hour_at_which_it_will_go(self, home: House, hoa: Client) -> None:
        midnight = NOON.replace(hour=0)
        ledger_ops.raise_charge(
            kind="TD", amount_vnd=250_000, vat_rate=Decimal("0.08"), customer_id=home.hoa, request_id=None, unit_code="PD0100",
            actor=SYSTEM, at=NOON - timedelta(days=11), key="late", account_code=home.account, due_at=midnight,
        )  # fmt: skip
        hold_to(POLICY)

        told = re.findall(r'<time datetime="(\S+?)\+', text(hoa, PAGE))
        assert told[:2] == ["2026-11-17T07:00:00", "2026-11-24T07:00:00"]

    def test_is_led_to_from_the_bills(self, late: House, hoa: Client) -> None:
        assert f'href="{PAGE}"' in text(hoa, "/hoa-don/")

    @pytest.mark.parametrize(
        ("kind", "state", "word", "said_so"),
        [
            ("STOP", "ORDERED", "STOP_ORDERED", "trả ngay thì lệnh được hủy"),
            ("STOP", "DONE", "STOPPED", "Trả đủ thì chúng tôi đến đóng điện lại ngay."),
        ],
    )
    def test_says_so_when_a_stop_was_ordered_or_done(
        self, late: House, hoa: Client, kind: str, state: str, word: str, said_so: str
    ) -> None:
        case = DunningCase.objects.get()
        DunningStep.objects.create(
            case=case, kind=kind, turn=1, state=state, batch=case.id, at=NOON, ended_at=NOON
        )
        page = text(hoa, PAGE)

        assert where(page) == [word]
        assert said_so in said(page)
        if state == "DONE":
            assert "Xin trả dần" not in page
            [owed] = [
                one
                for one in ledger_queries.list_charges_of_accounts([late.account], open_only=True)
                if one.total_vnd == 270_000
            ]
            debtors.pay(owed, at=NOON)
            page = text(hoa, PAGE)
            assert where(page) == ["BACK_ORDERED"]
            assert "đóng điện lại trong 24 giờ" in said(page)


class TestPromise:
    def post(self, hoa: Client, late: House, count: str) -> Any:
        return hoa.post(f"{PAGE}{late.account}/tra-dan/", {"so_ky": count})

    def test_chosen_with_one_press_and_shown_from_then_on(self, late: House, hoa: Client) -> None:
        assert self.post(hoa, late, "2").status_code == 302

        made = InstalmentPromise.objects.get()
        assert (made.made_by, [part["day"] for part in made.parts]) == (
            f"customer:{late.hoa}", ["2026-12-16", "2027-01-15"],
        )  # fmt: skip
        page = text(hoa, PAGE)
        assert where(page) == ["PROMISED"]
        assert "trước hết thứ Tư, 16/12/2026" in said(page)
        assert "Xin trả dần" not in page

    @pytest.mark.parametrize(
        ("count", "word"),
        [("", "Hãy chọn số kỳ trả."), ("9", "không tự làm ở đây được"), ("x", "không tự làm ở đây được")],
    )
    def test_what_is_wrong_is_said_beside_it(self, late: House, hoa: Client, count: str, word: str) -> None:
        answer = self.post(hoa, late, count)

        assert answer.status_code == 422
        assert 'href="#so_ky-1"' in answer.content.decode()
        assert word in answer.content.decode()
        assert InstalmentPromise.objects.count() == 0

    def test_nobody_promises_for_another(self, late: House, signed_in: SignedIn) -> None:
        assert self.post(signed_in("0977000111"), late, "2").status_code == 404
        assert InstalmentPromise.objects.count() == 0


class TestPayingAPart:
    """What is due now is asked for, in the code and behind the button; what comes by it counts to the promise."""

    @pytest.fixture
    def promised(self, late: House, hoa: Client) -> House:
        hoa.post(f"{PAGE}{late.account}/tra-dan/", {"so_ky": "2"})
        return late

    def due(self, page: str) -> list[tuple[int | None, str]]:
        """Amount and text of each code on the page."""
        read = [vietqr.decode(unescape(text)) for text in re.findall(r'data-qr="([^"]+)"', page)]
        return [(one.amount_vnd, one.purpose) for one in read]

    def send(self, code: str, amount_vnd: int, txn_id: str) -> None:
        payment_ops.record_bank_notification(
            bank="NHTHU", txn_id=txn_id, amount_vnd=amount_vnd, text=f"MBVCB.77.{code}.CT tu 0011", paid_at=NOON, raw_sha256="0" * 64,
            at=NOON,
        )  # fmt: skip

    def test_the_code_asks_for_the_part_and_the_whole_is_offered_beside_it(
        self, promised: House, hoa: Client
    ) -> None:
        page = text(hoa, PAGE)

        [(amount, purpose)] = self.due(page)
        assert (amount, re.findall(r'data-due="(\d+)"', page)) == (135_000, ["135000"])
        assert f'href="/thanh-toan/{purpose}/?so_tien=135000&tu=0"' in page
        assert f'href="/thanh-toan/{purpose}/"' in page
        asked = text(hoa, f"/thanh-toan/{purpose}/?so_tien=135000&tu=0")
        assert 'data-ask="135000"' in asked
        assert self.due(asked) == [(135_000, purpose)]
        assert self.due(text(hoa, f"/thanh-toan/{purpose}/")) == [(270_000, purpose)]

    def test_what_comes_by_it_is_the_part(self, promised: House, hoa: Client) -> None:
        [(_, code)] = self.due(text(hoa, PAGE))
        self.send(code, 100_000, "t1")
        assert self.due(text(hoa, PAGE)) == [(35_000, code)]
        assert self.due(text(hoa, f"/thanh-toan/{code}/?so_tien=135000&tu=0")) == [(35_000, code)]

        self.send(code, 35_000, "t2")
        page = text(hoa, PAGE)
        assert (where(page), self.due(page)) == (["PROMISED"], [(135_000, code)])
        assert said(page).count("đã trả") >= 1
        asked = text(hoa, f"/thanh-toan/{code}/?so_tien=135000&tu=0")
        assert "Đã nhận đủ kỳ này: 135.000 đ" in said(asked)
        assert self.due(asked) == []

        self.send(code, 135_000, "t3")
        assert InstalmentPromise.objects.get().state == "KEPT"
        assert where(text(hoa, PAGE)) != ["PROMISED"]

    @pytest.mark.parametrize("asked", ["x", "0", "270000", "999999999999", "9" * 30, "-5"])
    def test_what_is_no_part_asks_for_the_whole(self, late: House, hoa: Client, asked: str) -> None:
        [(_, code)] = self.due(text(hoa, PAGE))
        page = text(hoa, f"/thanh-toan/{code}/?so_tien={asked}")

        assert self.due(page) == [(270_000, code)]
        assert "data-ask" not in page


class TestSaidPaid:
    def test_is_written_down_and_holds_everything(self, late: House, hoa: Client) -> None:
        answer = hoa.post(f"{PAGE}{late.account}/da-tra/", {"da_tra": "Hôm qua, Vietcombank"})
        assert answer.status_code == 302

        row = DunningExemption.objects.get()
        assert (row.reason, row.note, row.valid_to) == (
            "PAID_SAID",
            "Hôm qua, Vietcombank",
            date(2026, 11, 19),
        )
        page = text(hoa, PAGE)
        assert where(page) == ["SPARED"]
        assert "chúng tôi đang kiểm tra. Đến hết ngày 18/11/2026." in said(page)
        assert "Báo đã trả" not in page

    def test_empty_it_is_asked_again(self, late: House, hoa: Client) -> None:
        answer = hoa.post(f"{PAGE}{late.account}/da-tra/", {"da_tra": ""})

        assert answer.status_code == 422
        assert "Hãy ghi trả ngày nào, bằng cách nào." in answer.content.decode()
        assert DunningExemption.objects.count() == 0
