"""A stand-in's own small store: a file in the home, not our database, as the outside world would have it.

What it took survives whatever happens to us. The faults planned for the next messages lie there as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Generic, TypeVar

from motcua.config.env import ENV

Fault = TypeVar("Fault", bound=StrEnum)
FAULTS = "CREATE TABLE IF NOT EXISTS faults (serial INTEGER PRIMARY KEY, fault TEXT)"


class Store(Generic[Fault]):
    """A file with these tables, and faults of this kind."""

    def __init__(self, name: str, tables: Sequence[str], faults: type[Fault]) -> None:
        self.name = name
        self.tables = (*tables, FAULTS)
        self.faults = faults

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        folder = ENV.home / "sandbox"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / f"{self.name}.sqlite3", timeout=10, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            for table in self.tables:
                connection.execute(table)
            yield connection
        finally:
            connection.close()

    def plan_faults(self, names: Sequence[str]) -> int:
        """Let these faults happen, one to each of the next messages; unknown names are left out."""
        known = [name for name in names if name in self.faults.__members__]
        with self.open() as opened:
            opened.executemany("INSERT INTO faults (fault) VALUES (?)", [[name] for name in known])
        return len(known)

    def next_fault(self, opened: sqlite3.Connection) -> Fault | None:
        """The fault planned for this message, taken off the list."""
        row = opened.execute("SELECT serial, fault FROM faults ORDER BY serial LIMIT 1").fetchone()
        if row is None:
            return None
        taken = opened.execute("DELETE FROM faults WHERE serial = ?", [row[0]]).rowcount
        return self.faults(row[1]) if taken else None
