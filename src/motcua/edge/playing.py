"""Live streams: one LISTEN connection hears that there is something new, each stream reads the rows it lacks.

The rows are the truth and a notification only a bell, so nothing is lost when a bell is: a stream reads again at every
heartbeat, and all of them when the LISTEN connection was made anew. Signs (who is here, who types, who has read) are
played beside the messages and have no number: where a stream goes on is decided by messages alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from motcua.channels.live import LIFE_SECONDS, STAFF, DeskTicket, Ticket
from motcua.edge import measures
from motcua.edge.board import Board
from motcua.edge.database import Database, Tenant
from motcua.edge.reading import PAGE, Reader
from motcua.messaging import signs
from motcua.messaging.signs import News, Sign

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 3000
DESK_PAUSE_SECONDS = 1.0  # what changes meanwhile is told together
ALIVE = b"event: alive\ndata:\n\n"  # an event and no comment, so that a page notices when it no longer comes
SYNC = b"event: sync\ndata:\n\n"
LONGEST_STREAM_SECONDS = float(
    LIFE_SECONDS
)  # who may hear is asked anew: pages come back with a fresh ticket before

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


class Bell:
    """Wakes one stream: rings for new messages, or only for a sign."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.has_news = True

    def ring(self, *, has_news: bool) -> None:
        self.has_news = self.has_news or has_news
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within this time."""
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return False
        self._rung.clear()
        return True


@dataclass(eq=False)
class DeskBell:
    """Wakes one stream of the desk, with the conversations that changed."""

    ticket: DeskTicket
    bell: Bell = field(default_factory=Bell)
    changed: set[str] = field(default_factory=set)
    is_stale: bool = True


@dataclass
class Hub:
    """Who listens to which conversation, and which desks listen to all of theirs."""

    database: Database
    board: Board = field(default_factory=Board)
    _bells: defaultdict[tuple[str, str], set[Bell]] = field(default_factory=lambda: defaultdict(set))
    _desks: defaultdict[str, set[DeskBell]] = field(default_factory=lambda: defaultdict(set))
    _readers: dict[str, Reader] = field(default_factory=dict)
    _telling: set[asyncio.Task[None]] = field(default_factory=set)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    is_listening: bool = False

    async def listen_forever(self) -> None:
        """Hear notifications; after a broken connection make a new one and let every stream look again."""
        while not self.stopping.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.database.url, autocommit=True, keepalives_idle=20, keepalives_interval=5
                ) as connection:
                    await connection.execute(f"LISTEN {signs.SIGNS}")
                    await connection.execute(f"LISTEN {signs.NEWS}")
                    self.is_listening = True
                    self._ring_all()
                    async for notification in connection.notifies():
                        self._hear(notification.channel, notification.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("edge_listen_lost", error=type(error).__name__)
            self.is_listening = False
            measures.RESYNCS.inc()
            await asyncio.sleep(0.5)

    def stop(self) -> None:
        """Let every stream end now."""
        self.stopping.set()
        self._ring_all()

    def tell(self, sign: Sign) -> None:
        """Pass a sign on to all processes, ours among them; lost when the database is away, which costs nothing."""
        task = asyncio.get_running_loop().create_task(self._notify(sign))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _notify(self, sign: Sign) -> None:
        try:
            async with self.database.pool.connection() as connection:
                await connection.execute("SELECT pg_notify(%s, %s)", [signs.SIGNS, sign.as_text()])
        except (psycopg.Error, OSError) as error:
            log.warning("edge_sign_lost", error=type(error).__name__)

    def _hear(self, channel: str, payload: str) -> None:
        if channel == signs.NEWS:
            self._ring(signs.read_news(payload))
        elif (sign := signs.read_sign(payload)) is not None:
            key = (sign.company, sign.conversation)
            if key in self._bells:
                self.board.hear(sign)
                self._wake(key, has_news=False)

    def _ring(self, news: News) -> None:
        self._wake((news.company, news.conversation), has_news=True)
        if not news.is_for_list:
            return
        for desk in self._desks.get(news.company, ()):
            if desk.ticket.is_about(unit_code=news.unit_code, staff_id=news.staff_id):
                desk.changed.add(news.conversation)
                desk.bell.ring(has_news=True)

    def _wake(self, key: tuple[str, str], *, has_news: bool) -> None:
        for bell in self._bells.get(key, ()):
            bell.ring(has_news=has_news)

    def _ring_all(self) -> None:
        for bells in list(self._bells.values()):
            for bell in bells:
                bell.ring(has_news=True)
        for desks in list(self._desks.values()):
            for desk in desks:
                desk.is_stale = True
                desk.bell.ring(has_news=True)

    async def play(self, tenant: Tenant, ticket: Ticket, after: int) -> AsyncIterator[bytes]:
        """The stream's bytes: every message after `after`, then each new one, and signs as they change."""
        key, bell = (tenant.code, str(ticket.conversation_id)), Bell()
        self._bells[key].add(bell)
        measures.STREAMS.inc()
        self._say(key, ticket, signs.HERE)
        shown: dict[str, Any] = {}
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            loop = asyncio.get_running_loop()
            ends, beat = loop.time() + LONGEST_STREAM_SECONDS, loop.time() + HEARTBEAT_SECONDS
            while not self.stopping.is_set() and loop.time() < ends:
                while bell.has_news:
                    bell.has_news = False
                    frames = await self._read(tenant, ticket, after)
                    for seq, frame in frames:
                        after = seq
                        yield frame
                    bell.has_news = bell.has_news or len(frames) == PAGE
                if (now := self.board.view(key, ticket)) != shown:
                    shown = now
                    yield b"event: sign\ndata: %s\n\n" % orjson.dumps(now)
                over = self.board.changes_in(key)
                await bell.wait(
                    max(min(beat - loop.time(), HEARTBEAT_SECONDS if over is None else over), 0.05)
                )
                if loop.time() >= beat and not self.stopping.is_set():
                    beat, bell.has_news = loop.time() + HEARTBEAT_SECONDS, True
                    self._say(key, ticket, signs.HERE)
                    yield ALIVE
        finally:
            measures.STREAMS.dec()
            self._bells[key].discard(bell)
            if not self._bells[key]:
                del self._bells[key]
                self.board.forget(key)
            self._say(key, ticket, signs.GONE)

    def _say(self, key: tuple[str, str], ticket: Ticket, what: str) -> None:
        """Staff are seen by their colleagues; whether a customer looks is not told."""
        if ticket.scope == STAFF and ticket.who:
            self.tell(Sign(*key, what, signs.STAFF, ticket.who, ticket.name))

    async def play_desk(self, tenant: Tenant, ticket: DeskTicket) -> AsyncIterator[bytes]:
        """Which conversations changed, a second's worth together. `sync` means: draw the whole list again, and comes first,
        so that what happened while nobody listened is never missed.
        """
        desk = DeskBell(ticket)
        self._desks[tenant.code].add(desk)
        measures.STREAMS.inc()
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            loop = asyncio.get_running_loop()
            ends = loop.time() + LONGEST_STREAM_SECONDS
            while not self.stopping.is_set() and loop.time() < ends:
                if desk.is_stale:
                    desk.is_stale = False
                    desk.changed.clear()
                    yield SYNC
                elif desk.changed:
                    changed, desk.changed = sorted(desk.changed), set()
                    yield b"event: changed\ndata: %s\n\n" % orjson.dumps({"conversations": changed})
                if not await desk.bell.wait(HEARTBEAT_SECONDS):
                    yield ALIVE
                elif not self.stopping.is_set():
                    await asyncio.sleep(DESK_PAUSE_SECONDS)
        finally:
            measures.STREAMS.dec()
            self._desks[tenant.code].discard(desk)

    async def _read(self, tenant: Tenant, ticket: Ticket, after: int) -> list[tuple[int, bytes]]:
        reader = self._readers.get(tenant.code)
        if reader is None:
            reader = self._readers.setdefault(tenant.code, Reader.of(self.database, tenant))
        rows = await reader.read(ticket, after)
        measures.EVENTS.inc(len(rows))
        return [(row[0], frame(*row)) for row in rows]

    async def close(self) -> None:
        """Give up the connections that streams were read by."""
        for reader in self._readers.values():
            await reader.close()


def frame(
    seq: int,
    direction: str,
    kind: str,
    author: str,
    author_name: str,
    text: str,
    payload: dict[str, object],
    at: object,
    channel: str,
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
        "channel": channel,
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
