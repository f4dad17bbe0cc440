"""The stand-in centre's side of SMPP 3.4: real bytes over real sockets, checked as a carrier's centre checks them.

A bind comes first; a sender's name must be one that can be registered, a recipient an international number; segments must be
as long as phones can carry and say so. What a company is owed goes to it over any receiving bind, until it answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from motcua.channels import stand_ins
from motcua.channels.smpp import alphabet, pdu
from motcua.channels.smpp.pdu import Pdu
from motcua.config import clock
from motcua.sandbox import smpp
from motcua.sandbox.smpp import Fault

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.1
SILENT_FOR = 12.0  # longer than anybody waits for an answer
HELD_SECONDS = 0.3
MOST_UNANSWERED = 10
OK, RSYSERR, RINVMSGLEN, RINVBNDSTS, RALYBND = 0x00, 0x08, 0x01, 0x04, 0x05
RINVSRCADR, RINVDSTADR, RINVPASWD, RINVSYSID, RINVCMDID = 0x0A, 0x0B, 0x0E, 0x0F, 0x03
RINVESMCLASS, RSUBMITFAIL, RTHROTTLED, RINVSRCTON, RINVDSTTON = 0x43, 0x45, 0x58, 0x48, 0x50
_NAME = re.compile(r"^(?=.*[A-Za-z])[A-Za-z0-9 ._-]{3,11}$")
_COMPANY = re.compile(r"^[A-Z]{2,12}$")
_PHONE = re.compile(r"^84\d{9}$")
_DEFAULT = frozenset({alphabet.GSM, alphabet.ASCII})


@dataclass
class Server:
    """The centre while it is open; the binds of each company."""

    port: int = 0
    binds: list[_Bind] = field(default_factory=list)
    bound: int = 0
    refused: int = 0
    _server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1") -> None:
        """Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Every line is cut, as by a broken cable."""
        for bind in list(self.binds):
            bind.writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bind = _Bind(self, reader, writer)
        self.binds.append(bind)
        try:
            await bind.serve()
        except (OSError, EOFError, asyncio.IncompleteReadError, pdu.Malformed):
            pass
        finally:
            self.binds.remove(bind)
            bind.end()
            writer.close()


@contextlib.asynccontextmanager
async def opened(edge_port: int) -> AsyncIterator[Server]:
    """The centre beside an edge, as long as it serves; a taken port leaves the demonstration without it."""
    server = Server(stand_ins.smpp_port(edge_port))
    try:
        await server.start()
    except OSError as error:
        log.warning("sandbox_smpp_not_started", error=type(error).__name__, port=server.port)
    try:
        yield server
    finally:
        await server.stop()


class _Bind:
    """One connection."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.company = ""
        self.may_send = self.may_receive = False
        self._sequence = 0
        self._unanswered: dict[int, int] = {}
        self._held: list[Pdu] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        while True:
            head = await self.reader.readexactly(4)
            length = int.from_bytes(head, "big")
            if not pdu.HEADER.size <= length <= pdu.LONGEST:
                raise EOFError
            raw = head + await self.reader.readexactly(length - 4)
            try:
                message = pdu.decode(raw)
            except pdu.Malformed as error:
                await self.say(Pdu(pdu.GENERIC_NACK, pdu.sequence_of(raw), error.status))
                continue
            if not await self.take(message):
                return

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        smpp.release(list(self._unanswered.values()))

    async def say(self, message: Pdu) -> None:
        self.writer.write(pdu.encode(message))
        await self.writer.drain()

    async def _say_later(self, seconds: float, message: Pdu) -> None:
        await asyncio.sleep(seconds)
        await self.say(message)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def take(self, message: Pdu) -> bool:
        """False ends the connection."""
        match message.command:
            case pdu.BIND_TRANSCEIVER | pdu.BIND_TRANSMITTER | pdu.BIND_RECEIVER:
                return await self.bind(message)
            case pdu.ENQUIRE_LINK:
                await self.say(message.answer())
            case pdu.UNBIND:
                await self.say(message.answer())
                return False
            case pdu.SUBMIT_SM:
                return await self.submit(message)
            case _ if message.is_response:
                self.answered(message)
            case _:
                await self.say(Pdu(pdu.GENERIC_NACK, message.sequence, RINVCMDID))
        return True

    async def bind(self, message: Pdu) -> bool:
        status = self._bind_status(message)
        await self.say(message.answer(status, system_id="SANDBOX"))
        if status:
            self.server.refused += 1
            return False
        self.company = message.text("system_id")
        self.may_send = message.command != pdu.BIND_RECEIVER
        self.may_receive = message.command != pdu.BIND_TRANSMITTER
        self.server.bound += 1
        if self.may_receive:
            self._start(self._pay())
        return True

    def _bind_status(self, message: Pdu) -> int:
        name = message.text("system_id")
        if self.company:
            return RALYBND
        with smpp.STORE.open() as store:
            if smpp.STORE.take_fault(store, smpp.OF_BIND):
                return RINVPASWD
        if not _COMPANY.match(name):
            return RINVSYSID
        given = message.text("password").encode()
        return OK if hmac.compare_digest(given, smpp.password_of(name).encode()) else RINVPASWD

    # messages to phones

    async def submit(self, message: Pdu) -> bool:
        status = OK if self.may_send else RINVBNDSTS
        status = status or _wrong(message)
        if status:
            await self.say(message.answer(status))
            return True
        with smpp.STORE.open() as store:
            fault = smpp.STORE.take_fault(store, smpp.OF_SUBMIT)
        if fault in {Fault.THROTTLED, Fault.SYSTEM_ERROR}:
            await self.say(message.answer(RTHROTTLED if fault is Fault.THROTTLED else RSYSERR))
            return True
        if fault is Fault.CUT_BEFORE:
            self.writer.transport.abort()
            return False
        at, (piece, text) = clock.now(), _read(message)
        with smpp.STORE.open() as store:
            name = smpp.keep(store, company=self.company, message=message, piece=piece, text=text, at=at)
            smpp.owe_receipts(store, self.company, message, name, fault, at)
        return await self._answer(message.answer(OK, message_id=name), fault)

    async def _answer(self, answer: Pdu, fault: Fault | None) -> bool:
        if fault is Fault.CUT_AFTER:
            self.writer.transport.abort()
            return False
        if fault is Fault.NO_ANSWER:
            return True
        if fault is Fault.LATE_ANSWER:
            self._start(self._say_later(SILENT_FOR, answer))
        elif fault is Fault.RECEIPT_FIRST:
            self._start(self._say_later(POLL_SECONDS * 4, answer))
        elif fault is Fault.ANSWERS_REORDERED:
            self._held.append(answer)
            self._start(self._say_held(HELD_SECONDS))
        else:
            await self.say(answer)
            await self._say_held(0)
        return True

    async def _say_held(self, seconds: float) -> None:
        """What was held back until a later answer went first, or for so long."""
        await asyncio.sleep(seconds)
        held, self._held = self._held, []
        for answer in held:
            await self.say(answer)

    # what phones say, and receipts

    async def _pay(self) -> None:
        """Deliver what the company is owed, a window at a time, until it answers."""
        while True:
            if len(self._unanswered) < MOST_UNANSWERED:
                for owed in smpp.list_owed(self.company, limit=MOST_UNANSWERED - len(self._unanswered)):
                    self._sequence += 1
                    self._unanswered[self._sequence] = owed.serial
                    await self.say(owed.message.numbered(self._sequence))
            await asyncio.sleep(POLL_SECONDS)

    def answered(self, message: Pdu) -> None:
        serial = self._unanswered.pop(message.sequence, None)
        if serial is not None and message.command == pdu.DELIVER_SM | pdu.RESPONSE and not message.status:
            smpp.settle([serial])


