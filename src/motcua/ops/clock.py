"""`motcua clock`: show and set the time of a demonstration, for all its processes at once; refused in
production.
"""

from __future__ import annotations

import argparse
import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from motcua.kernel import clock as kernel_clock
from motcua.kernel.local_time import ZONE
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

SPAN = re.compile(r"(\d+)([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def run(told: argparse.Namespace) -> int:
    if os.environ.get("MOTCUA_PRODUCTION", "").lower() in {"1", "true", "yes", "on"}:
        raise Trouble(
            "The settable clock is for development and demos; it is refused in production.", Exit.SETTINGS
        )
    path = clock_file(Home(told.home or os.environ.get("MOTCUA_HOME") or "var"))
    if told.act == "set":
        kernel_clock.set_file(path, at=instant(told.instant))
    elif told.act == "advance":
        kernel_clock.advance_file(path, span(told.by))
    elif told.act == "real":
        kernel_clock.set_file(path)
    now = kernel_clock.FileClock(path).now()
    print(f"{now.astimezone(ZONE):%Y-%m-%d %H:%M:%S} in Vietnam ({now:%Y-%m-%dT%H:%M:%SZ})")
    return 0


def clock_file(home: Home) -> Path:
    """The file the running processes follow."""
    return Path(os.environ.get("MOTCUA_CLOCK") or home.clock_file)


def instant(text: str) -> datetime:
    """2026-11-23, 2026-11-23T08:30 (in Vietnam) or with a zone. Raises Trouble for anything else."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"'{text}' is no instant; write 2026-11-23T08:30.", Exit.USAGE) from None
    return told if told.tzinfo else told.replace(tzinfo=ZONE)


def span(text: str) -> timedelta:
    """1d, 2h30m, 90s. Raises Trouble for anything else."""
    found = SPAN.findall(text)
    if not found or "".join(amount + unit for amount, unit in found) != text:
        raise Trouble(f"'{text}' is no span of time; write 1d, 2h or 30m.", Exit.USAGE)
    return timedelta(**{UNITS[unit]: int(amount) for amount, unit in found})
