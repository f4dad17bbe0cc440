"""Pairs of tokens that are changed one for the next, each once: kept so that a live one is never lost by our doing.

One refresher an account at a time, by a lease in the row that outlives any call. A new pair is committed before anybody
uses it, the one before it and the raw answer are kept, sealed. A refusal wipes nothing: the account NEEDS CONSENT, staff
are told, and what waits to be sent waits on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from motcua.channels import credentials
from motcua.channels.models import ChannelToken, TokenState
from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)  # longer than any call may take
REFRESH_BEFORE = timedelta(hours=5)
ALARM_BEFORE = timedelta(days=14)
SYSTEM = Actor.system("channel-tokens")


class NeedsConsent(Exception):
    """An administrator of the account must consent again; until then nothing can be sent."""


class Busy(Exception):
    """Another worker changes the tokens just now."""


class RefusedByProvider(Exception):
    """The provider did not give a pair. What it said in code goes with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Given:
    """A pair as a provider gave it. Both are non-empty, or it is no pair."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    life: timedelta
    refresh_life: timedelta
    raw: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not (self.access and self.refresh):
            raise ValueError("half a pair")


@dataclass(frozen=True)
class Pair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    generation: int
    access_until: datetime


@dataclass(frozen=True)
class TokenView:
    """How it stands with an account's tokens, without them."""

    channel: str
    state: str
    generation: int
    access_until: datetime | None
    refresh_until: datetime | None
    refused_code: str
    refused_at: datetime | None

    @property
    def needs_consent(self) -> bool:
        return self.state == TokenState.NEEDS_CONSENT


Exchange = Callable[[str], Given]


def find_token(channel: str) -> TokenView | None:
    row = ChannelToken.objects.filter(channel=channel).first()
    names = TokenView.__dataclass_fields__
    return None if row is None else TokenView(**{name: getattr(row, name) for name in names})


def list_alarms(at: datetime) -> list[str]:
    """What an operator must know of the company's tokens: consent that is missing, or ends within a fortnight."""
    found = []
    for row in ChannelToken.objects.order_by("channel"):
        if row.state == TokenState.NEEDS_CONSENT and row.generation:
            found.append(f"{row.channel}: needs consent ({row.refused_code or 'revoked'})")
        elif row.refresh_until is not None and row.refresh_until - at < ALARM_BEFORE:
            found.append(f"{row.channel}: consent ends in {max((row.refresh_until - at).days, 0)} days")
    return found


def keep(channel: str, given: Given, *, at: datetime, actor: Actor = SYSTEM, lease: Any = None) -> Pair:
    """Commit a new pair, the only one that opens from now on. Locks the row. A pair of an older generation than the row's
    is not taken: with a `lease`, only while nobody has consented anew meanwhile.
    """
    with transaction.atomic():
        ChannelToken.objects.bulk_create(
            [ChannelToken(channel=channel, changed_at=at)], ignore_conflicts=True
        )
        row = ChannelToken.objects.select_for_update().get(channel=channel)
        if lease is not None and row.lease != lease:
            return _pair(row)
        row.sealed_before = row.sealed_pair
        row.sealed_pair = credentials.seal([given.access, given.refresh], settings.SECRET_KEY)
        row.sealed_answer = credentials.seal(given.raw[:4000], settings.SECRET_KEY)
        row.generation += 1
        row.state, row.refused_code, row.refused_at = TokenState.LIVE, "", None
        row.access_until, row.refresh_until = at + given.life, at + given.refresh_life
        row.lease, row.lease_until, row.changed_at = None, None, at
        row.sealed_asked, row.asked_until = "", None
        row.save()
        if actor != SYSTEM:
            company_ops.record_audit(
                actor=actor, verb="channel.consented", subject_type="channel_account", subject_id=channel, at=at,
                facts={"generation": row.generation},
            )  # fmt: skip
        return _pair(row)


def get_pair(channel: str, *, at: datetime, exchange: Exchange) -> Pair:
    """A pair whose access token is alive, refreshed first where it is not. Raises NeedsConsent, Busy."""
    row = ChannelToken.objects.filter(channel=channel).first()
    if row is None or not row.sealed_pair:
        raise NeedsConsent
    if row.access_until is not None and row.access_until > at:
        return _pair(row)
    return refresh(channel, seen=row.generation, at=at, exchange=exchange)


