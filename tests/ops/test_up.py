"""`motcua up` as its users meet it: refusals in a sentence, recovery from kills, a stop that leaves
nothing.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tests.free_ports import free_house
from tests.ops.conftest import stop_database
from tests.ops.processes import Up, left_running, motcua, name_of, postmaster_of, until

from motcua.ops.home import Home
from motcua.ops.trouble import Exit

pytestmark = pytest.mark.slow
Begin = Callable[..., Up]
STOPS_WITHIN = 30  # five on a machine with nothing else to do: who would not go is ended after three


@pytest.fixture
def begin(demonstration: Home) -> Iterator[Begin]:
    """Start on the home of the demonstration and wait until it is ready."""
    running: list[Up] = []

    def start(**how: object) -> Up:
        up = Up.begin(demonstration, **how)  # type: ignore[arg-type]
        running.append(up)
        return up.wait_until_ready()

    yield start
    for up in running:
        up.end()
    stop_database(demonstration)  # a start that was killed leaves it running for the next


def refused(code: Exit, done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr


def is_well(up: Up) -> bool:
    """Whether all parts are there and say that all is well."""
    return (
        all(up.has(name) for name in ("pages", "edge", "worker"))
        and up.answers()
        and up.health()["status"] == "ok"
    )


class TestRunning:
    """One start for all: whatever is killed here is there again afterwards."""

    @pytest.fixture(scope="class")
    def started(self, demonstration: Home) -> Iterator[Up]:
        up = Up.begin(demonstration)
        try:
            yield up.wait_until_ready()
        finally:
            up.end()

    @pytest.fixture
    def up(self, started: Up) -> Up:
        until(lambda: is_well(started), what=lambda: started.output)
        return started

    def test_a_second_start_migrates_nothing_and_answers_on_all_hosts(self, up: Up) -> None:
        assert "migrating" not in up.output
        assert up.health()["status"] == "ok"
        for host in (
            "localhost",
            "npc.localhost",
            "hanoi.localhost",
            "cpc.localhost",
            "spc.localhost",
            "hcmc.localhost",
        ):
            assert f"http://{host}:{up.port}" in up.output
            status, _ = up.get("/", host)
            assert status == 200, host

    def test_prints_who_can_sign_in_where(self, up: Up) -> None:
        assert f"http://hanoi.localhost:{up.port}/nhan-vien/" in up.output
        assert "password" in up.output

    def test_counts_what_it_answers(self, up: Up) -> None:
        up.get("/", "hanoi.localhost")

        _, metrics = up.get("/metrics")

        assert b"motcua_database_up 1.0" in metrics
        assert b'motcua_queue_oldest_seconds{company="HANOI",queue="inbox"} 0.0' in metrics
        assert b"motcua_request_seconds_count" in metrics

    def test_check_finds_nothing_that_fails(self, up: Up) -> None:
        done = motcua(up.home, "check", "--json")

        failing = [finding for finding in json.loads(done.stdout) if finding["verdict"] == "fail"]
        assert failing == []
        assert done.returncode == 0

    def test_a_second_start_on_the_same_home(self, up: Up) -> None:
        done = motcua(up.home, "up", "--port", str(free_house()))

        refused(Exit.ALREADY_RUNNING, done, "already running", "MOTCUA_HOME")
        assert up.answers()

    @pytest.mark.parametrize("name", ["pages", "edge", "worker"])
    def test_a_part_comes_back(self, up: Up, name: str) -> None:
        before, ended = up.part(name), f"The {name} ended (SIGKILL)"
        told = up.output.count(ended)

        before.kill()

        until(lambda: up.output.count(ended) == told + 1)
        until(lambda: not before.is_running() and up.has(name))
        until(up.answers)
        until(lambda: up.health()["status"] == "ok", what=lambda: str(up.health()))

    def test_the_workers_of_a_killed_server_answer_no_more(self, up: Up) -> None:
        workers = up.part("pages").children(recursive=True)
        assert workers

        up.part("pages").kill()

        _, alive = psutil.wait_procs(workers, timeout=300)
        assert alive == []

    def test_the_database_comes_back(self, up: Up) -> None:
        postmaster_of(up.home).kill()

        until(lambda: "The database ended; started again." in up.output)
        until(up.answers)
        until(lambda: up.answers("/", "hanoi.localhost"))


class TestRefusals:
    @pytest.mark.parametrize("which", [0, 1])
    def test_a_taken_port(self, demonstration: Home, which: int) -> None:
        port = free_house()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", port + which))
            taken.listen()

            done = motcua(demonstration, "up", "--port", str(port))

        refused(Exit.PORT_TAKEN, done, f"Port {port + which}", "PORT=")
        assert left_running(demonstration) == []

    def test_a_database_that_is_not_there(self, home: Home) -> None:
        done = motcua(home, "up", "--port", str(free_house()), DATABASE_URL="postgresql://a:b@127.0.0.1:1/c")

        refused(Exit.DATABASE_UNREACHABLE, done, "cannot be reached")

    def test_the_clock_in_production(self, home: Home) -> None:
        done = motcua(
            home, "up", "--port", str(free_house()), MOTCUA_PRODUCTION="1", MOTCUA_CLOCK=str(home.clock_file)
        )

        refused(Exit.SETTINGS, done, "refused in production")

    @pytest.mark.parametrize(
        ("options", "word"), [("size=1m,mode=0755", "full"), ("ro,mode=0755", "read-only")]
    )
    def test_a_disk_that_cannot_be_used(self, options: str, word: str) -> None:
        place = Path(tempfile.mkdtemp(prefix="mc-"))
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(place)], capture_output=True, check=False
        )
        if mounted.returncode:
            place.rmdir()
            pytest.skip("this machine lets us mount nothing")
        try:
            done = motcua(None, "up", "--port", str(free_house()), MOTCUA_HOME=str(place))
            refused(Exit.DISK, done, word)
        finally:
            subprocess.run(["umount", "-l", str(place)], check=False)
            place.rmdir()


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_soon_and_nothing_left(self, begin: Begin, number: signal.Signals) -> None:
        up = begin()

        seconds = up.stop(number)

        assert up.process.returncode == 0
        assert seconds < STOPS_WITHIN
        assert left_running(up.home) == []

    def test_with_requests_and_a_stream_still_open(self, begin: Begin) -> None:
        up = begin()
        with (
            socket.create_connection(("127.0.0.1", up.port)) as half,
            socket.create_connection(("127.0.0.1", up.port + 1)) as stream,
        ):
            half.sendall(b"GET / HTTP/1.1\r\nHost: hanoi.localhost\r\n")
            stream.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            stream.recv(1)

            seconds = up.stop()

        assert seconds < STOPS_WITHIN
        assert left_running(up.home) == []

    def test_while_it_is_still_starting(self, demonstration: Home) -> None:
        up = Up.begin(demonstration)
        until(lambda: "database: embedded" in up.output)

        seconds = up.stop()

        assert seconds < STOPS_WITHIN
        assert left_running(demonstration) == []


class TestKilled:
    def test_a_killed_start_is_taken_over_by_the_next(self, begin: Begin) -> None:
        up = begin()
        pages = up.part("pages")
        old = left_running(up.home)
        postmaster = postmaster_of(up.home)
        others = [p for p in old if not name_of(p).startswith("postgres")]

        up.process.kill()
        pages.kill()  # its workers go on answering: nobody is left to end them
        up.process.wait()
        again = begin(port=up.port)

        assert postmaster.is_running()
        assert "taken over from a killed start" in again.output
        assert [p for p in others if p.is_running()] == []
        until(again.answers)

    def test_a_killed_start_leaves_only_the_database(self, begin: Begin) -> None:
        up = begin()

        up.process.kill()
        up.process.wait()

        def others() -> list[psutil.Process]:
            return [p for p in left_running(up.home) if not name_of(p).startswith("postgres")]

        until(lambda: others() == [])


class TestPhone:
    def test_host_serves_https_with_a_certificate_of_the_home(self, begin: Begin) -> None:
        import http.client
        import ssl

        up = begin(arguments=("--host", "motcua.test", "--company", "CPC"))
        trusting = ssl.create_default_context(cafile=str(up.home.certificates / "ca.crt"))

        def get(path: str, host: str) -> http.client.HTTPResponse:
            connection = http.client.HTTPSConnection("localhost", up.port, context=trusting, timeout=60)
            connection.request("GET", path, headers={"Host": f"{host}:{up.port}"})
            return connection.getresponse()

        assert "https://motcua.test" in up.output
        assert get("/", "motcua.test").status == 200
        assert get("/", "hanoi.motcua.test").status == 200
        authority = get("/motcua-ca.crt", "motcua.test")
        assert authority.read() == (up.home.certificates / "ca.crt").read_bytes()

    def test_a_company_that_does_not_exist_is_a_sentence(self, demonstration: Home) -> None:
        done = motcua(
            demonstration, "up", "--port", str(free_house()), "--host", "motcua.test", "--company", "NOWHERE"
        )

        assert done.returncode == Exit.USAGE
        assert "There is no company NOWHERE; choose COMPANY= among GROUP, NPC, HANOI" in done.stderr
        assert "Traceback" not in done.stderr
