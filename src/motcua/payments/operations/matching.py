"""Matching a day three ways: what channels told, what we booked, what our banks wrote; to zero, or to differences by name.

A run is set-based and may be repeated: what is explained stays explained. Locks: one run at a time in a company.
"""

from __future__ import annotations

import time as clock_time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Max

from motcua.companies import operations as company_ops
from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.payments import matching_sql as sql
from motcua.payments.models import (
    BankStatement,
    Difference,
    DifferenceKind,
    DifferenceState,
    LineUse,
    MatchRun,
    OwnAccount,
    StatementLine,
    StatementState,
    UseKind,
)
from motcua.payments.operations import inbox, settlements
from motcua.payments.operations.clearing import clearing_account, open_clearing
from motcua.payments.operations.receiving_many import Receipt, finish_rest, receive_together
from motcua.payments.operations.statement_refusals import DifferenceClosed, NotThisWay, ReasonMissing

log = structlog.get_logger(__name__)
RECEIPTS_AT_ONCE = 200_000
RECEIPTS_TOGETHER = 5_000
NOON = time(12)
REFUNDS_PAYABLE = "3388-HOAN"


@dataclass(frozen=True)
class Matched:
    """What a run did: lines explained by use, receipts made of lines nobody told of, differences opened, closed, open now."""

    run_id: UUID
    day: date
    explained: int
    receipts: int
    opened: int
    closed: int
    still_open: int
    seconds: float


@dataclass
class _Run:
    """A run while it goes: the facts every statement takes."""

    id: UUID
    day: date
    actor: Actor
    at: datetime
    lump_faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        since = self.day - timedelta(days=sql.WINDOW_DAYS)
        return {
            "run": self.id, "day": self.day, "at": self.at, "actor": self.actor.ref, "since": since,
            "since_at": local_time.instant(since), "until_at": local_time.day_bounds(self.day)[1],
        }  # fmt: skip


def match_day(*, day: date, actor: Actor, at: datetime) -> Matched:
    """Match everything up to this day, make receipts of credits nobody told of, book settlements, name what differs.

    A second run finds nothing more. Money that a line brought and no channel told of is booked as any receipt is
    (`operations.receipts`), under the bank's id of the line, before the second comparison.
    """
    began = clock_time.monotonic()
    run, untold, named = _pass(day, actor, at)
    runs, receipts = [run], 0
    if named is None:  # receipts of what nobody told of are booked in transactions of their own
        receipts = sum(_receive(bank, lines, at=at) for bank, lines in _by_bank(untold))
        run, _still_untold, named = _pass(day, actor, at, is_last=True)
        runs.append(run)
    opened, closed = named or (0, 0)
    seconds = clock_time.monotonic() - began
    explained = LineUse.objects.filter(run_id__in=[one.id for one in runs]).count()
    still_open = Difference.objects.filter(state=DifferenceState.OPEN, day__lte=day).count()
    done = Matched(run.id, day, explained, receipts, opened, closed, still_open, seconds)
    told = {
        "explained": explained,
        "receipts": receipts,
        "opened": opened,
        "closed": closed,
        "open": still_open,
    }
    MatchRun.objects.filter(id=run.id).update(seconds=seconds, told=told)
    log.info("matching.done", day=str(day), **told)
    return done


@transaction.atomic
def _pass(
    day: date, actor: Actor, at: datetime, *, is_last: bool = False
) -> tuple[_Run, list[tuple[Any, ...]], tuple[int, int] | None]:
    """One comparison: the run, credits that nobody told of, and how many differences were opened and closed.

    Differences are named (else None) when there are no such credits, or nothing is done about them any more.
    """
    _lock()
    run = _Run(ids.new_id(at), day, actor, at)
    MatchRun.objects.create(id=run.id, day=day, at=at, actor=actor.ref)
    _compare(run)
    untold = [] if is_last else _untold(limit=RECEIPTS_AT_ONCE)
    _book(run)
    named = None if untold else _name_differences(run)
    _forget()
    return run, untold, named


