"""The customer's bills: who sees them, what they say of where they stand, every line, and how they differ from before."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from motcua.billing.models import Bill
from motcua.billing.queries import BillView
from motcua.customers import operations as customer_ops
from motcua.documents import packs
from motcua.kernel import vietqr
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from tests.billing.billed_house import HOA_PHONE, House, house
from tests.web.customer.conftest import NOON

SignedIn = Callable[..., Client]
SYSTEM = Actor.system("test")


@pytest.fixture
def home(company: Any) -> House:
    return house(NOON)


@pytest.fixture
def hoa(home: House, signed_in: SignedIn) -> Client:
    return signed_in(HOA_PHONE, home.hoa)


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:500]
    return " ".join(unescape(answer.content.decode()).split())


def said(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def pay(bill: BillView, amount_vnd: int | None = None, account: str = "111") -> None:
    charge = ledger_queries.get_charge(bill.charge_id)
    ledger_ops.settle_charge(
        charge_id=charge.id, amount_vnd=amount_vnd or charge.total_vnd, clearing_account=account, reference="x", actor=SYSTEM, at=NOON,
        key=f"pay:{uuid4()}",
    )  # fmt: skip


class TestTheList:
    def test_asks_a_stranger_who_they_are_and_shows_nothing(self, home: House, hanoi: Client) -> None:
        bill = home.year()[-1]
        for path in ("/hoa-don/", f"/hoa-don/{bill.id}/", f"/hoa-don/{bill.id}/hoa-don.pdf"):
            page = text(hanoi, path)
            assert "Gửi mã cho tôi" in page
            assert home.account not in page

    def test_puts_what_waits_first_with_the_sum_and_the_day(self, home: House, hoa: Client) -> None:
        bills = home.year()
        for bill in bills[:-2]:
            pay(bill)
        page = text(hoa, "/hoa-don/")
        waiting, rest = page.split('id="all"')
        assert "Trả trước hết ngày 23/11/2026, còn 7 ngày." in waiting
        assert waiting.index("Tiền điện tháng 10/2026") < waiting.index("Tiền điện tháng 11/2026")
        charges = [ledger_queries.get_charge(bill.charge_id) for bill in bills[-2:]]
        for charge in charges:
            assert f"/thanh-toan/{charge.payment_code}/" in waiting
            assert f'data-remaining="{charge.total_vnd}"' in waiting
        assert f"{sum(c.total_vnd for c in charges):,}".replace(",", ".") in waiting
        assert "tháng 11/2026" not in rest
        assert "tháng 9/2026" in rest

    def test_says_that_nothing_waits(self, home: House, hoa: Client) -> None:
        pay(home.bill(date(2026, 11, 1), 100))
        assert "Không còn hóa đơn nào phải trả." in text(hoa, "/hoa-don/")

    def test_has_pages(self, home: House, hoa: Client) -> None:
        for bill in home.year():
            pay(bill)
        first = text(hoa, "/hoa-don/")
        older = re.search(r'rel="next" href="(\?truoc=[^"]+)"', first)
        assert older
        second = text(hoa, f"/hoa-don/{older[1]}")
        assert "tháng 11/2025" not in first
        assert "tháng 11/2025" in second
        assert "tháng 12/2025" not in second
        assert "Không còn hóa đơn nào phải trả." not in second

    @pytest.mark.parametrize(
        "place", ["x", "2026-13_00000000-0000-4000-8000-000000000000", "2026-01_x", "2026-01"]
    )
    def test_a_place_that_is_none_is_the_first_page(self, home: House, hoa: Client, place: str) -> None:
        home.bill(date(2026, 11, 1), 100)
        assert "tháng 11/2026" in text(hoa, f"/hoa-don/?truoc={place}")

    def test_is_narrowed_to_an_account(self, home: House, hoa: Client) -> None:
        home.bill(date(2026, 11, 1), 111)
        other = home.contract(home.hoa, "Số 5 phố Huế")
        home.bill(date(2026, 11, 1), 222, account_code=other)
        both, one = text(hoa, "/hoa-don/"), text(hoa, f"/hoa-don/?ma={other}")
        assert "111 kWh" in both and "222 kWh" in both and "Số 5 phố Huế" in both
        assert "111 kWh" not in one and "222 kWh" in one

    def test_an_empty_one_says_what_will_come(self, home: House, hoa: Client) -> None:
        assert "Chưa có hóa đơn nào." in text(hoa, "/hoa-don/")

    def test_a_proven_phone_that_nobody_has_is_shown_nothing(self, home: House, signed_in: SignedIn) -> None:
        home.year()
        assert "Chưa có hóa đơn nào." in text(signed_in("0988777666"), "/hoa-don/")


class TestWhoSees:
    def test_nobody_else_does(self, home: House, signed_in: SignedIn) -> None:
        bill = home.year()[-1]
        other = signed_in("0912345678", home.person("Trần Văn Khác", "0912345678"))
        assert home.account not in text(other, "/hoa-don/")
        for rest in ("", "tinh-lai/", "hoa-don.pdf", "giay-bao.pdf"):
            assert other.get(f"/hoa-don/{bill.id}/{rest}").status_code == 404
        assert other.get(f"/hoa-don/{uuid4()}/").status_code == 404

    def test_the_payer_sees_all_of_it_and_both_are_named(self, home: House, signed_in: SignedIn) -> None:
        payer = home.person("Công ty Ánh Sáng", "0912345678")
        bill = home.bill(date(2026, 11, 1), 345, payer_id=payer)
        page = text(signed_in("0912345678", payer), f"/hoa-don/{bill.id}/")
        assert "Người trả tiền là Công ty Ánh Sáng; hợp đồng mua điện do Nguyễn Thị Hoa đứng tên." in page

    def test_a_user_sees_what_was_used_in_their_time_without_amounts(
        self, home: House, signed_in: SignedIn
    ) -> None:
        bills = home.year()
        tenant = home.person("Lê Văn Thuê", "0912345678")
        home.give_part(tenant, "USER", since=date(2026, 9, 10))
        client = signed_in("0912345678", tenant)
        page = text(client, f"/hoa-don/{bills[-1].id}/")
        assert "345 kWh" in page
        amount = f"{bills[-1].total_vnd:,}".replace(",", ".")
        assert amount not in page and "Tính ra tiền" not in page and "/thanh-toan/" not in page
        assert amount not in text(client, "/hoa-don/")
        assert client.get(f"/hoa-don/{bills[0].id}/").status_code == 404
        for rest in ("tinh-lai/", "hoa-don.pdf", "giay-bao.pdf"):
            assert client.get(f"/hoa-don/{bills[-1].id}/{rest}").status_code == 404

    def test_a_new_holder_does_not_see_the_old_ones(self, home: House, signed_in: SignedIn) -> None:
        before = home.person("Chủ Cũ", "0912345678")
        old = home.bill(date(2026, 10, 1), 500, customer_id=before)
        new = home.bill(date(2026, 11, 1), 300)
        holder, former = signed_in(HOA_PHONE, home.hoa), signed_in("0912345678", before)
        page = text(holder, f"/hoa-don/{new.id}/")
        assert "So với trước" not in page
        assert holder.get(f"/hoa-don/{old.id}/").status_code == 404
        assert former.get(f"/hoa-don/{old.id}/").status_code == 200
        assert former.get(f"/hoa-don/{new.id}/").status_code == 404

    @pytest.mark.parametrize(("scope", "status"), [("ALL", 200), ("REQUESTS", 404), ("VIEW", 404)])
    def test_who_acts_for_them_needs_to_do_so_in_everything(
        self, home: House, signed_in: SignedIn, scope: str, status: int
    ) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        son = home.person("Con Trai", "0912345678")
        customer_ops.grant_authority(
            customer_id=home.hoa, agent_id=son, ground="HOUSEHOLD_MEMBER", scope=scope, note="", valid_from=NOON.date(),
            valid_to=None, actor=Actor.customer(home.hoa), at=NOON,
        )  # fmt: skip
        client = signed_in("0912345678", son)
        assert client.get(f"/hoa-don/{bill.id}/").status_code == status
        client.post("/cua-toi/lam-thay/", {"who": str(home.hoa)})
        assert client.get(f"/hoa-don/{bill.id}/").status_code == status


class TestOneBill:
    def test_is_told_line_by_line(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        for told in (
            "1.000",
            "1.345",
            "345 kWh",
            "Bậc 1",
            "Bậc 5",
            "1.984",
            "2.050",
            "2.380",
            "2.998",
            "3.350",
            "1279/QĐ-BCT",
        ):
            assert told in page
        for line in bill.lines:
            assert f"{line['amount_vnd']:,}".replace(",", ".") in page
        assert 'href="/gia-dien/?ngay=2026-10-05"' in page
        assert f"{bill.total_vnd:,}".replace(",", ".") in page
        assert "Bằng chữ:" in page and "đồng" in page

    def test_tells_why_it_is_more_than_before(self, home: House, hoa: Client) -> None:
        bills = home.year()
        page = said(text(hoa, f"/hoa-don/{bills[-1].id}/"))
        assert "Kỳ này dùng 345 kWh, nhiều hơn tháng 10/2026 45 kWh (15 %)." in page
        assert "Kỳ này dài hơn 1 ngày, riêng số ngày đó khoảng 10 kWh." in page
        assert "11,1 kWh một ngày, trước là 10,0 kWh." in page
        assert "Một phần điện kỳ này rơi vào bậc 5, giá 3.350 đ một kWh; kỳ kia chỉ đến bậc 4." in page
        assert "nhiều hơn cùng tháng năm trước 95 kWh (38 %)" in page

    def test_the_year_has_a_table_twin(self, home: House, hoa: Client) -> None:
        bills = home.year()
        page = text(hoa, f"/hoa-don/{bills[-1].id}/")
        year = page.split('id="year"')[1]
        assert year.count("<rect") == 13
        rows = re.findall(r'<th scope="row">.*?</tr>', year)
        assert len(rows) == 13
        assert "<b>11/2026</b>" in rows[0] and ">345<" in rows[0]
        assert f"/hoa-don/{bills[0].id}/" in rows[-1]

    def test_says_when_and_how_it_was_paid(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        pay(bill, 100_000)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        assert "đã trả một phần" in page and "12:00 16/11/2026: 100.000 đ, tiền mặt tại quầy" in page
        assert 'data-bill-state="PART"' in page
        pay(bill, bill.total_vnd - 100_000)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        assert (
            "Đã trả đủ ngày 16/11/2026." in page
            and "/thanh-toan/" not in page.split("<footer")[0].split("<main")[1]
        )
        assert "giay-bao.pdf" not in page

    def test_names_the_bank_it_was_paid_through(self, home: House, hoa: Client) -> None:
        payment_ops.add_partner(
            code="NHA", name="Ngân hàng An Bình", bank="ABB", secret="s" * 40, actor=SYSTEM, at=NOON
        )
        bill = home.bill(date(2026, 11, 1), 345)
        pay(bill, account="138-ABB")
        assert f"{bill.total_vnd:,}".replace(",", ".") + " đ, qua Ngân hàng An Bình" in text(
            hoa, f"/hoa-don/{bill.id}/"
        )

    def test_says_how_late_it_is(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345, due_at=NOON - timedelta(days=3))
        assert "Đã quá hạn 3 ngày, hạn là ngày 13/11/2026." in text(hoa, f"/hoa-don/{bill.id}/")

    def test_of_nothing_used_owes_nothing(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 0)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        assert "Kỳ này không phải trả tiền." in page
        assert "Khớp đến từng đồng" in text(hoa, f"/hoa-don/{bill.id}/tinh-lai/")

    def test_hours_of_the_day_and_reactive_power_are_lines(self, home: House, hoa: Client) -> None:
        case = {
            "group": "PRODUCTION", "voltage": "LT_6KV", "from": "2026-10-05", "to": "2026-11-05", "cosphi": 0.8,
            "registers": {"normal": 1000, "off_peak": 500, "peak": 300},
        }  # fmt: skip
        readings = [
            {
                "serial": "9",
                "register": register,
                "previous": 0,
                "current": kwh // 10,
                "factor": 10,
                "kwh": kwh,
            }
            for register, kwh in (("BT", 1000), ("TD", 500), ("CD", 300))
        ]
        bill = home.bill(date(2026, 11, 1), 1800, case=case, readings=readings)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        for told in (
            "Giờ bình thường",
            "Giờ thấp điểm",
            "Giờ cao điểm",
            "hệ số 10",
            "Tiền mua công suất phản kháng",
            "cosφ 0,8",
        ):
            assert told in page
        assert "Khớp đến từng đồng" in text(hoa, f"/hoa-don/{bill.id}/tinh-lai/")

    def test_a_relief_is_named(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2020, 11, 1), 150)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        assert "đã giảm 10 %" in page and "1.510" in page

    def test_a_price_that_changed_has_its_lines_apart(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2025, 5, 1), 300, start=date(2025, 4, 20), end=date(2025, 5, 20))
        page = text(hoa, f"/hoa-don/{bill.id}/")
        assert "2699/QĐ-BCT" in page and "1279/QĐ-BCT" in page
        assert "?ngay=2025-04-20" in page and "?ngay=2025-05-10" in page

    @pytest.mark.parametrize(("state", "told"), [("CANCELLED", "đã hủy"), ("REPLACED", "đã được thay bằng")])
    def test_what_does_not_hold_any_more_says_so(
        self, home: House, hoa: Client, state: str, told: str
    ) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        Bill.objects.filter(id=bill.id).update(state=state)
        page = text(hoa, f"/hoa-don/{bill.id}/")
        assert told in page and "Trả " not in said(page.split("<main")[1].split("<aside")[0])

    def test_in_english(self, home: House, hoa: Client) -> None:
        bill = home.year()[-1]
        hoa.cookies["mc_lang"] = "en"
        page = said(text(hoa, f"/hoa-don/{bill.id}/"))
        assert "This period used 345 kWh, 45 kWh more than 10/2026 (15 %)." in page


class TestWorkedOutAgain:
    def test_agrees_to_the_dong(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        page = said(text(hoa, f"/hoa-don/{bill.id}/tinh-lai/"))
        assert "Khớp đến từng đồng" in page
        assert "1.345 − 1.000 = 345 kWh" in page
        assert f"{bill.total_vnd:,}".replace(",", ".") in page

    def test_says_when_it_does_not(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345, readings=[
            {"serial": "1", "register": "KT", "previous": 0, "current": 300, "factor": 1, "kwh": 300}])  # fmt: skip
        page = text(hoa, f"/hoa-don/{bill.id}/tinh-lai/")
        assert "Tính lại không khớp" in page and "/dich-vu/COMPLAINT/" in page

    def test_tells_a_meter_that_went_round(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 270, readings=[
            {"serial": "1", "register": "KT", "previous": 99850, "current": 120, "factor": 1, "kwh": 270}])  # fmt: skip
        page = said(text(hoa, f"/hoa-don/{bill.id}/tinh-lai/"))
        assert "99.850 qua vòng số đến 120: 270 kWh" in page and "Khớp" in page


class TestPapers:
    def read(self, client: Client, path: str) -> tuple[bytes, str]:
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/pdf"
        pages = PdfReader(BytesIO(answer.content)).pages
        told = unicodedata.normalize("NFC", " ".join(" ".join(page.extract_text() for page in pages).split()))
        return answer.content, told

    def test_the_bill_says_all_of_it(self, home: House, hoa: Client) -> None:
        bill = home.year()[-1]
        charge = ledger_queries.get_charge(bill.charge_id)
        content, told = self.read(hoa, f"/hoa-don/{bill.id}/hoa-don.pdf")
        for word in ("BẢN KÊ HÓA ĐƠN TIỀN ĐIỆN THÁNG 11/2026", home.account, "Nguyễn Thị Hoa", "Số 12 ngõ 34 phố Tây Sơn",
                     "từ 05/10/2026 đến 05/11/2026, 31 ngày", "26000200001", "1.345", "Bậc 5", "3.350", charge.payment_code,
                     "Giá điện theo 1279/QĐ-BCT, áp dụng từ 10/05/2025.", "23/11/2026", "nhiều hơn tháng 10/2026 45 kWh", "11/2025"):  # fmt: skip
            assert word in told, word
        for amount in (bill.subtotal_vnd, bill.vat_vnd, bill.total_vnd):
            assert f"{amount:,}".replace(",", ".") in told
        again, _told = self.read(hoa, f"/hoa-don/{bill.id}/hoa-don.pdf")
        assert again == content

    def test_a_paid_one_says_so_and_has_nothing_to_pay(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        pay(bill)
        _content, told = self.read(hoa, f"/hoa-don/{bill.id}/hoa-don.pdf")
        assert "ĐÃ TRẢ ĐỦ NGÀY 16/11/2026" in told and "Số tiền phải trả" not in told
        assert hoa.get(f"/hoa-don/{bill.id}/giay-bao.pdf").status_code == 404

    def test_the_notice_says_what_is_left_and_where(
        self, home: House, hoa: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        pay(bill, 100_000)
        drawn: list[str] = []
        real = packs.qr_svg
        monkeypatch.setattr(packs, "qr_svg", lambda told: drawn.append(told) or real(told))
        _content, told = self.read(hoa, f"/hoa-don/{bill.id}/giay-bao.pdf")
        charge = ledger_queries.get_charge(bill.charge_id)
        for word in (
            "GIẤY BÁO TIỀN ĐIỆN",
            "345 kWh",
            charge.payment_code,
            "Đã trả 100.000 đ",
            "Trả ở đâu",
            payment_queries.payment_view(charge.id).bank_name,
        ):
            assert word in told, (word, told)
        assert f"{charge.remaining_vnd:,}".replace(",", ".") in told
        assert drawn == [payment_queries.transfer_qr(charge)]
        assert vietqr.decode(drawn[0]).amount_vnd == charge.remaining_vnd

    def test_an_agents_language_does_not_change_it(self, home: House, hoa: Client) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        content, _told = self.read(hoa, f"/hoa-don/{bill.id}/hoa-don.pdf")
        hoa.cookies["mc_lang"] = "en"
        again, _told = self.read(hoa, f"/hoa-don/{bill.id}/hoa-don.pdf")
        assert again == content
