"""What people keep of the work list: named choices, columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.kernel.vietnamese import clean
from motcua.requests.models import DeskChoice, SavedList
from motcua.requests.operations.refusals import NotYours

MOST_OWN = 20


class NameMissing(Refused):
    code = "NAME_MISSING"
    message = gettext_noop("Hãy đặt tên cho danh sách.")


class TooManyLists(Refused):
    code = "TOO_MANY_LISTS"
    message = gettext_noop("Mỗi người giữ nhiều nhất %(most)s danh sách. Hãy bỏ bớt một danh sách.")


def save_list(
    *, name: str, query: str, columns: Sequence[str], unit_code: str, actor: Actor, at: datetime
) -> SavedList:
    """Keep a choice under a name; the same name again takes the new choice. With a unit: shared there.

    Raises NameMissing, TooManyLists, NotYours for a unit the actor does not work for.
    """
    name = clean(name)[:60]
    if not name:
        raise NameMissing(field="name")
    if unit_code and unit_code not in actor.unit_codes:
        raise NotYours(field="unit")
    with transaction.atomic():
        own = SavedList.objects.select_for_update().filter(staff_id=actor.id)
        if len(own) >= MOST_OWN and all(row.name != name for row in own):
            raise TooManyLists(field="name", most=MOST_OWN)
        values = {"query": query[:400], "columns": list(columns), "unit_code": unit_code}
        row, _ = SavedList.objects.update_or_create(
            staff_id=actor.id, name=name, defaults=values,
            create_defaults={**values, "id": new_id(at), "created_at": at},
        )  # fmt: skip
    return row


def forget_list(*, list_id: UUID, actor: Actor) -> None:
    """Remove a list of one's own, for everybody it was shared with too. Raises NotFound."""
    gone, _ = SavedList.objects.filter(id=list_id, staff_id=actor.id).delete()
    if not gone:
        raise NotFound()


def choose_columns(*, columns: Sequence[str], actor: Actor, at: datetime) -> None:
    """The columns this person wants to see."""
    DeskChoice.objects.update_or_create(
        staff_id=actor.id, defaults={"columns": list(columns), "changed_at": at}
    )
