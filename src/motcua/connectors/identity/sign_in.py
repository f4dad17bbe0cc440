"""A visitor goes to the provider and comes back proven: name, identification number, telephone.

The way there is good once, for ten minutes, and only for the browser session that began it. Nobody becomes a customer's
own by a name alone: number and name must both be those on record, and be one customer's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from motcua.connectors.identity import checking, oidc
from motcua.connectors.identity.oidc import Client
from motcua.connectors.models import IdentityProvider, ProvenIdentity, SignInAttempt
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers import registry
from motcua.customers import rules as customer_rules
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.kernel.vietnamese import fold
from motcua.payments import seals

log = structlog.get_logger(__name__)

LIFE = timedelta(minutes=10)
PROVEN_FOR = timedelta(hours=12)
FORGET_AFTER = timedelta(days=1)
# First of these that is told: the standard's names, then those seen on Vietnamese portals.
NAME_CLAIMS = ("name", "HoVaTen", "TenDayDu", "HoTen")
ID_CLAIMS = ("SoDinhDanh", "SoCMND", "id_number")
PHONE_CLAIMS = ("phone_number", "SoDienThoai")


class SignInUnavailable(Refused):
    code = "SIGN_IN_UNAVAILABLE"
    message = gettext_noop("Chưa kết nối được với cổng dịch vụ công. Vui lòng thử lại sau ít phút.")


class SignInLost(Refused):
    """Unknown, used, too old, begun in another browser: all the same to whoever comes."""

    code = "SIGN_IN_LOST"
    message = gettext_noop("Lần đăng nhập này đã hết hạn hoặc bắt đầu ở nơi khác. Vui lòng đăng nhập lại.")


class SignInRefused(Refused):
    code = "SIGN_IN_REFUSED"
    message = gettext_noop(
        "Cổng dịch vụ công chưa xác nhận được anh/chị. Vui lòng thử lại, hoặc dùng mã gửi qua tin nhắn."
    )


@dataclass(frozen=True)
class ProviderView:
    code: str
    name: str


@dataclass(frozen=True)
class Proven:
    """What the provider said of this visitor; `phone` only where it is proven there."""

    full_name: str
    id_number: str
    phone: str
    provider_name: str


@dataclass(frozen=True)
class SignedIn:
    """`token` goes into the visitor's cookie: the session goes on under a new one."""

    proven: Proven
    customer_id: UUID | None
    goes_to: str
    token: str = field(repr=False)


def list_providers() -> list[ProviderView]:
    """Where a citizen may sign in for this company."""
    rows = IdentityProvider.objects.filter(is_active=True).order_by("code")
    return [ProviderView(row.code, row.name) for row in rows]


def check_provider(*, code: str) -> None:
    """Try the provider as it is set up. Raises NotFound and what `checking` refuses; writes nothing."""
    provider = IdentityProvider.objects.filter(code=code).first()
    if provider is None:
        raise NotFound(field="code")
    checking.check_issuer(_client(provider, ""))


def find_proven(session_id: UUID, at: datetime) -> Proven | None:
    """What is proven of the person behind this session; half a day after the sign-in nothing is."""
    row = (
        ProvenIdentity.objects.filter(session_id=session_id, proven_at__gt=at - PROVEN_FOR)
        .select_related("provider")
        .first()
    )
    return _proven(row) if row else None


def begin(*, provider_code: str, session_id: UUID, redirect_uri: str, goes_to: str, at: datetime) -> str:
    """The address at the provider to send the browser to. Raises NotFound, SignInUnavailable."""
    provider = IdentityProvider.objects.filter(code=provider_code, is_active=True).first()
    if provider is None:
        raise NotFound(field="provider")
    state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), oidc.new_verifier()
    SignInAttempt.objects.create(
        state_hash=sha256_hex(state), provider=provider, session_id=session_id, nonce=nonce,
        verifier_sealed=seals.seal(verifier, settings.SECRET_KEY), goes_to=goes_to[:200], created_at=at,
    )  # fmt: skip
    try:
        return oidc.authorize_address(
            _client(provider, redirect_uri), state=state, nonce=nonce, verifier=verifier
        )
    except oidc.ProviderFailed as failed:
        log.warning("sign-in.provider-failed", provider=provider.code, reason=str(failed))
        raise SignInUnavailable from None


def finish(
    *, session_id: UUID, state: str, code: str, redirect_uri: str, at: datetime, issuer: str = ""
) -> SignedIn:
    """Believe what the provider says, for the session that asked. A state is used up by the first try.

    `issuer`: who the answer says it is from, where it says so (RFC 9207).

    Raises SignInLost, SignInUnavailable, SignInRefused.
    """
    attempt = _take_attempt(session_id, state, at)
    provider = attempt.provider
    if issuer and issuer != provider.issuer:
        raise SignInLost
    try:
        claims = oidc.redeem(
            _client(provider, redirect_uri), code=code, nonce=attempt.nonce, at=at,
            verifier=seals.unseal(attempt.verifier_sealed, settings.SECRET_KEY),
        )  # fmt: skip
    except oidc.ProviderFailed as failed:
        log.warning("sign-in.provider-failed", provider=provider.code, reason=str(failed))
        raise SignInUnavailable from None
    except oidc.TokenRefused as refused:
        log.warning("sign-in.token-refused", provider=provider.code, reason=refused.reason)
        raise SignInRefused from None
    return _keep(provider, session_id, claims, attempt.goes_to, at)


