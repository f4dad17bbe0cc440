"""What goes in and out of the public API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema


class ServiceOut(Schema):
    """A service as offered today."""

    code: str
    version: int
    name: str
    name_en: str
    summary: str
    promise: str
    valid_from: date
    questions: int


class RequestIn(Schema):
    """Answers by question, as the service's JSON Schema says."""

    service: str = Field(max_length=20)
    answers: dict[str, Any]


class RequestOut(Schema):
    """The receipt. Sent again under the same key, `code_word` is empty: it is told once."""

    id: UUID
    number: str
    step: str
    due_at: datetime | None
    code_word: str
    follow_link: str
    was_sent_before: bool


class Problem(Schema):
    """What is wrong: a stable code, a sentence, and problems by field."""

    code: str
    message: str
    fields: dict[str, list[str]] = {}
