"""How two bills differ: the parts add up, to the kilowatt-hour and to the dong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.billing.operations.issuing import told_lines
from motcua.billing.rules import comparing, rating, reading
from motcua.billing.rules.comparing import Why
from motcua.tariffs import energy

BOOK = energy.price_book()


@dataclass(frozen=True)
class Told:
    billing_month: date
    from_day: date
    to_day: date
    case: Any
    lines: Any
    kwh: int
    vat_rate: Decimal
    reactive_vnd: int
    total_vnd: int


def bill(kwh: int | None, start: date = date(2026, 9, 5), days: int = 30, **more: Any) -> Told:
    case = {
        "group": "HOME",
        "from": start.isoformat(),
        "to": (start + timedelta(days=days)).isoformat(),
        "kwh": kwh,
    } | more
    kwh = kwh or sum(more.get("registers", {}).values())
    asked = reading.read_case(reading.given(case), BOOK)
    rated = rating.rate(asked, BOOK)
    return Told(
        asked.billing_month,
        asked.start,
        asked.end,
        case,
        told_lines(rated),
        kwh,
        rated.vat_rate,
        rated.reactive_vnd,
        rated.total_vnd,
    )


class TestTheParts:
    @settings(deadline=None, max_examples=60)
    @given(
        now=st.integers(0, 900),
        before=st.integers(0, 900),
        days=st.integers(20, 45),
        days_before=st.integers(20, 45),
        quotas=st.sampled_from([1, 2, 3]),
    )
    def test_add_up(self, now: int, before: int, days: int, days_before: int, quotas: int) -> None:
        later = bill(now, date(2026, 10, 5), days, quotas=quotas)
        earlier = bill(before, date(2024, 9, 20), days_before)  # the price changed inside it, and since
        told = comparing.compare(later, earlier, BOOK)
        assert told.kwh == told.kwh_of_days + told.kwh_of_use == now - before
        assert told.vnd_of_use is not None and told.vnd_of_rest is not None
        assert told.vnd == told.vnd_of_use + told.vnd_of_rest == later.total_vnd - earlier.total_vnd

    def test_of_the_same_days_and_prices_are_the_use_alone(self) -> None:
        told = comparing.compare(bill(345, date(2026, 5, 5)), bill(300, date(2026, 7, 5), 30), BOOK)
        assert (told.kwh_of_days, told.kwh_of_use, told.days) == (0, 45, 0)

    def test_the_same_twice_differs_in_nothing(self) -> None:
        told = comparing.compare(bill(300), bill(300), BOOK)
        assert told.is_same and told.vnd_of_use == told.vnd_of_rest == 0 and told.why == ()

    def test_nothing_used_before_has_no_percentage(self) -> None:
        assert comparing.compare(bill(300), bill(0), BOOK).percent_kwh is None


class TestWhy:
    def test_names_what_is_another(self) -> None:
        found = comparing.compare(
            bill(300, date(2026, 9, 5), 31, quotas=2), bill(300, date(2022, 1, 2), 29), BOOK
        ).why
        assert set(found) == {Why.PRICES, Why.DAYS, Why.QUOTAS, Why.VAT}

    def test_names_a_relief(self) -> None:
        found = comparing.compare(
            bill(150, date(2021, 1, 5), 31), bill(150, date(2020, 10, 5), 31, billing_month="2020-11"), BOOK
        )
        assert Why.RELIEF in found.why
        assert found.vnd_of_rest is not None and found.vnd_of_rest > 0

    def test_names_reactive_power(self) -> None:
        case = {"group": "BUSINESS", "voltage": "LT_6KV"}
        told = comparing.compare(bill(3000, cosphi=0.8, **case), bill(3000, **case), BOOK)
        assert Why.REACTIVE in told.why and told.vnd_of_rest == told.vnd > 0

    def test_a_dearer_tier_is_named_with_its_price(self) -> None:
        told = comparing.compare(bill(350), bill(280), BOOK)
        assert told.reached_dearer_tier and (told.top_tier, told.top_tier_before) == (5, 4)
        assert told.top_price_vnd == 3350


class TestWhatCannotBeRatedAgain:
    def test_several_purposes_tell_of_kilowatt_hours_alone(self) -> None:
        before = bill(300)
        shared = Told(**{**vars(before), "case": [before.case]})
        told = comparing.compare(bill(345), shared, BOOK)
        assert told.kwh == 45 and told.vnd_of_use is None and told.vnd_of_rest is None

    def test_a_bill_that_does_not_come_out_again_is_not_explained_by_it(self) -> None:
        wrong = Told(**{**vars(bill(300)), "total_vnd": 1})
        assert comparing.compare(bill(345), wrong, BOOK).vnd_of_use is None

    @pytest.mark.parametrize("hours", [True, False])
    def test_another_kind_of_meter_is_not_put_in_the_place_of_one(self, hours: bool) -> None:
        case = {"group": "PRODUCTION", "voltage": "LT_6KV"}
        by_hours = {"registers": {"normal": 100, "off_peak": 50, "peak": 50}}
        plain, split = bill(200, **case), bill(None, **case, **by_hours)
        pair = (split, plain) if hours else (plain, split)
        assert comparing.compare(*pair, BOOK).vnd_of_use is None


class TestFinding:
    def test_the_month_and_the_year_before_over_the_turn_of_the_year(self) -> None:
        bills = [bill(1, date(2024, 12, 5)), bill(2, date(2025, 11, 5)), bill(3, date(2025, 12, 5))]
        months = [one.billing_month for one in bills]
        assert months == [date(2025, 1, 1), date(2025, 12, 1), date(2026, 1, 1)]
        assert comparing.month_before(date(2026, 1, 1), bills) == bills[1]
        assert comparing.year_before(date(2026, 1, 1), bills) == bills[0]
        assert comparing.month_before(date(2026, 3, 1), bills) is None

    def test_of_a_month_with_several_bills_none_stands_for_it(self) -> None:
        twice = [bill(1, date(2026, 8, 5)), bill(2, date(2026, 8, 6))]
        assert comparing.month_before(date(2026, 10, 1), twice) is None
