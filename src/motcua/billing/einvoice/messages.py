"""The envelope between us and the tax authority (TDiep), written and read. Pure.

A message is named by its MTDiep, which whoever sends it makes; an answer says which one it answers (MTDTChieu).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from lxml import etree

from motcua.billing.einvoice import parsing, schema
from motcua.billing.einvoice.document import number_word, vat_word
from motcua.billing.einvoice.signing import Signer
from motcua.kernel import local_time

AUTHORITY = "TCT"
CODE, DATA, SUMMARY, NOTICE = "200", "203", "400", "300"
RECEIPT, CODED, RESULT, NOTICE_RESULT, UNREADABLE = "999", "202", "204", "301", "-1"
NOT_CODED, VALID, SOME_INVALID, SUMMARY_INVALID = "1", "2", "3", "4"
FORM_SUMMARY, FORM_NOTICE = "01/TH-HĐĐT", "04/SS-HĐĐT"
MTDIEP = re.compile(r"^[VK](\d{10}|\d{13})[0-9A-F]{32}$")


@dataclass(frozen=True)
class Envelope:
    """A message as it came: its head, and the documents it carries."""

    kind: str
    mtdiep: str
    answers: str
    sender: str
    tax_code: str
    documents: Sequence[etree._Element]


@dataclass(frozen=True)
class Fault:
    """One reason that the authority gives."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.code else self.text


@dataclass(frozen=True)
class Receipt:
    """999: whether a message was taken at all."""

    is_good: bool
    faults: Sequence[Fault]


@dataclass(frozen=True)
class Result:
    """204: what came of a message; `wrong` names invoices by (form, symbol, number) with the reasons."""

    verdict: str
    faults: Sequence[Fault]
    wrong: Mapping[tuple[str, str, int], Sequence[Fault]]


@dataclass(frozen=True)
class CodedInvoice:
    """202: an invoice back from the authority, byte for byte, with its code."""

    content: bytes


@dataclass(frozen=True)
class NoticeResult:
    """301: for each invoice of an error notice whether it was accepted; without invoices all are refused."""

    accepted: Mapping[tuple[str, str, int], bool]
    faults: Mapping[tuple[str, str, int], Sequence[Fault]]
    refused: Sequence[Fault]


@dataclass(frozen=True)
class SummaryRow:
    """An invoice as the summary table tells it."""

    form: str
    symbol: str
    number: int
    dated: date
    buyer: str
    buyer_tax_code: str
    customer_code: str
    kwh: int
    subtotal_vnd: int
    vat_rate: Decimal
    vat_vnd: int
    total_vnd: int
    state: int  # 0 new, 2 adjusts, 3 replaces
    related: tuple[str, str, int] | None = None
    note: str = ""


@dataclass(frozen=True)
class SummaryHead:
    """A summary table's own number, its period ("N" day or "T" month) and place in it (0 the first, else a supplement)."""

    version: str
    table: int
    period_kind: str
    period: str
    supplement: int
    made: date
    name: str
    tax_code: str


@dataclass(frozen=True)
class NoticeItem:
    """An invoice with an error: cancel 1, adjust 2, replace 3, explain 4."""

    form: str
    symbol: str
    number: int
    dated: date
    act: int
    reason: str
    authority_code: str = ""


def digits(tax_code: str) -> str:
    return tax_code.replace("-", "")


def new_mtdiep(tax_code: str, id: UUID | None = None) -> str:
    """A new name for a message of this sender. Raises ValueError for a tax code that can have none."""
    name = f"V{digits(tax_code)}{(id or uuid4()).hex.upper()}"
    if not MTDIEP.match(name):
        raise ValueError(f"{tax_code} cannot name messages")
    return name


def envelope(
    *, version: str, kind: str, mtdiep: str, tax_code: str, documents: Sequence[bytes], answers: str = "",
    sender: str = "", receiver: str = AUTHORITY,
) -> bytes:  # fmt: skip
    """The whole message; the documents go in byte for byte."""
    head = (
        tag("PBan", version) + tag("MNGui", sender or f"V{digits(tax_code)}") + tag("MNNhan", receiver) + tag("MLTDiep", kind)
        + tag("MTDiep", mtdiep) + tag("MTDTChieu", answers) + tag("MST", tax_code) + tag("SLuong", str(len(documents)))
    )  # fmt: skip
    return f"<TDiep><TTChung>{head}</TTChung><DLieu>".encode() + b"".join(documents) + b"</DLieu></TDiep>"


