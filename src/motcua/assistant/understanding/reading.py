"""A whole message understood: its values, its intents with a band of confidence, several intents in one message."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from motcua.assistant.understanding import normalising, seeds, slots, tables
from motcua.assistant.understanding.model import Model, Score

SHOWN = 3
# Where one message may hold two wishes (folded).
_PARTS = re.compile(
    r"[\n.;?!]+|,?\s+(?:voi lai|dong thoi|tien the|nhan tien|san tien|san day|ngoai ra|them nua|a con|con nua|roi cho|va cho|va muon"
    r"|va xin|va hoi|va nho|nua la|thu hai la|mat khac)\s+"
)
_LEAST_WORDS = 3
# What is ours beyond doubt, and what only looks like another trade's word.
_OURS_ALONE = ("dien", "cong to", "dien ke", "kwh", "evn", "trich no", "hoa don dien", "tien dien")
_INNOCENT = ("so dien thoai", "tren mang", "qua mang", "nuoc ngoai")


class Band(StrEnum):
    """What may be done with the best reading."""

    ACT = "ACT"  # do it (what costs is confirmed all the same)
    OFFER = "OFFER"  # two or three buttons
    NONE = "NONE"  # look in the knowledge base, ask once more, then a person


@dataclass(frozen=True)
class Understood:
    """`text` is the composed message that spans count in; `ranking` the best intents, first the likeliest."""

    text: str
    words: tuple[str, ...]
    slots: tuple[slots.Slot, ...]
    ranking: tuple[Score, ...]
    band: Band
    others: tuple[Score, ...] = field(default=())  # further wishes in the same message, each sure by itself

    @property
    def intent(self) -> str:
        return self.ranking[0].intent if self.ranking else ""

    @property
    def confidence(self) -> float:
        return self.ranking[0].score if self.ranking else 0.0

    def candidates(self, most: int = SHOWN) -> tuple[str, ...]:
        """What buttons may offer: the likeliest intents, without those that are out of the question."""
        floor = max(0.04, self.confidence * 0.15)
        return tuple(score.intent for score in self.ranking[:most] if score.score >= floor)


def understand(
    text: str,
    today: date,
    model: Model,
    *,
    asks_yes_no: bool = False,
    is_form_open: bool = False,
    offered: Collection[str] | None = None,
) -> Understood:
    """Read one message (or a burst of short ones, joined by line breaks).

    `offered` are the intents that exist here today; others are left out of the ranking. Without an open form a
    message that names nothing of our trade is never acted upon.
    """
    composed = normalising.compose(text)
    found = slots.find(composed, today, asks_yes_no=asks_yes_no)
    words = seeds.plain_words(composed, model.words)
    ranking = _offered(model.rank(words), offered)
    band = _band(words, ranking, model, is_form_open=is_form_open)
    parts = _parts(composed, model, offered)
    others = tuple(score for score in parts if ranking and score.intent != ranking[0].intent)
    if len(parts) > 1 and band is not Band.ACT:  # the whole is a mixture; its parts are clear
        ranking = [parts[0], *(score for score in ranking if score.intent != parts[0].intent)]
        band, others = Band.ACT, tuple(parts[1:])
    return Understood(
        composed, words, tuple(found), tuple(ranking[:SHOWN]), band, others if len(parts) > 1 else ()
    )


def _offered(ranking: Sequence[Score], offered: Collection[str] | None) -> list[Score]:
    return [
        score for score in ranking if offered is None or not score.intent.isupper() or score.intent in offered
    ]


def _band(words: Sequence[str], ranking: Sequence[Score], model: Model, *, is_form_open: bool) -> Band:
    if not ranking or ranking[0].score < model.facts.offer:
        return Band.NONE
    if model.exact.get(" ".join(words)) == ranking[0].intent:
        return Band.ACT
    intent = seeds.intents().get(ranking[0].intent)
    needs_anchor = intent is None or intent.needs_anchor or has_stranger(words)
    if needs_anchor and not is_form_open and not has_anchor(words):
        return Band.OFFER if not has_stranger(words) and ranking[0].score >= model.facts.act else Band.NONE
    return Band.ACT if ranking[0].score >= model.facts.act else Band.OFFER


def has_anchor(words: Sequence[str]) -> bool:
    """True with a word of our trade in the message; strangers' words leave only "điện" and "công tơ" to count."""
    padded = f" {' '.join(words)} "
    if has_stranger(words):
        bare = padded
        for stranger in tables.words("strangers"):
            bare = bare.replace(f" {stranger} ", " ~ ")
        return any(f" {anchor} " in bare for anchor in _OURS_ALONE)
    return any(f" {anchor} " in padded for anchor in tables.words("anchors")) or any(
        word.startswith("#") for word in words
    )


def has_stranger(words: Sequence[str]) -> bool:
    """True with a word of another trade in the message (water, internet, phones ...)."""
    padded = f" {' '.join(words)} "
    for innocent in _INNOCENT:
        padded = padded.replace(f" {innocent} ", " ~ ")
    return any(f" {stranger} " in padded for stranger in tables.words("strangers"))


def _parts(composed: str, model: Model, offered: Collection[str] | None) -> list[Score]:
    """The intents of the clauses of a message, each once, in order: only those that are sure alone."""
    folded = slots.spans.fold_in_place(composed)
    cuts = [0]
    for found in _PARTS.finditer(folded):
        cuts += [found.start(), found.end()]
    cuts.append(len(composed))
    pieces = [composed[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    if len(pieces) < 2:
        return []
    sure: list[Score] = []
    for piece in pieces:
        words = seeds.plain_words(piece, model.words)
        if len(words) < _LEAST_WORDS:
            continue
        best = next(iter(_offered(model.rank(words), offered)), None)
        if best is None or best.intent in ("greeting", "thanks", "person", "menu", "later"):
            continue
        clear = _band(words, [best], model, is_form_open=False) is Band.ACT
        if clear and all(score.intent != best.intent for score in sure):
            sure.append(best)
    return sure
