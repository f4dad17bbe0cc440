"""Virtual accounts on their page: opened, found, closed; and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from motcua.companies.roles import Role
from motcua.payments import virtual_accounts
from motcua.payments.models import VirtualAccount
from tests.web import people

PAGE = "/tien/tai-khoan-ao/"
TOLD = {"so": "9988 0001", "bin": "970436", "ma": "pd01000000001"}


@pytest.fixture
def page(company: Any) -> Client:
    return people.browser(people.add_staff("accountant-1", Role.ACCOUNTANT))


def test_a_number_is_opened_found_and_closed(page: Client) -> None:
    said = page.post(f"{PAGE}mo", TOLD, follow=True).content.decode()
    assert "Đã mở tài khoản ảo." in said
    assert virtual_accounts.find_for("PD01000000001").number == "99880001"
    assert "99880001" in page.get(PAGE, {"ma": "PD01000000001"}).content.decode()
    assert "99880001" not in page.get(PAGE, {"ma": "PD01000000002"}).content.decode()

    page.post(f"{PAGE}99880001/dong")
    assert virtual_accounts.find_for("PD01000000001") is None
    assert "99880001" not in page.get(PAGE).content.decode()
    assert "99880001" in page.get(PAGE, {"xem": "dong"}).content.decode()


@pytest.mark.parametrize("change", [{"so": "99-1"}, {"bin": "97"}, {"ma": "XX"}])
def test_what_is_wrong_stays_typed(page: Client, change: dict[str, str]) -> None:
    answer = page.post(f"{PAGE}mo", {**TOLD, **change})

    assert answer.status_code == 422
    assert f'value="{next(iter(change.values()))}"' in answer.content.decode()
    assert VirtualAccount.objects.count() == 0


def test_a_number_nobody_has_cannot_be_closed(page: Client) -> None:
    assert page.post(f"{PAGE}123/dong").status_code == 409


def test_business_staff_look_and_change_nothing(company: Any) -> None:
    page = people.browser(people.add_staff("business-1", Role.BUSINESS))

    assert page.get(PAGE).status_code == 200
    assert page.post(f"{PAGE}mo", TOLD).status_code == 403
    assert VirtualAccount.objects.count() == 0


def test_nothing_refused_by_a_wallet_says_so(page: Client) -> None:
    assert "Không có khoản nào bị ví từ chối" in page.get("/tien/hoan-tien/vi/").content.decode()
