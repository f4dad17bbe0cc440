"""The stand-in mail server's two doors: SMTP that takes mail from a company, IMAP that shows it its mailbox.

Just what a mail program of ours needs, checked as real servers check it: log-in first, the company's own address as sender,
a Date, a From and a Message-ID in the mail, lines that end as they must.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email
import hmac
import re
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from motcua.channels import stand_ins
from motcua.config import clock
from motcua.sandbox import mail
from motcua.sandbox.mail import Fault

log = structlog.get_logger(__name__)

LARGEST = 20_000_000
IDLE_SECONDS = 120
NEEDED = ("From", "Date", "Message-ID")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Both doors while they are open."""

    imap_port: int = 0
    smtp_port: int = 0
    logins: int = 0
    _servers: list[asyncio.Server] = field(default_factory=list)

    async def start(self, host: str = "127.0.0.1") -> None:
        """Raises OSError when a port is taken."""
        imap = await asyncio.start_server(self._guarded(self.imap), host, self.imap_port, limit=LARGEST)
        self._servers.append(imap)
        smtp = await asyncio.start_server(self._guarded(self.smtp), host, self.smtp_port, limit=LARGEST)
        self._servers.append(smtp)
        self.imap_port = imap.sockets[0].getsockname()[1]
        self.smtp_port = smtp.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()

    @staticmethod
    def _guarded(handler: Handler) -> Handler:
        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError):
                await handler(reader, writer)
            writer.close()

        return guarded

    def login(self, name: str, password: str) -> str:
        """The company's code, "" when the password is wrong."""
        company = mail.company_of(name)
        is_right = bool(company) and hmac.compare_digest(
            mail.password_of(company).encode(), password.encode()
        )
        self.logins += is_right
        return company if is_right else ""

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Smtp(self, reader, writer).serve()

    async def imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Imap(self, reader, writer).serve()


@contextlib.asynccontextmanager
async def opened(edge_port: int) -> AsyncIterator[Server]:
    """Both doors beside an edge, as long as it serves; a port that is taken leaves the demonstration without mail."""
    imap_port, smtp_port = stand_ins.mail_ports(edge_port)
    server = Server(imap_port, smtp_port)
    try:
        await server.start()
    except OSError as error:
        log.warning("sandbox_mail_not_started", error=type(error).__name__, ports=[imap_port, smtp_port])
    try:
        yield server
    finally:
        await server.stop()


class _Door:
    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.company = ""

    async def line(self) -> str:
        read = await asyncio.wait_for(self.reader.readline(), IDLE_SECONDS)
        if not read:
            raise EOFError
        return read.decode("utf-8", "replace").rstrip("\r\n")

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()


