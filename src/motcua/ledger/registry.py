"""What upper floors want to hear of. Handlers run inside the transaction that books the money.

A handler may not refuse: money that has come must be booked. What it cannot do now it stores and does later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from motcua.kernel.actors import Actor


class ChargeHandler(Protocol):
    def __call__(self, charge_id: UUID, at: datetime, actor: Actor) -> None: ...


@dataclass(frozen=True)
class DayCheck:
    """One thing to be looked at before a day is closed. When it is not well an accountant says why, or, when it `blocks`,
    puts it right first. `title` is a message id; `detail` the figures or names.
    """

    code: str
    title: str
    is_ok: bool
    blocks: bool
    detail: str = ""


DayLook = Callable[[date, datetime], list[DayCheck]]

_day_looks: list[DayLook] = []
_paid: dict[ChargeHandler, str] = {}  # with when each can have something to do
_reopened: list[ChargeHandler] = []


def on_charge_paid(handler: ChargeHandler, *, when: str = "TRUE") -> ChargeHandler:
    """Call `handler(charge_id, at, actor)` when a charge becomes paid in full. Usable as a decorator.

    `when`: in SQL over the row `charge` of the ledger's charges, whether the handler can have something to do. Nobody waits for
    most bills, and those are settled by one statement. A handler is also called for a charge that another one waits for.
    """
    _paid[handler] = when
    return handler


def is_awaited() -> str:
    """In SQL over the row `charge`: whether any handler can have something to do when it is paid."""
    return " OR ".join(dict.fromkeys(_paid.values())) or "FALSE"


def on_charge_reopened(handler: ChargeHandler) -> ChargeHandler:
    """Call `handler(charge_id, at, actor)` when a paid charge is owed again, because its payment was
    reversed.
    """
    if handler not in _reopened:
        _reopened.append(handler)
    return handler


def forget(handler: ChargeHandler) -> None:
    """Stop calling a handler; for tests."""
    _paid.pop(handler, None)
    if handler in _reopened:
        _reopened.remove(handler)


def charge_paid(charge_id: UUID, at: datetime, actor: Actor) -> None:
    for handler in tuple(_paid):
        handler(charge_id, at, actor)


def charge_reopened(charge_id: UUID, at: datetime, actor: Actor) -> None:
    for handler in _reopened:
        handler(charge_id, at, actor)


def on_day_check(look: DayLook) -> DayLook:
    """Ask `look(day, at)` too before a day is closed. Usable as a decorator."""
    if look not in _day_looks:
        _day_looks.append(look)
    return look


def day_checks() -> tuple[DayLook, ...]:
    return tuple(_day_looks)
