"""How bills are run, on the page: dated rows, each let hold by a second person."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from motcua.billing import run_queries
from motcua.billing.models import BillingPolicy, PolicyProposal
from motcua.companies.roles import Role
from motcua.config import clock
from tests.web import people

pytestmark = pytest.mark.django_db
URL = "/tien/quy-dinh/"
NEW = {
    "unit_code": "", "valid_from": "2025-12-01", "reading_day": "5", "days_around": "2", "above_percent": "40", "below_percent": "50",
    "due_days": "7", "estimate_cycles": "3", "norm_rounding": "NONE", "asks_customers": "on", "own_days_before": "2",
    "own_days_after": "1", "source": "Quyết định 12/QĐ",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(company, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 11, 6, 3, tzinfo=UTC))


def browser(name, role=Role.ACCOUNTANT, unit="PD0000"):
    return people.browser(people.add_staff(name, role, unit=unit))


def test_proposed_by_one_and_let_hold_by_another_from_its_day(company):
    one, two = browser("mot"), browser("hai", Role.SUPERVISOR)
    assert "Nghị định 18/2025/NĐ-CP" in one.get(URL).content.decode()
    assert one.post(URL, NEW).url == URL
    row = PolicyProposal.objects.get()
    page = two.get(URL).content.decode()
    assert "Hạn trả (ngày): 5 → <b>7</b>" in page
    assert "Ngày ghi chỉ số: 5" not in page  # it stays
    act = f"{URL}{row.id}/viec"
    assert one.post(act, {"viec": "duyet"}).status_code == 422
    assert run_queries.policy_of("PD0100", date(2025, 12, 1)).due_days == 5

    assert two.post(act, {"viec": "duyet"}).url == URL

    before = run_queries.policy_of("PD0100", date(2025, 11, 30))
    after = run_queries.policy_of("PD0100", date(2025, 12, 1))
    assert (before.due_days, before.bounds.above_percent, before.norm_rounding) == (5, 30, "CIRCULAR")
    assert (after.due_days, after.bounds.above_percent, after.norm_rounding) == (7, 40, "NONE")
    day = date(2025, 12, 5)
    assert after.own_days(day) == (date(2025, 12, 3), date(2025, 12, 6))
    assert two.post(act, {"viec": "duyet"}).status_code == 422
    assert BillingPolicy.objects.count() == 2


def test_refused_with_a_reason_nothing_changes(company):
    one, two = browser("mot"), browser("hai", Role.SUPERVISOR)
    one.post(URL, NEW)
    act = f"{URL}{PolicyProposal.objects.get().id}/viec"
    assert two.post(act, {"viec": "khong", "ly_do": ""}).status_code == 422
    assert two.post(act, {"viec": "khong", "ly_do": "Chưa có quyết định"}).status_code == 302
    assert (PolicyProposal.objects.get().state, BillingPolicy.objects.count()) == ("REFUSED", 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"valid_from": "2025-11-06"}, "từ ngày mai trở đi"), ({"own_days_before": "3"}, "Phải từ 0 đến 2."),
        ({"source": ""}, 'id="f-source"'), ({"above_percent": "0"}, 'id="f-above_percent"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(company, change, told):
    answer = browser("mot").post(URL, NEW | change)
    assert answer.status_code == 422
    if not told.startswith("id="):
        assert told in answer.content.decode()
    assert not PolicyProposal.objects.exists()


def test_one_proposal_at_a_time_and_none_before_a_later_row(company):
    one, two = browser("mot"), browser("hai", Role.SUPERVISOR)
    one.post(URL, NEW)
    assert "đang có một đề nghị chờ duyệt" in one.post(URL, NEW).content.decode()
    two.post(f"{URL}{PolicyProposal.objects.get().id}/viec", {"viec": "duyet"})
    earlier = one.post(URL, NEW | {"valid_from": "2025-11-20"})
    assert "đã có quy định từ ngày 01/12/2025" in earlier.content.decode()


def test_a_unit_sets_its_own_and_not_the_companys(company):
    unit, other = browser("mot", unit="PD0100"), browser("ba", Role.SUPERVISOR, unit="PD0200")
    assert unit.post(URL, NEW).status_code == 422
    unit.post(URL, NEW | {"unit_code": "PD0100"})
    row = PolicyProposal.objects.get()
    assert other.post(f"{URL}{row.id}/viec", {"viec": "duyet"}).status_code == 422
    browser("hai", Role.SUPERVISOR, unit="PD0100").post(f"{URL}{row.id}/viec", {"viec": "duyet"})
    assert run_queries.policy_of("PD0100", date(2025, 12, 1)).due_days == 7
    assert run_queries.policy_of("PD0200", date(2025, 12, 1)).due_days == 5
