"""Head-ends that may call this company, and how often."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.connectors.models import HeadEnd, HeadEndMinute, ReadingBatch
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import seals

MOST_CALLS = 100_000
MINUTES_KEPT = timedelta(hours=1)

_COUNT = """
INSERT INTO connectors_headendminute AS m (head_end_id, minute, calls) VALUES (%s, %s, 1)
ON CONFLICT (head_end_id, minute) DO UPDATE SET calls = m.calls + 1 RETURNING calls
"""


class HeadEndExists(Refused):
    code = "HEAD_END_EXISTS"
    message = gettext_noop("Mã hệ thống đo %(head_end)s đã dùng với thông tin khác.")


class HeadEndUnitUnknown(Refused):
    code = "HEAD_END_UNIT_UNKNOWN"
    message = gettext_noop("Không có đơn vị %(unit)s.")


class CallsInvalid(Refused):
    code = "CALLS_INVALID"
    message = gettext_noop("Số lần gọi mỗi phút từ 1 đến 100.000.")


@dataclass(frozen=True)
class HeadEndView:
    code: str
    name: str
    unit_code: str
    calls_per_minute: int
    is_active: bool

    @property
    def unit_codes(self) -> Collection[str]:
        """Whose meters it may tell of."""
        return company_queries.list_unit_codes_below(frozenset([self.unit_code]))

    @property
    def actor(self) -> Actor:
        return Actor.partner(self.code, self.name)


def _view(row: HeadEnd) -> HeadEndView:
    return HeadEndView(row.code, row.name, row.unit_code, row.calls_per_minute, row.is_active)


def find_head_end(code: str) -> HeadEndView | None:
    """The head-end of this company with that code; those of other companies are not there."""
    row = HeadEnd.objects.filter(code=code).first()
    return _view(row) if row else None


def list_head_ends() -> list[HeadEndView]:
    return [_view(row) for row in HeadEnd.objects.order_by("code")]


def list_batches(code: str, *, limit: int) -> list[ReadingBatch]:
    """What it sent last, newest first."""
    return list(ReadingBatch.objects.filter(head_end_id=code).order_by("-received_at", "-id")[:limit])


def get_secret(code: str) -> str:
    """To check signatures with; never to be shown or logged. Raises HeadEnd.DoesNotExist, SealBroken."""
    return seals.unseal(HeadEnd.objects.get(code=code).secret_sealed, settings.SECRET_KEY)


def count_call(code: str, at: datetime) -> int:
    """How many calls this minute has seen with this one; what nobody asks for any more is forgotten on the way."""
    minute = at.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [code, minute])
        (calls,) = cursor.fetchone()
    if calls == 1:
        HeadEndMinute.objects.filter(head_end_id=code, minute__lt=at - MINUTES_KEPT).delete()
    return int(calls)


@transaction.atomic
def add_head_end(
    *,
    code: str,
    name: str,
    unit_code: str,
    secret: str,
    actor: Actor,
    at: datetime,
    calls_per_minute: int = 120,
) -> None:
    """Let a metering system hand in readings. The same again changes nothing.

    Refuses HeadEndUnitUnknown, CallsInvalid, HeadEndExists.
    """
    _require(unit_code, calls_per_minute)
    row, is_new = HeadEnd.objects.get_or_create(
        code=code,
        defaults={
            "name": name, "unit_code": unit_code, "calls_per_minute": calls_per_minute,
            "secret_sealed": seals.seal(secret, settings.SECRET_KEY), "created_at": at,
        },
    )  # fmt: skip
    if not is_new:
        same = hmac.compare_digest(seals.unseal(row.secret_sealed, settings.SECRET_KEY), secret)
        if not same or row.unit_code != unit_code:
            raise HeadEndExists(field="code", head_end=code)
        return
    _audit("head-end.added", code, actor, at, {"unit": unit_code})


@transaction.atomic
def change_head_end(
    *,
    code: str,
    actor: Actor,
    at: datetime,
    is_active: bool | None = None,
    calls_per_minute: int | None = None,
    unit_code: str | None = None,
    secret: str | None = None,
) -> None:
    """Switch it off or on; another limit, another unit, another secret, which ends the old one at once.

    Refuses NotFound, HeadEndUnitUnknown, CallsInvalid.
    """
    row = HeadEnd.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound(field="code")
    told = {"is_active": is_active, "calls_per_minute": calls_per_minute, "unit_code": unit_code}
    changed = {name: value for name, value in told.items() if value not in (None, getattr(row, name))}
    for name, value in changed.items():
        setattr(row, name, value)
    _require(row.unit_code, row.calls_per_minute)
    if secret is not None:
        row.secret_sealed = seals.seal(secret, settings.SECRET_KEY)
    row.save()
    _audit(
        "head-end.changed",
        code,
        actor,
        at,
        {"changed": sorted([*changed, *(["secret"] if secret is not None else [])])},
    )


def _require(unit_code: str, calls_per_minute: int) -> None:
    if not company_queries.list_units([unit_code]):
        raise HeadEndUnitUnknown(field="unit_code", unit=unit_code)
    if not 0 < calls_per_minute <= MOST_CALLS:
        raise CallsInvalid(field="calls_per_minute")


def _audit(verb: str, code: str, actor: Actor, at: datetime, facts: Mapping[str, object]) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="head_end", subject_id=code, at=at, facts={"head_end": code, **facts}
    )  # fmt: skip