class _Smtp(_Door):
    sender = ""
    to = ""

    async def serve(self) -> None:
        await self.say("220 mx.sandbox.example ESMTP")
        while True:
            line = await self.line()
            verb, _space, rest = line.partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    await self.say(
                        "250-mx.sandbox.example",
                        "250-AUTH PLAIN LOGIN",
                        f"250-SIZE {LARGEST}",
                        "250 ENHANCEDSTATUSCODES",
                    )
                case "AUTH":
                    await self.auth(rest)
                case "MAIL":
                    await self.mail_from(rest)
                case "RCPT":
                    if not await self.rcpt(rest):
                        return
                case "DATA":
                    if not await self.data():
                        return
                case "RSET":
                    self.sender = self.to = ""
                    await self.say("250 2.0.0 ok")
                case "NOOP":
                    await self.say("250 2.0.0 ok")
                case "QUIT":
                    await self.say("221 2.0.0 bye")
                    return
                case _:
                    await self.say("502 5.5.1 unknown")

    async def auth(self, rest: str) -> None:
        kind, _space, first = rest.partition(" ")
        try:
            if kind.upper() == "PLAIN":
                if not first:
                    await self.say("334 ")
                    first = await self.line()
                _as, name, password = base64.b64decode(first).decode().split("\0")
            else:
                name = base64.b64decode(first or await self._asked("VXNlcm5hbWU6")).decode()
                password = base64.b64decode(await self._asked("UGFzc3dvcmQ6")).decode()
        except ValueError:
            await self.say("501 5.5.2 unreadable")
            return
        self.company = self.server.login(name, password)
        await self.say("235 2.7.0 accepted" if self.company else "535 5.7.8 wrong name or password")

    async def _asked(self, challenge: str) -> str:
        await self.say(f"334 {challenge}")
        return await self.line()

    async def mail_from(self, rest: str) -> None:
        found = re.match(r"(?i)FROM:\s*<([^<>]*)>", rest)
        if not self.company:
            await self.say("530 5.7.0 log in first")
        elif found is None or found[1].lower() != stand_ins.mailbox_of(self.company):
            await self.say("553 5.7.1 not your address")
        else:
            self.sender, self.to = found[1], ""
            await self.say("250 2.1.0 ok")

    async def rcpt(self, rest: str) -> bool:
        found = re.match(r"(?i)TO:\s*<([^<>\s]+@[^<>\s]+)>", rest)
        with mail.STORE.open() as opened:
            fault = (
                mail.take_fault(opened, (Fault.BUSY, Fault.LATER, Fault.NO_SUCH_USER))
                if self.sender
                else None
            )
        if not self.sender:
            await self.say("503 5.5.1 MAIL first")
        elif found is None:
            await self.say("501 5.1.3 no address")
        elif fault is Fault.BUSY:
            await self.say("421 4.3.2 too busy")
            return False
        elif fault is Fault.LATER:
            await self.say("450 4.2.0 greylisted, come again")
        elif fault is Fault.NO_SUCH_USER or found[1].startswith("khong-co"):
            await self.say("550 5.1.1 no such user")
        else:
            self.to = found[1].lower()
            await self.say("250 2.1.5 ok")
        return True

    async def data(self) -> bool:
        if not self.to:
            await self.say("503 5.5.1 RCPT first")
            return True
        await self.say("354 go on")
        raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n.\r\n"), IDLE_SECONDS)
        content = re.sub(rb"(?m)^\.\.", b".", raw[:-3])
        with mail.STORE.open() as opened:
            kinds = (Fault.REFUSED, Fault.SILENT_AFTER_TAKING, Fault.BOUNCED, Fault.ANSWERED_BY_PROGRAM)
            fault = mail.take_fault(opened, kinds)
        wrong = what_is_wrong(content)
        if fault is Fault.REFUSED or wrong:
            await self.say(f"554 5.6.0 {wrong or 'not wanted'}")
            return True
        at, person = clock.now(), self.to
        if fault is Fault.BOUNCED:
            mail.report(self.company, person, content, at)
        else:
            mail.put(self.company, person, person, content, at)
        if fault is Fault.ANSWERED_BY_PROGRAM:
            mail.answer_away(self.company, person, content, at)
        if fault is Fault.SILENT_AFTER_TAKING:
            return False
        await self.say("250 2.0.0 taken")
        self.sender = self.to = ""
        return True


def what_is_wrong(raw: bytes) -> str:
    """Why a server would not take this mail; "" when it would."""
    told = email.message_from_bytes(raw)
    missing = [name for name in NEEDED if not told.get(name)]
    if missing:
        return f"no {missing[0]}"
    if re.search(rb"(?<!\r)\n", raw):
        return "bare line feed"
    if max(len(line) for line in raw.split(b"\r\n")) > 998:
        return "line too long"
    return ""


