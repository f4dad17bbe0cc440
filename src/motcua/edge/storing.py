"""Webhook rows of one company that wait at the same time are committed together, then all answered.

One commit costs a disk flush; under load forty callers share it. A caller is answered only after the commit that holds
its row, so what was acknowledged survives a kill. While a company's webhooks come it has a line of its own, and a batch
is one statement there and back.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import psycopg
import structlog

from motcua.channels.calls import Stored
from motcua.edge import measures
from motcua.edge.database import Database, Tenant
from motcua.edge.line import Line
from motcua.kernel import storable

log = structlog.get_logger(__name__)

MOST_ROWS = 500
GATHER_SECONDS = 0.001  # a row waits this long for others: a batch costs ten times as much as a row in it
WITHIN_SECONDS = 10.0  # a caller whose row is not committed by then is told to come again
WATCH_EVERY_SECONDS = 0.5
WAKE_EVERY_SECONDS = 0.2

INSERT = """
INSERT INTO messaging_inboxevent (channel, event_id, sender, payload, received_at, sent_at)
SELECT channel, event_id, sender, payload, received_at, sent_at
  FROM json_to_recordset(%s::json)
       AS row (channel text, event_id text, sender text, payload jsonb, received_at timestamptz, sent_at timestamptz)
    ON CONFLICT (channel, event_id) DO NOTHING
RETURNING channel, event_id
"""
WAKE = """
SELECT procrastinate_defer_jobs_v1(ARRAY[
       ROW('wake', 'motcua.wake', 0, NULL, %s, %s::jsonb, NULL)::procrastinate_job_to_defer_v1])
"""


class TooBusy(Exception):
    """More webhooks wait than we will hold; the provider is to try again."""


@dataclass(frozen=True, slots=True)
class Row:
    """An inbox row as the database takes it: nothing in it can spoil the rows beside it."""

    event_id: str
    sender: str
    payload: str
    sent_at: datetime | None


def fit(found: Stored) -> Row:
    """What was read of a call, made fit to be stored. Raises ValueError for what lies too deep."""
    return Row(
        storable.as_text(found.event_id)[:200], storable.as_text(found.sender)[:120], storable.as_json(found.payload),
        found.sent_at,
    )  # fmt: skip


@dataclass(slots=True)
class _Waiting:
    channel: str
    row: Row
    at: datetime
    done: asyncio.Future[bool]
    until: float


@dataclass
class Storer:
    """The queue of one company, the task that commits it, and its connection."""

    database: Database
    tenant: Tenant
    line: Line
    most_waiting: int = 20_000
    _queue: list[_Waiting] = field(default_factory=list)
    _batch: list[_Waiting] = field(default_factory=list)
    _watch: asyncio.TimerHandle | None = None
    _task: asyncio.Task[None] | None = None
    _woken_at: float = 0.0
    _wake_task: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, database: Database, tenant: Tenant) -> Storer:
        return cls(database, tenant, Line(database, tenant))

    async def store(self, channel: str, rows: list[Row], at: datetime) -> int:
        """Commit the rows (with whoever else waits); how many were new. Raises TooBusy, TimeoutError,
        psycopg.Error.
        """
        if len(self._queue) + len(rows) > self.most_waiting:
            raise TooBusy
        loop = asyncio.get_running_loop()
        until = loop.time() + WITHIN_SECONDS
        waiting = [_Waiting(channel, row, at, loop.create_future(), until) for row in rows]
        self._queue += waiting
        if self._watch is None:
            self._watch = loop.call_later(WATCH_EVERY_SECONDS, self._give_up)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all())
        if len(waiting) == 1:
            return int(await waiting[0].done)
        return sum(await asyncio.gather(*[one.done for one in waiting]))

    async def settle(self) -> None:
        """Commit what waits: the last act before the edge stops."""
        for task in (self._task, self._wake_task):
            if task is not None and not task.done():
                await asyncio.wait([task], timeout=2)
        if self._watch is not None:
            self._watch.cancel()
        await self.line.close()

    def _give_up(self) -> None:
        """Let those go who waited too long: one look at all of them, where a timer for each would cost more than its row."""
        waiting = [one for one in (*self._batch, *self._queue) if not one.done.done()]
        loop = asyncio.get_running_loop()
        _fail([one for one in waiting if one.until <= loop.time()], TimeoutError())
        self._watch = loop.call_later(WATCH_EVERY_SECONDS, self._give_up) if waiting else None

    async def _commit_all(self) -> None:
        while self._queue:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._queue = self._queue[:MOST_ROWS], self._queue[MOST_ROWS:]
            self._batch = batch
            try:
                await self._commit(batch)
            except (psycopg.DataError, UnicodeError, orjson.JSONEncodeError):
                await self._commit_singly(batch)  # one bad row must not take the others with it
            except Exception as error:
                log.warning(
                    "edge_store_failed", company=self.tenant.code, rows=len(batch), error=type(error).__name__
                )
                _fail(batch, error)

    async def _commit(self, batch: list[_Waiting]) -> None:
        new = set(await self.line.ask(INSERT, [_as_one(batch)]))
        measures.BATCH.observe(len(batch))
        for one in batch:  # a double within the batch: the first of them is the new one
            key = (one.channel, one.row.event_id)
            if not one.done.done():
                one.done.set_result(key in new)
            new.discard(key)
        self._wake_soon()

    async def _commit_singly(self, batch: list[_Waiting]) -> None:
        for one in batch:
            try:
                await self._commit([one])
            except Exception as error:
                _fail([one], error)

    def _wake_soon(self) -> None:
        if self._wake_task is None or self._wake_task.done():
            self._wake_task = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        """Tell the worker; a lost word costs at most its sweep's interval."""
        await asyncio.sleep(max(0.0, self._woken_at + WAKE_EVERY_SECONDS - time.monotonic()))
        self._woken_at = time.monotonic()
        lock = f"messaging-inbox:{self.tenant.schema}"
        arguments = orjson.dumps({"job": "messaging-inbox", "schema": self.tenant.schema}).decode()
        try:
            async with self.database.nationally() as connection:
                await connection.execute(WAKE, [lock, arguments])
        except psycopg.errors.UniqueViolation:  # a wake-up for the same work already waits
            pass
        except Exception as error:
            log.warning("edge_wake_failed", company=self.tenant.code, error=type(error).__name__)


def _as_one(batch: list[_Waiting]) -> str:
    """The rows as one JSON value: written in one go, where six arrays would be put together element by element."""
    return orjson.dumps(
        [
            {
                "channel": one.channel, "event_id": one.row.event_id, "sender": one.row.sender,
                "payload": orjson.Fragment(one.row.payload), "received_at": one.at, "sent_at": one.row.sent_at,
            }
            for one in batch
        ]
    ).decode()  # fmt: skip


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.done.done():
            one.done.set_exception(error)
