"""Buttons: what their payload says, and what a tap means."""

from __future__ import annotations

from dataclasses import dataclass

from motcua.services import values
from motcua.services.declaration import Question, Service
from motcua.services.dialogue.hearing import Heard

_PAYLOAD = "f"


@dataclass(frozen=True)
class Button:
    """Something to tap. The payload says which version of which form it belongs to, for late taps."""

    label: str
    payload: str


@dataclass(frozen=True)
class Tap:
    """A tapped button, read back."""

    service_code: str
    version: int
    question: str
    value: str

    @property
    def is_skip(self) -> bool:
        return not self.value


def payload(service: Service, question: Question, value: str) -> str:
    return ":".join((_PAYLOAD, service.code, str(service.version), question.name, value))


def read_payload(text: str) -> Tap | None:
    """A button's payload; None when it is none of a form. An empty value means skip."""
    parts = text.split(":", 4)
    if len(parts) != 5 or parts[0] != _PAYLOAD or not parts[2].isascii() or not parts[2].isdigit():
        return None
    return Tap(parts[1], int(parts[2]), parts[3], parts[4])


def hear_tap(service: Service, tap: Tap) -> tuple[Question, Heard] | None:
    """What a tap means to this service; None when its question or value is no longer there.

    A button of an older version counts as long as the question still offers its value.
    """
    question = next((q for q in service.questions if q.name == tap.question), None)
    if tap.service_code != service.code or question is None:
        return None
    if tap.is_skip:
        return (question, Heard(skipped=True)) if not question.required else None
    found = values.read(question, tap.value)
    return (question, Heard(value=found.value)) if found.value is not None else None
