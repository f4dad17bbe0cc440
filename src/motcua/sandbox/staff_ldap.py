"""A stand-in for a company's LDAP directory: bind and search over a real socket, people put in and taken out at will."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from motcua.connectors.identity import ber, ldap
from motcua.connectors.identity.ber import Element

BASE = "ou=people,dc=dienluc,dc=example"
SERVICE_DN, SERVICE_PASSWORD = "cn=motcua,dc=dienluc,dc=example", "service-secret"


@dataclass
class Entry:
    """A person of the directory."""

    username: str
    password: str
    subject: str
    is_disabled: bool = False

    @property
    def dn(self) -> str:
        return f"uid={self.username},{BASE}"

    def values(self) -> dict[str, str]:
        told = {"uid": self.username, "entryuuid": self.subject}
        return told | ({"nsaccountlock": "TRUE"} if self.is_disabled else {})


@dataclass
class StandIn:
    """The directory while it runs; `garbage` makes it talk nonsense."""

    port: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    binds: list[str] = field(default_factory=list)
    garbage: bool = False

    @property
    def address(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    def put(self, username: str, password: str, subject: str = "") -> Entry:
        self.entries[username] = Entry(username, password, subject or f"uuid-{username}")
        return self.entries[username]

    def answer(self, operation: Element, bound: list[str]) -> Iterator[bytes]:
        """Answers to one operation; `bound` holds whom the connection is bound as."""
        parts = operation.parts()
        if operation.tag == ldap.BIND_REQUEST:
            dn, password = parts[1].text(), parts[2].text()
            self.binds.append(dn)
            is_right = (dn, password) == (SERVICE_DN, SERVICE_PASSWORD) or any(
                (entry.dn, entry.password) == (dn, password) and not entry.is_disabled
                for entry in self.entries.values()
            )
            bound[:] = [dn] if is_right else []
            yield _result(ldap.BIND_RESPONSE, ldap.SUCCESS if is_right else ldap.WRONG_PASSWORD)
        elif operation.tag == ldap.SEARCH:
            if not bound:
                yield _result(ldap.SEARCH_DONE, 50)
                return
            wanted = [
                (test.parts()[0].text().lower(), test.parts()[1].text().lower()) for test in parts[6].parts()
            ]
            asked = {name.text().lower() for name in parts[7].parts()}
            for entry in self.entries.values():
                values = entry.values()
                if all(values.get(name, "").lower() == value for name, value in wanted):
                    yield _found(entry, {name: value for name, value in values.items() if name in asked})
            yield _result(ldap.SEARCH_DONE, ldap.SUCCESS)


def _result(tag: int, code: int) -> bytes:
    return ber.write(tag, ber.number(code, ber.ENUMERATED), ber.text(""), ber.text(""))


def _found(entry: Entry, values: dict[str, str]) -> bytes:
    told = [
        ber.write(ber.SEQUENCE, ber.text(name), ber.write(ber.SET, ber.text(value)))
        for name, value in values.items()
    ]
    return ber.write(ldap.FOUND, ber.text(entry.dn), ber.write(ber.SEQUENCE, *told))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True


@contextmanager
def running(port: int = 0) -> Iterator[StandIn]:
    """The directory at that port of this machine; without one at a free one."""
    stand_in = StandIn()

    class Talk(socketserver.BaseRequestHandler):
        request: socket.socket

        def handle(self) -> None:
            read, bound = b"", []  # type: tuple[bytes, list[str]]
            while True:
                while (found := ber.read(read)) is None:
                    piece = self.request.recv(65536)
                    if not piece:
                        return
                    read += piece
                message, end = found
                read = read[end:]
                number, operation = message.parts()[:2]
                if operation.tag == ldap.UNBIND:
                    return
                if stand_in.garbage:
                    self.request.sendall(b"\x30\x03\x02\x01\x63HTTP/1.1 400\r\n\r\n")
                    return
                for told in stand_in.answer(operation, bound):
                    self.request.sendall(ber.write(ber.SEQUENCE, ber.number(number.number()), told))

    with _Server(("127.0.0.1", port), Talk) as server:
        stand_in.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
