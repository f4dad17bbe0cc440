"""The files of auto-debit, pure: debits out in the shape of pain.008.001.08, what became of them in that of pain.002.001.10.

Vietnam has no IBAN: accounts stand in `Id/Othr/Id`, banks by their six digits in `ClrSysMmbId`. Amounts are whole dong.
What is written is checked before it leaves, and what comes in before it is believed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from motcua.kernel import vietnamese
from motcua.payments.statements import camt

DEBITS = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
RESULTS = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
# Settled, or refused. Everything between (accepted, in process, pending) is no result yet.
PAID, REFUSED = frozenset({"ACSC", "ACCC"}), frozenset({"RJCT"})
UNDECIDED = frozenset({"RCVD", "ACTC", "ACCP", "ACSP", "ACWC", "PDNG", "PART"})
LARGEST_RESULT = 32 * 1024 * 1024
_REASON = re.compile(r"^[A-Z]{2}[0-9]{2}\Z")
_ID = re.compile(r"^[A-Za-z0-9/\-?:().,'+ ]{1,35}\Z")


class FileUnfit(ValueError):
    """A file that breaks its own shape; `problems` says how, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class DebitLine:
    end_to_end_id: str
    amount_vnd: int
    mandate: str
    signed_on: date
    debtor_name: str
    debtor_bin: str
    debtor_account: str
    text: str


@dataclass(frozen=True)
class ResultLine:
    """What became of one debit. `status` is the bank's; `reason` why it was refused; `reference` the bank's own."""

    end_to_end_id: str
    status: str
    reason: str = ""
    reference: str = ""
    amount_vnd: int | None = None

    @property
    def is_paid(self) -> bool:
        return self.status in PAID

    @property
    def is_refused(self) -> bool:
        return self.status in REFUSED


@dataclass(frozen=True)
class ResultFile:
    number: str
    of_file: str
    lines: tuple[ResultLine, ...]


