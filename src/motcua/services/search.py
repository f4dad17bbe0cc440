"""Finding a service by what people type: with or without marks, misspelt, in their own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from motcua.kernel import vietnamese
from motcua.services.declaration import Service

ENOUGH = 0.34
CLEARLY_LESS = 0.5
ALIKE = 0.42  # shared trigrams that make a guess worth showing when no word is known
LONGEST_WORDS = 24

# What people say, and how the declarations say it. Both folded; the longest that fits is taken first.
_SAID = {
    "khong co dien": "mat dien",
    "het dien": "mat dien",
    "cup dien": "mat dien",
    "toi om": "mat dien",
    "sdt": "so dien thoai",
    "so dt": "so dien thoai",
    "cmnd": "can cuoc",
    "cccd": "can cuoc",
    "hd": "hop dong",
    "dong ho": "cong to",
    "cong to dien": "cong to",
    "chuyen nha": "cham dut hop dong",
    "don di": "cham dut hop dong",
    "tra nha": "cham dut hop dong",
    "noi dien": "mua dien",
    "keo dien": "mua dien",
    "xin dien": "mua dien",
    "bat dien": "mua dien",
    "dt": "dien thoai",
    "no cau chi": "mat dien",
    "chap dien": "su co dien",
}

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
    readings = dict.fromkeys((vietnamese.search_key(text), *_readings(text, _vocabulary(offered))))
    hits = [Hit(service, max(score(service, reading) for reading in readings)) for service in offered]
    found = [hit for hit in hits if hit.score >= ENOUGH]
    if not found:
        guessed = ((service, _likest(service, wanted)) for service in offered)
        found = [Hit(service, round(alike * 0.5, 4)) for service, alike in guessed if alike >= ALIKE]
    found.sort(key=lambda hit: -hit.score)
    # what is clearly meant is not hidden among what only shares a word with it
    return [hit for hit in found if hit.score >= CLEARLY_LESS * found[0].score][:limit]


def understood(services: Iterable[Service], text: str) -> str:
    """The text in the words of the declarations, with their marks, when it was misspelt or glued together; else nothing.

    `muadien snih hoat` is taken to mean "mua điện sinh hoạt".
    """
    offered = list(services)
    written = _marked(tuple((s.name.vi, *s.synonyms) for s in offered))
    typed = vietnamese.tokens(text)[:LONGEST_WORDS]
    words = [part for word in typed for part in _parted(word, _vocabulary(offered))]
    mended = [_nearest(word, written) for word in words]
    if mended == typed or not any(word in written for word in mended):
        return ""
    return " ".join(written.get(word, word) for word in mended)


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


def _readings(text: str, vocabulary: frozenset[str]) -> list[str]:
    """The same wish in other words: glued ones parted, people's own ones said as the declarations say them."""
    words = vietnamese.tokens(text)[:LONGEST_WORDS]
    parted = " ".join(part for word in words for part in _parted(word, vocabulary))
    said = f" {parted} "
    for theirs in sorted(_SAID, key=lambda phrase: -len(phrase)):
        said = said.replace(f" {theirs} ", f" {_SAID[theirs]} ")
    return [parted, said.strip()]


def _parted(word: str, vocabulary: frozenset[str]) -> list[str]:
    """A word written without spaces as the words it is made of ("muadien"); itself when it is one, or none of ours."""
    if word in vocabulary or len(word) < 5 or word.isdigit():
        return [word]
    ways: list[list[str] | None] = [[], *([None] * len(word))]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 7), end):
            before, piece = ways[start], word[start:end]
            if before is not None and len(piece) >= 2 and piece in vocabulary:
                longer = [*before, piece]
                known = ways[end]
                if known is None or len(longer) < len(known):
                    ways[end] = longer
    return ways[-1] or [word]


def _nearest(word: str, written: dict[str, str]) -> str:
    """The word of the declarations that a misspelt one means, when there is one letter's difference to one alone."""
    if word in written or len(word) < 4 or word in _EMPTY_WORDS:
        return word
    near = [known for known in written if len(known) >= 3 and vietnamese.edit_distance(word, known, 1) <= 1]
    swapped = [known for known in near if sorted(known) == sorted(word)]
    return (swapped or near)[0] if len(swapped or near) == 1 else word


def _vocabulary(services: Iterable[Service]) -> frozenset[str]:
    return _words_of(tuple((s.name.vi, s.name.en, *s.synonyms) for s in services))


@lru_cache(maxsize=16)
def _words_of(phrases: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    said = (word for phrase in _SAID for word in phrase.split())
    return frozenset({w for told in phrases for text in told for w in vietnamese.tokens(text)} | set(said))


@lru_cache(maxsize=16)
def _marked(phrases: tuple[tuple[str, ...], ...]) -> dict[str, str]:
    """Folded words as the declarations most often write them."""
    counts: dict[str, Counter[str]] = {}
    for told in phrases:
        for text in told:
            for word in vietnamese.clean(text).lower().replace(",", " ").split():
                key = vietnamese.search_key(word)
                if key and " " not in key:
                    counts.setdefault(key, Counter())[word] += 1
    return {key: forms.most_common(1)[0][0] for key, forms in counts.items()}


def _likest(service: Service, wanted: Sequence[str]) -> float:
    """Shared trigrams with the phrase that is most alike: for text in which no word is right."""
    text = " ".join(wanted)
    phrases = _phrases(service.name.vi, service.name.en, service.synonyms)
    return max(vietnamese.similarity(text, " ".join(words)) for words in phrases)


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


@lru_cache(maxsize=50_000)
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
