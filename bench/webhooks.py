"""The same webhooks once, doubled, shuffled, and with parts killed meanwhile: the same threads, nothing lost, nothing twice.

    python -m bench.webhooks [--count 10000] [--modes once doubled shuffled killed] [--connections 16]

Zalo's and Messenger's calls (words, pictures, stickers, places, echoes, receipts, changed and deleted messages, events
nobody knows) go over HTTP to a real edge, are worked off by a real worker on an embedded PostgreSQL of its own, and the
answers go back to a platform that counts them. Every mode is another company of the same installation, so its threads can
be laid beside the first's. A call that is not answered 200 within two seconds comes again. In `killed` the calls are
doubled and shuffled as well, and edge, worker, a back-end of the database and the database itself are killed (-9) in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psutil

from bench import installation, plan
from bench.platform import Platform, Told, deliver

MODES = {"once": "HANOI", "doubled": "NPC", "shuffled": "CPC", "killed": "SPC"}
VICTIMS = ("worker", "edge", "backend", "database")
KILLS = 8
KILL_EVERY_SECONDS = 5.0
WORKED_WITHIN_SECONDS = 3600.0
# What the channel brought; the assistant's lines, and those of jobs, depend on when they looked.
THREADS = """
SELECT c.channel, c.address, extract(epoch FROM m.at)::numeric, m.author, m.kind, m.text
  FROM {schema}.messaging_message m JOIN {schema}.messaging_conversation c ON c.id = m.conversation_id
 WHERE m.author IN ('customer', 'staff:elsewhere')
    OR m.author = 'system:channel' AND EXISTS (
       SELECT FROM {schema}.messaging_inboxevent e WHERE e.channel = c.channel AND left(e.event_id, 120) = m.client_msg_id)
 ORDER BY 1, 2, 3, 4, 6
"""
UNANSWERED = """
SELECT count(*) FROM {schema}.messaging_conversation c
 WHERE c.owner = 'BOT' AND NOT EXISTS (SELECT FROM {schema}.messaging_message m WHERE m.conversation_id = c.id AND m.author = 'bot')
   AND EXISTS (SELECT FROM {schema}.messaging_message m WHERE m.conversation_id = c.id AND m.author = 'customer' AND m.kind = 'TEXT'
               AND m.payload->>'taken_back' IS NULL AND m.text NOT LIKE '[%%')
"""
WAITING = """
SELECT (SELECT count(*) FROM {schema}.messaging_inboxevent WHERE state = 'NEW')
     + (SELECT count(*) FROM {schema}.messaging_outboxmessage WHERE state IN ('QUEUED', 'SENDING'))
     + (SELECT count(*) FROM {schema}.channels_mediafetch)