def _take_attempt(session_id: UUID, state: str, at: datetime) -> SignInAttempt:
    """The attempt, used up and committed before anything is asked: a state is never tried twice."""
    with transaction.atomic():
        attempt = (
            SignInAttempt.objects.select_for_update(of=("self",))
            .select_related("provider")
            .filter(state_hash=sha256_hex(state), used_at__isnull=True)
            .first()
        )
        is_good = (
            attempt is not None
            and attempt.session_id == session_id
            and at - attempt.created_at <= LIFE
            and attempt.provider.is_active
        )
        if attempt is None or not is_good:
            raise SignInLost
        attempt.used_at = at
        attempt.save(update_fields=["used_at"])
    return attempt


def _client(provider: IdentityProvider, redirect_uri: str) -> Client:
    return Client(
        provider.issuer, provider.client_id, seals.unseal(provider.secret_sealed, settings.SECRET_KEY),
        redirect_uri, provider.scope,
    )  # fmt: skip


def _keep(
    provider: IdentityProvider, session_id: UUID, claims: Mapping[str, Any], goes_to: str, at: datetime
) -> SignedIn:
    name = customer_rules.clean_name(_first(claims, NAME_CLAIMS)) or ""
    if not name:
        raise SignInRefused
    id_number = customer_rules.clean_id_number(_first(claims, ID_CLAIMS)) or ""
    phone = ""
    if provider.trusts_phone or claims.get("phone_number_verified") is True:
        phone = phones.normalise(_first(claims, PHONE_CLAIMS)) or ""
    customer_id = _customer(id_number, name)
    with transaction.atomic():
        row, _ = ProvenIdentity.objects.update_or_create(
            session_id=session_id,
            defaults={
                "provider": provider, "subject_hash": _subject_hash(provider, str(claims["sub"])), "full_name": name,
                "id_number": id_number, "phone": phone, "customer_id": customer_id, "proven_at": at,
            },
        )  # fmt: skip
        opened = customer_ops.prove_session(
            session_id=session_id,
            phone=phone,
            customer_id=customer_id,
            actor=Actor.partner(provider.code),
            at=at,
        )
    return SignedIn(_proven(row), customer_id, goes_to, opened.token)


def _customer(id_number: str, name: str) -> UUID | None:
    """The one customer with this number on record, when the name is theirs too."""
    found = customer_queries.list_by_id_number(id_number) if id_number else []
    same = [customer for customer in found if fold(customer.full_name) == fold(name)]
    return same[0].id if len(found) == len(same) == 1 else None


def _first(claims: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(claims[name]).strip() for name in names if claims.get(name)), "")


def _subject_hash(provider: IdentityProvider, subject: str) -> str:
    return hashlib.sha256(f"{provider.issuer}\n{subject}".encode()).hexdigest()


def _proven(row: ProvenIdentity) -> Proven:
    return Proven(row.full_name, row.id_number, row.phone, row.provider.name)


def forget(*, session_id: UUID) -> None:
    """The visitor signs out: nothing is proven of them any more."""
    ProvenIdentity.objects.filter(session_id=session_id).delete()


def forget_old(*, at: datetime, limit: int = 1000) -> int:
    """Remove sign-ins that are over and what they proved. How many."""
    attempts = SignInAttempt.objects.filter(created_at__lt=at - FORGET_AFTER).values("pk")[:limit]
    identities = ProvenIdentity.objects.filter(proven_at__lt=at - FORGET_AFTER).values("pk")[:limit]
    gone = SignInAttempt.objects.filter(pk__in=list(attempts.values_list("pk", flat=True))).delete()[0]
    return (
        gone + ProvenIdentity.objects.filter(pk__in=list(identities.values_list("pk", flat=True))).delete()[0]
    )


def _follow_erasure(customer_id: UUID, at: datetime) -> None:
    """A customer is erased: what providers said of them goes too."""
    ProvenIdentity.objects.filter(customer_id=customer_id).delete()


def _export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """What providers said of the customer and is still kept."""
    rows = ProvenIdentity.objects.filter(customer_id__in=customer_ids).order_by("proven_at")
    return {"proven": list(rows.values("provider__name", "full_name", "id_number", "phone", "proven_at"))}


registry.on_erasure("connectors.identity", _follow_erasure)
registry.on_export("connectors.identity", _export)
