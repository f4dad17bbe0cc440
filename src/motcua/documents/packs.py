"""Papers made from data: the contract, the slip, the crew's checklist, and all of a day's as one print job.

Data is a dictionary of plain values and goes to the typesetter as one JSON input, never into the markup, so a name such as
`#sys.inputs` or `*x*` is printed as it is. A value that is missing leaves a dotted line to be filled in by hand. The
same data gives the same bytes. Keys are those the templates in `typst/` read; docs/explanation/documents.md lists them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst

from motcua.kernel.hashing import canonical_json
from motcua.kernel.local_time import to_local

TEMPLATES = Path(__file__).resolve().parent / "typst"
COPIES = 2
# The papers carry their dates in the text; the file's own date must not change with the hour of printing.
_FILE_DATE = datetime(2020, 1, 1, tzinfo=UTC)

_local = threading.local()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The typesetter's own fonts alone, which have all Vietnamese letters: the same paper on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _compiler() -> typst.Compiler:
    """One compiler for each thread: it keeps what it read of the templates."""
    if not hasattr(_local, "compiler"):
        _local.compiler = typst.Compiler(font_paths=_fonts(), ignore_system_fonts=True, root=str(TEMPLATES))
    return _local.compiler  # type: ignore[no-any-return]


def _compile(template: str, data: Mapping[str, Any]) -> bytes:
    made = _compiler().compile(
        input=TEMPLATES / f"main_{template}.typ",
        format="pdf",
        sys_inputs={"data": canonical_json(data).decode()},
        timestamp=_FILE_DATE,
        pdf_standards=["a-2a", "ua-1"],  # to keep for years, and to be read aloud
    )
    assert isinstance(made, bytes)
    return made


def contract_pack(data: Mapping[str, Any]) -> bytes:
    """The contract with its annex, as PDF. With `signatures` and `signed_sha256` it is the signed rendition."""
    return _compile("contract", _contract_data(data))


def slip(data: Mapping[str, Any]) -> bytes:
    """The receipt of a request with a QR to follow it, as PDF."""
    title = f"Phiếu tiếp nhận {data.get('request_number', '')}".strip()
    return _compile("slip", _with_frame(data, title))


def receipt(data: Mapping[str, Any]) -> bytes:
    """The receipt of cash taken at a counter, as PDF."""
    return _compile("receipt", _with_frame(data, f"Phiếu thu {data.get('number', '')}".strip()))


def book_sheet(data: Mapping[str, Any]) -> bytes:
    """A report of the books: columns, rows as text, a total, room to sign, as PDF."""
    return _compile(
        "book_sheet", _with_frame(data, f"{data.get('heading', '')} {data.get('period', '')}".strip())
    )


def bill(data: Mapping[str, Any]) -> bytes:
    """An electricity bill line by line, as PDF. `qr_text` is what a bank's app reads."""
    return _compile("bill", _with_frame(data, _bill_title("Hóa đơn tiền điện", data), qr_of="qr_text"))


def bill_notice(data: Mapping[str, Any]) -> bytes:
    """The notice that says what is to be paid of a bill, until when and where, as PDF."""
    return _compile(
        "bill_notice", _with_frame(data, _bill_title("Giấy báo tiền điện", data), qr_of="qr_text")
    )


def _bill_title(name: str, data: Mapping[str, Any]) -> str:
    return f"{name} {data.get('account_code', '')} {data.get('month', '')}".strip()


def checklist(data: Mapping[str, Any]) -> bytes:
    """What the crew takes along and ticks off, as PDF."""
    return _compile("checklist", _checklist_data(data))


def print_job(
    packs: Sequence[Mapping[str, Any]], *, title: str, head: Mapping[str, Any], copies: int = COPIES
) -> bytes:
    """All packs of a day in one PDF: a cover, then each pack's checklist and its contract in `copies` copies.

    A pack is {"checklist": {...}, "contract": {...} or None}.
    """
    rows = [
        {
            "checklist": _checklist_data(pack["checklist"]),
            "contract": _contract_data(pack["contract"]) if pack.get("contract") else None,
        }
        for pack in packs
    ]
    return _compile("job", {**_with_frame(head, title), "packs": rows, "copies": copies})


def _contract_data(data: Mapping[str, Any]) -> dict[str, Any]:
    return _with_frame(data, f"Hợp đồng mua bán điện {data.get('number', '')}".strip())


def _checklist_data(data: Mapping[str, Any]) -> dict[str, Any]:
    return _with_frame(data, f"Phiếu công tác {data.get('request_number', '')}".strip(), qr_of="map_url")


def _with_frame(data: Mapping[str, Any], title: str, qr_of: str = "follow_url") -> dict[str, Any]:
    seller = data.get("seller") or {}
    framed = {**data, "title": title, "author": data.get("company") or seller.get("company") or "Motcua"}
    if data.get(qr_of):
        framed["qr"] = qr_svg(str(data[qr_of]))
    return framed


@lru_cache(maxsize=64)
def qr_svg(text: str) -> str:
    """A QR code as SVG; remembered, as the papers of one request carry the same."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=1, nl=False
    )
    return out.getvalue().decode()


def date_words(day: date) -> str:
    """ "ngày 17 tháng 11 năm 2026"."""
    return f"ngày {day.day:02d} tháng {day.month:02d} năm {day.year}"


def instant_words(at: datetime) -> str:
    """ "09:05 ngày 17/11/2026", local time."""
    return f"{to_local(at):%H:%M ngày %d/%m/%Y}"


def without_blanks(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data without empty values, so that a missing and an empty one print and hash alike."""
    return {key: value for key, value in data.items() if value not in (None, "", [], {})}


def basis(lines: Iterable[Mapping[str, Any]], on: date) -> list[str]:
    """The titles of the rules that hold on a day, from rows with `title`, `valid_from`, `valid_to`."""
    return [
        str(line["title"])
        for line in lines
        if (not line.get("valid_from") or date.fromisoformat(str(line["valid_from"])) <= on)
        and (not line.get("valid_to") or on < date.fromisoformat(str(line["valid_to"])))
    ]
