"""Rows of a CSV or XLSX file as lists of text, with their numbers as a spreadsheet shows them."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

from motcua.kernel import vietnamese
from motcua.ops.importing.columns import read_headers
from motcua.ops.trouble import Exit, Trouble

BLOCK = 1 << 20
DELIMITERS = (";", ",", "\t", "|")
HEADER_WITHIN = 20  # titles may stand above the header line

# A row of the file: its number, its cells, and what is wrong with the row as a whole.
FileRow = tuple[int, list[str], str]


def read_rows(path: Path) -> Iterator[FileRow]:
    """The header row first, then every row that holds anything. Raises Trouble when the file cannot be read
    at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror or error}.", Exit.USAGE) from None
    if start[:4] == b"PK\x03\x04":
        rows = _xlsx_rows(path)
    elif start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Trouble(
            f"{path} is an old .xls file. Save it as .xlsx or CSV UTF-8, then import that.", Exit.USAGE
        )
    else:
        rows = _csv_rows(path)
    return _from_header(path, rows)


def _from_header(path: Path, rows: Iterator[FileRow]) -> Iterator[FileRow]:
    """Skip titles above the header: it is the row of the first twenty that names the most columns we know."""
    first: list[FileRow] = []
    for row in rows:
        first.append(row)
        if len(first) == HEADER_WITHIN:
            break
    if not first:
        raise Trouble(f"{path} is empty.", Exit.USAGE)
    best = max(range(len(first)), key=lambda place: (len(read_headers(first[place][1]).position), -place))
    yield from first[best:]
    yield from rows


def _csv_rows(path: Path) -> Iterator[FileRow]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(64 * 1024)
        file.seek(0)
        reader = csv.reader(file, delimiter=_delimiter(head), strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield number, [], "CSV_BROKEN"
                continue
            if any(cell.strip() for cell in cells):
                yield number, cells, ""


def _encoding(path: Path) -> str:
    """UTF-8 when every byte says so, UTF-16 by its mark, else Windows' Vietnamese code page."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            pass
        else:
            return "utf-8-sig"
        file.seek(0)
        other = codecs.getincrementaldecoder("cp1258")()
        try:
            while block := file.read(BLOCK):
                other.decode(block)
        except UnicodeDecodeError:
            raise Trouble(
                f"{path} is neither UTF-8 nor Windows-1258 text. "
                "Save it as CSV UTF-8 or as .xlsx, then import that.",
                Exit.USAGE,
            ) from None
    return "cp1258"


def _delimiter(head: str) -> str:
    """The sign that parts the line with the most known headers."""
    lines = [line for line in head.splitlines()[:HEADER_WITHIN] if line.strip()]
    scored = [
        (len(read_headers(next(csv.reader([line], delimiter=sign), [])).position), line.count(sign), -place)
        for line in lines
        for place, sign in enumerate(DELIMITERS)
    ]
    return DELIMITERS[-max(scored)[2]] if scored else ","


def _xlsx_rows(path: Path) -> Iterator[FileRow]:
    from openpyxl import load_workbook  # only when needed: it is slow to import
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, OSError, EOFError) as error:
        raise Trouble(f"{path} is not a readable .xlsx file ({type(error).__name__}).", Exit.USAGE) from None
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some exporters write a wrong size
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [cell_text(value) for value in values]
            if any(cells):
                yield number, cells, ""
    finally:
        book.close()


def cell_text(value: object) -> str:
    """A spreadsheet's value as text: whole numbers without a point, days as 2026-10-31."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time(0)
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    return vietnamese.clean(str(value))
