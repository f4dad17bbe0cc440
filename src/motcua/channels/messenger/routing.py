"""Whose turn it is when several apps answer for one Page: a person here who answers takes the conversation. Nothing gives it
back: a day after the last word it is again the app's that the Page names first.
"""

from __future__ import annotations

from motcua.channels.accounts import Account
from motcua.channels.messenger import api

TAKE = "take_thread_control"
WHY = "motcua"


def take(account: Account, person: str) -> None:
    """We answer from now on. Raises api.MetaError, outbound.NoAnswer."""
    api.call(account, api.page_path(account, TAKE), body={"recipient": {"id": person}, "metadata": WHY})
