"""The little of BER that LDAP needs: tags below 31, definite lengths, integers, strings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31
LONGEST = 1 << 20


class Malformed(ValueError):
    """What came is no BER, or more than anybody's answer."""


@dataclass(frozen=True)
class Element:
    """One tag and what it holds."""

    tag: int
    content: bytes

    def parts(self) -> list[Element]:
        return list(read_all(self.content))

    def number(self) -> int:
        return int.from_bytes(self.content, "big", signed=True)

    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def write(tag: int, *contents: bytes) -> bytes:
    """An element around these."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content


def number(value: int, tag: int = INTEGER) -> bytes:
    return write(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def text(value: str, tag: int = OCTETS) -> bytes:
    return write(tag, value.encode())


def boolean(value: bool) -> bytes:
    return write(BOOLEAN, b"\xff" if value else b"\x00")


def read(data: bytes, start: int = 0) -> tuple[Element, int] | None:
    """The element that begins there and where it ends; None when not all of it has come. Raises Malformed."""
    if len(data) - start < 2:
        return None
    tag, length, at = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise Malformed("tag")
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise Malformed("length")
        if len(data) - at < count:
            return None
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    if length > LONGEST:
        raise Malformed("too long")
    if len(data) - at < length:
        return None
    return Element(tag, data[at : at + length]), at + length


def read_all(data: bytes) -> Iterator[Element]:
    """The elements one behind the other. Raises Malformed when something is left over."""
    at = 0
    while at < len(data):
        found = read(data, at)
        if found is None:
            raise Malformed("cut short")
        element, at = found
        yield element
