"""Text as phones carry it: the GSM alphabet at seven bits a letter or UCS-2, cut into segments that phones join again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

GSM, ASCII, LATIN, UCS2 = 0x00, 0x01, 0x03, 0x08

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
_ESCAPE = 0x1B
_CODES = {letter: bytes([code]) for code, letter in enumerate(_BASIC) if code != _ESCAPE} | {
    letter: bytes([_ESCAPE, code]) for letter, code in _EXTENDED.items()
}
_LETTERS = {code: letter for letter, code in _EXTENDED.items()}

# Octets of ours in one segment, alone and as one of several (six octets say which).
ALONE = {GSM: 160, UCS2: 140}
JOINED = {GSM: 153, UCS2: 134}


@dataclass(frozen=True)
class Coded:
    """A text as it goes: its coding, and the octets of each segment."""

    coding: int
    segments: tuple[bytes, ...]

    @property
    def whole(self) -> bytes:
        return b"".join(self.segments)


def is_gsm(text: str) -> bool:
    """Whether the cheap alphabet can say it."""
    return all(letter in _CODES for letter in text)


def code(text: str) -> Coded:
    """The text in the cheaper coding that can say it, letters never cut in two."""
    coding = GSM if is_gsm(text) else UCS2
    letters = [_CODES[letter] if coding == GSM else letter.encode("utf-16-be") for letter in text]
    if sum(len(letter) for letter in letters) <= ALONE[coding]:
        return Coded(coding, (b"".join(letters),))
    segments, current = [], b""
    for letter in letters:
        if len(current) + len(letter) > JOINED[coding]:
            segments.append(current)
            current = b""
        current += letter
    return Coded(coding, (*segments, current))


def count(text: str) -> int:
    """How many segments are paid for."""
    return len(code(text).segments)


def read(raw: bytes, coding: int) -> str:
    """What somebody wrote; what a coding cannot say becomes a sign of its own, never an error."""
    if coding == UCS2:
        return raw.decode("utf-16-be", "replace")
    if coding == ASCII:
        return raw.decode("ascii", "replace")
    if coding == LATIN:
        return raw.decode("latin-1")
    return _read_gsm(raw)


def _read_gsm(raw: bytes) -> str:
    out: list[str] = []
    octets = iter(raw)
    for octet in octets:
        if octet == _ESCAPE:
            out.append(_LETTERS.get(next(octets, 0), " "))
        else:
            out.append(_BASIC[octet] if octet < 128 else "\ufffd")
    return "".join(out)


@dataclass(frozen=True)
class Piece:
    """Which segment of a longer message some octets are."""

    reference: int
    total: int
    number: int


def header(piece: Piece) -> bytes:
    """The user data header that phones join segments by."""
    return bytes([5, 0, 3, piece.reference & 0xFF, piece.total, piece.number])


def split_header(raw: bytes) -> tuple[Piece | None, bytes]:
    """What a user data header says of joining, and the text behind it. An unknown header is cut off and left unread."""
    if not raw or raw[0] + 1 > len(raw):
        return None, raw
    head, rest = raw[1 : raw[0] + 1], raw[raw[0] + 1 :]
    at = 0
    while at + 2 <= len(head):
        kind, length = head[at], head[at + 1]
        told = head[at + 2 : at + 2 + length]
        if kind == 0 and len(told) == 3:
            return _piece(told[0], told[1], told[2]), rest
        if kind == 8 and len(told) == 4:
            return _piece(told[0] << 8 | told[1], told[2], told[3]), rest
        at += 2 + length
    return None, rest


def _piece(reference: int, total: int, number: int) -> Piece | None:
    return Piece(reference, total, number) if total > 1 and 1 <= number <= total else None
