"""A carrier's text message centre that exists only here, reached over SMPP: what it took, what it owes, what can go wrong.

The protocol's side is `smpp_server`; this is its book, in a file of its own, and the phone that a person reads and writes on.
Faults: see `Fault`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from motcua.channels import credentials, stand_ins
from motcua.channels.smpp import alphabet, pdu
from motcua.channels.smpp.alphabet import Piece
from motcua.channels.smpp.pdu import Pdu
from motcua.kernel import local_time, phones
from motcua.kernel.clock import SystemClock
from motcua.kernel.results import Refused, gettext_noop
from motcua.sandbox import registry
from motcua.sandbox.store import Store

CHANNEL = "SMPP"
SHOWN = 50
LATE_SECONDS = 5.0
AGAIN_SECONDS = 2.0
NUMBER = stand_ins.SMPP_NUMBER

registry.register(
    registry.StandIn(
        "smpp",
        gettext_noop("Tổng đài SMS thử (SMPP)"),
        gettext_noop("Điện thoại nhận tin qua đường SMPP của nhà mạng, và trả lời."),
        "sandbox:smpp",
        icon="phone",
    )
)


class Fault(StrEnum):
    """What can go wrong on the line; each counts for the next message (or bind) it can happen to."""

    BIND_REFUSED = "BIND_REFUSED"
    THROTTLED = "THROTTLED"
    SYSTEM_ERROR = "SYSTEM_ERROR"
    NO_ANSWER = "NO_ANSWER"
    LATE_ANSWER = "LATE_ANSWER"
    ANSWERS_REORDERED = "ANSWERS_REORDERED"
    CUT_BEFORE = "CUT_BEFORE"
    CUT_AFTER = "CUT_AFTER"
    RECEIPT_FIRST = "RECEIPT_FIRST"
    LATE_RECEIPT = "LATE_RECEIPT"
    LOST_RECEIPT = "LOST_RECEIPT"
    DOUBLED_RECEIPT = "DOUBLED_RECEIPT"
    BARE_RECEIPT = "BARE_RECEIPT"
    UNDELIVERED = "UNDELIVERED"
    UNDELIVERED_THEN_DELIVERED = "UNDELIVERED_THEN_DELIVERED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


FAULT_LABELS: dict[Fault, str] = {
    Fault.BIND_REFUSED: gettext_noop("Từ chối kết nối (sai mật khẩu)"),
    Fault.THROTTLED: gettext_noop("Báo gửi quá nhanh"),
    Fault.SYSTEM_ERROR: gettext_noop("Lỗi hệ thống của tổng đài"),
    Fault.NO_ANSWER: gettext_noop("Đã nhận nhưng không trả lời"),
    Fault.LATE_ANSWER: gettext_noop("Trả lời quá muộn"),
    Fault.ANSWERS_REORDERED: gettext_noop("Trả lời không theo thứ tự"),
    Fault.CUT_BEFORE: gettext_noop("Đứt kết nối, chưa nhận tin"),
    Fault.CUT_AFTER: gettext_noop("Nhận tin rồi đứt kết nối"),
    Fault.RECEIPT_FIRST: gettext_noop("Biên nhận đến trước lời đáp"),
    Fault.LATE_RECEIPT: gettext_noop("Biên nhận đến muộn"),
    Fault.LOST_RECEIPT: gettext_noop("Không gửi biên nhận"),
    Fault.DOUBLED_RECEIPT: gettext_noop("Gửi biên nhận hai lần"),
    Fault.BARE_RECEIPT: gettext_noop("Biên nhận chỉ có chữ, không tham số"),
    Fault.UNDELIVERED: gettext_noop("Không giao được"),
    Fault.UNDELIVERED_THEN_DELIVERED: gettext_noop("Báo lỗi rồi mới báo đã nhận"),
    Fault.EXPIRED: gettext_noop("Hết hạn chưa giao"),
    Fault.REJECTED: gettext_noop("Nhà mạng từ chối tin"),
}
OF_BIND = frozenset({Fault.BIND_REFUSED})
OF_SUBMIT = frozenset(Fault) - OF_BIND
_TOLD = {
    Fault.UNDELIVERED: ("UNDELIV",), Fault.EXPIRED: ("EXPIRED",), Fault.REJECTED: ("REJECTD",),
    Fault.UNDELIVERED_THEN_DELIVERED: ("UNDELIV", "DELIVRD"), Fault.DOUBLED_RECEIPT: ("DELIVRD", "DELIVRD"),
}  # fmt: skip
_STATES = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "REJECTD": 8}


class NumberUnreadable(Refused):
    code = "NUMBER_UNREADABLE"
    message = gettext_noop("Số điện thoại chưa đúng. Ví dụ: 0901 234 567")


@dataclass(frozen=True)
class Text:
    """A message on the phone: of how many segments, in which coding."""

    phone: str
    sender: str
    text: str
    at: str
    is_reply: bool
    segments: int = 1
    coding: int = alphabet.GSM

    def as_json(self) -> dict[str, object]:
        return vars(self)


@dataclass(frozen=True)
class Owed:
    """A delivery the centre owes a company, as the message of the protocol it will be."""

    serial: int
    message: Pdu


STORE = Store(
    "smpp",
    [
        "CREATE TABLE IF NOT EXISTS segments (serial INTEGER PRIMARY KEY, id TEXT, company TEXT, phone TEXT, sender TEXT, "
        "grouped TEXT, total INTEGER, number INTEGER, text TEXT, coding INTEGER, at TEXT, is_reply INTEGER)",
        "CREATE INDEX IF NOT EXISTS segments_phone ON segments (company, phone, serial)",
        "CREATE TABLE IF NOT EXISTS owed (serial INTEGER PRIMARY KEY, company TEXT, message BLOB, due REAL, "
        "tries INTEGER DEFAULT 0, state TEXT DEFAULT 'PENDING')",
    ],
    Fault,
)


def _now() -> float:
    """The outside world waits in real time, whatever the demonstration's clock says."""
    return SystemClock().now().timestamp()


