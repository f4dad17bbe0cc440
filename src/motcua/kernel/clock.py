"""Clocks. The only module that reads the wall clock; faces and jobs ask it and pass the instant down as `at`.

A `FileClock` follows a small file, so that a demonstration can let days pass for every process of one
machine at once.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place


class FixedClock:
    """A clock that stands still until it is told otherwise; for tests."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("an instant without a zone")
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


class FileClock:
    """The machine's clock, moved or stopped by a file that is read again whenever it changes.

    No file, or one that cannot be understood, means the machine's own time.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._system = SystemClock()
        self._seen: tuple[int, int, int] | None = None
        self._offset = timedelta(0)
        self._fixed: datetime | None = None

    def now(self) -> datetime:
        self._refresh()
        return self._fixed if self._fixed is not None else self._system.now() + self._offset

    def _refresh(self) -> None:
        try:
            found = os.stat(self.path)
            mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            mark = None
        if mark == self._seen:
            return
        self._offset, self._fixed = (timedelta(0), None) if mark is None else _read(self.path)
        self._seen = mark


def _read(path: Path) -> tuple[timedelta, datetime | None]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if "fixed" in told:
            fixed = datetime.fromisoformat(told["fixed"])
            return timedelta(0), fixed.astimezone(UTC) if fixed.tzinfo else fixed.replace(tzinfo=UTC)
        return timedelta(seconds=float(told.get("offset_seconds", 0))), None
    except (OSError, ValueError, TypeError, AttributeError, OverflowError):
        return timedelta(0), None


def set_file(
    path: str | os.PathLike[str],
    *,
    at: datetime | None = None,
    offset: timedelta | None = None,
    running: bool = True,
) -> None:
    """Tell every FileClock on `path` what time it is; the file is replaced in one piece.

    `at` alone: it is that instant now, and time goes on from there; with `running=False` it stands still.
    `offset`: so much ahead of the machine. Neither: back to the machine's time.
    """
    target = Path(path)
    told: dict[str, object]
    if at is not None:
        if at.tzinfo is None:
            raise ValueError("an instant without a zone")
        ahead = (at - SystemClock().now()).total_seconds()
        told = {"offset_seconds": ahead} if running else {"fixed": at.astimezone(UTC).isoformat()}
    elif offset is not None:
        told = {"offset_seconds": offset.total_seconds()}
    else:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".clock-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(told, file)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def advance_file(path: str | os.PathLike[str], by: timedelta) -> datetime:
    """Let `by` pass for every FileClock on `path`; returns the new time there."""
    clock = FileClock(path)
    now = clock.now() + by
    set_file(path, at=now, running=clock._fixed is None)
    return now
