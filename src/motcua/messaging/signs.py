"""Short signs to whoever has a page open: there is something new, somebody is typing, somebody has read up to here.

They are notifications of the database and nothing is stored: no row is written for a key pressed, nothing has to be
swept, and what is not repeated is over by itself. A sign that is lost costs nothing, since every page asks for the
rows when it comes back. This file is read by the edge as well, so it knows no models.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

NEWS = "mc_live"  # company:conversation:seq:unit:owner:staff:is_for_list
SIGNS = "mc_sign"
CUSTOMER, STAFF = "customer", "staff"

TYPING, NOTING, QUIET, HERE, GONE, READ = "typing", "noting", "quiet", "here", "gone", "read"
CHANGED = (
    "changed"  # something said before looks different now: it was delivered, rewritten, its picture came
)
FROM_PAGES = frozenset({TYPING, NOTING, QUIET})


@dataclass(frozen=True)
class News:
    """A conversation has something new. `is_for_list`: the desk's lists look different after it."""

    company: str
    conversation: str
    unit_code: str = ""
    staff_id: str = ""
    is_for_list: bool = False


@dataclass(frozen=True)
class Sign:
    """What somebody in a conversation does just now. `side` is CUSTOMER or STAFF; `seq` says how far they have read."""

    company: str
    conversation: str
    what: str
    side: str
    who: str = ""
    name: str = ""
    seq: int = 0

    def as_text(self) -> str:
        parts = [self.company, self.conversation, self.what, self.side, self.who, self.name[:120], self.seq]
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def read_news(payload: str) -> News:
    """What a notification of NEWS says."""
    company, conversation, _seq, unit, _owner, staff, listed = (payload.split(":") + [""] * 6)[:7]
    return News(company, conversation, unit, staff, listed == "1")


def read_sign(payload: str) -> Sign | None:
    """What a notification of SIGNS says; None when it is no sign of ours."""
    try:
        company, conversation, what, side, who, name, seq = json.loads(payload)
        return Sign(str(company), str(conversation), str(what), str(side), str(who), str(name), int(seq))
    except (ValueError, TypeError):
        return None


def tell_news(
    *,
    conversation_id: UUID,
    seq: int,
    unit_code: str = "",
    owner: str = "",
    staff_id: str = "",
    is_for_list: bool = False,
) -> None:
    """Ring, at commit, for a conversation; whoever hears it reads the rows itself.

    `staff_id` is whose list it stands in, or stood in until now; lists of the conversation's unit hear it too.
    """
    parts = [_company(), conversation_id, seq, unit_code, owner, staff_id, int(is_for_list)]
    _notify(NEWS, ":".join(str(part) for part in parts))


def tell_sign(sign: Sign) -> None:
    """Pass a sign on, at commit."""
    _notify(SIGNS, sign.as_text())


def tell_read(*, conversation_id: UUID, seq: int, by_staff: bool) -> None:
    """One side has read up to this number: the other side's page shows it."""
    side = STAFF if by_staff else CUSTOMER
    tell_sign(Sign(_company(), str(conversation_id), READ, side, seq=seq))


def tell_changed(*, conversation_id: UUID) -> None:
    """What pages already show of the conversation is to be drawn again."""
    tell_sign(Sign(_company(), str(conversation_id), CHANGED, STAFF))


def _company() -> str:
    from motcua.companies.context import current_company_code  # the edge reads this file without the models

    return current_company_code()


def _notify(channel: str, payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])
