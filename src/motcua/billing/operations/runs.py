"""A bill run: begin it, take it on chunk by chunk, see what it would come to.

Every chunk is one transaction: its accounts leave the queue, their bills, charges and exceptions are written. Whoever is killed
gives the chunk back; two who run at once share the queue. A run that is begun again gathers what has no bill yet.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from motcua.billing import registry, run_queries, run_sql, set_rating
from motcua.billing.models import BillRun, RunState
from motcua.billing.operations import by_rule, poisoned
from motcua.billing.operations.issuing import ELECTRICITY
from motcua.billing.rules.case import NormRounding
from motcua.billing.rules.terms import GROUP_OF_PURPOSE, kind_of_prices
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import jobs
from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import operations as ledger_ops
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook

log = structlog.get_logger(__name__)

JOB = "bill-runs"
CHUNK = 20_000
TRIES = 4
LOOK_BACK_DAYS = 100  # how long after its end a contract may still get its last bill
LAST_MOMENT = time(23, 59, 59)


class UnitUnknown(Refused):
    code = "UNIT_UNKNOWN"
    message = gettext_noop("Không có đơn vị %(unit)s.")


class DayAhead(Refused):
    """Nobody can have read a meter on a day that has not begun."""

    code = "READING_DAY_AHEAD"
    message = gettext_noop("Ngày ghi chỉ số %(day)s chưa đến.")


@dataclass
class Came:
    """What a chunk, or all of them, came to. `codes` counts new exceptions by their code."""

    accounts: int = 0
    not_due: int = 0
    bills: int = 0
    kwh: int = 0
    total_vnd: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: Came) -> None:
        self.accounts += other.accounts
        self.not_due += other.not_due
        self.bills += other.bills
        self.kwh += other.kwh
        self.total_vnd += other.total_vnd
        self.codes += other.codes


@transaction.atomic
def start_run(*, unit_code: str, reading_date: date, actor: Actor, at: datetime) -> BillRun:
    """The run of a unit, and those below it, and a day; begun, gone on with where it was left, or begun again for what is missing.

    Holds the run's row while it gathers: of two who begin the same the second finds the first one's queue. Refuses
    UnitUnknown, DayAhead, NoPolicy.
    """
    _require(unit_code, reading_date, at)
    run_queries.policy_of(unit_code, reading_date)
    BillRun.objects.bulk_create(
        [
            BillRun(
                id=ids.new_id(at), unit_code=unit_code, reading_date=reading_date, billing_month=reading_date.replace(day=1),
                started_at=at, started_by=actor.ref, changed_at=at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    run = BillRun.objects.select_for_update().get(unit_code=unit_code, reading_date=reading_date)
    if not run_queries.count_waiting(run.id):
        run.gathered = _gather(run, at)
        run.state, run.finished_at, run.done, run.not_due = RunState.RUNNING, None, 0, 0
        run.passes, run.changed_at = run.passes + 1, at
        run.save()
        _audit("bill_run.started", run, actor, at, {"pass": run.passes, "accounts": run.gathered})
        jobs.wake(JOB)
    return run


@transaction.atomic
def take_up_decided(*, run_id: UUID, actor: Actor, at: datetime) -> BillRun:
    """Put those whom a person has decided about into the queue again. Refuses NotFound."""
    run = _hold(run_id)
    with connection.cursor() as cursor:
        cursor.execute(run_sql.GATHER_AGAIN, {"run": run.id})
        taken = cursor.rowcount
    run.gathered = taken if run.state == RunState.DONE else run.gathered + taken
    if run.state == RunState.DONE:
        run.done = run.not_due = 0
    run.state, run.finished_at, run.passes, run.changed_at = RunState.RUNNING, None, run.passes + 1, at
    run.save()
    _audit("bill_run.taken_up", run, actor, at, {"accounts": taken})
    jobs.wake(JOB)
    return run


def go_on(
    *,
    run_id: UUID,
    actor: Actor,
    clock: Callable[[], datetime],
    size: int = CHUNK,
    told: Callable[[BillRun], None] = lambda run: None,
    stop: Callable[[], bool] = lambda: False,
) -> BillRun:
    """Take chunks until none waits, or until asked to stop between two; `told` hears of each. Ends the run when all is done.

    Not inside a transaction. Refuses NotFound.
    """
    book = tariff_queries.price_book()
    while not stop():
        came = run_chunk(run_id=run_id, book=book, actor=actor, at=clock(), size=size)
        if not came.accounts and not _is_any_free(run_id):
            break
        if (run := run_queries.find_run(run_id)) is not None:
            told(run)
    return finish(run_id=run_id, actor=actor, at=clock())


def continue_one(*, at: datetime, size: int = CHUNK) -> int:
    """A chunk of the run that was begun first and is not done, or its end; how many accounts (at least one), none: no run waits.

    What a person began on a page the worker takes on so; also what was left by a command that was killed. A run that cannot go
    on does not hold up those begun after it; what it failed with is raised when no other could.
    """
    failure: Exception | None = None
    for run in BillRun.objects.filter(state=RunState.RUNNING).order_by("started_at", "id"):
        try:
            return _continue(run, at, size)
        except Exception as error:
            log.error("bill-run.stuck", run=str(run.id), error=type(error).__name__, exc_info=error)
            failure = failure or error
    if failure is not None:
        raise failure
    return 0


def _continue(run: BillRun, at: datetime, size: int) -> int:
    actor = Actor.from_ref(run.started_by)
    took = run_chunk(run_id=run.id, book=tariff_queries.price_book(), actor=actor, at=at, size=size).accounts
    if took or _is_any_free(run.id):
        return took or 1
    return int(finish(run_id=run.id, actor=actor, at=at).state == RunState.DONE)


def run_chunk(*, run_id: UUID, book: PriceBook, actor: Actor, at: datetime, size: int = CHUNK) -> Came:
    """One chunk. When it fails for its accounts' sake, part by part: who fails alone is set aside as an exception (FAILED)."""

    def take(part: int) -> Came:
        return _tried(lambda: _chunk(run_id, book, actor, at, part))

    try:
        return take(size)
    except Exception as error:
        if not poisoned.is_of_accounts(error):
            raise
        log.error("bill-run.chunk-failed", run=str(run_id), error=type(error).__name__, exc_info=error)
    return poisoned.part_by_part(size, Came(), take=take, alone=lambda: _alone(run_id, book, actor, at))


