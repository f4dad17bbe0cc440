"""Webhooks a second at the edge, beside the bare insert of one row a transaction in the same run.

    python -m bench.edge [--seconds 5] [--connections 32]

Real webhooks: HTTP over kept connections, signed, for five companies in turn, each answered after its row is
committed. The bare insert is pgbench with as many connections and the same rows, nothing else. Database, edge and
callers share the machine; every acknowledged event is counted in the tables at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from bench import installation

COMPANIES = ("HANOI", "NPC", "CPC", "SPC", "HCMC")
BARE = """INSERT INTO {schema}.messaging_inboxevent (channel, event_id, sender, payload, received_at)
VALUES ('BARE', gen_random_uuid()::text, '+84901234567', '{payload}', now());
"""
PAYLOAD = '{"event_id": "%s", "type": "inbound", "from": "0901234567", "text": "toi muon mua dien"}'


def bare_insert(server: Any, seconds: int, connections: int) -> float:
    """Rows a second by pgbench, the companies' tables in turn, one row a transaction."""
    from motcua.ops import embedded
    from motcua.ops.home import Home

    programs = embedded.programs_for(Home(os.environ["MOTCUA_HOME"]))
    with tempfile.TemporaryDirectory(prefix="motcua-pgbench-") as folder:
        os.chmod(folder, 0o755)  # pgbench may run as the database's own user
        scripts: list[str] = []
        for code in COMPANIES:
            script = Path(folder) / f"{code}.sql"
            script.write_text(BARE.format(schema=code.lower(), payload=PAYLOAD % "x"))
            scripts += ["-f", str(script)]
        how: dict[str, Any] = programs.arguments()
        done = subprocess.run(
            [str(programs.path("pgbench")), "-n", "-c", str(connections), "-j", "2", "-T", str(seconds), *scripts,
             server.owner_url],
            capture_output=True, text=True, check=False, **{k: v for k, v in how.items() if k != "stdin"},
        )  # fmt: skip
    for line in done.stdout.splitlines():
        if line.startswith("tps = "):
            return float(line.split()[2])
    raise RuntimeError(done.stdout + done.stderr)


def start_edge(server: Any) -> tuple[subprocess.Popen[bytes], int]:
    """The edge as `motcua up` starts it, signed in as the edge."""
    from motcua.ops import database

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = database.Database(server.app_url, server.owner_url, server, server.edge_url)
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
         "--log-level", "error", "--workers-kill-timeout", "2", "motcua.edge.app:app"],
        env=database.as_edge(os.environ, found), cwd=installation.ROOT, start_new_session=True,
    )  # fmt: skip
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return process, port
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the edge does not answer")


def requests_of(codes: tuple[str, ...]) -> Any:
    """Endless webhooks, each new, signed with its company's secret, as they go over the wire."""
    from django.conf import settings

    from motcua.channels import credentials

    secrets = {code: credentials.stand_in_secret(settings.SECRET_KEY, code, "SMS") for code in codes}
    for number in count():
        code = codes[number % len(codes)]
        body = (PAYLOAD % f"e{number}").encode()
        yield (
            f"POST /hooks/sms HTTP/1.1\r\nHost: {code.lower()}.localhost\r\nContent-Length: {len(body)}\r\n"
            f"X-Signature: {credentials.sign(body, secrets[code])}\r\n\r\n"
        ).encode() + body


async def call(port: int, wires: Any, until: float, took: list[float], wrong: list[bytes]) -> None:
    """One caller on one kept connection: the next webhook when the last is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            wire = next(wires)
            begun = time.perf_counter()
            writer.write(wire)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            took.append(time.perf_counter() - begun)
            if not head.startswith(b"HTTP/1.1 200") or body != b'{"stored":1}':
                wrong.append(head[:15] + body[:40])
    finally:
        writer.close()


async def drive(
    port: int, wires: Any, seconds: float, connections: int
) -> tuple[list[float], list[bytes], float]:
    took: list[float] = []
    wrong: list[bytes] = []
    begun = time.perf_counter()
    await asyncio.gather(*[call(port, wires, begun + seconds, took, wrong) for _ in range(connections)])
    return sorted(took), wrong, time.perf_counter() - begun


def cpu_seconds(pid: int) -> float:
    """Processor time of the edge so far: what a busy machine does not change much."""
    whole = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in whole)


def batch_rows(port: int) -> float:
    """Rows committed together, on average, as the edge itself counts them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    values = {
        line.split()[0]: float(line.split()[1])
        for line in text.splitlines()
        if line.startswith("motcua_edge_batch")
    }
    return values["motcua_edge_batch_rows_sum"] / values["motcua_edge_batch_rows_count"]


def count_stored(server: Any) -> int:
    import psycopg

    tables = " UNION ALL ".join(
        f"SELECT count(*) AS n FROM {code.lower()}.messaging_inboxevent WHERE channel = 'SMS'"
        for code in COMPANIES
    )
    with psycopg.connect(server.owner_url) as owner:
        row = owner.execute(f"SELECT sum(n) FROM ({tables}) t").fetchone()
    return int(row[0]) if row else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.edge")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    told = parser.parse_args()
    with installation.made() as server:
        bare = bare_insert(server, told.seconds, told.connections)
        process, port = start_edge(server)
        try:
            wires = requests_of(COMPANIES)
            warm, wrong, _ = asyncio.run(drive(port, wires, 1, told.connections))
            before = cpu_seconds(process.pid)
            took, more_wrong, seconds = asyncio.run(drive(port, wires, told.seconds, told.connections))
            own_cpu = (cpu_seconds(process.pid) - before) / len(took)
            together = batch_rows(port)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
        stored, acknowledged = count_stored(server), len(warm) + len(took)
    wrong += more_wrong
    rate = len(took) / seconds
    print(f"webhooks at the edge, {told.connections} connections, {len(COMPANIES)} companies, durable")
    print(f"  bare insert, a row a transaction  {bare:8,.0f}/s")
    print(
        f"  webhook checked, stored, answered {rate:8,.0f}/s   p50 {took[len(took) // 2] * 1000:.1f} ms   "
        f"p95 {took[int(len(took) * 0.95)] * 1000:.1f} ms   p99 {took[int(len(took) * 0.99)] * 1000:.1f} ms"
    )
    print(
        f"  bare / edge {bare / rate:.2f}; {together:.1f} rows committed together on average; the edge's own time {own_cpu * 1000:.2f} ms a webhook"
    )
    print(f"  acknowledged {acknowledged:,}, stored {stored:,}, other answers {len(wrong)}")
    if wrong or stored != acknowledged:
        print(f"  WRONG: {wrong[:3]}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
