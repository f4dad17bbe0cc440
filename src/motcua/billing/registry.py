"""What others want to hear of. Handlers run inside the transaction that issues, and may not refuse: a bill that was
issued stands. What they cannot do at once they write down and do later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from motcua.kernel.actors import Actor


class IssuedHandler(Protocol):
    def __call__(
        self, *, run_id: UUID | None, bill_ids: Sequence[UUID], at: datetime, actor: Actor
    ) -> None: ...


class CancelledHandler(Protocol):
    def __call__(self, *, bill_id: UUID, reason: str, at: datetime, actor: Actor) -> None: ...


_issued: list[IssuedHandler] = []
_cancelled: list[CancelledHandler] = []


def on_bills_issued(handler: IssuedHandler) -> IssuedHandler:
    """Call `handler(run_id=, bill_ids=, at=, actor=)` when bills were issued: once for a whole run, when it is done, with the
    run's id and no ids of bills; for single bills with their ids and no run. It may be called again for the same ones.
    Usable as a decorator.
    """
    if handler not in _issued:
        _issued.append(handler)
    return handler


def forget(handler: IssuedHandler) -> None:
    """Stop calling a handler; for tests."""
    if handler in _issued:
        _issued.remove(handler)


def on_bill_cancelled(handler: CancelledHandler) -> CancelledHandler:
    """Call `handler(bill_id=, reason=, at=, actor=)` when a bill was cancelled and no other stands instead. Usable as a
    decorator.
    """
    if handler not in _cancelled:
        _cancelled.append(handler)
    return handler


def bill_cancelled(*, bill_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Tell everybody that nothing is owed for this bill."""
    for handler in _cancelled:
        handler(bill_id=bill_id, reason=reason, at=at, actor=actor)


def bills_issued(
    *, run_id: UUID | None = None, bill_ids: Sequence[UUID] = (), at: datetime, actor: Actor
) -> None:
    """Tell everybody that these bills were issued."""
    for handler in _issued:
        handler(run_id=run_id, bill_ids=bill_ids, at=at, actor=actor)