def match_due(*, at: datetime) -> int:
    """Match the last day that a statement closed, when statements came since the last run or it left receipts over; 1 when
    it did.
    """
    accepted = BankStatement.objects.filter(kind="STATEMENT", state=StatementState.ACCEPTED)
    yesterday = local_time.local_date(at) - timedelta(days=1)
    closed = accepted.filter(to_date__lte=yesterday).aggregate(day=Max("to_date"), came=Max("came_at"))
    last = MatchRun.objects.filter(told__has_key="open").order_by("-at").first()
    has_more = last is not None and last.told.get("receipts", 0) >= RECEIPTS_AT_ONCE
    if closed["day"] is None or (last is not None and last.at >= closed["came"] and not has_more):
        return 0
    match_day(day=closed["day"], actor=Actor.system("matching"), at=at)
    return 1


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':matching', 0))")


def _forget() -> None:
    """Take the run's tables away now: within one transaction another company may come next, and may not touch them."""
    with connection.cursor() as cursor:
        cursor.execute(sql.BEGIN)


def _compare(run: _Run) -> None:
    """Explain what can be explained: by the bank's id, by content one for one, fees, refunds, hand-overs."""
    facts = run.facts
    with connection.cursor() as cursor:
        cursor.execute(sql.ROOM)
        cursor.execute(sql.BEGIN)
        _each(cursor, facts, sql.WAYS, sql.FRESH)
        for id in ("key", "txn_id"):
            cursor.execute(sql.BY_ID.replace("{id}", id), facts)
        _each(cursor, facts, sql.LINES, sql.NOTICES)
        cursor.execute(sql.REFUNDS, facts)
        cursor.execute(sql.FEES, facts)
        _take_settled(cursor, run)
        _take_lumps(cursor, run)
        cursor.execute(sql.BY_CONTENT, facts)
        cursor.execute(sql.OTHER_DAYS, facts)


def _each(cursor: Any, facts: dict[str, Any], *scripts: str) -> None:
    """The statements of these scripts one by one: only one at a time takes its facts at the server."""
    for statement in (one for script in scripts for one in script.split(";\n")):
        cursor.execute(statement, facts if "%(" in statement else None)


def _take_settled(cursor: Any, run: _Run) -> None:
    """Hand-overs that a provider's own sheet tells payment by payment; of two lines of one sum the first."""
    cursor.execute(sql.SETTLED)
    taken: set[Any] = set()
    for settlement, line, channel, fee in cursor.fetchall():
        if not taken & {settlement, line}:
            taken |= {settlement, line}
            told = {"settlement": settlement, "line": line, "channel": channel, "fee": fee, "run": run.id}
            cursor.execute(sql.SETTLED_TAKE, told)


def _take_lumps(cursor: Any, run: _Run) -> None:
    """A hand-over is the payments of its day (or all that are still out until then), less at most the agreed fee."""
    cursor.execute(sql.PROMISED)
    promised = {(channel, net): told for channel, net, told in cursor.fetchall()}
    cursor.execute(sql.LUMPS)
    for line_id, channel, amount, booked_on, lag, most_fee, _account in cursor.fetchall():
        until = booked_on - timedelta(days=lag)
        cursor.execute(sql.LUMP_SUMS, {"channel": channel, "until": until})
        sums = cursor.fetchall()
        told = promised.get((channel, amount))
        chosen = _days_of(sums, amount, most_fee) if told is None else None
        if chosen is None:
            here = told if told is not None else sums[-1][1] if sums else 0
            run.lump_faults.append({"line": line_id, "channel": channel, "here": here})
            continue
        since, upto, fee = chosen
        cursor.execute(
            sql.LUMP_TAKE,
            {"line": line_id, "channel": channel, "fee": fee, "run": run.id, "since": since, "until": upto},
        )