def read(content: bytes) -> Envelope:
    """A message's head and documents. Raises parsing.Unreadable."""
    root = parsing.parse(content, largest=parsing.LARGEST_MESSAGE)
    head, data = root.find("TTChung"), root.find("DLieu")
    if root.tag != "TDiep" or head is None:
        raise parsing.Unreadable("NOT_MESSAGE", str(root.tag)[:40])
    told = {name: parsing.text_of(head, name) for name in ("MLTDiep", "MTDiep", "MTDTChieu", "MNGui", "MST")}
    return Envelope(
        told["MLTDiep"], told["MTDiep"], told["MTDTChieu"], told["MNGui"], told["MST"],
        [] if data is None else list(data),
    )  # fmt: skip


def read_receipt(found: Envelope) -> Receipt:
    """Raises parsing.Unreadable."""
    told = _only(found)
    return Receipt(parsing.text_of(told, "TTTNhan") == "0", _faults(told.find("DSLDo")))


def read_result(found: Envelope) -> Result:
    """Raises parsing.Unreadable."""
    told = _only(found).find("DLTBao")
    if told is None or not parsing.text_of(told, "LTBao"):
        raise parsing.Unreadable("NOT_RESULT", found.kind)
    wrong = {}
    for list_name in ("LCMa", "LHDKMa", "LBTHKXDau", "LHDMTTien"):
        for one in told.findall(f"{list_name}/DSHDon/HDon"):
            wrong[_key(one)] = _faults(one.find("DSLDo"))
    return Result(parsing.text_of(told, "LTBao"), _faults(told.find("DSLDo")), wrong)


def read_coded(content: bytes) -> CodedInvoice:
    """The one invoice of a 202, as it stands in the message. Raises parsing.Unreadable."""
    found = read(content)
    start, end = content.find(b"<HDon>"), content.rfind(b"</HDon>")
    if len(found.documents) != 1 or found.documents[0].tag != "HDon" or not 0 < start < end:
        raise parsing.Unreadable("NOT_CODED", found.kind)
    return CodedInvoice(content[start : end + len(b"</HDon>")])


def read_notice_result(found: Envelope) -> NoticeResult:
    """Raises parsing.Unreadable."""
    told = _only(found).find("DLTBao")
    if told is None:
        raise parsing.Unreadable("NOT_RESULT", found.kind)
    accepted, faults = {}, {}
    for one in told.findall("DSHDon/HDon"):
        accepted[_key(one)] = parsing.text_of(one, "TTTNCCQT") == "1"
        faults[_key(one)] = _faults(one.find("DSLDKTNhan"))
    return NoticeResult(accepted, faults, _faults(told.find("DSLDKCNhan")))


def _only(found: Envelope) -> etree._Element:
    if len(found.documents) != 1 or found.documents[0].tag != "TBao":
        raise parsing.Unreadable("NOT_RESULT", found.kind)
    return found.documents[0]


def _key(one: etree._Element) -> tuple[str, str, int]:
    number = parsing.text_of(one, "SHDon")
    return (
        parsing.text_of(one, "KHMSHDon"),
        parsing.text_of(one, "KHHDon"),
        int(number) if number.isdigit() else 0,
    )


def _faults(found: etree._Element | None) -> list[Fault]:
    if found is None:
        return []
    return [
        Fault(parsing.text_of(one, "MLoi"), parsing.text_of(one, "MTa") or parsing.text_of(one, "MTLoi"))
        for one in found.findall("LDo")
    ]


