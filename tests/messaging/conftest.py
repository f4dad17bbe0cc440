"""A channel of our own whose provider does what the test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motcua.messaging import registry
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Incoming, Receipt, Sent


class ScriptedChannel:
    """A provider that remembers what it took, by our key, and fails as told. `SMS` by name, so its rules apply."""

    code = "SMS"
    capabilities = Capabilities(pushes=True, marks=False, receipts=True)

    def __init__(self) -> None:
        self.calls: list[Delivery] = []
        self.taken: dict[str, Delivery] = {}
        self.failures: list[Exception] = []
        self.poison: set[str] = set()

    def parse(self, event: InboxView) -> list[Incoming | Receipt]:
        if event.payload.get("text") in self.poison:
            raise RuntimeError("cannot read this")
        if "receipt" in event.payload:
            return [Receipt(event.payload["receipt"], event.payload["state"])]
        if "text" not in event.payload:
            raise ValueError("no text")
        return [Incoming(address=event.sender, text=event.payload["text"])]

    def send(self, delivery: Delivery) -> Sent:
        self.calls.append(delivery)
        if self.failures:
            raise self.failures.pop(0)
        self.taken[delivery.id] = delivery
        return Sent(provider_ref=f"ref-{delivery.id}")


@pytest.fixture
def sms() -> Iterator[ScriptedChannel]:
    before = registry.get_channel("SMS")
    channel = ScriptedChannel()
    registry.register_channel(channel)
    yield channel
    if before is None:
        registry._channels.pop("SMS")
    else:
        registry.register_channel(before)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list:
    """What the responder was told, instead of the assistant."""
    told: list = []
    monkeypatch.setattr(registry, "_responders", [lambda conversation_id, at: told.append(conversation_id)])
    return told
