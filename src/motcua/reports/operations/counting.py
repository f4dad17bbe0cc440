"""Keeping the roll-ups equal to what the journals say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from django.db import connection, transaction

from motcua.companies.context import current_company_code
from motcua.config import sets
from motcua.reports import queries, rules
from motcua.reports.models import Contribution, DayRollUp, MonthClose, Restatement, RollUp
from motcua.reports.rules import Parts
from motcua.requests import queries as request_queries
from motcua.requests.models import Changed, Entry, Request

BATCH = 1000

_KEY = ("unit_code", "province_code", "service_code", "channel", "reception")
_TABLES = (("reports_rollup", "month"), ("reports_dayrollup", "day"))
_CLOSING_LOCK = "SELECT pg_advisory_xact_lock{}(hashtextextended('motcua closing ' || %s, 0))"


def _upsert(table: str, day: str) -> str:
    columns = ", ".join(("company_code", day, *_KEY, *rules.MEASURES))
    added = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in rules.MEASURES)
    return (
        f"INSERT INTO public.{table} ({columns}) SELECT {columns} "  # noqa: S608  names are ours
        f"FROM jsonb_populate_recordset(NULL::public.{table}, %s::jsonb) "
        f"ON CONFLICT (company_code, {day}, {', '.join(_KEY)}) DO UPDATE SET {added}"
    )


_UPSERT = {day: _upsert(table, day) for table, day in _TABLES}


def roll_up(*, at: datetime, limit: int = BATCH) -> int:
    """Bring the figures up to date with up to `limit` changes; how many requests were counted anew.

    Whatever happens in between, a change is taken out of the feed in the transaction that counts it. Lock: no month is
    closed meanwhile; the feed's rows (skipped when another worker holds them) and the requests' contributions in the
    order of their ids.
    """
    with transaction.atomic():
        lock_closing(shared=True)
        feed = list(
            Changed.objects.select_for_update(skip_locked=True)
            .order_by("id")
            .values_list("id", "request_id")[:limit]
        )
        if not feed:
            return 0
        request_ids = sorted({request_id for _, request_id in feed})
        _count(request_ids, at)
        Changed.objects.filter(id__in=[id for id, _ in feed]).delete()
    return len(request_ids)


def lock_closing(*, shared: bool = False) -> None:
    """Until the transaction's end no month of the company is closed (shared), or none is counted either."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSING_LOCK.format("_shared" if shared else ""), [current_company_code()])


def _count(request_ids: list[UUID], at: datetime) -> None:
    """Count these requests as their rows stand; contributions are locked so that no other count slips between."""
    sets.write([Contribution(request_id=id, parts=[]) for id in request_ids], ignore=True)
    known = {
        row.request_id: row
        for row in Contribution.objects.select_for_update()
        .filter(request_id__in=request_ids)
        .order_by("request_id")
    }
    days: list[tuple[Parts, Parts]] = []
    months: list[tuple[Parts, Parts]] = []
    moved: list[tuple[Request, int, Parts]] = []
    for row in Request.objects.filter(id__in=request_ids).order_by("id"):
        kept = known[row.id]
        before, after = rules.from_json(kept.parts), rules.contribution(request_queries.state_of(row))
        days.append((before if kept.seq else {}, after))
        months.append((rules.by_month(before), rules.by_month(after)))
        moved.append((row, kept.seq, rules.difference(months[-1:])))
        kept.parts, kept.seq = rules.to_json(after), row.seq
    _add("day", rules.difference(days))
    _add("month", rules.difference(months))
    _restate(moved, at)
    _keep(known.values())


def _keep(rows: Iterable[Contribution]) -> None:
    sets.write(list(rows), unique=["request_id"], update=["parts", "seq"])


def _add(day: str, deltas: Parts) -> None:
    company, nothing = current_company_code(), dict.fromkeys(rules.MEASURES, 0)
    told = [
        {
            "company_code": company,
            day: cell.day,
            **dict(zip(_KEY, cell[1:], strict=True)),
            **nothing,
            **measures,
        }
        for cell, measures in deltas.items()
    ]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT[day], [orjson.dumps(told).decode()])


