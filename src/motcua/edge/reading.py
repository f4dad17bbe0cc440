"""Reading for the live streams of a company: those that want to read at the same time are read for by one statement.

Thousands of streams look at every heartbeat, and each asking for itself would leave the database no time for the others.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import psycopg
import structlog
from psycopg.rows import TupleRow

from motcua.channels.live import STAFF, Ticket
from motcua.edge.database import Database, Tenant
from motcua.edge.line import Line

log = structlog.get_logger(__name__)

PAGE = 100
MOST_TOGETHER = 500
READ = """
SELECT wanted.number, m.seq, m.direction, m.kind, m.author, m.author_name, m.text, m.payload, m.at, m.channel
  FROM unnest(%s::int[], %s::uuid[], %s::int[], %s::bool[], %s::uuid[]) AS wanted (number, conversation, after, is_staff, leg)
 CROSS JOIN LATERAL (
       SELECT seq, direction, kind, author, author_name, text, payload, at, channel FROM messaging_message
        WHERE conversation_id = wanted.conversation AND seq > wanted.after AND (wanted.is_staff OR NOT is_internal)
          AND (wanted.leg IS NULL OR leg_id IS NULL OR leg_id = wanted.leg)
        ORDER BY seq LIMIT %s) AS m
 ORDER BY wanted.number, m.seq
"""


@dataclass(slots=True)
class _Wanted:
    ticket: Ticket
    after: int
    done: asyncio.Future[list[TupleRow]]


@dataclass
class Reader:
    """The streams of one company that want to read, and the task that reads for them."""

    line: Line
    _queue: list[_Wanted] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, database: Database, tenant: Tenant) -> Reader:
        return cls(Line(database, tenant))

    async def read(self, ticket: Ticket, after: int) -> list[TupleRow]:
        """Messages behind `after` that the ticket's holder may read, a page at most; none while the database is away."""
        wanted = _Wanted(ticket, after, asyncio.get_running_loop().create_future())
        self._queue.append(wanted)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_all())
        return await wanted.done

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        await self.line.close()

    async def _read_all(self) -> None:
        while self._queue:
            together, self._queue = self._queue[:MOST_TOGETHER], self._queue[MOST_TOGETHER:]
            found: list[list[TupleRow]] = [[] for _ in together]
            try:
                for number, *row in await self.line.ask(READ, _columns(together)):
                    found[number].append(tuple(row))
            except (psycopg.Error, OSError, TimeoutError) as error:  # the next bell or heartbeat reads again
                log.warning(
                    "edge_read_failed",
                    company=self.line.tenant.code,
                    streams=len(together),
                    error=type(error).__name__,
                )
            for wanted, rows in zip(together, found, strict=True):
                if not wanted.done.done():
                    wanted.done.set_result(rows)


def _columns(together: list[_Wanted]) -> list[object]:
    return [
        list(range(len(together))),
        [wanted.ticket.conversation_id for wanted in together],
        [wanted.after for wanted in together],
        [wanted.ticket.scope == STAFF for wanted in together],
        [wanted.ticket.leg_id for wanted in together],
        PAGE,
    ]
