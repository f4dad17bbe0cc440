"""LDAP, version 3, as much as signing in needs: bind with a password, look one person up. Always encrypted, except to
this machine.

Our own, because it is little, and the library everybody names has had no release since 2021 (see the decisions).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from motcua.connectors.identity import ber
from motcua.connectors.identity.ber import Element

TIMEOUT = 5.0
BIND_REQUEST, BIND_RESPONSE, UNBIND, SEARCH, FOUND, FOUND_ELSEWHERE, SEARCH_DONE = (
    0x60,
    0x61,
    0x42,
    0x63,
    0x64,
    0x73,
    0x65,
)
EXTENDED, EXTENDED_RESPONSE, AND, EQUALS, SIMPLE = 0x77, 0x78, 0xA0, 0xA3, 0x80
START_TLS = "1.3.6.1.4.1.1466.20037"
SUCCESS, NO_SUCH_OBJECT, WRONG_PASSWORD = 0, 32, 49
WHOLE_TREE, NEVER_DEREFERENCE = 2, 0
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class DirectoryFailed(Exception):
    """The directory cannot be reached, or does not answer as one; the reason is for our log."""


@dataclass(frozen=True)
class Person:
    """An entry: its distinguished name and its attributes by name in lower case."""

    dn: str
    values: dict[str, list[str]]

    def first(self, name: str) -> str:
        return next(iter(self.values.get(name.lower(), [])), "")


class Directory:
    """A connection to a directory, to be used in a `with`. `address`: ldaps://host[:port] or ldap://host[:port] (then
    StartTLS, unless it is this machine). Raises DirectoryFailed.
    """

    def __init__(self, address: str, *, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname:
            raise DirectoryFailed("address")
        self._host, self._message, self._read = parts.hostname, 0, b""
        tls = context or ssl.create_default_context()
        try:
            plain = socket.create_connection(
                (self._host, parts.port or (636 if parts.scheme == "ldaps" else 389)), TIMEOUT
            )
            self._socket: socket.socket = plain
            if parts.scheme == "ldaps":
                self._socket = tls.wrap_socket(plain, server_hostname=self._host)
            elif self._host not in LOCAL:
                self._start_tls(plain, tls)
        except OSError as error:
            raise DirectoryFailed(type(error).__name__) from None

    def __enter__(self) -> Directory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._send(ber.write(UNBIND))
        except DirectoryFailed:
            pass
        finally:
            self._socket.close()

    def bind(self, dn: str, password: str) -> bool:
        """Whether this is the password of that entry. An empty password is never right (RFC 4513, 5.1.2)."""
        if not password or not dn:
            return False
        self._send(ber.write(BIND_REQUEST, ber.number(3), ber.text(dn), ber.text(password, SIMPLE)))
        code = _code_of(self._answer(BIND_RESPONSE))
        if code not in {SUCCESS, WRONG_PASSWORD, NO_SUCH_OBJECT}:
            raise DirectoryFailed(f"bind-{code}")
        return code == SUCCESS

    def find(
        self,
        base: str,
        equals: Iterable[tuple[str, str]],
        attributes: Iterable[str],
        *,
        must_exist: bool = False,
    ) -> list[Person]:
        """Entries below the base with all these values (compared as the directory does); two at most.

        A base that is not there holds nobody, unless it `must_exist`.

        Values travel as they are, never inside a filter's text: nothing in a name can widen the search.
        """
        tests = [ber.write(EQUALS, ber.text(name), ber.text(value)) for name, value in equals]
        self._send(
            ber.write(
                SEARCH, ber.text(base), ber.number(WHOLE_TREE, ber.ENUMERATED), ber.number(NEVER_DEREFERENCE, ber.ENUMERATED),
                ber.number(2), ber.number(int(TIMEOUT)), ber.boolean(False), ber.write(AND, *tests),
                ber.write(ber.SEQUENCE, *(ber.text(name) for name in attributes)),
            )
        )  # fmt: skip
        found: list[Person] = []
        while (answer := self._answer(FOUND, FOUND_ELSEWHERE, SEARCH_DONE)).tag != SEARCH_DONE:
            if answer.tag == FOUND:
                found.append(_person(answer))
        code = _code_of(answer)
        if code not in {SUCCESS, 4} and (
            must_exist or code != NO_SUCH_OBJECT
        ):  # 4: more than the two asked for
            raise DirectoryFailed(f"search-{code}")
        return found

    def _start_tls(self, plain: socket.socket, tls: ssl.SSLContext) -> None:
        self._send(ber.write(EXTENDED, ber.text(START_TLS, SIMPLE)))
        if _code_of(self._answer(EXTENDED_RESPONSE)) != SUCCESS or self._read:
            raise DirectoryFailed("start-tls")
        self._socket = tls.wrap_socket(plain, server_hostname=self._host)

    def _send(self, operation: bytes) -> None:
        self._message += 1
        try:
            self._socket.sendall(ber.write(ber.SEQUENCE, ber.number(self._message), operation))
        except OSError as error:
            raise DirectoryFailed(type(error).__name__) from None

    def _answer(self, *tags: int) -> Element:
        """The next answer to the last question."""
        try:
            while (found := ber.read(self._read)) is None:
                piece = self._socket.recv(65536)
                if not piece:
                    raise DirectoryFailed("closed")
                self._read += piece
            message, end = found
            self._read = self._read[end:]
            number, operation, *_controls = message.parts()
        except (OSError, ValueError) as error:
            raise DirectoryFailed(type(error).__name__) from None
        if number.number() != self._message or operation.tag not in tags:
            raise DirectoryFailed("unexpected-answer")
        return operation


def _code_of(answer: Element) -> int:
    parts = answer.parts()
    if not parts:
        raise DirectoryFailed("malformed")
    return parts[0].number()


def _person(answer: Element) -> Person:
    try:
        dn, attributes = answer.parts()
        values: dict[str, list[str]] = {}
        for attribute in attributes.parts():
            name, held = attribute.parts()
            values[name.text().lower()] = [value.text() for value in held.parts()]
    except ValueError as error:
        raise DirectoryFailed(type(error).__name__) from None
    return Person(dn.text(), values)
