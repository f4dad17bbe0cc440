"""How much waits for a person, told the same way by every room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

COUNTED = 1000  # a longer queue is told as "1,000 or more": counting it would cost more than it says


@dataclass(frozen=True)
class Waiting:
    """How many wait, at most COUNTED, and since when the oldest does."""

    number: int
    since: datetime | None = None

    @property
    def is_more(self) -> bool:
        return self.number >= COUNTED
