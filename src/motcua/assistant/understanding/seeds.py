"""The messages that the model learns from: `data/intents`, one file an intent, and the declared services' own words.

A file begins with `# title: Vietnamese | English`, `# page: /…/` or `# service: CODE` (what follows from the
intent), `# anchor: yes` (only with a word of electricity in the message), `# declared: no` (not from the declared service's words); every other line is one message.
A file named as a service belongs to that service; a service without a file learns from its declaration alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from motcua.assistant.understanding import normalising, slots, tables
from motcua.assistant.understanding.model import OTHER
from motcua.assistant.understanding.training import Example

INTENTS = tables.DATA / "intents"
PLACE = slots.MASKS[slots.Kind.ADDRESS]
CODE = Path(__file__).parent
# What changes the meaning of a model file when it changes.
SOURCES = (
    "syllables.py",
    "normalising.py",
    "features.py",
    "augmenting.py",
    "training.py",
    "model.py",
    "seeds.py",
    "slots/amounts.py",
    "slots/codes.py",
    "slots/finding.py",
    "slots/places.py",
)
_HEAD = re.compile(r"#\s*(title|page|service|second|anchor|declared):\s*(.*)")


@dataclass(frozen=True)
class Intent:
    """What people may want, and what follows from it."""

    code: str
    title_vi: str = ""
    title_en: str = ""
    page: str = ""
    service: str = ""
    second: str = ""  # another service to offer beside
    needs_anchor: bool = True
    takes_declared: bool = True  # learns the declared service's own words too
    messages: tuple[str, ...] = ()

    @property
    def is_service(self) -> bool:
        return self.code.isupper()


class SeedsWrong(ValueError):
    """A file of seeds cannot be read; the text names it."""


@cache
def intents() -> dict[str, Intent]:
    """All intents with files, by code."""
    return {path.stem: _read(path) for path in sorted(INTENTS.glob("*.txt"))}


def _read(path: Path) -> Intent:
    head: dict[str, str] = {}
    messages = []
    for line in path.read_text(encoding="utf-8").splitlines():
        found = _HEAD.match(line)
        if found:
            head[found[1]] = found[2].strip()
        elif line.strip() and not line.startswith("#"):
            messages.append(line.strip())
    code = path.stem
    if not code.isupper() and code != OTHER and "title" not in head:
        raise SeedsWrong(f"{path.name} has no title")
    vi, _, en = head.get("title", "").partition("|")
    return Intent(
        code=code,
        title_vi=vi.strip(),
        title_en=en.strip(),
        page=head.get("page", ""),
        service=head.get("service", code if code.isupper() else ""),
        second=head.get("second", ""),
        needs_anchor=head.get("anchor", "yes") == "yes",
        takes_declared=head.get("declared", "yes") == "yes",
        messages=tuple(messages),
    )


def examples(declared: Mapping[str, Sequence[str]] | None = None) -> list[Example]:
    """All messages in plain words, each once; `declared` are the services' names and words by code.

    Where two intents claim the same plain words, the message of a file goes before a word of a declaration.
    """
    written = [(text, intent.code) for intent in intents().values() for text in intent.messages]
    named = [
        (text, code)
        for code, texts in (declared or {}).items()
        if code not in intents() or intents()[code].takes_declared
        for text in texts
    ]
    known = vocabulary_words([text for text, _ in [*written, *named]])
    found: dict[tuple[str, ...], Example] = {}
    for text, code in [*written, *named]:
        words = plain_words(text, known)
        if words:
            found.setdefault(words, Example(words, code))
    return list(found.values())


def plain_words(text: str, known: Collection[str] = ()) -> tuple[str, ...]:
    """A message as the classifier sees it: values masked, the rest brought to plain words.

    A place says nothing of the wish and is left out, unless it is all there is.
    """
    words = normalising.spell(slots.masked(text[: normalising.MOST_CHARACTERS]), known).words
    return tuple(word for word in words if word != PLACE) or words


def vocabulary_words(messages: Sequence[str]) -> frozenset[str]:
    """The single words that messages are made of: stuck words are cut into these."""
    return frozenset(word for text in messages for word in plain_words(text) if len(word) > 1)


def source(declared: Mapping[str, Sequence[str]] | None = None) -> str:
    """A hash of everything that a model is made of: seeds, tables, declared words, the code that reads them."""
    digest = hashlib.sha256()
    files = [*INTENTS.glob("*.txt"), *tables.WORDS.glob("*.txt"), *(CODE / name for name in SOURCES)]
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for code in sorted(declared or {}):
        digest.update(f"{code}\0{'|'.join((declared or {})[code])}\0".encode())
    return digest.hexdigest()[:20]
