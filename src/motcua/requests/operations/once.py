"""Idempotency keys: an act under a key is done once; the same key again gives the first answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from motcua.config import rows
from motcua.kernel.hashing import fingerprint
from motcua.requests.models import DoneOnce
from motcua.requests.operations.refusals import KeyReused


def claim(*, key: str, act: str, content: Mapping[str, Any], at: datetime) -> DoneOnce | None:
    """Take the key inside the present transaction. None: it is ours, act and call `finish`.

    A row: the act was done before and this is its answer. A second caller at the same instant waits here for the
    first one's commit. Raises KeyReused when the key was used for something else.
    """
    wanted = fingerprint({"act": act, **content})
    if rows.insert_new(DoneOnce(key=key, act=act, content=wanted, at=at)):
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
    found = list(DoneOnce.objects.filter(key__in=wanted))
    for row in found:
        if row.content != wanted[row.key][0]:
            raise KeyReused(key=row.key)
    return {row.key: row for row in found if row.answer is not None}


def finish_many(done: Iterable[DoneOnce]) -> None:
    """Keep the answers of many keys; each row whole."""
    DoneOnce.objects.bulk_create(
        done, update_conflicts=True, unique_fields=["key"], update_fields=["request_id", "answer"]
    )


FINISH = "UPDATE requests_doneonce SET request_id = %s, answer = %s WHERE key = %s"


def finish(*, key: str, request_id: UUID, answer: Mapping[str, Any]) -> None:
    """Keep the answer for whoever sends the same key again."""
    rows.say((FINISH, [request_id, Jsonb(dict(answer)), key]))
