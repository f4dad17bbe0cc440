"""Conversations found by what was said in them, by the end of a phone, by customer or request; only those one may see.

The words stand in a row beside each conversation and are written a moment after they were said, by a job or by whoever
searches first, so that saying something costs one small row and no index of words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from motcua.kernel import vietnamese
from motcua.messaging.models import Conversation, Leg, Message, MessageKind
from motcua.messaging.queries import ConversationView, MessageView
from motcua.messaging.queries.views import view_conversation, view_message
from motcua.messaging.talk.models import TalkFinding, TalkToFind

MOST_MESSAGES, MOST_WORDS, LONGEST_WORD = 1000, 2000, 40
FOUND_AT_MOST = 5000
NEWEST = 5000
SHORTEST_BEGUN_NUMBER = 4
PHONE_END, LONGEST_END = 4, 8  # more digits than these are a whole number, its 0 in front included
_PHONE = re.compile(r"^\+?\d{9,15}$")
# Updated where it stands there already: the lock keeps `catch_up` from taking it before what was said is committed.
_TO_FIND = """
INSERT INTO messaging_talktofind (conversation_id) VALUES (%s)
ON CONFLICT (conversation_id) DO UPDATE SET conversation_id = EXCLUDED.conversation_id
"""
# Both rows or the next: whoever says something holds the conversation and waits for the mark, so this may wait for neither.
_NEXT = """
SELECT c.id FROM messaging_talktofind w JOIN messaging_conversation c ON c.id = w.conversation_id
 ORDER BY w.conversation_id DESC LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
_UPSERT = """
INSERT INTO messaging_talkfinding (conversation_id, last_at, words, phone_backwards)
VALUES (%s, %s, array_to_tsvector(%s), %s)
ON CONFLICT (conversation_id) DO UPDATE
   SET last_at = EXCLUDED.last_at, words = EXCLUDED.words, phone_backwards = EXCLUDED.phone_backwards
"""