def _tried(act: Callable[[], Came]) -> Came:
    """Again when somebody billed one of its accounts in the very moment."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return act()
        except (IntegrityError, OperationalError) as error:
            if not left or not _is_passing(error):
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _alone(run_id: UUID, book: PriceBook, actor: Actor, at: datetime) -> tuple[Came, Exception | None]:
    """The first free account by itself: billed, or set aside with what it failed with, in one transaction."""
    run = _get(run_id)
    account = poisoned.next_account(run)
    if account is None:
        return Came(), None
    try:
        return _tried(lambda: _chunk(run_id, book, actor, at, 1, only=account)), None
    except Exception as error:
        if not poisoned.is_of_accounts(error):
            raise
        poisoned.set_aside(run, account, error, at)
        came = Came(accounts=1, codes=Counter({poisoned.FAILED: 1}))
        with connection.cursor() as cursor:
            _count(cursor, run, came, at)
        return came, error


@transaction.atomic
def finish(*, run_id: UUID, actor: Actor, at: datetime) -> BillRun:
    """The run is done when nothing waits, neither in the queue nor in another's hands; all who want to hear of it do."""
    run = _hold(run_id)
    if run.state == RunState.DONE or run_queries.count_waiting(run.id):
        return run
    run.state, run.finished_at, run.changed_at = RunState.DONE, at, at
    run.save(update_fields=["state", "finished_at", "changed_at"])
    _audit("bill_run.done", run, actor, at, {"bills": run.bills, "total_vnd": run.total_vnd})
    if run.bills:
        registry.bills_issued(run_id=run.id, at=at, actor=actor)
    return run


