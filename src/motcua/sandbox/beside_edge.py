"""What stand-ins served beside the edge share: raw ASGI, because a page server swallows headers; one call read whole, then answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import orjson

from motcua.config import clock
from motcua.sandbox import gate

LARGEST = 30 * 1024 * 1024

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = tuple[int, dict[str, str], bytes]


class Call:
    """One call, with its headers by lower-case name, underscores and all."""

    def __init__(self, scope: Scope, body: bytes, prefix: str) -> None:
        self.method = str(scope["method"])
        self.path = str(scope["path"]).removeprefix(prefix)
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        self.query = dict(parse_qsl(scope.get("query_string", b"").decode(), keep_blank_values=True))
        self.body = body
        self.at = clock.now()

    @property
    def host(self) -> str:
        host: str = self.headers.get("host", "")
        return host.rsplit(":", 1)[0]

    def json(self) -> dict[str, Any]:
        """Raises ValueError for what is none."""
        found = orjson.loads(self.body)
        return found if isinstance(found, dict) else {}

    def parts(self) -> dict[str, tuple[str, bytes]]:
        """File names and contents of a multipart body, by the name of the field."""
        head = b"Content-Type: " + self.headers.get("content-type", "").encode() + b"\r\n\r\n"
        found = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts():
            content = part.get_payload(decode=True)
            name = str(part.get_param("name", header="content-disposition"))
            found[name] = (str(part.get_filename() or ""), content if isinstance(content, bytes) else b"")
        return found


async def serve(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    prefix: str,
    answer: Callable[[Call], tuple[Answer, float]],
) -> None:
    """Read one call and answer it. `answer` also says how many seconds its caller is to wait."""
    if scope["type"] != "http":
        return
    body = await read_body(receive, LARGEST)
    if body is None:
        await send_answer(send, (404, {}, b""))
        return
    made, seconds = await asyncio.to_thread(answer, Call(scope, body, prefix))
    await asyncio.sleep(seconds)
    await send_answer(send, made)


async def read_body(receive: Receive, largest: int) -> bytes | None:
    """The whole body; None for one that is too large, and wherever no stand-in is to answer."""
    body = b""
    while True:
        part = await receive()
        body += part.get("body", b"")
        if not part.get("more_body") or len(body) > largest:
            break
    return body if gate.is_open() and len(body) <= largest else None


async def send_answer(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    lines.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


def json_answer(content: Mapping[str, Any], status: int = 200, **headers: str) -> Answer:
    return status, {"content-type": "application/json", **headers}, orjson.dumps(content)
