"""The identity card that was just scanned: kept with the session for a short while, never in an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from motcua.kernel.id_cards import IdCard
from motcua.kernel.ids import new_id
from motcua.services.declaration import KnownAs, QuestionType, Service
from motcua.web.staff_pages import StaffRequest

KEPT = "counter_card"
LIFE = timedelta(minutes=15)


def keep(request: StaffRequest, card: IdCard, at: datetime) -> str:
    """Keep the card; the name under which an address may speak of it."""
    name = new_id(at).hex
    request.session[KEPT] = {
        "name": name, "at": at.isoformat(), "number": card.number, "full_name": card.full_name, "residence": card.residence,
        "is_unmarked": card.is_unmarked,
    }  # fmt: skip
    return name


def find(request: StaffRequest, name: str, at: datetime) -> dict[str, Any]:
    """The card of this name, while it is fresh; empty otherwise."""
    kept: dict[str, Any] = request.session.get(KEPT, {})
    is_fresh = bool(kept) and at - datetime.fromisoformat(kept["at"]) <= LIFE
    return kept if is_fresh and kept["name"] == name else {}


def forget(request: StaffRequest) -> None:
    """The request is in: the card is not needed any more."""
    request.session.pop(KEPT, None)


def answers(service: Service, card: dict[str, Any]) -> dict[str, Any]:
    """What the card answers: whose name, whose number."""
    told = {QuestionType.PERSON_NAME: card.get("full_name"), QuestionType.ID_NUMBER: card.get("number")}
    return {
        question.name: told[question.type]
        for question in service.questions
        if told.get(question.type) and question.known is not KnownAs.NOTHING
    }
