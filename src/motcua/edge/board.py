"""Who is in which conversation just now, and who types: what this process has heard, for as long as it is true.

Nothing is stored. Each sign is a notification that all processes of the edge hear, and it is over by itself: whoever
stays says so again. So a process that dies leaves nobody typing for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from motcua.channels.live import STAFF, Ticket
from motcua.messaging import signs
from motcua.messaging.signs import Sign

TYPING_SECONDS = 7.0
HERE_SECONDS = 40.0  # said again at every heartbeat
BURST, EVERY_SECONDS = 3.0, 2.0  # of one reader
MOST_A_SECOND = (
    200.0  # of one process: beyond it signs are dropped, for they hold a lock of the database a moment
)
MOST_KNOWN = 20_000

Key = tuple[str, str]


@dataclass
class _Standing:
    """One person in one conversation; instants are of the monotonic clock."""

    name: str = ""
    here_until: float = 0.0
    typing_until: float = 0.0
    noting_until: float = 0.0


@dataclass
class _Room:
    people: dict[tuple[str, str], _Standing] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    changes: int = 0


class Board:
    """The standing of everybody in the conversations that somebody listens to here."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._rooms: dict[Key, _Room] = {}

    def hear(self, sign: Sign) -> None:
        """Take a sign down."""
        room = self._rooms.setdefault((sign.company, sign.conversation), _Room())
        if sign.what == signs.READ:
            room.read[sign.side] = max(room.read.get(sign.side, 0), sign.seq)
            return
        if sign.what == signs.CHANGED:
            room.changes += 1
            return
        if sign.what == signs.GONE:
            room.people.pop((sign.side, sign.who), None)
            return
        standing = room.people.setdefault((sign.side, sign.who), _Standing())
        standing.name = sign.name or standing.name
        now = self._now()
        if sign.what == signs.HERE:
            standing.here_until = now + HERE_SECONDS
            return
        standing.typing_until = now + TYPING_SECONDS if sign.what == signs.TYPING else 0.0
        standing.noting_until = now + TYPING_SECONDS if sign.what == signs.NOTING else 0.0

    def view(self, key: Key, ticket: Ticket) -> dict[str, Any]:
        """What this reader may know: the customer, that somebody answers them; staff, which colleagues are there too."""
        room = self._rooms.get(key)
        if room is None:
            return {}
        now = self._now()
        other = signs.CUSTOMER if ticket.scope == STAFF else signs.STAFF
        told: dict[str, Any] = {
            "typing": any(
                side == other and person.typing_until > now for (side, _who), person in room.people.items()
            ),
            "read": room.read.get(other, 0),
        }
        if room.changes:  # a count: what differs from the last one heard means, draw again
            told["changed"] = room.changes
        if ticket.scope == STAFF:
            told["colleagues"] = [
                {"name": person.name, "typing": max(person.typing_until, person.noting_until) > now}
                for (side, who), person in sorted(room.people.items(), key=lambda item: item[0])
                if side == signs.STAFF and who != ticket.who and _is_there(person, now)
            ]
        return told

    def changes_in(self, key: Key) -> float | None:
        """Seconds until something in the conversation is over by itself; None when nothing will be."""
        room = self._rooms.get(key)
        if room is None:
            return None
        now = self._now()
        ends = [
            instant - now
            for person in room.people.values()
            for instant in (person.here_until, person.typing_until, person.noting_until)
            if instant > now
        ]
        return min(ends, default=None)

    def forget(self, key: Key) -> None:
        """Nobody here listens to the conversation any more."""
        self._rooms.pop(key, None)


def _is_there(person: _Standing, now: float) -> bool:
    return max(person.here_until, person.typing_until, person.noting_until) > now


class Throttle:
    """How often one reader may give a sign, and all of them together; what is too much is dropped."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: dict[object, tuple[float, float]] = {}

    def allows(self, reader: object) -> bool:
        """Whether this one may pass."""
        if len(self._buckets) > MOST_KNOWN:
            self._buckets.clear()
        return self._takes(reader, BURST, 1 / EVERY_SECONDS) and self._takes(
            None, MOST_A_SECOND, MOST_A_SECOND
        )

    def _takes(self, key: object, most: float, a_second: float) -> bool:
        now = self._now()
        left, since = self._buckets.get(key, (most, now))
        left = min(most, left + (now - since) * a_second)
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1
