"""At the door of the bank interface: a nonce is used once, calls are counted, and what was called is noted.

None of it is money, so it is not waited for until it is on disk: a crash may forget the last moments of it, and a call
that is replayed over that gap finds its first answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from motcua.payments import banking
from motcua.payments.models import PartnerCall, PartnerMinute, PartnerNonce

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says
CALLS_KEPT = timedelta(days=35)
REFUSALS_NOTED_A_MINUTE = 60

_ADMIT = """
WITH fast AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
nonce AS (
    INSERT INTO payments_partnernonce (partner_id, nonce, at) SELECT %(partner)s, %(nonce)s::text, %(at)s FROM fast
    WHERE %(nonce)s::text <> '' ON CONFLICT (partner_id, nonce) DO NOTHING RETURNING 1),
counted AS (
    INSERT INTO payments_partnerminute AS m (partner_id, minute, calls) VALUES (%(partner)s, %(minute)s, 1)
    ON CONFLICT (partner_id, minute) DO UPDATE SET calls = m.calls + 1 RETURNING calls)
SELECT %(nonce)s::text = '' OR EXISTS (SELECT 1 FROM nonce), (SELECT calls FROM counted)
"""

_NOTE = """
WITH fast AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO payments_partnercall (partner_id, at, call, request_id, code, reason, took_ms)
SELECT %s, %s, %s, %s, %s, %s, %s FROM fast
"""


@dataclass(frozen=True)
class Admitted:
    """Whether the nonce was new, and how many calls this minute has seen with this one."""

    is_nonce_new: bool
    calls: int


def admit_call(*, partner_code: str, nonce: str, at: datetime) -> Admitted:
    """Use up the nonce (an empty one is none) and count the call, in one statement."""
    told: dict[str, Any] = {
        "partner": partner_code,
        "nonce": nonce,
        "at": at,
        "minute": at.replace(second=0, microsecond=0),
    }
    with _wrapper.prepared_cursor() as cursor:
        cursor.execute(_ADMIT, told)
        is_new, calls = cursor.fetchone()
    return Admitted(bool(is_new), int(calls))


def note_call(
    *, partner_code: str, call: str, request_id: str, code: str, took_ms: int, at: datetime, reason: str = ""
) -> None:
    """Write down that a bank called and what it was answered."""
    row: list[Any] = [partner_code, at, call[:20], request_id[:64], code, reason[:40], max(took_ms, 0)]
    with _wrapper.prepared_cursor() as cursor:
        cursor.execute(_NOTE, row)


def note_refusal(
    *, partner_code: str, call: str, request_id: str, code: str, reason: str, at: datetime
) -> None:
    """Write down a call that was not let in; no more than so many a minute, since anybody can make them."""
    since = at - timedelta(minutes=1)
    recent = PartnerCall.objects.filter(partner_id=partner_code, at__gt=since).exclude(code="00")
    if recent[:REFUSALS_NOTED_A_MINUTE].count() < REFUSALS_NOTED_A_MINUTE:
        note_call(
            partner_code=partner_code, call=call, request_id=request_id, code=code, took_ms=0, reason=reason, at=at
        )  # fmt: skip


def forget_old(*, at: datetime) -> int:
    """Drop nonces and counts that nothing asks for any more, and calls of long ago; how many rows."""
    nonces, _ = PartnerNonce.objects.filter(at__lt=at - 3 * banking.WINDOW).delete()
    minutes, _ = PartnerMinute.objects.filter(minute__lt=at - timedelta(hours=1)).delete()
    calls, _ = PartnerCall.objects.filter(at__lt=at - CALLS_KEPT).delete()
    return nonces + minutes + calls
