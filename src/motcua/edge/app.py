"""The application granian serves: three doors and two windows."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from motcua.channels import live
from motcua.edge import measures, playing, taking
from motcua.edge.board import Throttle
from motcua.edge.database import Database, Tenant, host_of
from motcua.edge.rejecting import Rejections
from motcua.messaging import signs

log = structlog.get_logger(__name__)


class Edge:
    """What one process of the edge holds."""

    def __init__(self, url: str | None = None) -> None:
        self.database = Database(url)
        self.hub = playing.Hub(self.database)
        self.door = taking.Door(self.database, Rejections(self.database))
        self.throttle = Throttle()

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        _raise_file_limit()
        await self.database.open()
        listener = asyncio.create_task(self.hub.listen_forever())
        self._stop_streams_at_signal()
        try:
            yield
        finally:
            self.hub.stop()
            await self.door.settle()
            await self.hub.close()
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
            await self.database.close()

    def _stop_streams_at_signal(self) -> None:
        """The server waits for open responses before it ends us: end the streams as soon as we are asked to
        stop.
        """
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            try:
                before = signal.getsignal(name)
                signal.signal(name, _and_then(lambda: loop.call_soon_threadsafe(self.hub.stop), before))
            except ValueError:  # not the main thread: the server's own time limit ends the streams
                return

    # ---- doors

    async def conversation(self, request: Request) -> Response:
        """The live stream of a conversation, for who holds a ticket."""
        tenant, cors = await self.database.tenant_of(request.headers), _cors(request)
        ticket = _ticket(request, tenant)
        if tenant is None or ticket is None or request.method == "OPTIONS":
            return self._no_stream(request, tenant)
        if self.hub.stopping.is_set():
            return PlainTextResponse("stopping", 503, cors)
        after = playing.read_after(request.query_params.get("after"), request.headers.get("last-event-id"))
        return _stream(self.hub.play(tenant, ticket, after), cors)

    async def sign(self, request: Request) -> Response:
        """Somebody with a ticket types, or stopped. Told on at once and stored nowhere."""
        tenant, cors = await self.database.tenant_of(request.headers), _cors(request)
        ticket = _ticket(request, tenant)
        if tenant is None or ticket is None or request.method == "OPTIONS":
            return self._no_stream(request, tenant)
        what = request.query_params.get("what", "")
        if what not in signs.FROM_PAGES or (what == signs.NOTING and ticket.scope != live.STAFF):
            return PlainTextResponse("unknown sign", 400, cors)
        key = (tenant.code, str(ticket.conversation_id))
        if not self.throttle.allows((*key, ticket.scope, ticket.who)):
            return PlainTextResponse("too many", 429, cors)
        side = signs.STAFF if ticket.scope == live.STAFF else signs.CUSTOMER
        self.hub.tell(signs.Sign(*key, what, side, ticket.who, ticket.name))
        return Response(status_code=204, headers=cors)

    async def desk(self, request: Request) -> Response:
        """The live stream of a desk: which conversations in its holder's lists changed."""
        tenant, cors = await self.database.tenant_of(request.headers), _cors(request)
        given = request.query_params.get("ticket", "")
        ticket = live.read_desk_ticket(given, company_code=tenant.code) if tenant else None
        if tenant is None or ticket is None or request.method == "OPTIONS":
            return self._no_stream(request, tenant)
        if self.hub.stopping.is_set():
            return PlainTextResponse("stopping", 503, cors)
        return _stream(self.hub.play_desk(tenant, ticket), cors)

    def _no_stream(self, request: Request, tenant: Tenant | None) -> Response:
        """What is answered where nothing can be played: an address of nobody, a browser's question, no ticket."""
        wanted = request.path_params.get("id")
        if tenant is None or (wanted is not None and playing.parse_conversation(wanted) is None):
            return PlainTextResponse("unknown", 404)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(request))
        return PlainTextResponse("ticket", 403, _cors(request))

    # ---- windows

    async def healthz(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(3), self.database.pool.connection() as connection:
                await connection.execute("SELECT 1")
        except Exception:
            return JSONResponse({"status": "database away"}, 503)
        return JSONResponse({"status": "ok", "listening": self.hub.is_listening})

    async def metrics(self, request: Request) -> Response:
        """For this machine and the private network, never for what came through a proxy from outside."""
        if not _asked_from_inside(request):
            return PlainTextResponse("unknown", 404)
        return Response(generate_latest(measures.REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _raise_file_limit() -> None:
    """As many open streams as the system lets this process have; a shell's habit is a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _asked_from_inside(request: Request) -> bool:
    if "x-forwarded-for" in request.headers or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_private
    except ValueError:
        return False


def _and_then(first: Callable[[], object], then: Any) -> Callable[[int, Any], None]:
    def handle(number: int, frame: Any) -> None:
        first()
        if callable(then):
            then(number, frame)
        elif then == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    return handle


def _ticket(request: Request, tenant: Tenant | None) -> live.Ticket | None:
    """The ticket for the conversation in the address, when it is good for this company."""
    wanted = playing.parse_conversation(request.path_params["id"])
    if tenant is None or wanted is None:
        return None
    found = live.read_ticket(request.query_params.get("ticket", ""), company_code=tenant.code)
    return found if found is not None and found.conversation_id == wanted else None


def _stream(frames: AsyncIterator[bytes], cors: dict[str, str]) -> Response:
    return StreamingResponse(
        frames,
        media_type="text/event-stream",
        headers={**cors, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _cors(request: Request) -> dict[str, str]:
    """Pages of the same host, on whatever port, may listen."""
    origin = request.headers.get("origin", "")
    host = host_of(request.headers)
    of_origin = origin.partition("://")[2].rsplit(":", 1)[0].lower()
    headers = {"Vary": "Origin"}
    if origin and of_origin == host:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = (
            "true"  # the browser may send cookies along; we read none
        )
    return headers


class _App(Starlette):
    """All routes; a webhook is not led past them to its door."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(taking.PATH):
            await self.state.edge.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def make_app(url: str | None = None) -> Starlette:
    """An edge on Django's database, or on another (tests)."""
    edge = Edge(url)
    app = _App(
        routes=[
            Route("/hooks/{channel}", edge.door, methods=["POST"]),
            Route("/hooks/{channel}", edge.door.greet, methods=["GET"]),
            Route("/live/conversation/{id}", edge.conversation, methods=["GET", "OPTIONS"]),
            Route("/live/conversation/{id}/sign", edge.sign, methods=["POST", "OPTIONS"]),
            Route("/live/desk", edge.desk, methods=["GET", "OPTIONS"]),
            Route("/healthz", edge.healthz),
            Route("/metrics", edge.metrics),
        ],
        lifespan=edge.lifespan,
    )
    app.state.edge = edge
    return app


app = make_app()
