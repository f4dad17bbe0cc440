"""Calls that were not believed, counted by channel, reason and day, for the operator to see.

Counted in memory and written together once a second: who floods a door with false calls must not buy a commit with
each of them. A kill loses a second's counting, and nothing that was acknowledged.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog

from motcua.edge.database import Database, Tenant
from motcua.kernel.local_time import local_date

log = structlog.get_logger(__name__)

WRITE_AFTER_SECONDS = 1.0
ADD = """
INSERT INTO channels_rejectedcall (channel, reason, day, count, first_at, last_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (channel, reason, day) DO UPDATE
   SET count = channels_rejectedcall.count + excluded.count,
       last_at = greatest(channels_rejectedcall.last_at, excluded.last_at)
"""


@dataclass
class _Count:
    number: int
    first_at: datetime
    last_at: datetime


@dataclass
class Rejections:
    """What one process has counted and not written yet."""

    database: Database
    _counts: dict[tuple[Tenant, str, str, date], _Count] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def count(self, tenant: Tenant, channel: str, reason: str, at: datetime) -> None:
        known = self._counts.setdefault((tenant, channel, reason, local_date(at)), _Count(0, at, at))
        known.number += 1
        known.last_at = max(known.last_at, at)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_soon())

    async def settle(self) -> None:
        """Write what is counted: among the last acts before the edge stops."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        await self._write()

    async def _write_soon(self) -> None:
        while self._counts:
            await asyncio.sleep(WRITE_AFTER_SECONDS)
            await self._write()

    async def _write(self) -> None:
        counted, self._counts = self._counts, {}
        for (tenant, channel, reason, day), one in counted.items():
            try:
                async with self.database.within(tenant) as connection:
                    await connection.execute(
                        ADD, [channel, reason, day, one.number, one.first_at, one.last_at]
                    )
            except Exception as error:  # the counter of the metrics has it still
                log.warning("edge_rejections_unwritten", company=tenant.code, error=type(error).__name__)
