"""A price of capacity beside that of energy: the quote of it to the dong, what it refuses, which bills it is tried for."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.billing.rules import quoting, rating, reading
from motcua.billing.rules.case import Case, NormRounding, norm_days
from motcua.billing.rules.shadowing import on_trial
from motcua.kernel.results import Refused
from motcua.tariffs.book import Part
from tests.billing.price_books import BOOK, TRIED_FROM, two_part

TRIED = two_part()
TODAY = date(2026, 11, 16)
PLANT = {
    "group": "PRODUCTION_TWO_PART", "voltage": "KV22_110", "from": "2026-03-15", "to": "2026-04-15",
    "registers": {"normal": 200_000, "off_peak": 80_000, "peak": 40_000}, "kw": 1500.5,
}  # fmt: skip
ONE_PRICE = {"group": "PRODUCTION_TWO_PART", "voltage": "KV6_22", "from": "2026-03-15", "to": "2026-04-15", "kwh": 1000, "kw": 4}  # fmt: skip


def quote(told, book=TRIED):
    return quoting.quote(told, book, TODAY)


class TestTheQuote:
    def test_has_a_line_of_its_own_for_capacity(self):
        """31 days of March's 31: a whole month. 1,500.5 kW x 235,414; reactive power on the energy alone."""
        assert quote(PLANT | {"cosphi": 0.85}) == {
            "lines": [
                {"kwh": 200_000, "price_vnd": 1253, "amount_vnd": 250_600_000, "rule": "NORMAL", "source": "9/QĐ-BCT"},
                {"kwh": 80_000, "price_vnd": 843, "amount_vnd": 67_440_000, "rule": "OFF_PEAK", "source": "9/QĐ-BCT"},
                {"kwh": 40_000, "price_vnd": 2162, "amount_vnd": 86_480_000, "rule": "PEAK", "source": "9/QĐ-BCT"},
                {"kwh": 0, "kw": 1500.5, "price_vnd": 235_414, "amount_vnd": 353_238_707, "rule": "CAPACITY", "source": "9/QĐ-BCT"},
            ],
            "active_vnd": 404_520_000,
            "capacity_vnd": 353_238_707,
            "reactive_vnd": 23_785_776,
            "subtotal_vnd": 781_544_483,
            "vat_rate": 0.08,
            "vat_vnd": 62_523_559,
            "total_vnd": 844_068_042,
        }  # fmt: skip

    def test_may_have_one_price_of_energy(self):
        answer = quote(ONE_PRICE)

        assert [(line["rule"], line.get("kw"), line["amount_vnd"]) for line in answer["lines"]] == [
            ("ONE", None, 1_332_000), ("CAPACITY", 4, 960_200),
        ]  # fmt: skip
        assert (answer["capacity_vnd"], answer["total_vnd"]) == (960_200, 2_475_576)

    @pytest.mark.parametrize(
        ("start", "end", "amount"),
        [
            ("2026-04-05", "2026-04-15", 309_742),  # 10 of March's 31 days: 309,741.9
            ("2026-03-15", "2026-04-14", 929_226),  # 30 of 31: 929,225.8
            ("2026-02-15", "2026-03-15", 960_200),  # 28 of 28
            ("2026-03-31", "2026-04-30", 960_200),  # the ends of two months
        ],
    )
    def test_of_a_part_of_a_month_goes_by_its_days(self, start, end, amount):
        assert quote(ONE_PRICE | {"from": start, "to": end, "kwh": 0})["capacity_vnd"] == amount

    def test_cuts_capacity_too_where_a_price_changes(self):
        """16 and 14 of 30 days: 4 kW x 240,050 x 16 / 30 = 512,106.7 and 448,093.3."""
        answer = quote(ONE_PRICE | {"from": "2026-06-15", "to": "2026-07-15", "billing_month": "2026-07"})

        assert [(line["rule"], line["amount_vnd"], line["source"]) for line in answer["lines"]] == [
            ("ONE", 533 * 1332, "9/QĐ-BCT"), ("CAPACITY", 512_107, "9/QĐ-BCT"),
            ("ONE", 467 * 1432, "10/QĐ-BCT"), ("CAPACITY", 448_093, "10/QĐ-BCT"),
        ]  # fmt: skip

    def test_of_no_demand_and_no_use_is_nothing(self):
        answer = quote(ONE_PRICE | {"kw": 0, "kwh": 0})

        assert (answer["capacity_vnd"], answer["total_vnd"]) == (0, 0)

    def test_says_nothing_of_capacity_where_it_has_no_price(self):
        answer = quote({"group": "HOME", "from": "2026-03-15", "to": "2026-04-15", "kwh": 75})

        assert "capacity_vnd" not in answer
        assert all("kw" not in line for line in answer["lines"])

    @pytest.mark.parametrize(
        ("told", "code", "field"),
        [
            ({"kw": None}, "FIELD_MISSING", "kw"),
            ({"kw": -1}, "FIELD_WRONG", "kw"),
            ({"kw": "4"}, "FIELD_WRONG", "kw"),
            ({"kw": True}, "FIELD_WRONG", "kw"),
            ({"kw": 4.125}, "FIELD_WRONG", "kw"),
            ({"kw": 10**8}, "FIELD_WRONG", "kw"),
            ({"kw": 1.30}, "CONTRADICTION", "kw"),  # 32 days of 24 hours: 998.4 kWh at most
            (
                {"registers": {"normal": 1, "off_peak": 1, "peak": 1}, "kwh": None},
                "CONTRADICTION",
                "registers",
            ),
            ({"quotas": 2}, "CONTRADICTION", "quotas"),
            ({"from": "2025-12-20", "to": "2026-01-20"}, "NO_PRICE", "from"),
            ({"group": "PRODUCTION"}, "CONTRADICTION", "kw"),
            ({"group": "PRODUCTION_TWO_PART", "voltage": "LT_6KV"}, "CONTRADICTION", "voltage"),
        ],
    )
    def test_refuses_by_field(self, told, code, field):
        with pytest.raises(Refused) as found:
            quote(ONE_PRICE | told)

        assert (found.value.code, found.value.field) == (code, field)

    def test_takes_the_lowest_demand_that_can_be(self):
        assert quote(ONE_PRICE | {"kw": 1.31})["capacity_vnd"] == 314_466  # 314,465.5

    def test_knows_no_such_group_before_its_prices_are_entered(self):
        with pytest.raises(Refused) as found:
            quote(ONE_PRICE, BOOK)

        assert (found.value.code, found.value.field) == ("FIELD_WRONG", "group")

    def test_is_no_case_that_somebody_owes_by(self):
        with pytest.raises(Refused) as found:
            reading.read_owed(ONE_PRICE, TRIED)

        assert (found.value.code, found.value.field) == ("FIELD_WRONG", "group")


