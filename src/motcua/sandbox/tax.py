"""A tax authority that exists only here: it looks at each message, keeps what it took, and answers, with faults.

Its books are a file of its own. `tax_checks` looks, `tax_views` is its interface and page.
"""

from __future__ import annotations

import base64
import hmac
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.conf import settings

from motcua.billing.einvoice import messages, parsing
from motcua.billing.einvoice.messages import Envelope
from motcua.kernel.local_time import local_date, to_local
from motcua.kernel.results import gettext_noop
from motcua.sandbox import courier, registry, tax_ca, tax_checks, tax_codes
from motcua.sandbox.store import Store
from motcua.sandbox.tax_checks import Looked

NAME = gettext_noop("Cơ quan thuế thử")
VERSION, TAX_SENDER = "2.1.0", "TCT"
LATE_BY = timedelta(seconds=30)
PAGE = 100

registry.register(
    registry.StandIn(
        "tax", NAME, gettext_noop("Nhận thông điệp hóa đơn điện tử, trả lời, có lỗi bật tắt được."), "sandbox:tax",
        icon="doc",
    )
)  # fmt: skip


class Fault(StrEnum):
    """What can go wrong with the next message."""

    BUSY = "BUSY"
    LOST = "LOST"
    RECEIPT_LOST = "RECEIPT_LOST"
    RECEIPT_LATE = "RECEIPT_LATE"
    NOT_TAKEN = "NOT_TAKEN"
    UNREADABLE = "UNREADABLE"
    RESULT_LATE = "RESULT_LATE"
    RESULT_LOST = "RESULT_LOST"
    RESULT_TWICE = "RESULT_TWICE"
    RESULT_GARBLED = "RESULT_GARBLED"
    SOME_WRONG = "SOME_WRONG"
    ALL_WRONG = "ALL_WRONG"
    CODE_FORGED = "CODE_FORGED"


FAULT_LABELS: dict[Fault, str] = {
    Fault.BUSY: gettext_noop("Máy chủ bận (503)"),
    Fault.LOST: gettext_noop("Thông điệp bị mất, không trả lời"),
    Fault.RECEIPT_LOST: gettext_noop("Đã nhận nhưng mất thông điệp 999"),
    Fault.RECEIPT_LATE: gettext_noop("999 đến sau kết quả"),
    Fault.NOT_TAKEN: gettext_noop("999 báo lỗi kỹ thuật"),
    Fault.UNREADABLE: gettext_noop("Trả lời -1, không đọc được"),
    Fault.RESULT_LATE: gettext_noop("Kết quả đến muộn 30 giây"),
    Fault.RESULT_LOST: gettext_noop("Mất kết quả kiểm tra"),
    Fault.RESULT_TWICE: gettext_noop("Kết quả đến hai lần"),
    Fault.RESULT_GARBLED: gettext_noop("Kết quả hỏng, không đọc được"),
    Fault.SOME_WRONG: gettext_noop("Một hóa đơn không hợp lệ"),
    Fault.ALL_WRONG: gettext_noop("Cả gói không hợp lệ, hoặc từ chối cấp mã"),
    Fault.CODE_FORGED: gettext_noop("Mã trả về không khớp chữ ký"),
}
OF_RESULT = frozenset(
    {Fault.RESULT_LATE, Fault.RESULT_LOST, Fault.RESULT_TWICE, Fault.RESULT_GARBLED, Fault.SOME_WRONG, Fault.ALL_WRONG,
     Fault.CODE_FORGED}
)  # fmt: skip

STORE = Store(
    "tax",
    [
        "CREATE TABLE IF NOT EXISTS messages (mtdiep TEXT PRIMARY KEY, kind TEXT, tax_code TEXT, body BLOB, times INTEGER, "
        "receipt BLOB, verdict TEXT, documents INTEGER, at TEXT)",
        "CREATE TABLE IF NOT EXISTS answers (serial INTEGER PRIMARY KEY, tax_code TEXT, body BLOB, due_at TEXT)",
        "CREATE TABLE IF NOT EXISTS invoices (tax_code TEXT, form TEXT, symbol TEXT, number INTEGER, total TEXT, state TEXT, "
        "PRIMARY KEY (tax_code, form, symbol, number))",
        "CREATE TABLE IF NOT EXISTS periods (tax_code TEXT, period TEXT, supplement INTEGER, "
        "PRIMARY KEY (tax_code, period, supplement))",
        "CREATE TABLE IF NOT EXISTS results (mtdiep TEXT PRIMARY KEY, body BLOB)",
    ],
    Fault,
)
plan_faults, list_planned, forget_faults = STORE.plan_faults, STORE.list_planned, STORE.forget_faults


