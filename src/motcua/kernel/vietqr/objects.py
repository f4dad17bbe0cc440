"""The objects a code is made of, their CRC, and what can be wrong with them."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from enum import StrEnum

NAPAS_AID = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
TO_CARD = "QRIBFTTC"
MERCHANT_PUSH = "QRPUSH"
CASH = "QRCASH"
UTILITIES = "4900"
# The scheme carries transfers below this; a larger sum needs another way to pay.
TRANSFER_LIMIT_VND = 500_000_000

Objects = tuple[tuple[str, str], ...]


class Reason(StrEnum):
    """Why a code is refused, or what is odd about it."""

    NOT_TEXT = "NOT_TEXT"
    TRUNCATED = "TRUNCATED"
    BAD_LENGTH = "BAD_LENGTH"
    BAD_NAME = "BAD_NAME"
    REPEATED = "REPEATED"
    NOT_FIRST = "NOT_FIRST"
    CRC_MISSING = "CRC_MISSING"
    CRC_NOT_LAST = "CRC_NOT_LAST"
    CRC_WRONG = "CRC_WRONG"
    TEMPLATE_BROKEN = "TEMPLATE_BROKEN"
    AMOUNT = "AMOUNT"
    CURRENCY = "CURRENCY"
    COUNTRY = "COUNTRY"
    INITIATION = "INITIATION"
    SERVICE_MISSING = "SERVICE_MISSING"
    BENEFICIARY = "BENEFICIARY"
    TOO_LONG = "TOO_LONG"
    NOT_ASCII = "NOT_ASCII"
    EMPTY = "EMPTY"


class QrError(ValueError):
    """A code that cannot be read or written. `where` names the object: "38.01"."""

    def __init__(self, reason: Reason, where: str = "", detail: str = "") -> None:
        super().__init__(": ".join(part for part in (reason.value, where, detail) if part))
        self.reason = reason
        self.where = where
        self.detail = detail


@dataclass(frozen=True)
class Oddity:
    """Something odd in a code that could be read all the same."""

    reason: Reason
    where: str
    detail: str = ""


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of the text as UTF-8, in four hexadecimal capitals."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def with_crc(objects: Objects, *, counts_bytes: bool = False) -> str:
    body = write(objects, counts_bytes=counts_bytes) + "6304"
    return body + crc(body)


def write(objects: Objects, *, counts_bytes: bool = False) -> str:
    parts = []
    for name, value in objects:
        length = len(value.encode()) if counts_bytes else len(value)
        if not 1 <= length <= 99:
            raise QrError(Reason.TOO_LONG if length else Reason.EMPTY, name, f"{length} of 99")
        parts.append(f"{name}{length:02d}{value}")
    return "".join(parts)
