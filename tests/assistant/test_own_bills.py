"""Bills in the chat: the last one and why it is high, told after proof alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.messaging.models import Conversation
from tests.assistant.owing_house import count_codes, sent_code
from tests.assistant.test_operations import Visitor
from tests.billing.billed_house import HOA_PHONE, House, house

HIGH = "sao tiền điện tháng này cao vậy"
NEWEST = "345 kWh"


@pytest.fixture
def home(company, at) -> House:
    return house(at)


@pytest.fixture
def hoa(home, at):
    return Visitor(at)


def prove(visitor, by=HOA_PHONE):
    visitor.say(by)
    return visitor.say(sent_code())


def buttons(visitor):
    return {
        button["label"]: button.get("url") or button.get("payload", "") for button in visitor.last.buttons
    }


class TestWhySoHigh:
    def test_is_told_after_the_code_with_the_page_and_what_to_do(self, hoa, home):
        bill = home.year()[-1]
        asked = hoa.say(HIGH)
        assert "so hóa đơn này với tháng trước" in asked and NEWEST not in asked
        assert any(
            "phản ánh" in label.lower() or "ý kiến" in label.lower() or "khiếu nại" in label.lower()
            for label in buttons(hoa)
        )
        sent = hoa.say(HOA_PHONE)
        assert NEWEST not in sent
        told = hoa.say(sent_code())

        assert home.account in told
        assert "nhiều hơn tháng 10/2026 45 kWh (15 %)" in told
        assert "Kỳ này dài hơn 1 ngày" in told
        assert "bậc 5" in told
        assert buttons(hoa)["Xem hóa đơn tháng 11/2026"].endswith(f"/hoa-don/{bill.id}/")
        assert "http" not in told

    def test_is_told_at_once_to_the_proven(self, hoa, home):
        home.year()
        hoa.say(HIGH)
        prove(hoa)
        assert "nhiều hơn tháng 10/2026" in hoa.say("tiền điện tăng gấp đôi, giải thích giúp tôi")
        assert count_codes() == 1

    def test_of_the_year_before_where_the_month_before_has_none(self, hoa, home):
        home.bill(date(2025, 11, 1), 250)
        home.bill(date(2026, 11, 1), 345)
        hoa.say(HIGH)
        assert "nhiều hơn cùng tháng năm trước 95 kWh (38 %)" in prove(hoa)

    def test_with_one_bill_says_that_there_is_nothing_to_compare_with(self, hoa, home):
        home.bill(date(2026, 11, 1), 345)
        hoa.say(HIGH)
        told = prove(hoa)
        assert NEWEST in told and "Chưa có hóa đơn tháng trước hay năm trước để so." in told

    def test_with_none_says_so(self, hoa, home):
        hoa.say(HIGH)
        assert "chưa thấy hóa đơn tiền điện nào" in prove(hoa)

    def test_of_several_accounts_asks_which(self, hoa, home):
        home.year()
        other = home.contract(home.hoa, "Số 5 phố Huế")
        home.bill(date(2026, 11, 1), 77, account_code=other)
        hoa.say(HIGH)
        assert "mã khách hàng nào" in prove(hoa)
        told = hoa.press(f"{other} · Số 5 phố Huế")
        assert "77 kWh" in told and NEWEST not in told

    def test_in_english(self, hoa, home):
        home.year()
        hoa.say(HIGH)
        Conversation.objects.update(language="en")
        told = prove(hoa)
        assert "45 kWh more than 10/2026 (15 %)" in told

    def test_who_only_uses_hears_no_amounts(self, hoa, home, at):
        bill = home.year()[-1]
        tenant = home.person("Lê Văn Thuê", "0912345678")
        home.give_part(tenant, "USER", since=date(2026, 9, 10))
        visitor = Visitor(at)
        visitor.say(HIGH)
        told = prove(visitor, "0912345678")
        assert "nhiều hơn tháng 10/2026 45 kWh" in told
        assert f"{bill.total_vnd:,}".replace(",", ".") not in told and "Số tiền" not in told

    def test_a_stranger_hears_nothing(self, home, at):
        home.year()
        home.person("Trần Khác", "0912345678")
        visitor = Visitor(at)
        visitor.say(HIGH)
        told = prove(visitor, "0912345678")
        assert NEWEST not in told and home.account not in told


class TestTheLastBill:
    def test_stands_with_what_is_owed_and_when(self, hoa, home):
        bill = home.bill(date(2026, 11, 1), 345)
        hoa.say("tiền điện tháng này bao nhiêu")
        told = prove(hoa)
        amount = f"{bill.total_vnd:,}".replace(",", ".")
        assert (
            f"- Hóa đơn mới nhất, tháng 11/2026: 345 kWh, {amount} đ, còn {amount} đ, hạn trả 23/11/2026"
            in told
        )
        assert f"Tiền điện tháng 11/2026: {amount} đ" in told
        assert buttons(hoa)["Xem hóa đơn tháng 11/2026"].endswith(f"/hoa-don/{bill.id}/")
        assert any("/thanh-toan/TD" in url for url in buttons(hoa).values())

    def test_that_was_paid_says_so(self, hoa, home, at):
        bill = home.bill(date(2026, 11, 1), 345)
        ledger_ops.settle_charge(
            charge_id=bill.charge_id, amount_vnd=bill.total_vnd, clearing_account="111", reference="x", actor=Actor.system("t"),
            at=at - timedelta(days=1), key="pay",
        )  # fmt: skip
        hoa.say("tiền điện tháng này bao nhiêu")
        told = prove(hoa)
        assert "345 kWh" in told and "đã trả ngày 15/11/2026" in told and "không có khoản nào chờ trả" in told
