"""People named in a note ("@username") get a notice, whatever face the note came through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from motcua.companies import access as company_access
from motcua.companies import queries as company_queries
from motcua.kernel.actors import Actor
from motcua.kernel.mentions import names_in
from motcua.requests import registry
from motcua.requests.models import Mention, Note
from motcua.requests.queries import RequestView
from motcua.requests.rules import Fact


@registry.on_journaled
def notice_mentions(view: RequestView, facts: Sequence[tuple[int, Fact]], at: datetime) -> None:
    """A notice for each person named in a new note, if they may see the request. Runs at the end of the act."""
    ids = [fact.payload["note"] for _seq, fact in facts if fact.name == "note.added"]
    if not ids:
        return
    for note in Note.objects.filter(id__in=ids):
        reached = []
        for person in company_queries.list_staff_by_username(names_in(note.text)):
            reader = company_access.actor_of(person)
            if view.unit_code in reader.unit_codes and reader.ref != note.author:
                reached.append(Mention(note=note, request_id=view.id, staff_id=person.id, at=at))
        Mention.objects.bulk_create(reached, ignore_conflicts=True)


def read_mentions(*, actor: Actor, at: datetime, request_id: UUID | None = None) -> int:
    """This person has read what names them: at one request, or everywhere. How many were new."""
    rows = Mention.objects.filter(staff_id=actor.id, read_at__isnull=True)
    return (rows.filter(request_id=request_id) if request_id else rows).update(read_at=at)
