"""Parts are killed in the middle of many stories, answers are lost: nothing that was acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from tests.free_ports import free_house
from tests.ops.conftest import copy_into
from tests.ops.processes import clean_environment
from tests.ops.processes import until as wait_until

from motcua.ops import embedded
from motcua.ops.sign_ins import DEMO_PASSWORD
from motcua.ops.story.browser import Browser
from motcua.ops.story.play import Play

COUNT = int(os.environ.get("MOTCUA_KILL_COUNT", "12"))  # 200 takes a quarter of an hour: make kills
START_SECONDS = 400
STORY_SECONDS = 2400
# The demonstration has requests of its own: stops and reconnections for debt.
THEIRS = "requests_request WHERE service_code = 'NEW-LV-RES'"

pytestmark = pytest.mark.slow


@pytest.fixture
def server(demonstration, home, tmp_path):
    """`motcua up` in a demonstration's home of its own, ready; its process and port."""
    copy_into(home, demonstration)
    home, port = home.path, free_house()
    environment = clean_environment(MOTCUA_HOME=str(home), PYTHONUNBUFFERED="1")
    log = (tmp_path / "up.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "motcua.ops.main", "up", "--port", str(port)],
        env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + START_SECONDS
        while "\nReady" not in (said := (tmp_path / "up.log").read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.5)
        yield process, port, home, environment
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(120)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def victims(supervisor: psutil.Process, home: Path) -> dict[str, list[psutil.Process]]:
    """The parts that may be killed, by name."""
    found: dict[str, list[psutil.Process]] = {"pages": [], "edge": [], "worker": [], "database": []}
    for process in supervisor.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            if "wsgi" in words:
                found["pages"].append(process)
            elif "motcua.ops.machines" in words:  # a demonstration's edge, the stand-ins beside it
                found["edge"].append(process)
            elif "worker" in words:
                found["worker"].append(process)
    postmaster = embedded.find_running(home)
    if postmaster is not None:
        found["database"] = [postmaster, *postmaster.children()]
    return found


def kill_one(supervisor: psutil.Process, home: Path, name: str, dice: random.Random) -> bool:
    """kill -9 on a process of the part; for the database on its postmaster or a back-end of it."""
    listed = victims(supervisor, home)[name]
    if not listed:
        return False
    with contextlib.suppress(psutil.Error):
        dice.choice(listed).kill()
        return True
    return False


def ask(home: Path, environment: dict[str, str], statement: str) -> int:
    """A number counted in the Hanoi company's schema by the database's owner."""
    owner = embedded.start(home)  # adopts the running server
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(owner.owner_url) as connection:
                connection.execute("SET search_path TO hanoi, public")
                row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
                assert row is not None
                return int(row[0])
        except psycopg.OperationalError:  # killed at the very last, it is still coming back
            assert time.monotonic() < until
            time.sleep(0.5)


def is_well(port: int) -> bool:
    """Whether the part that was killed last is there again too."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (OSError, ValueError):
        return False


def test_many_stories_survive_the_killing_of_every_part(server, tmp_path):
    process, port, home, environment = server
    supervisor = psutil.Process(process.pid)
    dice = random.Random(20181012)
    story_log = (tmp_path / "story.log").open("w+")
    story = subprocess.Popen(
        [sys.executable, "-m", "motcua.ops.main", "story", "--port", str(port), "--count", str(COUNT), "--first", "0", "--patient"],
        env=environment, stdout=story_log, stderr=subprocess.STDOUT,
    )  # fmt: skip

    kills: dict[str, int] = {}
    until = time.monotonic() + STORY_SECONDS
    order = ["worker", "database", "pages", "edge", "pages", "worker"]
    while story.poll() is None:
        assert time.monotonic() < until, (tmp_path / "story.log").read_text()
        time.sleep(max(6.0, COUNT / 6))
        name = order[sum(kills.values()) % len(order)]
        if story.poll() is None and sum(kills.values()) < 12 and kill_one(supervisor, home, name, dice):
            kills[name] = kills.get(name, 0) + 1

    said = (tmp_path / "story.log").read_text()
    assert story.returncode == 0, said
    wait_until(lambda: is_well(port))
    assert {"worker", "pages", "edge", "database"} <= set(kills), f"too quick to be killed: {kills}\n{said}"
    assert ask(home, environment, f"SELECT count(*) FROM {THEIRS}") == COUNT
    assert (
        ask(
            home,
            environment,
            f"SELECT count(*) FROM {THEIRS} AND state = 'SETTLED' AND rating IS NOT NULL",
        )
        == COUNT
    )
    assert ask(home, environment, "SELECT count(*) FROM ledger_charge WHERE kind = 'CM'") == COUNT
    assert (
        ask(home, environment, "SELECT count(*) FROM ledger_charge WHERE kind = 'CM' AND status = 'PAID'")
        == COUNT
    )
    assert ask(home, environment, f"SELECT count(DISTINCT account_code) FROM {THEIRS}") == COUNT
    assert (
        ask(
            home,
            environment,
            f"SELECT count(*) FROM supply_contract WHERE account_code IN (SELECT account_code FROM {THEIRS})",
        )
        == COUNT
    )
    assert (
        ask(
            home,
            environment,
            "SELECT count(*) - count(DISTINCT (request_id, kind)) FROM fieldwork_visit WHERE status = 'DONE'",
        )
        == 0
    )
    check = subprocess.run(
        [sys.executable, "-m", "motcua.ops.main", "check", "--ledger"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ledger" in check.stdout.lower()
    assert check.returncode == 0, check.stdout + check.stderr


class Forgetful(Browser):
    """Hears no first answer to any act, and so sends it again with the cookies it had: a lost line, a second press."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.lost: list[str] = []

    def _patiently(
        self, method: str, target: str, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> httpx.Response:
        # A code proves once: who hears no answer to it asks for another one.
        is_proof_again = target.endswith("/nhap-ma/") and target in self.lost
        if method == "POST" and not is_proof_again:
            super()._patiently(method, target, headers, more)
            self.lost.append(target)
        return super()._patiently(method, target, headers, more)


class ForgetfulPlay(Play):
    def _browser(self) -> Browser:
        return Forgetful(host=self.host, port=self.port, retry=True)


def test_every_act_of_the_story_may_be_sent_twice(server):
    _process, port, home, environment = server
    told: list[str] = []
    play = ForgetfulPlay(
        host="hanoi.localhost", port=port, count=2, password=DEMO_PASSWORD, patient=True, say=told.append
    )
    try:
        play.run()
    finally:
        play.close()

    assert [story.failure for story in play.stories] == ["", ""], told
    assert ask(home, environment, f"SELECT count(*) FROM {THEIRS}") == 2
    for counted in (
        f"SELECT count(*) FROM {THEIRS} AND state = 'SETTLED' AND rating IS NOT NULL",
        f"SELECT count(*) FROM supply_contract WHERE account_code IN (SELECT account_code FROM {THEIRS})",
        "SELECT count(*) FROM ledger_charge WHERE kind = 'CM' AND status = 'PAID'",
    ):
        assert ask(home, environment, counted) == 2, counted
    visits = f"SELECT count(*) FROM fieldwork_visit WHERE request_id IN (SELECT id FROM {THEIRS})"
    assert ask(home, environment, visits) == 4  # each signed at one and was lit at another
