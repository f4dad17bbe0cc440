"""Finding an article by a question: BM25 over folded words, each way of asking by itself. Pure.

Marks only take away: "thuế" finds no "thuê"; without marks a word finds both.

Groups of words that mean the same count as one word; words that say nothing are passed over. Both are the editors' rows.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from motcua.kernel import vietnamese

K1, B = 1.2, 0.75
LONGEST_QUESTION = 60  # words
# An answer is given straight away when it says this much of the question and leads the next one by this factor.
SURE, LEAD = 0.55, 1.25
OFFERED = 0.25  # of the question, for a choice to be worth showing
_ONE_TONE = {"\u0303": "\u0309"}  # tilde, hook


@dataclass(frozen=True)
class Asked:
    """One way of asking, and the article that answers it."""

    article_id: str
    text: str


@dataclass(frozen=True)
class Hit:
    """An article, its best way of asking, BM25 score, and the share of the question's weight that it says (0 to 1)."""

    article_id: str
    text: str
    score: float
    share: float


@dataclass(frozen=True)
class Answer:
    """What to do with a question: answer with the first hit, or offer all of them; none when nothing is near."""

    hits: tuple[Hit, ...]
    is_sure: bool = False


class Index:
    """Built once for the published articles of a company."""

    def __init__(
        self, asked: Iterable[Asked], *, same: Iterable[Sequence[str]] = (), empty: Iterable[str] = ()
    ) -> None:
        self._empty = frozenset(word for text in empty for word in vietnamese.tokens(text))
        self._same = _Same(same)
        self._asked = list(asked)
        self._words = [Counter(self._terms(one.text)) for one in self._asked]
        self._marks = [self._marked(one.text) for one in self._asked]
        self._lengths = [sum(words.values()) for words in self._words]
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0
        in_how_many = Counter(word for words in self._words for word in words)
        total = len(self._words)
        self._weight = {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in in_how_many.items()}
        self._of_word: dict[str, list[int]] = {}
        for number, words in enumerate(self._words):
            for word in words:
                self._of_word.setdefault(word, []).append(number)
        self._unknown = math.log(1 + total + 0.5) if total else 1.0

    def __len__(self) -> int:
        return len(self._asked)

    def search(self, text: str, *, limit: int = 3) -> list[Hit]:
        """The best articles for the question, best first."""
        terms, marks = list(dict.fromkeys(self._terms(text))), _marks_of(text)
        whole = sum(self._weight.get(term, self._unknown) for term in terms)
        if not whole:
            return []
        best: dict[str, Hit] = {}
        for number in {number for term in terms for number in self._of_word.get(term, ())}:
            one = self._asked[number]
            meant = [term for term in terms if not _differ(marks.get(term), self._marks[number].get(term))]
            score = sum(self._score(term, number) for term in meant)
            if not score:
                continue
            known = best.get(one.article_id)
            if known is None or score > known.score:
                said = sum(self._weight[term] for term in meant if term in self._words[number])
                best[one.article_id] = Hit(one.article_id, one.text, score, said / whole)
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.article_id))[:limit]

    def answer(self, text: str) -> Answer:
        """What to do with the question."""
        hits = [hit for hit in self.search(text) if hit.share >= OFFERED]
        if not hits:
            return Answer(())
        leads = len(hits) == 1 or hits[0].score >= LEAD * hits[1].score
        return Answer(tuple(hits), is_sure=leads and hits[0].share >= SURE)

    def _score(self, term: str, number: int) -> float:
        count = self._words[number].get(term, 0)
        if not count:
            return 0.0
        length = K1 * (1 - B + B * self._lengths[number] / self._mean)
        return self._weight[term] * count * (K1 + 1) / (count + length)

    def _marked(self, text: str) -> dict[str, frozenset[str]]:
        """Marks of the words of a way of asking; of a word that stands for another, those it is written with in its group."""
        return {**self._same.marks, **_marks_of(text)}

    def _terms(self, text: str) -> list[str]:
        words = self._same.replace(vietnamese.tokens(text)[:LONGEST_QUESTION])
        kept = [word for word in words if word not in self._empty]
        return kept or words


def _marks_of(text: str) -> dict[str, frozenset[str]]:
    """How the folded words of a text were marked there; words without marks are left out, for many type none.

    The hook and the tilde count as one, for many mix them up; where in the word a tone is written makes no difference.
    """
    found: dict[str, set[str]] = {}
    for word in unicodedata.normalize("NFC", text).lower().split():
        spread = unicodedata.normalize("NFD", word)
        marks = sorted(_ONE_TONE.get(c, c) for c in spread if unicodedata.combining(c) or c == "đ")
        folded = vietnamese.tokens(word)
        if marks and len(folded) == 1:
            found.setdefault(folded[0], set()).add("".join(marks))
    return {word: frozenset(marks) for word, marks in found.items()}


def _differ(asked: frozenset[str] | None, known: frozenset[str] | None) -> bool:
    """True for "thuế" and "thuê": both marked, and differently."""
    return bool(asked and known) and not (asked or frozenset()) & (known or frozenset())


class _Same:
    """Words and phrases that mean the same become the first of their group, the longest first."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        self.marks: dict[str, frozenset[str]] = {}
        for group in groups:
            self.marks |= _marks_of(group[0]) if group else {}
            said = [tuple(vietnamese.tokens(text)) for text in group]
            said = [words for words in said if words]
            for words in said[1:]:
                self._by_first.setdefault(words[0], []).append((words, said[0]))
        for ways in self._by_first.values():
            ways.sort(key=lambda way: -len(way[0]))

    def replace(self, words: Sequence[str]) -> list[str]:
        made: list[str] = []
        at = 0
        while at < len(words):
            way = next(
                (
                    way
                    for way in self._by_first.get(words[at], ())
                    if tuple(words[at : at + len(way[0])]) == way[0]
                ),
                None,
            )
            made += way[1] if way else (words[at],)
            at += len(way[0]) if way else 1
        return made
