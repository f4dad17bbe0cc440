"""camt.052, .053 and .054 of ISO 20022, read as they stream by; versions are told by the namespace.

A document type is refused before anything else is read: without one no entity can be declared, so nothing can grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, iterparse
from xml.parsers import expat

from motcua.payments.statements.model import Fault, Kind, Line, Statement, amount_of, distinct_keys

BLOCK = 1 << 16
DEEPEST = 64
OLDEST, NEWEST = 1, 13
_NAMESPACE = re.compile(r"^\{urn:(?:iso:std:iso:20022:tech|swift):xsd:\$?camt\.(05[234])\.001\.(\d\d)\}")
_KINDS = {"052": Kind.INTRADAY, "053": Kind.STATEMENT, "054": Kind.NOTICE}
_CONTAINERS = {"Stmt", "Rpt", "Ntfctn"}
_FEES = {"CHRG", "FEES", "COMM", "COMT"}


class XmlRefused(Exception):
    """The file is no statement that may be read. `code`: HOSTILE_XML, BROKEN_XML, UNKNOWN_VERSION."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code, self.about = code, about


Balance = tuple[str, Decimal, date | None]


class _AtRoot(Exception):
    """The first element is reached: what is forbidden could only have stood before it."""


def refuse_document_type(file: BinaryIO) -> None:
    """Read as far as the first element; raises XmlRefused when a document type or an entity is declared."""
    parser = expat.ParserCreate()

    def hostile(*_told: object) -> None:
        raise XmlRefused("HOSTILE_XML", "DOCTYPE")

    def root(*_told: object) -> None:
        raise _AtRoot

    parser.StartDoctypeDeclHandler = hostile
    parser.EntityDeclHandler = hostile
    parser.ExternalEntityRefHandler = hostile  # type: ignore[assignment]  # it raises
    parser.StartElementHandler = root
    try:
        while block := file.read(BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except _AtRoot:
        pass
    except expat.ExpatError as error:
        raise XmlRefused("BROKEN_XML", str(error)[:120]) from None
    finally:
        file.seek(0)


def read(file: BinaryIO) -> Iterator[Statement]:
    """Every statement, report or notification of a document, one after the other. Raises XmlRefused."""
    refuse_document_type(file)
    try:
        yield from _read(file)
    except ParseError as error:
        raise XmlRefused("BROKEN_XML", str(error)[:120]) from None


def _read(file: BinaryIO) -> Iterator[Statement]:
    path: list[Element] = []
    statement: Statement | None = None
    container: Element | None = None
    kind: tuple[Kind, str] | None = None
    balances: list[Balance] = []
    for event, element in iterparse(file, events=("start", "end")):  # noqa: S314 - without a document type
        name = _name(element)
        if event == "start":
            path.append(element)
            if len(path) > DEEPEST:
                raise XmlRefused("HOSTILE_XML", f"depth {DEEPEST}")
            if kind is None and name == "Document":
                kind = _kind_of(element.tag)
            elif kind and statement is None and name in _CONTAINERS:
                statement, container = Statement(kind[0], kind[1]), element
            continue
        path.pop()
        if statement is None or container is None:
            continue
        if element is container:
            yield _finished(statement, balances)
            statement, container, balances = None, None, []
            element.clear()
        elif path and path[-1] is container:
            if name == "Bal":
                _take_balance(statement, balances, element)
            else:
                _take(statement, name, element)
            container.remove(element)
    if kind is None:
        raise XmlRefused("UNKNOWN_VERSION", "no camt document")


def _kind_of(tag: str) -> tuple[Kind, str]:
    found = _NAMESPACE.match(tag)
    if not found or not OLDEST <= int(found[2]) <= NEWEST:
        raise XmlRefused("UNKNOWN_VERSION", tag[:90])
    return _KINDS[found[1]], f"camt.{found[1]}.001.{found[2]}"


def _take(statement: Statement, name: str, element: Element) -> None:
    """A direct part of the statement."""
    if name == "Id":
        statement.id = _said(element)
    elif name == "ElctrncSeqNb" or (name == "LglSeqNb" and statement.sequence is None):
        told = _said(element)
        statement.sequence = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
    elif name == "FrToDt":
        statement.from_date = _day(_text(element, "FrDtTm") or _text(element, "FrDt"))
        statement.to_date = _day(_text(element, "ToDtTm") or _text(element, "ToDt"))
    elif name == "Acct":
        _take_account(statement, element)
    elif name == "Ntry":
        _take_entry(statement, element)


def _take_account(statement: Statement, element: Element) -> None:
    statement.account = _text(element, "Id", "Othr", "Id") or _text(element, "Id", "IBAN")
    statement.currency = _text(element, "Ccy").upper()
    bank = _child(element, "Svcr", "FinInstnId")
    if bank is not None:
        statement.bank = (
            _text(bank, "BIC")
            or _text(bank, "BICFI")
            or _text(bank, "ClrSysMmbId", "MmbId")
            or _text(bank, "Nm")
        )


def _take_balance(statement: Statement, balances: list[Balance], element: Element) -> None:
    """Remember the balances that open or close; which of them do is told when all are known."""
    code = _text(element, "Tp", "CdOrPrtry", "Cd")
    found = _money(statement, element, f"Bal {code}")
    if found is None or code not in {"OPBD", "PRCD", "ITBD", "CLBD"}:
        return
    signed = found if _text(element, "CdtDbtInd") != "DBIT" else -found
    day = _day(_text(element, "Dt", "Dt") or _text(element, "Dt", "DtTm"))
    balances.append((code, signed, day))


def _finished(statement: Statement, balances: list[Balance]) -> Statement:
    """OPBD opens, or the closing before it (PRCD), or the first interim balance of a page; CLBD or the last one closes."""
    opening = _chosen(balances, ("OPBD", "PRCD"), last=False)
    closing = _chosen(balances, ("CLBD",), last=True)
    interim = [balance for balance in balances if balance[0] == "ITBD"]
    if opening is None and len(interim) + (closing is not None) > 1:
        opening = interim[0]
    if closing is None and interim and interim[-1] is not opening:
        closing = interim[-1]
    for code in ("OPBD", "CLBD"):
        if len({(amount, day) for told, amount, day in balances if told == code}) > 1:
            statement.faults.append(Fault("BALANCE_TWICE", code))
    if opening:
        statement.opening = opening[1]
        statement.from_date = statement.from_date or (opening[2] if opening[0] != "PRCD" else None)
    if closing:
        statement.closing = closing[1]
        statement.to_date = closing[2] or statement.to_date
    statement.from_date = statement.from_date or statement.to_date
    distinct_keys(statement)
    return statement


def _chosen(balances: list[Balance], codes: tuple[str, ...], *, last: bool) -> Balance | None:
    for code in codes:
        found = [balance for balance in balances if balance[0] == code]
        if found:
            return found[-1 if last else 0]
    return None


def _money(statement: Statement, element: Element, place: str) -> Decimal | None:
    """The amount of an element in the account's currency, or None and a fault."""
    amount = _child(element, "Amt")
    if amount is None:
        statement.faults.append(Fault("AMOUNT_MISSING", place))
        return None
    currency = amount.get("Ccy", "").upper()
    statement.currency = statement.currency or currency
    if currency and currency != statement.currency:
        statement.faults.append(Fault("CURRENCY_DIFFERS", place, currency))
        return None
    found = amount_of(_said(amount), statement.currency)
    if isinstance(found, str):
        statement.faults.append(Fault(found, place, _said(amount)[:40]))
        return None
    return found


def _take_entry(statement: Statement, element: Element) -> None:
    """Only what is booked counts; what is pending or information is counted apart."""
    statement.entries += 1
    number = statement.entries
    place = f"Ntry {number}"
    status = _child(element, "Sts")
    told = "" if status is None else (_text(status, "Cd") or _text(status, "Prtry") or _said(status))
    if told != "BOOK":
        statement.not_booked += 1
        if not told:
            statement.faults.append(Fault("STATUS_MISSING", place))
        return
    amount = _money(statement, element, place)
    sign = _text(element, "CdtDbtInd")
    if sign not in {"CRDT", "DBIT"}:
        statement.faults.append(Fault("SIGN_MISSING", place, sign[:20]))
        return
    if amount is None:
        return
    if not amount:  # banks send entries of nothing, to say something; no money moved
        statement.not_booked += 1
        return
    line = _line_of_entry(element, number, amount, sign == "CRDT")
    if line.booked_on is None:
        statement.faults.append(Fault("DAY_MISSING", place))
    statement.lines += _details(statement, element, line, place)


def _line_of_entry(element: Element, number: int, amount: Decimal, is_credit: bool) -> Line:
    codes = [
        _text(element, "BkTxCd", "Domn", "Cd"),
        _text(element, "BkTxCd", "Domn", "Fmly", "Cd"),
        _text(element, "BkTxCd", "Domn", "Fmly", "SubFmlyCd"),
    ]
    bank_code = "/".join(codes) if any(codes) else _text(element, "BkTxCd", "Prtry", "Cd")
    return Line(
        entry=number,
        detail=0,
        key="",
        reference=_text(element, "AcctSvcrRef"),
        txn_id="",
        amount=amount,
        is_credit=is_credit,
        is_reversal=_text(element, "RvslInd") in {"true", "1"},
        booked_on=_day(_text(element, "BookgDt", "Dt") or _text(element, "BookgDt", "DtTm"))
        or _day(_text(element, "ValDt", "Dt") or _text(element, "ValDt", "DtTm")),
        value_on=_day(_text(element, "ValDt", "Dt") or _text(element, "ValDt", "DtTm")),
        text=_text(element, "AddtlNtryInf"),
        bank_code=bank_code[:40],
        is_fee=not is_credit and codes[2] in _FEES,
    )


def _details(statement: Statement, element: Element, line: Line, place: str) -> list[Line]:
    """An entry's payments one by one when their sum is the entry; the entry as a lump when there are none."""
    groups = [child for child in element if _name(child) == "NtryDtls"]
    details = [child for group in groups for child in group if _name(child) == "TxDtls"]
    told = sum(
        int(n) for g in groups if (n := _text(g, "Btch", "NbOfTxs")).isascii() and n.isdigit() and len(n) < 10
    )
    if not details:
        return [line._replace(batch_of=told if told > 1 else 0)]
    if told and told != len(details):
        statement.faults.append(Fault("BATCH_COUNT", place, f"{len(details)}/{told}"))
    if len(details) == 1:
        only = _line_of_detail(details[0], line, line.amount, line.is_credit, 0)
        stated = _detail_amount(statement, details[0], place)
        if stated is not None and stated != line.amount:
            statement.faults.append(Fault("DETAILS_DIFFER", place, f"{stated} / {line.amount}"))
        return [only]
    made: list[Line] = []
    for number, detail in enumerate(details, 1):
        amount = _detail_amount(statement, detail, place)
        if amount is None:
            continue
        is_credit = {"CRDT": True, "DBIT": False}.get(_text(detail, "CdtDbtInd"), line.is_credit)
        made.append(_line_of_detail(detail, line, amount, is_credit, number))
    if not made:  # many payments, none with its amount: they cannot be told apart
        return [line._replace(batch_of=len(details))]
    if len(made) != len(details) or sum((one.signed for one in made), Decimal(0)) != line.signed:
        summed = sum((one.signed for one in made), Decimal(0))
        statement.faults.append(Fault("DETAILS_DIFFER", place, f"{summed} / {line.signed}"))
        return [line._replace(batch_of=len(details))]
    return made


def _detail_amount(statement: Statement, detail: Element, place: str) -> Decimal | None:
    amount = _child(detail, "Amt")
    if amount is None:
        amount = _child(detail, "AmtDtls", "TxAmt", "Amt")
    if amount is None or (amount.get("Ccy", "").upper() or statement.currency) != statement.currency:
        return None
    found = amount_of(_said(amount), statement.currency)
    if isinstance(found, str):
        statement.faults.append(Fault(found, place, _said(amount)[:40]))
        return None
    return found


def _line_of_detail(detail: Element, line: Line, amount: Decimal, is_credit: bool, number: int) -> Line:
    other = "Dbtr" if is_credit else "Cdtr"
    texts = [_said(child) for child in _all(detail, "RmtInf", "Ustrd")]
    texts += [_text(child, "CdtrRefInf", "Ref") for child in _all(detail, "RmtInf", "Strd")]
    account = _child(detail, "RltdPties", f"{other}Acct")
    end_to_end = _text(detail, "Refs", "EndToEndId")
    return line._replace(
        detail=number,
        amount=amount,
        is_credit=is_credit,
        reference=_text(detail, "Refs", "AcctSvcrRef") or line.reference,
        txn_id=_text(detail, "Refs", "TxId") or _text(detail, "Refs", "UETR"),
        text=" ".join(text for text in texts if text) or _text(detail, "AddtlTxInf") or line.text,
        payer_name=(
            _text(detail, "RltdPties", other, "Nm") or _text(detail, "RltdPties", other, "Pty", "Nm")
        )[:140],
        payer_account=(_text(account, "Id", "Othr", "Id") or _text(account, "Id", "IBAN"))[:40]
        if account is not None
        else "",
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end,
    )


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Element | None, *names: str) -> Element | None:
    here = element
    for name in names:
        if here is None:
            return None
        here = next((child for child in here if _name(child) == name), None)
    return here


def _all(element: Element, first: str, second: str) -> list[Element]:
    return [inner for child in element if _name(child) == first for inner in child if _name(inner) == second]


def _said(element: Element) -> str:
    return " ".join((element.text or "").split())


def _text(element: Element | None, *names: str) -> str:
    found = _child(element, *names)
    return "" if found is None else _said(found)


def _day(text: str) -> date | None:
    """The day written, as it is written: a zone behind it does not move it."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
