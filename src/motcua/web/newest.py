"""Pages of requests by key: the rows of one page, the address of the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet

from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from motcua.web.request_lines import HEAVY

PAGE = 50
NO_DEADLINE = "-"


def light(rows: QuerySet[Request]) -> QuerySet[Request]:
    """With the answers (who asks stands in them) and without the rest of the data."""
    return rows.select_related("data").defer(*(f"data__{name}" for name in HEAVY))


def read_key(key: str) -> tuple[datetime | None, UUID] | None:
    """Where a page ended: its instant, if any, and id; None for nonsense."""
    instant, _, id = key.partition("~")
    try:
        return (None if instant == NO_DEADLINE else datetime.fromisoformat(instant)), UUID(id)
    except ValueError:
        return None


def newest_page(rows: QuerySet[Request], key: str) -> list[Request]:
    """A page of a list of the newest first, and one row more."""
    found = read_key(key)
    if found and found[0]:
        rows = request_queries.older_than(rows, found[0], found[1])
    return list(light(rows)[: PAGE + 1])


def newest_link(shown: Sequence[Request], query: Mapping[str, str]) -> str:
    """The address of the next page of the newest first, or nothing."""
    if len(shown) <= PAGE:
        return ""
    last = shown[PAGE - 1]
    key = f"{last.submitted_at.isoformat()}~{last.id}"
    return "?" + urlencode({name: value for name, value in {**query, "sau": key}.items() if value})
