"""One bound connection to a text message centre: a window of unanswered messages, signs of life, and what arrives on it.

A thread of its own reads. What the centre delivers is handed over in batches and answered only when the taker has stored
it. An answer that comes after its time is handed over as well: nobody waits for it any more, but it says how a message ended.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import structlog

from motcua.channels.smpp import errors, pdu
from motcua.channels.smpp.pdu import Pdu
from motcua.channels.smpp.settings import TLS, Line

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 8.0
LOOK_SECONDS = 0.25
LATE_KEPT = 2000
MOST_SEQUENCE = 0x7FFFFFFF
REFUSED_FOR_NOW = 0x64  # RX_T_APPN: not stored, come again
_BIND_REFUSED = frozenset({0x0D, 0x0E, 0x0F, 0x53})


class BindFailed(Exception):
    """The line could not be bound. `is_refused`: the centre does not know us as we say; trying quickly cannot help."""

    def __init__(self, code: str, *, is_refused: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_refused = is_refused


class Lost(Exception):
    """The connection is gone."""


@dataclass
class Ask:
    """A message on its way out. `tag` is the sender's own word for it, given back with an answer that comes late."""

    message: Pdu
    tag: Any
    was_written: bool = False
    is_in_window: bool = False
    answer: Pdu | None = None
    done: threading.Event = field(default_factory=threading.Event)


# What was delivered, with the bind it came by; gives the status to answer each with, in order.
Taker = Callable[[UUID, Sequence[Pdu]], Sequence[int]]
Late = Callable[[Any, Pdu], object]


