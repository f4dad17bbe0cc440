from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from motcua.config import clock
from motcua.kernel.clock import FileClock
from motcua.sandbox import clock_control

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def settable(tmp_path, monkeypatch):
    path = tmp_path / "clock.json"
    monkeypatch.setattr(clock_control, "ENV", replace(clock_control.ENV, clock=str(path), production=False))
    monkeypatch.setattr(clock, "CLOCK", FileClock(path))
    return path


def post(client, content):
    return client.post("/sandbox/clock", orjson.dumps(content), content_type="application/json")


def test_sets_the_instant_for_every_process(hanoi, settable):
    answer = post(hanoi, {"at": "2026-11-23T09:00", "running": False})

    assert answer.status_code == 200
    assert FileClock(settable).now() == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    told = hanoi.get("/sandbox/clock").json()
    assert told == {"now": "2026-11-23T02:00:00+00:00", "settable": True}


@pytest.mark.parametrize(
    ("by", "span"),
    [
        ("1d2h30m", timedelta(days=1, hours=2, minutes=30)),
        ("45s", timedelta(seconds=45)),
        (3600, timedelta(hours=1)),
    ],
)
def test_lets_time_pass(hanoi, settable, by, span):
    post(hanoi, {"at": "2026-11-23T09:00+07:00", "running": False})
    post(hanoi, {"advance": by})
    assert FileClock(settable).now() == datetime(2026, 11, 23, 2, 0, tzinfo=UTC) + span


def test_goes_back_to_the_real_time(hanoi, settable):
    post(hanoi, {"at": "2030-01-01T00:00"})
    post(hanoi, {"real": True})
    assert not settable.exists()


@pytest.mark.parametrize(
    "told", [{}, {"at": "tomorrow"}, {"advance": "soon"}, {"advance": -5}, {"advance": "0"}]
)
def test_refuses_what_it_cannot_read(hanoi, settable, told):
    answer = post(hanoi, told)
    assert (answer.status_code, answer.json()["code"]) == (422, "CLOCK_UNREADABLE")
    assert not settable.exists()


def test_refuses_without_a_settable_clock(hanoi, monkeypatch, tmp_path):
    monkeypatch.setattr(clock_control, "ENV", replace(clock_control.ENV, clock=""))
    assert post(hanoi, {"at": "2026-11-23T09:00"}).status_code == 409
    monkeypatch.setattr(
        clock_control, "ENV", replace(clock_control.ENV, clock=str(tmp_path / "c"), production=True)
    )
    assert post(hanoi, {"at": "2026-11-23T09:00"}).status_code == 409


def test_a_form_comes_back_to_the_page(hanoi, settable):
    answer = hanoi.post("/sandbox/clock", {"advance": "1d"})
    assert (answer.status_code, answer.url) == (302, "/sandbox/")
