"""Auto-debit on the customer's pages: given with every word, stopped by one press, nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from motcua.kernel.actors import Actor
from motcua.payments.models import Mandate
from motcua.payments.operations import gateways as gateway_ops
from tests.billing.billed_house import HOA_PHONE, House, house
from tests.web.customer.conftest import NOON
from tests.web.customer.test_bills import SignedIn

PAGE = "/cua-toi/trich-tu-dong/"


@pytest.fixture
def home(company: Any) -> House:
    gateway_ops.set_gateway(
        code="UNTHU", name="Ngân hàng thử", address="https://bank.example", public={"kind": "DEBIT", "partner_id": "M"},
        secrets={"key": "k"}, actor=Actor.system("test"), at=NOON,
    )  # fmt: skip
    return house(NOON)


@pytest.fixture
def hoa(home: House, signed_in: SignedIn) -> Client:
    return signed_in(HOA_PHONE, home.hoa)


def account_of(page: str) -> str:
    import re

    found = re.search(r'value="(P[A-Z][0-9A-Z]{4}[0-9]{7})"', page)
    assert found
    return found[1]


def told(hoa: Client, **changes: str) -> dict[str, str]:
    return {
        "account_code": account_of(hoa.get(PAGE).content.decode()), "bank": "970436", "account": "0011001234567",
        "name": "Nguyễn Thị Hoa", "most": "2000000", "dong-y": "1", **changes,
    }  # fmt: skip


def test_given_with_its_words_and_stopped_by_one_press(hoa: Client, home: House) -> None:
    assert hoa.post(PAGE, told(hoa)).status_code == 302

    mandate = Mandate.objects.get()
    assert (mandate.state, mandate.consent_channel, mandate.most_vnd) == ("ACTIVE", "WEB", 2_000_000)
    assert mandate.consent_text.startswith("Tôi đồng ý")
    page = hoa.get(PAGE).content.decode()
    assert "•••4567" in page
    assert "0011001234567" not in page

    assert hoa.post(f"{PAGE}{mandate.id}/thoi/").status_code == 302
    mandate.refresh_from_db()
    assert mandate.state == "CANCELLED"
    assert mandate.ended_by == f"customer:{home.hoa}"


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"dong-y": ""}, "Hãy đánh dấu đồng ý"), ({"account": ""}, "Hãy nhập số tài khoản"), ({"account_code": "PD01009999999"}, "Hãy chọn mã khách hàng")],
)  # fmt: skip
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    hoa: Client, changes: dict[str, str], word: str
) -> None:
    answer = hoa.post(PAGE, told(hoa, **changes))

    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert "Nguyễn Thị Hoa" in answer.content.decode()
    assert Mandate.objects.count() == 0


def test_it_is_nobody_elses(hoa: Client, home: House, signed_in: SignedIn) -> None:
    hoa.post(PAGE, told(hoa))
    mandate = Mandate.objects.get()
    stranger = signed_in("0977000111")

    assert stranger.post(f"{PAGE}{mandate.id}/thoi/").status_code in (302, 403, 404)
    assert "•••4567" not in stranger.get(PAGE, follow=True).content.decode()
    mandate.refresh_from_db()
    assert mandate.state == "ACTIVE"
