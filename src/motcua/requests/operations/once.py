"""Idempotency keys: an act under a key is done once; the same key again gives the first answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from motcua.kernel.hashing import fingerprint
from motcua.requests.models import DoneOnce
from motcua.requests.operations.refusals import KeyReused


def claim(*, key: str, act: str, content: Mapping[str, Any], at: datetime) -> DoneOnce | None:
    """Take the key inside the present transaction. None: it is ours, act and call `finish`.

    A row: the act was done before and this is its answer. A second caller at the same instant waits here for the
    first one's commit. Raises KeyReused when the key was used for something else.
    """
    wanted = fingerprint({"act": act, **content})
    made = DoneOnce.objects.bulk_create(
        [DoneOnce(key=key, act=act, content=wanted, at=at)], ignore_conflicts=True
    )
    assert made
    row = DoneOnce.objects.get(key=key)
    if row.content != wanted:
        raise KeyReused(key=key)
    return row if row.answer is not None else None


def finish(*, key: str, request_id: UUID, answer: Mapping[str, Any]) -> None:
    """Keep the answer for whoever sends the same key again."""
    DoneOnce.objects.filter(key=key).update(request_id=request_id, answer=dict(answer))
