"""Rows of a CSV or XLSX file as lists of text, with their numbers as a spreadsheet shows them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from motcua.kernel import vietnamese

BLOCK = 1 << 20
MUCH, MOST_TIMES = 50_000_000, 150  # bytes unpacked, and how often as many as packed
DELIMITERS = (";", ",", "\t", "|")
HEADER_WITHIN = 20  # titles may stand above the header line

# A row of the file: its number, its cells, and what is wrong with the row as a whole.
Row = tuple[int, list[str], str]
# How many columns a row names that the reader knows.
Known = Callable[[list[str]], int]


class SheetUnreadable(Exception):
    """The file cannot be read at all. `code`: EMPTY, OLD_XLS, NOT_XLSX or ENCODING."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code, self.about = code, about


def read_rows(file: BinaryIO, known: Known) -> Iterator[Row]:
    """The header row first, then every row that holds anything. Raises SheetUnreadable.

    The header is the row of the first twenty that names the most known columns.
    """
    return _from_header(read_all_rows(file, known), known)


def read_all_rows(file: BinaryIO, known: Known) -> Iterator[Row]:
    """Every row that holds anything, also what stands above the header. Raises SheetUnreadable."""
    start = file.read(8)
    file.seek(0)
    if start[:4] == b"PK\x03\x04":
        return _xlsx_rows(file)
    if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SheetUnreadable("OLD_XLS")
    return _csv_rows(file, known)


def _from_header(rows: Iterator[Row], known: Known) -> Iterator[Row]:
    first: list[Row] = []
    for row in rows:
        first.append(row)
        if len(first) == HEADER_WITHIN:
            break
    if not first:
        raise SheetUnreadable("EMPTY")
    best = max(range(len(first)), key=lambda place: (known(first[place][1]), -place))
    yield from first[best:]
    yield from rows


def _csv_rows(file: BinaryIO, known: Known) -> Iterator[Row]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        head = text.read(64 * 1024)
        text.seek(0)
        reader = csv.reader(text, delimiter=_delimiter(head, known), strict=True)
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
    finally:
        text.detach()


def _encoding(file: BinaryIO) -> str:
    """UTF-8 when every byte says so, UTF-16 by its mark, else Windows' Vietnamese code page."""
    if file.read(4).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = "utf-16"
    elif _decodes(file, "utf-8"):
        found = "utf-8-sig"
    elif _decodes(file, "cp1258"):
        found = "cp1258"
    else:
        raise SheetUnreadable("ENCODING")
    file.seek(0)
    return found


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(head: str, known: Known) -> str:
    """The sign that parts the line with the most known headers."""
    lines = [line for line in head.splitlines()[:HEADER_WITHIN] if line.strip()]
    scored = [
        (known(next(csv.reader([line], delimiter=sign), [])), line.count(sign), -place)
        for line in lines
        for place, sign in enumerate(DELIMITERS)
    ]
    return DELIMITERS[-max(scored)[2]] if scored else ","


def _xlsx_rows(file: BinaryIO) -> Iterator[Row]:
    from openpyxl import load_workbook  # only when needed: it is slow to import
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _refuse_bomb(file)
        book = load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise SheetUnreadable("NOT_XLSX", type(error).__name__) from None
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some exporters write a wrong size
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [cell_text(value) for value in values]
            if any(cells):
                yield number, cells, ""
    finally:
        book.close()


def _refuse_bomb(file: BinaryIO) -> None:
    """A little file that unpacks into very much is no sheet of anybody's. Raises BadZipFile."""
    with ZipFile(file) as packed:
        for part in packed.infolist():
            if part.file_size > MUCH and part.file_size > part.compress_size * MOST_TIMES:
                raise BadZipFile("unpacks into too much")
    file.seek(0)


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
