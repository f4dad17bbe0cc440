"""Reads of the board: figures by dimension and window, the cases behind each, targets, what was published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth

from motcua.companies.context import current_company_code
from motcua.kernel.local_time import day_bounds
from motcua.reports import definitions, rules
from motcua.reports.definitions import Figure
from motcua.reports.models import Contribution, DayRollUp, MonthClose, Restatement, RollUp, Target
from motcua.reports.rules import Parts, Span, Standing, Window
from motcua.requests import rules as request_rules
from motcua.requests.models import Changed, Entry, Request
from motcua.requests.states import Reception, State

DIMENSIONS = ("company_code", "month", "unit_code", "province_code", "service_code", "channel", "reception")
RECEPTIONS = {
    Reception.INDIRECT: "received_indirect",
    Reception.DIRECT: "received_direct",
    Reception.UNKNOWN: "received_unknown",
}


@dataclass(frozen=True)
class Row:
    """One line of a board: the value of the dimension, the sums, the figures by code."""

    key: Any
    sums: Mapping[str, int]
    figures: Mapping[str, float | None] = field(default_factory=dict)


def row_of(key: Any, sums: Mapping[str, int]) -> Row:
    return Row(key, sums, {f.code: definitions.value_of(f, sums) for f in definitions.FIGURES})


def with_reception(measures: Mapping[str, int], reception: str) -> dict[str, int]:
    """The measures of a cell and what is received of them by its kind of reception."""
    more = {RECEPTIONS[Reception(reception)]: measures["received"]} if measures.get("received") else {}
    return {**measures, **more}


def _sums() -> dict[str, Sum]:
    received = {
        f"sum_{name}": Sum(
            Case(When(reception=reception, then=F("received")), default=0, output_field=IntegerField()),
            default=0,
        )
        for reception, name in RECEPTIONS.items()
    }
    return {**{f"sum_{name}": Sum(name, default=0) for name in rules.MEASURES}, **received}


def _chosen(span: Span, filters: Mapping[str, Any]) -> QuerySet[Any]:
    known = {
        name: value
        for name, value in filters.items()
        if name in DIMENSIONS and name != "month" and value not in (None, "")
    }
    start, end = span.window.start, span.window.end
    if span.by_day:
        return DayRollUp.objects.filter(day__gte=start, day__lt=end, **known)
    return RollUp.objects.filter(month__gte=start, month__lt=end, **known)


def _read(spans: Sequence[Span], filters: Mapping[str, Any], by: str = "") -> dict[Any, Counter[str]]:
    """Sums by key of the dimension (one key, None, without), the spans added and taken off."""
    found: dict[Any, Counter[str]] = {}
    for span in spans:
        rows = _chosen(span, filters)
        if not by:
            lines: Any = [rows.aggregate(**_sums())]
        else:
            key = TruncMonth("day") if by == "month" and span.by_day else F(by)
            lines = rows.annotate(key=key).values("key").annotate(**_sums()).order_by()
        for line in lines:
            sums = found.setdefault(line.get("key"), Counter())
            for name, value in line.items():
                if name.startswith("sum_"):
                    sums[name.removeprefix("sum_")] += span.sign * int(value or 0)
    return found


def total(*, window: Window, filters: Mapping[str, Any]) -> Row:
    """The figures of everything in the window that the filters let through (dimension: value)."""
    return row_of(None, _read(rules.spans_of(window), filters).get(None, Counter()))


def total_of(rows: Iterable[Row]) -> Row:
    """The figures of all lines of a board together."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update(row.sums)
    return row_of(None, sums)


def board(*, by: str, window: Window, filters: Mapping[str, Any]) -> list[Row]:
    """The figures line by line of one dimension, the most received first (months in their order).

    Raises KeyError for an unknown dimension.
    """
    if by not in DIMENSIONS:
        raise KeyError(by)
    found = _read(rules.spans_of(window), filters, by)
    lines = [row_of(key, sums) for key, sums in found.items() if any(sums.values())]
    if by == "month":
        return sorted(lines, key=lambda line: line.key)
    return sorted(lines, key=lambda line: (-line.sums["received"], str(line.key)))