"""


@dataclass
class House:
    """The parts of one installation, each started again when it is killed."""

    server: Any
    port: int
    platform_port: int
    edge: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    kills: Counter[str] = field(default_factory=Counter)

    def environment(self) -> dict[str, str]:
        there = str(self.platform_port)
        return {**os.environ, "MOTCUA_EDGE_PORT": there, "MOTCUA_PORT": there, "MOTCUA_DEMO": "1"}

    def start(self) -> None:
        self._start_edge()
        self._start_worker()
        for _ in range(1200):
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2),
            ):
                return
            time.sleep(0.1)
        raise RuntimeError("the edge does not answer")

    def _start_edge(self) -> None:
        from motcua.ops import database

        found = database.Database(
            self.server.app_url, self.server.owner_url, self.server, self.server.edge_url
        )
        self.edge = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port), "--no-ws",
             "--log-level", "error", "--workers-kill-timeout", "2", "motcua.edge.app:app"],
            env=database.as_edge(self.environment(), found), cwd=installation.ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _start_worker(self) -> None:
        self.worker = subprocess.Popen(
            [sys.executable, "-m", "motcua.ops.worker"], env=self.environment(), cwd=installation.ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self, name: str, dice: random.Random) -> None:
        """kill -9, and start again what nobody else starts."""
        self.kills[name] += 1
        if name == "edge":
            _end(self.edge, signal.SIGKILL)
            self._start_edge()
        elif name == "worker":
            _end(self.worker, signal.SIGKILL)
            self._start_worker()
        else:
            self._kill_database(os.environ["MOTCUA_HOME"], dice, whole=name == "database")

    def _kill_database(self, home: str, dice: random.Random, *, whole: bool) -> None:
        """Its first process, or a back-end (the server then ends all sessions and recovers by itself)."""
        from motcua.ops import embedded

        postmaster = embedded.find_running(home)
        if postmaster is None:
            raise RuntimeError("no database to kill")
        if whole:
            postmaster.kill()
            postmaster.wait(60)
            self.server = _started_again(home)
            return
        for client in dice.sample(postmaster.children(), k=len(postmaster.children())):
            with contextlib.suppress(psutil.Error):
                if "motcua" in " ".join(client.cmdline()):
                    client.kill()
                    return

    def stop(self) -> None:
        _end(self.edge, signal.SIGTERM)
        _end(self.worker, signal.SIGTERM)


def _started_again(home: str) -> Any:
    """The database of this home; what is left of the one before may take a moment to go."""
    from motcua.ops import embedded

    for _ in range(20):
        with contextlib.suppress(Exception):
            return embedded.start(home)
        time.sleep(1)
    return embedded.start(home)


def _end(process: subprocess.Popen[bytes] | None, number: int) -> None:
    if process is not None and process.poll() is None:
        os.killpg(process.pid, number)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def wires_of(events: list[plan.Event], company: str) -> tuple[list[bytes], set[tuple[str, str]]]:
    """The calls as they go over the wire, signed for the company, and the keys of the rows they must become."""
    from django.conf import settings

    from motcua.channels import credentials, stand_ins
    from motcua.channels.calls import Call, Verdict
    from motcua.channels.hooks import HOOKS
    from motcua.channels.zalo import hook as zalo
    from motcua.config import clock

    secrets = {
        door: credentials.stand_in_secret(settings.SECRET_KEY, company, door.upper())
        for door in ("zalo", "messenger")
    }
    own = {door: stand_ins.settings_of(door.upper(), company) for door in secrets}
    wires, keys = [], set()
    for event in events:
        told, app = own[event.door], str(own[event.door]["app_id"])
        body = plan.body_of(event, own=str(told.get("oa_id") or told.get("page_id")), app=app)
        if event.door == "zalo":
            mark = f"X-ZEvent-Signature: mac={zalo.mac(app, body, str(event.at), secrets['zalo'])}"
        else:
            mark = f"X-Hub-Signature-256: sha256={credentials.sign(body, secrets['messenger'])}"
        head = (
            f"POST /hooks/{event.door} HTTP/1.1\r\nHost: {company.lower()}.localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{mark}\r\n\r\n"
        )
        wires.append(head.encode() + body)
        call = Call({}, body, [], told, clock.now())
        keys |= {
            (event.door.upper(), row.event_id[:200]) for row in HOOKS[event.door].read(call, Verdict(True))
        }
    return wires, keys


def train() -> None:
    """The assistant's model, made here when it is not there yet: no worker has to, again after every kill."""
    from motcua.assistant.understanding import store

    store.model()


def prepare(companies: list[str]) -> None:
    """Tokens as if an administrator had consented."""
    from django.db import connections

    from motcua.channels import tokens
    from motcua.companies.context import using_company
    from motcua.config import clock

    for company in companies:
        with using_company(company):
            given = tokens.Given("access", "refresh", timedelta(days=1), timedelta(days=80), "{}")
            tokens.keep("ZALO", given, at=clock.now())
    connections.close_all()


def ask(server: Any, statement: str) -> list[Any]:
    import psycopg

    with psycopg.connect(server.owner_url) as owner:
        return owner.execute(statement).fetchall()  # type: ignore[arg-type]


@dataclass
class Killer:
    """Kills one part after the other: half of them while calls come in, the others while they are worked off."""

    house: House
    calls: int
    answered: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)
    all_sent: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        dice = random.Random(7)
        for number in range(KILLS):
            if number < KILLS // 2:
                due = self.calls * (number + 1) // (KILLS // 2 + 1)
                while self.answered < due:
                    self.more.clear()
                    await self.more.wait()
            else:
                await self.all_sent.wait()
                await asyncio.sleep(KILL_EVERY_SECONDS)
            await asyncio.to_thread(self.house.kill, VICTIMS[number % len(VICTIMS)], dice)

    def note(self, answered: int) -> None:
        self.answered = answered
        self.more.set()


async def play(house: House, mode: str, wires: list[bytes], connections: int) -> tuple[Told, float, float]:
    """The calls of one mode; what came of them, seconds until all were answered, and until all was worked off."""
    begun, killer = time.monotonic(), Killer(house, len(wires))
    killing = asyncio.create_task(killer.run()) if mode == "killed" else None
    told = await deliver(wires, house.port, connections=connections, on_answer=killer.note)
    sent = time.monotonic() - begun
    killer.all_sent.set()
    if killing is not None:
        await killing
    schema, quiet = MODES[mode].lower(), 0
    while quiet < 3 and time.monotonic() - begun < WORKED_WITHIN_SECONDS:
        await asyncio.sleep(1)
        with contextlib.suppress(Exception):  # the database may just be coming up again
            left = (await asyncio.to_thread(ask, house.server, WAITING.format(schema=schema)))[0][0]
            quiet = quiet + 1 if left == 0 else 0
    return told, sent, time.monotonic() - begun


