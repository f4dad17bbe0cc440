"""Reads: articles for editors and customers, and the index kept by each process under the mark of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from motcua.assistant.knowledge.index import Answer, Asked, Index
from motcua.assistant.models import Article, ArticleState, ArticleVersion, KnowledgeMark, WordList
from motcua.kernel import vietnamese
from motcua.kernel.ids import parse_id

MOST = 500
_wrapper: Any = connection  # the library's wrapper knows more than Django's type says


@dataclass(frozen=True)
class Known:
    """The published articles as they stood under one mark. Read it, never change it."""

    index: Index
    articles: dict[str, Article]


def known() -> Known:
    """What the company knows now; one small question when nothing changed."""
    mark = KnowledgeMark.objects.values_list("mark", flat=True).first()
    return _known(_wrapper.schema_name, mark)


@lru_cache(maxsize=16)
def _known(_schema: str, _mark: UUID | None) -> Known:
    articles = {
        str(row.id): row for row in Article.objects.filter(state=ArticleState.PUBLISHED).order_by("id")
    }
    asked = [
        Asked(id, text)
        for id, row in articles.items()
        for text in (row.title, row.title_en, *row.wordings)
        if text
    ]
    same, empty = list_words(WordList.Kind.SAME), list_words(WordList.Kind.EMPTY)
    return Known(Index(asked, same=same, empty=[word for words in empty for word in words]), articles)


def list_words(kind: str) -> list[list[str]]:
    """The lists of words of a kind, in the order they were written."""
    return list(WordList.objects.filter(kind=kind).order_by("id").values_list("words", flat=True))


def ask(text: str) -> tuple[Answer, list[Article]]:
    """What to do with the question, and the articles of its hits in their order."""
    now = known()
    found = now.index.answer(text)
    return found, [now.articles[hit.article_id] for hit in found.hits]


def find_published(article_id: object) -> Article | None:
    id = parse_id(article_id)
    return Article.objects.filter(id=id, state=ArticleState.PUBLISHED).first() if id else None


def find_article(article_id: UUID) -> Article | None:
    return Article.objects.filter(id=article_id).first()


def list_articles(*, state: str = "", text: str = "") -> Sequence[Article]:
    """Articles by title; those whose words hold all words of the text."""
    rows = Article.objects.order_by("title")
    if state:
        rows = rows.filter(state=state)
    wanted = vietnamese.tokens(text)
    if not wanted:
        return list(rows[:MOST])
    said = [
        (row, vietnamese.search_key(" ".join([row.title, row.answer, *row.wordings])))
        for row in rows[: MOST * 4]
    ]
    return [row for row, key in said if all(f" {word}" in f" {key}" for word in wanted)][:MOST]


def list_versions(article_id: UUID) -> Sequence[ArticleVersion]:
    """What the article said before, the newest first."""
    return list(ArticleVersion.objects.filter(article_id=article_id).order_by("-version")[:100])