def by_day(*, window: Window, filters: Mapping[str, Any]) -> list[Row]:
    """The figures of each day of the window on which anything happened."""
    found = _read([Span(window, by_day=True)], filters, "day") if window.days > 0 else {}
    return [row_of(key, found[key]) for key in sorted(found) if any(found[key].values())]


def cases(*, figure: str, window: Window, filters: Mapping[str, Any]) -> QuerySet[Request]:
    """The requests behind a figure of the company worked for: those of its denominator, of the count itself, or of `opens`.

    The latest first, by key (`case_instant`, id): page it with `cases_after`. Raises KeyError for an unknown figure.
    """
    start, end = day_bounds(window.start)[0], day_bounds(window.end)[0]
    dimensions = {
        name: value
        for name, value in filters.items()
        if name in DIMENSIONS and name not in {"company_code", "month"} and value not in (None, "")
    }
    rows = Request.objects.filter(_in_measure(_counted_as(figure), start, end), **dimensions)
    return rows.order_by(f"-{case_instant(figure)}", "id")


def _counted_as(figure: str) -> str:
    return definitions.BY_CODE[figure].cases


def case_instant(figure: str) -> str:
    """The instant of a request by which the figure counts it."""
    return {"received": "submitted_at", "energised": "energised_at"}.get(_counted_as(figure), "closed_at")


def cases_after(rows: QuerySet[Request], figure: str, at: datetime, request_id: UUID) -> QuerySet[Request]:
    """The rest of the cases behind the row with this key."""
    name = case_instant(figure)
    return rows.filter(Q(**{f"{name}__lt": at}) | Q(**{name: at, "id__gt": request_id}))


def _in_measure(measure: str, start: datetime, end: datetime) -> Q:
    if measure == "received":
        return Q(submitted_at__gte=start, submitted_at__lt=end)
    if measure == "energised":
        return Q(energised_at__gte=start, energised_at__lt=end)
    closed = Q(closed_at__gte=start, closed_at__lt=end)
    if measure == "rated":
        return closed & Q(state=State.SETTLED, rating__isnull=False)
    if measure == "late":
        return closed & Q(state=State.SETTLED, on_time=False)
    if measure in rules.CHARGED_TO.values():
        party = next(party for party, name in rules.CHARGED_TO.items() if name == measure)
        return closed & Q(state=State.SETTLED, on_time=False, late_party=party)
    return closed & Q(
        state={"settled": State.SETTLED, "rejected": State.REJECTED, "cancelled": State.CANCELLED}[measure]
    )


# targets


@dataclass(frozen=True)
class TargetView:
    """A target as it counts today."""

    id: UUID
    owner_code: str
    figure: Figure
    company_code: str
    unit_code: str
    window: Window
    value: float
    reach_by: date | None
    set_by_name: str
    at: datetime


def list_targets(
    *, company_code: str | None = None, figure: str = "", with_withdrawn: bool = False
) -> list[TargetView]:
    """The targets that count: the latest row of each key, unless withdrawn; of one company (and the country's), or all."""
    key = ("owner_code", "figure", "company_code", "unit_code", "starts", "ends")
    rows = Target.objects.order_by(*key, "-at", "-id").distinct(*key)
    if company_code is not None:
        rows = rows.filter(company_code__in=["", company_code])
    if figure:
        rows = rows.filter(figure=figure)
    return [_target_view(row) for row in rows if row.value is not None and row.figure in definitions.BY_CODE]


def _target_view(row: Target) -> TargetView:
    return TargetView(
        row.id, row.owner_code, definitions.BY_CODE[row.figure], row.company_code, row.unit_code, Window(row.starts, row.ends),
        float(row.value or 0), row.reach_by, row.set_by_name, row.at,
    )  # fmt: skip


def list_target_history(target: TargetView) -> list[Target]:
    """Every row of the target's key, the newest first: who said what when."""
    return list(
        Target.objects.filter(
            owner_code=target.owner_code, figure=target.figure.code, company_code=target.company_code,
            unit_code=target.unit_code, starts=target.window.start, ends=target.window.end,
        ).order_by("-at", "-id")
    )  # fmt: skip


