"""Finding places by an address as somebody says it: by its names of before the merger or of after, or by a neighbour.

Communes and districts were renamed and merged, houses, lanes and hamlets were not: these must agree, while a commune
or district that agrees only brings a place up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from motcua.companies import addresses
from motcua.kernel import codes, vietnamese
from motcua.supply import queries
from motcua.supply.models import FOLDED_WORDS, PLACE_TEXTS, Place

MOST = 20
WEIGHED = 500  # of places with the same house and street in the whole company
FEWEST_WORDS = 2
# What one person writes and another leaves out.
PASSED_OVER = frozenset(
    {
        "so",
        "nha",
        "ngo",
        "ngach",
        "hem",
        "duong",
        "pho",
        "thon",
        "xom",
        "ap",
        "ban",
        "to",
        "khu",
        "tinh",
        "tp",
    }
)

_FIND = """
SELECT id FROM (
    SELECT id, created_at, {words} AS words FROM supply_place
    WHERE {words} @@ %(sure)s::tsquery AND (%(province)s = '' OR new_province_code IN ('', %(province)s))
    LIMIT %(weighed)s
) found
ORDER BY {agreeing} DESC, created_at DESC, id LIMIT %(limit)s
""".replace("{words}", FOLDED_WORDS.format(texts=" || ' ' || ".join(PLACE_TEXTS)))


@dataclass(frozen=True)
class Asked:
    """An address in words: those that must agree, and groups of those that may."""

    sure: tuple[str, ...]
    may: tuple[tuple[str, ...], ...] = ()
    province_code: str = ""


def find_places(text: str, on: date, *, limit: int = MOST) -> list[UUID]:
    """Places meant by an address, those that agree in commune and district first; nothing for a single word."""
    for asked in _readings(text, on):
        if found := _find(asked, limit):
            return found
    return []


def list_beside(account_code: str, *, limit: int = MOST) -> list[UUID]:
    """Places whose way there was told by this neighbour's account code, newest first."""
    code = codes.clean_account_code(account_code)
    rows = Place.objects.filter(neighbour_account_code=code).exclude(neighbour_account_code="")
    return list(rows.order_by("-created_at", "id").values_list("id", flat=True)[:limit])


def list_contracts_at(place_ids: list[UUID]) -> list[queries.ContractView]:
    """The contracts at these places, in the places' order."""
    ranks = {id: rank for rank, id in enumerate(place_ids)}
    found = queries.list_contracts_at(place_ids) if place_ids else []
    return sorted(found, key=lambda contract: (ranks[contract.place_id], contract.status))


def _readings(text: str, on: date) -> list[Asked]:
    """How the text may be meant. Without commas nothing tells where the street ends and the commune begins: two
    words fewer, then four.
    """
    read = addresses.read_address(text, on)
    may = tuple(tuple(words) for name in (read.commune, read.district) if (words := vietnamese.tokens(name)))
    sure = [word for word in vietnamese.tokens(read.rest) if word not in PASSED_OVER]
    if not sure and may:
        sure, may = list(may[0]), may[1:]
    if len(sure) + sum(map(len, may)) < FEWEST_WORDS:
        return []
    shorter = [sure[:-n] for n in (2, 4) if "," not in text and len(sure) - n >= FEWEST_WORDS]
    return [Asked(tuple(words), may, read.province_code) for words in (sure, *shorter)]


def _find(asked: Asked, limit: int) -> list[UUID]:
    groups = [" & ".join(f"'{word}'" for word in group) for group in asked.may]
    agreeing = " + ".join(f"(words @@ %(may{n})s::tsquery)::int" for n in range(len(groups))) or "0::bigint"
    values: dict[str, str | int] = {f"may{n}": group for n, group in enumerate(groups)}
    values["sure"] = " & ".join([*(f"'{word}'" for word in asked.sure[:-1]), f"'{asked.sure[-1]}':*"])
    values |= {"province": asked.province_code, "weighed": WEIGHED, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_FIND.replace("{agreeing}", agreeing), values)
        return [row[0] for row in cursor.fetchall()]
