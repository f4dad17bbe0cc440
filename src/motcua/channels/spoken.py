"""The phone and the counter: channels without a wire. People speak; staff write it down (messaging/spoken.py)."""

from __future__ import annotations

from collections.abc import Sequence

from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Found, SendFailed, Sent


class Spoken:
    """Nothing comes in by itself, and nothing can be sent."""

    capabilities = Capabilities(pushes=False)

    def __init__(self, code: str) -> None:
        self.code = code

    def parse(self, event: InboxView) -> Sequence[Found]:
        raise ValueError("nothing is received on this channel")

    def send(self, delivery: Delivery) -> Sent:
        raise SendFailed("SPOKEN_ONLY", is_final=True)
