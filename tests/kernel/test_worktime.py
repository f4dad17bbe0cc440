"""Deadlines by example, as a person would count them on a wall calendar."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from motcua.kernel import worktime
from motcua.kernel.worktime import Calendar, Day, Deadline, LineKind, Span, office_week

ZONE = worktime.ZONE


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def told(deadline):
    return [(line.date.isoformat()[5:], line.kind.value, line.name, line.nth) for line in deadline.lines]


class TestAddDays:
    def test_five_working_days_from_a_monday_end_on_the_next_monday(self, office):
        due = office.add_days(local("2026-11-02 09:15"), 5)

        assert due.at == local("2026-11-09 16:30")
        assert due.at.tzinfo is UTC
        assert told(due) == [
            ("11-02", "RECEIVED", "", None),
            ("11-03", "COUNTED", "", 1),
            ("11-04", "COUNTED", "", 2),
            ("11-05", "COUNTED", "", 3),
            ("11-06", "COUNTED", "", 4),
            ("11-07", "WEEKEND", "", None),
            ("11-08", "WEEKEND", "", None),
            ("11-09", "COUNTED", "", 5),
        ]

    def test_what_comes_after_closing_counts_from_the_next_working_day(self, office):
        due = office.add_days(local("2026-11-02 16:30"), 1)

        assert due.at == local("2026-11-04 16:30")
        assert told(due) == [
            ("11-02", "AFTER_HOURS", "", None),
            ("11-03", "RECEIVED", "", None),
            ("11-04", "COUNTED", "", 1),
        ]

    def test_the_lunch_break_and_the_early_morning_belong_to_the_day(self, office):
        assert office.add_days(local("2026-11-02 12:00"), 1).at == local("2026-11-03 16:30")
        assert office.add_days(local("2026-11-02 05:00"), 1).at == local("2026-11-03 16:30")

    def test_what_comes_on_a_sunday_is_received_on_monday(self, office):
        due = office.add_days(local("2026-11-01 10:00"), 2)

        assert due.at == local("2026-11-04 16:30")
        assert told(due)[:2] == [("11-01", "WEEKEND", "", None), ("11-02", "RECEIVED", "", None)]

    def test_the_working_saturday_of_april_2025_counts_and_the_friday_it_pays_for_does_not(self, office):
        due = office.add_days(local("2025-04-25 09:00"), 4)

        assert due.at == local("2025-05-05 16:30")
        assert told(due) == [
            ("04-25", "RECEIVED", "", None),
            ("04-26", "SWAPPED", "Làm bù cho 2/5", 1),
            ("04-27", "WEEKEND", "", None),
            ("04-28", "COUNTED", "", 2),
            ("04-29", "COUNTED", "", 3),
            ("04-30", "HOLIDAY", "Ngày Chiến thắng", None),
            ("05-01", "HOLIDAY", "Quốc tế Lao động", None),
            ("05-02", "HOLIDAY", "Nghỉ hoán đổi", None),
            ("05-03", "WEEKEND", "", None),
            ("05-04", "WEEKEND", "", None),
            ("05-05", "COUNTED", "", 4),
        ]

    def test_the_working_saturday_of_august_2026_counts(self, office):
        due = office.add_days(local("2026-08-20 09:00"), 2)

        assert due.at == local("2026-08-22 16:30")
        assert due.lines[-1].kind is LineKind.SWAPPED
        assert office.is_working_day(date(2026, 8, 22))
        assert not office.is_working_day(date(2026, 8, 29))

    def test_no_days_means_the_end_of_the_day_itself(self, office):
        assert office.add_days(local("2026-11-02 09:00"), 0).at == local("2026-11-02 16:30")
        assert office.add_days(local("2026-11-02 17:00"), 0).at == local("2026-11-03 16:30")

    def test_the_day_is_the_local_one_whatever_the_zone_of_the_instant(self, office):
        late_in_utc = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)  # Monday 06:30 in Vietnam

        assert office.add_days(late_in_utc, 1).at == local("2026-11-03 16:30")

    def test_refuses_an_instant_without_a_zone_and_a_step_back(self, office):
        with pytest.raises(ValueError, match="zone"):
            office.add_days(datetime(2026, 11, 2, 9), 1)
        with pytest.raises(ValueError, match="ahead"):
            office.add_days(local("2026-11-02 09:00"), -1)

    def test_refuses_a_calendar_in_which_nobody_works(self):
        never = Calendar(office_week(()))

        with pytest.raises(ValueError, match="nobody works"):
            never.add_days(local("2026-11-02 09:00"), 1)


class TestAddMinutes:
    def test_goes_round_the_lunch_break(self, office):
        due = office.add_minutes(local("2026-11-02 11:00"), 60)

        assert due.at == local("2026-11-02 13:30")
        assert [(line.kind, line.minutes) for line in due.lines] == [(LineKind.COUNTED, 60)]

    def test_ends_at_closing_rather_than_at_the_next_opening(self, office):
        assert office.add_minutes(local("2026-11-02 16:00"), 30).at == local("2026-11-02 16:30")
        assert office.add_minutes(local("2026-11-02 16:00"), 31).at == local("2026-11-03 07:31")

    def test_names_the_days_it_passes_over(self, office):
        due = office.add_minutes(local("2026-08-28 16:00"), 60)

        assert due.at == local("2026-09-03 08:00")
        assert [(line.date.day, line.kind.value, line.name, line.minutes) for line in due.lines] == [
            (28, "COUNTED", "", 30),
            (29, "WEEKEND", "", 0),
            (30, "WEEKEND", "", 0),
            (31, "HOLIDAY", "Nghỉ hoán đổi", 0),
            (1, "HOLIDAY", "Quốc khánh", 0),
            (2, "HOLIDAY", "Quốc khánh", 0),
            (3, "COUNTED", "", 30),
        ]

    def test_none_gives_the_next_working_instant(self, office):
        assert office.add_minutes(local("2026-11-02 12:00"), 0).at == local("2026-11-02 13:00")
        assert office.add_minutes(local("2026-11-02 09:00"), 0).at == local("2026-11-02 09:00")

    def test_after_closing_is_said(self, office):
        due = office.add_minutes(local("2026-11-02 18:00"), 10)

        assert [line.kind for line in due.lines] == [LineKind.AFTER_HOURS, LineKind.COUNTED]


class TestMinutesBetween:
    def test_counts_a_working_day_with_its_break(self, office):
        assert office.minutes_between(local("2026-11-02 00:00"), local("2026-11-03 00:00")) == 450

    def test_is_negative_backwards(self, office):
        assert office.minutes_between(local("2026-11-03 00:00"), local("2026-11-02 00:00")) == -450

    def test_is_nothing_over_a_holiday(self, office):
        assert office.minutes_between(local("2026-08-28 16:30"), local("2026-09-03 07:30")) == 0

    def test_spans_years(self, office):
        year = office.minutes_between(local("2025-01-01 00:00"), local("2026-01-01 00:00"))
        two = office.minutes_between(local("2025-01-01 00:00"), local("2027-01-01 00:00"))
        rest = office.minutes_between(local("2026-01-01 00:00"), local("2027-01-01 00:00"))

        assert year == (261 - 3 + 1) * 450
        assert two == year + rest


class TestDays:
    def test_next_working_day_skips_weekend_and_holidays(self, office):
        assert office.next_working_day(date(2026, 8, 28)) == date(2026, 9, 3)
        assert office.next_working_day(date(2026, 8, 21)) == date(2026, 8, 22)

    def test_counts_working_days_after_one_up_to_another(self, office):
        assert office.working_days_between(date(2026, 11, 2), date(2026, 11, 9)) == 5
        assert office.working_days_between(date(2026, 11, 9), date(2026, 11, 2)) == 0

    def test_opening_closing_and_being_open(self, office):
        assert office.opening(date(2026, 11, 2)) == local("2026-11-02 07:30")
        assert office.closing(date(2026, 11, 2)) == local("2026-11-02 16:30")
        assert office.is_open(local("2026-11-02 07:30"))
        assert not office.is_open(local("2026-11-02 11:30"))
        assert office.next_opening(local("2026-11-02 16:30")) == local("2026-11-03 07:30")
        with pytest.raises(ValueError, match="nobody works"):
            office.closing(date(2026, 11, 1))

    def test_a_day_may_have_hours_of_its_own(self):
        eve = Day(True, "Chiều 30 Tết nghỉ", ((time(7, 30), time(11, 30)),))
        calendar = Calendar(office_week(((time(8), time(17)),)), {date(2026, 2, 13): eve})

        assert calendar.closing(date(2026, 2, 13)) == local("2026-02-13 11:30")
        assert calendar.add_days(local("2026-02-13 12:00"), 1).at == local("2026-02-17 17:00")

    def test_a_crew_on_duty_round_the_clock(self):
        always = Calendar((((time(0), time(0)),),) * 7)

        assert always.add_minutes(local("2026-11-02 23:30"), 60).at == local("2026-11-03 00:30")
        assert always.minutes_between(local("2026-11-01 00:00"), local("2026-11-08 00:00")) == 7 * 1440
        assert always.spans_on(date(2026, 11, 2)) == ((time(0), time(0)),)

    @pytest.mark.parametrize(
        "spans",
        [
            ((time(8), time(8)),),
            ((time(9), time(8)),),
            ((time(8), time(12)), (time(11), time(17))),
            ((time(8), time(12)), (time(12), time(17))),
        ],
    )
    def test_refuses_spans_that_are_none(self, spans):
        with pytest.raises(ValueError, match="spans"):
            Calendar(office_week(spans))

    def test_refuses_a_week_of_six_days(self):
        with pytest.raises(ValueError, match="seven"):
            Calendar(office_week(())[:6])


class TestAfterPause:
    def test_gives_back_the_working_days_that_were_left(self, office):
        due = office.add_days(local("2026-11-02 09:00"), 5).at  # Monday the 9th

        moved = office.after_pause(due, local("2026-11-03 10:00"), local("2026-11-12 15:00"), "working_day")

        assert moved.at == local("2026-11-18 16:30")  # four days were left: 13, 16, 17, 18
        assert [line.nth for line in moved.lines if line.nth] == [1, 2, 3, 4]

    def test_a_pause_within_one_day_moves_nothing(self, office):
        due = office.add_days(local("2026-11-02 09:00"), 5).at

        assert (
            office.after_pause(due, local("2026-11-03 10:00"), local("2026-11-03 15:00"), "working_day").at
            == due
        )

    def test_a_pause_on_the_last_day_leaves_the_rest_of_the_day_of_return(self, office):
        due = local("2026-11-09 16:30")
        paused = local("2026-11-09 10:00")

        assert office.after_pause(due, paused, local("2026-11-11 09:00"), "working_day").at == local(
            "2026-11-11 16:30"
        )
        assert office.after_pause(due, paused, local("2026-11-11 18:00"), "working_day").at == local(
            "2026-11-12 16:30"
        )

    def test_what_is_late_already_stays_late(self, office):
        due = local("2026-11-09 16:30")

        assert (
            office.after_pause(due, local("2026-11-10 08:00"), local("2026-11-12 08:00"), "working_day").at
            == due
        )

    def test_working_hours_keep_their_minutes(self, office):
        due = office.add_minutes(local("2026-11-02 09:00"), 240).at

        moved = office.after_pause(due, local("2026-11-02 10:00"), local("2026-11-04 08:00"), "working_hour")

        assert office.minutes_between(local("2026-11-04 08:00"), moved.at) == 180

    def test_plain_hours_move_by_the_clock(self, office):
        due = local("2026-11-02 12:00")

        moved = office.after_pause(due, local("2026-11-02 10:00"), local("2026-11-02 11:00"), "hour")

        assert moved.at == local("2026-11-02 13:00")


class TestSpan:
    @pytest.mark.parametrize(
        ("text", "amount", "unit"),
        [
            ("5 working days", 5, "working_day"),
            ("1 working day", 1, "working_day"),
            ("2 working hours", 2, "working_hour"),
            ("15 days", 15, "day"),
            ("24 hours", 24, "hour"),
            ("30 minutes", 30, "minute"),
            ("  7 Working_Days ", 7, "working_day"),
        ],
    )
    def test_reads_what_declarations_write(self, text, amount, unit):
        assert Span.parse(text) == Span(amount, unit)

    @pytest.mark.parametrize("text", ["", "five days", "5", "5 weeks", "-1 days", "5.5 hours", "days 5"])
    def test_refuses_anything_else_with_an_example(self, text):
        with pytest.raises(ValueError, match="5 working days"):
            Span.parse(text)

    @pytest.mark.parametrize("text", ["5 working days", "1 day", "2 working hours", "1 hour", "30 minutes"])
    def test_writes_what_it_reads(self, text):
        assert str(Span.parse(text)) == text

    @pytest.mark.parametrize(
        ("text", "due"),
        [
            ("1 working day", "2026-11-03 16:30"),
            ("2 working hours", "2026-11-02 11:00"),
            ("15 days", "2026-11-17 23:59"),
            ("24 hours", "2026-11-03 09:00"),
            ("30 minutes", "2026-11-02 09:30"),
        ],
    )
    def test_is_added_by_its_own_unit(self, office, text, due):
        assert office.add(local("2026-11-02 09:00"), Span.parse(text)).at == local(due)


def test_a_deadline_survives_json(office):
    due = office.add_days(local("2025-04-25 09:00"), 4)

    assert Deadline.from_json(json.loads(json.dumps(due.as_json()))) == due


def test_the_fixed_offset_agrees_with_the_zone_database():
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    at = datetime(1976, 1, 1, tzinfo=UTC)
    while at.year < 2060:
        assert at.astimezone(zone).replace(tzinfo=None) == at.astimezone(ZONE).replace(tzinfo=None)
        at += timedelta(days=13, hours=5)
