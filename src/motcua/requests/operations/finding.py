"""What a request is found by is written with it, in the act that makes or changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.config import rows
from motcua.customers import queries as customer_queries
from motcua.kernel import vietnamese
from motcua.requests import queries, registry
from motcua.requests.models import Finding, Request, ToFind
from motcua.requests.queries import RequestView
from motcua.requests.rules import Fact
from motcua.supply import queries as supply_queries

# Acts that change what is looked for.
CHANGING = frozenset(
    {"request.submitted", "request.routed", "supply.energised", "account.changed", "request.reopened"}
)
MOST_WORDS = 120
_UPSERT = """
INSERT INTO requests_finding (request_id, submitted_at, words, phone_backwards)
VALUES (%s, %s, array_to_tsvector(%s), %s)
ON CONFLICT (request_id) DO UPDATE SET words = EXCLUDED.words, phone_backwards = EXCLUDED.phone_backwards
"""
WORD_BREAK = " "  # no word has one in it
_UPSERT_MANY = """
INSERT INTO requests_finding (request_id, submitted_at, words, phone_backwards)
SELECT id, sent, array_to_tsvector(string_to_array(words, ' ')), phone
FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[]) AS told(id, sent, words, phone)
ON CONFLICT (request_id) DO UPDATE SET words = EXCLUDED.words, phone_backwards = EXCLUDED.phone_backwards
"""


@registry.on_journaled
def keep_findable(view: RequestView, facts: Sequence[tuple[int, Fact]], at: datetime) -> None:
    """After an act that changes what a request is found by. Runs at the end of the act, in its transaction."""
    if any(fact.name in CHANGING for _seq, fact in facts):
        make_findable(view)


@registry.together(keep_findable)
def keep_many_findable(acts: Sequence[registry.Written]) -> None:
    """The same for many requests: their places are read and their words written at once."""
    changed = [act.request for act in acts if any(fact.name in CHANGING for _seq, fact in act.facts)]
    for view in changed:
        if not view.answers:
            make_findable(view)
    views = [view for view in changed if view.answers]
    places = supply_queries.list_places(view.place_id for view in views if view.place_id)
    told = [
        (view.id, view.state.submitted_at, WORD_BREAK.join(words_of(view, places)), _phone(view)[::-1])
        for view in views
    ]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT_MANY, [list(column) for column in zip(*told, strict=True)])


def make_findable(view: RequestView) -> None:
    """Write the words of a request; erased ones have none."""
    if not view.answers:
        Finding.objects.filter(request_id=view.id).delete()
        return
    rows.say((_UPSERT, [view.id, view.state.submitted_at, words_of(view), _phone(view)[::-1]]))


def words_of(view: RequestView, places: Mapping[UUID, supply_queries.PlaceView] | None = None) -> list[str]:
    """Folded words of name and place, old names and new; codes each behind a letter of their own.

    `places`: those that were read already.
    """
    state = view.state
    words = {*queries.code_words(state.number, state.external_number, state.account_code)}
    words |= {queries.unit_word(state.unit_code), queries.sender_word(state.submitted_by)}
    for text in _texts(view, places or {}):
        words.update(vietnamese.tokens(text))
    return sorted(word for word in words if word)[:MOST_WORDS]


def _texts(view: RequestView, places: Mapping[UUID, supply_queries.PlaceView]) -> list[str]:
    answers: Any = view.answers
    texts = [str(answers.get("full_name") or "")]
    if not texts[0] and view.customer_id:
        known = customer_queries.find_customer(view.customer_id)
        texts = [known.full_name] if known else []
    place = answers.get("place")
    if isinstance(place, dict):
        texts += [str(place.get(name) or "") for name in ("text", "district", "commune", "street", "hamlet")]
    if view.place_id:
        kept = places.get(view.place_id) or supply_queries.get_place(view.place_id)
        texts += [kept.text, kept.district, kept.commune, kept.hamlet, kept.street, kept.new_commune]
    return texts


def _phone(view: RequestView) -> str:
    return str(view.answers.get("phone") or "")[:16]


def catch_up(*, limit: int) -> int:
    """Write the words of requests that wait for them. How many."""
    with transaction.atomic():
        waiting = list(ToFind.objects.select_for_update(skip_locked=True).order_by("request_id")[:limit])
        ids = [row.request_id for row in waiting]
        for row in Request.objects.select_related("data").filter(id__in=ids):
            make_findable(queries.view_of(row))
        ToFind.objects.filter(request_id__in=ids).delete()
    return len(ids)
