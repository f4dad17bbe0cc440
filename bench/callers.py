"""Machines that call ours over kept connections: the next call goes when the last is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Told:
    """What the callers saw: seconds of each call, answers that were not the one wanted, how long it all lasted."""

    took: list[float] = field(default_factory=list)
    wrong: list[bytes] = field(default_factory=list)
    lasted: float = 0.0


class _Caller(asyncio.Protocol):
    def __init__(
        self, wires: Iterator[bytes], until: float, told: Told, is_right: Callable[[bytes], bool]
    ) -> None:
        self.wires, self.until, self.told, self.is_right = wires, until, told, is_right
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.read = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        wire = next(self.wires, None) if time.perf_counter() < self.until else None
        if wire is None:
            self.transport.close()
            return
        self.begun = time.perf_counter()
        self.transport.write(wire)

    def data_received(self, data: bytes) -> None:
        self.read += data
        is_json = b"HTTP/1.1 200" in self.read[:12] or b"application/json" in self.read
        if is_json and not self.read.rstrip().endswith(b"}"):
            return  # the rest of the answer follows
        self.told.took.append(time.perf_counter() - self.begun)
        if not self.is_right(self.read):
            self.told.wrong.append(self.read[-200:])
        self.read = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def drive(
    port: int, wires: Iterator[bytes], *, seconds: float, connections: int, is_right: Callable[[bytes], bool]
) -> Told:
    """Send these calls, made beforehand, over so many connections for so long. `is_right`: the answer is the one wanted."""
    return asyncio.run(_drive(port, wires, seconds, connections, is_right))


async def _drive(
    port: int, wires: Iterator[bytes], seconds: float, connections: int, is_right: Callable[[bytes], bool]
) -> Told:
    told, begun, loop = Told(), time.perf_counter(), asyncio.get_running_loop()
    made = await asyncio.gather(
        *[
            loop.create_connection(lambda: _Caller(wires, begun + seconds, told, is_right), "127.0.0.1", port)
            for _ in range(connections)
        ]
    )
    await asyncio.gather(*[caller.done for _, caller in made])
    told.lasted = time.perf_counter() - begun
    return told