@st.composite
def plants(draw):
    start = draw(st.dates(TRIED_FROM, date(2027, 3, 1)))
    end = start + timedelta(days=draw(st.integers(1, 100)))
    return Case(
        group="PRODUCTION_TWO_PART", voltage=draw(st.sampled_from(["GE_110KV", "KV22_110", "KV6_22"])), start=start, end=end,
        use={Part.ONE: draw(st.integers(0, 10**6))}, billing_month=end.replace(day=1), norm_days=norm_days(start, end, None),
        norm_rounding=draw(st.sampled_from(list(NormRounding))), kw_hundredths=draw(st.integers(0, 10**7)),
    )  # fmt: skip


class TestAlways:
    @given(plants())
    def test_the_sums_are_those_of_the_lines(self, case):
        bill = rating.rate(case, TRIED)
        of_capacity = [line for line in bill.lines if line.part is Part.CAPACITY]

        assert sum(line.amount_vnd for line in of_capacity) == bill.capacity_vnd
        assert sum(line.amount_vnd for line in bill.lines) == bill.active_vnd + bill.capacity_vnd
        assert bill.subtotal_vnd == bill.active_vnd + bill.capacity_vnd + bill.reactive_vnd
        exact = Decimal(bill.subtotal_vnd) * bill.vat_rate
        assert bill.vat_vnd == exact.quantize(Decimal(1), ROUND_HALF_UP)

    @given(plants(), st.integers(1, 10**5))
    def test_a_higher_demand_is_never_cheaper(self, case, more):
        higher = replace(case, kw_hundredths=case.kw_hundredths + more)

        assert rating.rate(higher, TRIED).total_vnd >= rating.rate(case, TRIED).total_vnd

    @given(plants(), st.data())
    def test_a_split_period_differs_by_rounding_alone(self, case, data):
        days = (case.end - case.start).days
        case = replace(case, norm_days=30)
        middle = case.start + timedelta(days=data.draw(st.integers(0, days)))
        parts = [
            replace(case, start=start, end=end, use={Part.ONE: 0})
            for start, end in ((case.start, middle), (middle, case.end))
            if start < end
        ]

        split = sum(rating.rate(part, TRIED).capacity_vnd for part in parts)
        assert abs(split - rating.rate(case, TRIED).capacity_vnd) <= 2


class TestWhoseBillIsTried:
    PLANT = Case(
        "PRODUCTION", date(2026, 3, 15), date(2026, 4, 15), {Part.ONE: 200_000}, date(2026, 4, 1), 31, "KV22_110"
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "is_tried"),
        [
            ({}, True),
            ({"use": {Part.ONE: 199_999}}, False),
            ({"voltage": "GE_110KV"}, True),
            ({"voltage": "KV6_22"}, False),
            ({"voltage": "GE_6KV"}, False),
            ({"group": "BUSINESS"}, False),
            # ten days of 31: a third of the month's use is enough, a little less is not
            ({"start": date(2026, 4, 5), "use": {Part.ONE: 64_517}}, True),
            ({"start": date(2026, 4, 5), "use": {Part.ONE: 64_516}}, False),
            ({"start": date(2025, 4, 15), "end": date(2025, 5, 15), "norm_days": 30}, False),
        ],
    )
    def test_by_group_voltage_use_and_day(self, changed, is_tried):
        assert bool(on_trial(replace(self.PLANT, **changed), 100_000, TRIED)) == is_tried

    def test_is_rated_by_the_trials_prices(self):
        (found,) = on_trial(self.PLANT, 100_000, TRIED)

        bill = rating.rate(found.case, TRIED)
        assert (found.trial.code, bill.active_vnd, bill.capacity_vnd) == (
            "TWO_PART",
            250_600_000,
            235_414_000,
        )

    def test_puts_registers_together_where_the_trial_knows_no_hours(self):
        flat = [
            replace(price, part=Part.ONE) if price.part is Part.NORMAL else price
            for price in TRIED.prices
            if price.customer_group == "PRODUCTION_TWO_PART" and price.part not in (Part.OFF_PEAK, Part.PEAK)
        ]
        book = replace(BOOK, prices=[*BOOK.prices, *flat], _spans={}, _rates={}, _reliefs={})
        hours = replace(self.PLANT, use={Part.NORMAL: 150_000, Part.OFF_PEAK: 30_000, Part.PEAK: 20_000})

        (found,) = on_trial(hours, 100_000, book)
        assert found.case.use == {Part.ONE: 200_000}
        assert rating.rate(found.case, book).active_vnd == 250_600_000
