"""Idempotency keys: an act under a key is done once; the same key again gives the first answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from motcua.kernel.hashing import fingerprint
from motcua.requests.models import DoneOnce
from motcua.requests.operations.refusals import KeyReused

# An upsert of Django's does not tell which of the two it was, and would cost every act a second question.
CLAIM = """
INSERT INTO requests_doneonce (key, act, content, at) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING true
"""


def claim(*, key: str, act: str, content: Mapping[str, Any], at: datetime) -> DoneOnce | None:
    """Take the key inside the present transaction. None: it is ours, act and call `finish`.

    A row: the act was done before and this is its answer. A second caller at the same instant waits here for the
    first one's commit. Raises KeyReused when the key was used for something else.
    """
    wanted = fingerprint({"act": act, **content})
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [key, act, wanted, at])
        if cursor.fetchone():
            return None
    row = DoneOnce.objects.get(key=key)
    if row.content != wanted:
        raise KeyReused(key=key)
    return row if row.answer is not None else None


def claim_many(acts: Sequence[tuple[str, Mapping[str, Any], datetime]], *, act: str) -> dict[str, DoneOnce]:
    """Take many keys at once (key, content, instant); those whose act was done before, by key. Raises KeyReused."""
    wanted = {key: (fingerprint({"act": act, **content}), at) for key, content, at in acts}
    DoneOnce.objects.bulk_create(
        [DoneOnce(key=key, act=act, content=wanted[key][0], at=wanted[key][1]) for key in sorted(wanted)],
        ignore_conflicts=True,
    )
    rows = list(DoneOnce.objects.filter(key__in=wanted))
    for row in rows:
        if row.content != wanted[row.key][0]:
            raise KeyReused(key=row.key)
    return {row.key: row for row in rows if row.answer is not None}


def finish_many(rows: Iterable[DoneOnce]) -> None:
    """Keep the answers of many keys; each row whole."""
    DoneOnce.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["request_id", "answer"]
    )


def finish(*, key: str, request_id: UUID, answer: Mapping[str, Any]) -> None:
    """Keep the answer for whoever sends the same key again."""
    DoneOnce.objects.filter(key=key).update(request_id=request_id, answer=dict(answer))
