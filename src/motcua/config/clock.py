"""The clock of this process: the one place where the time is read. Operations take their instant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from motcua.config.env import ENV
from motcua.kernel.clock import Clock, FileClock, SystemClock


def _choose() -> Clock:
    if not ENV.clock:
        return SystemClock()
    if ENV.production:
        raise SystemExit("MOTCUA_CLOCK is for development and demos; it is refused in production.")
    return FileClock(Path(ENV.clock))


CLOCK: Clock = _choose()


def now() -> datetime:
    """The present instant with zone UTC."""
    return CLOCK.now()
