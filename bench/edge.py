"""Webhooks a second at the edge, beside the bare insert of one row a transaction in the same run.

    python -m bench.edge [--seconds 5] [--rounds 3] [--connections 32 256]

Real webhooks: HTTP over kept connections, signed, for five companies in turn, each answered after its row is committed.
The bare insert is pgbench with as many connections, prepared statements and the same rows, nothing else. The two are
measured in turn, and the ratio is that of neighbours. Database, edge and callers share the machine; every acknowledged
event is counted in the tables at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import psutil

from bench import callers, installation, pgbench

COMPANIES = ("HANOI", "NPC", "CPC", "SPC", "HCMC")
BARE = """INSERT INTO {schema}.messaging_inboxevent (channel, event_id, sender, payload, received_at)
VALUES ('BARE', gen_random_uuid()::text, '+84901234567', '{payload}', now());
"""
MOST_A_SECOND = 8000  # webhooks made beforehand for each second
PAYLOAD = '{"event_id": "%s", "type": "inbound", "from": "0901234567", "text": "toi muon mua dien"}'


def bare_insert(server: Any, seconds: int, connections: int) -> float:
    """Rows a second by pgbench, the companies' tables in turn, one row a transaction."""
    scripts = [BARE.format(schema=code.lower(), payload=PAYLOAD % "x") for code in COMPANIES]
    return pgbench.statements(server, scripts, seconds, connections)


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


def requests_of(codes: tuple[str, ...], many: int, first: int) -> Iterator[bytes]:
    """Webhooks, each new, signed with its company's secret, as they go over the wire: made beforehand."""
    from django.conf import settings

    from motcua.channels import credentials

    secrets = {code: credentials.stand_in_secret(settings.SECRET_KEY, code, "SMS") for code in codes}
    made = []
    for number in range(first, first + many):
        code = codes[number % len(codes)]
        body = (PAYLOAD % f"e{number}").encode()
        made.append(
            (
                f"POST /hooks/sms HTTP/1.1\r\nHost: {code.lower()}.localhost\r\nContent-Length: {len(body)}\r\n"
                f"X-Signature: {credentials.sign(body, secrets[code])}\r\n\r\n"
            ).encode()
            + body
        )
    return iter(made)


def is_stored(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 200") and answer.endswith(b'{"stored":1}')


def database_seconds() -> float:
    """Processor time of the database so far, of sessions that ended too."""
    from motcua.ops import embedded

    first = embedded.find_running(os.environ["MOTCUA_HOME"])
    if first is None:
        return 0.0
    found = 0.0
    for one in [first, *first.children()]:
        with contextlib.suppress(psutil.Error):
            found += sum(one.cpu_times()[:2])
    return found + sum(first.cpu_times()[2:4])


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


def compare(
    server: Any, connections: int, seconds: int, rounds: int, first: int
) -> tuple[int, int, list[bytes]]:
    """Bare inserts and webhooks in turn, each as many seconds; calls acknowledged, numbers used, other answers."""
    bare: list[float] = []
    rates: list[float] = []
    took: list[float] = []
    wrong: list[bytes] = []
    acknowledged, made = 0, first
    process, port = start_edge(server)
    try:
        warm = seconds * MOST_A_SECOND
        wires = requests_of(COMPANIES, warm, made)
        found = callers.drive(port, wires, seconds=1, connections=connections, is_right=is_stored)
        acknowledged, made, wrong = len(found.took), made + warm, found.wrong
        own = behind = calling = bare_work = bare_rows = 0.0
        bare_seconds = seconds + connections // 32  # pgbench opens its sessions within its time
        for _ in range(rounds):
            before = database_seconds()
            bare.append(bare_insert(server, bare_seconds, connections))
            bare_work += database_seconds() - before
            bare_rows += bare[-1] * bare_seconds
            wires = requests_of(COMPANIES, warm, made)
            before, before_behind, before_calling = (
                cpu_seconds(process.pid), database_seconds(), time.process_time(),
            )  # fmt: skip
            found = callers.drive(port, wires, seconds=seconds, connections=connections, is_right=is_stored)
            calling += time.process_time() - before_calling
            own += cpu_seconds(process.pid) - before
            behind += database_seconds() - before_behind
            made += warm
            acknowledged += len(found.took)
            rates.append(len(found.took) / found.lasted)
            took += found.took
            wrong += found.wrong
        together = batch_rows(port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    took.sort()
    pairs = [edge / one for edge, one in zip(rates, bare, strict=True)]
    p50, p95, p99 = (took[int(len(took) * q)] * 1000 for q in (0.5, 0.95, 0.99))
    print(f"{connections} connections, load {os.getloadavg()[0]:.1f}")
    print(f"  bare insert, prepared, a row a transaction  {statistics.median(bare):8,.0f}/s")
    print(
        f"  webhook checked, stored, answered           {statistics.median(rates):8,.0f}/s   "
        f"p50 {p50:.1f} ms   p95 {p95:.1f} ms   p99 {p99:.1f} ms"
    )
    print(
        f"  edge / bare {statistics.median(pairs):.2f} (goal 1.0; pairs {', '.join(f'{one:.2f}' for one in pairs)}); "
        f"{together:.1f} rows committed together"
    )
    print(
        f"  processor time a row: bare {bare_work / bare_rows * 1000:.3f} ms of the database; webhook {behind / len(took) * 1000:.3f} ms "
        f"of the database, {own / len(took) * 1000:.3f} ms of the edge and {calling / len(took) * 1000:.3f} ms of the callers",
        flush=True,
    )
    return acknowledged, made, wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.edge")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 256])
    told = parser.parse_args()
    acknowledged, made, wrong = 0, 0, []
    with installation.made({"max_connections": str(max(told.connections) + 60)}) as server:
        print(f"webhooks at the edge, {len(COMPANIES)} companies, durable")
        for connections in told.connections:
            more, made, bad = compare(server, connections, told.seconds, told.rounds, made)
            acknowledged += more
            wrong += bad
        stored = count_stored(server)
    print(f"  acknowledged {acknowledged:,}, stored {stored:,}, other answers {len(wrong)}")
    if wrong or stored != acknowledged:
        print(f"  WRONG: {wrong[:3]}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