class Session:
    """Open it, submit through it, close it; safe from several threads."""

    def __init__(self, line: Line, command: int, *, take: Taker, late: Late) -> None:
        self.line, self.command = line, command
        self.id = uuid4()
        self._take, self._late = take, late
        self._socket: socket.socket | None = None
        self._sequence = itertools.count(1)
        self._writing, self._guard = threading.Lock(), threading.Lock()
        self._asked: dict[int, Ask] = {}
        self._overdue: dict[int, Ask] = {}
        self._window = threading.Semaphore(line.window)
        self._gone = threading.Event()
        self._heard_at = self._enquired_at = 0.0
        self._thread: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        return self._socket is not None and not self._gone.is_set()

    def open(self) -> None:
        """Connect and bind. Raises BindFailed."""
        try:
            self._socket = self._connect()
        except (OSError, ssl.SSLError) as error:
            raise BindFailed(f"UNREACHED_{type(error).__name__}"[:60]) from None
        self._heard_at = time.monotonic()
        self._thread = threading.Thread(
            target=self._read_all, name=f"smpp-{self.line.system_id}", daemon=True
        )
        self._thread.start()
        try:
            told = self._ask(self._bind_message()).answer
        except Lost:
            raise BindFailed("CUT_OFF") from None
        if told is None or told.status or told.command != self.command | pdu.RESPONSE:
            self.drop()
            if told is None:
                raise BindFailed("NO_ANSWER_TO_BIND")
            raise BindFailed(errors.find(told.status).name, is_refused=told.status in _BIND_REFUSED)

    def _bind_message(self) -> Pdu:
        return Pdu(self.command, fields={
            "system_id": self.line.system_id, "password": self.line.password, "system_type": self.line.system_type,
            "interface_version": pdu.VERSION,
        })  # fmt: skip

    def _connect(self) -> socket.socket:
        made = socket.create_connection((self.line.host, self.line.port), CONNECT_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.line.security == TLS:
            made = ssl.create_default_context().wrap_socket(made, server_hostname=self.line.host)
        made.settimeout(LOOK_SECONDS)
        return made

    def submit(self, messages: Sequence[tuple[Any, Pdu]], pause: Callable[[], object]) -> list[Ask]:
        """Send these, as many at once as the window lets, and wait for their answers. `pause` keeps the pace before each.

        Never raises: an `Ask` without an answer was not written, or was and nobody said how that ended.
        """
        asked: list[Ask] = []
        for tag, message in messages:
            ask = Ask(message, tag)
            asked.append(ask)
            if not self.is_alive or not self._window.acquire(timeout=self.line.answer_seconds):
                continue
            ask.is_in_window = True
            pause()
            with contextlib.suppress(Lost):
                self._write(ask)
        until = time.monotonic() + self.line.answer_seconds
        for ask in asked:
            if ask.was_written:
                ask.done.wait(max(0.0, until - time.monotonic()))
        self._give_up(asked)
        return asked

    def close(self) -> None:
        """Say good-bye and go."""
        if self.is_alive:
            with contextlib.suppress(Lost):
                self._ask(Pdu(pdu.UNBIND), within=1.0)
        self.drop()

    def drop(self) -> None:
        self._gone.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        with self._guard:
            waiting = list(self._asked.values())
        for ask in waiting:
            ask.done.set()

    def _ask(self, message: Pdu, within: float | None = None) -> Ask:
        ask = Ask(message, None)
        self._write(ask)
        ask.done.wait(within or self.line.answer_seconds)
        with self._guard:
            self._asked = {number: other for number, other in self._asked.items() if other is not ask}
        if ask.answer is None and self._gone.is_set():
            raise Lost
        return ask

    def _write(self, ask: Ask) -> None:
        number = next(self._sequence) % MOST_SEQUENCE or next(self._sequence)
        with self._guard:
            self._asked[number] = ask
        try:
            raw = pdu.encode(ask.message.numbered(number))
            ask.was_written = True  # from here on the centre may have it
            self._send(raw)
        except pdu.Malformed:
            with self._guard:
                self._asked.pop(number, None)
            ask.was_written = False
            raise Lost from None

    def _send(self, raw: bytes) -> None:
        try:
            with self._writing:
                assert self._socket is not None
                self._socket.sendall(raw)
        except (OSError, ValueError):
            self.drop()
            raise Lost from None

    def _give_up(self, asked: Sequence[Ask]) -> None:
        """What has no answer by now keeps its number, in case that comes late; its place in the window is free again."""
        with self._guard:
            for number in [number for number, ask in self._asked.items() if ask in asked]:
                ask = self._asked.pop(number)
                if ask.answer is None:
                    self._overdue[number] = ask
            while len(self._overdue) > LATE_KEPT:
                self._overdue.pop(next(iter(self._overdue)))
        for ask in asked:
            self._free(ask)

    def _free(self, ask: Ask) -> None:
        """Its place in the window is another's now; once."""
        with self._guard:
            was_in, ask.is_in_window = ask.is_in_window, False
        if was_in:
            self._window.release()

    # what arrives

    def _read_all(self) -> None:
        stream = pdu.Stream()
        try:
            while not self._gone.is_set():
                if raw := self._receive():
                    self._heard_at, self._enquired_at = time.monotonic(), 0.0
                    self._work_through(stream.feed(raw))
                else:
                    self._look_after()
        except (OSError, Lost, pdu.Malformed) as error:
            log.info("smpp_line_cut", error=type(error).__name__)
        finally:
            self.drop()

    def _receive(self) -> bytes:
        assert self._socket is not None
        try:
            raw = self._socket.recv(65_536)
        except TimeoutError:
            return b""
        if not raw:
            raise Lost
        return raw

    def _look_after(self) -> None:
        """Silence: ask whether the other side is there; no answer to that ends the line."""
        now = time.monotonic()
        if self._enquired_at and now - self._enquired_at > self.line.answer_seconds:
            raise Lost
        if not self._enquired_at and now - self._heard_at > self.line.enquire_seconds:
            self._enquired_at = now
            number = next(self._sequence) % MOST_SEQUENCE
            self._send(pdu.encode(Pdu(pdu.ENQUIRE_LINK, number)))

    def _work_through(self, whole: Sequence[bytes]) -> None:
        delivered: list[Pdu] = []
        for raw in whole:
            try:
                message = pdu.decode(raw)
            except pdu.Malformed as error:
                refusal = Pdu(pdu.GENERIC_NACK, pdu.sequence_of(raw), error.status)
                self._send(pdu.encode(refusal))
                continue
            if message.command == pdu.DELIVER_SM:
                delivered.append(message)
            elif message.is_response:
                self._answered(message)
            else:
                self._asked_of_us(message)
        if delivered:
            self._hand_over(delivered)

    def _hand_over(self, delivered: Sequence[Pdu]) -> None:
        try:
            statuses = self._take(self.id, delivered)
        except Exception as error:  # not stored, so not taken: the centre comes again
            log.warning("smpp_not_stored", error=type(error).__name__)
            statuses = [REFUSED_FOR_NOW] * len(delivered)
        raw = b"".join(
            pdu.encode(message.answer(status, message_id=""))
            for message, status in zip(delivered, statuses, strict=True)
        )
        self._send(raw)

    def _answered(self, message: Pdu) -> None:
        with self._guard:
            ask = self._asked.pop(message.sequence, None)
            late = self._overdue.pop(message.sequence, None) if ask is None else None
        if ask is not None:
            ask.answer = message
            self._free(ask)
            ask.done.set()
        elif late is not None:
            try:
                self._late(late.tag, message)
            except Exception as error:  # then its receipt says it
                log.warning("smpp_late_not_stored", error=type(error).__name__)

    def _asked_of_us(self, message: Pdu) -> None:
        if message.command == pdu.ENQUIRE_LINK:
            self._send(pdu.encode(message.answer()))
        elif message.command == pdu.UNBIND:
            self._send(pdu.encode(message.answer()))
            raise Lost
        else:
            self._send(pdu.encode(Pdu(pdu.GENERIC_NACK, message.sequence, 0x03)))
