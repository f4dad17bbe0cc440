"""Calling a provider: one client a process, no redirects, our own stand-ins on this machine unchecked by certificate."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
from django.db import connection

if TYPE_CHECKING:
    from motcua.channels.accounts import Account

NOT_TAKEN = frozenset({408, 425, 429, 503})  # the provider says itself that it did nothing
TIMEOUT = httpx.Timeout(12.0, connect=4.0)


class NoAnswer(Exception):
    """The call ended without the provider's word. `is_unknown`: it may have been carried out."""

    def __init__(self, code: str, *, is_unknown: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_unknown = is_unknown


_lock = threading.Lock()
_clients: dict[bool, httpx.Client] = {}


def client(*, is_stand_in: bool) -> httpx.Client:
    """It keeps connections open. Gives the database's connection back first: nobody holds one while calling out."""
    if not connection.in_atomic_block:
        connection.close()
    with _lock:
        if is_stand_in not in _clients:
            _clients[is_stand_in] = httpx.Client(
                timeout=TIMEOUT, trust_env=False, verify=not is_stand_in, follow_redirects=False
            )
        return _clients[is_stand_in]


def ask(account: Account, method: str, url: str, **given: Any) -> httpx.Response:
    """Send, and tell apart what certainly did not arrive from what may have. Raises NoAnswer."""
    if account.is_stand_in:
        given["headers"] = {**given.get("headers", {}), "Host": account.host}
    try:
        return client(is_stand_in=account.is_stand_in).request(method, url, **given)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise NoAnswer("UNREACHED", is_unknown=False) from None
    except httpx.TimeoutException:
        raise NoAnswer("TIMEOUT", is_unknown=True) from None
    except httpx.HTTPError as error:
        raise NoAnswer(type(error).__name__, is_unknown=True) from None