def write(
    *, number: str, made_at: datetime, collect_on: date, creditor: str, creditor_bin: str, creditor_account: str,
    lines: Sequence[DebitLine],
) -> bytes:  # fmt: skip
    """The file of these debits, checked. Raises FileUnfit."""
    root = Element("Document", {"xmlns": DEBITS})
    told = SubElement(root, "CstmrDrctDbtInitn")
    total = sum(line.amount_vnd for line in lines)
    head = SubElement(told, "GrpHdr")
    _fill(
        head,
        {
            "MsgId": number,
            "CreDtTm": made_at.isoformat(timespec="seconds"),
            "NbOfTxs": len(lines),
            "CtrlSum": total,
        },
    )
    _put(head, "InitgPty/Nm", _name(creditor))
    info = SubElement(told, "PmtInf")
    _fill(
        info,
        {
            "PmtInfId": number,
            "PmtMtd": "DD",
            "NbOfTxs": len(lines),
            "CtrlSum": total,
            "ReqdColltnDt": collect_on.isoformat(),
        },
    )
    _put(info, "Cdtr/Nm", _name(creditor))
    _put(info, "CdtrAcct/Id/Othr/Id", creditor_account)
    _put(info, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", creditor_bin)
    for line in lines:
        _write_line(info, line)
    content: bytes = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")
    if problems := check(content):
        raise FileUnfit(problems)
    return content


def _write_line(info: Element, line: DebitLine) -> None:
    told = SubElement(info, "DrctDbtTxInf")
    _put(told, "PmtId/EndToEndId", line.end_to_end_id)
    amount = SubElement(told, "InstdAmt", {"Ccy": "VND"})
    amount.text = str(line.amount_vnd)
    related = SubElement(SubElement(told, "DrctDbtTx"), "MndtRltdInf")
    _fill(related, {"MndtId": line.mandate, "DtOfSgntr": line.signed_on.isoformat()})
    _put(told, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", line.debtor_bin)
    _put(told, "Dbtr/Nm", _name(line.debtor_name))
    _put(told, "DbtrAcct/Id/Othr/Id", line.debtor_account)
    _put(told, "RmtInf/Ustrd", line.text)


def _fill(parent: Element, values: dict[str, object]) -> None:
    for name, value in values.items():
        SubElement(parent, name).text = str(value)


def _put(parent: Element, path: str, text: str) -> None:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text


def _name(text: str) -> str:
    """Names go without marks: not every bank's machine reads them."""
    return vietnamese.ascii_text(text)[:70]


def check(content: bytes) -> list[str]:
    """What is wrong with a file of debits; nothing is the only good answer."""
    try:
        root = _parse(content, DEBITS, "CstmrDrctDbtInitn")
    except FileUnfit as unfit:
        return list(unfit.problems)
    problems: list[str] = []
    lines = root.findall("PmtInf/DrctDbtTxInf")
    amounts = [_amount(line.find("InstdAmt"), problems) for line in lines]
    for where in ("GrpHdr", "PmtInf"):
        if _text(root, f"{where}/NbOfTxs") != str(len(lines)):
            problems.append(f"{where}/NbOfTxs is not the number of debits")
        if _text(root, f"{where}/CtrlSum") != str(sum(amounts)):
            problems.append(f"{where}/CtrlSum is not their sum")
    if not lines:
        problems.append("PmtInf has no debit")
    ids = [_text(line, "PmtId/EndToEndId") for line in lines]
    if len(set(ids)) != len(ids):
        problems.append("an EndToEndId stands twice")
    for path in ("GrpHdr/MsgId", "PmtInf/PmtInfId"):
        if not _ID.match(_text(root, path)):
            problems.append(f"{path} is not of 1 to 35 letters")
    for path in (
        "PmtInf/Cdtr/Nm",
        "PmtInf/CdtrAcct/Id/Othr/Id",
        "PmtInf/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId",
        "PmtInf/ReqdColltnDt",
    ):
        if not _text(root, path):
            problems.append(f"{path} is missing")
    if _text(root, "PmtInf/PmtMtd") != "DD":
        problems.append("PmtInf/PmtMtd is not DD")
    for number, line in enumerate(lines, 1):
        problems += _problems_of_line(number, line)
    return problems


def _problems_of_line(number: int, line: Element) -> list[str]:
    found = []
    if not _ID.match(_text(line, "PmtId/EndToEndId")):
        found.append(f"debit {number}: EndToEndId is not of 1 to 35 letters")
    for path in (
        "DrctDbtTx/MndtRltdInf/MndtId",
        "DrctDbtTx/MndtRltdInf/DtOfSgntr",
        "Dbtr/Nm",
        "DbtrAcct/Id/Othr/Id",
        "RmtInf/Ustrd",
    ):
        if not _text(line, path):
            found.append(f"debit {number}: {path} is missing")
    if not re.fullmatch(r"\d{6}", _text(line, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId")):
        found.append(f"debit {number}: the bank has no six digits")
    return found


def _amount(element: Element | None, problems: list[str]) -> int:
    text = (element.text or "").strip() if element is not None else ""
    if element is None or element.get("Ccy") != "VND" or not re.fullmatch(r"[1-9]\d{0,12}", text):
        problems.append(f"an amount is no whole dong: {text!r}")
        return 0
    return int(text)


def read_results(content: bytes) -> ResultFile:
    """What became of a file's debits. Raises FileUnfit: hostile or broken XML, a line twice, a status nobody knows."""
    root = _parse(content, RESULTS, "CstmrPmtStsRpt")
    number, of_file = _text(root, "GrpHdr/MsgId"), _text(root, "OrgnlGrpInfAndSts/OrgnlMsgId")
    problems = [
        name
        for name, value in (("GrpHdr/MsgId is missing", number), ("OrgnlMsgId is missing", of_file))
        if not value
    ]
    lines = []
    for element in root.findall("OrgnlPmtInfAndSts/TxInfAndSts"):
        status, reason = _text(element, "TxSts"), _text(element, "StsRsnInf/Rsn/Cd")
        if status not in PAID | REFUSED | UNDECIDED:
            problems.append(f"a status nobody knows: {status!r}")
        if reason and not _REASON.match(reason):
            problems.append(f"a reason that is no code: {reason!r}")
        told = (
            element.find("OrgnlTxRef/InstdAmt")
            if element.find("OrgnlTxRef/InstdAmt") is not None
            else element.find("OrgnlTxRef/Amt/InstdAmt")
        )
        amount = _amount(told, problems) if told is not None else None
        lines.append(
            ResultLine(
                _text(element, "OrgnlEndToEndId"), status, reason, _text(element, "AcctSvcrRef"), amount
            )
        )
    ids = [line.end_to_end_id for line in lines]
    if len(set(ids)) != len(ids) or "" in ids:
        problems.append("an OrgnlEndToEndId stands twice, or not at all")
    if problems:
        raise FileUnfit(problems)
    return ResultFile(number, of_file, tuple(lines))


def write_results(*, number: str, of_file: str, made_at: datetime, lines: Sequence[ResultLine]) -> bytes:
    """A file of results, as a bank writes one: for stand-ins and tests."""
    root = Element("Document", {"xmlns": RESULTS})
    told = SubElement(root, "CstmrPmtStsRpt")
    _fill(SubElement(told, "GrpHdr"), {"MsgId": number, "CreDtTm": made_at.isoformat(timespec="seconds")})
    _fill(SubElement(told, "OrgnlGrpInfAndSts"), {"OrgnlMsgId": of_file, "OrgnlMsgNmId": "pain.008.001.08"})
    info = SubElement(told, "OrgnlPmtInfAndSts")
    _fill(info, {"OrgnlPmtInfId": of_file})
    for line in lines:
        one = SubElement(info, "TxInfAndSts")
        _fill(one, {"OrgnlEndToEndId": line.end_to_end_id, "TxSts": line.status})
        if line.reason:
            _put(one, "StsRsnInf/Rsn/Cd", line.reason)
        if line.reference:
            _fill(one, {"AcctSvcrRef": line.reference})
        if line.amount_vnd is not None:
            amount = SubElement(SubElement(SubElement(one, "OrgnlTxRef"), "Amt"), "InstdAmt", {"Ccy": "VND"})
            amount.text = str(line.amount_vnd)
    content: bytes = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")
    return content


def _parse(content: bytes, namespace: str, message: str) -> Element:
    """The message element with the namespace taken off every name. Raises FileUnfit."""
    if len(content) > LARGEST_RESULT:
        raise FileUnfit(["the file is too large"])
    try:
        camt.refuse_document_type(io.BytesIO(content))
        root = fromstring(content)  # noqa: S314  without a document type
    except (camt.XmlRefused, ParseError, ValueError) as error:
        raise FileUnfit([f"no XML that we read: {str(error)[:100]}"]) from None
    found = root.find(f"{{{namespace}}}{message}")
    if root.tag != f"{{{namespace}}}Document" or found is None:
        raise FileUnfit([f"not a {message} of {namespace}"])
    for element in found.iter():
        element.tag = element.tag.rpartition("}")[2]
    return found


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
