"""Where a conversation stands, what the assistant may know, and what it wants done. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from motcua.assistant.knowledge.library import Library
from motcua.messaging.rules import Button
from motcua.services.declaration import Service, Text
from motcua.services.known import NOTHING, Known

NO_LIBRARY = Library()


class Mode(StrEnum):
    IDLE = "IDLE"  # nothing open
    CHOOSE = "CHOOSE"  # services were offered
    ASKING = "ASKING"  # a question of the open form was asked
    REVIEW = "REVIEW"  # the summary was shown
    REFUSED = "REFUSED"  # an answer made the service impossible
    CONFIRM_CHANGE = "CONFIRM_CHANGE"
    CONFIRM_CANCEL = "CONFIRM_CANCEL"
    CONFIRM_RESTART = "CONFIRM_RESTART"
    CONFIRM_SWITCH = "CONFIRM_SWITCH"
    CONFIRM_RESUME = "CONFIRM_RESUME"
    WHICH_PAPER = "WHICH_PAPER"
    WHERE = "WHERE"  # where the power is out was asked


@dataclass
class State:
    """The assistant's memory of a conversation. The open form's answers are in its draft."""

    mode: str = Mode.IDLE.value
    service: str = ""
    asked: str = ""
    skipped: list[str] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)  # services whose drafts wait below the open one
    offered: list[str] = field(default_factory=list)  # button values, for those who reply with a number
    change: dict[str, Any] = field(default_factory=dict)
    other_service: str = ""
    photos: list[dict[str, str]] = field(default_factory=list)  # document_id, paper, file_name
    misses: int = 0
    is_danger_told: bool = False
    is_greeted: bool = False
    last_number: str = ""
    last_at: str = ""
    outage_wish: str = ""  # what was wanted when it was asked where the power is out, and in which words
    outage_text: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> State:
        known = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
        return cls(**known)


@dataclass(frozen=True)
class Draft:
    """An open draft: the version of the service it was begun under, and what was answered, right or wrong."""

    service: Service
    answers: Mapping[str, Any]
    resume_code: str = ""


@dataclass(frozen=True)
class World:
    """All the assistant may know besides the conversation."""

    services: Sequence[Service]
    drafts: Mapping[str, Draft]  # by service code
    now: datetime
    language: str = "vi"
    brand: str = ""
    hotline: str = ""
    waiting: str = ""
    follow_address: str = ""
    known_phone: str = ""
    known: Known = NOTHING  # what is on record of the customer, when the conversation is proven to be theirs
    library: Library = NO_LIBRARY
    has_outages: bool = False  # somewhere the power is out, came back hours ago, or will be cut within days

    def service(self, code: str) -> Service | None:
        return next((service for service in self.services if service.code == code), None)


@dataclass(frozen=True)
class Said:
    """What the customer sent: words, a button, or a file."""

    text: str = ""
    button: str = ""
    document_id: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class StartDraft:
    service: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Save:
    """Values of the open draft as typed; None takes one away."""

    service: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Discard:
    service: str


@dataclass(frozen=True)
class Submit:
    service: str


@dataclass(frozen=True)
class HandOver:
    is_urgent: bool = False


@dataclass(frozen=True)
class MarkUrgent:
    pass


@dataclass(frozen=True)
class LookForOutage:
    """An account code, or an address in words."""

    where: str


Act = StartDraft | Save | Discard | Submit | HandOver | MarkUrgent | LookForOutage


@dataclass(frozen=True)
class Reply:
    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a turn leads to: the new state, the words, and what must be done, in this order."""

    state: State
    replies: tuple[Reply, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Sent:
    """A request was made of the open draft."""

    number: str
    due: str = ""
    code_word: str = ""
    link: str = ""
    was_sent_before: bool = False


@dataclass(frozen=True)
class OutageSeen:
    """An outage as a customer may hear it."""

    place: str
    cause: Text
    begun: datetime | None
    until: datetime | None  # when the power is expected back, or came back


@dataclass(frozen=True)
class OutagesSeen:
    """What is known at a place: out now, over since hours, planned."""

    now: tuple[OutageSeen, ...] = ()
    restored: tuple[OutageSeen, ...] = ()
    ahead: tuple[OutageSeen, ...] = ()
