"""The calculator of the prices page: the bill's own rule, a picture of the steps, every line in a table."""

from __future__ import annotations

import re

import pytest
from django.test import Client

HERE = "/gia-dien/tinh-tien/"
PERIOD = {"tu": "2026-03-15", "den": "2026-04-15"}


def ask(client: Client, status: int = 200, **typed: str) -> str:
    answer = client.get(HERE, {**PERIOD, **typed})
    assert answer.status_code == status
    return str(answer.content.decode())


class TestTheCalculator:
    def test_asks_first(self, hanoi: Client) -> None:
        answer = hanoi.get(HERE)
        told = answer.content.decode()

        assert answer.status_code == 200
        assert 'name="kwh"' in told
        assert "error-summary" not in told
        assert "<svg viewBox" not in told
        assert f'href="{HERE}"' in hanoi.get("/gia-dien/").content.decode()

    def test_tells_a_bill_line_by_line(self, hanoi: Client) -> None:
        told = ask(hanoi, kwh="250")

        for text in (
            "636.768",
            "589.600",
            "47.168",
            "99.200",
            "102.500",
            "238.000",
            "149.900",
            "1279/QĐ-BCT",
        ):
            assert text in told

    def test_draws_a_block_for_each_line_whose_area_is_its_money(self, hanoi: Client) -> None:
        told = ask(hanoi, kwh="250")

        blocks = re.findall(
            r'<rect class="bar" x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"', told
        )
        areas = [(float(width) + 1) * float(height) for width, height in blocks]
        amounts = [99_200, 102_500, 238_000, 149_900]
        assert len(areas) == 4
        for area, amount in zip(areas, amounts, strict=True):
            assert area / sum(areas) == pytest.approx(amount / 589_600, rel=0.01)

    def test_a_link_with_kilowatt_hours_alone_is_enough(self, hanoi: Client) -> None:
        answer = hanoi.get(HERE, {"kwh": "100"})

        assert answer.status_code == 200
        assert "<tfoot>" in answer.content.decode()

    def test_of_a_price_that_changed_says_both_decisions(self, hanoi: Client) -> None:
        told = ask(hanoi, kwh="300", tu="2025-04-25", den="2025-05-25")

        assert "2699/QĐ-BCT" in told
        assert "1279/QĐ-BCT" in told
        assert "722.525" in told

    def test_of_tenants_nobody_declared(self, hanoi: Client) -> None:
        assert "308.448" in ask(hanoi, kwh="120", nguoi_thue="0")

    def test_of_a_shop_with_three_prices(self, hanoi: Client) -> None:
        told = ask(hanoi, nhom="BUSINESS", kwh="150", thap_diem="20", cao_diem="30")

        assert "516.220" in told
        assert "Giờ cao điểm" in told

    def test_of_nothing_used(self, hanoi: Client) -> None:
        assert "<rect" not in ask(hanoi, kwh="0")

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"kwh": ""}, "kwh"),
            ({"kwh": "-1"}, "kwh"),
            ({"kwh": "abc"}, "kwh"),
            ({"kwh": "1", "den": "2026-03-15"}, "den"),
            ({"kwh": "1", "tu": "2014-01-01", "den": "2014-02-01"}, "tu"),
            ({"kwh": "1", "so_ho": "2", "nguoi_thue": "3"}, "nguoi_thue"),
            ({"kwh": "1", "nhom": "PRODUCTION", "so_ho": "2"}, "so_ho"),
            ({"kwh": "10", "nhom": "BUSINESS", "thap_diem": "8", "cao_diem": "8"}, "kwh"),
            ({"kwh": "10", "nhom": "HOSPITAL_SCHOOL", "cao_diem": "8"}, "thap_diem"),
            ({"kwh": "1", "nhom": "<script>"}, "nhom"),
        ],
    )
    def test_says_what_is_wrong_beside_its_input(
        self, hanoi: Client, typed: dict[str, str], field: str
    ) -> None:
        told = ask(hanoi, status=422, **typed)

        assert f'href="#id_{field}"' in told
        assert "<tfoot>" not in told
        assert 'value="<script>"' not in told

    def test_in_english(self, hanoi: Client) -> None:
        hanoi.cookies["mc_lang"] = "en"

        assert "Tier 1" in ask(hanoi, kwh="250")
