"""What upper floors want to hear of. Handlers run inside the transaction that books the money.

A handler may not refuse: money that has come must be booked. What it cannot do now it stores and does later.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from motcua.kernel.actors import Actor


class ChargeHandler(Protocol):
    def __call__(self, charge_id: UUID, at: datetime, actor: Actor) -> None: ...


_paid: list[ChargeHandler] = []
_reopened: list[ChargeHandler] = []


def on_charge_paid(handler: ChargeHandler) -> ChargeHandler:
    """Call `handler(charge_id, at, actor)` when a charge becomes paid in full. Usable as a decorator."""
    if handler not in _paid:
        _paid.append(handler)
    return handler


def on_charge_reopened(handler: ChargeHandler) -> ChargeHandler:
    """Call `handler(charge_id, at, actor)` when a paid charge is owed again, because its payment was
    reversed.
    """
    if handler not in _reopened:
        _reopened.append(handler)
    return handler


def forget(handler: ChargeHandler) -> None:
    """Stop calling a handler; for tests."""
    for handlers in (_paid, _reopened):
        if handler in handlers:
            handlers.remove(handler)


def charge_paid(charge_id: UUID, at: datetime, actor: Actor) -> None:
    for handler in _paid:
        handler(charge_id, at, actor)


def charge_reopened(charge_id: UUID, at: datetime, actor: Actor) -> None:
    for handler in _reopened:
        handler(charge_id, at, actor)
