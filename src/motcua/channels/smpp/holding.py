"""A company's SMPP line, held by one worker process at a time as long as it lives.

The right to hold it is a lock in a database session of its own: when the process or its connection dies the lock goes with
it, and the next process binds. A worker that has no right to the line puts its messages off for a moment, and the holder
sends them. A thread looks after the line: it binds, binds anew with growing pauses after a cut, and gives it up at once
when the lock is lost.
"""

from __future__ import annotations

import atexit
import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import connection

from motcua.channels.models import SmppLine
from motcua.channels.smpp import pdu, storing
from motcua.channels.smpp.pdu import Pdu
from motcua.channels.smpp.session import Ask, BindFailed, Session
from motcua.channels.smpp.settings import TRANSCEIVER, Line
from motcua.companies import context
from motcua.config import clock, own_connection
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries

log = structlog.get_logger(__name__)

ELSEWHERE, BINDING, BOUND, REFUSED, LOST, STOPPED = (
    "ELSEWHERE",
    "BINDING",
    "BOUND",
    "REFUSED",
    "LOST",
    "STOPPED",
)
HELD_ELSEWHERE = "HELD_ELSEWHERE"  # why a message of another worker waits

TURN_SECONDS = 0.5
LOCK_LOOK_SECONDS = 5.0
LOCK_TRY_SECONDS = 2.0
FOR_OTHERS_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE, REFUSED_PAUSE = 1.0, 60.0, 60.0
SLOWEST = 60.0


