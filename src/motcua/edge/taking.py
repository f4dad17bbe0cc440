"""The webhooks' door: is the call the provider's, are its events stored, then 200.

Calls are read and answered without a framework between: this door alone is called thousands of times a second.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from motcua.channels.calls import Call, Verdict, unreadable
from motcua.channels.credentials import CannotOpen
from motcua.channels.hooks import HOOKS, Hook
from motcua.config import clock
from motcua.edge import measures
from motcua.edge.database import Database, HookSetup, Tenant
from motcua.edge.rejecting import Rejections
from motcua.edge.storing import Row, Storer, fit

log = structlog.get_logger(__name__)

PATH = "/hooks/"
LARGEST_BODY = 1024 * 1024
_count = functools.cache(measures.WEBHOOKS.labels)  # a counter's child found once, not at every call
_STORED = {number: JSONResponse({"stored": number}) for number in (0, 1)}


@dataclass
class Door:
    """An ASGI application for webhooks, and the answer to providers who first ask whether the address is ours."""

    database: Database
    rejections: Rejections
    storers: dict[str, Storer] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {str(name, "latin-1").lower(): str(value, "latin-1") for name, value in scope["headers"]}
        answer = await self._take(scope["path"].removeprefix(PATH), headers, receive)
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def settle(self) -> None:
        """Commit what waits: among the last acts before the edge stops."""
        for storer in list(self.storers.values()):
            await storer.settle()
        await self.rejections.settle()

    async def _take(self, door: str, headers: Mapping[str, str], receive: Receive) -> Response:
        """Genuine? stored? then 200. Nothing is answered before its row is committed."""
        began = time.perf_counter()
        hook = HOOKS.get(door.lower())
        tenant = await self.database.tenant_of(headers)
        if hook is None or tenant is None:
            return PlainTextResponse("unknown", 404)
        try:
            body = await _read_body(receive)
        except ClientDisconnect:
            return PlainTextResponse("gone", 400)
        if body is None:
            _count(tenant.code, hook.channel, "too_large").inc()
            return PlainTextResponse("too large", 413)
        setup = await self._setup_of(tenant, hook.channel)
        call = Call(headers, body, setup.secrets, setup.settings, clock.now())
        verdict = hook.check(call)
        if not verdict.is_genuine:
            _count(tenant.code, hook.channel, "rejected").inc()
            self.rejections.count(tenant, hook.channel, verdict.reason, call.at)
            return PlainTextResponse("signature", hook.refused_with)
        try:
            new = await self._storer_of(tenant).store(hook.channel, _rows(hook, call, verdict), call.at)
        except Exception as error:  # not stored, so not acknowledged: the provider comes again
            _count(tenant.code, hook.channel, "failed").inc()
            log.warning(
                "edge_hook_failed", company=tenant.code, channel=hook.channel, error=type(error).__name__
            )
            return PlainTextResponse("try again", 503, {"Retry-After": "5"})
        _count(tenant.code, hook.channel, "stored" if new else "doubled").inc()
        measures.STORING.observe(time.perf_counter() - began)
        return _STORED.get(new) or JSONResponse({"stored": new})

    def _storer_of(self, tenant: Tenant) -> Storer:
        found = self.storers.get(tenant.code)
        return found or self.storers.setdefault(tenant.code, Storer.of(self.database, tenant))

    async def _setup_of(self, tenant: Tenant, channel: str) -> HookSetup:
        try:
            return await self.database.find_hook_setup(tenant, channel)
        except CannotOpen:
            log.error("edge_secrets_unreadable", company=tenant.code, channel=channel)
            return HookSetup([], {})

    async def greet(self, request: Request) -> Response:
        """A provider asks whether this address is ours before it tells us anything."""
        hook = HOOKS.get(request.path_params["channel"].lower())
        tenant = await self.database.tenant_of(request.headers)
        if hook is None or hook.greet is None or tenant is None:
            return PlainTextResponse("unknown", 404)
        setup = await self._setup_of(tenant, hook.channel)
        words = hook.greet(request.query_params, setup.secrets)
        if words is None:
            _count(tenant.code, hook.channel, "rejected").inc()
            self.rejections.count(tenant, hook.channel, "HANDSHAKE", clock.now())
            return PlainTextResponse("forbidden", hook.refused_with)
        return PlainTextResponse(words, headers={"X-Content-Type-Options": "nosniff"})


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large. Raises ClientDisconnect."""
    body: bytes = b""
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise ClientDisconnect
        body += part.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not part.get("more_body", False):
            return body


def _rows(hook: Hook, call: Call, verdict: Verdict) -> list[Row]:
    """The rows of a genuine call. What cannot be read, for whatever reason, is kept as it came, for a person to see."""
    try:
        return [fit(found) for found in hook.read(call, verdict)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("edge_hook_unreadable", channel=hook.channel, error=type(error).__name__)
        return [fit(unreadable(call.body))]
