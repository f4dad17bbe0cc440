"""What an account is billed by, on the page: proposed by one, let hold by another, told to the customer with the bill."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from motcua.billing import operations as billing_ops
from motcua.billing import run_queries
from motcua.billing.models import AccountTerms, TermsProposal
from motcua.billing.operations import NewTerms
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from tests.billing.accounts import make
from tests.web import people

pytestmark = pytest.mark.django_db
URL = "/tien/dieu-kien/"
OCT, NOV = date(2025, 10, 5), date(2025, 11, 5)
NOW = datetime(2025, 11, 6, 3, tzinfo=UTC)
NEW = {
    "valid_from": "2025-12-01", "price_group": "HOME", "factor": "1", "pays_reactive": "on", "reading_days": "5, 31",
    "group_1": "HOME", "share_1": "60", "group_2": "BUSINESS", "voltage_2": "LT_6KV", "share_2": "40", "reason": "Biên bản 12",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(company, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def browser(name, role=Role.BUSINESS, unit="PD0100"):
    return people.browser(people.add_staff(name, role, unit=unit))


def billed(account: str):
    return billing_ops.issue_bill(
        account_code=account, customer_id=uuid4(), unit_code="PD0100", billing_month=NOV, readings=[],
        case={"group": "HOME", "from": OCT.isoformat(), "to": NOV.isoformat(), "kwh": 100}, actor=Actor.system("test"), at=NOW,
    )  # fmt: skip


def test_shares_of_a_meter_are_proposed_by_one_and_hold_when_another_agrees():
    account = make(OCT, {}, quota=2)
    one, two = browser("mot"), browser("hai", Role.SUPERVISOR)
    assert one.get(URL, {"ma": f" {account} "}).url == f"{URL}{account}/"
    page = one.get(f"{URL}{account}/").content.decode()
    assert "Theo hợp đồng" in page and 'name="quotas" value="2"' in page

    assert one.post(f"{URL}{account}/", NEW).status_code == 302

    row = TermsProposal.objects.get()
    assert not AccountTerms.objects.exists()
    page = two.get(URL).content.decode()
    assert "60 % Sinh hoạt; 40 % Kinh doanh, dịch vụ (dưới 6 kV)" in page and "5, cuối tháng" in page
    assert one.post(f"{URL}de-nghi/{row.id}/viec", {"viec": "duyet"}).status_code == 422
    assert two.post(f"{URL}de-nghi/{row.id}/viec", {"viec": "duyet"}).status_code == 302
    held = run_queries.find_terms(account, date(2025, 12, 1))
    assert (held.reading_days, held.reason, run_queries.find_terms(account, date(2025, 11, 30))) == ([5, 31], "Biên bản 12", None)  # fmt: skip
    assert [(share["group"], share["share"]) for share in held.purposes] == [("HOME", 6000), ("BUSINESS", 4000)]  # fmt: skip
    assert two.post(f"{URL}de-nghi/{row.id}/viec", {"viec": "duyet"}).status_code == 422
    page = one.get(f"{URL}{account}/").content.decode()
    assert (
        "Biên bản 12" in page
        and "Mot đề nghị, Hai quyết định" in page
        and 'name="share_1" value="60"' in page
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"share_2": "39"}, "cộng lại phải là 100 %"), ({"share_2": ""}, "Ghi cả mục đích"), ({"reason": " "}, "reason-error"),
        ({"quotas": "2", "tenants": "4"}, "Chỉ ghi số hộ hoặc"), ({"reading_days": "5, 40"}, "reading_days-error"),
        ({"valid_from": "2025-11-04"}, "Đã lập hóa đơn đến ngày 05/11/2025"), ({"voltage_2": ""}, "LT_6KV"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_beside_its_field(change, told):
    account = make(OCT, {})
    billed(account)
    answer = browser("mot").post(f"{URL}{account}/", NEW | change)
    assert (answer.status_code, TermsProposal.objects.count()) == (422, 0)
    assert told in answer.content.decode()


def test_one_waits_at_a_time_and_is_refused_with_a_reason():
    account = make(OCT, {})
    one, two = browser("mot"), browser("hai", Role.ACCOUNTANT)
    one.post(f"{URL}{account}/", NEW)
    assert "đang có một đề nghị chờ duyệt" in one.post(f"{URL}{account}/", NEW).content.decode()
    act = f"{URL}de-nghi/{TermsProposal.objects.get().id}/viec"
    assert two.post(act, {"viec": "khong", "ly_do": ""}).status_code == 422
    assert two.post(act, {"viec": "khong", "ly_do": "Thiếu biên bản"}).status_code == 302
    assert (TermsProposal.objects.get().state, AccountTerms.objects.count()) == ("REFUSED", 0)
    assert one.post(f"{URL}{account}/", NEW).status_code == 302


END = {"viec": "ket-thuc", "end-valid_from": "2025-12-01", "end-reason": "Biên bản 15"}


def test_they_end_when_another_agrees_and_the_contract_is_billed_by_again():
    account = make(OCT, {}, quota=2)
    one, two = browser("mot"), browser("hai", Role.SUPERVISOR)
    address = f"{URL}{account}/"
    assert "Gửi đề nghị kết thúc" not in one.get(address).content.decode()
    assert "không có điều kiện riêng" in one.post(address, END).content.decode()
    billing_ops.set_terms(account_code=account, terms=NewTerms("BUSINESS", "LT_6KV"), valid_from=OCT, actor=Actor.system("t"), at=NOW)  # fmt: skip
    billed(account)
    assert "Gửi đề nghị kết thúc" in one.get(address).content.decode()
    for change, told in (
        ({"end-valid_from": "2025-11-04"}, "Đã lập hóa đơn đến ngày 05/11/2025"), ({"end-reason": ""}, "end-reason"),
    ):  # fmt: skip
        answer = one.post(address, END | change)
        assert (answer.status_code, told in answer.content.decode()) == (422, True)
    assert TermsProposal.objects.count() == 0

    assert one.post(address, END).status_code == 302

    row = TermsProposal.objects.get()
    assert (row.ends, row.terms, row.valid_from) == (True, {}, date(2025, 12, 1))
    assert "đang có một đề nghị chờ duyệt" in one.post(address, END).content.decode()
    page = two.get(URL).content.decode()
    assert "Kết thúc điều kiện riêng, tính theo hợp đồng" in page and "<dd>Sinh hoạt</dd>" in page
    assert one.post(f"{URL}de-nghi/{row.id}/viec", {"viec": "duyet"}).status_code == 422
    assert run_queries.find_terms(account, date(2025, 12, 1)) is not None
    assert two.post(f"{URL}de-nghi/{row.id}/viec", {"viec": "duyet"}).status_code == 302
    assert [(held.valid_from, held.valid_to) for held in AccountTerms.objects.all()] == [
        (OCT, date(2025, 12, 1))
    ]
    assert run_queries.find_terms(account, date(2025, 11, 30)).price_group == "BUSINESS"
    page = one.get(address).content.decode()
    assert "Biên bản 15" in page and "Mot đề nghị, Hai quyết định" in page


def test_a_run_that_was_faster_is_told_to_who_agrees():
    account = make(OCT, {})
    one, two = (Actor.staff(name, name, [Role.SUPERVISOR], ["PD0100"]) for name in "ab")
    row = billing_ops.propose_terms(account_code=account, terms=NewTerms("HOME"), valid_from=OCT, reason="x", actor=one, at=NOW)  # fmt: skip
    billed(account)
    with pytest.raises(Refused) as caught:
        billing_ops.approve_terms(proposal_id=row.id, actor=two, at=NOW)
    assert (caught.value.code, AccountTerms.objects.count()) == ("DAYS_BILLED", 0)


def test_a_bill_tells_what_held_in_its_days_and_was_known_then():
    account = make(OCT, {})
    for terms, since in (
        (NewTerms("HOME", tenants=5), OCT),
        (NewTerms("HOME", factor=20), date(2025, 10, 20)),
    ):
        billing_ops.set_terms(account_code=account, terms=terms, valid_from=since, actor=Actor.system("t"), at=NOW)  # fmt: skip
    bill = billed(account)
    billing_ops.set_terms(
        account_code=account, terms=NewTerms("HOME", factor=40), valid_from=date(2025, 10, 20), actor=Actor.system("t"),
        at=datetime(2025, 11, 7, tzinfo=UTC),
    )  # fmt: skip
    page = browser("ban", Role.INTAKE).get(f"/ban-viec/hoa-don/{bill.id}/").content.decode()
    assert "Từ 05/10/2025 đến 20/10/2025" in page and "<dd>1,25</dd>" in page
    assert "<dd>40</dd>" not in page
