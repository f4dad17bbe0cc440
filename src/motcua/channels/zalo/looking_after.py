"""What is asked of Zalo beside messages: who a user says they are, what the quota still is, whether all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from motcua.channels import accounts, tokens
from motcua.channels.zalo import CODE, api, consent
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView

NEW_FOR = timedelta(days=1)
PROFILE = "zalo-profile"


class NotSetUp(Exception):
    """The company has no account with Zalo, or it is switched off."""


@dataclass(frozen=True)
class Profile:
    """What Zalo tells of a user: the name they chose, whether they follow, what they shared. Proof of nothing."""

    user_id: str
    name: str
    is_follower: bool
    is_sensitive: bool
    shared_phone: str


@dataclass(frozen=True)
class AccountState:
    """How Zalo sees the account: the health check of a set-up."""

    oa_id: str
    name: str
    is_verified: bool
    package: str
    has_wallet: bool


@dataclass(frozen=True)
class Quota:
    """What may still be sent to a user, as Zalo counts it; None where it does not say."""

    last_sign: datetime | None
    remain: int | None
    total: int | None


def _ask(
    path: str, at: datetime, *, query: dict[str, Any] | None = None, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    account = accounts.find_account(CODE)
    if account is None:
        raise NotSetUp
    return consent.with_token(
        account, at, lambda token: api.call(account, path, token=token, query=query, body=body)
    )


def find_profile(user_id: str, *, at: datetime) -> Profile:
    """Raises NotSetUp, tokens.NeedsConsent, tokens.Busy, api.ZaloError, api.NoAnswer."""
    told = _ask(api.USER_DETAIL, at, query={"user_id": user_id})
    shared = told.get("shared_info")
    return Profile(
        user_id=str(told.get("user_id") or user_id),
        name=str(told.get("user_alias") or told.get("display_name") or "")[:120],
        is_follower=bool(told.get("user_is_follower")),
        is_sensitive=bool(told.get("is_sensitive")),
        shared_phone=str(shared.get("phone") or "") if isinstance(shared, dict) else "",
    )


def check_account(*, at: datetime) -> AccountState:
    """Raises as `find_profile`."""
    told = _ask(api.ACCOUNT, at)
    return AccountState(
        oa_id=str(told.get("oaid") or told.get("oa_id") or ""),
        name=str(told.get("name") or ""),
        is_verified=bool(told.get("is_verified")),
        package=str(told.get("package_name") or ""),
        has_wallet=bool(told.get("linked_zca")),
    )


def find_quota(user_id: str, *, at: datetime) -> Quota:
    """Raises as `find_profile`."""
    from motcua.channels.zalo.hook import instant

    told = _ask(api.QUOTA, at, body={"user_id": user_id})
    reply = told.get("cs_reply")
    reply = reply if isinstance(reply, dict) else {}
    return Quota(
        instant(str(told.get("last_interaction", ""))),
        _number(reply.get("remain")),
        _number(reply.get("total")),
    )


def _number(told: Any) -> int | None:
    try:
        return int(told)
    except (TypeError, ValueError):
        return None


def name_new_ones(*, at: datetime, limit: int = 20) -> int:
    """Tell staff, once a conversation, the name its person has on Zalo. What Zalo refuses is not asked for again."""
    if accounts.find_account(CODE) is None or tokens.find_token(CODE) is None:
        return 0
    named = 0
    for conversation in messaging_queries.list_unnoted(
        channel=CODE, key=PROFILE, since=at - NEW_FOR, limit=limit
    ):
        text = _name_of(conversation, at)
        if text is None:
            return named
        messaging_ops.note(conversation_id=conversation.id, text=text, key=PROFILE, at=at)
        named += 1
    return named


def _name_of(conversation: ConversationView, at: datetime) -> str | None:
    """The line for staff; None when Zalo cannot be asked now."""
    if conversation.address.startswith("anon:"):
        return gettext("Khách xem trang, chưa đăng nhập Zalo.")
    try:
        profile = find_profile(conversation.address, at=at)
    except api.ZaloError:
        return gettext("Zalo không cho biết tên của khách.")
    except (NotSetUp, tokens.NeedsConsent, tokens.Busy, api.NoAnswer):
        return None
    return gettext("Tên trên Zalo: %(name)s. Chưa phải bằng chứng là ai.") % {"name": profile.name or "?"}


def refresh_tokens(*, at: datetime) -> int:
    """Change the pair well before its access token ends. Returns 1 when it was changed."""
    account = accounts.find_account(CODE)
    token = tokens.find_token(CODE)
    if account is None or token is None or not tokens.is_due(token, at):
        return 0
    try:
        tokens.refresh(CODE, seen=token.generation, at=at, exchange=consent.refresher(account))
    except (tokens.NeedsConsent, tokens.Busy, api.NoAnswer):
        return 0
    return 1