def refresh(channel: str, *, seen: int, at: datetime, exchange: Exchange) -> Pair:
    """Change the pair of generation `seen` for the next; when somebody has done so already, that one.

    No transaction is open while the provider is asked. Raises NeedsConsent after a refusal (which wipes nothing), Busy while
    another does it, and what `exchange` raises when the provider could not be asked.
    """
    lease = uuid4()
    free = Q(lease__isnull=True) | Q(lease_until__lte=at)
    taken = ChannelToken.objects.filter(free, channel=channel, generation=seen, state=TokenState.LIVE).update(
        lease=lease, lease_until=at + LEASE
    )
    row = ChannelToken.objects.filter(channel=channel).first()
    if row is None or (row.state == TokenState.NEEDS_CONSENT and row.generation == seen):
        raise NeedsConsent
    if row.generation != seen:
        return _pair(row)
    if not taken:
        raise Busy
    if not connection.in_atomic_block:
        connection.close()
    try:
        given = exchange(_pair(row).refresh)
    except RefusedByProvider as refused:
        _need_consent(channel, lease, refused.code, at)
        raise NeedsConsent from None
    except Exception:
        ChannelToken.objects.filter(channel=channel, lease=lease).update(lease=None, lease_until=None)
        raise
    return keep(channel, given, at=at, lease=lease)


def _need_consent(channel: str, lease: Any, code: str, at: datetime) -> None:
    with transaction.atomic():
        changed = ChannelToken.objects.filter(channel=channel, lease=lease).update(
            state=TokenState.NEEDS_CONSENT, refused_code=code[:60], refused_at=at, lease=None, lease_until=None, changed_at=at
        )  # fmt: skip
        if changed:
            company_ops.record_audit(
                actor=SYSTEM, verb="channel.needs_consent", subject_type="channel_account", subject_id=channel, at=at,
                facts={"code": code[:60]},
            )  # fmt: skip
            log.error("channel_needs_consent", channel=channel, code=code[:60])


def revoke(channel: str, *, code: str, at: datetime) -> None:
    """The provider says that the consent was taken back: nothing is sent until it is given anew."""
    ChannelToken.objects.filter(channel=channel).update(
        state=TokenState.NEEDS_CONSENT, refused_code=code, refused_at=at, access_until=at, changed_at=at
    )


def note_state(channel: str, *, is_live: bool, code: str, until: datetime | None, at: datetime) -> None:
    """How it stands with a token that nobody changes for the next (it is set up by hand): what the provider last said."""
    facts = {
        "state": TokenState.LIVE if is_live else TokenState.NEEDS_CONSENT, "refused_code": code[:60],
        "refused_at": None if is_live else at, "access_until": until, "changed_at": at, "generation": 1,
    }  # fmt: skip
    ChannelToken.objects.update_or_create(channel=channel, defaults=facts)


def forget(channel: str) -> None:
    """Another token was set up: nothing is known of it yet."""
    ChannelToken.objects.filter(channel=channel).delete()


def note_asked(channel: str, *, facts: dict[str, str], until: datetime, at: datetime) -> None:
    """Remember, sealed, what the way back from the provider's consent page is to be compared with."""
    ChannelToken.objects.update_or_create(
        channel=channel,
        defaults={"sealed_asked": credentials.seal(facts, settings.SECRET_KEY), "asked_until": until},
        create_defaults={
            "sealed_asked": credentials.seal(facts, settings.SECRET_KEY), "asked_until": until, "changed_at": at,
        },
    )  # fmt: skip


def take_asked(channel: str, *, at: datetime) -> dict[str, str] | None:
    """What was remembered, once; None when nobody asked or it was too long ago."""
    with transaction.atomic():
        row = ChannelToken.objects.select_for_update().filter(channel=channel).first()
        if row is None or not row.sealed_asked or row.asked_until is None or row.asked_until < at:
            return None
        found = credentials.unseal(row.sealed_asked, settings.SECRET_KEY)
        row.sealed_asked, row.asked_until = "", None
        row.save(update_fields=["sealed_asked", "asked_until"])
        return {str(name): str(value) for name, value in dict(found).items()}  # type: ignore[call-overload]


def is_due(token: TokenView | None, at: datetime) -> bool:
    """Whether a live pair should be changed now, well before its access token ends."""
    return bool(
        token
        and not token.needs_consent
        and token.access_until is not None
        and token.access_until - at < REFRESH_BEFORE
    )


def _pair(row: ChannelToken) -> Pair:
    pair = credentials.unseal(row.sealed_pair, settings.SECRET_KEY)
    assert isinstance(pair, list) and row.access_until is not None
    return Pair(str(pair[0]), str(pair[1]), row.generation, row.access_until)