def dry_run(*, unit_code: str, reading_date: date, at: datetime, size: int = CHUNK) -> Came:
    """What a run would come to now. Nothing stays written. Refuses as `start_run` does."""
    actor = Actor.system("dry-run")
    came = Came()
    with transaction.atomic():
        run = start_run(unit_code=unit_code, reading_date=reading_date, actor=actor, at=at)
        book = tariff_queries.price_book()
        while True:
            with transaction.atomic():
                chunk, _ = _rate_chunk(run, book, at, size)
                came.add(chunk)
                _drop_tables()
            if not chunk.accounts:
                break
        transaction.set_rollback(True)
    return came


def _get(run_id: UUID) -> BillRun:
    run = BillRun.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound(field="run_id")
    return run


def _chunk(run_id: UUID, book: PriceBook, actor: Actor, at: datetime, size: int, *, only: str = "") -> Came:
    run = _get(run_id)
    came, by_the_rule = _rate_chunk(run, book, at, size, only)
    if not came.accounts:
        _drop_tables()
        return came
    told = _values(run, at) | {"actor": actor.ref}
    with connection.cursor() as cursor:
        ledger_ops.open_stage()
        cursor.execute(run_sql.CHARGES, told)
        cursor.execute(run_sql.TOLD, told)
        cursor.execute("ANALYZE run_told (case_id)")
        cursor.execute(run_sql.BILLS, told)
        by_rule.issue(run, by_the_rule, told)
        if came.codes:
            cursor.execute(run_sql.EXCEPTIONS, told)
        if run.passes > 1:
            cursor.execute(run_sql.SETTLED, told)
        (chunk,) = _count(cursor, run, came, at)
    ledger_ops.raise_staged(
        kind=ELECTRICITY, actor=actor, at=at, key=f"bill-run:{run.id}:{chunk}", reason=f"{run.unit_code} {run.reading_date}"
    )  # fmt: skip
    _drop_tables()
    return came


def _count(cursor: Any, run: BillRun, came: Came, at: datetime) -> Any:
    """The run's sums, last of all, so that its row is held but a moment; gives the chunk's number."""
    cursor.execute(
        """UPDATE billing_billrun SET chunks = chunks + 1, done = done + %s, not_due = not_due + %s, bills = bills + %s,
               kwh = kwh + %s, total_vnd = total_vnd + %s, changed_at = %s WHERE id = %s RETURNING chunks""",
        [came.accounts, came.not_due, came.bills, came.kwh, came.total_vnd, at, run.id],
    )
    return cursor.fetchone()


def _rate_chunk(
    run: BillRun, book: PriceBook, at: datetime, size: int, only: str = ""
) -> tuple[Came, list[by_rule.RatedOne]]:
    """Take accounts out of the queue and rate them; leaves the chunk's tables, gives what the rule rated one by one."""
    told = _values(run, at) | {"size": size, "only": only, "tick": ids.new_id(at).hex[:12] + "7"}
    with connection.cursor() as cursor:
        cursor.execute(run_sql.ACCOUNT_TABLE)
        cursor.execute(run_sql.TAKE.format(usual=_usual(), only=run_sql.ONLY if only else ""), told)
        if not cursor.rowcount:
            return Came(), []
        cursor.execute("ANALYZE run_account (n)")
        cursor.execute(run_sql.REGISTERS, told)
        cursor.execute("ANALYZE run_register (n)")
        cursor.execute(run_sql.FOUND, told)
        cursor.execute("ANALYZE run_found (n, code, by_rule)")
        kinds = _kinds(cursor, run, book)
        cursor.execute(run_sql.CASES, told | kinds)
        cursor.execute("ANALYZE run_case (n, case_id)")
        set_rating.open_stage()
        cursor.execute(run_sql.STAGED, told)
        set_rating.rate_staged(book)
        one_by_one = by_rule.rate_taken(run, book)
        cursor.execute(run_sql.COUNTED)
        came = Came(*cursor.fetchone())
        came.bills += len(one_by_one)
        came.kwh += sum(one.whole.total_kwh for one in one_by_one)
        came.total_vnd += sum(one.bill.total_vnd for one in one_by_one)
        cursor.execute(run_sql.CODES)
        came.codes = Counter(dict(cursor.fetchall()))
        return came, one_by_one


