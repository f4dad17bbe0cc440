"""The calls a stand-in makes to the company's webhook: rows of its own store, tried on a shortened ladder until they are
taken or given up. Each is signed once, over the very bytes that are sent.

A thread of this process carries them after an act. Pages and the edge may both carry: a call is claimed first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

import httpx
import structlog

from motcua.config import clock
from motcua.sandbox import installation
from motcua.sandbox.store import Store

log = structlog.get_logger(__name__)

Fault = TypeVar("Fault", bound=StrEnum)

TABLE = (
    "CREATE TABLE IF NOT EXISTS hook_calls (serial INTEGER PRIMARY KEY, company TEXT, host TEXT, url TEXT, body BLOB, mark TEXT, "
    "not_before TEXT, tries INTEGER DEFAULT 0, state TEXT DEFAULT 'PENDING')"
)
LATE_SECONDS = 3.0
PAUSE_SECONDS, IDLE_SECONDS = 0.2, 30


def _is_ok(status: int) -> bool:
    return status == httpx.codes.OK


class HookCalls(Generic[Fault]):
    """The calls of one stand-in. `mark_header` carries the signature; `ladder_seconds` are the waits between tries."""

    def __init__(
        self,
        store: Store[Fault],
        channel: str,
        *,
        mark_header: str,
        ladder_seconds: Sequence[float],
        timeout_seconds: float,
        counts_tries: bool = False,
        is_taken: Callable[[int], bool] = _is_ok,
    ) -> None:
        self.store, self.channel = store, channel
        self.mark_header, self.ladder_seconds = mark_header, ladder_seconds
        self.timeout_seconds, self.counts_tries, self.is_taken = timeout_seconds, counts_tries, is_taken
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._again = threading.Event()

    def plan(
        self,
        opened: Any,
        *,
        company: str,
        host: str,
        body: bytes,
        mark: str,
        is_late: bool = False,
        copies: int = 1,
        url: str = "",
    ) -> None:
        """Put a call on its way, in the open store. Call `start` after that.

        `url`: where the caller of our interface asked to be told; an installation that was named has one address for all.
        """
        later = (clock.now() + timedelta(seconds=LATE_SECONDS)).isoformat() if is_late else ""
        address = url if url and installation.find() is None else installation.hook_url(self.channel)
        row = [company, host, address, body, mark, later]
        opened.executemany(
            "INSERT INTO hook_calls (company, host, url, body, mark, not_before) VALUES (?, ?, ?, ?, ?, ?)",
            [row] * copies,
        )

    def start(self) -> None:
        """Send what waits, in the background of this process."""
        self._again.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                name = f"sandbox-{self.channel.lower()}"
                self._thread = threading.Thread(target=self._carry_all, name=name, daemon=True)
                self._thread.start()

    def _carry_all(self) -> None:
        while True:
            self._again.clear()
            if self.deliver_pending():
                time.sleep(PAUSE_SECONDS)
            elif not self._again.wait(IDLE_SECONDS):
                return

    def deliver_pending(self) -> int:
        """Try every waiting call whose time has come once; how many still wait."""
        with self.store.open() as opened:
            waiting = opened.execute(
                "SELECT serial, host, url, body, mark, not_before, tries FROM hook_calls WHERE state = 'PENDING' ORDER BY serial"
            ).fetchall()
        left = 0
        for serial, host, url, body, mark, not_before, tries in waiting:
            if not_before and not_before > clock.now().isoformat():
                left += 1
            elif self._claim(serial, tries):
                is_taken = self.call(host, url, bytes(body), mark, tries)
                left += self._settle(serial, tries, is_taken)
        return left

    def _claim(self, serial: int, tries: int) -> bool:
        with self.store.open() as opened:
            return bool(
                opened.execute(
                    "UPDATE hook_calls SET tries = tries + 1 WHERE serial = ? AND tries = ? AND state = 'PENDING'",
                    [serial, tries],
                ).rowcount
            )

    def _settle(self, serial: int, tries: int, is_taken: bool) -> bool:
        """Note how a try ended; whether there will be another."""
        goes_on = not is_taken and tries < len(self.ladder_seconds)
        state = "DONE" if is_taken else "PENDING" if goes_on else "GIVEN_UP"
        wait = self.ladder_seconds[min(tries, len(self.ladder_seconds) - 1)]
        with self.store.open() as opened:
            opened.execute(
                "UPDATE hook_calls SET state = ?, not_before = ? WHERE serial = ?",
                [state, (clock.now() + timedelta(seconds=wait)).isoformat(), serial],
            )
        return goes_on

    def call(self, host: str, url: str, body: bytes, mark: str, tries: int) -> bool:
        """One try; whether it was taken."""
        headers = {"Host": host, self.mark_header: mark, "Content-Type": "application/json"}
        if tries and self.counts_tries:
            headers["num_retry"] = str(tries)
        try:
            with client(self.timeout_seconds) as opened:
                return self.is_taken(opened.post(url, content=body, headers=headers).status_code)
        except httpx.HTTPError as error:
            log.info("sandbox_call_failed", channel=self.channel, error=type(error).__name__)
            return False

    def take_waiting(self) -> list[tuple[bytes, str]]:
        """Bodies and marks of what waits, taken off: for whoever carries them by hand."""
        with self.store.open() as opened:
            rows = opened.execute(
                "SELECT body, mark FROM hook_calls WHERE state = 'PENDING' ORDER BY serial"
            ).fetchall()
            opened.execute("UPDATE hook_calls SET state = 'DONE' WHERE state = 'PENDING'")
        return [(bytes(body), str(mark)) for body, mark in rows]


def client(timeout_seconds: float) -> httpx.Client:
    """For an edge on this machine: its local certificate names another host."""
    return httpx.Client(timeout=timeout_seconds, verify=False, trust_env=False)  # noqa: S501


def sides(own: str, person: str, *, is_theirs: bool) -> Mapping[str, dict[str, str]]:
    """Sender and recipient of an event between a person and the company's account."""
    ends = ({"id": person}, {"id": own})
    return dict(zip(("sender", "recipient"), ends if is_theirs else ends[::-1], strict=True))
