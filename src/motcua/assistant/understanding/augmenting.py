"""Copies of a seed as other people would type it: other words for the same, openers, particles, slips of the keys."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from motcua.assistant.understanding import tables

COPIES = 6
SLIPS = 0.12  # of the words of a copy
_NEAR = {
    "a": "sqz", "b": "vgn", "c": "xvd", "d": "sfe", "e": "wrd", "g": "fhb", "h": "gjn", "i": "uok", "k": "jlm", "l": "kop", "m": "nk",
    "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf", "s": "adw", "t": "ryg", "u": "yij", "v": "cbg", "x": "zcs", "y": "tuh",
}  # fmt: skip


def copies(words: Sequence[str], rng: random.Random, count: int = COPIES) -> list[tuple[str, ...]]:
    """`count` variants of a message in plain words."""
    return [_copy(list(words), rng) for _ in range(count)]


def _copy(words: list[str], rng: random.Random) -> tuple[str, ...]:
    words = _other_words(words, rng)
    if len(words) > 3 and rng.random() < 0.25:
        del words[rng.randrange(len(words))]
    words = [slip(word, rng) if rng.random() < SLIPS else word for word in words]
    if rng.random() < 0.4:
        words = [*rng.choice(_table("openers")), *words]
    if rng.random() < 0.4:
        words = [*words, *rng.choice(_table("particles"))]
    return tuple(words)


def _other_words(words: list[str], rng: random.Random) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(words):
        phrase, group = _longest_synonym(words, at)
        if group and rng.random() < 0.4:
            out += rng.choice(group).split()
        else:
            out += words[at : at + phrase]
        at += phrase
    return out


def _longest_synonym(words: Sequence[str], at: int) -> tuple[int, tuple[str, ...]]:
    for size in (3, 2, 1):
        group = _synonyms().get(" ".join(words[at : at + size]))
        if group and at + size <= len(words):
            return size, group
    return 1, ()


def slip(word: str, rng: random.Random) -> str:
    """One slip of the keys: a letter lost, doubled, swapped with the next or taken for its neighbour."""
    if len(word) < 3 or not word.isalpha():
        return word
    at = rng.randrange(len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[: at + 1] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + rng.choice(_NEAR.get(word[at], word[at])) + word[at + 1 :]


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    return {phrase: group for group in tables.groups("synonyms") for phrase in group}


@cache
def _table(name: str) -> list[list[str]]:
    return [phrase.split() for group in tables.groups(name) for phrase in group]
