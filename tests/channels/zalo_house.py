"""This Zalo, and the phone of somebody on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from motcua.config import clock
from motcua.sandbox import zalo, zalo_api, zalo_calls
from tests.channels.chat_house import HOST, PHONE, ChatHouse, served


class House(ChatHouse):
    book, hook_calls = zalo.STORE, zalo_calls.CALLS

    def says(self, text: str, *, kind: str = "text", **message: Any) -> str:
        told = message or {"text": text}
        return zalo_calls.say("HANOI", HOST, self.person, kind, told, clock.now(), shown=text, extra={})


@pytest.fixture
def zalo_house(tmp_path: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(zalo_calls, "deliver_pending", lambda: 0)
    with served(zalo_api.app, zalo_calls, tmp_path, at, monkeypatch) as (address, moved):
        person = zalo.ensure_person("HANOI", phone=PHONE, name="Hoa")
        yield House(f"{address}{zalo_api.PREFIX}", moved, person)
