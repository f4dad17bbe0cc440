"""Reads of the work lists: pages by key straight from an index for every unit and role, counts with a lid on.

A list may span many units and roles, and an index gives an order within one of each only. So each pair gives its
first rows in order, and these few are put in order together: the cost follows the page, not the table.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from motcua.companies import queries as company_queries
from motcua.requests.models import BulkAct, DeskChoice, Request, SavedList

MOST_COUNTED = 999
MOST_SAVED = 24


class Sort(StrEnum):
    """By which deadline a list stands, the soonest first."""

    STEP = "STEP"
    PROMISE = "PROMISE"


COLUMN = {Sort.STEP: "step_due_at", Sort.PROMISE: "due_at"}


@dataclass(frozen=True)
class Wanted:
    """A list: open requests of these units that wait for one of these roles. Empty text: any."""

    unit_codes: frozenset[str]
    roles: tuple[str, ...]
    step: str = ""
    service: str = ""
    due_before: datetime | None = None
    holders: tuple[str, ...] = ()  # references of staff; empty: whoever holds it
    unheld: bool = False
    sort: Sort = Sort.STEP


@dataclass(frozen=True)
class Key:
    """Where a page ended. A row without a deadline stands behind all that have one."""

    due: datetime | None
    id: UUID


@dataclass(frozen=True)
class Count:
    """A number up to a limit; `is_more`: there are more than that."""

    value: int
    is_more: bool = False

    def __str__(self) -> str:
        return f"{self.value}+" if self.is_more else str(self.value)


def page(wanted: Wanted, *, limit: int, after: Key | None = None) -> list[UUID]:
    """The ids of the next requests of the list in order."""
    if not wanted.unit_codes or not wanted.roles:
        return []
    due = COLUMN[wanted.sort]
    parameters: dict[str, Any] = {"limit": limit}
    where = _where(wanted, parameters)
    order = f"ORDER BY r.{due}, r.id LIMIT %(limit)s"
    chosen = f"SELECT r.id, r.{due} AS due FROM requests_request r WHERE {where}"  # noqa: S608
    if after is None:
        part = f"({chosen} {order})"
    else:
        parameters |= {"due": after.due, "id": after.id}
        without = f"{chosen} AND r.{due} IS NULL"
        if after.due is None:
            part = f"({without} AND r.id > %(id)s {order})"
        else:
            part = f"({chosen} AND (r.{due}, r.id) > (%(due)s, %(id)s) {order}) UNION ALL ({without} {order})"
    sql = f"SELECT q.id FROM {_spread(wanted, parameters)} CROSS JOIN LATERAL ({part}) q ORDER BY q.due, q.id LIMIT %(limit)s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def count(lists: Sequence[Wanted], *, most: int = MOST_COUNTED) -> list[Count]:
    """How many requests each list has, up to `most`, in one query. Reads no more rows than it counts."""
    parameters: dict[str, Any] = {"most": most + 1}
    parts = []
    for number, wanted in enumerate(lists):
        if not wanted.unit_codes or not wanted.roles:
            parts.append("0")
            continue
        where = _where(wanted, parameters, number)
        rows = f"SELECT 1 FROM requests_request r WHERE {where} LIMIT %(most)s"  # noqa: S608
        spread = _spread(wanted, parameters, number)
        parts.append(
            f"(SELECT count(*) FROM (SELECT 1 FROM {spread} CROSS JOIN LATERAL ({rows}) q LIMIT %(most)s) c{number})"  # noqa: S608
        )
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        return [Count(min(found, most), found > most) for found in cursor.fetchone()]


def _spread(wanted: Wanted, parameters: dict[str, Any], number: int = 0) -> str:
    """What the rows are taken for, one after the other: each holder, else each unit and role."""
    if wanted.holders:
        parameters[f"holders{number}"] = list(wanted.holders)
        return f"unnest(%(holders{number})s::text[]) AS h(ref)"
    return f"unnest(%(units{number})s::text[]) AS u(code) CROSS JOIN unnest(%(roles{number})s::text[]) AS w(role)"


def _where(wanted: Wanted, parameters: dict[str, Any], number: int = 0) -> str:
    parameters[f"units{number}"], parameters[f"roles{number}"] = sorted(wanted.unit_codes), list(wanted.roles)
    tests = ["r.state IN ('OPEN', 'WAITING_PAPERS')"]
    if wanted.holders:
        tests += [
            "r.assignee = h.ref", "r.assignee <> ''", f"r.unit_code = ANY(%(units{number})s)",
            f"r.waiting_role = ANY(%(roles{number})s)",
        ]  # fmt: skip
    else:
        tests += ["r.unit_code = u.code", "r.waiting_role = w.role"]
    for column, value in (("step", wanted.step), ("service_code", wanted.service)):
        if value:
            parameters[f"{column}{number}"] = value
            tests.append(f"r.{column} = %({column}{number})s")
    if wanted.unheld:
        tests.append("r.assignee = ''")
    if wanted.due_before:
        parameters[f"before{number}"] = wanted.due_before
        tests.append(f"r.{COLUMN[wanted.sort]} < %(before{number})s")
    return " AND ".join(tests)


def list_rows(ids: Sequence[UUID], *, deferred: Collection[str] = ()) -> list[Request]:
    """These requests with their answers, in the order given, in one query."""
    rows = Request.objects.select_related("data").defer(*deferred).filter(id__in=ids)
    found = {row.id: row for row in rows}
    return [found[id] for id in ids if id in found]


# what people keep


def list_saved(*, staff_id: UUID, unit_codes: Collection[str]) -> list[SavedList]:
    """A person's own lists, then those shared at units they work for, by name."""
    shared = Q(unit_code__in=list(unit_codes)) & ~Q(unit_code="")
    rows = list(SavedList.objects.filter(Q(staff_id=staff_id) | shared).order_by("name", "id")[:MOST_SAVED])
    return sorted(rows, key=lambda row: row.staff_id != staff_id)


def list_columns(staff_id: UUID) -> list[str]:
    """The columns somebody chose; none when they never did."""
    found = DeskChoice.objects.filter(staff_id=staff_id).values_list("columns", flat=True).first()
    return list(found or [])


def find_bulk(*, bulk_id: UUID, actor_ref: str) -> BulkAct | None:
    """An act on many requests, for whoever did it."""
    return BulkAct.objects.filter(id=bulk_id, actor=actor_ref).first()


def reach(unit_codes: frozenset[str]) -> frozenset[str]:
    """These units and all above them: where a role must be given to reach down to one of these."""
    parents = {unit.code: unit.parent_id for unit in company_queries.list_units()}
    found: set[str] = set()
    for start in unit_codes:
        code: str | None = start
        while code and code not in found:
            found.add(code)
            code = parents.get(code)
    return frozenset(found)
