"""Thousands of open live streams on one core, and how long a message takes to them: `python -m bench.live [--streams 5000]`.

A real edge over HTTP, pinned to one core; database, writer and the browsers' side have the others. Each stream is of a
conversation of its own, opened with its own ticket, as a page opens it. A message is a row and a bell, as the house writes
them; its delay is counted from before its commit until its bytes are at the browser. The bare limit in the same run: the
same messages heard by one connection of the database (LISTEN) in the same process as the browsers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any
from uuid import UUID

import psutil

from bench import installation

COMPANY, HOST = "HANOI", "hanoi.localhost"
OPEN = """
INSERT INTO hanoi.messaging_conversation (id, channel, address, unit_code, owner, staff_id, owned_at, is_urgent, status, language,
       last_seq, customer_read_seq, staff_read_seq, opened_at)
SELECT uuidv7(), 'WEBCHAT', 'bench-' || n, '', 'BOT', '', now(), false, 'OPEN', 'vi', 0, 0, 0, now()
  FROM generate_series(1, %s) n RETURNING id
"""
SAY = """
WITH said AS (
    UPDATE hanoi.messaging_conversation SET last_seq = last_seq + 1 WHERE id = %(id)s RETURNING id, last_seq
), written AS (
    INSERT INTO hanoi.messaging_message (conversation_id, seq, direction, kind, author, author_name, text, payload, is_internal, at)
    SELECT id, last_seq, 'OUT', 'TEXT', 'bot', '', %(text)s, '{}', false, now() FROM said
)
SELECT pg_notify('mc_live', 'HANOI:' || id || ':' || last_seq || '::BOT::0') FROM said
"""


class Browser(asyncio.Protocol):
    """One stream as a page holds it: bytes in, the instant of each message noted."""

    def __init__(self, wire: bytes, took: list[float], opened: asyncio.Queue[bool]) -> None:
        self.wire, self.took, self.opened, self.rest = wire, took, opened, b""
        self.is_open = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.wire)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        if not self.is_open:
            self.is_open = True
            self.opened.put_nowait(data.startswith(b"HTTP/1.1 200"))
        if b"sent-at-" in self.rest + data:
            *whole, self.rest = (self.rest + data).split(b"sent-at-")
            for piece in (*whole[1:], self.rest):
                if b"." in piece:
                    self.took.append((now - int(piece.partition(b".")[0])) / 1e6)
            self.rest = b""
        else:
            self.rest = data[-24:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_open:
            self.is_open = True
            self.opened.put_nowait(False)


def start_edge(server: Any, core: int) -> tuple[subprocess.Popen[bytes], int]:
    """The edge as `motcua up` starts it, on one core."""
    from motcua.ops import database, up

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = database.Database(server.app_url, server.owner_url, server, server.edge_url)
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
         "--log-level", "error", "--workers-kill-timeout", "2", *up.STREAMING, "motcua.edge.app:app"],
        env=database.as_edge(os.environ, found), cwd=installation.ROOT, start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - nothing else runs yet
    )  # fmt: skip
    for _ in range(300):
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2),
        ):
            return process, port
        time.sleep(0.1)
    raise RuntimeError("the edge does not answer")


def wires_of(ids: list[UUID], port: int) -> list[bytes]:
    from motcua.channels import live

    found = []
    for one in ids:
        address = live.stream_url(edge_base="", company_code=COMPANY, conversation_id=one)
        found.append(
            f"GET {address} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
    return found


async def write(url: str, ids: list[UUID], per_second: float, seconds: float) -> tuple[int, list[int]]:
    """So many messages a second, each to somebody; how many were written, and when each was begun."""
    import psycopg

    dice, begun, written = random.Random(1), time.perf_counter(), 0
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while (now := time.perf_counter() - begun) < seconds:
            if written > now * per_second:
                await asyncio.sleep(0.002)
                continue
            text = f"sent-at-{time.perf_counter_ns()}."
            await connection.execute(SAY, {"id": dice.choice(ids), "text": text}, prepare=True)
            written += 1
    return written, []


async def hear(url: str, stop: asyncio.Event) -> int:
    """The bare limit: one connection hears every bell."""
    import psycopg

    heard = 0
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("LISTEN mc_live")
        while not stop.is_set():
            async for _ in connection.notifies(timeout=0.5):
                heard += 1
    return heard


async def run(server: Any, port: int, pid: int, ids: list[UUID], per_second: float, seconds: float) -> int:
    loop = asyncio.get_running_loop()
    took: list[float] = []
    opened: asyncio.Queue[bool] = asyncio.Queue()
    browsers = []
    begun = time.perf_counter()
    for start in range(0, len(ids), 200):  # as pages come: not all in one instant
        batch = wires_of(ids[start : start + 200], port)
        made = await asyncio.gather(
            *[
                loop.create_connection(lambda wire=wire: Browser(wire, took, opened), "127.0.0.1", port)
                for wire in batch
            ]  # type: ignore[misc]
        )
        browsers += [transport for transport, _ in made]
        good = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                for _ in batch:
                    good += await opened.get()
        if good < len(batch):
            print(f"  WRONG: only {start + good:,} streams opened")
            return 1
    opening = time.perf_counter() - begun
    await asyncio.sleep(2)
    took.clear()
    edge = psutil.Process(pid)
    before, memory = (
        _cpu(edge),
        sum(p.memory_info().rss for p in [edge, *edge.children(recursive=True)]) / 2**20,
    )
    stop = asyncio.Event()
    listening = asyncio.create_task(hear(server.owner_url, stop))
    written, _ = await write(server.owner_url, ids, per_second, seconds)
    for _ in range(100):
        if len(took) >= written:
            break
        await asyncio.sleep(0.1)
    busy = (_cpu(edge) - before) / seconds
    stop.set()
    heard = await listening
    found = sorted(took)
    print(f"{len(ids):,} live streams, the edge on one core; load {os.getloadavg()[0]:.1f}")
    print(
        f"  opened in {opening:.1f} s; {memory:.0f} MB, {busy:.0%} of the core while {written / seconds:.0f} messages/s were said"
    )
    if found:
        p50, p95, p99 = (found[int(len(found) * q)] for q in (0.5, 0.95, 0.99))
        print(
            f"  from before the commit to the browser  p50 {p50:.1f} ms   p95 {p95:.1f} ms   p99 {p99:.1f} ms"
        )
    print(
        f"  said {written:,}, heard by the bare connection {heard:,}, delivered {len(found):,} ({len(found) / max(written, 1):.3f})"
    )
    for transport in browsers:
        transport.close()
    return int(len(found) != written)


def _cpu(process: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live")
    parser.add_argument("--streams", type=int, default=5000)
    parser.add_argument("--per-second", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    told = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = told.streams * 2 + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, wanted), hard), hard))
    cores = sorted(os.sched_getaffinity(0))
    with installation.made() as server:
        import psycopg

        with psycopg.connect(server.owner_url) as owner:
            ids = [row[0] for row in owner.execute(OPEN, [told.streams]).fetchall()]
        process, port = start_edge(server, cores[0])
        if len(cores) > 1:
            os.sched_setaffinity(0, set(cores[1:]))
        try:
            return asyncio.run(run(server, port, process.pid, ids, told.per_second, told.seconds))
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


if __name__ == "__main__":
    sys.exit(main())
