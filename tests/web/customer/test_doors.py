"""What people come for, one press from the front door, without saying who they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from motcua.kernel.local_time import local_date
from motcua.ledger.queries import ChargeView
from motcua.payments import queries as payment_queries
from motcua.requests.models import Request
from motcua.services import catalogue
from motcua.tariffs import energy, retail
from motcua.web.customer import situations
from motcua.web.customer.services import DOORS
from tests.web.customer.conftest import NOON

ACCOUNT = "PD01000000017"


def page(client: Client, path: str, **data: Any) -> str:
    answer = client.post(path, data) if data else client.get(path)
    return str(answer.content.decode())


class TestFrontDoor:
    def test_has_six_doors_and_each_opens(self, hanoi: Client) -> None:
        front = page(hanoi, "/")

        assert len(DOORS) == 6
        for door in DOORS:
            assert f'href="{door.url}"' in front
            assert hanoi.get(door.url).status_code == 200

    def test_names_every_service_once_under_a_situation(self, hanoi: Client) -> None:
        offered = catalogue.list_services(local_date(NOON))
        placed = [s.code for situation in situations.group(offered) for s in situation.services]

        assert sorted(placed) == sorted(s.code for s in offered)
        front = page(hanoi, "/")
        for service in offered:
            assert front.count(f'href="/dich-vu/{service.code}/"') == 1

    def test_what_most_people_mean_comes_first(self, company: object) -> None:
        first = {
            s.code: s.services[0].code for s in situations.group(catalogue.list_services(date(2026, 11, 16)))
        }

        assert first["NEW"] == "NEW-LV-RES"
        assert first["BROKEN"] == "FAULT"


class TestPaying:
    def test_a_payment_code_leads_to_what_is_owed(
        self, hanoi: Client, owe: Callable[..., ChargeView]
    ) -> None:
        charge = owe()

        answer = hanoi.post("/thanh-toan/", {"ma": f" {charge.payment_code.lower()} "})

        assert answer["Location"] == f"/thanh-toan/{charge.payment_code}/"
        told = page(hanoi, answer["Location"])
        assert 'data-amount="1080000"' in told
        assert f'data-payment-code="{charge.payment_code}"' in told
        assert "HN26-000001-X" not in told

    def test_the_text_of_a_qr_code_will_do(self, hanoi: Client, owe: Callable[..., ChargeView]) -> None:
        charge = owe()
        scanned = payment_queries.payment_view(charge.id).qr_text

        assert (
            hanoi.post("/thanh-toan/", {"ma": scanned})["Location"] == f"/thanh-toan/{charge.payment_code}/"
        )

    def test_an_account_shows_amounts_and_nobody(
        self, hanoi: Client, send: Callable[..., Request], owe: Callable[..., ChargeView]
    ) -> None:
        request = send()
        Request.objects.filter(id=request.id).update(account_code=ACCOUNT)
        charge = owe(request)

        told = page(hanoi, "/thanh-toan/", ma="pd 0100 0000 017")

        assert charge.payment_code in told
        assert "1.080.000" in told
        for secret in ("Nguyễn", "Tây Sơn", request.number):
            assert secret not in told

    @pytest.mark.parametrize("typed", ["", "abc", ACCOUNT, "CM000000001X", "<script>"])
    def test_a_code_that_is_none_is_said_beside_the_field(self, hanoi: Client, typed: str) -> None:
        answer = hanoi.post("/thanh-toan/", {"ma": typed})

        assert answer.status_code == 422
        told = answer.content.decode()
        assert 'href="#id_ma"' in told
        assert 'id="id_ma-error"' in told
        assert "<script>" not in told.replace('<script type="module"', "")

    def test_codes_cannot_be_gone_through(self, hanoi: Client) -> None:
        answers = [hanoi.post("/thanh-toan/", {"ma": ACCOUNT}).content.decode() for _ in range(41)]

        assert "quá nhiều lần" not in answers[39]
        assert "quá nhiều lần" in answers[40]


class TestPowerCut:
    def test_calls_first_and_counts_what_is_reported_by_unit(
        self, hanoi: Client, send: Callable[..., Request]
    ) -> None:
        assert "anh/chị là người đầu tiên" in page(hanoi, "/mat-dien/")
        for number in (1, 2):
            row = send(key=f"cut:{number}")
            Request.objects.filter(id=row.id).update(service_code="FAULT")
        old = send(hours_ago=30)
        Request.objects.filter(id=old.id).update(service_code="FAULT")

        told = page(hanoi, "/mat-dien/")

        assert 'href="tel:19001288"' in told
        assert "2 nơi" in told
        assert "Tây Sơn" not in told


class TestPrices:
    def test_of_today_with_their_decision_and_tax(self, hanoi: Client) -> None:
        told = page(hanoi, "/gia-dien/")

        assert "1279/QĐ-BCT" in told
        assert "1.984" in told
        assert "2.143" in told  # with 8 % VAT

    def test_of_the_day_of_the_story(self, hanoi: Client) -> None:
        told = page(hanoi, "/gia-dien/?ngay=2018-12-01")

        assert "4495/QĐ-BCT" in told
        assert "1.549" in told
        assert "gồm thuế 10 %" in told

    @pytest.mark.parametrize("day", ["1999-01-01", "2018-02-31", "x"])
    def test_a_day_without_prices_is_said(self, hanoi: Client, day: str) -> None:
        assert hanoi.get("/gia-dien/", {"ngay": day}).status_code == 200

    def test_no_day_since_2015_is_without_a_decision_or_has_two(self) -> None:
        book = energy.price_book()
        found = [retail.find_decision(book, row.valid_from) for row in reversed(retail.list_decisions(book))]
        known = [decision for decision in found if decision is not None]

        for earlier, later in zip(known, known[1:], strict=False):
            assert earlier.valid_to is not None
            assert (later.valid_from - earlier.valid_to).days == 1
        assert known[-1].valid_to is None
        assert len(known) == len(found) == 7
        assert all(len(d.tiers) == 6 and d.source and d.groups for d in known)