def _read(message: Pdu) -> tuple[alphabet.Piece | None, str]:
    body, piece = message.content(), None
    if message.number("esm_class") & pdu.HAS_HEADER:
        piece, body = alphabet.split_header(body)
    elif pdu.SAR_TOTAL in message.tlvs:
        reference, total, number = (
            int.from_bytes(message.tlvs.get(tag, b""), "big")
            for tag in (pdu.SAR_REFERENCE, pdu.SAR_TOTAL, pdu.SAR_NUMBER)
        )
        piece = alphabet.Piece(reference, total, number)
    return piece, alphabet.read(body, message.number("data_coding"))


def _wrong(message: Pdu) -> int:
    """What a carrier's centre would refuse, 0 for nothing."""
    if message.number("dest_addr_ton") != 1:
        return RINVDSTTON
    if not _PHONE.match(message.text("destination_addr")):
        return RINVDSTADR
    return _wrong_source(message) or _wrong_content(message)


def _wrong_source(message: Pdu) -> int:
    source, ton = message.text("source_addr"), message.number("source_addr_ton")
    if ton == 5:
        return OK if _NAME.match(source) else RINVSRCADR
    if ton not in {1, 2, 3}:
        return RINVSRCTON
    return OK if source == smpp.NUMBER else RINVSRCADR


def _wrong_content(message: Pdu) -> int:
    body, coding = message.content(), message.number("data_coding")
    has_header = bool(message.number("esm_class") & pdu.HAS_HEADER)
    has_payload = pdu.MESSAGE_PAYLOAD in message.tlvs
    if has_payload and message.fields.get("short_message"):
        return RSUBMITFAIL
    if not body or coding not in {*_DEFAULT, alphabet.UCS2}:
        return RSUBMITFAIL
    if has_header and alphabet.split_header(body)[0] is None:
        return RINVESMCLASS
    text = alphabet.split_header(body)[1] if has_header else body
    if coding == alphabet.UCS2 and len(text) % 2:
        return RSUBMITFAIL
    if coding in _DEFAULT and any(octet > 127 for octet in text):
        return RSUBMITFAIL
    is_one_of_many = has_header or pdu.SAR_TOTAL in message.tlvs
    most = alphabet.JOINED if is_one_of_many else alphabet.ALONE
    kind = alphabet.UCS2 if coding == alphabet.UCS2 else alphabet.GSM
    return OK if has_payload or len(text) <= most[kind] else RINVMSGLEN
