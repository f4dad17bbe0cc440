"""What is served beside the edge in a demonstration: stand-ins whose calls have headers that page servers swallow,
the mail server with its two doors, and the text message centre of a carrier.

Production serves `motcua.edge.app:app` alone. The edge and the stand-ins do not know each other; only this start does.
"""

from __future__ import annotations

from typing import Any

from motcua.config.env import ENV
from motcua.edge.app import app as edge
from motcua.sandbox import gate, mail_server, messenger_api, smpp_server, zalo_api

BESIDE = {f"{room.PREFIX}/": room.app for room in (zalo_api, messenger_api)}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The edge, and each stand-in under its own path; mail as long as the edge lives."""
    if scope["type"] == "lifespan" and gate.is_open():
        async with mail_server.opened(ENV.edge_port), smpp_server.opened(ENV.edge_port):
            await edge(scope, receive, send)
        return
    path = scope["path"] if scope["type"] == "http" else ""
    chosen: Any = next((found for prefix, found in BESIDE.items() if path.startswith(prefix)), edge)
    await chosen(scope, receive, send)