def to_find(conversation_id: UUID) -> None:
    """What the conversation is found by is out of date."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_FIND, [conversation_id])


def catch_up(*, limit: int) -> int:
    """Write the words of conversations that wait for it. How many. One at a time, since saying something waits for that; new
    ones first, for after an upgrade there are many.
    """
    done = 0
    while done < limit and _next():
        done += 1
    return done


def _next() -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NEXT)
        waiting = cursor.fetchone()
        if waiting is None:
            return False
        _write(Conversation.objects.get(id=waiting[0]))
        TalkToFind.objects.filter(conversation_id=waiting[0]).delete()
        return True


def _write(row: Conversation) -> None:
    said = Message.objects.filter(conversation_id=row.id).order_by("-seq")[:MOST_MESSAGES]
    lines = list(said.values_list("text", "at"))
    words = {unit_word(row.unit_code), staff_word(row.staff_id)}
    for text, _at in lines:
        words.update(word[:LONGEST_WORD] for word in vietnamese.tokens(text))
        if len(words) > MOST_WORDS:
            break
    last_at = lines[0][1] if lines else row.opened_at
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [row.id, last_at, sorted(words), _phone_of(row)[::-1]])


def _phone_of(row: Conversation) -> str:
    """The number among the addresses that speak in it; some channels go by phone."""
    addresses = [row.address, *Leg.objects.filter(conversation_id=row.id).values_list("address", flat=True)]
    return next((address.lstrip("+")[:16] for address in addresses if _PHONE.match(address)), "")


def unit_word(unit_code: str) -> str:
    """The word that stands for a unit; conversations of none have one too."""
    return f"u_{unit_code.lower()}"


def staff_word(staff_id: str) -> str:
    """The word that stands for who answers."""
    return f"s_{staff_id.replace('-', '').lower()}"


# asking


def find_ids(
    text: str,
    *,
    unit_codes: Collection[str],
    staff_id: str,
    customer_ids: Iterable[UUID] = (),
    request_ids: Iterable[UUID] = (),
    limit: int = 50,
) -> list[UUID]:
    """Conversations that this person may see, newest first: of these customers and requests, and by what the text says.

    No unit code means every unit, as in `access`. A common word is met among the newest; few hits are read from the index
    of words and ordered; many that are old are met walking from the newest back.
    """
    seen: dict[str, Any] = {"units": ["", *sorted(unit_codes)], "staff": staff_id, "limit": limit}
    is_whole = not unit_codes
    found: dict[UUID, datetime] = {}
    with connection.cursor() as cursor:

        def ask(sql: str, **more: Any) -> list[Any]:
            cursor.execute(sql.format(may_see="" if is_whole else _MAY_SEE), {**seen, **more})
            return list(cursor.fetchall())

        customers, requests = list(customer_ids), list(request_ids)
        if customers or requests:
            found |= dict(ask(_OF_PEOPLE, customers=customers, requests=requests))
        digits = "".join(character for character in text if character.isdigit())
        if len(digits) >= PHONE_END and not any(character.isalpha() for character in text):
            end = digits.removeprefix("0") if len(digits) > LONGEST_END else digits
            found |= dict(ask(_BY_PHONE, like=f"{end[::-1]}%"))
        if question := _question(text):
            if not is_whole:
                mine = [*(unit_word(code) for code in seen["units"]), staff_word(staff_id)]
                question = f"({question}) & ({' | '.join(_quoted(word) for word in mine)})"
            found |= dict(_by_words(ask, question, limit))
    return sorted(found, key=lambda id: (found[id], id), reverse=True)[:limit]


def _by_words(ask: Any, question: str, limit: int) -> list[Any]:
    rows: list[Any] = ask(_BY_WORDS_NEWEST + _IN_ORDER, question=question, newest=NEWEST)
    if len(rows) < limit:
        rows = ask(_BY_WORDS + " LIMIT %(most)s", question=question, most=FOUND_AT_MOST)
        if len(rows) == FOUND_AT_MOST:
            rows = ask(_BY_WORDS + _IN_ORDER, question=question)
    return sorted(rows, key=lambda row: row[1], reverse=True)[:limit]


def _question(text: str) -> str:
    """All words of the text, the last may be unfinished (see `_begun`); digits also as one number."""
    words = [word[:LONGEST_WORD] for word in vietnamese.tokens(text)[:12]]
    if not words:
        return ""
    said = " & ".join([*map(_quoted, words[:-1]), _begun(words[-1])])
    alone = "".join(words)
    return f"({said}) | {_quoted(alone)}" if len(words) > 1 and alone.isdigit() else said


def _begun(word: str) -> str:
    """A word that may go on. Numbers do from four signs on: syllables are few, numbers that begin alike are half the index."""
    goes_on = word.isalpha() or len(word) >= SHORTEST_BEGUN_NUMBER
    return f"{_quoted(word)}:*" if goes_on else _quoted(word)


def _quoted(word: str) -> str:
    return f"'{word}'"  # folded words are letters and digits; ours have an underscore more


_MAY_SEE = "AND (c.unit_code = ANY(%(units)s) OR c.staff_id = %(staff)s)"
_IN_ORDER = " ORDER BY f.last_at DESC LIMIT %(limit)s"
_OF_PEOPLE = """
SELECT c.id, coalesce(f.last_at, c.opened_at) AS last_at
  FROM messaging_conversation c LEFT JOIN messaging_talkfinding f ON f.conversation_id = c.id
 WHERE (c.customer_id = ANY(%(customers)s::uuid[]) OR c.request_id = ANY(%(requests)s::uuid[])) {may_see}
 ORDER BY last_at DESC LIMIT %(limit)s
"""
_BY_PHONE = """
SELECT c.id, f.last_at FROM messaging_talkfinding f JOIN messaging_conversation c ON c.id = f.conversation_id
 WHERE f.phone_backwards LIKE %(like)s AND f.phone_backwards <> '' {may_see}
 ORDER BY f.last_at DESC LIMIT %(limit)s
"""
_BY_WORDS = """
SELECT c.id, f.last_at FROM messaging_talkfinding f JOIN messaging_conversation c ON c.id = f.conversation_id
 WHERE f.words @@ %(question)s::tsquery {may_see}
"""
_BY_WORDS_NEWEST = """
SELECT c.id, f.last_at
  FROM (SELECT * FROM messaging_talkfinding ORDER BY last_at DESC LIMIT %(newest)s) f
  JOIN messaging_conversation c ON c.id = f.conversation_id
 WHERE f.words @@ %(question)s::tsquery {may_see}
"""


def list_found(ids: Collection[UUID]) -> list[ConversationView]:
    """These conversations, in this order."""
    rows = Conversation.objects.in_bulk(list(ids))
    return [view_conversation(rows[id]) for id in ids if id in rows]


def list_latest(ids: Collection[UUID], *, each: int = 60) -> dict[UUID, list[MessageView]]:
    """What was said last in each of these conversations, newest first."""
    rows = Message.objects.filter(
        conversation_id__in=list(ids), seq__gt=F("conversation__last_seq") - each
    ).exclude(kind=MessageKind.EVENT)
    said: dict[UUID, list[MessageView]] = {}
    for row in rows.order_by("conversation_id", "-seq"):
        said.setdefault(row.conversation_id, []).append(view_message(row))
    return said


def forget(conversation_id: UUID) -> None:
    """What was said is erased: nobody finds it any more."""
    TalkFinding.objects.filter(conversation_id=conversation_id).delete()
    to_find(conversation_id)