def write_summary(head: SummaryHead, rows: Sequence[SummaryRow], *, signer: Signer, at: datetime) -> bytes:
    """The signed table of many invoices (01/TH-HĐĐT)."""
    element_id = f"TH{head.table}"
    text = (
        tag("PBan", head.version) + tag("MSo", FORM_SUMMARY) + tag("Ten", "Bảng tổng hợp dữ liệu hóa đơn điện tử")
        + tag("SBTHDLieu", str(head.table)) + tag("LKDLieu", head.period_kind) + tag("KDLieu", head.period)
        + tag("LDau", "0" if head.supplement else "1") + tag("BSLThu", str(head.supplement) if head.supplement else "")
        + tag("NLap", head.made.isoformat()) + tag("TNNT", head.name) + tag("MST", head.tax_code) + tag("HDDIn", "0")
        + tag("LHHoa", "9") + tag("DVTTe", "VND")
    )  # fmt: skip
    told = "".join(_row(place, row) for place, row in enumerate(rows, start=1))
    canonical = (
        f'<DLBTHop Id="{element_id}"><TTChung>{text}</TTChung>'
        f"<NDBTHDLieu><DSDLieu>{told}</DSDLieu></NDBTHDLieu></DLBTHop>"
    ).encode()
    return _signed("BTHDLieu", canonical, element_id, signer, at)


def _row(place: int, row: SummaryRow) -> str:
    related = ""
    if row.related is not None:
        form, symbol, number = row.related
        related = (
            tag("LHDCLQuan", "1") + tag("KHMSHDCLQuan", form) + tag("KHHDCLQuan", symbol) + tag("SHDCLQuan", str(number))
        )  # fmt: skip
    return (
        "<DLieu>" + tag("STT", str(place)) + tag("KHMSHDon", row.form) + tag("KHHDon", row.symbol)
        + tag("SHDon", str(row.number)) + tag("NLap", row.dated.isoformat()) + tag("TNMua", row.buyer[:400])
        + tag("MSTNMua", row.buyer_tax_code) + tag("MKHang", row.customer_code) + tag("THHDVu", "Tiền điện")
        + tag("DVTinh", "kWh") + tag("SLuong", number_word(row.kwh)) + tag("TTCThue", str(row.subtotal_vnd))
        + tag("TSuat", vat_word(row.vat_rate)) + tag("TgTThue", str(row.vat_vnd)) + tag("TgTToan", str(row.total_vnd))
        + tag("TThai", str(row.state)) + related + tag("GChu", row.note[:255]) + "</DLieu>"
    )  # fmt: skip


def write_notice(
    *, version: str, items: Iterable[NoticeItem], number: str, name: str, tax_code: str, office: tuple[str, str], place: str,
    signer: Signer, at: datetime,
) -> bytes:  # fmt: skip
    """The signed notice of errors (04/SS-HĐĐT)."""
    element_id = f"SS{number}"
    told = "".join(
        "<HDon>" + tag("STT", str(n)) + tag("MCQTCap", one.authority_code) + tag("KHMSHDon", one.form) + tag("KHHDon", one.symbol) + tag("SHDon", str(one.number))
        + tag("Ngay", one.dated.isoformat()) + tag("LADHDDT", "1") + tag("TCTBao", str(one.act)) + tag("LDo", one.reason[:255])
        + "</HDon>"
        for n, one in enumerate(items, start=1)
    )  # fmt: skip
    head = (
        tag("PBan", version) + tag("MSo", FORM_NOTICE) + tag("Ten", "Thông báo hóa đơn điện tử có sai sót") + tag("Loai", "1")
        + tag("So", number) + tag("MCQT", office[0]) + tag("TCQT", office[1]) + tag("TNNT", name) + tag("MST", tax_code)
        + tag("DDanh", place) + tag("NTBao", local_time.local_date(at).isoformat())
    )  # fmt: skip
    canonical = f'<DLTBao Id="{element_id}">{head}<DSHDon>{told}</DSHDon></DLTBao>'.encode()
    return _signed("TBao", canonical, element_id, signer, at)


def _signed(root: str, canonical: bytes, element_id: str, signer: Signer, at: datetime) -> bytes:
    signature = signer.sign(canonical, element_id=element_id, at=at)
    return (
        f"<{root}>".encode() + canonical + b"<DSCKS><NNT>" + signature + f"</NNT></DSCKS></{root}>".encode()
    )


def check(content: bytes, *, version: str, kind: str) -> None:
    """Raises schema.Misshapen and parsing.Unreadable."""
    schema.check(parsing.parse(content, largest=parsing.LARGEST_MESSAGE), version=version, root=kind)


def tag(name: str, text: str) -> str:
    """An element with its text; nothing where there is none."""
    if not text:
        return ""
    if not text.isascii() or not text.isprintable():
        text = "".join(letter for letter in unicodedata.normalize("NFC", text) if letter.isprintable())
    return f"<{name}>{text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</{name}>"
