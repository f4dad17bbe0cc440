"""Bills by the dated prices, to the dong: worked examples, changes of price, norms, relief, reactive power, VAT."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from motcua.billing.rules import quoting, rating, reading
from motcua.billing.rules.case import Case, NormRounding, norm_days
from motcua.billing.rules.refusals import NoPrice
from motcua.tariffs import energy
from motcua.tariffs.book import Part, PriceBook

BOOK = energy.price_book()
TODAY = date(2026, 11, 16)
PERIOD = {"from": "2026-03-15", "to": "2026-04-15"}  # 31 days, all of March


def quote(book=BOOK, **told):
    return quoting.quote({name.rstrip("_"): value for name, value in told.items()}, book, TODAY)


def home(kwh, start="2026-03-15", end="2026-04-15", **more):
    return quoting.quote({"group": "HOME", "from": start, "to": end, "kwh": kwh, **more}, BOOK, TODAY)


def lines(answer):
    return [(line["kwh"], line["price_vnd"], line["rule"], line["source"]) for line in answer["lines"]]


class TestWorkedExamples:
    @pytest.mark.parametrize(
        ("told", "subtotal", "total"),
        [
            ({"kwh": 75}, 150_450, 162_486),
            ({"kwh": 250}, 589_600, 636_768),
            ({"kwh": 120, "tenants": 4}, 249_300, 269_244),
            ({"kwh": 200, "tenants": 5, "norm_rounding": "NONE"}, 430_625, 465_075),
            ({"kwh": 60, "tenants": 1, "norm_rounding": "NONE"}, 139_905, 151_097),
            ({"kwh": 270}, 649_560, 701_525),
            ({"kwh": 120, "tenants": 0}, 285_600, 308_448),
            ({"kwh": 120, "tenants": "undeclared"}, 285_600, 308_448),
            ({"kwh": 300}, 739_500, 798_660),
            ({"kwh": 0}, 0, 0),
        ],
    )
    def test_of_1279(self, told, subtotal, total):
        answer = home(**told)

        assert (answer["active_vnd"], answer["subtotal_vnd"], answer["total_vnd"]) == (
            subtotal,
            subtotal,
            total,
        )
        assert answer["vat_rate"] == 0.08
        assert {line["source"] for line in answer["lines"]} <= {"1279/QĐ-BCT"}

    def test_norms_of_tenants_are_whole_unless_told_otherwise(self):
        assert lines(home(200, tenants=5))[:2] == [
            (63, 1984, "TIER_1", "1279/QĐ-BCT"),
            (63, 2050, "TIER_2", "1279/QĐ-BCT"),
        ]
        assert [line["kwh"] for line in home(200, tenants=5, norm_rounding="NONE")["lines"]] == [
            62.5,
            62.5,
            75,
        ]

    def test_households_that_share_a_meter_share_the_tiers(self):
        assert lines(home(400, quotas=2)) == [
            (100, 1984, "TIER_1", "1279/QĐ-BCT"),
            (100, 2050, "TIER_2", "1279/QĐ-BCT"),
            (200, 2380, "TIER_3", "1279/QĐ-BCT"),
        ]

    def test_prepaid_homes_pay_one_price(self):
        assert lines(quote(group="HOME_PREPAID", kwh=100, **PERIOD)) == [(100, 2909, "ONE", "1279/QĐ-BCT")]

    def test_three_registers(self):
        answer = quote(
            group="BUSINESS",
            voltage="LT_6KV",
            registers={"normal": 100, "off_peak": 20, "peak": 30},
            **PERIOD,
        )

        assert [(kwh, price, rule) for kwh, price, rule, _ in lines(answer)] == [
            (100, 3152, "NORMAL"),
            (20, 1918, "OFF_PEAK"),
            (30, 5422, "PEAK"),
        ]
        assert answer["active_vnd"] == 315_200 + 38_360 + 162_660

    def test_who_has_no_three_prices_pays_that_of_normal_hours(self):
        assert lines(quote(group="PRODUCTION", voltage="KV22_110", kwh=10, **PERIOD)) == [
            (10, 1833, "NORMAL", "1279/QĐ-BCT")
        ]

    @pytest.mark.parametrize(
        ("group", "voltage", "price"),
        [
            ("HOSPITAL_SCHOOL", "LT_6KV", 2072),
            ("HOSPITAL_SCHOOL", "KV22_110", 1940),
            ("ADMIN_LIGHTING", "GE_6KV", 2138),
            ("BUSINESS", "GE_22KV", 2887),
            ("WHOLESALE_RURAL_OTHER", "", 1735),
            ("rural_other", "", 1735),
        ],
    )
    def test_other_groups(self, group, voltage, price):
        more = {"voltage": voltage} if voltage else {}

        assert quote(group=group, kwh=1, **more, **PERIOD)["active_vnd"] == price

    def test_wholesale_for_homes_has_tiers_of_its_own(self):
        answer = quote(group="WHOLESALE_RURAL", kwh=300, quotas=4, **PERIOD)

        assert lines(answer) == [(200, 1658, "TIER_1", "1279/QĐ-BCT"), (100, 1724, "TIER_2", "1279/QĐ-BCT")]

    def test_a_zone_by_its_bus_bar(self):
        period = {"from": "2016-03-10", "to": "2016-04-10"}
        answer = quote(
            group="WHOLESALE_INDUSTRIAL_ZONE",
            voltage="BUS110_GT_100MVA",
            registers={"normal": 1000, "off_peak": 0, "peak": 0},
            **period,
        )

        assert (answer["active_vnd"], answer["vat_rate"]) == (1_325_000, 0.1)


class TestAPriceThatChanges:
    def test_cuts_use_and_norms_by_days(self):
        """15 days at 2699, 15 at 1279; the billing month is May, so T is the 30 days of April."""
        answer = home(300, "2025-04-25", "2025-05-25")

        old, new = "2699/QĐ-BCT", "1279/QĐ-BCT"
        assert lines(answer) == [
            (25, 1893, "TIER_1", old), (25, 1956, "TIER_2", old), (50, 2271, "TIER_3", old), (50, 2860, "TIER_4", old),
            (25, 1984, "TIER_1", new), (25, 2050, "TIER_2", new), (50, 2380, "TIER_3", new), (50, 2998, "TIER_4", new),
        ]  # fmt: skip
        assert answer["active_vnd"] == 722_525

    def test_rounds_old_use_and_each_norm_half_up(self):
        """5 of 30 days are old: 101 x 5 / 30 = 16.83 gives 17; norms 8 and 8 of 50 (8.33), 42 and 42 (41.67)."""
        answer = home(101, "2025-05-05", "2025-06-04", billing_month="2025-05")

        assert [(kwh, rule) for kwh, _, rule, _ in lines(answer)] == [
            (8, "TIER_1"), (8, "TIER_2"), (1, "TIER_3"), (42, "TIER_1"), (42, "TIER_2")
        ]  # fmt: skip

    def test_on_the_day_of_the_reading_changes_nothing_before_it(self):
        assert {source for *_, source in lines(home(100, "2025-04-10", "2025-05-10"))} == {"2699/QĐ-BCT"}
        assert {source for *_, source in lines(home(100, "2025-05-10", "2025-06-10"))} == {"1279/QĐ-BCT"}

    def test_cuts_each_register(self):
        answer = quote(
            group="BUSINESS", voltage="LT_6KV", from_="2025-05-01", to="2025-05-31",
            registers={"normal": 101, "off_peak": 10, "peak": 7},
        )  # fmt: skip

        assert [line[0] for line in lines(answer)] == [30, 3, 2, 71, 7, 5]
        assert [line[1] for line in lines(answer)] == [3007, 1830, 5174, 3152, 1918, 5422]

    def test_goes_by_the_reading_of_that_day_for_all_but_homes(self):
        changed = date(2025, 5, 10)
        shop = Case(
            "BUSINESS", date(2025, 5, 1), date(2025, 5, 31), {Part.ONE: 100}, date(2025, 5, 1), 30, "LT_6KV",
            known={changed: {Part.ONE: 90}},
        )  # fmt: skip
        flat = replace(shop, group="HOME")

        assert [line.kwh for line in rating.rate(shop, BOOK).lines] == [90, 10]
        assert sum(x.kwh for x in rating.rate(flat, BOOK).lines if x.start < changed) == 30

    def test_twice_in_one_long_period(self):
        answer = quote(group="HOME_PREPAID", kwh=400, from_="2023-04-04", to="2024-01-04")

        assert [(kwh, source) for kwh, _, _, source in lines(answer)] == [
            (44, "648/QĐ-BCT"), (275, "1062/QĐ-BCT"), (81, "2941/QĐ-BCT")
        ]  # fmt: skip

    def test_an_uncovered_period_is_refused(self):
        with pytest.raises(NoPrice):
            home(1, "2015-03-01", "2015-04-01")
        with pytest.raises(NoPrice):
            quote(group="WHOLESALE_RURAL", kwh=1, from_="2018-01-01", to="2018-02-01")


class TestNorms:
    @pytest.mark.parametrize(
        ("start", "end", "month", "first_tier"),
        [
            ("2026-02-15", "2026-03-15", None, 50),  # 28 days, February has 28
            (
                "2024-01-10",
                "2024-01-31",
                None,
                34,
            ),  # Hanoi moved to the end of the month: 21 of December's 31 days
            ("2024-01-31", "2024-02-29", None, 50),  # and goes on from there
            ("2026-01-31", "2026-02-28", "2026-03", 50),
            ("2026-04-05", "2026-04-15", None, 16),  # first bill: 10 of 31 days
            ("2026-03-15", "2026-05-14", None, 100),  # read late: 60 days of April's 30
        ],
    )
    def test_follow_the_days(self, start, end, month, first_tier):
        answer = home(500, start, end, **({"billing_month": month} if month else {}))

        assert answer["lines"][0]["kwh"] == first_tier

    def test_days_of_the_month_before_the_billing_month(self):
        assert norm_days(date(2026, 3, 10), date(2026, 4, 10), None) == 31
        assert norm_days(date(2026, 3, 10), date(2026, 4, 10), date(2026, 5, 1)) == 30
        assert norm_days(date(2025, 12, 10), date(2026, 1, 10), None) == 31


class TestReactivePower:
    @pytest.mark.parametrize(
        ("cosphi", "percent"), [(0.9, 0), (1, 0), (0.89, "1.12"), (0.85, "5.88"), (0.6, 50), (0.59, "52.54"), (0, "52.54"), (0.846, "5.88")]
    )  # fmt: skip
    def test_adds_by_the_table(self, cosphi, percent):
        answer = quote(group="PRODUCTION", voltage="LT_6KV", kwh=1000, cosphi=cosphi, **PERIOD)

        expected = (Decimal(1_987_000) * Decimal(percent) / 100).quantize(Decimal(1), ROUND_HALF_UP)
        assert (answer["active_vnd"], answer["reactive_vnd"]) == (1_987_000, int(expected))
        assert answer["subtotal_vnd"] == 1_987_000 + int(expected)


class TestVat:
    @pytest.mark.parametrize(
        ("end", "rate"),
        [
            ("2022-01-31", 0.1),
            ("2022-02-01", 0.08),
            ("2023-06-30", 0.1),
            ("2023-07-01", 0.08),
            ("2027-01-01", 0.1),
        ],
    )
    def test_is_that_of_the_reading_day(self, end, rate):
        start = date.fromisoformat(end) - timedelta(days=30)

        assert home(100, str(start), end)["vat_rate"] == rate


class TestStructures:
    def test_number_and_width_of_tiers_are_data(self):
        """Five tiers at the indicative prices of Decision 14/2025, from a day on."""
        day = date(2027, 1, 1)
        rows = [price for price in BOOK.prices if price.customer_group == "HOME" and price.valid_to is None]
        ended = [replace(price, valid_to=day) for price in rows]
        tiers = [row for row in rows if row.part is Part.TIER]
        new = [
            replace(old, valid_from=day, width_kwh=width, price_vnd=price, decision="next")
            for old, width, price in zip(
                tiers, (100, 100, 200, 300, None), (1984, 2380, 2998, 3571, 3967), strict=False
            )
        ]
        book = PriceBook(
            **{name: getattr(BOOK, name) for name in PriceBook.__dataclass_fields__ if name[0] != "_"}
        )
        book = replace(book, prices=[*(p for p in BOOK.prices if p not in rows), *ended, *new], _spans={})

        told = {"group": "HOME", "kwh": 800, "from": "2027-01-05", "to": "2027-02-05"}
        assert [(line["kwh"], line["price_vnd"]) for line in quoting.quote(told, book, TODAY)["lines"]] == [
            (100, 1984), (100, 2380), (200, 2998), (300, 3571), (100, 3967)
        ]  # fmt: skip
        across = quoting.quote(told | {"from": "2026-12-20", "to": "2027-01-20"}, book, TODAY)
        assert len(across["lines"]) == 6 + 5


DAYS = st.dates(date(2015, 3, 16), date(2027, 6, 1))
GROUPS = st.sampled_from(
    [
        ("HOME", ""),
        ("HOME_PREPAID", ""),
        ("BUSINESS", "LT_6KV"),
        ("PRODUCTION", "KV6_22"),
        ("ADMIN_LIGHTING", "GE_6KV"),
    ]
)


@st.composite
def cases(draw, groups=GROUPS):
    group, voltage = draw(groups)
    start = draw(DAYS)
    end = start + timedelta(days=draw(st.integers(1, 100)))
    use = {Part.ONE: draw(st.integers(0, 5000))}
    if group in ("BUSINESS", "PRODUCTION") and draw(st.booleans()):
        use = {part: draw(st.integers(0, 5000)) for part in (Part.NORMAL, Part.OFF_PEAK, Part.PEAK)}
    return Case(
        group=group, voltage=voltage, start=start, end=end, use=use, billing_month=end.replace(day=1),
        norm_days=norm_days(start, end, None), quota_hundredths=draw(st.integers(25, 1000)),
        cosphi_hundredths=draw(st.none() | st.integers(0, 100)), area=draw(st.sampled_from(["", "DIRECTIVE_16", "TOURIST_LODGING", "QUARANTINE_SITE"])),
        norm_rounding=draw(st.sampled_from(list(NormRounding))),
    )  # fmt: skip


# a loaded machine makes cases slowly
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


class TestAlways:
    @PATIENT
    @given(cases())
    def test_lines_make_the_sums(self, case):
        bill = rating.rate(case, BOOK)

        assert sum(line.amount_vnd for line in bill.lines) == bill.active_vnd
        assert sum(Decimal(line.kwh_parts) / line.unit for line in bill.lines) == case.total_kwh
        assert bill.subtotal_vnd == bill.active_vnd + bill.reactive_vnd
        exact = Decimal(bill.subtotal_vnd) * bill.vat_rate
        assert bill.vat_vnd == exact.quantize(Decimal(1), ROUND_HALF_UP)
        assert bill.vat_rate == BOOK.find_rate("VAT_ELECTRICITY", case.end).value
        assert bill.total_vnd == bill.subtotal_vnd + bill.vat_vnd
        for before, after in zip(bill.lines, bill.lines[1:], strict=False):
            assert before.start == after.start or before.end == after.start

    @PATIENT
    @given(cases(), st.integers(1, 500))
    def test_more_is_never_cheaper(self, case, more):
        part = next(iter(case.use))
        bigger = replace(case, use={**case.use, part: case.use[part] + more})

        assert rating.rate(bigger, BOOK).total_vnd >= rating.rate(case, BOOK).total_vnd

    @PATIENT
    @given(cases(GROUPS.filter(lambda group: group[0] == "HOME")), st.integers(1, 500))
    def test_more_households_are_never_dearer(self, case, more):
        bigger = replace(case, quota_hundredths=case.quota_hundredths + more)

        assert rating.rate(bigger, BOOK).total_vnd <= rating.rate(case, BOOK).total_vnd

    @PATIENT
    @given(cases(GROUPS.filter(lambda group: group[0] != "HOME")), st.data())
    def test_one_price_split_at_a_reading_is_the_same_to_the_dong(self, case, data):
        parts = self.split(replace(case, cosphi_hundredths=None, norm_rounding=NormRounding.CIRCULAR), data)

        whole, *halves = [rating.rate(part, BOOK).active_vnd for part in parts]
        assert whole == sum(halves)

    @PATIENT
    @given(cases(GROUPS.filter(lambda group: group[0] == "HOME")), st.data())
    def test_tiers_split_at_a_reading_differ_by_their_rounding_alone(self, case, data):
        case = replace(case, area="", cosphi_hundredths=None)
        parts = self.split(case, data)

        whole, *halves = [rating.rate(part, BOOK) for part in parts]
        prices = [tier.price_vnd for tier in self.span(case).tiers]
        gaps = [after - before for before, after in zip(prices, prices[1:], strict=False)]
        # each of three bills rounds the sum of i norms by at most i halves; the kilowatt-hours by one half
        bound = 1.5 * sum(i * gap for i, gap in enumerate(gaps, 1)) + (prices[-1] - prices[0]) / 2
        if case.norm_rounding is NormRounding.NONE:  # norms hardly round, lines round to a dong
            bound = 1.5e-4 * sum(i * gap for i, gap in enumerate(gaps, 1)) + (prices[-1] - prices[0]) / 2 + 18
        assert abs(whole.active_vnd - sum(half.active_vnd for half in halves)) <= bound

    def span(self, case):
        return next(
            span
            for span in BOOK.spans(case.group, case.voltage, case.area)
            if span.valid_from <= case.start and (span.valid_to is None or case.end <= span.valid_to)
        )

    def split(self, case, data):
        """The case and its two halves around a reading in proportion to the days, all at one price."""
        assume(any(
            span.valid_from <= case.start and (span.valid_to is None or case.end <= span.valid_to)
            for span in BOOK.spans(case.group, case.voltage, case.area)
        ))  # fmt: skip
        days = (case.end - case.start).days
        assume(days > 1)
        middle = case.start + timedelta(days=data.draw(st.integers(1, days - 1)))
        first = {part: rating.used_until(case, part, middle) for part in case.use}
        return (
            case,
            replace(case, end=middle, use=first),
            replace(case, start=middle, use={part: case.use[part] - first[part] for part in case.use}),
        )

    @PATIENT
    @given(cases(), st.data())
    def test_told_as_json_it_is_the_same_bill(self, case, data):
        told = {
            "group": case.group, "from": str(case.start), "to": str(case.end), "norm_rounding": case.norm_rounding.value,
            "voltage": case.voltage, "area": case.area,
            "cosphi": None if case.cosphi_hundredths is None else case.cosphi_hundredths / 100,
        }  # fmt: skip
        if case.has_registers:
            told["registers"] = {name: case.use[part] for name, part in reading.REGISTERS.items()}
        else:
            told["kwh"] = case.use[Part.ONE]
        quotas = case.quota_hundredths if case.group == "HOME" else 100
        if quotas != 100:
            told["quotas"] = quotas / 100
        told["billing_month"] = None

        bill = rating.rate(replace(case, quota_hundredths=quotas), BOOK)

        assert quoting.quote(told, BOOK, TODAY) == quoting.answer(bill)
