"""Messages with their meaning in files: our own simple format, and folders of BIO files.

Simple: one JSON object a line, `{"text": "...", "intent": "...", "slots": [{"kind": "...", "start": 0, "end": 4}]}`
(`slots` may be left out), or a line of intent, tab, text. A folder holds `seq.in`, `seq.out` and `label`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Span:
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Message:
    text: str
    intent: str
    spans: tuple[Span, ...] = ()


class DatasetWrong(ValueError):
    """A file is not in a format we read; the text names file and line."""


def read(path: Path) -> list[Message]:
    """All messages of a file or folder. Raises DatasetWrong, or OSError where there is none."""
    if path.is_dir():
        return list(_read_bio(path))
    found = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            found.append(_from_json(line) if line.lstrip().startswith("{") else _from_tabs(line))
        except KeyError as problem:
            raise DatasetWrong(f"{path}:{number}: {problem.args[0]} is missing") from None
        except (TypeError, ValueError, AttributeError) as problem:
            raise DatasetWrong(f"{path}:{number}: {problem}") from None
    return found


def _lines(path: Path) -> list[str]:
    """Lines end where editors end them: a word separator inside a message (U+2028, form feed) ends none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise DatasetWrong(f"{path}: not UTF-8 at byte {problem.start}") from None
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _from_json(line: str) -> Message:
    told = json.loads(line)
    spans = tuple(Span(str(s["kind"]), int(s["start"]), int(s["end"])) for s in told.get("slots", ()))
    text = str(told["text"])
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise ValueError(f"a span outside the text: {span.start} to {span.end}")
    return Message(text, str(told["intent"]), spans)


def _from_tabs(line: str) -> Message:
    intent, tab, text = line.partition("\t")
    if not tab or not text.strip():
        raise ValueError("neither JSON nor intent, tab, text")
    return Message(text.strip(), intent.strip())


def _read_bio(folder: Path) -> Iterator[Message]:
    columns = [_lines(folder / name) for name in ("seq.in", "seq.out", "label")]
    if len({len(column) for column in columns}) != 1:
        raise DatasetWrong(f"{folder}: seq.in, seq.out and label differ in length")
    for number, (words, tags, label) in enumerate(zip(*columns, strict=True), start=1):
        pieces, marks = words.split(), tags.split()
        if len(pieces) != len(marks):
            raise DatasetWrong(f"{folder}/seq.out:{number}: {len(pieces)} words, {len(marks)} tags")
        yield Message(" ".join(pieces), label.strip(), tuple(_spans(pieces, marks)))


def _spans(words: list[str], tags: list[str]) -> Iterator[Span]:
    """Spans of letters from tags of words; an I- without its B- begins a span."""
    at, begun, kind, end = 0, 0, "", 0
    for word, tag in zip(words, tags, strict=True):
        part, _, name = tag.partition("-")
        if kind and (part != "I" or name != kind):
            yield Span(kind, begun, end)
            kind = ""
        if part in ("B", "I") and not kind:
            begun, kind = at, name
        end = at + len(word)
        at = end + 1
    if kind:
        yield Span(kind, begun, end)
