"""`motcua quote`: one case, or a case a line, in; one line of JSON a case out. See docs/reference/quote.md.

By the prices of this installation; where there is none yet, or with `--shipped`, by those that come with Motcua.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from motcua.billing.rules import quoting
from motcua.billing.rules.refusals import Contradiction
from motcua.kernel.results import Refused
from motcua.ops.home import Home
from motcua.ops.trouble import Exit

if TYPE_CHECKING:
    from motcua.tariffs.book import PriceBook


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are said once."""
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Contradiction(field=twice, name=twice, other=twice)
    return told


# made once: json.loads and json.dumps would make them anew for every line
_READER = json.JSONDecoder(object_pairs_hook=_once)
_WRITER = json.JSONEncoder(ensure_ascii=False)


def run(told: argparse.Namespace) -> int:
    """Exit code 1 when a case was refused; the others are answered all the same."""
    home = told.home or os.environ.get("MOTCUA_HOME") or "var"
    os.environ["MOTCUA_HOME"] = home
    book = (None if told.shipped else _of_installation(home)) or _shipped()
    today = _today()
    is_fine = True
    for case in cases(sys.stdin):
        answer = answer_to(case, book, today)
        is_fine &= "error" not in answer
        print(_WRITER.encode(answer), flush=True)
    return int(Exit.OK if is_fine else Exit.FAILED)


def cases(source: IO[str]) -> Iterator[str]:
    """The texts of the cases: a line each, or the whole input when it is one case over several lines."""
    lines = (line for line in source if line.strip())
    first = next(lines, None)
    if first is None:
        return
    if not _is_json(first):
        rest = [first, *lines]
        if _is_json(whole := "".join(rest)):
            yield whole
            return
        yield from rest
        return
    yield first
    yield from lines


def answer_to(text: str, book: PriceBook, today: date) -> dict[str, Any]:
    """The quote, or what is wrong: `error` (a stable code), `field` as the case names it, `message`."""
    try:
        return quoting.quote(_READER.decode(text.strip()), book, today)
    except Refused as refusal:
        return {"error": refusal.code, "field": refusal.field or "", "message": str(refusal)}
    except (ValueError, RecursionError) as problem:
        return {"error": "MALFORMED", "field": "", "message": f"{problem}"}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _of_installation(home: str) -> PriceBook | None:
    """The installation's own prices; None where nothing was ever started or migrated."""
    if not os.environ.get("DATABASE_URL") and not _has_database(home):
        return None
    from motcua.ops import database

    with database.entered(Home(home)):
        from django.db import ProgrammingError

        from motcua.companies.context import in_public
        from motcua.tariffs import queries

        try:
            with in_public():
                book = queries.price_book()
        except ProgrammingError:  # not migrated to prices yet
            return None
    return book if book.prices else None


def _has_database(home: str) -> bool:
    from motcua.ops import postgres_programs

    if not Path(home).expanduser().exists():
        return False
    place = Home(home)
    return (
        postgres_programs.data_root(place, postgres_programs.programs_for(place)) / "data" / "PG_VERSION"
    ).exists()


def _shipped() -> PriceBook:
    from motcua.tariffs import energy

    return energy.price_book()


def _today() -> date:
    from motcua.config import clock
    from motcua.kernel import local_time

    return local_time.local_date(clock.now())
