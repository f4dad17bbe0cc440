"""Any file of statements: what it is, is told by its content, never by its name."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from motcua.payments.statements import camt, mt940, settlement, sheet
from motcua.payments.statements.mapping import SETTLEMENT, SheetMapping, shipped
from motcua.payments.statements.model import Fault, Statement
from motcua.payments.statements.settlement import Settlement

MOST_BYTES = 256 * 1024 * 1024


@dataclass
class FileRead:
    """A file's statements of banks or settlements of wallets, and what is wrong with the file as a whole."""

    sha256: str
    statements: list[Statement] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(
    content: bytes, name: str = "", mappings: Sequence[SheetMapping] = (), *, most_bytes: int = MOST_BYTES
) -> FileRead:
    """Everything a file says. What cannot be read is a fault of the file: nothing is raised for what a bank sends."""
    found = FileRead(hashlib.sha256(content).hexdigest())
    if len(content) > most_bytes:
        found.faults.append(Fault("FILE_TOO_LARGE", "", f"{len(content)} / {most_bytes}"))
        return found
    if not content.strip():
        found.faults.append(Fault("FILE_EMPTY"))
        return found
    try:
        if _is_xml(content):
            for statement in camt.read(io.BytesIO(content)):
                found.statements.append(statement)
        elif mt940.looks_like(text := _text(content)):
            found.statements += mt940.read(text)
        else:
            table = sheet.open_table(io.BytesIO(content), [*mappings, *shipped()])
            if table.mapping.kind == SETTLEMENT:
                found.settlements.append(settlement.settlement_of(table, name))
            else:
                found.statements.append(sheet.statement_of(table, name))
    except (camt.XmlRefused, sheet.SheetRefused) as refused:
        found.faults.append(Fault(refused.code, "", refused.about))
    if not found.statements and not found.settlements and not found.faults:
        found.faults.append(Fault("NO_STATEMENT"))
    return found


def _is_xml(content: bytes) -> bool:
    """XML in any of the encodings it may begin in."""
    start = content[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<", b"\x00<"))


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1258"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
