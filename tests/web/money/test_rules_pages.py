"""Rules of money on pages: proposed by one, decided by another; a sheet's columns tried on a sample first."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.payments.models import RefundLimit, RuleProposal, SettlementRule, SheetFormat
from motcua.payments.operations import statements
from tests.payments.matched_day import BANK, OWN, WORKER
from tests.web import people

LUMP = {
    "loai": "SETTLEMENT", "channel": "VNPAY", "account": OWN, "mode": "LUMP", "text_pattern": "VNPAY QT", "lag_days": "1",
    "most_fee_vnd": "3.000", "valid_from": "2031-01-01",
}  # fmt: skip
FORMAT = {"code": "VI_MOI", "bank": "VNPAY", "kind": "SETTLEMENT", "c_booked_on": "Tag", "c_reference": "Nr",
          "c_amount": "Betrag", "c_fee": "Geb | Kosten", "mau": "Tag;Nr;Betrag;Geb\n05.10.2025;A1;5000;11\n06.10.2025;A2;7;0\n"}  # fmt: skip


@pytest.fixture
def pages(company: Any) -> tuple[Client, Client]:
    statements.open_own_account(number=OWN, bank=BANK, name="Thu", actor=WORKER, at=clock.now())
    first = people.browser(people.add_staff("accountant-1", Role.ACCOUNTANT))
    return first, people.browser(people.add_staff("accountant-2", Role.ACCOUNTANT))


def test_one_proposes_and_another_agrees(pages: tuple[Client, Client]) -> None:
    mine, other = pages
    said = mine.post("/tien/quy-tac/de-nghi", LUMP, follow=True).content.decode()
    assert (
        "VNPAY → 0011001234567, cả ngày một dòng VNPAY QT, sau 1 ngày, phí tối đa 3.000 đ, từ 2031-01-01"
        in said
    )
    assert "Chờ người khác duyệt." in said

    act = f"/tien/quy-tac/{RuleProposal.objects.get().id}/viec"
    refused = mine.post(act, {"viec": "duyet"})
    assert (refused.status_code, SettlementRule.objects.count()) == (409, 0)
    assert "Người đề nghị không được tự duyệt" in refused.content.decode()
    other.post(act, {"viec": "duyet"})
    assert SettlementRule.objects.get().most_fee_vnd == 3_000


def test_what_is_typed_wrong_stays_and_is_marked(pages: tuple[Client, Client]) -> None:
    told = {"loai": "REFUND_LIMIT", "role": "SUPERVISOR", "most_vnd": "nhiều", "valid_from": "2031-01-01"}
    answer = pages[0].post("/tien/quy-tac/de-nghi", told)

    assert answer.status_code == 422
    assert 'value="nhiều" aria-invalid="true"' in answer.content.decode()
    assert (RuleProposal.objects.count(), RefundLimit.objects.count()) == (0, 0)


def test_a_sheet_is_tried_on_a_sample_and_then_proposed(pages: tuple[Client, Client]) -> None:
    mine, other = pages
    said = mine.post("/tien/quy-tac/mau-bang/", {**FORMAT, "viec": "thu"}).content.decode()
    assert "Các dòng đầu (2)" in said.replace("\n", "")
    assert "4.996" in said  # 5,007 less the fee of 11
    assert RuleProposal.objects.count() == 0

    mine.post("/tien/quy-tac/mau-bang/", {**FORMAT, "viec": "gui"})
    other.post(f"/tien/quy-tac/{RuleProposal.objects.get().id}/viec", {"viec": "duyet"})
    assert SheetFormat.objects.get().mapping["columns"]["fee"] == ["Geb", "Kosten"]
    assert 'value="Geb | Kosten"' in mine.get("/tien/quy-tac/mau-bang/?ma=VI_MOI").content.decode()


@pytest.mark.parametrize(
    ("change", "said", "status"),
    [
        ({"c_booked_on": ""}, "booked_on is missing", 422),
        ({"mau": ""}, "Hãy dán vài dòng của bảng", 200),
        ({"mau": "a;b\n1;2\n"}, "UNKNOWN_COLUMNS", 200),
        ({"mau": FORMAT["mau"] + "07.10.2025;A2;7;0\n"}, "LINE_TWICE", 200),
    ],
)
def test_a_sample_that_cannot_be_read_says_why(
    pages: tuple[Client, Client], change: dict[str, str], said: str, status: int
) -> None:
    answer = pages[0].post("/tien/quy-tac/mau-bang/", {**FORMAT, "viec": "thu", **change})

    assert answer.status_code == status
    assert said in answer.content.decode()