def judge(
    house: House, platform: Platform, mode: str, keys: set[tuple[str, str]], first: Counter[Any] | None
) -> tuple[dict[str, int], Counter[Any]]:
    """What is wrong with a mode, each as a number that should be none; and its threads."""
    schema = MODES[mode].lower()
    stored = ask(house.server, f"SELECT channel, event_id, state FROM {schema}.messaging_inboxevent")
    found = Counter((channel, key) for channel, key, _ in stored)
    threads: Counter[Any] = Counter(tuple(row) for row in ask(house.server, THREADS.format(schema=schema)))
    wanted = first if first is not None else threads
    outbox = ask(house.server, f"SELECT state, provider_ref, refs FROM {schema}.messaging_outboxmessage")
    known = {ref for _, one, refs in outbox for ref in [one, *refs]}
    taken = [one for one in platform.taken if one.host == f"{schema}.localhost"]
    keyed = Counter(one.key for one in taken if one.key)
    return {
        "lost": len(keys - set(found)), "unknown": len(set(found) - keys), "doubled": sum(n - 1 for n in found.values()),
        "not worked": sum(state != "DONE" for _, _, state in stored),
        "lines missing": (wanted - threads).total(), "lines too many": (threads - wanted).total(),
        "unanswered": ask(house.server, UNANSWERED.format(schema=schema))[0][0],
        "unsent": sum(state not in {"SENT", "DELIVERED", "READ", "EXPIRED"} for state, _, _ in outbox),
        "sent twice": sum(one.id not in known for one in taken) + sum(n - 1 for n in keyed.values()),
    }, threads  # fmt: skip


def picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 40), "navy").save(out, "JPEG")
    return out.getvalue()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(server: Any, platform_port: int) -> Iterator[House]:
    house = House(server, free_port(), platform_port)
    try:
        house.start()
        yield house
    finally:
        house.stop()
        if house.server is not server:
            house.server.stop()


async def run(server: Any, count: int, modes: list[str], connections: int) -> int:
    from motcua.config import clock

    platform = Platform(picture())
    listening, platform_port = await platform.open()
    now = int(clock.now().timestamp() * 1000)
    media = f"http://127.0.0.1:{platform_port}/sandbox/{{door}}/files/a"
    events = plan.make(count, begins=now - 40 * 60_000, ends=now - 60_000, media=media)
    first: Counter[Any] | None = None
    wrong = 0
    print(
        f"{count:,} webhooks of Zalo and Messenger, {connections} at once; load before: {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    print(
        f"  {'':9} {'calls':>7} {'rows':>7} {'lines':>7} {'answers':>8} {'sent in':>8} {'worked in':>9}  per second  killed",
        flush=True,
    )
    with running(server, platform_port) as house:
        for mode in modes:
            dice, played = random.Random(mode), events
            if mode in {"doubled", "killed"}:
                played = plan.doubled(played, dice)
            if mode in {"shuffled", "killed"}:
                played = plan.shuffled(played, dice)
            _, keys = wires_of(events, MODES[mode])
            wires, _ = wires_of(played, MODES[mode])
            told, sent, worked = await play(house, mode, wires, connections)
            faults, threads = judge(house, platform, mode, keys, first)
            first = first if first is not None else threads
            answers = sum(one.host == f"{MODES[mode].lower()}.localhost" for one in platform.taken)
            killed = ", ".join(f"{name} {n}" for name, n in house.kills.items()) if mode == "killed" else "-"
            print(
                f"  {mode:9} {told.calls:7,} {len(keys):7,} {threads.total():7,} {answers:8,} {sent:7.1f}s {worked:8.1f}s "
                f"{len(keys) / worked:11.0f}  {killed}",
                flush=True,
            )
            bad = {name: number for name, number in faults.items() if number}
            said = bad or "nothing lost, nothing twice, the same threads"
            print(
                f"{'':12}slowest answer {told.slowest * 1000:.0f} ms, came again {told.unanswered}; {said}",
                flush=True,
            )
            wrong += bool(bad)
            if bad:
                for name, lines in (("missing", first - threads), ("too many", threads - first)):
                    for line in list(lines)[:3]:
                        print(f"{'':12}{name}: {[str(part) for part in line]}", flush=True)
    listening.close()
    return min(wrong, 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=list(MODES))
    parser.add_argument("--connections", type=int, default=16)
    told = parser.parse_args()
    os.environ.setdefault("MOTCUA_MODELS", str(installation.ROOT / ".cache" / "understanding"))
    with installation.made() as server:
        train()
        prepare([MODES[mode] for mode in told.modes])
        return asyncio.run(run(server, told.count, told.modes, told.connections))


if __name__ == "__main__":
    sys.exit(main())
