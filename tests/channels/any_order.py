"""Any order and any doubling of a channel's events makes the same conversation: the test that each chat channel repeats."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from motcua.channels.models import MediaFetch
from motcua.messaging import operations, queries
from motcua.messaging.models import Conversation, InboxEvent, OutboxMessage
from motcua.messaging.queries import MessageView
from motcua.messaging.rules import Kind


def told(channel: str, person: str) -> list[MessageView]:
    """What stands in the person's conversation, with what only staff see."""
    conversation = queries.find_open_conversation(channel, person)
    return [] if conversation is None else queries.list_messages(conversation.id, with_internal=True)


def queue_sent(channel: str, person: str, number: int, *, sent_at: datetime, at: datetime) -> None:
    """A message to the person that went out under the provider's name `sent-NUMBER`."""
    operations.queue_message(
        key=f"k{number}", channel=channel, address=person, texts={"vi": f"tin {number}"}, params={}, kind=Kind.REPLY, at=at
    )  # fmt: skip
    OutboxMessage.objects.filter(key=f"k{number}").update(
        state="SENT", sent_at=sent_at, provider_ref=f"sent-{number}", refs=[f"sent-{number}"], parts_done=1
    )


class AnyOrder:
    """Subclasses say whose stream it is and how an event of it is taken in; the fixture `account` sets the channel up."""

    channel: ClassVar[str]
    person: ClassVar[str]
    stream: ClassVar[Sequence[str]]
    at: ClassVar[datetime]
    put: ClassVar[Callable[[str], Any]]
    begun: ClassVar[int]  # the stream's own time, in milliseconds

    def play(self, names: Sequence[str], *, drains: random.Random | None = None) -> tuple[Any, Any, Any]:
        for model in (MediaFetch, InboxEvent, OutboxMessage, Conversation):
            model.objects.all().delete()
        for number in (1, 2):
            sent_at = datetime.fromtimestamp(self.begun / 1000 + number * 10, tz=UTC)
            queue_sent(self.channel, self.person, number, sent_at=sent_at, at=self.at)
        for name in names:
            type(self).put(name)
            if drains is not None and drains.random() < 0.4:
                operations.drain_inbox(at=self.at)
        for seconds in (0, 3, 6):  # what waits for something else is tried again
            operations.drain_inbox(at=self.at + timedelta(seconds=seconds), limit=500)
        return self._outcome()

    def _outcome(self) -> tuple[Any, Any, Any]:
        """What a person would see: lines in the order of their instants, states of what was sent, the window."""
        lines = [
            (m.at, m.direction, m.author, m.text, m.kind, m.is_internal)
            for m in told(self.channel, self.person)
        ]
        sent = OutboxMessage.objects.filter(key__in=["k1", "k2"])
        states = list(sent.order_by("key").values_list("key", "state"))
        conversation = queries.find_open_conversation(self.channel, self.person)
        assert conversation is not None
        return lines, states, conversation.last_in_at

    @hypothesis_settings(
        max_examples=10,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
    )  # fmt: skip
    @given(st.randoms(use_true_random=False))
    def test_any_permutation_and_duplication_makes_the_same_conversation(self, chance: random.Random) -> None:
        expected = self.play(self.stream)
        names = [*self.stream, *(chance.choice(self.stream) for _ in range(6))]
        chance.shuffle(names)

        assert self.play(names) == expected

    @pytest.mark.parametrize("seed", range(3))
    def test_worked_off_meanwhile_it_is_the_same_but_for_the_order_of_lines(self, seed: int) -> None:
        lines, states, last = self.play(self.stream)
        names = [*self.stream] * 2
        random.Random(seed).shuffle(names)
        found = self.play(names, drains=random.Random(seed))

        assert (sorted(found[0]), found[1], found[2]) == (sorted(lines), states, last)
