"""Calls of providers as they came: stored under their own id before they are read and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from motcua.kernel import hashing, ids
from motcua.payments import rules
from motcua.payments.models import GatewayCall

DONE, IGNORED, FAILED = "DONE", "IGNORED", "FAILED"
MOST_ATTEMPTS = 40  # the last ones half an hour apart: most of a day


@dataclass(frozen=True)
class StoredCall:
    """`is_new`: never came before. `differs`: the same id came before with another body."""

    id: UUID
    is_new: bool
    differs: bool
    state: str


@transaction.atomic
def store_call(*, source: str, external_id: str, body: bytes, at: datetime) -> StoredCall:
    """Keep a genuine call under (source, its id); the same one again is not kept twice, another body is, beside it."""
    call_id, digest = ids.new_id(at), hashing.sha256_hex(body)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_gatewaycall
                   (id, source, external_id, body_sha256, body, received_at, state, verdict, attempts, next_at)
            VALUES (%s, %s, %s, %s, %s, %s, 'RECEIVED', '', 0, %s)
            ON CONFLICT (source, external_id, body_sha256) DO NOTHING
            """,
            [call_id, source, external_id[:100], digest, body, at, at],
        )
        is_new = cursor.rowcount == 1
    same_id = GatewayCall.objects.filter(source=source, external_id=external_id[:100])
    row = same_id.get(body_sha256=digest)
    return StoredCall(row.id, is_new, same_id.exclude(body_sha256=digest).exists(), row.state)


@transaction.atomic
def finish_call(*, call_id: UUID, state: str, verdict: str, at: datetime) -> None:
    """What became of it; said once, a repeat changes nothing."""
    GatewayCall.objects.filter(id=call_id, state__in=["RECEIVED", "FAILED"]).update(
        state=state, verdict=verdict[:40], processed_at=at
    )


@transaction.atomic
def postpone_call(*, call_id: UUID, verdict: str, at: datetime) -> None:
    """It could not be worked on now: later, twice as long each time; in the end a person must look."""
    call = GatewayCall.objects.select_for_update().get(id=call_id)
    if call.state != "RECEIVED":
        return
    call.attempts += 1
    call.next_at = rules.retry_at(at, call.attempts)
    call.verdict = verdict[:40]
    if call.attempts >= MOST_ATTEMPTS:
        call.state = FAILED
    call.save(update_fields=["attempts", "next_at", "verdict", "state"])


def list_due(*, at: datetime, limit: int) -> list[GatewayCall]:
    """Stored calls that nobody finished: their process died, or something was not ready."""
    return list(
        GatewayCall.objects.filter(state="RECEIVED", next_at__lte=at).order_by("next_at", "id")[:limit]
    )
