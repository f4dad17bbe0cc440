"""The stand-ins' interfaces: Zalo's and Meta's over HTTP, the mail server's two doors, the carrier's centre,
the staff issuer and the directory."""

from __future__ import annotations

import contextlib
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.ops.outside.settings")

import django

from motcua.config.env import ENV

django.setup()

from motcua.sandbox import (  # noqa: E402 - Django is ready now
    mail_server,
    messenger_api,
    smpp_server,
    staff_issuer,
    staff_ldap,
    to_enter,
    zalo_api,
)

HTTP = {f"{room.PREFIX}/": room.app for room in (zalo_api, messenger_api)}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Each stand-in under its own path; the others as long as this application lives."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    path = scope["path"] if scope["type"] == "http" else ""
    chosen = next((found for prefix, found in HTTP.items() if path.startswith(prefix)), None)
    if chosen is not None:
        await chosen(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


async def _live(receive: Any, send: Any) -> None:
    """Open the doors that are no HTTP of ours, and close them at the end."""
    await receive()
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(mail_server.opened(ENV.edge_port))
        await stack.enter_async_context(smpp_server.opened(ENV.edge_port))
        issuer = stack.enter_context(staff_issuer.running(port=to_enter.issuer_port(ENV.edge_port)))
        directory = stack.enter_context(staff_ldap.running(port=to_enter.ldap_port(ENV.edge_port)))
        for username, password in to_enter.PEOPLE.items():
            issuer.people[username] = f"sub-{username}"
            directory.put(username, password)
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})
