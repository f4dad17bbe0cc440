"""How fast a channel's account is called: never faster than its provider allows, whoever of us calls.

The next free instant of each channel is a row, moved on by as many messages as somebody is about to send; who moved it
waits for its share. It is the clock of the wall that counts here, not the one of the demonstration.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from django.db import connection

from motcua.messaging import registry
from motcua.messaging.rules import Delivery

_RESERVE = """
INSERT INTO messaging_pace AS p (channel, next_at)
VALUES (%(channel)s, clock_timestamp() + %(share)s * interval '1 second')
    ON CONFLICT (channel) DO UPDATE
   SET next_at = greatest(p.next_at, clock_timestamp()) + %(share)s * interval '1 second'
RETURNING extract(epoch FROM next_at - clock_timestamp()) - %(share)s
"""


class Pace:
    """The slots reserved for one turn of sending: `wait` before each message of it."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self._next: dict[str, float] = {}
        self._gap: dict[str, float] = {}
        for code, number in Counter(delivery.channel for delivery in deliveries).items():
            channel = registry.get_channel(code)
            per_second = channel.capabilities.per_second if channel is not None else 0
            if per_second:
                self._gap[code] = 1 / per_second
                self._next[code] = time.monotonic() + _reserve(code, number / per_second)

    def wait(self, channel: str) -> None:
        """Let the channel's slot come; at once where the provider sets no limit."""
        if channel not in self._gap:
            return
        time.sleep(max(self._next[channel] - time.monotonic(), 0))
        self._next[channel] = max(self._next[channel], time.monotonic()) + self._gap[channel]


def _reserve(channel: str, share: float) -> float:
    """Seconds until the first of the slots."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, {"channel": channel, "share": share})
        row = cursor.fetchone()
    return max(float(row[0]), 0.0) if row else 0.0
