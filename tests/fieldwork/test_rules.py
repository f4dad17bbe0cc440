"""Windows, urgency, and the order a crew goes in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.fieldwork import rules
from motcua.fieldwork.states import Half, VisitKind
from motcua.kernel.worktime import Calendar, Day, office_week

SPANS = ((time(8), time(12)), (time(13, 30), time(17)))
CALENDAR = Calendar(office_week(SPANS), {date(2026, 11, 24): Day(False, "Ngày Văn hóa")})
MONDAY_9 = datetime(2026, 11, 16, 2, tzinfo=UTC)


class TestWindows:
    def test_are_the_halves_of_a_working_day(self) -> None:
        am, pm = rules.windows_of(CALENDAR, date(2026, 11, 17))

        assert (am.code, pm.code) == ("2026-11-17:AM", "2026-11-17:PM")
        assert (am.start, am.end) == (
            datetime(2026, 11, 17, 1, tzinfo=UTC),
            datetime(2026, 11, 17, 5, tzinfo=UTC),
        )
        assert (pm.start, pm.end) == (
            datetime(2026, 11, 17, 6, 30, tzinfo=UTC),
            datetime(2026, 11, 17, 10, tzinfo=UTC),
        )

    def test_do_not_exist_on_a_free_day(self) -> None:
        assert rules.windows_of(CALENDAR, date(2026, 11, 22)) == []
        assert rules.windows_of(CALENDAR, date(2026, 11, 24)) == []

    def test_split_hours_without_a_break_at_noon(self) -> None:
        through = Calendar(office_week(((time(7), time(19)),)))

        assert [(w.half, w.start.hour + 7, w.end.hour + 7) for w in rules.windows_of(through, date(2026, 11, 17))] == [
            (Half.AM, 7, 12), (Half.PM, 12, 19),
        ]  # fmt: skip

    def test_begin_an_hour_from_now_and_skip_free_days(self) -> None:
        found = rules.list_windows(CALENDAR, MONDAY_9, days=6)

        assert found[0].code == "2026-11-16:PM"
        assert [w.date.day for w in found if w.half is Half.AM] == [17, 18, 19, 20, 23, 25]

    @pytest.mark.parametrize("code", ["", "x", "2026-11-17", "2026-11-17:XX", "2026-13-01:AM"])
    def test_a_code_that_is_none_is_none(self, code: str) -> None:
        assert rules.parse_window(code) is None

    def test_urgent_is_now_until_the_end_of_the_half(self) -> None:
        window = rules.urgent_window(CALENDAR, MONDAY_9)

        assert (window.start, window.end) == (MONDAY_9, datetime(2026, 11, 16, 5, tzinfo=UTC))

    @pytest.mark.parametrize("hours", [20, 40, 130])
    def test_urgent_at_night_is_two_hours(self, hours: int) -> None:
        at = MONDAY_9 + timedelta(hours=hours, minutes=-10)
        window = rules.urgent_window(CALENDAR, at)

        assert window.start == at
        assert window.end - at >= timedelta(hours=2)


STOPS = st.lists(
    st.builds(
        rules.Stop,
        id=st.uuids().map(str),
        kind=st.sampled_from(VisitKind),
        half=st.sampled_from(Half),
        lat=st.one_of(st.none(), st.floats(20, 22)),
        lon=st.floats(105, 107),
    ),
    max_size=30,
    unique_by=lambda stop: stop.id,
)
TEAMS = st.lists(
    st.builds(rules.Team, code=st.sampled_from(["A", "B", "C", "D"]), visits_per_half=st.integers(1, 9)),
    min_size=1, max_size=4, unique_by=lambda team: team.code,
)  # fmt: skip


class TestPlan:
    @given(STOPS, TEAMS)
    def test_every_visit_once_in_a_numbered_row(
        self, stops: list[rules.Stop], teams: list[rules.Team]
    ) -> None:
        planned = rules.plan(stops, teams)

        assert sorted(p.stop_id for p in planned) == sorted(stop.id for stop in stops)
        half_of = {stop.id: stop.half for stop in stops}
        for team in teams:
            for half in Half:
                own = [p.position for p in planned if p.team_code == team.code and half_of[p.stop_id] is half]
                assert own == list(range(1, len(own) + 1))

    @given(STOPS, TEAMS)
    def test_nobody_is_overloaded_while_another_has_room(
        self, stops: list[rules.Stop], teams: list[rules.Team]
    ) -> None:
        planned = rules.plan(stops, teams)
        half_of = {stop.id: stop.half for stop in stops}

        for half in Half:
            count = {
                t.code: sum(p.team_code == t.code and half_of[p.stop_id] is half for p in planned)
                for t in teams
            }
            if any(count[t.code] > t.visits_per_half for t in teams):
                assert all(count[t.code] >= t.visits_per_half for t in teams)

    @given(STOPS, TEAMS)
    def test_is_the_same_whatever_the_order_of_the_rows(
        self, stops: list[rules.Stop], teams: list[rules.Team]
    ) -> None:
        assert rules.plan(stops, teams) == rules.plan(stops[::-1], teams[::-1])

    def test_goes_to_the_nearest_next(self) -> None:
        stops = [
            rules.Stop(name, VisitKind.SIGN, Half.AM, lat, 105.8)
            for name, lat in [("far", 21.30), ("near", 21.02), ("middle", 21.10)]
        ]

        planned = rules.plan(stops, [rules.Team("T", 8, 21.0, 105.8)])

        assert [p.stop_id for p in planned] == ["near", "middle", "far"]

    def test_no_crew_no_plan(self) -> None:
        assert rules.plan([rules.Stop("a", VisitKind.SIGN, Half.AM, None, None)], []) == []

    def test_distance_is_the_great_circle(self) -> None:
        assert rules.distance_km(21.0285, 105.8542, 10.7769, 106.7009) == pytest.approx(1144, abs=3)
        assert rules.travel_minutes(10) == pytest.approx(44)