class NotBound(Exception):
    """The line is not bound here and now; the state says why."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Holder:
    """One company's line in this process."""

    def __init__(self, company_code: str, schema: str, line: Line) -> None:
        self.company_code, self.schema, self.line = company_code, schema, line
        self.state = BINDING
        self._settled, self._stop = threading.Event(), threading.Event()
        self._sessions: list[Session] = []
        self._pace = threading.Lock()
        self._next_slot = 0.0
        self.slow_until, self._slow_by = 0.0, 0.0
        self._thread = threading.Thread(target=self._run, name=f"smpp-{company_code}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def submit(self, messages: Sequence[tuple[Any, Pdu]], *, wait: float) -> list[Ask]:
        """Send over the line. Raises NotBound, after waiting for a line that is being bound."""
        self._settled.wait(wait)
        session = next((one for one in self._sessions if one.command != pdu.BIND_RECEIVER), None)
        if self.state != BOUND or session is None or not session.is_alive:
            raise NotBound(LOST if self.state == BOUND else self.state)
        return session.submit(messages, self._keep_pace)

    def _keep_pace(self) -> None:
        with self._pace:
            wait = self._next_slot - time.monotonic()
            self._next_slot = max(self._next_slot, time.monotonic()) + 1 / self.line.per_second
        if wait > 0:
            time.sleep(wait)

    def slow_down(self) -> float:
        """The centre says it is too fast: seconds in which nothing goes, twice as long each time."""
        with self._pace:
            self._slow_by = min(max(FIRST_PAUSE, self._slow_by * 2), SLOWEST)
            self.slow_until = time.monotonic() + self._slow_by
            return self._slow_by

    def went_well(self) -> None:
        with self._pace:
            self._slow_by = 0.0

    def rebind(self) -> None:
        """The centre does not see the line as bound: begin anew."""
        for session in self._sessions:
            session.drop()

    def stop(self, *, within: float = 2.0) -> None:
        """Unbind and let another process have the line."""
        self._stop.set()
        self._thread.join(within)

    # the thread

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._lock() as lock:
                    if lock is None:
                        self._tell(ELSEWHERE)
                        self._settled.set()
                        self._stop.wait(LOCK_TRY_SECONDS)
                        continue
                    self._hold(lock)
            except (psycopg.Error, OSError) as error:
                log.warning("smpp_lock_lost", company=self.company_code, error=type(error).__name__)
                self._stop.wait(LOCK_TRY_SECONDS)
        self.state = STOPPED

    @contextlib.contextmanager
    def _lock(self) -> Iterator[psycopg.Connection[Any] | None]:
        """The session that holds the right to the line; None when another process has it."""
        with psycopg.connect(
            own_connection.conninfo("motcua smpp"), autocommit=True, connect_timeout=5
        ) as lock:
            key = f"motcua smpp {self.schema}"
            row = lock.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key]).fetchone()
            yield lock if row and row[0] else None

    def _hold(self, lock: psycopg.Connection[Any]) -> None:
        """Bind, and bind again, as long as the lock is ours. Raises psycopg.Error when it is lost."""
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            lock.execute("SELECT 1")
            try:
                self._bind()
            except BindFailed as failed:
                self._tell(REFUSED if failed.is_refused else LOST, failed.code)
                self._settled.set()
                self._unbind()
                wait = REFUSED_PAUSE if failed.is_refused else pause
                pause = min(pause * 2, LONGEST_PAUSE)
                self._wait(lock, wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads out workers, guards nothing
                continue
            pause = FIRST_PAUSE
            self._tell(BOUND)
            self._settled.set()
            try:
                self._watch(lock)
            finally:
                self._unbind()
            if not self._stop.is_set():
                self._settled.clear()
                self._tell(BINDING)
                self._stop.wait(TURN_SECONDS)

    def _bind(self) -> None:
        binds = (
            [pdu.BIND_TRANSCEIVER]
            if self.line.bind == TRANSCEIVER
            else [pdu.BIND_RECEIVER, pdu.BIND_TRANSMITTER]
        )
        self._sessions = []
        for command in binds:
            session = Session(self.line, command, take=self._take, late=self._late)
            self._sessions.append(session)
            session.open()

    def _unbind(self) -> None:
        for session in self._sessions:
            session.close()
        self._sessions = []

    def _watch(self, lock: psycopg.Connection[Any]) -> None:
        looked = sent = time.monotonic()
        while not self._stop.wait(TURN_SECONDS) and all(session.is_alive for session in self._sessions):
            now = time.monotonic()
            if now - looked > LOCK_LOOK_SECONDS:
                looked = now
                lock.execute("SELECT 1")
            if now - sent > FOR_OTHERS_SECONDS:
                sent = now
                self._send_for_others()

    def _wait(self, lock: psycopg.Connection[Any], seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stop.wait(
            min(LOCK_LOOK_SECONDS, max(0.0, until - time.monotonic()))
        ):
            lock.execute("SELECT 1")

    def _send_for_others(self) -> None:
        """Messages that another worker put off because the line is here."""
        try:
            with context.using_company(self.company_code):
                if messaging_queries.count_waiting_by_reason([storing.CHANNEL]).get(HELD_ELSEWHERE):
                    messaging_ops.send_due(at=clock.now())
        except Exception as error:  # the database is away: the line stays, the lock decides
            log.warning("smpp_not_drained", company=self.company_code, error=type(error).__name__)
        finally:
            connection.close()

    def _take(self, bind: UUID, messages: Sequence[Pdu]) -> list[int]:
        return storing.take(self.company_code, bind, messages)

    def _late(self, tag: Any, answer: Pdu) -> None:
        storing.take_late(self.company_code, tag, answer)

    def _tell(self, state: str, code: str = "") -> None:
        """For the page of the settings. Who has no right to the line tells nothing about it."""
        is_news, self.state = state != self.state or bool(code), state
        log.info("smpp_line", company=self.company_code, state=state, code=code)
        if state == ELSEWHERE or not is_news:
            return
        try:
            with context.using_company(self.company_code):
                SmppLine.objects.update_or_create(
                    channel=storing.CHANNEL,
                    defaults={"state": state, "code": code[:60], "changed_at": clock.now()},
                )
        except Exception as error:
            log.warning("smpp_state_not_told", company=self.company_code, error=type(error).__name__)
        finally:
            connection.close()


_guard = threading.Lock()
_holders: dict[str, Holder] = {}


def keep(company_code: str, schema: str, line: Line | None) -> Holder | None:
    """Hold this line from now on in this process (or try to); with None, let go of what is held."""
    with _guard:
        known = _holders.get(company_code)
        if known is not None and (line is None or known.line != line or not known.is_alive):
            known.stop()
            del _holders[company_code]
            known = None
        if known is None and line is not None:
            known = _holders[company_code] = Holder(company_code, schema, line)
        return known


def let_go() -> None:
    """Say good-bye on every line; at the end of the process."""
    with _guard:
        for holder in _holders.values():
            holder._stop.set()
        for holder in _holders.values():
            holder.stop(within=1.0)
        _holders.clear()


atexit.register(let_go)