def password_of(company_code: str) -> str:
    """What the company binds with: eight signs, as the protocol has room for."""
    return credentials.stand_in_secret(settings.SECRET_KEY, company_code, CHANNEL)[:8]


def keep(
    opened: sqlite3.Connection, *, company: str, message: Pdu, piece: Piece | None, text: str, at: datetime
) -> str:
    """Take a segment; the name it has here from now on."""
    phone = "+" + message.text("destination_addr")
    sender = message.text("source_addr")
    grouped = f"{sender}:{phone}:{piece.reference}:{piece.total}" if piece else ""
    cursor = opened.execute(
        "INSERT INTO segments (id, company, phone, sender, grouped, total, number, text, coding, at, is_reply) "
        "VALUES ('', ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        [
            company, phone, sender, grouped, piece.total if piece else 1, piece.number if piece else 1, text,
            message.number("data_coding"), at.isoformat(),
        ],
    )  # fmt: skip
    name = f"{0x7A000000 + (cursor.lastrowid or 0):08X}"
    opened.execute("UPDATE segments SET id = ? WHERE serial = ?", [name, cursor.lastrowid])
    return name


def owe_receipts(
    opened: sqlite3.Connection, company: str, message: Pdu, name: str, fault: Fault | None, at: datetime
) -> None:
    """Plan what the company is told about a message it wants to hear of."""
    if not message.number("registered_delivery") & 1 or fault is Fault.LOST_RECEIPT:
        return
    states = _TOLD.get(fault, ("DELIVRD",)) if fault else ("DELIVRD",)
    due = _now() + (LATE_SECONDS if fault is Fault.LATE_RECEIPT else 0)
    for state in states:
        owe(opened, company, receipt(message, name, state, at, is_bare=fault is Fault.BARE_RECEIPT), due)


def receipt(message: Pdu, name: str, state: str, at: datetime, *, is_bare: bool = False) -> Pdu:
    """A report on a message, as centres write it."""
    stamp = local_time.to_local(at).strftime("%y%m%d%H%M")
    good = "001" if state == "DELIVRD" else "000"
    text = (
        f"id:{name} sub:001 dlvrd:{good} submit date:{stamp} done date:{stamp} stat:{state} "
        f"err:{'000' if good == '001' else '027'} text:"
    )
    tlvs = {pdu.RECEIPTED_MESSAGE_ID: name.encode() + b"\0", pdu.MESSAGE_STATE: bytes([_STATES[state]])}
    if pdu.USER_MESSAGE_REFERENCE in message.tlvs:
        tlvs[pdu.USER_MESSAGE_REFERENCE] = message.tlvs[pdu.USER_MESSAGE_REFERENCE]
    return Pdu(pdu.DELIVER_SM, fields={
        "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": message.text("destination_addr"),
        "dest_addr_ton": message.number("source_addr_ton"), "dest_addr_npi": message.number("source_addr_npi"),
        "destination_addr": message.text("source_addr"), "esm_class": pdu.RECEIPT, "short_message": text.encode("latin-1"),
    }, tlvs={} if is_bare else tlvs)  # fmt: skip


