"""The published articles as the assistant may use them: found by a question, told in a language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from motcua.assistant.knowledge import filling
from motcua.assistant.knowledge.filling import Facts
from motcua.assistant.knowledge.index import Answer, Index


@dataclass(frozen=True)
class Written:
    """An article as it was written; the English is empty where nobody wrote it."""

    title: str
    text: str
    title_en: str = ""
    text_en: str = ""


@dataclass(frozen=True)
class Told:
    """An article in the reader's language, its facts put in."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Library:
    """What the company knows to answer."""

    index: Index = field(default_factory=lambda: Index([]))
    written: Mapping[str, Written] = field(default_factory=dict)
    facts: Facts = field(default_factory=lambda: Facts("", "", "", {}))

    def answer(self, text: str, language: str) -> tuple[Answer, list[Told]]:
        """What to do with the question, and its articles in their order."""
        found = self.index.answer(text)
        told = [self.find(hit.article_id, language) for hit in found.hits]
        return found, [one for one in told if one is not None]

    def find(self, article_id: str, language: str) -> Told | None:
        one = self.written.get(article_id)
        if one is None:
            return None
        title, text = (
            (one.title_en or one.title, one.text_en or one.text)
            if language == "en"
            else (one.title, one.text)
        )
        return Told(article_id, title, filling.fill(text, replace(self.facts, language=language)))
