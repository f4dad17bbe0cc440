"""A value found in a message, and the folded text that keeps every letter in its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ACCOUNT_CODE = "account_code"
    REQUEST_NUMBER = "request_number"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    EMAIL = "email"
    MONEY = "money"  # whole dong
    ENERGY = "energy"  # kWh
    POWER = "power"  # "10 kW", "63 A", "3 pha"
    DATE = "date"  # ISO 8601 day
    PERIOD = "period"  # "2026-09", "2026-05/2" (second bill of May), "2026-Q3", "2025"
    NAME = "name"
    ADDRESS = "address"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Slot:
    """A value with the place it was read from: `text[start:end]` of the composed message.

    `value` is normalised; it is empty when the shape is clear and the value cannot be right, and `problem` says why.
    """

    kind: Kind
    value: str
    start: int
    end: int
    problem: str = ""


class _Folding(dict[int, str]):
    """One letter for one letter; learned as letters come."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        bare = "d" if letter in "đĐ" else unicodedata.normalize("NFD", letter)[0].lower()
        found = self[code] = bare if len(bare) == 1 else letter
        return found


_FOLDING = _Folding()


def fold_in_place(text: str) -> str:
    """Lower case without marks, one letter for one letter: offsets stay those of the text."""
    return text.translate(_FOLDING)


# Words that take back what was said just before them; the commonest first.
CORRECTIONS = re.compile(
    r"\b(a khong|a ko|y toi la|y em la|a nham|nham|a dau|ma thoi|a thoi|chinh xac la|hon la|phai la|a quen|a lon|lon roi"
    r"|doi sang|doi thanh|sua lai|sua thanh|moi dung|khong phai|ko phai|ma la|xin loi)\b"
)


def last_wins(folded: str, found: list[Slot]) -> list[Slot]:
    """Of two values of one kind with a correction between or behind them only the one meant; others stay.

    "… 1, à nhầm 2" means 2; "1 mới đúng, không phải 2" means 1.
    """
    dropped: set[int] = set()
    for at, slot in enumerate(found):
        later = next((n for n in range(at + 1, len(found)) if found[n].kind is slot.kind), None)
        if later is None or slot.kind is Kind.NAME:
            continue
        between = folded[slot.end : found[later].start]
        if re.search(r"^\W*moi dung\b", between) or re.search(r"^\W*(chu )?(khong|ko) phai\W*$", between):
            dropped.add(later)
        elif CORRECTIONS.search(between) or re.match(r"^\W*moi dung\b", folded[found[later].end :]):
            dropped.add(at)
    return [slot for at, slot in enumerate(found) if at not in dropped]
