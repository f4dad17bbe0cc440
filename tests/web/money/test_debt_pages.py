"""Debt on pages of staff: the account, who is spared and who pays in parts, the policy of two persons."""

from __future__ import annotations

import csv
import re
from datetime import date, time, timedelta
from decimal import Decimal
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.documents import storage
from motcua.documents.models import Document
from motcua.kernel.local_time import instant, local_date
from motcua.ledger import operations as ledger_ops
from motcua.payments.dunning import agreements, orders, proofs, queries
from motcua.payments.dunning import operations as dunning_ops
from motcua.payments.models import DunningExemption, DunningPolicy, DunningStep, InstalmentPromise
from motcua.web.money import debts
from tests.documents import samples
from tests.payments.debtors import POLICY, hold_to
from tests.permissions.debt_rows import bodies
from tests.web import people
from tests.web.money.test_matching_pages import WORKER, text_of

ACCOUNT, ROOT = "PD01000000001", "/tien/no-tien-dien/"
PAGE = f"{ROOT}ma/{ACCOUNT}/"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is reminded at night, at whatever hour these tests run."""
    noon = instant(local_date(clock.now()), time(12))
    monkeypatch.setattr(clock, "now", lambda: noon)


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


def spare(page: Client, **changes: Any) -> Any:
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

    def test_says_the_hour_at_which_a_notice_will_go_and_not_the_night_hour_at_which_it_is_due(
        self, company: Any, business: Client
    ) -> None:
        midnight = instant(local_date(clock.now()), time(0))
        ledger_ops.raise_charge(
            kind="TD", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code="PD0100",
            account_code=ACCOUNT, actor=WORKER, at=midnight - timedelta(days=9), due_at=midnight, key="night",
        )  # fmt: skip
        hold_to(POLICY)
        dunning_ops.run(at=clock.now())

        told = re.findall(r"<dt>Nhắc nợ</dt><dd>sớm nhất ([^<]+)</dd>", text_of(business, PAGE))
        assert [one.split()[0] for one in told] == ["07:00", "07:00"]

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


class TestProofs:
    """The papers behind an exemption: sealed, opened by who may, each opening written down."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        own = storage.FolderStorage(tmp_path / "documents")
        monkeypatch.setattr(document_ops, "get_storage", lambda: own)

    def file(self, name: str = "giay.jpg", content: bytes = b"") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content or samples.jpeg())

    def test_are_opened_by_who_may_and_every_opening_is_written_down(
        self, owing: None, business: Client
    ) -> None:
        assert spare(business, tep=self.file()).status_code == 302
        made, paper = DunningExemption.objects.get(), Document.objects.get()
        there = f"{PAGE}mien/{made.id}/giay-to/{paper.id}"
        assert (paper.sensitive, paper.delete_after) == (True, made.valid_to + timedelta(days=30))
        assert there in text_of(business, PAGE)
        assert there in text_of(business, f"{ROOT}mien/")
        assert business.get(there)["Content-Type"] == "image/jpeg"
        assert [row.purpose for row in document_queries.list_accesses(paper.id)] == ["debt-proof"]

        looker = people.browser(people.add_staff("kt-1", Role.ACCOUNTANT, unit="PD0100"))
        assert there not in text_of(looker, PAGE)
        assert "1 tệp" in text_of(looker, PAGE)
        assert looker.get(there).status_code == 403
        other = people.browser(people.add_staff("xa-1", Role.BUSINESS, unit="PD0200"))
        assert other.get(there).status_code == 404
        assert business.get(there.replace(f"mien/{made.id}", f"mien/{made.id + 1}")).status_code == 404
        assert document_queries.list_accesses(paper.id).count() == 1

    def test_what_is_no_paper_is_said_beside_it_and_nothing_is_kept(
        self, owing: None, business: Client
    ) -> None:
        answer = spare(business, tep=self.file("x.exe", b"MZ" + b"\0" * 200))

        assert answer.status_code == 409
        assert "Hãy chọn lại tệp." in answer.content.decode()
        assert "trạm y tế xã" in answer.content.decode()
        many = spare(business, tep=[self.file(f"{n}.jpg") for n in range(6)])
        assert "Nhiều nhất 5 tệp" in many.content.decode()
        assert (DunningExemption.objects.count(), Document.objects.count()) == (0, 0)

    def test_ended_before_its_day_they_go_sooner_and_erased_at_once(
        self, owing: None, business: Client
    ) -> None:
        spare(business, tep=self.file(), den_ngay=day(120))
        made = DunningExemption.objects.get()
        business.post(f"{PAGE}mien/{made.id}/thoi")
        assert Document.objects.get().delete_after == local_date(clock.now()) + timedelta(days=30)

        proofs.erase([made.id], clock.now())
        assert proofs.of_exemptions([made.id]) == {}


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


