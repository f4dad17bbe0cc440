"""What the classifier sees: words and pairs of words, and pieces of two to five letters, weighed by how rare they are.

Two blocks, each of length one: a typing error spoils the words and leaves most of the pieces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Ints = np.ndarray[tuple[int], np.dtype[np.int32]]
Floats = np.ndarray[tuple[int], np.dtype[np.float32]]
SHORTEST, LONGEST = 2, 5
LONGEST_WORD = 24
MOST_SEEN = 20_000  # words whose pieces are remembered


def word_grams(words: Sequence[str]) -> list[str]:
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def letter_grams(words: Sequence[str]) -> list[str]:
    """Pieces within words, the space around a word included; prefixed so that they are no words."""
    found = []
    for word in words:
        padded = f" {word[:LONGEST_WORD]} "
        size = len(padded)
        found += [
            "~" + padded[at : at + n] for n in range(SHORTEST, LONGEST + 1) for at in range(size - n + 1)
        ]
    return found


@dataclass(frozen=True)
class Vector:
    """A message as numbers of its known pieces and their weights; `known` is the share of its words we know."""

    places: Ints
    weights: Floats
    known: float = 1.0


class Vocabulary:
    """The pieces that count, each with its place and its rarity."""

    def __init__(self, places: Mapping[str, int], idf: Floats) -> None:
        self.places = places
        self.idf = idf
        self._seen: dict[str, tuple[int, ...]] = {}

    @classmethod
    def learn(cls, messages: Iterable[Sequence[str]], *, at_least: int) -> Vocabulary:
        """From messages already brought to plain words; pieces of fewer than `at_least` messages are left out."""
        counts: Counter[str] = Counter()
        size = 0
        for words in messages:
            counts.update({*word_grams(words), *letter_grams(words)})
            size += 1
        kept = sorted(gram for gram, n in counts.items() if n >= at_least)
        idf = np.log((1 + size) / (1 + np.array([counts[gram] for gram in kept], dtype=np.float64))) + 1
        return cls({gram: place for place, gram in enumerate(kept)}, idf.astype(np.float32))

    def __len__(self) -> int:
        return len(self.places)

    def vector(self, words: Sequence[str]) -> Vector:
        known = self.places
        told = [place for gram in word_grams(words) if (place := known.get(gram)) is not None]
        letters = [place for word in words for place in self._pieces(word)]
        word_block, letter_block = self._block(told), self._block(letters)
        share = sum(word in known for word in words) / max(len(words), 1)
        return Vector(
            np.concatenate([word_block[0], letter_block[0]]),
            np.concatenate([word_block[1], letter_block[1]]),
            share,
        )

    def _pieces(self, word: str) -> tuple[int, ...]:
        """The places of a word's pieces; the same words come again and again."""
        found = self._seen.get(word)
        if found is None:
            told = (self.places.get(gram) for gram in letter_grams([word]))
            found = tuple(place for place in told if place is not None)
            if len(self._seen) < MOST_SEEN:
                self._seen[word] = found
        return found

    def _block(self, told: Sequence[int]) -> tuple[Ints, Floats]:
        places, counts = np.unique(np.array(told, dtype=np.int32), return_counts=True)
        weights = (1 + np.log(counts.astype(np.float32))) * self.idf[places]
        length = float(np.sqrt(weights @ weights)) or 1.0
        return places, weights / np.float32(length)
