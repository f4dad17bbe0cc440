"""Identifiers: UUID version 7 (RFC 9562), made from the instant that the operation was given.

Ids of one process sort in the order they were made, even for the same instant: 48 bits of milliseconds, 12
bits of the rest of the millisecond, a counter of 22 bits, 40 random bits.
"""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COUNTER_BITS = 22
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1

_lock = threading.Lock()
_last_tick = -1
_counter = 0


def new_id(at: datetime) -> UUID:
    """A new UUIDv7 for the instant `at`, which must know its zone."""
    global _last_tick, _counter
    if at.tzinfo is None:
        raise ValueError("an instant without a zone")
    tick = (at - _EPOCH) // _MICROSECOND
    if tick < 0:
        raise ValueError("an instant before 1970")
    fresh = secrets.randbits(_COUNTER_BITS - 1 + 40)
    with _lock:
        if tick == _last_tick:
            _counter = (_counter + 1) & _COUNTER_MASK
        else:
            _last_tick, _counter = tick, fresh >> 40
        counter = _counter
    milliseconds, micros = divmod(tick, 1000)
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (micros << 12) // 1000
    low = 0b10 << 62 | counter << 40 | fresh & 0xFF_FFFF_FFFF
    return UUID(int=high << 64 | low)


def instant_of(id: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    if id.version != 7:
        raise ValueError("not a UUID of version 7")
    return _EPOCH + timedelta(milliseconds=id.int >> 80)


def parse_id(text: object) -> UUID | None:
    """The id in `text`, or None when there is none: for URLs and forms that anybody can edit."""
    if isinstance(text, UUID):
        return text
    try:
        return UUID(str(text).strip())
    except ValueError:
        return None
