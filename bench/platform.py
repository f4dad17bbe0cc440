"""Zalo, Messenger and a carrier as a measurement needs them: they call until they are answered, and take in what we send."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

ANSWER_WITHIN = 2.0  # as Zalo waits
AGAIN_AFTER = (0.3, 0.6, 1.0, 2.0)  # its ladder, compressed; the last step goes on until it is answered


@dataclass
class Taken:
    """What somebody was sent: at which company, on which channel, the words, under which id."""

    host: str
    person: str
    text: str
    id: str
    key: str
    at: float


@dataclass
class Platform:
    """The providers' API on one port of this machine, for every company."""

    picture: bytes
    taken: list[Taken] = field(default_factory=list)
    by_person: dict[tuple[str, str], list[Taken]] = field(default_factory=lambda: defaultdict(list))
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    async def open(self) -> tuple[asyncio.Server, int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return server, server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                headers = {
                    line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines if line
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                kind, told = self._answer(first.split()[1], headers, body)
                writer.write(
                    f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(told)}\r\n\r\n".encode()
                    + told
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # hung up, or the measurement is over
        finally:
            writer.close()

    def _answer(self, address: str, headers: dict[str, str], body: bytes) -> tuple[str, bytes]:
        parts, host = urlsplit(address), headers.get("host", "").partition(":")[0]
        if "/files/" in parts.path:
            return "image/jpeg", self.picture
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told: dict[str, Any] = {"error": 0, "data": {}}
        if parts.path.endswith("/oa/message/cs"):
            given = json.loads(body)
            message_id = self._take(host, given["recipient"]["user_id"], given["message"].get("text", ""), "")
            told = {"error": 0, "message": "Success", "data": {"message_id": message_id}}
        elif parts.path.endswith("/oa/conversation"):
            found = self.by_person[host, json.loads(query["data"])["user_id"]][-10:]
            told = {
                "error": 0,
                "data": [
                    {"src": 0, "message": one.text, "message_id": one.id, "time": one.at * 1000}
                    for one in found
                ],
            }
        elif parts.path.endswith("/messages"):
            given = json.loads(body)
            if "message" in given:
                message = given["message"]
                told = {
                    "message_id": self._take(
                        host, given["recipient"]["id"], message.get("text", ""), message.get("metadata", "")
                    )
                }
        elif parts.path.startswith(
            "/sandbox/sms"
        ):  # a danger somebody tells of makes a fault report, with notices by SMS
            told = {"CodeResult": "100", "SMSID": f"sms-{next(self._ids)}"}
        elif parts.path.endswith("/conversations"):
            page, found = parts.path.split("/")[-2], self.by_person[host, query.get("user_id", "")][-10:]
            rows = [
                {"id": one.id, "message": one.text, "from": {"id": page}, "created_time": time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(one.at))}
                for one in found
            ]  # fmt: skip
            told = {"data": [{"messages": {"data": rows}}]}
        return "application/json", json.dumps(told).encode()

    def _take(self, host: str, person: str, text: str, key: str) -> str:
        one = Taken(host, person, text, f"sent-{next(self._ids)}", key, time.time())  # noqa: TID251 - it is another's clock
        self.taken.append(one)
        self.by_person[host, person].append(one)
        return one.id


@dataclass
class Told:
    """How the calls went."""

    calls: int = 0
    answered: int = 0
    new: int = 0
    unanswered: int = 0
    slowest: float = 0.0


async def deliver(
    wires: list[bytes], port: int, *, connections: int = 16, on_answer: Callable[[int], None] = lambda _: None
) -> Told:
    """Make every call, in order as far as so many at once keep it, each again until it is answered 200."""
    told = Told()
    waiting: list[tuple[float, int, int, bytes]] = []
    fresh = iter(enumerate(wires))
    left = len(wires)

    async def work() -> None:
        nonlocal left
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while left:
            now = time.monotonic()
            if waiting and waiting[0][0] <= now:
                _, number, tries, wire = heapq.heappop(waiting)
            else:
                found = next(fresh, None)
                if found is None:
                    await asyncio.sleep(0.02)
                    continue
                (number, wire), tries = found, 0
            told.calls += 1
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    line = line or await asyncio.open_connection("127.0.0.1", port)
                    status, body = await _ask(*line, wire)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                status, body = 0, b""
                if line is not None:
                    line[1].close()
                line = None
            told.slowest = max(told.slowest, time.monotonic() - now) if status == 200 else told.slowest
            if status == 200:
                left -= 1
                told.answered += 1
                told.new += int(json.loads(body)["stored"])
                on_answer(told.answered)
            else:
                told.unanswered += 1
                after = AGAIN_AFTER[min(tries, len(AGAIN_AFTER) - 1)]
                heapq.heappush(waiting, (time.monotonic() + after, number, tries + 1, wire))
        if line is not None:
            line[1].close()

    await asyncio.gather(*[work() for _ in range(connections)])
    return told


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: bytes) -> tuple[int, bytes]:
    writer.write(wire)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return int(head.split(None, 2)[1]), await reader.readexactly(length)
