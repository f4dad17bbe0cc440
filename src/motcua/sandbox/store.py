"""A stand-in's own small store: a file in the home, not our database, as the outside world would have it.

What it took survives whatever happens to us. The faults planned for the next messages lie there as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
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

    def take_fault(self, opened: sqlite3.Connection, kinds: Collection[Fault] | None = None) -> Fault | None:
        """The first fault planned that can happen here (any, without `kinds`), taken off the list."""
        for serial, name in opened.execute("SELECT serial, fault FROM faults ORDER BY serial").fetchall():
            if (kinds is None or name in kinds) and opened.execute(
                "DELETE FROM faults WHERE serial = ?", [serial]
            ).rowcount:
                return self.faults(name)
        return None

    def list_planned(self) -> list[Fault]:
        """The faults that will happen, in their order."""
        with self.open() as opened:
            rows = opened.execute("SELECT fault FROM faults ORDER BY serial").fetchall()
        return [self.faults(row[0]) for row in rows if row[0] in self.faults.__members__]

    def forget_faults(self) -> None:
        """All goes well again."""
        with self.open() as opened:
            opened.execute("DELETE FROM faults")
