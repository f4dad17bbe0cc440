"""Webhook rows of one company that wait at the same time are committed together, then all answered.

One commit costs a disk flush; under load forty callers share it. A caller is answered only after the commit
that
holds its row, so what was acknowledged survives a kill.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import psycopg
import structlog

from motcua.channels.calls import Stored
from motcua.edge import measures
from motcua.edge.database import Database, Tenant

log = structlog.get_logger(__name__)

MOST_ROWS = 500
WAKE_EVERY_SECONDS = 0.2

INSERT = """
INSERT INTO messaging_inboxevent (channel, event_id, sender, payload, received_at, sent_at)
SELECT channel, event_id, sender, payload::jsonb, received_at, sent_at
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
       AS row (channel, event_id, sender, payload, received_at, sent_at)
    ON CONFLICT (channel, event_id) DO NOTHING
RETURNING channel, event_id
"""
WAKE = """
SELECT procrastinate_defer_jobs_v1(ARRAY[
       ROW('wake', 'motcua.wake', 0, NULL, %s, %s::jsonb, NULL)::procrastinate_job_to_defer_v1])
"""


class TooBusy(Exception):
    """More webhooks wait than we will hold; the provider is to try again."""


@dataclass
class _Waiting:
    channel: str
    row: Stored
    payload: str
    at: datetime
    done: asyncio.Future[bool]


@dataclass
class Storer:
    """The queue of one company and the task that commits it."""

    database: Database
    tenant: Tenant
    most_waiting: int = 20_000
    _queue: list[_Waiting] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _woken_at: float = 0.0
    _wake_task: asyncio.Task[None] | None = None

    async def store(self, channel: str, rows: list[Stored], at: datetime) -> int:
        """Commit the rows (with whoever else waits); how many were new. Raises TooBusy, psycopg.Error."""
        if len(self._queue) + len(rows) > self.most_waiting:
            raise TooBusy
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(channel, row, _as_json(row.payload), at, loop.create_future()) for row in rows]
        self._queue += waiting
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all())
        return sum(await asyncio.gather(*[one.done for one in waiting]))

    async def settle(self) -> None:
        """Commit what waits: the last act before the edge stops."""
        for task in (self._task, self._wake_task):
            if task is not None and not task.done():
                await asyncio.wait([task], timeout=2)

    async def _commit_all(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:MOST_ROWS], self._queue[MOST_ROWS:]
            try:
                await self._commit(batch)
            except psycopg.DataError:
                await self._commit_singly(batch)  # one bad row must not take the others with it
            except Exception as error:
                log.warning(
                    "edge_store_failed", company=self.tenant.code, rows=len(batch), error=type(error).__name__
                )
                _fail(batch, error)

    async def _commit(self, batch: list[_Waiting]) -> None:
        columns = [
            [one.channel for one in batch],
            [one.row.event_id[:200] for one in batch],
            [one.row.sender[:120] for one in batch],
            [one.payload for one in batch],
            [one.at for one in batch],
            [one.row.sent_at for one in batch],
        ]
        async with self.database.within(self.tenant) as connection:
            cursor = await connection.execute(INSERT, columns)
            new = set(await cursor.fetchall())
        measures.BATCH.observe(len(batch))
        for one in batch:  # a double within the batch: the first of them is the new one
            key = (one.channel, one.row.event_id[:200])
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


def _as_json(payload: object) -> str:
    """The payload as the database takes it: what JSON lets through and text does not (halves of characters, zero bytes,
    numbers without end) is replaced, so that no caller's row can spoil a batch.
    """
    try:
        text = orjson.dumps(payload).decode()
    except TypeError:
        text = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace").decode()
    return text.replace("\\u0000", "")


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.done.done():
            one.done.set_exception(error)
