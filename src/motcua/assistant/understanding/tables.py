"""The tables of words in `data/words`, read once: abbreviations, words that are one, openers, anchors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
WORDS = DATA / "words"
CONDITIONS = ("after", "before", "near", "first", "last", "afternumber", "beforenumber", "alone")


@dataclass(frozen=True)
class Reading:
    """One meaning of a short form, and the neighbours that speak for it; none means always."""

    meant: tuple[str, ...]
    condition: str = ""
    words: frozenset[str] = frozenset()


class TableWrong(ValueError):
    """A line of a table cannot be read; the text names file and line."""


def lines(path: Path) -> list[tuple[int, str]]:
    """Lines that say something, with their numbers; `#` begins a comment."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        told = line.strip()
        if told and not told.startswith("#"):
            found.append((number, told))
    return found


@cache
def abbreviations() -> dict[str, tuple[Reading, ...]]:
    """Short form to its readings, first match wins: `bn: ban if before oi | bao nhieu`."""
    path = WORDS / "abbreviations.txt"
    found: dict[str, tuple[Reading, ...]] = {}
    for number, line in lines(path):
        keys, _, told = line.partition(":")
        readings = tuple(_reading(piece, f"{path.name}:{number}") for piece in told.split("|"))
        for key in keys.split():
            if key in found:
                raise TableWrong(f"{path.name}:{number}: {key} stands there twice")
            found[key] = readings
    return found


def _reading(piece: str, where: str) -> Reading:
    meant, _, condition = piece.partition(" if ")
    words = condition.split()
    if words and words[0] not in CONDITIONS:
        raise TableWrong(f"{where}: no such condition: {words[0]}")
    told = tuple(meant.split())
    return Reading(told, words[0] if words else "", frozenset(words[1:]))


@cache
def groups(name: str) -> tuple[tuple[str, ...], ...]:
    """Lines of phrases parted by commas: synonyms, openers, particles, anchors."""
    return tuple(
        tuple(phrase.strip() for phrase in line.split(",") if phrase.strip())
        for _, line in lines(WORDS / f"{name}.txt")
    )


@cache
def words(name: str) -> frozenset[str]:
    """All phrases of a table as one set."""
    return frozenset(phrase for group in groups(name) for phrase in group)
