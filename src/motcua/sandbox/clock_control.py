"""Moving the demo's clock from outside: the file that every process of this machine follows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from motcua.config.env import ENV
from motcua.kernel import clock as kernel_clock
from motcua.kernel.local_time import ZONE
from motcua.kernel.results import Refused, gettext_noop

_SPAN = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")


class ClockFixed(Refused):
    code = "CLOCK_FIXED"
    message = gettext_noop("Đồng hồ của hệ thống này không chỉnh được (chưa đặt MOTCUA_CLOCK).")


class ClockUnreadable(Refused):
    code = "CLOCK_UNREADABLE"
    message = gettext_noop("Không hiểu thời điểm này. Ví dụ: 2026-11-23T09:00 hoặc 1d2h30m.")


def is_settable() -> bool:
    return bool(ENV.clock) and not ENV.production


def set_clock(told: Mapping[str, object]) -> datetime:
    """Set by `at` (ISO 8601; without a zone it is Vietnam's), `advance` ("1d2h30m" or seconds), or `real`.

    `running` false lets it stand still at `at`. Returns the new time. Refuses ClockFixed, ClockUnreadable.
    """
    if not is_settable():
        raise ClockFixed()
    path = Path(ENV.clock)
    if told.get("advance") not in (None, ""):
        return kernel_clock.advance_file(path, _span(told["advance"]))
    if told.get("at"):
        kernel_clock.set_file(path, at=_instant(told["at"]), running=told.get("running", True) is not False)
    elif told.get("real"):
        kernel_clock.set_file(path)
    else:
        raise ClockUnreadable(field="at")
    return kernel_clock.FileClock(path).now()


def _instant(told: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(told))
    except ValueError:
        raise ClockUnreadable(field="at") from None
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


def _span(told: object) -> timedelta:
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < 10 * 365 * 86400:
        return timedelta(seconds=told)
    found = _SPAN.match(str(told).strip().lower()) if isinstance(told, str) else None
    if not found or not any(found.groups()):
        raise ClockUnreadable(field="advance")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ClockUnreadable(field="advance") from None
