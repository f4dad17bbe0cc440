"""A message brought to plain folded words: letters, raw keys, short forms in context, stuck words. No marks are left.

The order matters (each step feeds the next) and every step works on folded words alone, so that a message with
its marks and the same without them come out equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from motcua.assistant.understanding import syllables, tables

MOST_CHARACTERS = 1000
EMOJI = "emoji"
_ODD = re.compile(r"[^\n -~À-ỹ]")  # anything but plain letters, marks and signs
_TOKEN = re.compile(r"#[a-z]+|[^\W_]+|[?:]", re.UNICODE)
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]+")
_SMILE = re.compile(r"(?<!\w)[:=;]['-]?[()dp3]+(?!\w)|\^\^|(?<!\w)[xt]\.?[xt](?!\w)|[:=]v\b")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_NUMBER = re.compile(r"\d[\d.,]*")
_GLUED = re.compile(r"(\d+)([a-z]+)|([a-z]+)(\d+)")
_UNITS = frozenset(
    "k tr trieu ty ngan nghin kw kwh kva a ampe h gio p q t th thang so ky pha m mm nam hp vnd d".split()  # noqa: SIM905
)
STUCK_LENGTH = 6
STUCK_PIECES = 4


@dataclass(frozen=True)
class Spelled:
    """The folded words of a message, and the same as one text."""

    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def compose(text: str) -> str:
    """NFC, without invisible characters, odd spaces made plain; the text that spans of slots count in."""
    composed = unicodedata.normalize("NFC", text)
    if not _ODD.search(composed):
        return composed
    return "".join(
        " " if unicodedata.category(c) in ("Zs", "Zl", "Zp", "Cc") and c != "\n" else c
        for c in composed
        if unicodedata.category(c) not in ("Cf", "Mn") or c == "\n"
    )


def spell(text: str, known: Collection[str] = ()) -> Spelled:
    """The plain words of a message. `known` are the words of the seeds: stuck words are cut into these alone."""
    told = _REPEATED.sub(r"\1", _with_emoji_named(compose(text[:MOST_CHARACTERS]).lower()))
    tokens = [_fold(token) for token in _TOKEN.findall(told)]
    tokens = [piece for token in tokens for piece in _unglued(token)]
    with_vni = any(re.fullmatch(r"[a-z]+\d?[a-z]*[6-9][a-z]*\d?", token) for token in tokens)
    tokens = [_decoded(token, with_vni) for token in tokens]
    tokens = expand(tokens)
    words = [word for word in tokens if word not in ("?", ":")]
    return Spelled(tuple(piece for word in words for piece in _cut(word, known)))


def _with_emoji_named(told: str) -> str:
    return _SMILE.sub(f" {EMOJI} ", _EMOJI.sub(f" {EMOJI} ", told))


def _fold(token: str) -> str:
    return syllables.fold_syllable(token) if not token.isascii() else token


def _unglued(token: str) -> list[str]:
    """ "300k" and "t9" as number and unit; raw VNI keys and codes stay whole."""
    found = _GLUED.fullmatch(token)
    if found is None:
        return [token]
    number, unit = (found[1], found[2]) if found[1] else (found[4], found[3])
    if unit not in _UNITS:
        return [token]
    return [number, unit] if found[1] else [unit, number]


def _decoded(token: str, with_vni: bool) -> str:
    if syllables.is_syllable(token):
        return token
    meant = syllables.decode(token, with_vni=with_vni)
    if meant is None or token in tables.abbreviations():
        return token
    return _fold(meant)


def expand(tokens: Sequence[str]) -> list[str]:
    """Short forms written out, each by its neighbours."""
    table = tables.abbreviations()
    out: list[str] = []
    for at, token in enumerate(tokens):
        readings = table.get(token)
        meant = next((r.meant for r in readings or () if _holds(r, tokens, at)), None)
        out += [token] if meant is None or meant == ("=",) else meant
    return out


def _holds(reading: tables.Reading, tokens: Sequence[str], at: int) -> bool:
    before = tokens[at - 1] if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    match reading.condition:
        case "":
            return True
        case "after":
            return before in reading.words
        case "before":
            return after in reading.words
        case "near":
            around = (*tokens[max(0, at - 2) : at], *tokens[at + 1 : at + 3])
            return any(word in reading.words for word in around)
        case "first":
            return not at and len(tokens) > 1
        case "last":
            return bool(at) and (not after or after == "?")
        case "alone":
            return len(tokens) == 1
        case "afternumber":
            return bool(_NUMBER.fullmatch(before))
        case "beforenumber":
            return bool(_NUMBER.fullmatch(after))
    return False


def _cut(token: str, known: Collection[str]) -> list[str]:
    """A long word nobody knows as the words of the seeds that are stuck in it: "matdien" is "mat dien"."""
    if len(token) < STUCK_LENGTH or not token.isalpha() or token in known or not known:
        return [token]
    if token in tables.words("foreign") or syllables.is_syllable(token):
        return [token]
    best: list[list[str] | None] = [[]] + [None] * len(token)
    for end in range(1, len(token) + 1):
        for start in range(max(0, end - 7), end):
            head, piece = best[start], token[start:end]
            if head is None or len(head) == STUCK_PIECES or piece not in known:
                continue
            if len(piece) < 2 or not syllables.is_syllable(piece):
                continue
            if best[end] is None or len(head) + 1 < len(best[end] or ()):
                best[end] = [*head, piece]
    return best[-1] or [token]
