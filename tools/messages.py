"""English beside the Vietnamese: `python -m tools.messages` joins the parts and compiles, and says what is
missing.

Message ids are Vietnamese and stand in the code; a part (`locale/en/LC_MESSAGES/parts/ROOM.po`) is written by
hand. The same parts make the same `django.po` and `django.mo`, byte for byte: the header holds no date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "motcua"
FOLDER = SOURCE / "locale" / "en" / "LC_MESSAGES"
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
HEADERS = [
    ("Project-Id-Version", "motcua"), ("Language", "en"), ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit"),
    ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
]  # fmt: skip


class English(Catalog):
    """A catalogue whose header says nothing about when or with what it was made."""

    mime_headers = property(lambda self: HEADERS, lambda self, headers: None)
    header_comment = property(
        lambda self: "# Joined from parts/ by `python -m tools.messages`; change it there.",
        lambda self, text: None,
    )


def extract_all() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Every message of code and templates, with the file it stands in."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _of(path, path.read_bytes())
    for path in sorted(SOURCE.rglob("*.html")):
        yield from _of(path, templatize(path.read_text(encoding="utf-8"), origin=str(path)).encode())


def _of(path: Path, source: bytes) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for _line, message, _comments, _context in extract(
        "python", BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"}
    ):
        if message:
            yield str(path.relative_to(ROOT)), message


def read_parts() -> Catalog:
    """All parts as one catalogue; a later part wins."""
    joined = English(locale="en", charset="utf-8", fuzzy=False)
    for path in sorted((FOLDER / "parts").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.string:
                    joined.delete(_singular(message.id))
                    joined.add(message.id, message.string, flags=message.flags - {"fuzzy"})
    return joined


def missing(catalogue: Catalog) -> dict[str, str]:
    """Messages that have no English, or not both of its forms, with a file each stands in."""
    found: dict[str, str] = {}
    for path, message in extract_all():
        known = catalogue.get(_singular(message))
        forms = () if known is None else (known.string,) if isinstance(known.string, str) else known.string
        wanted = 2 if isinstance(message, tuple) else 1
        if len(forms) < wanted or not all(forms):
            found.setdefault(_singular(message), path)
    return found


def _singular(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def compiled(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    catalogue = read_parts()
    with (FOLDER / "django.po").open("wb") as file:
        write_po(file, catalogue, sort_output=True, no_location=True)
    (FOLDER / "django.mo").write_bytes(compiled(catalogue))
    absent = missing(catalogue)
    for message, path in absent.items():
        print(f"{path}: {message!r}")
    print(f"{len(catalogue)} messages in English, {len(absent)} missing")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
