"""Windows, targets and values, without a database."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.reports import definitions, rules
from motcua.reports.definitions import BY_CODE, FIGURES, MEASURES
from motcua.reports.rules import Window
from motcua.requests.rules import APPLY

FIRST = date(2018, 1, 1)
DAYS = st.integers(0, 760).map(lambda n: FIRST + timedelta(n))


class TestWindow:
    @given(DAYS, DAYS)
    def test_its_spans_hold_each_of_its_days_once_and_no_other(self, one, other):
        window = Window(min(one, other), max(one, other))
        held: Counter[date] = Counter()
        for span in rules.spans_of(window):
            for n in range(span.window.days):
                held[span.window.start + timedelta(n)] += span.sign

        assert {day for day, times in held.items() if times} == {
            window.start + timedelta(n) for n in range(window.days)
        }
        assert set(held.values()) <= {0, 1}

    @given(DAYS, DAYS)
    def test_reads_no_more_than_half_a_month_by_day_at_either_end(self, one, other):
        spans = rules.spans_of(Window(min(one, other), max(one, other)))

        assert sum(span.window.days for span in spans if span.by_day) <= 32
        assert all(span.by_day or (span.window.start.day, span.window.end.day) == (1, 1) for span in spans)

    def test_a_month_and_a_year_so_far(self):
        assert Window.month(date(2018, 12, 9)) == Window(date(2018, 12, 1), date(2019, 1, 1))
        assert Window.year_to_date(date(2018, 3, 9)) == Window(date(2018, 1, 1), date(2018, 4, 1))


class TestDefinitions:
    def test_each_names_known_measures_and_events(self):
        known = set(rules.MEASURES) | {"received_indirect", "received_direct", "received_unknown"}
        assert set(MEASURES) == known
        for figure in FIGURES:
            assert figure.numerator in known
            assert figure.denominator in known | {""}
            assert figure.cases in known
            assert set(figure.events) <= set(APPLY), figure.code

    def test_the_share_of_nothing_is_nothing(self):
        assert definitions.value_of(BY_CODE["INDIRECT"], {"received": 0}) is None

    def test_the_figures_of_the_article_are_shares_with_a_denominator(self):
        """82.3 % indirect, about 17 % direct of all received in 2018; in Ho Chi Minh City 98 % of those settled fully online."""
        received = {
            "received": 9_600_000,
            "received_indirect": 7_900_800,
            "received_direct": 1_632_000,
            "received_unknown": 67_200,
        }
        settled = {"settled": 1_600_000, "fully_online": 1_568_000}

        assert definitions.value_of(BY_CODE["INDIRECT"], received) == pytest.approx(82.3)
        assert definitions.value_of(BY_CODE["DIRECT"], received) == pytest.approx(17.0)
        assert definitions.value_of(BY_CODE["RECEPTION_UNKNOWN"], received) == pytest.approx(0.7)
        assert definitions.value_of(BY_CODE["FULLY_ONLINE"], settled) == pytest.approx(98.0)

    def test_what_is_late_is_charged_to_one_party_or_to_none_yet(self):
        """The four shares have one denominator and make up the whole of it; each opens its own cases."""
        late = [figure for figure in FIGURES if figure.denominator == "late"]
        sums = {"settled": 50, "on_time": 40, "late": 10, "late_company": 4, "late_customer": 3, "late_third_party": 2, "late_unexplained": 1}  # fmt: skip

        assert [definitions.value_of(figure, sums) for figure in late] == [40, 30, 20, 10]
        assert [figure.cases for figure in late] == list(rules.CHARGED_TO.values())
        assert BY_CODE["ON_TIME"].cases == "settled"

    def test_the_rule_of_level_4_changed_its_ground_in_2022(self):
        figure = BY_CODE["FULLY_ONLINE"]

        assert "43/2011" in figure.rule_on(date(2018, 12, 31)).source
        assert "42/2022" in figure.rule_on(date(2022, 8, 15)).source


class TestStanding:
    DAY = date(2018, 10, 1)

    def days(self, *sums: tuple[int, int]):
        return [(self.DAY + timedelta(n), {"settled": s, "on_time": t}) for n, (s, t) in enumerate(sums)]

    def test_was_reached_on_the_day_after_which_it_never_fell_short_again(self):
        found = rules.standing(
            BY_CODE["ON_TIME"],
            90,
            date(2018, 10, 10),
            self.days((10, 10), (10, 5), (80, 80)),
            date(2018, 10, 31),
        )

        assert found == rules.Standing(True, date(2018, 10, 3), 7)  # seven days early

    def test_one_that_is_not_reached_tells_the_days_left_or_gone_by(self):
        late = rules.standing(
            BY_CODE["ON_TIME"], 99, date(2018, 10, 10), self.days((10, 5)), date(2018, 10, 14)
        )
        soon = rules.standing(
            BY_CODE["ON_TIME"], 99, date(2018, 10, 10), self.days((10, 5)), date(2018, 10, 2)
        )

        assert late == rules.Standing(False, None, -4)
        assert soon == rules.Standing(False, None, 8)

    def test_without_a_date_there_are_no_days(self):
        assert rules.standing(BY_CODE["ON_TIME"], 50, None, self.days((10, 5)), self.DAY).days is None

    def test_fewer_is_better_where_fewer_is_better(self):
        sums = [(self.DAY, {"settled": 10, "trips": 1})]

        assert rules.standing(BY_CODE["TRIPS"], 0.2, None, sums, self.DAY).is_met
        assert not rules.standing(BY_CODE["TRIPS"], 0.05, None, sums, self.DAY).is_met

    def test_a_count_adds_up(self):
        sums = [(self.DAY + timedelta(n), {"received": 40}) for n in range(5)]

        assert rules.standing(
            BY_CODE["RECEIVED"], 100, self.DAY, sums, self.DAY + timedelta(9)
        ) == rules.Standing(True, self.DAY + timedelta(2), -2)
