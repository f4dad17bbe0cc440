"""The articles and words that a new company begins with."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from typing import Any

import yaml

from motcua.assistant.knowledge import operations
from motcua.assistant.models import Article, ArticleState, WordList
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.services import catalogue


def read() -> dict[str, Any]:
    """The file: `same` and `empty` words, `articles`."""
    text = resources.files("motcua.assistant.knowledge").joinpath("first.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def ensure(*, actor: Actor, at: datetime) -> int:
    """Give the company of now its first articles and words, unless it has any; how many articles were written."""
    if Article.objects.exists():
        return 0
    told = read()
    services = {service.code: service for service in catalogue.list_services(local_date(at))}
    for one in told["articles"]:
        operations.write_article(
            text=operations.Text(
                one["title"], one["answer"], one["title_en"], one["answer_en"], tuple(one["wordings"])
            ),
            state=ArticleState.PUBLISHED, services=services, actor=actor, at=at,
        )  # fmt: skip
    operations.set_words(kind=WordList.Kind.SAME, lists=told["same"])
    operations.set_words(kind=WordList.Kind.EMPTY, lists=[told["empty"]])
    return len(told["articles"])
