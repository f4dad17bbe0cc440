"""SMPP 3.4 as bytes: what its messages are made of, written and read. Pure; the stand-in centre uses it as well."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

VERSION = 0x34
HEADER = struct.Struct(">IIII")
LONGEST = 70_000

RESPONSE = 0x80000000
GENERIC_NACK = 0x80000000
BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x01, 0x02, 0x09
SUBMIT_SM, DELIVER_SM = 0x04, 0x05
UNBIND, ENQUIRE_LINK = 0x06, 0x15
BINDS = frozenset({BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER})

# Optional parameters we know, by tag.
USER_MESSAGE_REFERENCE = 0x0204
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
RECEIPTED_MESSAGE_ID = 0x001E
NETWORK_ERROR = 0x0423
MESSAGE_PAYLOAD = 0x0424
MESSAGE_STATE = 0x0427

HAS_HEADER = 0x40  # esm_class: the text begins with a user data header
RECEIPT = 0x04  # esm_class: a report of the centre's
REPORTS = 0x3C

Value = int | str | bytes
BYTE = 0  # one octet; anything above is the longest text, its closing zero included

_BIND = (
    ("system_id", 16), ("password", 9), ("system_type", 13), ("interface_version", BYTE), ("addr_ton", BYTE),
    ("addr_npi", BYTE), ("address_range", 41),
)  # fmt: skip
_MESSAGE = (
    ("service_type", 6), ("source_addr_ton", BYTE), ("source_addr_npi", BYTE), ("source_addr", 21), ("dest_addr_ton", BYTE),
    ("dest_addr_npi", BYTE), ("destination_addr", 21), ("esm_class", BYTE), ("protocol_id", BYTE), ("priority_flag", BYTE),
    ("schedule_delivery_time", 17), ("validity_period", 17), ("registered_delivery", BYTE), ("replace_if_present_flag", BYTE),
    ("data_coding", BYTE), ("sm_default_msg_id", BYTE),
)  # fmt: skip
_SHAPES: dict[int, tuple[tuple[str, int], ...]] = {
    **dict.fromkeys(BINDS, _BIND),
    **dict.fromkeys((command | RESPONSE for command in BINDS), (("system_id", 16),)),
    SUBMIT_SM: _MESSAGE,
    DELIVER_SM: _MESSAGE,
    SUBMIT_SM | RESPONSE: (("message_id", 65),),
    DELIVER_SM | RESPONSE: (("message_id", 65),),
}
_WITH_TEXT = frozenset({SUBMIT_SM, DELIVER_SM})


class Malformed(ValueError):
    """No message of the protocol. `status` is what the other side is to be told (ESME_RINV...)."""

    def __init__(self, about: str, status: int = 0x02) -> None:
        super().__init__(about)
        self.status = status


@dataclass(frozen=True)
class Pdu:
    """One message. What it says is in `fields` and `tlvs` and stands in no log."""

    command: int
    sequence: int = 0
    status: int = 0
    fields: Mapping[str, Value] = field(default_factory=dict, repr=False)
    tlvs: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    @property
    def is_response(self) -> bool:
        return bool(self.command & RESPONSE)

    def text(self, name: str) -> str:
        return str(self.fields.get(name, ""))

    def number(self, name: str) -> int:
        found = self.fields.get(name, 0)
        return found if isinstance(found, int) else 0

    def content(self) -> bytes:
        """The octets of the message itself, wherever they are carried."""
        found = self.fields.get("short_message", b"")
        return self.tlvs.get(MESSAGE_PAYLOAD, b"") if not found else bytes(found)  # type: ignore[arg-type]

    def answer(self, status: int = 0, **fields: Value) -> Pdu:
        """The response to it."""
        return Pdu(self.command | RESPONSE, self.sequence, status, fields)

    def numbered(self, sequence: int) -> Pdu:
        return replace(self, sequence=sequence)


def encode(pdu: Pdu) -> bytes:
    """Raises Malformed for a value that does not fit its field."""
    body = b"".join(_write(name, longest, pdu) for name, longest in _SHAPES.get(pdu.command, ()))
    if pdu.is_response and pdu.status and pdu.command != GENERIC_NACK:
        body = b""  # a refusal has no body
    if pdu.command in _WITH_TEXT:
        text = pdu.fields.get("short_message", b"")
        if not isinstance(text, bytes) or len(text) > 254:
            raise Malformed("short_message is too long", 0x01)
        body += bytes([len(text)]) + text
    for tag, value in pdu.tlvs.items():
        body += struct.pack(">HH", tag, len(value)) + value
    return HEADER.pack(HEADER.size + len(body), pdu.command, pdu.status, pdu.sequence) + body


def _write(name: str, longest: int, pdu: Pdu) -> bytes:
    if longest == BYTE:
        number = pdu.number(name)
        if not 0 <= number <= 255:
            raise Malformed(f"{name} is no octet")
        return bytes([number])
    text = pdu.text(name).encode("latin-1", "replace")
    if len(text) >= longest or b"\0" in text:
        raise Malformed(f"{name} is too long")
    return text + b"\0"


def decode(raw: bytes) -> Pdu:
    """One whole message. Raises Malformed."""
    length, command, status, sequence = HEADER.unpack_from(raw)
    if length != len(raw):
        raise Malformed("wrong length")
    bare = Pdu(command, sequence, status)
    body, at = raw[HEADER.size :], 0
    fields: dict[str, Value] = {}
    if not body and (bare.is_response or command not in _SHAPES):
        return bare
    for name, longest in _SHAPES.get(command, ()):
        fields[name], at = _read(body, at, longest)
    if command in _WITH_TEXT:
        if at >= len(body) or at + 1 + body[at] > len(body):
            raise Malformed("short_message is cut off", 0x01)
        fields["short_message"] = body[at + 1 : at + 1 + body[at]]
        at += 1 + body[at]
    return Pdu(command, sequence, status, fields, _read_tlvs(body, at) if command in _SHAPES else {})


def _read(body: bytes, at: int, longest: int) -> tuple[Value, int]:
    if longest == BYTE:
        if at >= len(body):
            raise Malformed("cut off")
        return body[at], at + 1
    end = body.find(b"\0", at)
    if end < 0 or end - at >= longest:
        raise Malformed("text without an end, or too long")
    return body[at:end].decode("latin-1"), end + 1


def _read_tlvs(body: bytes, at: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at < len(body):
        if at + 4 > len(body):
            raise Malformed("an optional parameter is cut off", 0xC0)
        tag, length = struct.unpack_from(">HH", body, at)
        if at + 4 + length > len(body):
            raise Malformed("an optional parameter is cut off", 0xC2)
        found[tag] = body[at + 4 : at + 4 + length]
        at += 4 + length
    return found


class Stream:
    """Bytes as they come from a connection, cut into messages."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, raw: bytes) -> list[bytes]:
        """The messages that are whole now. Raises Malformed when the stream can no longer be followed."""
        self._waiting += raw
        whole: list[bytes] = []
        while len(self._waiting) >= 4:
            length = int.from_bytes(self._waiting[:4], "big")
            if not HEADER.size <= length <= LONGEST:
                raise Malformed("no message of the protocol")
            if len(self._waiting) < length:
                break
            whole.append(bytes(self._waiting[:length]))
            del self._waiting[:length]
        return whole


def sequence_of(raw: bytes) -> int:
    """The number of a message that cannot be read, to refuse it by."""
    return int(HEADER.unpack_from(raw)[3])
