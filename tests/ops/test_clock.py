"""`motcua clock`: set, advance, back; refused in production."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from motcua.kernel.clock import FileClock
from motcua.ops import clock, main
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble


@pytest.fixture(autouse=True)
def _no_clock_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOTCUA_CLOCK", raising=False)
    monkeypatch.delenv("MOTCUA_PRODUCTION", raising=False)
    monkeypatch.setenv("MOTCUA_HOME", "unused")


class TestClock:
    def test_set_and_advance_move_every_process_that_follows_the_file(self, home: Home) -> None:
        follower = FileClock(home.clock_file)

        assert main.main(["--home", str(home.path), "clock", "set", "2026-11-23T08:30"]) == 0
        set_to = follower.now()
        assert main.main(["--home", str(home.path), "clock", "advance", "1d2h"]) == 0

        assert abs(set_to - datetime(2026, 11, 23, 1, 30, tzinfo=UTC)) < timedelta(minutes=5)
        assert abs(follower.now() - set_to - timedelta(hours=26)) < timedelta(minutes=5)

    def test_real_goes_back(self, home: Home) -> None:
        main.main(["--home", str(home.path), "clock", "advance", "400d"])
        main.main(["--home", str(home.path), "clock", "real"])

        assert not home.clock_file.exists()

    def test_is_refused_in_production(
        self, home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("MOTCUA_PRODUCTION", "1")

        assert main.main(["--home", str(home.path), "clock", "advance", "1d"]) == Exit.SETTINGS
        assert "refused in production" in capsys.readouterr().err
        assert not home.clock_file.exists()

    @pytest.mark.parametrize("text", ["", "1", "d", "1 d", "-1d", "1w"])
    def test_refuses_what_is_no_span(self, text: str) -> None:
        with pytest.raises(Trouble):
            clock.span(text)

    def test_refuses_what_is_no_instant(self) -> None:
        with pytest.raises(Trouble):
            clock.instant("tomorrow")
