"""Relief rounds to the dong: by bill or by days, by tier, by area; tourist lodging and quarantine sites."""

from datetime import date, timedelta

import pytest

from motcua.billing.rules import quoting
from motcua.kernel.results import Refused
from motcua.tariffs import energy

BOOK = energy.price_book()
TODAY = date(2026, 11, 16)
LODGING = {"group": "BUSINESS", "voltage": "LT_6KV", "area": "TOURIST_LODGING"}
HOURS = {"normal": 100, "off_peak": 50, "peak": 30}


def quote(**told):
    return quoting.quote({name.rstrip("_"): value for name, value in told.items()}, BOOK, TODAY)


def home(kwh, start, end, **more):
    return quote(group="HOME", from_=start, to=end, kwh=kwh, **more)


def lines(answer):
    return [(line["kwh"], line["price_vnd"], line["rule"], line["source"]) for line in answer["lines"]]


class TestRelief:
    def test_of_2020_rounds_the_price_first(self):
        answer = home(450, "2020-10-10", "2020-11-10")

        assert [line[1] for line in lines(answer)] == [1510, 1561, 1813, 2282, 2834, 2927]
        assert [line[2] for line in lines(answer)][3:] == ["TIER_4 COVID_2", "TIER_5", "TIER_6"]

    @pytest.mark.parametrize(
        ("month", "has"), [("2020-04", False), ("2020-05", True), ("2020-07", True), ("2020-08", False)]
    )
    def test_goes_by_the_month_of_the_bill(self, month, has):
        first = date.fromisoformat(f"{month}-15")
        answer = home(50, str(first - timedelta(days=30)), str(first))

        assert answer["lines"][0]["price_vnd"] == (1510 if has else 1678)

    @pytest.mark.parametrize(
        ("kwh", "area", "price"),
        [(200, "DIRECTIVE_16", 1426), (201, "directive_16", 1510), (200, None, 1678)],
    )
    def test_of_2021_by_area_and_use(self, kwh, area, price):
        answer = home(kwh, "2021-07-10", "2021-08-10", area=area)

        assert answer["lines"][0]["price_vnd"] == price

    def test_for_business_goes_by_days_of_use(self):
        answer = quote(group="BUSINESS", voltage="LT_6KV", kwh=300, from_="2020-04-01", to="2020-05-01")

        assert lines(answer) == [
            (150, 2666, "NORMAL", "648/QĐ-BCT"),
            (150, 2399, "NORMAL COVID_1", "648/QĐ-BCT"),
        ]


class TestTouristLodging:
    """The price of production instead of that of business; lodging is said by the place (`area`)."""

    def test_of_2020_goes_by_days_of_use_and_takes_no_ten_per_cent_more(self):
        answer = quote(**LODGING, kwh=300, from_="2020-04-01", to="2020-05-01")

        assert lines(answer) == [
            (150, 2666, "NORMAL", "648/QĐ-BCT"),
            (150, 1685, "NORMAL COVID_1_LODGING", "648/QĐ-BCT"),
        ]
        assert (answer["subtotal_vnd"], answer["total_vnd"]) == (652_650, 717_915)

    @pytest.mark.parametrize(
        ("start", "end", "has"),
        [("2020-03-16", "2020-04-16", 0), ("2020-06-16", "2020-07-16", 100), ("2020-07-16", "2020-08-16", 0)],
    )
    def test_of_2020_held_from_16_april_to_15_july(self, start, end, has):
        answer = quote(**LODGING, kwh=100, from_=start, to=end)

        assert sum(line["kwh"] for line in answer["lines"] if line["rule"].endswith("LODGING")) == has

    def test_of_2021_by_registers(self):
        answer = quote(**LODGING, registers=HOURS, from_="2021-06-10", to="2021-07-10")

        assert lines(answer) == [
            (100, 1685, "NORMAL COVID_3_LODGING", "648/QĐ-BCT"),
            (50, 1100, "OFF_PEAK COVID_3_LODGING", "648/QĐ-BCT"),
            (30, 3076, "PEAK COVID_3_LODGING", "648/QĐ-BCT"),
        ]
        assert (answer["subtotal_vnd"], answer["vat_vnd"], answer["total_vnd"]) == (315_780, 31_578, 347_358)

    @pytest.mark.parametrize(
        ("month", "price"), [("2021-05", 2666), ("2021-06", 1685), ("2021-12", 1685), ("2022-01", 2666)]
    )
    def test_of_2021_goes_by_the_month_of_the_bill(self, month, price):
        first = date.fromisoformat(f"{month}-15")
        answer = quote(**LODGING, kwh=1, from_=str(first - timedelta(days=30)), to=str(first))

        assert answer["lines"][0]["price_vnd"] == price

    @pytest.mark.parametrize(("voltage", "price"), [("KV6_22", 1611), ("KV22_110", 1555), ("GE_110KV", 1536)])
    def test_takes_the_price_of_the_same_voltage(self, voltage, price):
        answer = quote(**LODGING | {"voltage": voltage}, kwh=1, from_="2021-06-15", to="2021-07-15")

        assert answer["lines"][0]["price_vnd"] == price

    def test_is_not_guessed_where_several_voltages_might_be_meant(self):
        """Business has one price from 22 kV on, production two."""
        asked = {**LODGING, "voltage": "GE_22KV", "kwh": 1}
        assert quote(**asked, from_="2022-02-01", to="2022-03-01")["active_vnd"] == 2442
        with pytest.raises(Refused) as found:
            quote(**asked, from_="2021-06-15", to="2021-07-15")

        assert (found.value.code, found.value.field) == ("CONTRADICTION", "voltage")

    def test_changes_nothing_for_other_groups_there(self):
        assert home(50, "2021-06-15", "2021-07-15", area="TOURIST_LODGING")["lines"][0]["price_vnd"] == 1678


class TestQuarantineSites:
    @pytest.mark.parametrize("group", ["BUSINESS", "PRODUCTION", "HOSPITAL_SCHOOL", "ADMIN_LIGHTING"])
    def test_of_2021_pay_nothing(self, group):
        answer = quote(group=group, voltage="LT_6KV", kwh=300, area="quarantine_site", from_="2021-06-10", to="2021-07-10")  # fmt: skip

        assert [(line["price_vnd"], line["amount_vnd"]) for line in answer["lines"]] == [(0, 0)]
        assert answer["lines"][0]["rule"].endswith(" COVID_3_QUARANTINE")
        assert answer["total_vnd"] == 0

    def test_pay_before_and_after(self):
        asked = {"group": "BUSINESS", "voltage": "LT_6KV", "kwh": 1, "area": "QUARANTINE_SITE"}

        assert quote(**asked, from_="2021-04-15", to="2021-05-15")["active_vnd"] == 2666
        assert quote(**asked, from_="2021-12-15", to="2022-01-15")["active_vnd"] == 2666