def targets_for(*, window: Window, company_code: str, unit_code: str = "") -> dict[str, TargetView]:
    """The target to show beside each figure of this window: the nearest one that holds it.

    Of the unit before the company's before the country's, a shorter window before a longer, the group's before the
    company's own. A count's target is for its own window only.
    """
    best: dict[str, tuple[tuple[int, int, int], TargetView]] = {}
    for target in list_targets(company_code=company_code):
        fits = target.window == window if target.figure.is_count else target.window.holds(window)
        about = (target.company_code, target.unit_code)
        wanted = [(company_code, unit_code), (company_code, ""), ("", "")]
        if not fits or about not in wanted:
            continue
        if target.figure.is_count and about != wanted[0]:
            continue
        rank = (wanted.index(about), target.window.days, int(target.owner_code == company_code))
        if target.figure.code not in best or rank < best[target.figure.code][0]:
            best[target.figure.code] = (rank, target)
    return {code: target for code, (_rank, target) in best.items()}


def standing_of(target: TargetView, *, today: date) -> Standing:
    """How a target stands today, from the days of its window."""
    until = min(target.window.end, date.fromordinal(today.toordinal() + 1))
    filters = {"company_code": target.company_code, "unit_code": target.unit_code}
    days = by_day(window=Window(target.window.start, until), filters=filters)
    return rules.standing(
        target.figure, target.value, target.reach_by, [(d.key, d.sums) for d in days], today
    )


# published months


@dataclass(frozen=True)
class Published:
    """A month's figures as published for one selection, beside what they are now."""

    close: MonthClose
    then: Row
    now: Row

    @property
    def is_restated(self) -> bool:
        return any(self.then.sums.get(name, 0) != self.now.sums.get(name, 0) for name in self.close.measures)

    def tells(self, figure: Figure) -> bool:
        """Whether the figure was among those published; one that was defined later was not."""
        return {figure.numerator, figure.denominator or figure.numerator} <= set(self.close.measures)


def list_closes(*, company_code: str, year: int | None = None) -> list[MonthClose]:
    """The latest edition of each closed month, the newest first."""
    rows = MonthClose.objects.filter(company_code=company_code)
    if year:
        rows = rows.filter(month__year=year)
    return sorted(
        {row.month: row for row in rows.order_by("edition")}.values(), key=lambda row: row.month, reverse=True
    )


def find_close(*, company_code: str, month: date) -> MonthClose | None:
    return MonthClose.objects.filter(company_code=company_code, month=month).order_by("-edition").first()


def list_editions(*, company_code: str, month: date) -> list[MonthClose]:
    return list(MonthClose.objects.filter(company_code=company_code, month=month).order_by("-edition"))


def published(*, company_code: str, month: date, unit_code: str = "") -> Published | None:
    """What was published of the month for the company or one of its units; None while it is open."""
    close = find_close(company_code=company_code, month=month)
    if close is None:
        return None
    then = close.by_unit.get(unit_code, {}) if unit_code else close.sums
    now = total(window=Window.month(month), filters={"company_code": company_code, "unit_code": unit_code})
    return Published(close, row_of(None, then), now)


def companies_closed(*, months: Collection[date]) -> dict[date, set[str]]:
    """Which companies have published each of the months."""
    found: dict[date, set[str]] = {month: set() for month in months}
    rows = MonthClose.objects.filter(month__in=list(months)).values_list("month", "company_code").distinct()
    for month, code in rows:
        found[month].add(code)
    return found


def month_sums(month: date) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """The sums of a month of the company worked for, as a whole and by unit, to be frozen."""
    filters = {"company_code": current_company_code()}
    window = Window.month(month)
    units = {line.key: _plain(line.sums) for line in board(by="unit_code", window=window, filters=filters)}
    return _plain(total(window=window, filters=filters).sums), units


def _plain(sums: Mapping[str, int]) -> dict[str, int]:
    return {name: sums[name] for name in definitions.MEASURES if sums.get(name)}


def list_restatements(*, month: date, edition: int | None = None, limit: int = 200) -> list[Restatement]:
    """What moved a closed month of the company worked for, the newest first."""
    rows = Restatement.objects.filter(month=month)
    if edition is not None:
        rows = rows.filter(edition=edition)
    return list(rows.order_by("-at", "-id")[:limit])


# the journal beside the roll-ups


@dataclass(frozen=True)
class Compared:
    """What a request adds to the figures by its journal, beside what was counted; None where it is missing."""

    request_id: UUID
    seq: int
    fresh: Parts | None
    kept: Parts | None

    @property
    def differs(self) -> bool:
        return self.fresh != self.kept


