"""A connection of a company's own, for whoever asks often: set to its schema and the edge's role once, so that a question is
one statement there and back. Made when it is needed, made anew when it broke, given up when it is idle.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from motcua.edge.database import Connection, Database, Tenant

KEEP_SECONDS = 60.0
WITHIN_SECONDS = 15.0


@dataclass
class Line:
    """One asks at a time. Each statement commits by itself, and must do no harm when it is asked twice."""

    database: Database
    tenant: Tenant
    _connection: Connection | None = None
    _idle: asyncio.TimerHandle | None = None
    _closing: asyncio.Task[None] | None = None

    async def ask(self, statement: str, values: Sequence[Any]) -> list[TupleRow]:
        """The rows. A line that broke since the last time is made anew once. Raises psycopg.Error, OSError, TimeoutError."""
        if self._idle is not None:
            self._idle.cancel()
        for is_last in (self._connection is None, True):
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    connection = self._connection or await self._connect()
                    cursor = await connection.execute(statement, values, prepare=True)
                    rows = await cursor.fetchall()
            except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError):
                await self.close()
                if is_last:
                    raise
            else:
                self._idle = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._close_soon)
                return rows
        raise AssertionError("not reached")

    async def _connect(self) -> Connection:
        self._connection = await self.database.connect(self.tenant)
        return self._connection

    def _close_soon(self) -> None:
        self._closing = asyncio.create_task(self.close())

    async def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()
