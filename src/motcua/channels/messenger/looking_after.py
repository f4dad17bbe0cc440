"""What is asked of Meta beside messages: whether the Page's token lives and its events are told to us, and what people are called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.utils.translation import gettext

from motcua.channels import accounts, tokens
from motcua.channels.accounts import Account
from motcua.channels.messenger import CODE, FIELDS, api, errors
from motcua.channels.outbound import NoAnswer
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries

log = structlog.get_logger(__name__)

NEW_FOR = timedelta(days=1)
NAME_KEY = "messenger-profile"


class NotSetUp(Exception):
    """The company has no Page, or it is switched off."""


@dataclass(frozen=True)
class PageState:
    """How Meta sees the Page: the health check of a set-up. `missing`: events that nobody tells us."""

    page_id: str
    name: str
    missing: tuple[str, ...]


def _account() -> Account:
    account = accounts.find_account(CODE)
    if account is None:
        raise NotSetUp
    return account


def check_page(*, at: datetime) -> PageState:
    """Raises NotSetUp, api.MetaError, NoAnswer. What it finds out about the token is remembered."""
    account = _account()
    try:
        told = api.call(account, "me", query={"fields": "id,name"})
        subscribed = api.call(account, api.page_path(account, api.SUBSCRIBED))
    except api.MetaError as error:
        if errors.find(error.code, error.subcode).act is errors.Act.CONSENT:
            tokens.note_state(CODE, is_live=False, code=str(error.code), until=None, at=at)
        raise
    tokens.note_state(CODE, is_live=True, code="", until=None, at=at)
    own = str(account.settings.get("app_id", ""))
    rows = [
        row for row in subscribed.get("data") or [] if isinstance(row, dict) and str(row.get("id", "")) == own
    ]
    told_us = {str(name) for row in rows for name in row.get("subscribed_fields") or []}
    return PageState(
        str(told.get("id", "")),
        str(told.get("name", "")),
        tuple(name for name in FIELDS if name not in told_us),
    )


def subscribe() -> None:
    """Let the Page's events be told to our app. Raises NotSetUp, api.MetaError, NoAnswer."""
    account = _account()
    api.call(
        account,
        api.page_path(account, api.SUBSCRIBED),
        query={"subscribed_fields": ",".join(FIELDS)},
        method="POST",
    )


def look_after(*, at: datetime) -> int:
    """Find out whether the token lives; where Meta stopped telling us (it does after a long failure), ask for it again.

    Returns 1 when it had to be asked again.
    """
    if accounts.find_account(CODE) is None or not is_used():
        return 0
    try:
        state = check_page(at=at)
        if not state.missing:
            return 0
        subscribe()
    except (NotSetUp, api.MetaError, NoAnswer) as why:
        log.warning("messenger_check_failed", why=str(why)[:40] or type(why).__name__)
        return 0
    log.warning("messenger_subscribed_again", missing=len(state.missing))
    return 1


def is_used() -> bool:
    """A stand-in that nobody has written to is left alone."""
    account = accounts.find_account(CODE)
    return account is not None and (not account.is_stand_in or tokens.find_token(CODE) is not None)


def find_name(person: str) -> str:
    """What a person is called on Facebook; proof of nothing. Raises NotSetUp, api.MetaError, NoAnswer."""
    told = api.call(_account(), person, query={"fields": "first_name,last_name"})
    return " ".join(str(told[name]) for name in ("last_name", "first_name") if told.get(name))[:120]


def name_new_ones(*, at: datetime, limit: int = 20) -> int:
    """Tell staff, once a conversation, the name its person has. What Meta refuses is not asked for again."""
    if accounts.find_account(CODE) is None:
        return 0
    named = 0
    for conversation in messaging_queries.list_unnoted(
        channel=CODE, key=NAME_KEY, since=at - NEW_FOR, limit=limit
    ):
        try:
            name = find_name(conversation.address)
            text = gettext("Tên trên Facebook: %(name)s. Chưa phải bằng chứng là ai.") % {"name": name or "?"}
        except api.MetaError:
            text = gettext("Facebook không cho biết tên của khách.")
        except (NotSetUp, NoAnswer):
            return named
        messaging_ops.note(conversation_id=conversation.id, text=text, key=NAME_KEY, at=at)
        named += 1
    return named