@dataclass(frozen=True)
class Checked:
    """The journals compared with the figures: requests read, those that wait to be counted, those that differ."""

    requests: int
    waiting: int
    differing: tuple[UUID, ...]
    wrong_rows: int

    @property
    def is_right(self) -> bool:
        return not self.differing and not self.wrong_rows


def check() -> Checked:
    """Replay every journal of the company and compare. Read in one snapshot (REPEATABLE READ) it is exact."""
    waiting = set(Changed.objects.values_list("request_id", flat=True))
    requests, differing = 0, []
    for found in compare_journals():
        requests += found.fresh is not None
        if found.differs and found.request_id not in waiting:
            differing.append(found.request_id)
    return Checked(requests, len(waiting), tuple(differing), count_wrong_rows())


def compare_journals() -> Iterator[Compared]:
    """Each request's contribution by its journal and as counted, side by side, in the order of their ids."""
    fresh, kept = _replayed(), _counted()
    left, right = next(fresh, None), next(kept, None)
    while left or right:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            yield Compared(left[0], left[1], left[2], None)
            left = next(fresh, None)
        elif left is None or right[0] < left[0]:
            yield Compared(right[0], 0, None, right[1])
            right = next(kept, None)
        else:
            yield Compared(left[0], left[1], left[2], right[1])
            left, right = next(fresh, None), next(kept, None)


def _replayed() -> Iterator[tuple[UUID, int, Parts]]:
    entries = (
        Entry.objects.filter(name__in=rules.MOVING_EVENTS)
        .order_by("request_id", "seq")
        .values_list("request_id", "seq", "name", "at", "actor", "payload", "version")
    )
    facts: list[request_rules.Fact] = []
    current: UUID | None = None
    last = 0
    for request_id, seq, name, at, actor, payload, version in entries.iterator(chunk_size=5000):
        if request_id != current:
            if current is not None:
                yield current, last, rules.contribution(request_rules.replay(facts))
            facts, current = [], request_id
        last = seq
        facts.append(request_rules.Fact(name, at, actor, payload, version))
    if current is not None:
        yield current, last, rules.contribution(request_rules.replay(facts))


def _counted() -> Iterator[tuple[UUID, Parts]]:
    rows = Contribution.objects.order_by("request_id").values_list("request_id", "parts", "seq")
    for request_id, parts, seq in rows.iterator(chunk_size=5000):
        yield request_id, rules.from_json(parts) if seq else {}


_CELL = ", ".join(f"part->>{place}" for place in range(1, 6))
_MEASURES = ", ".join(f"sum(coalesce((part->6->>'{name}')::bigint, 0))::bigint" for name in rules.MEASURES)
_SUMS = (
    "SELECT %s::text, {day}, " + _CELL + ", " + _MEASURES + " FROM reports_contribution "  # noqa: S608  names are ours
    "CROSS JOIN LATERAL jsonb_array_elements(parts) AS part GROUP BY 2, 3, 4, 5, 6, 7"
)
SUMS_BY_DAY = _SUMS.format(day="(part->>0)::date")
SUMS_BY_MONTH = _SUMS.format(day="date_trunc('month', (part->>0)::date)::date")
_KEPT = (
    "SELECT company_code::text, {day}, unit_code, province_code, service_code, channel, reception, "  # noqa: S608
    + ", ".join(rules.MEASURES)
    + " FROM public.{table} WHERE company_code = %s AND ("
    + " OR ".join(f"{name} <> 0" for name in rules.MEASURES)
    + ")"
)


def count_wrong_rows() -> int:
    """Rows of the company's roll-ups, by month and by day, that are not the sum of what its requests were counted as."""
    company, wrong = current_company_code(), 0
    for sums, table, day in (
        (SUMS_BY_MONTH, "reports_rollup", "month"),
        (SUMS_BY_DAY, "reports_dayrollup", "day"),
    ):
        kept = _KEPT.format(table=table, day=day)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM ((({sums}) EXCEPT ({kept})) UNION ALL (({kept}) EXCEPT ({sums}))) AS differing",  # noqa: S608
                [company] * 4,
            )
            wrong += cursor.fetchone()[0]
    return wrong