# restatements


def _restate(moved: Iterable[tuple[Request, int, Parts]], at: datetime) -> None:
    """Note which requests moved the figures of a month that is closed, and what happened to them since they were counted."""
    touched = {cell.day for _, _, delta in moved for cell in delta}
    closes = {
        close.month: close
        for close in MonthClose.objects.filter(
            company_code=current_company_code(), month__in=touched
        ).order_by("edition")
    }
    if not closes:
        return
    rows = [
        Restatement(
            month=month,
            edition=closes[month].edition,
            request_id=row.id,
            number=row.number,
            events=_events_since(row.id, seq),
            changes=told,
            at=at,
        )
        for row, seq, delta in moved
        for month, changes in _by_unit(delta).items()
        if month in closes and (told := _published(changes, closes[month]))
    ]
    Restatement.objects.bulk_create(rows)


def _events_since(request_id: UUID, seq: int) -> list[str]:
    return list(
        Entry.objects.filter(request_id=request_id, seq__gt=seq, name__in=rules.MOVING_EVENTS)
        .order_by("seq")
        .values_list("name", flat=True)
    )


def _published(changes: Mapping[str, Mapping[str, int]], close: MonthClose) -> dict[str, dict[str, int]]:
    """Of what moved, the measures that were published: one that was defined later restates nothing."""
    known = set(close.measures)
    told = {
        unit: {name: by for name, by in moved.items() if name in known} for unit, moved in changes.items()
    }
    return {unit: moved for unit, moved in told.items() if moved}


def _by_unit(delta: Parts) -> dict[date, dict[str, dict[str, int]]]:
    found: dict[date, dict[str, dict[str, int]]] = {}
    for cell, measures in delta.items():
        unit = found.setdefault(cell.day, {}).setdefault(cell.unit_code, {})
        for name, value in queries.with_reception(measures, cell.reception).items():
            unit[name] = unit.get(name, 0) + value
    return found


# rebuilding


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: requests replayed, of these corrected, and rows of the roll-ups that were wrong before."""

    requests: int
    corrected: int
    wrong_rows: int


def rebuild(*, at: datetime) -> Rebuilt:
    """Replay every journal of the company and put right what differs: contributions first, then the sums of them.

    Boards show the old figures until it is done. Lock: the contributions' table, so that counting waits; what changes
    meanwhile stays in the feed and is counted afterwards.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE reports_contribution IN SHARE ROW EXCLUSIVE MODE")
        replayed = corrected = 0
        batch: list[Contribution] = []
        gone: list[UUID] = []
        for found in queries.compare_journals():
            replayed += found.fresh is not None
            if found.fresh is None:
                gone.append(found.request_id)
            elif found.differs:
                batch.append(
                    Contribution(request_id=found.request_id, parts=rules.to_json(found.fresh), seq=found.seq)
                )
            if len(batch) == BATCH:
                corrected += len(batch)
                _keep(batch)
                batch = []
        _keep(batch)
        Contribution.objects.filter(request_id__in=gone).delete()
        wrong = queries.count_wrong_rows()
        if wrong:
            _sum_anew()
    return Rebuilt(replayed, corrected + len(batch) + len(gone), wrong)


def _sum_anew() -> None:
    company = current_company_code()
    DayRollUp.objects.filter(company_code=company).delete()
    RollUp.objects.filter(company_code=company).delete()
    measures = ", ".join(rules.MEASURES)
    key = ", ".join(_KEY)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO public.reports_dayrollup (company_code, day, {key}, {measures}) {queries.SUMS_BY_DAY}",
            [company],
        )
        cursor.execute(
            f"INSERT INTO public.reports_rollup (company_code, month, {key}, {measures}) {queries.SUMS_BY_MONTH}",
            [company],
        )
