"""Ready answers with places to fill in: "{{tên khách}}" becomes the customer's name, or stays a gap that is seen.

A gap is never sent: `gaps` finds what was left open in a text, a place as well as the mark that stands for what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from motcua.kernel import vietnamese
from motcua.kernel.results import gettext_noop as _

# The names under which a place may be written, folded; the first is what a list of places shows.
CUSTOMER_NAME, REQUEST_NUMBER, AGENT, UNIT, COMPANY, HOTLINE = (
    "customer name", "request number", "agent", "unit", "company", "hotline",
)  # fmt: skip
PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    CUSTOMER_NAME: (_("tên khách"), ("ten khach", "ten khach hang", "customer")),
    REQUEST_NUMBER: (_("số yêu cầu"), ("so yeu cau", "ma yeu cau", "request")),
    AGENT: (_("nhân viên"), ("nhan vien", "ten nhan vien")),
    UNIT: (_("đơn vị"), ("don vi", "dien luc")),
    COMPANY: (_("công ty"), ("cong ty",)),
    HOTLINE: (_("tổng đài"), ("tong dai",)),
}
_BY_NAME = {name: code for code, (_shown, names) in PLACES.items() for name in (code, *names)}
_PLACE = re.compile(r"\{\{([^{}]{1,60})\}\}")
_MISSING = re.compile(r"⟦([^⟦⟧]{1,60})⟧")


@dataclass(frozen=True)
class Filled:
    """A ready answer with its places filled; `missing` are the names of those for which nothing is known."""

    text: str
    missing: tuple[str, ...]


def unknown_places(text: str) -> list[str]:
    """Places that are no place of ours, as they are written."""
    return [name.strip() for name in _PLACE.findall(text) if _code(name) is None]


def fill(text: str, values: Mapping[str, str], shown: Mapping[str, str]) -> Filled:
    """`values` by code; `shown` are the places' names in the reader's language. What is not known stands as ⟦its name⟧."""
    missing: list[str] = []

    def one(match: re.Match[str]) -> str:
        code = _code(match[1])
        if code is not None and values.get(code):
            return values[code]
        name = shown.get(code, match[1].strip()) if code else match[1].strip()
        missing.append(name)
        return f"⟦{name}⟧"

    filled = _PLACE.sub(one, text)
    return Filled(filled, tuple(dict.fromkeys(missing)))


def gaps(text: str) -> list[str]:
    """What a text leaves open: marks of what was missing, and places of ours nobody filled in."""
    places = [name.strip() for name in _PLACE.findall(text) if _code(name) is not None]
    return list(dict.fromkeys([*_MISSING.findall(text), *places]))


def _code(name: str) -> str | None:
    return _BY_NAME.get(vietnamese.search_key(name))
