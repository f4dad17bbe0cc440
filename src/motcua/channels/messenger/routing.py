"""Whose turn it is when several apps answer for one Page: take the conversation, pass it on, let it go."""

from __future__ import annotations

from motcua.channels.accounts import Account
from motcua.channels.messenger import PAGE_INBOX, api

WHY = "motcua"


def take(account: Account, person: str) -> None:
    """We answer from now on. Raises api.MetaError, outbound.NoAnswer."""
    _turn(account, "take_thread_control", person)


def release(account: Account, person: str) -> None:
    """Back to whichever app the Page names first. Raises as `take`."""
    _turn(account, "release_thread_control", person)


def pass_on(account: Account, person: str, *, to_app: str = PAGE_INBOX) -> None:
    """Another app answers; without its id Meta's own inbox of the Page. Raises as `take`."""
    _turn(account, "pass_thread_control", person, target_app_id=to_app)


def _turn(account: Account, verb: str, person: str, **more: str) -> None:
    body = {"recipient": {"id": person}, "metadata": WHY, **more}
    api.call(account, api.page_path(account, verb), body=body)
