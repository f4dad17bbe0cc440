"""A day of webhooks in small, as `python -m bench.webhooks` plays it in full: parts are killed, nothing is lost or doubled."""

import os
import random
import signal
import subprocess
import sys

import pytest
from bench import plan
from tests.database import ROOT
from tests.ops.processes import clean_environment

COUNT = int(os.environ.get("MOTCUA_WEBHOOK_COUNT", "150"))


@pytest.mark.slow
def test_the_same_threads_once_and_doubled_shuffled_with_every_part_killed():
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.webhooks", "--count", str(COUNT), "--modes", "once", "killed"],
        cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=1500)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    assert process.returncode == 0, said
    assert said.count("nothing lost, nothing twice, the same threads") == 2, said
    for part in ("worker", "edge", "backend", "database"):
        assert f"{part} 2" in said, said


class TestPlan:
    def events(self, count=400, seed=1):
        return plan.make(count, begins=0, ends=10_000_000, media="http://127.0.0.1/{door}", seed=seed)

    def test_is_the_same_every_time_and_each_event_later_than_the_one_before(self):
        events = self.events()

        assert events == self.events()
        assert events != self.events(seed=2)
        assert [event.at for event in events] == sorted({event.at for event in events})

    def test_has_every_kind_of_event_of_both(self):
        told = [one for event in self.events(2000) for one in event.told]

        assert len({one.get("event_name") for one in told} - {None}) == len(plan.ZALO)
        fields = {field for one in told for field in one} - {"sender", "recipient", "timestamp"}
        assert {
            "message",
            "message_edit",
            "postback",
            "reaction",
            "delivery",
            "read",
            "something_new",
        } <= fields
        assert any(one.get("message", {}).get("is_deleted") for one in told)

    def test_doubled_is_each_twice_and_shuffled_is_each_once_near_its_place(self):
        events = self.events()
        twice, mixed = plan.doubled(events, random.Random(1)), plan.shuffled(events, random.Random(1))

        assert sorted(event.number for event in twice) == sorted([*range(400), *range(400)])
        assert mixed != events
        assert all(abs(place - event.number) <= 41 for place, event in enumerate(mixed))