@dataclass(frozen=True)
class Answered:
    """What a call is answered: an HTTP status, and the receipt if there is one."""

    status: int
    body: bytes = b""


@dataclass(frozen=True)
class Seen:
    """A message as the page shows it."""

    mtdiep: str
    kind: str
    tax_code: str
    times: int
    verdict: str
    documents: int
    at: str


def secret_of(company_code: str) -> str:
    """The secret shared with a company: known to this installation alone."""
    return hmac.new(settings.SECRET_KEY.encode(), f"sandbox tax {company_code}".encode(), sha256).hexdigest()


def take(content: bytes, *, at: datetime) -> Answered:
    """A message over the wire. The same MTDiep again is answered by the same receipt and has no other effect."""
    with STORE.open() as opened:
        fault = STORE.take_fault(opened, set(Fault) - OF_RESULT)
        if fault is Fault.BUSY:
            return Answered(503)
        if fault is Fault.LOST:
            return Answered(504)
        try:
            found = messages.read(content)
        except parsing.Unreadable as error:
            _answer(opened, "", _unreadable("", error.code))
            return Answered(202)
        opened.execute("BEGIN IMMEDIATE")
        try:
            answered = _take(opened, found, content, fault, at)
        except BaseException:
            opened.execute("ROLLBACK")
            raise
        opened.execute("COMMIT")
        return answered


def _take(
    opened: sqlite3.Connection, found: Envelope, content: bytes, fault: Fault | None, at: datetime
) -> Answered:
    known = opened.execute("SELECT receipt FROM messages WHERE mtdiep = ?", [found.mtdiep]).fetchone()
    if known is not None:
        opened.execute("UPDATE messages SET times = times + 1 WHERE mtdiep = ?", [found.mtdiep])
        for (body,) in opened.execute("SELECT body FROM results WHERE mtdiep = ?", [found.mtdiep]).fetchall():
            _answer(opened, found.tax_code, bytes(body))  # who asks for a code again may have lost it
        return Answered(200, bytes(known[0]))
    faults = tax_checks.look_at_head(found, content)
    if fault is Fault.NOT_TAKEN:
        faults.append(("1999", "Lỗi giả lập"))
    receipt = _receipt(found, faults, at)
    verdict = "999" if faults else ""
    if fault is Fault.UNREADABLE:
        verdict = "-1"
        _answer(opened, found.tax_code, _unreadable(found.mtdiep, "Lỗi giả lập"))
    elif not faults:
        verdict = _judge(opened, found, content, at)
    opened.execute(
        "INSERT INTO messages VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?)",
        [
            found.mtdiep,
            found.kind,
            found.tax_code,
            content,
            receipt,
            verdict,
            len(found.documents),
            at.isoformat(),
        ],
    )
    if fault is Fault.RECEIPT_LATE:
        _answer(opened, found.tax_code, receipt)
    if fault in (Fault.UNREADABLE, Fault.RECEIPT_LATE):
        return Answered(202)
    return Answered(504) if fault is Fault.RECEIPT_LOST else Answered(200, receipt)


def try_out(content: bytes, *, at: datetime) -> bytes:
    """Look at a message as at any other and say what is wrong with it; nothing is kept, no fault is planned for it."""
    try:
        found = messages.read(content)
    except parsing.Unreadable as error:
        return _unreadable("", error.code)
    faults = tax_checks.look_at_head(found, content)
    looked = tax_checks.look_at(found, [tax_ca.here(at).certificate], today=local_date(at), known={})
    faults += [*looked.refused, *(fault for of_one in looked.wrong.values() for fault in of_one)]
    return _receipt(found, faults, at)


