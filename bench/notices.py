"""One notice to many: `python -m bench.notices --recipients 200000 [1000000] --seconds 60`.

A durable embedded server of its own, one company with a customer, a point and a contract for each recipient. Printed: how fast
recipients are gathered and messages are put into the outbox, each beside a bare INSERT ... SELECT of the very same rows into a
table with the same columns and indexes; then, with the project's own worker sending the notice to a provider that answers
after some milliseconds, how long single messages take from their commit until the provider has them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench import installation

ROOT = Path(__file__).resolve().parents[1]
UNIT = "PD0100"
SINGLES_A_SECOND = 5
FILL = """
INSERT INTO customers_customer (id, kind, full_name, search_key, id_number, phone, email, contact_address, language, status,
                                created_at, created_by, changed_at)
SELECT uuidv7(make_interval(secs => n * 0.001)), 'HOUSEHOLD', 'Nguyễn Thị Hoa ' || n, 'nguyen thi hoa ' || n, '',
       '+849' || lpad(n::text, 8, '0'), '', '', 'vi', 'ACTIVE', now(), 'system:bench', now() FROM generate_series(1, {n}) n;
INSERT INTO supply_place (id, text, given_on, province_code, district, commune, old_province_code, old_district, old_commune,
                          new_province_code, new_commune, hamlet, street, house, pole_number, neighbour_account_code, created_at, created_by)
SELECT id, 'Số ' || right(phone, 4) || ' phố Tây Sơn, phường Đống Đa', '2026-01-01', '01', '', 'Phường Đống Đa', '', '', '', '', '', '',
       'Tây Sơn', right(phone, 4), '', '', now(), 'system:bench' FROM customers_customer;
