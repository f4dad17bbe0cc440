"""Finding a service by what people type: with or without marks, misspelt, in their own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from motcua.kernel import vietnamese
from motcua.services.declaration import Service

ENOUGH = 0.34

# Words that say that something is wanted, but not what.
_EMPTY_WORDS = frozenset(
    vietnamese.tokens(
        "toi em minh anh chi ban muon can xin cho nho giup dum la co duoc khong the nao nhu ve voi va hay di"
        " nhe oi thi hoi da i want need to the my a an for please how do"
    )
)


@dataclass(frozen=True)
class Hit:
    service: Service
    score: float


def search(services: Iterable[Service], text: str, *, limit: int = 10) -> list[Hit]:
    """The services that the text may mean, best first. Without any word, all of them in the order given."""
    offered = list(services)
    wanted = _words(text)
    if not wanted:
        return [Hit(service, 1.0) for service in offered][:limit] if not text.strip() else []
    hits = [Hit(service, score(service, text)) for service in offered]
    found = [hit for hit in hits if hit.score >= ENOUGH]
    found.sort(key=lambda hit: -hit.score)
    return found[:limit]


def score(service: Service, text: str) -> float:
    """How well a text names a service, from 0 to 1."""
    wanted = _words(text)
    key = vietnamese.search_key(text)
    if not wanted:
        return 0.0
    if key.replace(" ", "") == vietnamese.search_key(service.code).replace(" ", ""):
        return 1.0
    phrases = _phrases(service.name.vi, service.name.en, service.synonyms)
    best = max(_likeness(wanted, words) for words in phrases)
    summary = _phrases(service.summary.vi, service.summary.en, ())
    told = max(_covered(wanted, words) * (1 if _meet(wanted, words) else 0.5) for words in summary)
    return round(max(best, 0.6 * told), 4)


@lru_cache(maxsize=256)
def _phrases(vi: str, en: str, synonyms: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(words for phrase in (vi, en, *synonyms) if (words := _words(phrase)))


def _words(text: str) -> tuple[str, ...]:
    words = vietnamese.tokens(text)
    telling = tuple(word for word in words if word not in _EMPTY_WORDS)
    return telling or tuple(words)


def _likeness(wanted: Sequence[str], phrase: Sequence[str]) -> float:
    """1 for the same words; less for words missing on either side, and for words that are only alike."""
    if tuple(wanted) == tuple(phrase):
        return 1.0
    if _stands_in(phrase, wanted):
        # A longer phrase found as it is says more than a short one.
        return 0.80 + 0.15 * min(len(phrase) / max(len(wanted), 1), 1.0)
    asked, told = _covered(wanted, phrase), _covered(phrase, wanted)
    if not asked or not told:
        return 0.0
    if not _meet(wanted, phrase):
        asked, told = asked / 2, told / 2
    starts = 0.08 if _stands_in(wanted, phrase) else 0.0
    return min(0.79, 2 * asked * told / (asked + told) * 0.8 + starts)


def _covered(wanted: Sequence[str], words: Sequence[str]) -> float:
    """Which part of the wanted words is found among the others; an almost right word counts nearly."""
    total = sum(_weight(word) for word in wanted)
    return sum(_weight(word) * max(_same(word, other) for other in words) for word in wanted) / total


def _meet(wanted: Sequence[str], phrase: Sequence[str]) -> bool:
    """True when a word is the same, or a long one nearly; short syllables are often alike by chance."""
    return bool(set(wanted) & set(phrase)) or any(
        len(word) >= 6 and _same(word, other) >= 0.6 for word in wanted for other in phrase
    )


def _weight(word: str) -> float:
    """ "điện" is in nearly every request; rarer words tell more."""
    return 0.35 if word in ("dien", "electricity", "power") else 1.0


def _same(word: str, other: str) -> float:
    if word == other:
        return 1.0
    longer = max(len(word), len(other))
    if len(word) >= 3 and other.startswith(word):
        return 0.5
    if longer >= 4 and vietnamese.edit_distance(word, other, 1) <= 1:
        return 0.75
    return 0.6 if longer >= 7 and vietnamese.edit_distance(word, other, 2) <= 2 else 0.0


def _stands_in(phrase: Sequence[str], words: Sequence[str]) -> bool:
    size = len(phrase)
    return any(tuple(words[i : i + size]) == tuple(phrase) for i in range(len(words) - size + 1))
