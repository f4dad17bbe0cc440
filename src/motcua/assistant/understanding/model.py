"""The trained classifier: folded pieces in, scores of all intents out. NumPy alone, no pickles.

A model is one `.npz` file: arrays, and one text with its facts (what it was made of, thresholds, figures).
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from motcua.assistant.understanding.features import Floats, Vocabulary

FORMAT = 1
OTHER = "other"
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]


class ModelRefused(Exception):
    """The file is no model of ours, or was made of other words than those that are here."""


@dataclass(frozen=True)
class Score:
    intent: str
    score: float  # 0 to 1


@dataclass(frozen=True)
class Judged:
    """Intents, best first, and how likely it is none of them."""

    ranking: list[Score]
    strange: float


@dataclass(frozen=True)
class Facts:
    """What a model was made of, and the figures that go with it."""

    source: str  # hash of seeds and tables
    labels: tuple[str, ...]
    temperature: float = 1.0
    act: float = 0.70
    offer: float = 0.30
    figures: Mapping[str, float] = field(default_factory=dict)
    format: int = FORMAT


class Model:
    """Ranks intents. `exact` are literal seeds in plain words, which always come back as their own intent."""

    def __init__(
        self,
        facts: Facts,
        vocabulary: Vocabulary,
        weights: Matrix,
        bias: Floats,
        exact: Mapping[str, str],
    ) -> None:
        self.facts = facts
        self.vocabulary = vocabulary
        self.weights = weights
        self.bias = bias
        self.exact = exact
        self._other = facts.labels.index(OTHER) if OTHER in facts.labels else None
        self.words = frozenset(gram for gram in vocabulary.places if gram.isalpha())

    def logits(self, words: Sequence[str]) -> Floats:
        vector = self.vocabulary.vector(words)
        found: Floats = vector.weights @ self.weights[vector.places] + self.bias
        return found

    def probabilities(self, words: Sequence[str]) -> Floats:
        """Of all classes, `other` among them, by the fitted temperature."""
        scaled = self.logits(words) / self.facts.temperature
        powers = np.exp(scaled - scaled.max())
        found: Floats = powers / powers.sum()
        return found

    def judge(self, words: Sequence[str], offered: Collection[str] | None = None, most: int = 0) -> Judged:
        """The real intents, best first, at most `most` of them (0: all); of services only those `offered`.

        `other` takes its share of the probability and never wins.
        """
        if not words:
            return Judged([], 1.0)
        found = self.probabilities(words)
        labels = self.facts.labels
        strange = float(found[self._other]) if self._other is not None else 0.0
        literal = self.exact.get(" ".join(words))
        if literal is not None:
            place = labels.index(literal)
            sure = max(0.99, float(found[place]))
            found = found * np.float32(1 - sure)
            found[place], strange = sure, 0.0
        ranking: list[Score] = []
        for place in np.argsort(-found, kind="stable"):
            label = labels[place]
            if label == OTHER or (offered is not None and label.isupper() and label not in offered):
                continue
            ranking.append(Score(label, float(found[place])))
            if len(ranking) == most:
                break
        return Judged(ranking, strange)

    def rank(self, words: Sequence[str], most: int = 0) -> list[Score]:
        """Every real intent, best first."""
        return self.judge(words, most=most).ranking

    # ---- files

    def save(self, path: Path) -> None:
        """Write the file in one move, so that nobody ever reads half of it."""
        grams = sorted(self.vocabulary.places, key=lambda gram: self.vocabulary.places[gram])
        told = {"facts": asdict(self.facts), "exact": dict(self.exact)}
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".model-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                np.savez(
                    out,
                    weights=self.weights,
                    bias=self.bias,
                    idf=self.vocabulary.idf,
                    grams=_bytes("\n".join(grams)),
                    told=_bytes(json.dumps(told, ensure_ascii=False, sort_keys=True)),
                )
            Path(name).chmod(0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path, *, source: str | None = None) -> Model:
        """Read a file; with `source`, only one that was made of exactly these words. Raises ModelRefused."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
                told = json.loads(_text(kept["told"]))
                facts = _facts(told["facts"])
                grams = _text(kept["grams"]).split("\n")
                idf = kept["idf"].astype(np.float32)
                weights, bias = kept["weights"].astype(np.float32), kept["bias"].astype(np.float32)
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as problem:
            raise ModelRefused(f"{path} is no model that can be read: {problem}") from problem
        if facts.format != FORMAT or weights.shape != (len(grams), len(facts.labels)):
            raise ModelRefused(f"{path} was written by another version")
        if source is not None and facts.source != source:
            raise ModelRefused(f"{path} was made of other words than those that are here")
        vocabulary = Vocabulary({gram: place for place, gram in enumerate(grams)}, idf)
        return cls(facts, vocabulary, weights, bias, told["exact"])


def _facts(told: dict[str, Any]) -> Facts:
    return Facts(**{**told, "labels": tuple(told["labels"])})


def _bytes(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(kept: np.ndarray[Any, Any]) -> str:
    return bytes(kept.tobytes()).decode()