def _days_of(sums: list[tuple[date, int]], amount: int, most_fee: int) -> tuple[date, date, int] | None:
    """The days a hand-over covers, and the fee: the last day alone, else all that is out, else any one day."""
    if not sums:
        return None
    last = (sums[-1][0], sums[-1][0], sums[-1][1])
    all_out = (sums[0][0], sums[-1][0], sum(total for _day, total in sums))
    for since, until, total in (last, all_out, *((day, day, total) for day, total in sums)):
        if 0 <= total - amount <= most_fee:
            return since, until, total - amount
    return None


def _untold(*, limit: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.UNTOLD, {"limit": limit})
        return list(cursor.fetchall())


def _by_bank(untold: list[tuple[Any, ...]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The lines of each bank, so many at a time, in the order they came."""
    for bank in sorted({line[2] for line in untold}):
        lines = [line for line in untold if line[2] == bank]
        for first in range(0, len(lines), RECEIPTS_TOGETHER):
            yield bank, lines[first : first + RECEIPTS_TOGETHER]


def _receive(bank: str, lines: list[tuple[Any, ...]], *, at: datetime) -> int:
    """Credits that nobody told of are receipts, as if the bank had told of each: stored and booked together."""
    receipts = [
        Receipt(key, amount_vnd, text, local_time.instant(booked_on, NOON), sha256)
        for _id, _account, _bank, key, amount_vnd, text, booked_on, sha256 in lines
    ]
    done = receive_together(bank=bank, receipts=receipts, at=at)
    finish_rest(done.rest, at=at)
    return done.stored


def _book(run: _Run) -> None:
    """Settlement: Dr 112 (less fee: Dr 6417) / Cr 138, in one sum for an account, channel and direction."""
    with connection.cursor() as cursor:
        cursor.execute(sql.TOTALS, {"run": run.id})
        totals = cursor.fetchall()
    for account, kind, channel, is_credit, _count, amount, fee in totals:
        key = f"match:{run.id}:{account}:{kind}:{channel}:{'in' if is_credit else 'out'}"
        ours = OwnAccount.objects.get(number=account).ledger_account
        if kind == UseKind.FEE:
            _move(run, chart.CHANNEL_FEES, ours, amount, key)
            continue
        if kind == UseKind.REFUND and not channel:
            _move(run, REFUNDS_PAYABLE, ours, amount, key)
            continue
        open_clearing(channel, channel)
        clearing = clearing_account(channel)
        if is_credit:
            _move(run, ours, clearing, amount, key)
        else:
            _move(run, clearing, ours, amount, key)
        if fee:
            _move(run, chart.CHANNEL_FEES, clearing, fee, f"{key}:fee")


def _move(run: _Run, debit: str, credit: str, amount_vnd: int, key: str) -> None:
    ledger_ops.transfer(
        debit_account=debit, credit_account=credit, amount_vnd=amount_vnd, actor=run.actor, at=run.at, key=key,
        reason=f"match {run.day}",
    )  # fmt: skip


def _name_differences(run: _Run) -> tuple[int, int]:
    facts = run.facts
    with connection.cursor() as cursor:
        for place, statement in enumerate(sql.DIFFERENCES):
            cursor.execute(statement, facts if "%(" in statement else None)
            if place == 0:
                for fault in run.lump_faults:
                    cursor.execute(sql.LUMP_DIFFERS, fault)
        cursor.execute(sql.CLOSE_GONE, facts)
        closed = cursor.rowcount
        cursor.execute(sql.OPEN_NEW, facts)
        return cursor.rowcount, closed


@transaction.atomic
def assign_difference(*, difference_id: int, owner: str, actor: Actor, at: datetime) -> None:
    """Somebody looks after it from now on; an empty owner: nobody does. Refuses NotFound, DifferenceClosed."""
    row = _lock_open(difference_id)
    row.owner = owner[:80]
    row.save(update_fields=["owner"])
    _audit(actor, "difference.assigned", row, at, owner=row.owner)


@transaction.atomic
def explain_difference(*, difference_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """A person ends a difference by saying why it is none (booked elsewhere, not ours, agreed with the bank).

    A line so explained is not booked here and stays listed beside the account's balance. Refuses NotFound,
    DifferenceClosed, ReasonMissing.
    """
    row = _lock_open(difference_id)
    if row.line_id and row.kind not in {DifferenceKind.DOUBLED, DifferenceKind.STATEMENT_GONE}:
        LineUse.objects.get_or_create(
            line_id=row.line_id, defaults={"kind": UseKind.OTHER, "run_id": _own_run(row.day, actor, at)}
        )
    _close(row, reason, actor=actor, at=at)


@transaction.atomic
def confirm_same(*, difference_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """The line is the payment told under another id: settled as one. Refuses NotFound, DifferenceClosed, ReasonMissing,
    NotThisWay (another kind; the amounts differ).
    """
    row = _lock_open(difference_id)
    if row.kind != DifferenceKind.PERHAPS_SAME or row.here_vnd != row.there_vnd or row.line_id is None:
        raise NotThisWay(field="difference_id")
    run = _Run(_own_run(row.day, actor, at), row.day, actor, at)
    LineUse.objects.create(
        line_id=row.line_id,
        kind=UseKind.EACH,
        channel=row.channel,
        notification_id=row.notification_id,
        run_id=run.id,
    )
    _book(run)
    _close(row, reason, actor=actor, at=at)


@transaction.atomic
def receive_line(*, difference_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """The line is other money than what was told: a receipt of its own. Refuses NotFound, DifferenceClosed, ReasonMissing,
    NotThisWay (no credit that waits). Of a provider's settlement: the payment it names is booked as if it had told us.
    """
    row = _lock_open(difference_id)
    if row.kind == DifferenceKind.FILE_UNKNOWN:
        settlements.book_settled(row, actor=actor, at=at)
        _close(row, reason, actor=actor, at=at)
        return
    if row.kind not in {DifferenceKind.PERHAPS_SAME, DifferenceKind.MISSING_HERE} or not row.line_id:
        raise NotThisWay(field="difference_id")
    line = StatementLine.objects.select_related("account", "closed_in__file").get(id=row.line_id)
    assert line.closed_in is not None  # only lines of closed days become differences of these kinds
    stored = inbox.store_notification(
        bank=line.account.bank, txn_id=line.key, amount_vnd=line.amount_vnd, text=line.text,
        paid_at=local_time.instant(line.booked_on, NOON), raw_sha256=line.closed_in.file.sha256, at=at,
    )  # fmt: skip
    inbox.process_notification(stored.id, at=at)
    run = _Run(_own_run(row.day, actor, at), row.day, actor, at)
    LineUse.objects.create(
        line=line, kind=UseKind.EACH, channel=line.account.bank, notification_id=stored.id, run_id=run.id
    )
    _book(run)
    _close(row, reason, actor=actor, at=at)


def _own_run(day: date, actor: Actor, at: datetime) -> UUID:
    """A run of one line, for what a person decided."""
    _lock()
    return MatchRun.objects.create(id=ids.new_id(at), day=day, at=at, actor=actor.ref, told={"by_hand": 1}).id


def _lock_open(difference_id: int) -> Difference:
    row = Difference.objects.select_for_update().filter(id=difference_id).first()
    if row is None:
        raise NotFound(field="difference_id")
    if row.state == DifferenceState.CLOSED:
        raise DifferenceClosed(field="difference_id")
    return row


def _close(row: Difference, reason: str, *, actor: Actor, at: datetime) -> None:
    if len(reason.strip()) < 3:
        raise ReasonMissing(field="reason")
    row.state, row.reason = DifferenceState.CLOSED, reason.strip()[:200]
    row.closed_at, row.closed_by = max(at, row.opened_at), actor.ref
    row.save(update_fields=["state", "reason", "closed_at", "closed_by"])
    _audit(actor, "difference.closed", row, at, reason=row.reason, kind=row.kind)


def _audit(actor: Actor, verb: str, row: Difference, at: datetime, **facts: str) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="difference", subject_id=str(row.id), at=at, facts=facts
    )
