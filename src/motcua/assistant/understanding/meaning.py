"""A whole message understood: its values, its intents with a band of confidence, several intents in one message."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache

from motcua.assistant.understanding import normalising, seeds, slots, tables
from motcua.assistant.understanding.model import Model, Score

SHOWN = 3
MOST = 8  # intents looked at
MOST_PARTS = 8
MOST_CLAUSES = 16  # of a long letter, between commas and stops
# Where one message may hold two wishes (folded).
_PARTS = re.compile(
    r"[\n.;?!]+|,?\s+(?:voi lai|dong thoi|tien the|nhan tien|san tien|san day|ngoai ra|them nua|a con|con nua|roi cho|va cho|va muon"
    r"|va xin|va hoi|va nho|nua la|thu hai la|mat khac)\s+"
)
_COMMAS = re.compile(r"[,\n.;?!]+")
_LEAST_WORDS = 3
_LABELS = frozenset(
    [
        "so", "dien", "thoai", "dt", "can", "cuoc", "cong", "dan", "ma", "khach", "hang", "email", "mail", "gmail", "ten", "dia", "chi", "cua",
        "em", "toi", "minh", "anh", "chi", "la", "day", "a", "nhe", "va", "lien", "he", "goi", "qua", "theo",
    ]
)  # fmt: skip
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
    strange: float = 0.0  # how likely it is none of our trade

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
    words = _without_given_values(composed, model)
    judged = model.judge(words, offered, MOST)
    ranking, strange = judged.ranking, judged.strange
    band = _band(words, ranking, model, is_form_open=is_form_open)
    parts = _parts(composed, model, offered)
    others = tuple(score for score in parts if ranking and score.intent != ranking[0].intent)
    if len(parts) > 1 and band is not Band.ACT:  # the whole is a mixture; its parts are clear
        ranking = [parts[0], *(score for score in ranking if score.intent != parts[0].intent)]
        band, others = Band.ACT, tuple(parts[1:])
    if band is Band.OFFER and not parts:
        ranking, band = _by_clause(composed, ranking, model, offered)
    return Understood(
        composed, words, tuple(found), tuple(ranking[:SHOWN]), band, others if len(parts) > 1 else (), strange
    )


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
    said = " ".join(words)
    if has_stranger(words):
        return _pattern("ours").search(_pattern("strangers").sub("~", said)) is not None
    return "#" in said or _pattern("anchors").search(said) is not None


def has_stranger(words: Sequence[str]) -> bool:
    """True with a word of another trade in the message (water, internet, phones ...)."""
    said = _pattern("innocent").sub("~", " ".join(words))
    return _pattern("strangers").search(said) is not None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Any phrase of a table, as whole words."""
    told = {"ours": _OURS_ALONE, "innocent": _INNOCENT}
    phrases = sorted(told.get(name) or tables.words(name), key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, phrases))})(?!\S)")


def _by_clause(
    composed: str, ranking: list[Score], model: Model, offered: Collection[str] | None
) -> tuple[list[Score], Band]:
    """A wish among names and places: one clause between commas that is sure alone, if the whole thinks of it too."""
    sure = _parts(composed, model, offered, at=_COMMAS)
    if len(sure) != 1 or sure[0].intent not in [score.intent for score in ranking[:SHOWN]]:
        return ranking, Band.OFFER
    return [sure[0], *(score for score in ranking if score.intent != sure[0].intent)], Band.ACT


def _without_given_values(composed: str, model: Model) -> tuple[str, ...]:
    """The words of a message; clauses that only give a value ("sđt em 0901 234 567") say nothing of its wish."""
    words = seeds.plain_words(composed, model.words)
    if not any(word.startswith("#") for word in words):
        return words
    kept = [seeds.plain_words(clause, model.words) for clause in _COMMAS.split(composed)]
    kept = [clause for clause in kept if clause and not _only_gives_a_value(clause)]
    return tuple(word for clause in kept for word in clause) or words


def _only_gives_a_value(words: Sequence[str]) -> bool:
    """ "sđt em 0901 234 567": a value and what it is called."""
    return (
        any(word.startswith("#") for word in words) and {w for w in words if not w.startswith("#")} <= _LABELS
    )


def _parts(
    composed: str, model: Model, offered: Collection[str] | None, *, at: re.Pattern[str] = _PARTS
) -> list[Score]:
    """The intents of the clauses of a message, each once, in order: only those that are sure alone."""
    folded = slots.spans.fold_in_place(composed)
    cuts = [0]
    for found in at.finditer(folded):
        cuts += [found.start(), found.end()]
    cuts.append(len(composed))
    pieces = [composed[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    if not 2 <= len(pieces) <= (MOST_PARTS if at is _PARTS else MOST_CLAUSES):
        return []
    sure: list[Score] = []
    for piece in pieces:
        words = seeds.plain_words(piece, model.words)
        if len(words) < _LEAST_WORDS or _only_gives_a_value(words):
            continue
        best = next(iter(model.judge(words, offered, 1).ranking), None)
        if best is None or best.intent in ("greeting", "thanks", "person", "menu", "later"):
            continue
        clear = _band(words, [best], model, is_form_open=False) is Band.ACT
        if clear and all(score.intent != best.intent for score in sure):
            sure.append(best)
    return sure
