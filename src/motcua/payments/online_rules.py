"""Pure decisions of paying online: how a payment's state may change, what a provider's word makes of it, when to ask again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

LIFETIME = timedelta(minutes=15)
# A payer may press the last button as the time runs out: the provider's word counts until then.
GRACE = timedelta(minutes=15)
FIRST_POLL = timedelta(seconds=20)
LONGEST_POLL = timedelta(minutes=30)


class State(StrEnum):
    """Where an attempt to pay online stands."""

    CREATED = "CREATED"  # ours alone; the provider has not answered yet
    WAITING = "WAITING"  # the payer is at the provider's
    PAID = "PAID"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"  # nobody has told us yet what became of it: asked again and again, never guessed
    HELD = "HELD"  # the money was taken, and the provider suspects fraud: neither paid nor failed
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"


class Said(StrEnum):
    """What a provider's answer or call says, whatever its code."""

    PAID = "PAID"
    WAITING = "WAITING"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    HELD = "HELD"
    UNKNOWN = "UNKNOWN"  # a code that no table knows, or no answer to an order that may have been taken
    NOT_FOUND = "NOT_FOUND"  # the provider has no such order
    NO_NEWS = "NO_NEWS"  # it could not be asked, or would not say: nothing changes


# The legal graph; the database refuses every other change (migration of the same idea).
TRANSITIONS: dict[State, frozenset[State]] = {
    State.CREATED: frozenset({State.WAITING, State.UNKNOWN, State.PAID, State.FAILED, State.EXPIRED, State.HELD}),
    State.WAITING: frozenset({State.UNKNOWN, State.PAID, State.FAILED, State.EXPIRED, State.HELD}),
    State.UNKNOWN: frozenset({State.WAITING, State.PAID, State.FAILED, State.EXPIRED, State.HELD}),
    State.HELD: frozenset({State.PAID, State.FAILED}),
    # Late success is money: it is never dropped.
    State.FAILED: frozenset({State.PAID, State.HELD}),
    State.EXPIRED: frozenset({State.PAID, State.HELD, State.FAILED}),
    State.PAID: frozenset({State.REFUNDING}),
    State.REFUNDING: frozenset({State.PAID, State.REFUNDED}),
    State.REFUNDED: frozenset(),
}  # fmt: skip

LIVE = frozenset({State.CREATED, State.WAITING, State.UNKNOWN, State.HELD})
SETTLED = frozenset({State.PAID, State.REFUNDING, State.REFUNDED})
# The payer may have paid already: another attempt is only for who was told so.
DOUBTFUL = frozenset({State.CREATED, State.WAITING, State.UNKNOWN})

_WANTED = {
    Said.PAID: State.PAID, Said.WAITING: State.WAITING, Said.FAILED: State.FAILED, Said.EXPIRED: State.EXPIRED,
    Said.HELD: State.HELD, Said.UNKNOWN: State.UNKNOWN,
}  # fmt: skip


def may_become(state: State, other: State) -> bool:
    return other in TRANSITIONS[state]


def next_state(state: State, said: Said, *, expires_at: datetime, at: datetime) -> State:
    """The state after a provider's word; the same one where the word changes nothing, or may not.

    An order that the provider does not know expires, but not before its time is over: a timeout is never a failure.
    """
    if said is Said.NO_NEWS:
        return state
    if said is Said.NOT_FOUND:
        is_over = at >= expires_at + GRACE
        return State.EXPIRED if is_over and may_become(state, State.EXPIRED) else state
    wanted = _WANTED[said]
    return wanted if may_become(state, wanted) else state


def contradicts(state: State, said: Said) -> bool:
    """Whether the word denies what is certain: a paid attempt that is said to have failed."""
    return state in SETTLED and said in (Said.FAILED, Said.EXPIRED)


def poll_at(at: datetime, polls: int) -> datetime:
    """When to ask the provider again: twice as long each time, at most half an hour."""
    wait: timedelta = FIRST_POLL * 2 ** min(polls, 12)
    return at + min(wait, LONGEST_POLL)
