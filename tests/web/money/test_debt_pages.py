"""Debt on pages of staff: the account, who is spared and who pays in parts, the policy of two persons."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.ledger import operations as ledger_ops
from motcua.payments.dunning import operations as dunning_ops
from motcua.payments.dunning import orders, queries
from motcua.payments.models import DunningExemption, DunningPolicy, DunningStep, InstalmentPromise
from tests.payments.debtors import POLICY, hold_to
from tests.permissions.debt_rows import bodies
from tests.web import people
from tests.web.money.test_matching_pages import WORKER, text_of

ACCOUNT, ROOT = "PD01000000001", "/tien/no-tien-dien/"
PAGE = f"{ROOT}ma/{ACCOUNT}/"


@pytest.fixture
def owing(company: Any) -> None:
    at = clock.now()
    ledger_ops.raise_charge(
        kind="TD", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code="PD0100",
        account_code=ACCOUNT, actor=WORKER, at=at - timedelta(days=40), due_at=at - timedelta(days=20), key="d",
    )  # fmt: skip
    hold_to(POLICY)
    dunning_ops.run(at=at)


@pytest.fixture
def business(company: Any) -> Client:
    return people.browser(people.add_staff("kd-1", Role.BUSINESS))


def day(ahead: int) -> str:
    return (clock.now().date() + timedelta(days=ahead)).isoformat()


def spare(page: Client, **changes: str) -> Any:
    told = {
        "ly_do": "HOSPITAL",
        "ghi_chu": "trạm y tế xã",
        "bang_chung": "QĐ 12",
        "tu_ngay": day(0),
        "den_ngay": day(30),
    }
    return page.post(f"{PAGE}mien", {**told, **changes})


class TestTheAccount:
    def test_says_where_it_stands_and_what_was_done(self, owing: None, business: Client) -> None:
        page = text_of(business, PAGE)

        assert "105.840" in page
        assert "Nhắc nợ" in page
        assert "Ghi miễn" in page

    def test_is_of_its_unit_alone(self, owing: None) -> None:
        other = people.browser(people.add_staff("xa-1", Role.BUSINESS, unit="PD0200"))

        assert other.get(PAGE).status_code == 404
        assert spare(other).status_code == 404
        assert ACCOUNT not in text_of(other, f"{ROOT}mien/")
        assert DunningExemption.objects.count() == 0

    def test_an_accountant_looks_and_does_not_act(self, owing: None) -> None:
        page = people.browser(people.add_staff("kt-1", Role.ACCOUNTANT, unit="PD0100"))

        assert "Ghi miễn" not in text_of(page, PAGE)
        assert spare(page).status_code == 403

    def test_an_order_opens_to_its_request(self, owing: None, business: Client) -> None:
        case = DunningStep.objects.get().case
        step = DunningStep.objects.create(
            case=case, kind="STOP", turn=1, state="ORDERED", batch=case.id, at=clock.now()
        )
        assert "đang lập" in text_of(business, ROOT)
        orders.send_due(at=clock.now(), limit=5)
        step.refresh_from_db()

        page = text_of(business, ROOT)
        assert 'href="/ban-viec/yeu-cau/' in page.split("Ngừng và cấp điện trở lại")[-1]
        assert business.get(page.split('class="row-link" href="')[-1].split('"')[0]).status_code == 200


class TestExemptions:
    def test_need_a_note_a_proof_and_a_last_day(self, owing: None, business: Client) -> None:
        for changes, word in (
            ({"bang_chung": ""}, "Hãy ghi giấy tờ chứng minh"), ({"den_ngay": ""}, "Hãy ghi ngày hết miễn."),
            ({"ghi_chu": ""}, "Hãy ghi rõ lý do."), ({"den_ngay": day(0)}, "Ngày hết miễn phải sau hôm nay"),
        ):  # fmt: skip
            answer = spare(business, **changes)
            assert answer.status_code in (409, 422)
            assert word in answer.content.decode()
        assert "trạm y tế xã" in spare(business, bang_chung="").content.decode()
        assert DunningExemption.objects.count() == 0

    def test_written_listed_downloaded_and_ended(self, owing: None, business: Client) -> None:
        assert spare(business).status_code == 302
        made = DunningExemption.objects.get()
        assert (made.reason, made.proof, made.valid_to) == ("HOSPITAL", "QĐ 12", date.fromisoformat(day(30)))
        assert "QĐ 12" in text_of(business, f"{ROOT}mien/")
        rows = list(csv.reader(StringIO(text_of(business, f"{ROOT}mien/?tep=csv").lstrip("\ufeff"))))
        assert rows[1][:3] == [ACCOUNT, "Bệnh viện, nơi khám chữa bệnh", day(0)]

        assert business.post(f"{PAGE}mien/{made.id}/thoi").status_code == 302
        made.refresh_from_db()
        assert made.ended_at is not None
        assert not queries.is_spared(ACCOUNT, clock.now().date())
        assert business.post(f"{PAGE}mien/{made.id}/thoi").status_code == 409
        assert business.post(f"{PAGE}mien/{made.id + 1}/thoi").status_code == 404


class TestPromises:
    def test_agreed_part_by_part(self, owing: None, business: Client) -> None:
        answer = business.post(
            f"{PAGE}tra-dan", {"ngay_1": day(10), "tien_1": "50.000", "ngay_2": day(40), "tien_2": "55840"}
        )

        assert answer.status_code == 302
        assert InstalmentPromise.objects.get().owed_vnd == 105_840
        assert "50.000" in text_of(business, f"{ROOT}mien/")
        assert "đang trả dần" in text_of(business, PAGE)

    @pytest.mark.parametrize(
        ("told", "word"),
        [({"ngay_1": "2099-01-01", "tien_1": "5"}, "cộng lại bằng 105.840"), ({"ngay_1": "", "tien_1": "5"}, "Mỗi kỳ cần một ngày"), ({}, "cộng lại bằng")],
    )  # fmt: skip
    def test_what_does_not_add_up_is_said(
        self, owing: None, business: Client, told: dict[str, str], word: str
    ) -> None:
        answer = business.post(f"{PAGE}tra-dan", told)

        assert answer.status_code in (409, 422)
        assert word in answer.content.decode()
        assert InstalmentPromise.objects.count() == 0


class TestPolicy:
    def propose(self, page: Client, **changes: str) -> Any:
        return page.post(
            f"{ROOT}chinh-sach/de-nghi",
            {**bodies()["money:debt-policy-propose"](), "valid_from": day(5), **changes},
        )

    def test_one_proposes_and_another_agrees(self, company: Any, business: Client) -> None:
        assert self.propose(business, fee_first="1").status_code == 302
        made = DunningPolicy.objects.get()
        assert (made.state, made.fee_first, made.needs_working_day_after) == ("PROPOSED", True, False)
        act = f"{ROOT}chinh-sach/{made.id}/viec"
        assert "Duyệt chính sách" not in text_of(business, f"{ROOT}chinh-sach/")
        assert business.post(act, {"viec": "duyet"}).status_code == 409

        boss = people.browser(people.add_staff("gs-1", Role.SUPERVISOR))
        assert "Duyệt chính sách" in text_of(boss, f"{ROOT}chinh-sach/")
        assert boss.post(act, {"viec": "duyet"}).status_code == 302
        assert queries.policy_on(date.fromisoformat(day(5))) is not None
        assert queries.policy_on(clock.now().date()) is None
        assert boss.post(act, {"viec": "x"}).status_code == 404

    def test_a_shipped_one_fills_the_form(self, company: Any, business: Client) -> None:
        page = text_of(business, f"{ROOT}chinh-sach/?theo=LAW_2024")

        assert 'name="notices" maxlength="12" value="3"' in page
        assert 'name="stop_to" value="15:00"' in page

    @pytest.mark.parametrize(
        ("changes", "word"),
        [({"notices": "x"}, "Hãy nhập một số từ 0 trở lên."), ({"notices": "0"}, "Số này không dùng được"), ({"stop_from": "25:00"}, "Hãy nhập giờ"),
         ({"valid_from": "2020-01-01"}, "sớm nhất từ ngày mai"), ({"source": ""}, "Hãy ghi rõ lý do."),
         ({"promise_parts": "4", "promise_days": "2"}, "Số này không dùng được")],
    )  # fmt: skip
    def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
        self, company: Any, business: Client, changes: dict[str, str], word: str
    ) -> None:
        answer = self.propose(business, **({"gap_days": "77"} | changes))

        assert answer.status_code == 422
        assert word in answer.content.decode()
        assert 'value="77"' in answer.content.decode()
        assert DunningPolicy.objects.count() == 0


def test_what_is_overdue_is_downloaded(owing: None, business: Client) -> None:
    rows = list(csv.reader(StringIO(text_of(business, f"{ROOT}?tep=csv").lstrip("\ufeff"))))

    assert [row[0] for row in rows] == ["Mã khách hàng", ACCOUNT]
    assert rows[1][2] == "105840"
