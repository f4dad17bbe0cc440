"""All values of a message together: overlaps settled, corrections heard."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from motcua.assistant.understanding import normalising
from motcua.assistant.understanding.slots import amounts, codes, dates, people, periods, places, yes_no
from motcua.assistant.understanding.slots.spans import Kind, Slot, fold_in_place, last_wins

# What stands for a value when the message is classified; days and amounts of energy keep their words.
MASKS = {
    Kind.ACCOUNT_CODE: "#ma", Kind.REQUEST_NUMBER: "#yeucau", Kind.PHONE: "#phone", Kind.ID_NUMBER: "#canuoc", Kind.EMAIL: "#mail",
    Kind.MONEY: "#tien", Kind.ADDRESS: "#noi",
}  # fmt: skip


def find(text: str, today: date, *, asks_yes_no: bool = False) -> list[Slot]:
    """The values of a composed message (`normalising.compose`), in order; none overlaps another."""
    folded = fold_in_place(text)
    kept: list[Slot] = []
    _take(kept, codes.find(text, folded))
    _take(kept, places.find(text, folded))
    _take(kept, amounts.find_money(folded))
    _take(kept, amounts.find_energy(folded))
    _take(kept, amounts.find_power(folded))
    _take(kept, dates.find(_without_lookalikes(text, folded), today))
    _take(kept, periods.find(folded, today))
    _take(kept, people.find(text, folded))
    if asks_yes_no and (found := yes_no.find(text)) is not None:
        kept.append(found)
    return last_wins(folded, sorted(kept, key=lambda slot: (slot.start, slot.end)))


# Words with marks that fold to a word of time: "mái nhà" is not "mai", "một nhà" not "mốt", "thứ tự" no Wednesday.
_LOOKALIKES = re.compile(r"\b(?:mái|mãi|mải|mại|một|thứ tự)\b", re.IGNORECASE)


def _without_lookalikes(text: str, folded: str) -> str:
    """The folded letters with such words struck out, every other letter in its place."""
    for found in _LOOKALIKES.finditer(text):
        folded = f"{folded[: found.start()]}{'~' * len(found.group())}{folded[found.end() :]}"
    return folded


def find_codes(text: str) -> list[Slot]:
    """Only what is known by its shape: codes, numbers, addresses of mail."""
    folded = fold_in_place(text)
    kept: list[Slot] = []
    _take(kept, codes.find(text, folded))
    return last_wins(folded, sorted(kept, key=lambda slot: slot.start))


def _take(kept: list[Slot], found: Iterable[Slot]) -> None:
    for slot in found:
        if all(slot.end <= other.start or slot.start >= other.end for other in kept):
            kept.append(slot)


def masked(text: str) -> str:
    """The message with personal values of a sure shape and amounts of money replaced by what they are.

    Only the folded letters are looked at, so that capitals and marks change nothing.
    """
    composed = normalising.compose(text)
    folded = fold_in_place(composed)
    kept: list[Slot] = []
    _take(kept, codes.find(folded, folded))
    _take(kept, (slot for slot in places.find(folded, folded) if places.is_surely_one(slot.value)))
    _take(kept, amounts.find_money(folded))
    for slot in sorted(kept, key=lambda slot: -slot.start):
        composed = f"{composed[: slot.start]} {MASKS[slot.kind]} {composed[slot.end :]}"
    return composed
