"""Calling out: one client, with limits, that never follows a redirect and holds no connection to the database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from django.db import connection

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
LARGEST_ANSWER = 256 * 1024

_lock = threading.Lock()
_clients: dict[bool, httpx.Client] = {}


class TooLong(httpx.HTTPError):
    """The answer is longer than anybody's need be."""


def call(
    method: str,
    url: str,
    *,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
    most: int = LARGEST_ANSWER,
) -> httpx.Response:
    """One call and its whole answer of `most` bytes, waited for so long (else 15 s). Raises httpx.HTTPError.

    Gives the connection to the database back before it.
    """
    if not connection.in_atomic_block:
        connection.close()
    address, host = _address(url)
    given = {**(headers or {}), **({"Host": host} if host else {})}
    client = _client(is_strict=not host)
    timeout = httpx.Timeout(seconds, connect=5.0) if seconds else TIMEOUT
    with client.stream(method, address, content=content, data=form, headers=given, timeout=timeout) as answer:
        read = bytearray()
        for piece in answer.iter_bytes():
            read += piece
            if len(read) > most:
                raise TooLong("answer too long")
        return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=bytes(read))


def is_sealed(url: str) -> bool:
    """Whether what is sent there travels encrypted, or does not leave this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_here = host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """The headers of an answer that was unpacked already."""
    packing = {"content-encoding", "content-length", "transfer-encoding"}
    return {name: value for name, value in headers.items() if name.lower() not in packing}


def _address(url: str) -> tuple[str, str]:
    """Names under .localhost are this machine: programs must call it by number and say the name in the Host header."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host != "localhost" and not host.endswith(".localhost"):
        return url, ""
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"127.0.0.1{port}").geturl(), parts.netloc


def _client(*, is_strict: bool) -> httpx.Client:
    """A demonstration's certificate is its own; only calls that stay on this machine go without checking it."""
    with _lock:
        if is_strict not in _clients:
            _clients[is_strict] = httpx.Client(
                timeout=TIMEOUT, trust_env=False, verify=is_strict, follow_redirects=False
            )
        return _clients[is_strict]