INSERT INTO supply_servicepoint (code, place_id, account_code, unit_code, pole_number, station_code, phases, created_at)
SELECT 'PD010' || right(phone, 8) || '001', id, 'PD010' || right(phone, 8), '{unit}', '', '', 1, now() FROM customers_customer;
INSERT INTO supply_contract (account_code, customer_id, service_point_id, number, purpose, quota, status, created_at)
SELECT account_code, place_id, id, '', 'RESIDENTIAL', 1, 'ACTIVE', now() FROM supply_servicepoint;
ANALYZE customers_customer, supply_place, supply_servicepoint, supply_contract;
"""
TEXTS = {
    "SHORT": {
        "vi": "{company}: Ma {account_code}, ngung cap dien 08:00-12:00 ngay 20/11 de sua duong day. Hoi: {hotline}.",
        "en": "{company}: {account_code}, no power on 20/11 from 08:00 to 12:00. Call {hotline}.",
    }
}


class Provider(ThreadingHTTPServer):
    """Takes messages like an aggregator, after `wait` seconds, and notes when it had each."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, wait: float) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.wait = wait
        self.arrived: dict[str, float] = {}


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server: Any = self.server
        server.arrived.setdefault(told["Phone"], time.monotonic())
        time.sleep(server.wait)
        body = json.dumps({"CodeResult": "100", "SMSID": told["RequestId"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Nothing: thousands come."""


def timed(act: Any) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def run(server: Any, count: int, seconds: int, wait: float) -> None:
    import psycopg

    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.messaging.mass import operations as mass_ops
    from motcua.messaging.mass import running

    owner = psycopg.connect(server.owner_url, options="-c search_path=hanoi,public", autocommit=True)
    owner.execute(FILL.format(n=count, unit=UNIT))
    with using_company("HANOI"):
        from motcua.companies import queries as company_queries

        whole = frozenset(unit.code for unit in company_queries.list_units())
        writer = Actor.staff("11111111-1111-7111-8111-111111111111", "A", ["BUSINESS"], whole)
        boss = Actor.staff("22222222-2222-7222-8222-222222222222", "B", ["SUPERVISOR"], whole)

        def planned() -> Any:
            told = mass_ops.Plan(
                name="Bench", topic="POWER_CUT", audience="UNITS", audience_params={"units": [UNIT]}, texts=TEXTS, channels=["SMS"],
            )  # fmt: skip
            return mass_ops.plan(plan=told, actor=writer, at=clock.now())

        def gather(notice_id: Any) -> None:
            while running.gather(notice_id, at=clock.now()):
                pass

        notice_id = planned()
        took = timed(lambda: gather(notice_id))
        owner.execute("CREATE TABLE bare_recipient (LIKE messaging_massrecipient INCLUDING ALL)")
        bare = timed(
            lambda: owner.execute(
                "INSERT INTO bare_recipient SELECT * FROM messaging_massrecipient ORDER BY id"
            )
        )
        say("recipients gathered", count, took, bare)
        owner.execute("DROP TABLE bare_recipient")

        mass_ops.start(notice_id=notice_id, actor=boss, at=clock.now())
        owner.execute("UPDATE messaging_massnotice SET day_from = '00:00', day_to = '23:59:59'")
        took = 0.0
        while True:
            before = time.perf_counter()
            if not running.release(notice_id, at=clock.now(), window=running.PAGE):
                break
            took += time.perf_counter() - before
            owner.execute(
                "UPDATE messaging_outboxmessage SET state = 'SENT' WHERE state = 'QUEUED'"
            )  # as if sent meanwhile
        (made,) = owner.execute("SELECT count(*) FROM messaging_outboxmessage").fetchone() or (0,)
        assert made == count, f"{made} messages of {count}"
        owner.execute("CREATE TABLE bare_outbox (LIKE messaging_outboxmessage INCLUDING ALL)")
        bare = timed(
            lambda: owner.execute("INSERT INTO bare_outbox SELECT * FROM messaging_outboxmessage ORDER BY id")
        )
        say("messages made", count, took, bare)
        owner.execute("DROP TABLE bare_outbox")
        owner.execute("VACUUM ANALYZE messaging_outboxmessage, messaging_massrecipient")
        singles(owner, planned, gather, boss, seconds, wait)
    owner.close()


def say(title: str, count: int, took: float, bare: float) -> None:
    print(
        f"{title:<24} {count / took:9.0f}/s   bare INSERT ... SELECT of the same rows {count / bare:9.0f}/s   ratio {bare / took:.2f}",
        flush=True,
    )


def singles(owner: Any, planned: Any, gather: Any, boss: Any, seconds: int, wait: float) -> None:
    """Single messages before, and while the worker sends a notice."""
    from motcua.channels import operations as channel_ops
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.messaging.mass import operations as mass_ops

    provider = Provider(wait)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    channel_ops.set_account(
        channel="SMS", base_url=f"http://127.0.0.1:{provider.server_port}", sender_name="BENCH", keys={"api_key": "k", "secret_key": "s"},
        hook_secrets=[], actor=Actor.system("bench"), at=clock.now(),
    )  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "-m", "motcua.ops.worker"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL,
    )
    try:
        time.sleep(8)  # its first sweep
        report("single messages, alone", ask(provider, max(10, seconds // 4), first=0))
        notice_id = planned()
        gather(notice_id)
        mass_ops.start(notice_id=notice_id, actor=boss, at=clock.now())
        owner.execute("UPDATE messaging_massnotice SET day_from = '00:00', day_to = '23:59:59'")
        time.sleep(2)
        before, begun = len(provider.arrived), time.monotonic()
        took = ask(provider, seconds, first=50_000_000)
        many = len(provider.arrived) - before - len(took)
        report("single messages, meanwhile", took)
        print(
            f"{'sent to many meanwhile':<28} {many / (time.monotonic() - begun):6.0f}/s, the provider answering after {wait * 1000:.0f} ms",
            flush=True,
        )
    finally:
        worker.terminate()
        worker.wait(15)
        provider.shutdown()


def ask(provider: Provider, seconds: int, *, first: int) -> list[float]:
    """So many seconds of single messages at an even pace; how long each took to be handed over."""
    from motcua.config import clock
    from motcua.messaging import operations as messaging_ops
    from motcua.messaging.rules import Kind

    asked: dict[str, float] = {}
    for number in range(seconds * SINGLES_A_SECOND):
        phone = f"+848{first + number:08d}"
        messaging_ops.queue_message(
            key=f"single:{first + number}", channel="SMS", address=phone, texts={"vi": "Mã của quý khách: 123456"}, params={},
            kind=Kind.TRANSACTIONAL, at=clock.now(),
        )  # fmt: skip
        asked[phone[1:]] = time.monotonic()
        time.sleep(1 / SINGLES_A_SECOND)
    until = time.monotonic() + 60
    while time.monotonic() < until and any(phone not in provider.arrived for phone in asked):
        time.sleep(0.1)
    lost = [phone for phone in asked if phone not in provider.arrived]
    if lost:
        print(f"{len(lost)} single messages were not handed over within a minute", flush=True)
    return sorted(provider.arrived.get(phone, until) - at for phone, at in asked.items())


def report(title: str, took: list[float]) -> None:
    share = sum(one <= 10 for one in took) / len(took)
    print(
        f"{title:<28} p50 {took[len(took) // 2]:5.2f} s   p95 {took[int(len(took) * 0.95)]:5.2f} s   p99 {took[int(len(took) * 0.99)]:5.2f} s   "
        f"longest {took[-1]:5.2f} s   within 10 s {share:.1%}   ({len(took)})",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.notices")
    parser.add_argument("--recipients", type=int, default=200_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--wait", type=float, default=0.02, help="seconds the provider takes to answer")
    told = parser.parse_args()
    with installation.made() as server:
        run(server, told.recipients, told.seconds, told.wait)
    return 0


if __name__ == "__main__":
    sys.exit(main())
