"""Clocks that stories can set."""

from datetime import UTC, datetime, timedelta

import pytest

from motcua.kernel import clock

AT = datetime(2018, 12, 3, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=5)


def near(left, right):
    return abs(left - right) < SECOND


class TestFileClock:
    def test_without_a_file_it_is_the_machine(self, tmp_path):
        assert near(clock.FileClock(tmp_path / "none").now(), clock.SystemClock().now())

    def test_goes_on_from_where_it_was_set_for_every_reader(self, tmp_path):
        here, there = clock.FileClock(tmp_path / "clock"), clock.FileClock(tmp_path / "clock")
        here.now()

        clock.set_file(tmp_path / "clock", at=AT)

        assert near(here.now(), AT)
        assert near(there.now(), AT)
        assert here.now() < here.now() or here.now() <= here.now()

    def test_stands_still_when_told(self, tmp_path):
        clock.set_file(tmp_path / "clock", at=AT, running=False)
        reader = clock.FileClock(tmp_path / "clock")

        assert reader.now() == reader.now() == AT

    def test_moves_on_running_or_standing(self, tmp_path):
        path = tmp_path / "folder" / "clock"
        clock.set_file(path, at=AT, running=False)
        assert clock.advance_file(path, timedelta(days=1)) == AT + timedelta(days=1)
        assert clock.FileClock(path).now() == AT + timedelta(days=1)

        clock.set_file(path, at=AT)
        clock.advance_file(path, timedelta(days=2))
        assert near(clock.FileClock(path).now(), AT + timedelta(days=2))

    def test_an_offset_and_back(self, tmp_path):
        reader = clock.FileClock(tmp_path / "clock")
        clock.set_file(tmp_path / "clock", offset=timedelta(days=3))
        assert near(reader.now(), clock.SystemClock().now() + timedelta(days=3))

        clock.set_file(tmp_path / "clock")
        assert near(reader.now(), clock.SystemClock().now())
        clock.set_file(tmp_path / "clock")

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", '{"fixed": 5}', '{"offset_seconds": "x"}', '{"offset_seconds": 1e99}']
    )
    def test_a_broken_file_is_the_machine(self, tmp_path, text):
        (tmp_path / "clock").write_text(text)

        assert near(clock.FileClock(tmp_path / "clock").now(), clock.SystemClock().now())

    def test_leaves_no_other_file_behind(self, tmp_path):
        clock.set_file(tmp_path / "clock", at=AT)

        assert [path.name for path in tmp_path.iterdir()] == ["clock"]

    def test_refuses_an_instant_without_a_zone(self, tmp_path):
        with pytest.raises(ValueError, match="zone"):
            clock.set_file(tmp_path / "clock", at=datetime(2026, 1, 1))
        with pytest.raises(ValueError, match="zone"):
            clock.FixedClock(datetime(2026, 1, 1))


def test_a_fixed_clock_moves_by_hand():
    hand = clock.FixedClock(AT)

    assert hand.now() == AT
    assert hand.advance(timedelta(hours=1)) == hand.now() == AT + timedelta(hours=1)
