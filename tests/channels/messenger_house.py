"""This Messenger, and the phone of somebody on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from motcua.channels import stand_ins
from motcua.config import clock
from motcua.sandbox import messenger, messenger_api, messenger_calls
from tests.channels.chat_house import HOST, PHONE, ChatHouse, served

OWN = stand_ins.settings_of("MESSENGER", "HANOI")


class House(ChatHouse):
    book, hook_calls = messenger.STORE, messenger_calls.CALLS

    def says(self, text: str, **message: Any) -> str:
        told = message or {"text": text}
        return messenger_calls.say("HANOI", HOST, self.person, told, clock.now(), shown=text)

    def does(self, kind: str, **told: Any) -> None:
        messenger_calls.tell("HANOI", HOST, self.person, kind, told, clock.now())


@pytest.fixture
def messenger_house(tmp_path: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with served(messenger_api.app, messenger_calls, tmp_path, at, monkeypatch) as (address, moved):
        person = messenger.ensure_person("HANOI", phone=PHONE, name="Nguyễn Thị Hoa")
        yield House(f"{address}{messenger_api.PREFIX}", moved, person)
