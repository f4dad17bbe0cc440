"""The set-based twin gives the rule's own lines and bills, to the dong, over random cases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua.billing import set_rating
from motcua.billing.rules.case import Case, NormRounding, norm_days
from motcua.tariffs.book import Part
from tests.billing import twin
from tests.billing.price_books import two_part

BOOK = two_part()
PLACES = [
    ("HOME", ""), ("HOME", "LT_6KV"), ("HOME_PREPAID", ""), ("BUSINESS", "LT_6KV"), ("BUSINESS", "KV22_110"),
    ("PRODUCTION", "KV6_22"), ("ADMIN_LIGHTING", "GE_6KV"), ("HOSPITAL_SCHOOL", "LT_6KV"), ("PRODUCTION", "GE_6KV"),
    ("PRODUCTION_TWO_PART", "KV22_110"), ("PRODUCTION_TWO_PART", "KV6_22"), ("BUSINESS", "GE_22KV"), ("BUSINESS", "KV6_22"),
    ("WHOLESALE_RURAL", ""), ("WHOLESALE_RURAL_OTHER", ""), ("WHOLESALE_MIXED_COMPLEX_OTHER", ""),
]  # fmt: skip
# around every change of a price, a rate, a relief; and before and after all of them
DAYS = st.one_of(
    st.dates(date(2015, 2, 1), date(2027, 6, 1)),
    st.sampled_from(
        [
            date(2020, 4, 1),
            date(2020, 7, 1),
            date(2020, 10, 5),
            date(2021, 5, 20),
            date(2021, 7, 20),
            date(2021, 12, 10),
            date(2025, 4, 25),
            date(2026, 2, 1),
            date(2026, 6, 20),
        ]  # fmt: skip
    ),
)
KWH = st.one_of(st.integers(0, 800), st.integers(0, 10**7))


@st.composite
def cases(draw):
    group, voltage = draw(st.sampled_from(PLACES))
    is_tried = group == "PRODUCTION_TWO_PART"
    start = draw(st.dates(date(2026, 1, 1), date(2026, 12, 1)) if is_tried and draw(st.booleans()) else DAYS)
    end = start + timedelta(days=draw(st.one_of(st.integers(28, 31), st.integers(1, 400))))
    hours = (Part.NORMAL, Part.OFF_PEAK, Part.PEAK)
    use = {part: draw(KWH) for part in (hours if draw(st.integers(0, 3)) == 0 else (Part.ONE,))}
    month = draw(st.none() | st.just(end.replace(day=1)))
    return Case(
        group=group, voltage=voltage, start=start, end=end, use=use, billing_month=month or end.replace(day=1),
        norm_days=norm_days(start, end, month), quota_hundredths=draw(st.sampled_from([25, 50, 100, 125, 300, 4711])),
        is_undeclared=draw(st.integers(0, 5)) == 0, cosphi_hundredths=draw(st.none() | st.integers(0, 100)),
        area=draw(st.sampled_from(["", "", "DIRECTIVE_16", "TOURIST_LODGING", "QUARANTINE_SITE"])),
        norm_rounding=draw(st.sampled_from(list(NormRounding))),
        kw_hundredths=draw(st.integers(0, 10**7)) if is_tried == (draw(st.integers(0, 9)) > 0) else None,
    )  # fmt: skip


def by_rule(case):
    return twin.by_rule(case, BOOK)


def by_table(staged):
    return twin.by_table(staged, BOOK)


@pytest.mark.usefixtures("company")
class TestTheTwin:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )
    @given(st.lists(cases(), min_size=1, max_size=40))
    def test_gives_what_the_rule_gives(self, staged):
        for case, expected, found in zip(staged, map(by_rule, staged), by_table(staged), strict=True):
            assert found == expected, case

    def test_gives_what_the_worked_examples_give(self):
        base = Case("HOME", date(2026, 3, 15), date(2026, 4, 15), {Part.ONE: 75}, date(2026, 4, 1), 31)
        staged = [
            base,
            replace(base, use={Part.ONE: 250}),
            replace(base, use={Part.ONE: 200}, quota_hundredths=125, norm_rounding=NormRounding.NONE),
            replace(base, use={Part.ONE: 120}, is_undeclared=True),
            replace(base, use={Part.ONE: 0}),
        ]

        assert [bill[-1] for _, bill in by_table(staged)] == [162_486, 636_768, 465_075, 308_448, 0]

    def test_gives_what_the_rounds_for_lodging_and_the_two_part_price_give(self):
        inn = Case("BUSINESS", date(2020, 4, 1), date(2020, 5, 1), {Part.ONE: 300}, date(2020, 5, 1), 30, "LT_6KV", area="TOURIST_LODGING")  # fmt: skip
        plant = Case("PRODUCTION_TWO_PART", date(2026, 3, 15), date(2026, 4, 15), {Part.ONE: 1000}, date(2026, 4, 1), 31, "KV6_22", kw_hundredths=400)  # fmt: skip
        staged = [
            inn,
            replace(inn, area=""),
            plant,
            replace(plant, kw_hundredths=None),
            replace(inn, kw_hundredths=1),
        ]

        found = by_table(staged)

        assert [bill and bill[-1] for _, bill in found] == [717_915, 835_725, 2_475_576, None, None]
        assert found == [by_rule(case) for case in staged]

    def test_refuses_registers_of_tenants_as_the_rule_does(self):
        """Found by the property: the rule once passed over `is_undeclared` where there were registers."""
        hours = dict.fromkeys((Part.NORMAL, Part.OFF_PEAK, Part.PEAK), 1)
        case = Case("BUSINESS", date(2026, 3, 15), date(2026, 4, 15), hours, date(2026, 4, 1), 31, "LT_6KV")
        case = replace(case, is_undeclared=True)

        assert by_table([case]) == [by_rule(case)] == [("CONTRADICTION", None)]

    def test_takes_no_case_that_the_rule_must_rate(self):
        case = Case(
            "BUSINESS", date(2025, 5, 1), date(2025, 5, 31), {Part.ONE: 100}, date(2025, 5, 1), 30, "LT_6KV",
            known={date(2025, 5, 10): {Part.ONE: 90}},
        )  # fmt: skip

        with transaction.atomic():
            set_rating.open_stage()
            with pytest.raises(ValueError, match="readings inside"):
                set_rating.stage([(1, case)])
            transaction.set_rollback(True)
