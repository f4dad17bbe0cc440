"""How the stand-in of the tax authority looks at what it is sent: by its own eyes, not by the schema of who sends.

Codes of faults are the stand-in's own; the real lists differ and are long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from cryptography import x509
from lxml import etree

from motcua.billing.einvoice import messages, parsing, trust, verifying
from motcua.billing.einvoice.messages import Envelope
from motcua.billing.einvoice.signing import DSIG

Key = tuple[str, str, int]
LATEST = timedelta(days=1)


@dataclass
class Looked:
    """What came of looking: `refused` ends all, `wrong` are single invoices. `told`: each invoice's total, by its number."""

    refused: list[tuple[str, str]] = field(default_factory=list)
    wrong: dict[Key, list[tuple[str, str]]] = field(default_factory=dict)
    told: dict[Key, str] = field(default_factory=dict)
    dated: dict[Key, str] = field(default_factory=dict)
    period: tuple[str, int] | None = None


def look_at_head(found: Envelope, content: bytes) -> list[tuple[str, str]]:
    """Faults that end a message at its envelope (999)."""
    faults = []
    if not messages.MTDIEP.match(found.mtdiep):
        faults.append(("1001", "MTDiep sai cấu trúc"))
    elif found.mtdiep[1:-32] != messages.digits(found.tax_code):
        faults.append(("1002", "MTDiep không thuộc mã số thuế gửi"))
    if found.kind not in (messages.CODE, messages.DATA, messages.SUMMARY, messages.NOTICE):
        faults.append(("1003", f"Không nhận loại thông điệp {found.kind}"))
    told = parsing.text_of(parsing.parse(content, largest=parsing.LARGEST_MESSAGE), "TTChung/SLuong")
    if told != str(len(found.documents)):
        faults.append(("1004", f"SLuong {told}, có {len(found.documents)}"))
    return faults


def look_at(
    found: Envelope, anchors: Sequence[x509.Certificate], *, today: date, known: dict[Key, str]
) -> Looked:
    """Everything behind the envelope."""
    looked = Looked()
    if found.kind == messages.DATA or (found.kind == messages.CODE and len(found.documents) == 1):
        wanted = "C" if found.kind == messages.CODE else "K"
        for document in found.documents:
            _look_at_invoice(document, found.tax_code, anchors, today, known, looked, wanted)
    elif len(found.documents) != 1:
        looked.refused.append(("2001", "Mỗi thông điệp một bảng hoặc một thông báo"))
    elif found.kind == messages.SUMMARY:
        _look_at_table(found.documents[0], found.tax_code, anchors, known, looked)
    else:
        _look_at_notice(found.documents[0], found.tax_code, anchors, known, looked)
    return looked


def _look_at_invoice(
    document: etree._Element,
    tax_code: str,
    anchors: Sequence[x509.Certificate],
    today: date,
    known: dict[Key, str],
    looked: Looked,
    wanted: str,
) -> None:
    verdict = verifying.verify(etree.tostring(document, encoding="UTF-8"), anchors)
    facts = verdict.facts
    number = facts.get("number", "")
    key = (facts.get("form", ""), facts.get("symbol", ""), int(number) if number.isdigit() else 0)
    asked_for = "CODE_MISSING" if wanted == "C" else ""  # it comes for its code
    faults = [("3001", problem.code) for problem in verdict.problems if problem.code != asked_for]
    if not facts.get("symbol", "").startswith(wanted):
        faults.append(("3006", f"Ký hiệu phải bắt đầu bằng {wanted}"))
    if facts.get("seller_tax_code") != tax_code:
        faults.append(("3002", "MST người bán khác MST gửi"))
    if not facts.get("customer_code"):
        faults.append(("3003", "Hóa đơn tiền điện thiếu MKHang"))
    if _day(facts.get("dated", "")) > today + LATEST:
        faults.append(("3004", "Ngày lập ở tương lai"))
    _note(key, facts.get("total", ""), facts.get("dated", ""), faults, known, looked)


def _note(
    key: Key, total: str, dated: str, faults: list[tuple[str, str]], known: dict[Key, str], looked: Looked
) -> None:
    if key in looked.told or (key in known and known[key] != total):
        faults.append(("3005", "Số hóa đơn đã có với nội dung khác"))
    looked.told[key], looked.dated[key] = total, dated
    if faults:
        looked.wrong[key] = faults


