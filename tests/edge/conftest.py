"""A real edge in a process of its own, on a database of the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from django.conf import settings

from motcua.channels import credentials, live
from motcua.config import clock
from motcua.kernel.clock import SystemClock
from tests.database import ROOT
from tests.free_ports import free_port

HOST = "hanoi.localhost"
PATIENCE_SECONDS = 120  # a loaded machine is slow, not wrong
KILLS_AFTER_SECONDS = 60  # what would not stop by itself


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edge's process goes by the real clock."""
    monkeypatch.setattr(clock, "CLOCK", SystemClock())


@dataclass
class EdgeProcess:
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, host: str = HOST) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"Host": f"{host}:{self.port}"},
            trust_env=False,
            timeout=PATIENCE_SECONDS,
        )

    def hook(self, event: object, *, company: str = "HANOI", host: str = HOST) -> httpx.Response:
        body = orjson.dumps(event)
        secret = credentials.stand_in_secret(settings.SECRET_KEY, company, "SMS")
        with self.client(host) as client:
            return client.post(
                "/hooks/sms", content=body, headers={"X-Signature": credentials.sign(body, secret)}
            )

    def stream(
        self, conversation_id: Any, after: int = 0, last_event_id: int | None = None, **more: Any
    ) -> Stream:
        address = live.stream_url(
            edge_base=self.url, company_code="HANOI", conversation_id=conversation_id, after=after, **more
        )
        headers = {"Host": f"{HOST}:{self.port}", "Origin": f"http://{HOST}:8000"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        return Stream(address, headers)

    def sign(self, conversation_id: Any, what: str, **more: Any) -> int:
        """Say that somebody types; the status of the answer."""
        address = live.stream_url(
            edge_base=self.url, company_code="HANOI", conversation_id=conversation_id, **more
        )
        path, _, query = address.partition("?")
        with self.client() as client:
            return client.post(f"{path}/sign?{query}&what={what}").status_code

    def desk(self, staff_id: str, units: list[str] | None, company: str = "HANOI") -> Stream:
        address = live.desk_stream_url(
            edge_base=self.url, company_code=company, staff_id=staff_id, unit_codes=units
        )
        return Stream(address, {"Host": f"{HOST}:{self.port}", "Origin": f"http://{HOST}:8000"})

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)


class Stream:
    """A reader of server-sent events, as a browser is one."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self.client = httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS)
        self.response = self.client.send(
            self.client.build_request("GET", address, headers=headers), stream=True
        )
        self.lines = self.response.iter_lines() if self.response.status_code == 200 else iter(())

    def events(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Events as they come: name and data, of these names alone."""
        name = ""
        for line in self.lines:
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data:") and name in names:
                yield name, orjson.loads(line[6:]) if line[6:] else None

    def sign_like(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first sign that is as wanted; those before it are passed over."""
        return next(data for _name, data in self.events("sign") if is_wanted(data))

    def take(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        seq = name = ""
        for line in self.lines:
            if line.startswith("id: "):
                seq = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: ") and name == "message":
                found.append(orjson.loads(line[6:]))
                assert str(found[-1]["seq"]) == seq
                if len(found) == count:
                    break
        return found

    def close(self) -> None:
        self.response.close()
        self.client.close()


@pytest.fixture
def start_edge(committed_company: Any, shared_server: Any) -> Iterator[Callable[[], EdgeProcess]]:
    started: list[EdgeProcess] = []

    def start() -> EdgeProcess:
        port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": shared_server.edge_url(committed_company.test_database),
            "MOTCUA_DB_ROLE_PREFIX": settings.COMPANY_ROLE_PREFIX.removesuffix("_"),
            "MOTCUA_SECRET_KEY": settings.SECRET_KEY,
            "MOTCUA_DEMO": "1",
            "PYTHONPATH": f"{ROOT / 'src'}:{os.environ.get('PYTHONPATH', '')}",
        }
        process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
                "--no-ws", "--log-level", "warning", "--workers-kill-timeout", str(KILLS_AFTER_SECONDS), "motcua.edge.app:app",
            ],
            env=environment, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        edge = EdgeProcess(port, process)
        started.append(edge)
        for _ in range(900):
            try:
                if httpx.get(f"{edge.url}/healthz", trust_env=False, timeout=5).json().get("listening"):
                    return edge
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise RuntimeError("the edge does not answer")

    yield start
    for edge in started:
        if edge.process.poll() is None:
            edge.kill()


@pytest.fixture
def cut_listening(committed_company: Any, shared_server: Any) -> Callable[[], None]:
    """Cut the connection on which this test's edge listens; edges of other tests are on the same server."""

    def cut() -> None:
        with psycopg.connect(shared_server.server.owner_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN mc_live' AND datname = %s",
                [committed_company.test_database],
            )

    return cut


@pytest.fixture
def edge(start_edge: Callable[[], EdgeProcess]) -> EdgeProcess:
    return start_edge()
