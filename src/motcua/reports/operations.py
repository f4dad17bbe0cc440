"""Keeping the roll-ups equal to what the requests' rows say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from motcua.companies.context import current_company_code
from motcua.reports import rules
from motcua.reports.models import Contribution, RollUp
from motcua.reports.rules import Cell, Parts
from motcua.requests import queries as request_queries
from motcua.requests.models import Changed, Request

BATCH = 500

_COLUMNS = ("company_code", *Cell._fields, *rules.MEASURES)
_UPSERT = (
    f"INSERT INTO public.reports_rollup ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608  names are ours
    "{rows} ON CONFLICT (company_code, month, unit_code, province_code, service_code, channel, reception) DO UPDATE SET "
    + ", ".join(f"{name} = reports_rollup.{name} + EXCLUDED.{name}" for name in rules.MEASURES)
)


def roll_up(*, at: datetime, limit: int = BATCH) -> int:
    """Bring the figures up to date with up to `limit` changes; how many requests were counted anew.

    Whatever happens in between, a change is taken out of the feed in the transaction that counts it. Lock: the feed's
    rows (skipped when another worker holds them) and the requests' contributions in the order of their ids.
    """
    with transaction.atomic():
        feed = list(
            Changed.objects.select_for_update(skip_locked=True)
            .order_by("id")
            .values_list("id", "request_id")[:limit]
        )
        if not feed:
            return 0
        request_ids = sorted({request_id for _, request_id in feed})
        _count(request_ids)
        Changed.objects.filter(id__in=[id for id, _ in feed]).delete()
    return len(request_ids)


def _count(request_ids: list) -> None:  # type: ignore[type-arg]
    """Count these requests as their rows stand; rows are locked so that no change slips between."""
    Contribution.objects.bulk_create(
        [Contribution(request_id=id, parts=[]) for id in request_ids], ignore_conflicts=True
    )
    known = {
        row.request_id: row
        for row in Contribution.objects.select_for_update()
        .filter(request_id__in=request_ids)
        .order_by("request_id")
    }
    rows = Request.objects.filter(id__in=request_ids).order_by("id")
    changes: list[tuple[Parts, Parts]] = []
    for row in rows:
        after = rules.contribution(request_queries.state_of(row))
        changes.append((rules.from_json(known[row.id].parts), after))
        known[row.id].parts = rules.to_json(after)
    _apply(rules.difference(changes))
    Contribution.objects.bulk_update(known.values(), ["parts"])


def _apply(deltas: Parts) -> None:
    if not deltas:
        return
    company = current_company_code()
    values: list[Any] = []
    for cell, measures in deltas.items():
        values += [company, *cell, *(measures.get(name, 0) for name in rules.MEASURES)]
    row = "(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(rows=", ".join([row] * len(deltas))), values)


def rebuild(*, at: datetime) -> int:
    """Forget this company's figures and count every request again from its journal's row; how many were counted."""
    with transaction.atomic():
        RollUp.objects.filter(company_code=current_company_code()).delete()
        Contribution.objects.all().delete()
        Changed.objects.all().delete()
        counted = 0
        batch: list = []  # type: ignore[type-arg]
        for request_id in Request.objects.order_by("id").values_list("id", flat=True).iterator():
            batch.append(request_id)
            if len(batch) == BATCH:
                _count(batch)
                counted += len(batch)
                batch = []
        if batch:
            _count(batch)
    return counted + len(batch)
