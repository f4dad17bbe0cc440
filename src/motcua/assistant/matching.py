"""Which service a message means: declared names and synonyms against folded words, no model, no training.

Two signals: a synonym that stands in the message as it is, and the likeness of character and word n-grams.
Scores
are between 0 and 1; the thresholds are measured on the messages of `tests/assistant/test_matching.py`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from motcua.assistant import wording
from motcua.services.declaration import Service

ACT = 0.70
OFFER = 0.34
CLOSE = 0.06

# Words of wanting and asking: they surround a service's words in a message and say nothing about which one.
_AROUND = frozenset(
    wording.fold(
        "muon can xin hoi nho lam on giup dum ve la de duoc nhu nao the vay cho tu van dang ky yeu cau khong biet gi "
        "voi va please want would like need i to the a my how can you for of"
    ).split()
)


@dataclass(frozen=True)
class Guess:
    code: str
    score: float


@dataclass(frozen=True)
class _Phrase:
    code: str
    words: tuple[str, ...]
    bare: tuple[str, ...]
    vector: dict[str, float]
    norm: float


class Matcher:
    """An index of services' phrases; built once for a catalogue."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        told = [(code, tuple(wording.words(text))) for code, text in phrases]
        told = [(code, found) for code, found in told if found]
        counts: Counter[str] = Counter()
        for _, found in told:
            counts.update(set(_grams(_bare(found))))
        self._idf = {gram: math.log((1 + len(told)) / (1 + n)) + 1 for gram, n in counts.items()}
        self._unknown = math.log(1 + len(told)) + 1
        self._phrases = [self._phrase(code, found) for code, found in told]

    def _phrase(self, code: str, found: tuple[str, ...]) -> _Phrase:
        vector = self._vector(_bare(found))
        return _Phrase(code, found, _bare(found), vector, _norm(vector))

    def _vector(self, found: Sequence[str]) -> dict[str, float]:
        return {
            gram: (1 + math.log(n)) * self._idf.get(gram, self._unknown * 0.5)
            for gram, n in Counter(_grams(found)).items()
        }

    def guess(self, text: str) -> list[Guess]:
        """Services by likeness, best first, each once."""
        found = tuple(word for word in wording.words(text))
        bare = _bare(found)
        if not bare:
            return []
        vector = self._vector(bare)
        norm = _norm(vector)
        best: dict[str, float] = {}
        for phrase in self._phrases:
            score = max(
                _contained(phrase, found, bare), _cosine(vector, norm, phrase.vector, phrase.norm) * 0.98
            )
            if score > best.get(phrase.code, 0.0):
                best[phrase.code] = score
        return [
            Guess(code, round(score, 4))
            for code, score in sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
        ]


def _bare(found: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(word for word in found if word not in _AROUND and word not in wording._FILLERS)
    return kept or tuple(word for word in found if word not in wording._FILLERS)


def _contained(phrase: _Phrase, found: Sequence[str], bare: Sequence[str]) -> float:
    """How much of the message a phrase that stands in it covers."""
    best = 0.0
    for wanted, within in ((phrase.words, found), (phrase.bare, bare)):
        size = len(wanted)
        if not size or (size == 1 and (within is bare or len(bare) > 3)):
            continue
        if wanted[0] in within and any(
            tuple(within[i : i + size]) == tuple(wanted) for i in range(len(within) - size + 1)
        ):
            cover = min(1.0, len(phrase.bare) / max(len(bare), 1))
            floor = 0.72 if size >= 2 else 0.5
            best = max(best, floor + (1 - floor) * cover)
    return best


def _grams(found: Sequence[str]) -> list[str]:
    grams = [f"w:{word}" for word in found] + [f"w:{a} {b}" for a, b in pairwise(found)]
    for word in found:
        padded = f" {word} "
        grams += [padded[i : i + n] for n in (3, 4) for i in range(len(padded) - n + 1)]
    return grams


def _norm(vector: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0


def _cosine(a: dict[str, float], a_norm: float, b: dict[str, float], b_norm: float) -> float:
    if len(b) < len(a):
        a, b = b, a
    return sum(weight * b.get(gram, 0.0) for gram, weight in a.items()) / (a_norm * b_norm)


def guess_services(text: str, services: Sequence[Service]) -> list[Guess]:
    """The services a message may mean, best first."""
    return _matcher(tuple(services)).guess(text)


_built: dict[tuple[tuple[str, int], ...], Matcher] = {}


def _matcher(services: tuple[Service, ...]) -> Matcher:
    key = tuple((service.code, service.version) for service in services)
    if key not in _built:
        if len(_built) > 32:
            _built.clear()
        _built[key] = Matcher(
            (service.code, text)
            for service in services
            for text in (service.name.vi, service.name.en, *service.synonyms)
        )
    return _built[key]
