"""The pages over real HTTP, so that the stand-in bank calls them as a bank would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application

from motcua.config import clock
from motcua.kernel.clock import FixedClock
from motcua.sandbox import bank, courier


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the pages, served by threads with connections of their own."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(courier, "our_address", lambda: address)
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def outside(at: datetime, monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """The stand-in's own time, moved by hand; and no courier in the background."""
    monkeypatch.setattr(bank, "start_delivery", lambda: None)
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))
    fixed = FixedClock(at)
    monkeypatch.setattr(courier, "OUTSIDE", fixed)
    return fixed
