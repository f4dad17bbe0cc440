"""The Vietnamese lunar calendar (UTC+7): which day a lunar date is, by the moments of new moon and the sun's place.

Series of mean new moon and solar longitude after Meeus, "Astronomical Algorithms"; right for 1900 to 2100.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from math import floor, radians, sin

_EPOCH = 1721425  # Julian day number of a day is its ordinal and this
_ZONE = 7 / 24
_MONTH = 29.530588853


def to_solar(day: int, month: int, year: int, *, is_leap: bool = False) -> date | None:
    """The solar day of a lunar date; None when that month has no such day, or the year no such leap month."""
    start = month_start(month, year, is_leap=is_leap)
    if start is None or not 1 <= day <= _length(start):
        return None
    return date.fromordinal(start - _EPOCH) + timedelta(days=day - 1)


def to_lunar(when: date) -> tuple[int, int, int, bool]:
    """Day, month, year and whether the month is the leap one."""
    for year in (when.year, when.year - 1):
        for month in range(12, 0, -1):
            for is_leap in (True, False):
                start = month_start(month, year, is_leap=is_leap)
                at = when.toordinal() + _EPOCH
                if start is not None and start <= at < start + _length(start):
                    return at - start + 1, month, year, is_leap
    raise ValueError(f"no lunar date of {when}")


def _length(start: int) -> int:
    return _new_moon(round((start - 2415021.077) / _MONTH) + 1) - start


@cache
def month_start(month: int, year: int, *, is_leap: bool = False) -> int | None:
    """The Julian day number of the first day of a lunar month."""
    eleventh = _eleventh_month(year - 1 if month < 11 else year)
    next_eleventh = _eleventh_month(year if month < 11 else year + 1)
    first = round((eleventh - 2415021.077) / _MONTH)
    has_leap = next_eleventh - eleventh > 365
    offset = (month - 11) % 12
    leap = _leap_offset(first) if has_leap else 99
    if is_leap:
        return _new_moon(first + leap) if has_leap and (leap - 1 - offset) % 12 == 0 else None
    return _new_moon(first + offset + (1 if offset >= leap else 0))


def _leap_offset(first: int) -> int:
    """Months after the eleventh until the first one in which the sun enters no new sign."""
    sign = _sign(_new_moon(first + 1))
    for offset in range(2, 15):
        following = _sign(_new_moon(first + offset))
        if following == sign:
            return offset - 1
        sign = following
    return 99


def _eleventh_month(year: int) -> int:
    """The month that holds the winter solstice begins on this day."""
    last = date(year, 12, 31).toordinal() + _EPOCH
    k = floor((last - 2415021) / _MONTH)
    start = _new_moon(k)
    return _new_moon(k - 1) if _sign(start) >= 9 else start


@cache
def _new_moon(k: int) -> int:
    """The local day of the k-th new moon since 1 January 1900."""
    t = k / 1236.85
    mean = 2415020.75933 + 29.53058868 * k + 0.0001178 * t * t - 0.000000155 * t**3
    mean += 0.00033 * sin(radians(166.56 + 132.87 * t - 0.009173 * t * t))
    sun = radians(359.2242 + 29.10535608 * k - 0.0000333 * t * t - 0.00000347 * t**3)
    moon = radians(306.0253 + 385.81691806 * k + 0.0107306 * t * t + 0.00001236 * t**3)
    node = radians(21.2964 + 390.67050646 * k - 0.0016528 * t * t - 0.00000239 * t**3)
    shift = (0.1734 - 0.000393 * t) * sin(sun) + 0.0021 * sin(2 * sun) - 0.4068 * sin(moon)
    shift += 0.0161 * sin(2 * moon) - 0.0004 * sin(3 * moon) + 0.0104 * sin(2 * node)
    shift -= 0.0051 * sin(sun + moon) + 0.0074 * sin(sun - moon) - 0.0004 * sin(2 * node + sun)
    shift -= 0.0004 * sin(2 * node - sun) + 0.0006 * sin(2 * node + moon)
    shift += 0.0010 * sin(2 * node - moon) + 0.0005 * sin(2 * moon + sun)
    drift = -0.000278 + 0.000265 * t + 0.000262 * t * t
    return floor(mean + shift - drift + 0.5 + _ZONE)


@cache
def _sign(day: int) -> int:
    """In which of twelve signs the sun stands at the beginning of a local day."""
    t = (day - 2451545.5 - _ZONE) / 36525
    anomaly = radians(357.52910 + 35999.05030 * t - 0.0001559 * t * t - 0.00000048 * t**3)
    mean = 280.46645 + 36000.76983 * t + 0.0003032 * t * t
    centre = (1.914600 - 0.004817 * t - 0.000014 * t * t) * sin(anomaly)
    centre += (0.019993 - 0.000101 * t) * sin(2 * anomaly) + 0.000290 * sin(3 * anomaly)
    return floor(((mean + centre) % 360) / 30)
