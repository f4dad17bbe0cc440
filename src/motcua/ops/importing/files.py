"""The rows of a file to be imported; a file that cannot be read at all is told in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from motcua.kernel import sheets
from motcua.kernel.sheets import Row as FileRow
from motcua.ops.importing.columns import read_headers
from motcua.ops.trouble import Exit, Trouble

_SAID = {
    "EMPTY": "{path} is empty.",
    "OLD_XLS": "{path} is an old .xls file. Save it as .xlsx or CSV UTF-8, then import that.",
    "NOT_XLSX": "{path} is not a readable .xlsx file ({about}).",
    "ENCODING": (
        "{path} is neither UTF-8 nor Windows-1258 text. Save it as CSV UTF-8 or as .xlsx, then import that."
    ),
}


def read_rows(path: Path) -> Iterator[FileRow]:
    """The header row first, then every row that holds anything. Raises Trouble when the file cannot be read
    at all.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror or error}.", Exit.USAGE) from None
    with file:
        try:
            yield from sheets.read_rows(file, lambda cells: len(read_headers(cells).position))
        except sheets.SheetUnreadable as error:
            raise Trouble(_SAID[error.code].format(path=path, about=error.about), Exit.USAGE) from None
