"""How good a model is: accuracy and macro F1 as typed, without marks, with slips, in raw Telex; out of scope; calibration."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from motcua.assistant.understanding import augmenting, datasets, meaning, seeds, tables
from motcua.assistant.understanding.meaning import Band
from motcua.assistant.understanding.model import Model
from motcua.kernel import vietnamese

TEST = tables.DATA / "test"
SLIPPED = 0.2  # of the words
BINS = 10
_KEYS = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_SHAPES = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}


@dataclass(frozen=True)
class Quality:
    """Figures of one way of typing; shares from 0 to 1."""

    messages: int
    accuracy: float
    top3: float
    macro_f1: float
    acted: float  # share in the band that acts
    right_when_acted: float
    ece: float  # expected calibration error of the best score, ten bins


@dataclass(frozen=True)
class Report:
    ways: Mapping[str, Quality]
    refused: Mapping[str, float]  # share of each out-of-scope list in the lowest band
    acted_on: Mapping[str, float]  # share wrongly acted upon

    def lines(self) -> list[str]:
        """The report as a table of plain text."""
        out = ["way        messages  top-1  top-3  macro-F1  acted  right when acted   ECE"]
        for name, q in self.ways.items():
            out.append(
                f"{name:10} {q.messages:8} {q.accuracy:6.1%} {q.top3:6.1%} {q.macro_f1:9.1%} {q.acted:6.1%} "
                f"{q.right_when_acted:17.1%} {q.ece:5.3f}"
            )
        for name, share in self.refused.items():
            out.append(f"out of scope, {name}: {share:.0%} turned away, {self.acted_on[name]:.0%} acted upon")
        return out


def held_out() -> list[datasets.Message]:
    """The test messages that no model learns from."""
    return datasets.read(TEST / "messages.txt")


def out_of_scope(name: str) -> list[str]:
    return [line for _, line in tables.lines(TEST / f"{name}.txt")]


def evaluate(model: Model, messages: Sequence[datasets.Message], *, with_bands: bool = True) -> Report:
    """The whole report on these messages; bands and out of scope only of our own intents."""
    ways = {
        name: quality(model, [(spoil(m.text), m.intent) for m in messages], with_bands=with_bands)
        for name, spoil in WAYS.items()
    }
    refused, acted = {}, {}
    for name in ("near", "far") if with_bands else ():
        bands = [meaning.understand(text, date(2026, 11, 23), model).band for text in out_of_scope(name)]
        refused[name] = bands.count(Band.NONE) / len(bands)
        acted[name] = bands.count(Band.ACT) / len(bands)
    return Report(ways, refused, acted)


def quality(model: Model, messages: Sequence[tuple[str, str]], *, with_bands: bool = True) -> Quality:
    judged = [(_read(model, text, with_bands=with_bands), intent) for text, intent in messages]
    tops = [(ranking, band is Band.ACT, intent) for (ranking, band), intent in judged]
    right = [bool(ranking) and ranking[0][0] == intent for ranking, _, intent in tops]
    acted = [hit for hit, (_, is_acted, _) in zip(right, tops, strict=True) if is_acted]
    return Quality(
        messages=len(tops),
        accuracy=sum(right) / len(right),
        top3=sum(intent in [name for name, _ in ranking[:3]] for ranking, _, intent in tops) / len(tops),
        macro_f1=_macro_f1([(ranking[0][0] if ranking else "", intent) for ranking, _, intent in tops]),
        acted=len(acted) / len(tops),
        right_when_acted=sum(acted) / len(acted) if acted else 1.0,
        ece=_calibration(
            [
                (ranking[0][1] if ranking else 0.0, hit)
                for (ranking, _, _), hit in zip(tops, right, strict=True)
            ]
        ),
    )


def _read(model: Model, text: str, *, with_bands: bool) -> tuple[list[tuple[str, float]], Band]:
    if with_bands:
        read = meaning.understand(text, date(2026, 11, 23), model)
        return [(score.intent, score.score) for score in read.ranking], read.band
    ranking = model.rank(seeds.plain_words(text, model.words))[:3]
    is_sure = bool(ranking) and ranking[0].score >= model.facts.act
    return [(score.intent, score.score) for score in ranking], Band.ACT if is_sure else Band.OFFER


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean over the intents that occur of the harmonic mean of precision and recall."""
    scores = []
    for intent in sorted({meant for _, meant in pairs}):
        hits = sum(told == meant == intent for told, meant in pairs)
        wrong = sum((told == intent) != (meant == intent) for told, meant in pairs)
        scores.append(2 * hits / (2 * hits + wrong))
    return sum(scores) / len(scores)


def _calibration(pairs: Sequence[tuple[float, bool]]) -> float:
    total = 0.0
    for at in range(BINS):
        kept = [
            (p, hit) for p, hit in pairs if at / BINS <= p < (at + 1) / BINS or (at == BINS - 1 and p == 1)
        ]
        if kept:
            mean, share = sum(p for p, _ in kept) / len(kept), sum(hit for _, hit in kept) / len(kept)
            total += abs(mean - share) * len(kept)
    return total / len(pairs)


# ---- ways of typing


def slipped(text: str) -> str:
    """One slip of the keys in a fifth of the words; the same text always slips alike."""
    rng = random.Random(text)  # noqa: S311
    return " ".join(augmenting.slip(word, rng) if rng.random() < SLIPPED else word for word in text.split())


def telex(text: str) -> str:
    """The raw keys of Telex, as when the input method is off: "muốn" is "muoons"."""
    return " ".join(_raw(word) for word in unicodedata.normalize("NFC", text).lower().split())


def _raw(word: str) -> str:
    out, tone = "", ""
    for letter in word:
        spread = unicodedata.normalize("NFD", letter)
        tones = [c for c in spread if c in _KEYS]
        bare = unicodedata.normalize("NFC", "".join(c for c in spread if c not in _KEYS))
        tone = _KEYS[tones[0]] if tones else tone
        out += _SHAPES.get(bare, bare)
    tail = len(out.rstrip(".,?!:;"))
    return out[:tail] + tone + out[tail:]


def _both(text: str) -> str:
    return slipped(vietnamese.fold(text))


WAYS: Mapping[str, Callable[[str], str]] = {
    "as typed": str,
    "no marks": vietnamese.fold,
    "slips": slipped,
    "both": _both,
    "raw Telex": telex,
}


def slot_scores(
    found: Sequence[tuple[str, int, int]], wanted: Sequence[tuple[str, int, int]]
) -> tuple[int, int, int]:
    """Right, found and wanted spans of one message."""
    return len(set(found) & set(wanted)), len(set(found)), len(set(wanted))


def model_file(path: Path) -> Path:
    return path / "model.npz" if path.is_dir() or not path.suffix else path
