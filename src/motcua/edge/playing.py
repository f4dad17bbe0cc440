"""Live streams: one LISTEN connection hears that there is something new, each stream reads the rows it lacks.

The rows are the truth and a notification only a bell, so nothing is lost when a bell is: a stream reads again
at every
heartbeat, and all of them when the LISTEN connection was made anew.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import psycopg
import structlog

from motcua.channels.live import STAFF, Ticket
from motcua.edge import measures
from motcua.edge.database import Database, Tenant

log = structlog.get_logger(__name__)

LISTEN = "mc_live"
HEARTBEAT_SECONDS = 15.0
RETRY_MS = 3000
PAGE = 100
LONGEST_STREAM_SECONDS = 3600.0

_READ = """
SELECT seq, direction, kind, author, author_name, text, payload, at FROM messaging_message
 WHERE conversation_id = %s AND seq > %s AND (%s OR NOT is_internal) ORDER BY seq LIMIT %s
"""
# What of a payload a reader's page may see; the rest is the house's own.
_SHOWN = (
    "buttons",
    "notice",
    "owner",
    "status",
    "document_id",
    "file_name",
    "mime",
    "form",
    "request_number",
    "link",
)


@dataclass
class Hub:
    """Who listens to which conversation."""

    database: Database
    _bells: defaultdict[tuple[str, str], set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    is_listening: bool = False

    async def listen_forever(self) -> None:
        """Hear notifications; after a broken connection make a new one and let every stream look again."""
        while not self.stopping.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.database.url, autocommit=True, keepalives_idle=20, keepalives_interval=5
                ) as connection:
                    await connection.execute(f"LISTEN {LISTEN}")
                    self.is_listening = True
                    self._ring_all()
                    async for notification in connection.notifies():
                        self._ring(notification.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("edge_listen_lost", error=type(error).__name__)
            self.is_listening = False
            measures.RESYNCS.inc()
            await asyncio.sleep(0.5)

    def stop(self) -> None:
        """Let every stream end now."""
        self.stopping.set()
        self._ring_all()

    def _ring(self, payload: str) -> None:
        company, _, rest = payload.partition(":")
        for bell in self._bells.get((company, rest.partition(":")[0]), ()):
            bell.set()

    def _ring_all(self) -> None:
        for bells in list(self._bells.values()):
            for bell in bells:
                bell.set()

    async def play(self, tenant: Tenant, ticket: Ticket, after: int) -> AsyncIterator[bytes]:
        """The stream's bytes: every message after `after`, then each new one; a comment when all is quiet."""
        key = (tenant.code, str(ticket.conversation_id))
        bell = asyncio.Event()
        self._bells[key].add(bell)
        measures.STREAMS.inc()
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            ends = asyncio.get_running_loop().time() + LONGEST_STREAM_SECONDS
            while not self.stopping.is_set() and asyncio.get_running_loop().time() < ends:
                bell.clear()
                while frames := await self._read(tenant, ticket, after):
                    for seq, frame in frames:
                        after = seq
                        yield frame
                if self.stopping.is_set():
                    break
                try:
                    await asyncio.wait_for(bell.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": alive\n\n"
        finally:
            measures.STREAMS.dec()
            self._bells[key].discard(bell)
            if not self._bells[key]:
                del self._bells[key]

    async def _read(self, tenant: Tenant, ticket: Ticket, after: int) -> list[tuple[int, bytes]]:
        try:
            async with self.database.within(tenant) as connection:
                cursor = await connection.execute(
                    _READ, [ticket.conversation_id, after, ticket.scope == STAFF, PAGE]
                )
                rows = await cursor.fetchall()
        except (
            psycopg.Error,
            OSError,
        ) as error:  # the database is away: the next bell or heartbeat reads again
            log.warning("edge_read_failed", company=tenant.code, error=type(error).__name__)
            return []
        measures.EVENTS.inc(len(rows))
        return [(row[0], frame(*row)) for row in rows]


def frame(
    seq: int,
    direction: str,
    kind: str,
    author: str,
    author_name: str,
    text: str,
    payload: dict[str, object],
    at: object,
) -> bytes:
    """One server-sent event; its id is the message's number, which a browser sends back when it reconnects."""
    data = {
        "seq": seq,
        "direction": direction,
        "kind": kind,
        "author": author.partition(":")[0],
        "author_name": author_name,
        "text": text,
        "at": at,
        **{name: payload[name] for name in _SHOWN if name in payload},
    }
    return b"id: %d\nevent: message\ndata: %s\n\n" % (seq, orjson.dumps(data))


def read_after(query: str | None, last_event_id: str | None) -> int:
    """Where to go on: what the browser says it has seen last, else what the page was drawn with."""
    for given in (last_event_id, query):
        if given and given.isascii() and given.isdigit():
            return min(int(given), 2**31 - 1)
    return 0


def parse_conversation(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