def owe(opened: sqlite3.Connection, company: str, message: Pdu, due: float) -> None:
    opened.execute(
        "INSERT INTO owed (company, message, due) VALUES (?, ?, ?)", [company, pdu.encode(message), due]
    )


def list_owed(company: str, *, limit: int = 20) -> list[Owed]:
    """What is due to the company now, oldest first; each is due again in a moment unless it is settled."""
    now = _now()
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT serial, message FROM owed WHERE company = ? AND state = 'PENDING' AND due <= ? ORDER BY serial LIMIT ?",
            [company, now, limit],
        ).fetchall()
        opened.executemany(
            "UPDATE owed SET due = ?, tries = tries + 1 WHERE serial = ?",
            [[now + AGAIN_SECONDS, serial] for serial, _raw in rows],
        )
    return [Owed(serial, pdu.decode(bytes(raw))) for serial, raw in rows]


def settle(serials: Sequence[int]) -> None:
    """The company has these."""
    with STORE.open() as opened:
        opened.executemany(
            "UPDATE owed SET state = 'DONE' WHERE serial = ?", [[serial] for serial in serials]
        )


def release(serials: Sequence[int]) -> None:
    """The line was cut before these were answered: they go again at once over the next one."""
    with STORE.open() as opened:
        opened.executemany("UPDATE owed SET due = 0 WHERE serial = ?", [[serial] for serial in serials])


def write(*, company_code: str, phone: str, text: str, at: datetime) -> int:
    """The person with the phone writes to the company's number; in how many segments. Refuses NumberUnreadable."""
    number = phones.normalise(phone)
    if number is None:
        raise NumberUnreadable(field="phone")
    coded = alphabet.code(text)
    with STORE.open() as opened:
        cursor = opened.execute(
            "INSERT INTO segments (id, company, phone, sender, grouped, total, number, text, coding, at, is_reply) "
            "VALUES ('', ?, ?, ?, '', 1, 1, ?, ?, ?, 1)",
            [company_code, number, number, text, coded.coding, at.isoformat()],
        )
        total = len(coded.segments)
        for place, octets in enumerate(coded.segments, start=1):
            piece = Piece((cursor.lastrowid or 0) & 0xFF, total, place)
            owe(
                opened,
                company_code,
                _from_phone(number, coded.coding, octets, piece if total > 1 else None),
                0,
            )
    return total


def _from_phone(number: str, coding: int, octets: bytes, piece: Piece | None) -> Pdu:
    fields: Mapping[str, pdu.Value] = {
        "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": number.removeprefix("+"), "dest_addr_ton": 3,
        "dest_addr_npi": 1, "destination_addr": NUMBER, "data_coding": coding, "esm_class": pdu.HAS_HEADER if piece else 0,
        "short_message": (alphabet.header(piece) if piece else b"") + octets,
    }  # fmt: skip
    return Pdu(pdu.DELIVER_SM, fields=fields)


def list_texts(*, phone: str, company_code: str) -> list[Text]:
    """What stands on the phone, newest first; a message of several segments once all are there. Refuses NumberUnreadable."""
    wanted = phones.normalise(phone)
    if wanted is None:
        raise NumberUnreadable(field="phone")
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT sender, grouped, total, number, text, coding, at, is_reply FROM segments WHERE company = ? AND phone = ? "
            "ORDER BY serial",
            [company_code, wanted],
        ).fetchall()
    found: list[Text] = []
    open_groups: dict[str, dict[int, str]] = {}
    for sender, grouped, total, place, text, coding, at, is_reply in rows:
        words, segments = text, alphabet.count(text)
        if total > 1:
            pieces = open_groups.setdefault(grouped, {})
            pieces[place] = text
            if len(pieces) < total:
                continue
            del open_groups[grouped]
            words, segments = "".join(pieces[number] for number in range(1, total + 1)), total
        found.append(Text(wanted, sender, words, at, bool(is_reply), segments, coding))
    return found[::-1][:SHOWN]


def list_numbers(*, company_code: str) -> list[str]:
    """The numbers last written to, for the page's shortcuts."""
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT phone FROM segments WHERE company = ? GROUP BY phone ORDER BY max(serial) DESC LIMIT 8",
            [company_code],
        ).fetchall()
    return [row[0] for row in rows]
