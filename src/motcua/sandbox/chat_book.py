"""What a chat service that exists only here remembers: people with phones, what they and the company wrote, who wrote last,
the faults planned for the next calls and the next events. Zalo and Messenger add what only they have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from django.conf import settings

from motcua.channels import credentials, stand_ins
from motcua.sandbox import hook_calls
from motcua.sandbox.store import Store

SHOWN = 60

Fault = TypeVar("Fault", bound=StrEnum)


@dataclass(frozen=True)
class Line:
    """A message on the phone. `extra`: choices, buttons, a picture, a file, a template's name, a question for contact data."""

    id: str
    is_theirs: bool
    text: str
    extra: Mapping[str, Any]
    at: str


class ChatBook(Store[Fault]):
    """The books of one service. `person_column`: what it notes of a person beside the usual; `new_id` names a message."""

    def __init__(
        self,
        channel: str,
        *,
        faults: type[Fault],
        of_events: frozenset[Fault],
        person_column: str,
        person_digits: int,
        person_word: str,
        new_id: Callable[[], str],
        tables: Sequence[str],
    ) -> None:
        own = (
            f"CREATE TABLE IF NOT EXISTS people (id TEXT, company TEXT, name TEXT, phone TEXT, last_sign TEXT, {person_column}, "
            "PRIMARY KEY (company, id))",
            "CREATE TABLE IF NOT EXISTS messages (serial INTEGER PRIMARY KEY, id TEXT UNIQUE, company TEXT, person TEXT, "
            "is_theirs INTEGER, text TEXT, extra TEXT, at TEXT)",
            "CREATE INDEX IF NOT EXISTS messages_person ON messages (company, person, serial)",
            hook_calls.TABLE,
        )
        super().__init__(channel.lower(), [*own, *tables], faults)
        self.channel, self.of_events, self.new_id = channel, of_events, new_id
        self.person_digits, self.person_word = person_digits, person_word

    def account_of(self, company_code: str) -> dict[str, Any]:
        """The ids and settings of a company's account here."""
        return stand_ins.settings_of(self.channel, company_code)

    def secret_of(self, company_code: str) -> str:
        return credentials.stand_in_secret(settings.SECRET_KEY, company_code, self.channel)

    def take_fault_of(self, opened: sqlite3.Connection, *, of_events: bool) -> Fault | None:
        """The first fault planned for an event, or for a call, taken off the list."""
        return self.take_fault(
            opened, [fault for fault in self.faults if (fault in self.of_events) is of_events]
        )

    # ---- people

    def person_id(self, company: str, phone: str) -> str:
        """A person's id at one account: another one at each."""
        return stand_ins.number_of(self.person_word, company, phone, digits=self.person_digits)

    def ensure_person(self, company: str, *, phone: str, name: str = "") -> str:
        """Somebody with a phone who uses the service; their id for this account."""
        id = self.person_id(company, phone)
        with self.open() as opened:
            opened.execute(
                "INSERT OR IGNORE INTO people (id, company, name, phone, last_sign) VALUES (?, ?, ?, ?, '')",
                [id, company, name or f"Khách {phone[-4:]}", phone],
            )
        return id

    def list_people(self, company: str) -> list[tuple[str, str, str]]:
        """Ids, names and phones of who wrote last."""
        with self.open() as opened:
            rows = opened.execute(
                "SELECT id, name, phone FROM people WHERE company = ? ORDER BY last_sign DESC LIMIT 12",
                [company],
            ).fetchall()
        return [(str(id), str(name), str(phone)) for id, name, phone in rows]

    def touch(self, opened: sqlite3.Connection, company: str, person: str, at: datetime) -> None:
        opened.execute(
            "UPDATE people SET last_sign = ? WHERE company = ? AND id = ?", [at.isoformat(), company, person]
        )

    def move_sign(self, company: str, id: str, *, hours: int, at: datetime) -> None:
        """Let the last sign of somebody be so long ago: the window as it will be then."""
        with self.open() as opened:
            self.touch(opened, company, id, at - timedelta(hours=hours))

    # ---- messages

    def keep_message(
        self,
        opened: sqlite3.Connection,
        company: str,
        person: str,
        *,
        is_theirs: bool,
        text: str,
        extra: Mapping[str, Any],
        at: datetime,
    ) -> str:
        """Write a message down; its id."""
        id = self.new_id()
        opened.execute(
            "INSERT INTO messages (id, company, person, is_theirs, text, extra, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [id, company, person, is_theirs, text, orjson.dumps(dict(extra)).decode(), at.isoformat()],
        )
        if is_theirs:
            self.touch(opened, company, person, at)
        return id

    def change_message(self, company: str, id: str, text: str) -> None:
        with self.open() as opened:
            opened.execute("UPDATE messages SET text = ? WHERE company = ? AND id = ?", [text, company, id])

    def list_lines(self, company: str, person: str) -> list[Line]:
        """What stands on the phone, oldest first."""
        with self.open() as opened:
            rows = opened.execute(
                "SELECT id, is_theirs, text, extra, at FROM messages WHERE company = ? AND person = ? ORDER BY serial DESC LIMIT ?",
                [company, person, SHOWN],
            ).fetchall()
        return [
            Line(id, bool(theirs), text, orjson.loads(extra), at)
            for id, theirs, text, extra, at in reversed(rows)
        ]
