"""Messages without what is personal in them, so that they may be kept and taught from."""

from __future__ import annotations

import re
from datetime import date

from motcua.assistant.understanding import normalising, slots
from motcua.assistant.understanding.slots import Kind, people
from motcua.kernel import vietnamese

NAME = "#ten"
ANY_DAY = date(2020, 1, 1)  # what day a date in the text means does not matter here
MOST_WORDS, LEAST_LETTERS, LONGEST = 24, 2, 200
# What never stays in a candidate, whatever else it says.
_PERSONAL = {
    Kind.ACCOUNT_CODE: "#ma", Kind.REQUEST_NUMBER: "#yeucau", Kind.PHONE: "#phone", Kind.ID_NUMBER: "#canuoc", Kind.EMAIL: "#mail",
    Kind.MONEY: "#tien", Kind.ADDRESS: "#noi", Kind.NAME: NAME,
}  # fmt: skip
_NAMED = re.compile(
    r"\b((?:[Aa]nh|[Cc]hị|[Cc]hi|[Cc]ô|[Cc]o|[Cc]hú|[Bb]ác|[Bb]ac|[Ôô]ng|[Oo]ng|[Bb]à|[Bb]a|[Ee]m|[Cc]háu|[Tt]ên|[Tt]en|[Mm]ẹ|[Bb]ố|[Bb]a)\s+)"
    r"([A-ZÀ-ỸĐ][^\W\d_]*(?:\s+[A-ZÀ-ỸĐ][^\W\d_]*)*)"
)
_CAPITALS = re.compile(r"[A-ZÀ-ỸĐ][^\W\d_]*(?:\s+[A-ZÀ-ỸĐ][^\W\d_]*)+")
_MIDDLE = re.compile(r"\b([^\W\d_]+)\s+(?:thị|thi|văn|van)(?:\s+[^\W\d_]+){1,3}", re.IGNORECASE)
_DIGITS = re.compile(r"\d[\d./-]{2,}")
_LINK = re.compile(r"\S+://\S+|www\.\S+")


def folded(text: str) -> str:
    """The message as it may be kept: plain folded words, values and names replaced by what they are.

    Empty for what says nothing without its values, and for a story, which is no way of asking.
    """
    text = _CAPITALS.sub(_unless_no_name, _MIDDLE.sub(_unless_no_name, text[: normalising.MOST_CHARACTERS]))
    composed = _LINK.sub(
        " ", normalising.compose(_NAMED.sub(rf"\1 {NAME} ", text[: normalising.MOST_CHARACTERS]))
    )
    for slot in reversed(slots.find(composed, ANY_DAY)):
        mask = _PERSONAL.get(slot.kind)
        if mask is not None:
            composed = f"{composed[: slot.start]} {mask} {composed[slot.end :]}"
    spelled = normalising.spell(_DIGITS.sub(" ", composed)).words
    words = [word for word in spelled if word != NAME]
    plain = [word for word in words if not word.startswith("#")]
    if not plain or len(words) > MOST_WORDS or sum(map(len, plain)) < LEAST_LETTERS:
        return ""
    return " ".join(words)[:LONGEST]


def _unless_no_name(found: re.Match[str]) -> str:
    """A mask for words that begin with a family name; other words stay."""
    first = vietnamese.fold(found.group().split()[0])
    return f" {NAME} " if first in people.FAMILY_NAMES else found.group()
