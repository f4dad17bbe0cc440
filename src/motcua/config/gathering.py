"""Calls of several threads, worked on together: a commit for each costs more than the work.

Whoever comes first works, for itself and for all that came before it began; those who come meanwhile wait for the next turn. Nobody
waits for others to come: a call that is alone is worked on at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Said = TypeVar("Said")


class _Waiting(Generic[Asked, Said]):
    """A call, woken when it is answered, or when it is its turn to work."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.said: Said | None = None
        self.is_over = False
        self.turn = Event()


class Gathering(Generic[Asked, Said]):
    """`work` answers several calls, in their order: None where a call is to be worked on by itself. It does not raise."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Said | None]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._lock = Lock()
        self._waiting: deque[_Waiting[Asked, Said]] = deque()
        self._is_worked = False

    def ask(self, asked: Asked) -> Said | None:
        """The answer to this call, by this thread or by another; None when the caller is to work on it by itself."""
        call: _Waiting[Asked, Said] = _Waiting(asked)
        with self._lock:
            self._waiting.append(call)
            is_first, self._is_worked = not self._is_worked, True
        if not is_first:
            call.turn.wait()
        if not call.is_over:
            self._take_turn()
        return call.said

    def _take_turn(self) -> None:
        with self._lock:
            calls = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            for call, said in zip(calls, self._work([call.asked for call in calls]), strict=True):
                call.said = said
        finally:
            for call in calls:
                call.is_over = True
            with self._lock:
                after = self._waiting[0] if self._waiting else None
                self._is_worked = after is not None
            for call in [*calls, *([after] if after else [])]:
                call.turn.set()
