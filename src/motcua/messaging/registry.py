"""Where channels and the assistant plug in. Adapters register at start (apps.ready); rooms here know no
adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from motcua.messaging.queries import InboxView, MessageView
from motcua.messaging.rules import Capabilities, Delivery, Found, Sent


class Channel(Protocol):
    """One way to reach people. Adapters are stateless; they may be called from several threads."""

    code: str

    @property
    def capabilities(self) -> Capabilities:
        """What it can carry now; a company's settings may decide."""
        ...

    def parse(self, event: InboxView) -> Sequence[Found]:
        """What an inbox event means. Raising ValueError parks the event at once: it will never be
        understood.
        """
        ...

    def send(self, delivery: Delivery) -> Sent:
        """Hand one message to the provider under `delivery.id`. Called with no transaction open.

        Raises rules.SendFailed. A time-out counts as "not known": the next try uses the same id.
        """
        ...


@runtime_checkable
class Templated(Protocol):
    """A channel with texts its provider has approved, by our own names of them."""

    def carries_template(self, template: str) -> bool: ...


def carries_template(channel: Channel | None, template: str) -> bool:
    """Whether the company has an approved text for this template on the channel."""
    return bool(template) and isinstance(channel, Templated) and channel.carries_template(template)


_channels: dict[str, Channel] = {}
_responders: list[Callable[[UUID, datetime], object]] = []


def register_channel(channel: Channel) -> None:
    """Make a channel known; the last one under a code counts (tests put their own in)."""
    _channels[channel.code] = channel


def get_channel(code: str) -> Channel | None:
    return _channels.get(code)


def on_message(responder: Callable[[UUID, datetime], object]) -> Callable[[UUID, datetime], object]:
    """Register who answers: called with the conversation and the instant, in the transaction of the
    message.
    """
    if responder not in _responders:
        _responders.append(responder)
    return responder


def list_responders() -> list[Callable[[UUID, datetime], object]]:
    return list(_responders)


_media_hooks: list[Callable[[MessageView, datetime], object]] = []


def on_media(hook: Callable[[MessageView, datetime], object]) -> Callable[[MessageView, datetime], object]:
    """Register who brings in what a message only names by address (`media` in its payload); called in its transaction."""
    if hook not in _media_hooks:
        _media_hooks.append(hook)
    return hook


def list_media_hooks() -> list[Callable[[MessageView, datetime], object]]:
    return list(_media_hooks)


_join_hooks: list[Callable[[UUID, UUID, datetime], object]] = []


def on_joined(hook: Callable[[UUID, UUID, datetime], object]) -> Callable[[UUID, UUID, datetime], object]:
    """Register who follows when a conversation becomes part of another; called with the kept one, the ended one and the
    instant, in the transaction of it.
    """
    if hook not in _join_hooks:
        _join_hooks.append(hook)
    return hook


def list_join_hooks() -> list[Callable[[UUID, UUID, datetime], object]]:
    return list(_join_hooks)