class TestMany:
    """Lists are turned page by page, each by its own link; nobody of another unit fills them."""

    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(debts, "PAGE", 1)

    @pytest.fixture
    def near(self, company: Any) -> Client:
        """Somebody who serves one unit alone."""
        return people.browser(people.add_staff("kd-2", Role.BUSINESS, unit="PD0100"))

    def owe(self, account: str, key: str, amount: int, unit: str = "PD0100") -> None:
        at = clock.now()
        ledger_ops.raise_charge(
            kind="TD", amount_vnd=amount, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code=unit,
            account_code=account, actor=WORKER, at=at - timedelta(days=40), due_at=at - timedelta(days=20), key=key,
        )  # fmt: skip

    def walk(self, page: Client, path: str) -> list[list[str]]:
        """The accounts on each page, by its links to the next."""
        found = []
        while path:
            shown = text_of(page, path)
            found.append(sorted(set(re.findall(r"/ma/(\w+)/", shown))))
            [*more] = re.findall(r'rel="next" href="(\?[^"]+)"', shown)
            path = f"{path.partition('?')[0]}{unescape(more[0])}" if more else ""
        return found

    def test_accounts_of_a_band_those_that_owe_most_first(self, owing: None, near: Client) -> None:
        self.owe("PD01000000002", "d2", 98_000)
        self.owe("PD01000000003", "d3", 500_000)
        self.owe("PD02000000004", "d4", 900_000, unit="PD0200")
        dunning_ops.run(at=clock.now())

        told = self.walk(near, f"{ROOT}?tu=15")
        assert told == [["PD01000000003"], [ACCOUNT], ["PD01000000002"]]
        assert "Không có mã khách hàng nào nợ từng ấy ngày" in text_of(near, f"{ROOT}?tu=90")
        assert near.get(f"{ROOT}?tu=x&sau=y&lenh=z").status_code == 200

    def test_who_is_spared_by_what_ends_first(self, owing: None, near: Client) -> None:
        self.owe("PD01000000002", "d2", 98_000)
        self.owe("PD02000000004", "d4", 900_000, unit="PD0200")
        dunning_ops.run(at=clock.now())
        today = clock.now().date()
        for account, days in ((ACCOUNT, 30), ("PD01000000002", 20), ("PD02000000004", 10)):
            agreements.exempt(
                account_code=account, reason="COURT", note="quyết định", valid_from=today,
                valid_to=today + timedelta(days=days), actor=WORKER, at=clock.now(),
            )  # fmt: skip

        assert self.walk(near, f"{ROOT}mien/") == [["PD01000000002"], [ACCOUNT]]


def test_what_is_overdue_is_downloaded(owing: None, business: Client) -> None:
    rows = list(csv.reader(StringIO(text_of(business, f"{ROOT}?tep=csv").lstrip("\ufeff"))))

    assert [row[0] for row in rows] == ["Mã khách hàng", ACCOUNT]
    assert rows[1][2] == "105840"