def _look_at_table(
    document: etree._Element,
    tax_code: str,
    anchors: Sequence[x509.Certificate],
    known: dict[Key, str],
    looked: Looked,
) -> None:
    body = document.find("DLBTHop")
    _look_at_signature(document, body, tax_code, anchors, looked)
    head = body.find("TTChung") if body is not None else None
    supplement = parsing.text_of(head, "BSLThu")
    is_first = parsing.text_of(head, "LDau") == "1"
    if is_first == bool(supplement):
        looked.refused.append(("4001", "LDau và BSLThu mâu thuẫn"))
    kind, period = parsing.text_of(head, "LKDLieu"), parsing.text_of(head, "KDLieu")
    looked.period = (f"{kind} {period}", 0 if is_first else int(supplement or 0))
    rows = document.findall("DLBTHop/NDBTHDLieu/DSDLieu/DLieu")
    if not rows:
        looked.refused.append(("4002", "Bảng không có dòng nào"))
    for place, row in enumerate(rows, start=1):
        _look_at_row(row, place, kind, period, known, looked)


def _look_at_row(
    row: etree._Element, place: int, kind: str, period: str, known: dict[Key, str], looked: Looked
) -> None:
    key = _key_of(row)
    faults = []
    if parsing.text_of(row, "STT") != str(place):
        faults.append(("4003", "STT không liên tục"))
    if not parsing.text_of(row, "MKHang"):
        faults.append(("4004", "Thiếu mã khách hàng"))
    try:
        before, tax, total = (
            Decimal(parsing.text_of(row, name)) for name in ("TTCThue", "TgTThue", "TgTToan")
        )
        if before + tax != total:
            faults.append(("4005", "Tiền không khớp"))
    except InvalidOperation:
        faults.append(("4005", "Tiền không phải số"))
    dated = parsing.text_of(row, "NLap")
    written = f"{_day(dated):%d/%m/%Y}" if kind == "N" else f"{_day(dated):%m/%Y}"
    if written != period:
        faults.append(("4006", "Ngày lập ngoài kỳ của bảng"))
    if (parsing.text_of(row, "TThai") in ("2", "3")) != bool(parsing.text_of(row, "SHDCLQuan")):
        faults.append(("4007", "Thiếu hóa đơn liên quan"))
    _note(key, parsing.text_of(row, "TgTToan"), dated, faults, known, looked)


def _key_of(told: etree._Element) -> Key:
    number = parsing.text_of(told, "SHDon")
    return (
        parsing.text_of(told, "KHMSHDon"),
        parsing.text_of(told, "KHHDon"),
        int(number) if number.isdigit() else 0,
    )


def _look_at_notice(
    document: etree._Element,
    tax_code: str,
    anchors: Sequence[x509.Certificate],
    known: dict[Key, str],
    looked: Looked,
) -> None:
    body = document.find("DLTBao")
    _look_at_signature(document, body, tax_code, anchors, looked)
    for one in document.findall("DLTBao/DSHDon/HDon"):
        key = _key_of(one)
        looked.told[key], looked.dated[key] = parsing.text_of(one, "TCTBao"), parsing.text_of(one, "Ngay")
        if key not in known:
            looked.wrong[key] = [("5001", "Không có hóa đơn này")]
        elif not parsing.text_of(one, "LDo"):
            looked.wrong[key] = [("5002", "Thiếu lý do")]


def _look_at_signature(
    document: etree._Element,
    body: etree._Element | None,
    tax_code: str,
    anchors: Sequence[x509.Certificate],
    looked: Looked,
) -> None:
    signature = document.find(f"DSCKS/NNT/{{{DSIG}}}Signature")
    if body is None or signature is None:
        looked.refused.append(("2002", "Chưa ký"))
        return
    try:
        signed_at = verifying.check_signature(signature, body, verifying.identify(document))
        certificates = verifying.certificates_of(signature)
    except verifying.Unverified as error:
        looked.refused.append(("2003", error.problem.code))
        return
    if tax_code not in trust.tax_codes(certificates[0]) or not trust.is_trusted(
        certificates[0], anchors, at=signed_at
    ):
        looked.refused.append(("2004", "Chứng thư không hợp lệ"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max
