"""Kilowatt-hours from what meters show; several purposes behind one meter; bills put right after a wrong price."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.billing.rules import rating, rebilling, use
from motcua.billing.rules.case import Case
from motcua.billing.rules.refusals import FieldWrong, NothingToGoBy
from motcua.kernel.periods import months_before
from motcua.tariffs import energy
from motcua.tariffs.book import Part

BOOK = energy.price_book()
HOME = Case("HOME", date(2026, 3, 15), date(2026, 4, 15), {Part.ONE: 100}, date(2026, 4, 1), 31)
SHOP = replace(HOME, group="BUSINESS", voltage="LT_6KV")


class TestAMeter:
    def test_that_went_past_all_nines_went_round_once(self):
        kwh = use.Shown(previous=99850, current=120, digits=5).kwh

        assert kwh == 270
        assert rating.rate(replace(HOME, use={Part.ONE: kwh}), BOOK).total_vnd == 701_525

    def test_that_stands_where_it_stood_counted_nothing(self):
        assert use.Shown(500, 500, 5).kwh == 0

    def test_behind_transformers_counts_their_factor(self):
        assert use.Shown(99_990, 10, 5, factor=40).kwh == 20 * 40

    @pytest.mark.parametrize(("previous", "current"), [(100_000, 1), (1, 100_000), (-1, 5)])
    def test_cannot_show_more_than_its_digits(self, previous, current):
        with pytest.raises(FieldWrong):
            _ = use.Shown(previous, current, 5).kwh

    def test_that_was_changed_counts_with_the_one_before_it(self):
        taken_down, put_up = use.Shown(12_340, 12_400, 5), use.Shown(0, 45, 6)

        assert use.kwh_through_changes([taken_down, put_up]) == 105

    def test_that_stood_still_goes_by_the_three_cycles_before(self):
        before = [(9000, 30), (300, 31), (270, 28), (310, 31)]

        assert use.kwh_of_stopped(before, 30, cycles=3) == 293  # 880 / 90 x 30 = 293.33
        assert use.kwh_of_stopped(before[-1:], 31, cycles=3) == 310

    def test_that_never_counted_leaves_nothing_to_go_by(self):
        with pytest.raises(NothingToGoBy):
            use.kwh_of_stopped([], 30, cycles=3)

    @given(st.integers(0, 99_999), st.integers(0, 99_999))
    def test_never_counts_backwards(self, previous, current):
        kwh = use.Shown(previous, current, 5).kwh

        assert 0 <= kwh < 100_000
        assert (previous + kwh) % 100_000 == current


class TestPurposes:
    def test_share_one_meter(self):
        """70 % home and 30 % shop of 101 kWh: 71 and 30."""
        shares = [use.Purpose("HOME", "", 7000), use.Purpose("BUSINESS", "LT_6KV", 3000)]
        home, shop = use.split_by_purpose(replace(HOME, use={Part.ONE: 101}), shares, BOOK)

        bill = rating.rate_together([home, shop], BOOK)

        assert [(line.group, line.kwh, line.price_vnd) for line in bill.lines] == [
            ("HOME", 50, 1984), ("HOME", 21, 2050), ("BUSINESS", 30, 3152),
        ]  # fmt: skip
        assert bill.active_vnd == 99_200 + 43_050 + 94_560
        assert bill.vat_vnd == round(bill.active_vnd * 8 / 100)

    def test_without_prices_by_hours_take_all_registers_together(self):
        hours = {Part.NORMAL: 100, Part.OFF_PEAK: 50, Part.PEAK: 50}
        shares = [use.Purpose("ADMIN_LIGHTING", "LT_6KV", 5000), use.Purpose("BUSINESS", "LT_6KV", 5000)]

        admin, shop = use.split_by_purpose(replace(SHOP, use=hours), shares, BOOK)

        assert admin.use == {Part.ONE: 100}
        assert shop.use == {Part.NORMAL: 50, Part.OFF_PEAK: 25, Part.PEAK: 25}

    @pytest.mark.parametrize("shares", [[5000], [5000, 4000], [11_000, -1000]])
    def test_make_up_the_whole(self, shares):
        with pytest.raises(FieldWrong):
            use.split_by_purpose(HOME, [use.Purpose("HOME", "", share) for share in shares], BOOK)

    @given(st.integers(0, 10**6), st.integers(1, 9999), st.integers(1, 9999))
    def test_lose_nothing(self, kwh, first, second):
        shares = [first, second, 20_000 - first - second]
        whole = [share // 2 for share in shares[:2]]
        purposes = [use.Purpose("HOME", "", share) for share in (*whole, 10_000 - sum(whole)) if share > 0]

        cases = use.split_by_purpose(replace(HOME, use={Part.ONE: kwh}), purposes, BOOK)

        assert sum(case.total_kwh for case in cases) == kwh
        assert all(case.total_kwh >= 0 for case in cases)


def months(count):
    """The shop's bills of so many months up to 15 April 2026, newest last."""
    ends = [months_before(date(2026, 4, 15), back) for back in range(count - 1, -1, -1)]
    return [
        replace(
            SHOP,
            start=months_before(end, 1),
            end=end,
            billing_month=end.replace(day=1),
            norm_days=30,
        )
        for end in ends
    ]


class TestAWrongPrice:
    def test_is_put_right_from_the_day_it_began(self):
        """A home was billed as a shop: each bill is 3152 x 100 against 201,700 (two tiers)."""
        cases = [
            ([shop], [replace(shop, group="HOME", norm_days=(shop.end - shop.start).days)])
            for shop in months(4)
        ]

        done = rebilling.rebill(
            cases, BOOK, found_on=date(2026, 4, 20), wrong_since=date(2026, 2, 15), months_back=12
        )

        assert [one.end for one in done.differences] == [date(2026, 3, 15), date(2026, 4, 15)]
        assert [one.subtotal_vnd for one in done.differences] == [201_700 - 315_200] * 2
        assert [one.vat_vnd for one in done.differences] == [16_136 - 25_216] * 2
        assert done.total_vnd == 2 * (217_836 - 340_416)

    def test_goes_twelve_months_back_when_nobody_knows_the_day(self):
        cases = [([case], [replace(case, voltage="KV6_22")]) for case in months(20)]

        done = rebilling.rebill(cases, BOOK, found_on=date(2026, 4, 20), wrong_since=None, months_back=12)

        assert done.since == date(2025, 4, 20)
        assert len(done.differences) == 12
        assert done.differences[0].end == date(2025, 5, 15)
        assert done.total_vnd < 0

    def test_that_was_right_owes_nothing(self):
        cases = [([case], [case]) for case in months(3)]

        assert (
            rebilling.rebill(
                cases, BOOK, found_on=date(2026, 5, 1), wrong_since=date(2020, 1, 1), months_back=12
            ).total_vnd
            == 0
        )

    def test_leaves_bills_after_it_was_found(self):
        cases = [([case], [replace(case, group="HOME")]) for case in months(2)]
        found_on = cases[-1][0][0].end - timedelta(days=1)

        done = rebilling.rebill(cases, BOOK, found_on=found_on, wrong_since=date(2026, 1, 1), months_back=12)

        assert [one.end for one in done.differences] == [date(2026, 3, 15)]
