"""Working-time sums against a clock that is walked second by second, and against an independent library."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import workclock
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from motcua.kernel.worktime import ZONE, Calendar, Day, Line, LineKind, office_week

FIRST, LAST = date(2024, 12, 1), date(2027, 3, 1)
MINUTE = timedelta(minutes=1)


def times():
    return st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@st.composite
def day_spans(draw):
    marks = sorted(draw(st.lists(times(), unique=True, min_size=2, max_size=4)))
    return tuple(zip(marks[::2], marks[1::2], strict=False))


@st.composite
def calendars(draw):
    """Any week with working time in it, with holidays, closures, swapped days and days with other hours."""
    usual = draw(day_spans())
    spans = tuple(draw(st.sampled_from([usual, usual, (), draw(day_spans())])) for _ in range(7))
    assume(any(spans))
    some_day = st.dates(date(2026, 1, 1), date(2026, 3, 31))
    special = st.builds(Day, st.booleans(), st.sampled_from(["", "Tết", "Làm bù"]), st.none() | day_spans())
    return Calendar(spans, draw(st.dictionaries(some_day, special, max_size=12)))


def instants(seconds=True):
    whole = st.integers(0, 75 * 1440 * (60 if seconds else 1))
    start = datetime(2026, 1, 3, tzinfo=ZONE)
    return whole.map(lambda n: start + (timedelta(seconds=n) if seconds else n * MINUTE))


def open_at(calendar, at):
    """The plain meaning: what a doorman would say."""
    there = at.astimezone(ZONE)
    special = calendar.days.get(there.date())
    spans = calendar.spans[there.weekday()]
    if special:
        if not special.is_working:
            return False
        spans = special.spans or spans or next(filter(None, calendar.spans))
    return any(start <= there.time() < end for start, end in spans)


def works_on(calendar, day):
    midnight = datetime.combine(day, time(), ZONE)
    return any(open_at(calendar, midnight + n * 15 * MINUTE) for n in range(96))


class TestAgainstTheDoorman:
    @given(calendars(), instants(seconds=False), st.integers(0, 6000))
    @settings(max_examples=35, deadline=None)
    def test_minutes_between_is_the_number_of_open_minutes(self, calendar, start, distance):
        end = start + distance * MINUTE

        counted = sum(open_at(calendar, start + n * MINUTE) for n in range(distance))

        assert calendar.minutes_between(start, end) == counted

    @given(calendars(), instants(seconds=False), st.integers(1, 900))
    @settings(max_examples=35, deadline=None)
    def test_add_minutes_stops_when_the_last_open_minute_has_passed(self, calendar, start, minutes):
        at, left = start, minutes
        for _ in range(60 * 1440):
            if not left:
                break
            left -= open_at(calendar, at)
            at += MINUTE
        assume(not left)

        assert calendar.add_minutes(start, minutes).at == at

    @given(calendars(), instants(), st.integers(0, 12))
    @settings(max_examples=40, deadline=None)
    def test_add_days_ends_with_the_last_open_moment_of_the_nth_working_day(self, calendar, start, days):
        day = start.astimezone(ZONE).date()
        rest_of_day = (
            start + timedelta(seconds=n)
            for n in range(0, 86400 - (start - datetime.combine(day, time(), ZONE)).seconds, 60)
        )
        if not any(open_at(calendar, at) for at in rest_of_day):
            day += timedelta(days=1)
            while not works_on(calendar, day):
                day += timedelta(days=1)
        for _ in range(days):
            day += timedelta(days=1)
            while not works_on(calendar, day):
                day += timedelta(days=1)

        due = calendar.add_days(start, days).at

        assert (due - MINUTE).astimezone(ZONE).date() == day
        assert open_at(calendar, due - MINUTE)
        assert not any(
            open_at(calendar, due + n * MINUTE)
            for n in range(1440)
            if (due + n * MINUTE).astimezone(ZONE).date() == day
        )


class TestAgainstWorkclock:
    """It knows no swapped Saturday: there every Saturday is worked, and all but the swapped are holidays."""

    SPANS = ((time(7, 30), time(11, 30)), (time(13), time(16, 30)))
    HOLIDAYS = (
        *(date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2)),
        *(date(2026, 2, 16) + timedelta(n) for n in range(5)),
        *(date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2), date(2026, 11, 24)),
    )
    SWAPPED = (date(2025, 4, 26), date(2026, 8, 22))

    @pytest.fixture(scope="class")
    def ours(self):
        days = {day: Day(False, "Nghỉ") for day in self.HOLIDAYS}
        return Calendar(office_week(self.SPANS), days | {day: Day(True, "Làm bù") for day in self.SWAPPED})

    @pytest.fixture(scope="class")
    def theirs(self):
        all_days = (FIRST + timedelta(n) for n in range((LAST - FIRST).days))
        free = {day for day in all_days if day.weekday() == 5} - set(self.SWAPPED) | set(self.HOLIDAYS)
        return workclock.Schedule(
            [
                workclock.WorkDay(time(7, 30), time(16, 30), days=range(6)),
                workclock.Break(time(11, 30), time(13), days=range(6)),
                workclock.Holidays(free),
            ],
            time_zone="Asia/Ho_Chi_Minh",
        )

    WHEN = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)).map(
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    )

    @given(WHEN, WHEN)
    @settings(max_examples=400, deadline=None)
    def test_between(self, ours, theirs, start, end):
        seconds = theirs.between(min(start, end), max(start, end)).total_seconds()

        assert ours.minutes_between(min(start, end), max(start, end)) == int(seconds // 60)
        assert ours.minutes_between(max(start, end), min(start, end)) == -int(seconds // 60)

    @given(WHEN, st.integers(1, 5000))
    @settings(max_examples=400, deadline=None)
    def test_add(self, ours, theirs, start, minutes):
        due = ours.add_minutes(start, minutes).at
        expected = theirs.add(start, timedelta(minutes=minutes))

        # Where both the end of a span and the next opening would do, ours is the earlier.
        assert due == expected or (
            due < expected
            and theirs.between(due, expected) == timedelta(0)
            and ours.next_opening(due) == expected
        )

    @given(WHEN)
    @settings(max_examples=200, deadline=None)
    def test_next_opening(self, ours, theirs, start):
        opens, _ = theirs.next_period(start)

        assert ours.next_opening(start) == opens


class TestLaws:
    @given(calendars(), instants(), st.integers(0, 2000))
    @settings(max_examples=40, deadline=None)
    def test_what_is_added_is_what_lies_between(self, calendar, start, minutes):
        due = calendar.add_minutes(start, minutes)

        assert calendar.minutes_between(start, due.at) == minutes
        assert sum(line.minutes for line in due.lines) == minutes

    @given(calendars(), instants(), instants(), instants())
    @settings(max_examples=40, deadline=None)
    def test_whole_minutes_add_up_along_the_way(self, calendar, a, b, c):
        parts = calendar.minutes_between(a, b) + calendar.minutes_between(b, c)

        assert abs(parts - calendar.minutes_between(a, c)) <= 1

    @given(calendars(), instants(), instants(), st.integers(0, 10))
    @settings(max_examples=40, deadline=None)
    def test_who_comes_later_is_served_no_sooner(self, calendar, a, b, days):
        first, second = sorted((a, b))

        assert calendar.add_days(first, days).at <= calendar.add_days(second, days).at
        assert calendar.add_minutes(first, days * 60).at <= calendar.add_minutes(second, days * 60).at

    @given(calendars(), instants(), st.integers(1, 10))
    @settings(max_examples=40, deadline=None)
    def test_the_explanation_has_every_day_once_and_counts_to_n(self, calendar, start, days):
        due = calendar.add_days(start, days)

        dates = [line.date for line in due.lines]
        assert dates == [dates[0] + timedelta(n) for n in range(len(dates))]
        assert dates[0] == start.astimezone(ZONE).date()
        assert [line.nth for line in due.lines if line.nth] == list(range(1, days + 1))
        assert {line.of for line in due.lines if line.nth} == {days}
        assert [line.kind for line in due.lines].count(LineKind.RECEIVED) == 1
        assert due.lines[-1].nth == days
        for line in due.lines:
            free = line.kind in (LineKind.WEEKEND, LineKind.HOLIDAY)
            assert free is not works_on(calendar, line.date)

    @given(
        calendars(),
        instants(),
        st.integers(0, 9),
        st.integers(0, 20_000),
        st.integers(0, 20_000),
        st.sampled_from(["working_day", "working_hour", "hour"]),
    )
    @settings(max_examples=50, deadline=None)
    def test_a_pause_never_shortens_and_a_longer_one_never_helps_less(
        self, calendar, start, days, wait, more, unit
    ):
        due = calendar.add_days(start, days).at
        paused = start + timedelta(minutes=wait % 3000)

        short = calendar.after_pause(due, paused, paused + timedelta(minutes=wait), unit).at
        long = calendar.after_pause(due, paused, paused + timedelta(minutes=wait + more), unit).at

        assert due <= short <= long

    @given(calendars(), instants(), st.integers(0, 10))
    @settings(max_examples=20, deadline=None)
    def test_lines_survive_json(self, calendar, start, days):
        for line in calendar.add_days(start, days).lines:
            assert Line.from_json(line.as_json()) == line
