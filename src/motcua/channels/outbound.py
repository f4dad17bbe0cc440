"""Calling a provider: one client a process, no redirects, our own stand-ins on this machine unchecked by certificate."""

from __future__ import annotations

import threading

import httpx
from django.db import connection

TIMEOUT = httpx.Timeout(12.0, connect=4.0)

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