class _Imap(_Door):
    validity = 0

    async def serve(self) -> None:
        await self.say("* OK [CAPABILITY IMAP4rev1] here")
        while True:
            tag, _space, rest = (await self.line()).partition(" ")
            verb, _space, more = rest.partition(" ")
            verb = verb.upper()
            if verb == "UID":
                verb, _space, more = more.partition(" ")
                verb = f"UID {verb.upper()}"
            if verb == "LOGOUT":
                await self.say("* BYE", f"{tag} OK bye")
                return
            if verb == "CAPABILITY":
                await self.say("* CAPABILITY IMAP4rev1", f"{tag} OK done")
            elif verb == "LOGIN":
                await self.log_in(tag, more)
            elif verb == "NOOP":
                await self.say(f"{tag} OK done")
            elif not self.company:
                await self.say(f"{tag} NO log in first")
            elif verb in {"SELECT", "EXAMINE"}:
                await self.select(tag, more)
            elif not self.validity:
                await self.say(f"{tag} NO select first")
            elif verb == "UID SEARCH":
                await self.search(tag, more)
            elif verb == "UID FETCH":
                await self.fetch(tag, more)
            elif verb == "UID STORE":
                await self.store(tag, more)
            else:
                await self.say(f"{tag} BAD unknown")

    async def log_in(self, tag: str, more: str) -> None:
        try:
            name, password = shlex.split(more)
        except ValueError:
            await self.say(f"{tag} BAD unreadable")
            return
        self.company = self.server.login(name, password)
        await self.say(
            f"{tag} OK in" if self.company else f"{tag} NO [AUTHENTICATIONFAILED] wrong name or password"
        )

    async def select(self, tag: str, more: str) -> None:
        if more.strip('"').upper() != "INBOX":
            await self.say(f"{tag} NO no such folder")
            return
        self.validity = mail.validity_of(self.company)
        count = len(self._rows())
        await self.say(
            f"* {count} EXISTS",
            f"* OK [UIDVALIDITY {self.validity}] valid",
            "* FLAGS (\\Seen)",
            f"{tag} OK [READ-WRITE] open",
        )

    def _rows(self) -> list[tuple[int, str, int, bytes]]:
        with mail.STORE.open() as opened:
            return opened.execute(
                "SELECT serial, at, is_seen, raw FROM mails WHERE box = ? AND NOT is_held ORDER BY serial",
                [stand_ins.mailbox_of(self.company)],
            ).fetchall()

    async def search(self, tag: str, more: str) -> None:
        rows, wanted = self._rows(), more.strip()
        if wanted.upper() == "UNSEEN":
            found = [row[0] for row in rows if not row[2]]
        elif wanted.upper().startswith("SINCE "):
            day = datetime.strptime(wanted[6:].strip(), "%d-%b-%Y").replace(tzinfo=UTC).date()
            found = [row[0] for row in rows if datetime.fromisoformat(row[1]).date() >= day]
        elif wanted.upper().startswith("UID "):
            first = int(wanted[4:].partition(":")[0])
            last = rows[-1][0] if rows else 0
            # a range beyond the end means the last mail, as the standard has it
            found = [row[0] for row in rows if row[0] >= min(first, last)]
        else:
            found = [row[0] for row in rows]
        await self.say(f"* SEARCH {' '.join(map(str, found))}".rstrip(), f"{tag} OK done")

    async def fetch(self, tag: str, more: str) -> None:
        number, _space, wanted = more.partition(" ")
        for place, (serial, at, _seen, raw) in enumerate(self._rows(), start=1):
            if str(serial) != number:
                continue
            if "BODY.PEEK[]" in wanted.upper():
                part = re.search(r"<(\d+)\.(\d+)>", wanted)
                told = raw[int(part[1]) : int(part[1]) + int(part[2])] if part else raw
                mark = f"<{part[1]}>" if part else ""
                self.writer.write(
                    f"* {place} FETCH (UID {serial} BODY[]{mark} {{{len(told)}}}\r\n".encode()
                    + told
                    + b")\r\n"
                )
            else:
                moment = datetime.fromisoformat(at).astimezone(UTC)
                stamp = moment.strftime("%d-%b-%Y %H:%M:%S +0000")
                await self.say(
                    f'* {place} FETCH (UID {serial} RFC822.SIZE {len(raw)} INTERNALDATE "{stamp}")'
                )
        await self.say(f"{tag} OK done")

    async def store(self, tag: str, more: str) -> None:
        numbers = [int(number) for number in re.findall(r"\d+", more.partition(" ")[0])]
        with mail.STORE.open() as opened:
            marks = ",".join("?" * len(numbers))
            opened.execute(f"UPDATE mails SET is_seen = 1 WHERE serial IN ({marks})", numbers)  # noqa: S608 - marks only
        await self.say(f"{tag} OK done")