def _kinds(cursor: Any, run: BillRun, book: PriceBook) -> dict[str, list[str]]:
    """Which of the chunk's groups have prices by hours, which by tiers; marks who was read on the day of a change."""
    cursor.execute(run_sql.KINDS)
    kinds = cursor.fetchall()
    shape = {
        (group, voltage): kind_of_prices(group, voltage, run.reading_date, book) for group, voltage in kinds
    }
    since = run.reading_date - timedelta(days=LOOK_BACK_DAYS)
    cuts = [
        (*kind, span.valid_from)
        for kind in kinds
        if not shape[kind][1]
        for span in book.spans(*kind)
        if since < span.valid_from <= run.reading_date
    ]
    if cuts:
        groups, voltages, days = (list(column) for column in zip(*cuts, strict=True))
        cursor.execute(run_sql.READ_ON_CHANGE, {"groups": groups, "voltages": voltages, "days": days})
    return {
        "hours": ["|".join(kind) for kind in kinds if shape[kind][0]],
        "tiers": ["|".join(kind) for kind in kinds if shape[kind][1]],
    }


@transaction.atomic
def _is_any_free(run_id: UUID) -> bool:
    """Whether accounts wait that no other worker holds: a chunk of none may have met accounts that others billed meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM billing_runaccount WHERE run_id = %s LIMIT 1 FOR UPDATE SKIP LOCKED", [run_id]
        )
        return bool(cursor.fetchone())


def _gather(run: BillRun, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(run_sql.GATHER, _values(run, at))
        count: int = cursor.rowcount
        return count


def _values(run: BillRun, at: datetime) -> dict[str, Any]:
    """What the statements are told of a run."""
    day = run.reading_date
    policy = run_queries.policy_of(run.unit_code, day)
    around = timedelta(days=policy.days_around)
    look_back = day - timedelta(days=LOOK_BACK_DAYS)
    due = local_time.instant(local_time.local_date(at) + timedelta(days=policy.due_days), LAST_MOMENT)
    return {
        "run": run.id, "day": day, "day_number": day.day, "month": run.billing_month, "at": at, "due_at": due,
        "month_days": calendar.monthrange(day.year, day.month)[1], "usual_day": policy.reading_day,
        "units": sorted(company_queries.list_unit_codes_below(frozenset([run.unit_code]))),
        "window_from": local_time.instant(day - around), "window_to": local_time.instant(day + around + timedelta(days=1)),
        "look_back": local_time.instant(look_back), "look_back_day": look_back, "above": policy.bounds.above_percent,
        "below": policy.bounds.below_percent, "unit": NormRounding(policy.norm_rounding).unit,
    }  # fmt: skip


def _usual() -> str:
    """The groups of the contracts' purposes as rows; words of our own table, none of them anybody's input."""
    return ", ".join(
        f"('{purpose}', '{group}', '{voltage}')" for purpose, (group, voltage) in GROUP_OF_PURPOSE.items()
    )


def _is_passing(error: DatabaseError) -> bool:
    """Another billed an account of ours meanwhile, or we waited for one another."""
    state = getattr(error.__cause__, "sqlstate", "")
    return state in {"23505", "40P01", "40001"}


def _drop_tables() -> None:
    """They would go with the transaction; a dry run goes through many chunks in one."""
    names = ["run_account", "run_register", "run_found", "run_case", "run_told", "ledger_to_raise"]
    names += [f"rating_{name}" for name in set_rating.TABLES]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(names)}")


def _require(unit_code: str, day: date, at: datetime) -> None:
    if not company_queries.list_units([unit_code]):
        raise UnitUnknown(field="unit", unit=unit_code)
    if day > local_time.local_date(at):
        raise DayAhead(field="day", day=f"{day:%d/%m/%Y}")


def _hold(run_id: UUID) -> BillRun:
    run = BillRun.objects.select_for_update().filter(id=run_id).first()
    if run is None:
        raise NotFound(field="run_id")
    return run


def _audit(verb: str, run: BillRun, actor: Actor, at: datetime, facts: Mapping[str, object]) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="bill_run", subject_id=str(run.id), at=at, facts=facts
    )
