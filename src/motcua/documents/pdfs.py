"""PDF files from outside: pages are counted, and whatever acts by itself is refused."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from motcua.documents.contents import FileDamaged
from motcua.kernel.results import Refused, gettext_noop

MAX_PAGES = 200
MAX_OBJECTS = 60_000

# pypdf tells of oddities with pieces of the file; those may be personal.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/XFA", "/EmbeddedFiles", "/EF", "/RichMedia"})
_ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMediaExecute",
    }
)
_PLAIN_SIGHT = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles|RichMedia|XFA)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)


class PdfActive(Refused):
    code = "PDF_ACTIVE"
    message = gettext_noop(
        "Tệp PDF có nội dung tự chạy nên không nhận được. Vui lòng in lại thành PDF hoặc gửi ảnh chụp."
    )


class PdfLocked(Refused):
    code = "PDF_LOCKED"
    message = gettext_noop("Tệp PDF có mật khẩu. Vui lòng gửi tệp không khóa hoặc ảnh chụp.")


class PdfTooLong(Refused):
    code = "PDF_TOO_LONG"
    message = gettext_noop("Tệp PDF quá dài, giới hạn là %(limit)s trang.")


def judge(content: bytes) -> int:
    """The number of pages. Raises FileDamaged, PdfLocked, PdfTooLong, PdfActive."""
    if _is_active_in_plain_sight(content):
        raise PdfActive(field="file")
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise PdfLocked(field="file")
        pages = len(reader.pages)
        if pages == 0:
            raise FileDamaged(field="file")
        if pages > MAX_PAGES:
            raise PdfTooLong(field="file", limit=MAX_PAGES)
        if any(_is_active(found) for found in _dictionaries(reader)):
            raise PdfActive(field="file")
    except Refused:
        raise
    except (
        PyPdfError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        NotImplementedError,
        AssertionError,
    ):
        raise FileDamaged(field="file") from None
    return pages


def _is_active_in_plain_sight(content: bytes) -> bool:
    """Names outside streams, also in revisions that were later overwritten, also written as /J#61vaScript."""
    bare = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), _STREAM.sub(b"", content))
    return _PLAIN_SIGHT.search(bare) is not None


def _is_active(found: DictionaryObject) -> bool:
    if not _ACTIVE_KEYS.isdisjoint(found.keys()):
        return True
    return str(found.get("/S", "")) in _ACTIVE_ACTIONS and ("/S" in found and _looks_like_action(found))


def _looks_like_action(found: DictionaryObject) -> bool:
    # structure elements have /S too, with names such as /P; only actions carry the names above
    return str(found.get("/Type", "/Action")) == "/Action"


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary that can be reached from the trailer, object streams included."""
    seen: set[tuple[int, int]] = set()
    waiting: list[object] = [reader.trailer]
    visited = 0
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            mark = (found.idnum, found.generation)
            if mark in seen:
                continue
            seen.add(mark)
            found = found.get_object()
        visited += 1
        if visited > MAX_OBJECTS:
            raise PdfTooLong(field="file", limit=MAX_PAGES)
        if isinstance(found, DictionaryObject):
            yield found
            waiting += [found.raw_get(name) for name in found]
        elif isinstance(found, ArrayObject):
            waiting += list.__iter__(found)
