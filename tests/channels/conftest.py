"""Pages over real HTTP, so that the text message channel calls its stand-in as it would call an aggregator."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from motcua.channels import accounts, credentials
from motcua.channels.accounts import Account
from motcua.config import clock
from motcua.kernel.clock import FixedClock
from motcua.sandbox import sms
from tests.channels.chat_house import live_at


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def now(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))


@pytest.fixture
def phone_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone of the test's own, and no courier in the background."""

    live_at(tmp_path, monkeypatch, calls=sms)


@pytest.fixture
def account(phone_store: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    assert get_resolver().url_patterns  # reading all pages takes longer than a test waits for an answer
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    made = Account(
        company_code="HANOI",
        base_url=f"http://127.0.0.1:{server.server_port}/sandbox/sms",
        sender_name="EVNHANOI",
        keys={
            "api_key": "HANOI",
            "secret_key": credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "SMS"),
        },
        callback_url="http://127.0.0.1:1/hooks/sms",
        host="hanoi.localhost",
    )
    monkeypatch.setattr(accounts, "find_account", lambda channel: made)
    yield made
    server.shutdown()
    server.server_close()