def _judge(opened: sqlite3.Connection, found: Envelope, content: bytes, at: datetime) -> str:
    """Look at what is inside, keep it, and plan the answer; the verdict in a word."""
    known: dict[tuple[str, str, int], str] = {
        (row[0], row[1], row[2]): row[3]
        for row in opened.execute(
            "SELECT form, symbol, number, total FROM invoices WHERE tax_code = ? AND state <> 'WRONG'",
            [found.tax_code],
        )
    }
    fault = STORE.take_fault(opened, OF_RESULT)
    anchors = [tax_ca.here(at).certificate]
    looked = tax_checks.look_at(found, anchors, today=local_date(at), known=known)
    _check_period(opened, found, looked)
    if fault is Fault.ALL_WRONG:
        looked.refused.append(("9999", "Lỗi giả lập"))
    if fault is Fault.SOME_WRONG and looked.told:
        looked.wrong.setdefault(min(looked.told), []).append(("9998", "Lỗi giả lập"))
    if found.kind == messages.NOTICE:
        body, verdict = _notice_result(found, looked)
    elif found.kind == messages.CODE and not looked.refused and not looked.wrong:
        body, verdict = _coded(found, content, at, is_forged=fault is Fault.CODE_FORGED), "202"
    else:
        body, verdict = _result(found, looked)
    if found.kind == messages.CODE:
        opened.execute("INSERT INTO results VALUES (?, ?)", [found.mtdiep, body])
    _keep(opened, found, looked, verdict)
    if fault is not Fault.RESULT_LOST:
        due = courier.OUTSIDE.now() + (LATE_BY if fault is Fault.RESULT_LATE else timedelta(0))
        for _time in range(2 if fault is Fault.RESULT_TWICE else 1):
            _answer(
                opened, found.tax_code, body[: len(body) // 2] if fault is Fault.RESULT_GARBLED else body, due
            )
    return verdict


def _check_period(opened: sqlite3.Connection, found: Envelope, looked: Looked) -> None:
    """Tables of a period come one after the other: the first, then supplements without gaps."""
    if looked.period is None:
        return
    period, supplement = looked.period
    row = opened.execute(
        "SELECT max(supplement) FROM periods WHERE tax_code = ? AND period = ?", [found.tax_code, period]
    ).fetchone()
    expected = 0 if row[0] is None else int(row[0]) + 1
    if supplement != expected:
        looked.refused.append(("4008", f"Bảng của kỳ {period}: chờ lần {expected}, nhận lần {supplement}"))


def _keep(opened: sqlite3.Connection, found: Envelope, looked: Looked, verdict: str) -> None:
    if found.kind == messages.NOTICE:
        for key, act in looked.told.items():
            if key not in looked.wrong and not looked.refused and act == "1":
                opened.execute(
                    "UPDATE invoices SET state = 'CANCELLED' WHERE tax_code = ? AND form = ? AND symbol = ? AND number = ?",
                    [found.tax_code, *key],
                )
        return
    if looked.refused or (found.kind == messages.SUMMARY and looked.wrong):
        return
    opened.executemany(
        "INSERT OR REPLACE INTO invoices VALUES (?, ?, ?, ?, ?, ?)",
        [
            [found.tax_code, *key, total, "WRONG" if key in looked.wrong else "KNOWN"]
            for key, total in looked.told.items()
        ],
    )
    if looked.period is not None:
        opened.execute("INSERT INTO periods VALUES (?, ?, ?)", [found.tax_code, *looked.period])


def _coded(found: Envelope, content: bytes, at: datetime, *, is_forged: bool) -> bytes:
    """202: the invoice back with its code."""
    coded = tax_codes.give_code(messages.read_coded(content).content, at=at)
    name = messages.new_mtdiep(tax_codes.TAX_CODE)
    return messages.envelope(
        version=VERSION, kind=messages.CODED, mtdiep=name, tax_code=found.tax_code, answers=found.mtdiep, sender=TAX_SENDER,
        documents=[tax_codes.forge(coded) if is_forged else coded], receiver=found.sender,
    )  # fmt: skip


def _result(found: Envelope, looked: Looked) -> tuple[bytes, str]:
    """204 of invoices or of a table."""
    is_table = found.kind == messages.SUMMARY
    is_code = found.kind == messages.CODE
    if is_code:
        verdict = "1"
    elif looked.refused or (is_table and looked.wrong):
        verdict = "4" if is_table else "9"
    elif looked.wrong:
        verdict = "3"
    else:
        verdict = "2"
    wrong = "".join(
        f"<HDon><KHMSHDon>{key[0]}</KHMSHDon><KHHDon>{key[1]}</KHHDon><SHDon>{key[2]}</SHDon>{_reasons(faults)}</HDon>"
        for key, faults in looked.wrong.items()
    )
    name = "LBTHKXDau" if is_table else "LCMa" if is_code else "LHDKMa"
    told = _notice_head("01/TB-KTDL", "Thông báo kết quả kiểm tra dữ liệu hóa đơn", found)
    body = (
        f"<TBao><DLTBao>{told}<LTBao>{verdict}</LTBao><SLuong>{len(found.documents)}</SLuong>"
        + (f"<{name}><DSHDon>{wrong}</DSHDon></{name}>" if wrong else "") + _reasons(looked.refused) + "</DLTBao></TBao>"
    )  # fmt: skip
    return _envelope(messages.RESULT, found, body), verdict


def _notice_result(found: Envelope, looked: Looked) -> tuple[bytes, str]:
    """301."""
    told = _notice_head("01/TB-SSĐT", "Thông báo về việc tiếp nhận hóa đơn có sai sót", found)
    rows = "" if looked.refused else "".join(
        f"<HDon><KHMSHDon>{key[0]}</KHMSHDon><KHHDon>{key[1]}</KHHDon><SHDon>{key[2]}</SHDon><TCTBao>{act}</TCTBao>"
        f"<TTTNCCQT>{2 if key in looked.wrong else 1}</TTTNCCQT>"
        f"{_reasons(looked.wrong.get(key, []), 'DSLDKTNhan')}</HDon>"
        for key, act in looked.told.items()
    )  # fmt: skip
    body = (
        f"<TBao><DLTBao>{told}{_reasons(looked.refused, 'DSLDKCNhan')}"
        + (f"<DSHDon>{rows}</DSHDon>" if rows else "") + "</DLTBao></TBao>"
    )  # fmt: skip
    return _envelope(
        messages.NOTICE_RESULT, found, body
    ), "301-2" if looked.refused or looked.wrong else "301-1"


def _notice_head(form: str, name: str, found: Envelope) -> str:
    return (
        messages.tag("PBan", VERSION) + messages.tag("MSo", form) + messages.tag("Ten", name)
        + messages.tag("So", f"TB/{uuid4().hex[:8].upper()}") + messages.tag("MST", found.tax_code)
    )  # fmt: skip


def _reasons(faults: Sequence[tuple[str, str]], name: str = "DSLDo") -> str:
    if not faults:
        return ""
    told = "".join(
        f"<LDo>{messages.tag('MLoi', code)}{messages.tag('MTa', text[:255])}</LDo>" for code, text in faults
    )
    return f"<{name}>{told}</{name}>"


def _receipt(found: Envelope, faults: Sequence[tuple[str, str]], at: datetime) -> bytes:
    stamp = to_local(at).strftime("%Y-%m-%dT%H:%M:%S")
    body = (
        f"<TBao>{messages.tag('MTDiep', found.mtdiep)}<MNGui>{TAX_SENDER}</MNGui><NNhan>{stamp}</NNhan>"
        f"<TTTNhan>{1 if faults else 0}</TTTNhan>{_reasons(faults)}</TBao>"
    )
    return _envelope(messages.RECEIPT, found, body)


def _unreadable(mtdiep: str, why: str) -> bytes:
    return (
        f"<TDiep><TTChung><PBan>{VERSION}</PBan><MNGui>{TAX_SENDER}</MNGui><MLTDiep>-1</MLTDiep>"
        f"{messages.tag('MTDTChieu', mtdiep)}</TTChung><DLieu>{messages.tag('TBao', why)}</DLieu></TDiep>"
    ).encode()


def _envelope(kind: str, found: Envelope, body: str) -> bytes:
    name = messages.new_mtdiep("0100109106")  # the authority's own tax code
    return messages.envelope(
        version=VERSION, kind=kind, mtdiep=name, tax_code=found.tax_code, documents=[body.encode()], answers=found.mtdiep,
        sender=TAX_SENDER, receiver=found.sender,
    )  # fmt: skip


def _answer(opened: sqlite3.Connection, tax_code: str, body: bytes, due: datetime | None = None) -> None:
    opened.execute(
        "INSERT INTO answers (tax_code, body, due_at) VALUES (?, ?, ?)",
        [tax_code, body, (due or courier.OUTSIDE.now()).isoformat()],
    )


def list_answers(tax_code: str, after: int) -> list[dict[str, Any]]:
    """What was answered to a taxpayer behind a number, oldest first; one that is late holds back those behind it."""
    now = courier.OUTSIDE.now().isoformat()
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT serial, body, due_at FROM answers WHERE tax_code = ? AND serial > ? ORDER BY serial LIMIT ?",
            [tax_code, after, PAGE],
        ).fetchall()
    found = []
    for serial, body, due_at in rows:
        if due_at > now:
            break
        found.append({"n": serial, "message": base64.b64encode(bytes(body)).decode()})
    return found


def list_messages(tax_code: str, limit: int = 20) -> list[Seen]:
    """The newest messages of a taxpayer."""
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT mtdiep, kind, tax_code, times, verdict, documents, at FROM messages WHERE tax_code = ? "
            "ORDER BY rowid DESC LIMIT ?",
            [tax_code, limit],
        ).fetchall()
    return [Seen(*row) for row in rows]


def count_invoices(tax_code: str) -> dict[str, int]:
    """How many invoices of a taxpayer it knows, by their state there."""
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT state, count(*) FROM invoices WHERE tax_code = ? GROUP BY state", [tax_code]
        ).fetchall()
    return {str(state): int(count) for state, count in rows}
