"""Statements of our banks: the file kept first, then read; what may be trusted is taken line by line, the rest waits apart.

Locks: one advisory lock an account while a statement of it is judged, so that two files of one account come one after
the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F

from motcua.companies import operations as company_ops
from motcua.config import jobs
from motcua.documents import operations as document_ops
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger.chart import AccountKind
from motcua.payments.models import (
    BankStatement,
    FileState,
    OwnAccount,
    SettlementRule,
    SheetFormat,
    StatementFile,
    StatementState,
)
from motcua.payments.operations import settlements
from motcua.payments.operations.kept_files import read_kept
from motcua.payments.operations.refusals import NoteMissing
from motcua.payments.operations.statement_refusals import (
    FileEmpty,
    OwnAccountExists,
    SheetMappingWrong,
    StatementDecided,
    StatementUnusable,
)
from motcua.payments.statements import checking, mapping
from motcua.payments.statements.model import CURRENCY, Fault, Kind, Line, Statement

log = structlog.get_logger(__name__)
KEPT_FAULTS = 50
# What a person may overrule, and what may mend itself when another statement comes.
OVERRULED = frozenset({"SEQUENCE_GAP", "OPENING_DIFFERS", "ACCOUNT_UNKNOWN"})


@dataclass(frozen=True)
class Imported:
    """What became of a file: whether it is new, how many of its statements and settlements are in use, how many wait."""

    file_id: UUID
    is_new: bool
    accepted: int = 0
    quarantined: int = 0


@transaction.atomic
def open_own_account(*, number: str, bank: str, name: str, actor: Actor, at: datetime) -> None:
    """The company has this account at a bank: 112-NUMBER in the books. Statements that waited for it are judged again.

    The same again changes nothing. Refuses OwnAccountExists (at another bank).
    """
    ledger_account = f"112-{number}"[:24]
    account, is_new = OwnAccount.objects.get_or_create(
        number=number,
        defaults={"bank": bank, "name": name, "ledger_account": ledger_account, "created_at": at},
    )
    if account.bank != bank:
        raise OwnAccountExists(field="number", number=number)
    if not is_new:
        return
    ledger_ops.open_account(code=ledger_account, kind=AccountKind.ASSET, name=name, stripes=1)
    _audit(actor, "own-account.opened", "own_account", number, at, bank=bank)
    _judge_waiting(number, actor=actor, at=at)


@transaction.atomic
def set_settlement(
    *,
    channel: str,
    account: str,
    mode: str,
    valid_from: Any,
    actor: Actor,
    at: datetime,
    text_pattern: str = "",
    lag_days: int = 1,
    most_fee_vnd: int = 0,
) -> None:
    """From a day on, a channel's money reaches this account in this way. Its settlements that waited for the channel to be
    known are judged again. Refuses NotFound (no such account of ours).
    """
    if not OwnAccount.objects.filter(number=account).exists():
        raise NotFound(field="account")
    SettlementRule.objects.update_or_create(
        channel=channel,
        valid_from=valid_from,
        defaults={
            "account_id": account,
            "mode": mode,
            "text_pattern": vietnamese.search_key(text_pattern),
            "lag_days": lag_days,
            "most_fee_vnd": most_fee_vnd,
        },
    )
    _audit(actor, "settlement.set", "channel", channel, at, mode=mode, account=account)
    settlements.judge_waiting(channel, actor=actor, at=at)


@transaction.atomic
def set_sheet_format(*, code: str, bank: str, data: dict[str, Any], actor: Actor, at: datetime) -> None:
    """How this bank's sheets are read. Refuses SheetMappingWrong."""
    try:
        mapping.mapping_of(data)
    except mapping.MappingInvalid as error:
        raise SheetMappingWrong(field="data", why=str(error)) from None
    SheetFormat.objects.update_or_create(
        code=code, defaults={"bank": bank, "mapping": data, "changed_at": at, "changed_by": actor.ref}
    )
    _audit(actor, "sheet-format.set", "sheet_format", code, at, bank=bank)


def import_file(*, content: bytes, name: str, actor: Actor, at: datetime) -> Imported:
    """Keep a file under its fingerprint, commit, then read it. The same file again has no effect.

    What happens to a statement that may not be trusted is no refusal: it waits in quarantine with its reasons.
    Refuses FileEmpty.
    """
    stored, is_new = store_file(content=content, name=name, actor=actor, at=at)
    if not is_new and stored.state != FileState.STORED:
        return Imported(stored.id, is_new=False)
    return read_file(stored.id, actor=actor, at=at)


@transaction.atomic
def store_file(*, content: bytes, name: str, actor: Actor, at: datetime) -> tuple[StatementFile, bool]:
    """Keep the bytes as they came; whether they are new. Refuses FileEmpty."""
    if not content:
        raise FileEmpty(field="file")
    sha256 = sha256_hex(content)
    known = StatementFile.objects.filter(sha256=sha256).first()
    if known is None:
        document = document_ops.store_made(
            content=content,
            mime="application/octet-stream",
            name=name[:120] or "statement",
            kind="BANK_STATEMENT",
            subject_type="statement_file",
            subject_id=sha256,
            actor=actor,
            at=at,
        )
        stored, is_new = StatementFile.objects.get_or_create(
            sha256=sha256,
            defaults={
                "id": ids.new_id(at),
                "name": name[:120],
                "size": len(content),
                "document_id": document.id,
                "came_at": at,
                "came_by": actor.ref,
            },
        )
        if is_new:
            jobs.wake("payments-statements")
            return stored, True
        known = stored
    StatementFile.objects.filter(id=known.id).update(times_seen=F("times_seen") + 1)
    return known, False


@transaction.atomic
def read_file(file_id: UUID, *, actor: Actor, at: datetime) -> Imported:
    """Read a kept file, once. Locks its row. Raises StatementFile.DoesNotExist."""
    file = StatementFile.objects.select_for_update().get(id=file_id)
    if file.state != FileState.STORED:
        return Imported(file.id, is_new=False)
    found = read_kept(file)
    states = [_take_in(file, one, actor=actor, at=at) for one in found.statements]
    settled = [settlements.take_settlement(file, one, at=at) for one in found.settlements]
    file.state = FileState.READ if states or settled else FileState.REFUSED
    file.faults = _plain(found.faults)
    file.save(update_fields=["state", "faults"])
    for account in sorted({one.account for one in found.statements}):
        _judge_waiting(account, actor=actor, at=at)
    accepted = file.statements.filter(state=StatementState.ACCEPTED).count() + sum(settled)
    many = len(states) + len(settled)
    log.info("statement.read", file_id=str(file.id), accepted=accepted, statements=many)
    return Imported(file.id, True, accepted, many - accepted)


def read_stored(*, actor: Actor, at: datetime, limit: int = 20) -> int:
    """Read what was kept and not read, because a process died; returns how many."""
    waiting = StatementFile.objects.filter(state=FileState.STORED).order_by("came_at", "id")
    done = 0
    for file_id in list(waiting.values_list("id", flat=True)[:limit]):
        read_file(file_id, actor=actor, at=at)
        done += 1
    return done


@transaction.atomic
def accept_statement(*, statement_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """A person takes a statement in spite of a gap or another opening. Refuses NotFound, StatementDecided, NoteMissing,
    StatementUnusable (its reasons are of another kind).
    """
    row = _quarantined(statement_id)
    if not reason.strip():
        raise NoteMissing(field="reason")
    if {fault["code"] for fault in row.faults} - OVERRULED or not _is_ours(row.account):
        raise StatementUnusable(field="statement_id")
    _lock_account(row.account)
    again = _read_again(row)
    if faults := _take_lines(row, again):
        row.faults = _plain(faults)
        row.save(update_fields=["faults"])
        raise StatementUnusable(field="statement_id")
    _decide(row, StatementState.ACCEPTED, reason, actor=actor, at=at)


@transaction.atomic
def drop_statement(*, statement_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """A quarantined statement is not to be used. Refuses NotFound, StatementDecided, NoteMissing."""
    row = _quarantined(statement_id)
    if not reason.strip():
        raise NoteMissing(field="reason")
    _decide(row, StatementState.DROPPED, reason, actor=actor, at=at)


def _quarantined(statement_id: UUID) -> BankStatement:
    row = BankStatement.objects.select_for_update().filter(id=statement_id).first()
    if row is None:
        raise NotFound(field="statement_id")
    if row.state != StatementState.QUARANTINED:
        raise StatementDecided(field="statement_id")
    return row


def _decide(row: BankStatement, state: StatementState, reason: str, *, actor: Actor, at: datetime) -> None:
    row.state, row.reason = state, reason.strip()[:200]
    row.decided_at, row.decided_by = at, actor.ref
    row.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    _audit(actor, f"statement.{state.lower()}", "bank_statement", str(row.id), at, reason=row.reason)


def _take_in(file: StatementFile, statement: Statement, *, actor: Actor, at: datetime) -> StatementState:
    """A row for the statement; its lines too, when nothing speaks against it."""
    _lock_account(statement.account)
    row = BankStatement(
        id=ids.new_id(at),
        file=file,
        kind=statement.kind.value,
        format=statement.format[:40],
        bank_id=statement.id[:60],
        sequence=statement.sequence,
        account=statement.account[:40],
        currency=statement.currency[:3],
        opening_vnd=_dong(statement, "opening"),
        closing_vnd=_dong(statement, "closing"),
        from_date=statement.from_date,
        to_date=statement.to_date,
        lines_count=len(statement.lines),
        content_sha256=statement.content_sha256,
        state=StatementState.QUARANTINED,
        came_at=at,
    )
    faults = checking.judge(statement, currency=CURRENCY) + _beside_known(row, statement)
    row.faults = _plain(faults)
    row.save(force_insert=True)
    if faults:
        return StatementState.QUARANTINED
    return _use(row, statement)


def _use(row: BankStatement, statement: Statement) -> StatementState:
    """Take the lines; the statement counts from now on, unless a line contradicts what was told before."""
    if faults := _take_lines(row, statement):
        row.faults = _plain(faults)
    else:
        row.state, row.faults = StatementState.ACCEPTED, []
    row.save(update_fields=["state", "faults"])
    return StatementState(row.state)


def _dong(statement: Statement, name: str) -> int | None:
    value = getattr(statement, name)
    whole = value is not None and value == value.to_integral_value() and statement.currency == CURRENCY
    return int(value) if whole else None


def _beside_known(row: BankStatement, statement: Statement) -> list[Fault]:
    """Against the statements of the account that are in use: seen, changed, with a gap, or not ours at all."""
    accepted = BankStatement.objects.filter(account=row.account, state=StatementState.ACCEPTED)
    same = accepted.filter(bank_id=row.bank_id).exclude(bank_id="").first()
    if same:
        is_same = same.content_sha256 == row.content_sha256
        return [Fault("STATEMENT_SEEN" if is_same else "STATEMENT_DIFFERS", "", row.bank_id)]
    if not _is_ours(row.account):
        return [Fault("ACCOUNT_UNKNOWN", "", row.account)]
    last = accepted.filter(kind=Kind.STATEMENT.value).order_by("-to_date", "-sequence").first()
    return checking.follow(_before(last), statement)


def _before(row: BankStatement | None) -> checking.Before | None:
    if row is None:
        return None
    closing = None if row.closing_vnd is None else Decimal(row.closing_vnd)
    return checking.Before(row.bank_id, row.sequence, closing, row.to_date, row.content_sha256)


def _is_ours(account: str) -> bool:
    return OwnAccount.objects.filter(number=account, is_active=True).exists()


def _judge_waiting(account: str, *, actor: Actor, at: datetime) -> None:
    """Statements that waited for the one before them, or for the account to be known, may come in now."""
    while True:
        waiting = BankStatement.objects.filter(account=account, state=StatementState.QUARANTINED)
        for row in waiting.order_by("to_date", "sequence", "came_at"):
            if not row.faults or {fault["code"] for fault in row.faults} - OVERRULED:
                continue
            statement = _read_again(row)
            faults = _beside_known(row, statement)
            if not faults and _use(row, statement) == StatementState.ACCEPTED:
                break
            if faults and _plain(faults) != row.faults:
                row.faults = _plain(faults)
                row.save(update_fields=["faults"])
        else:
            return


def _read_again(row: BankStatement) -> Statement:
    found = read_kept(row.file)
    return next(one for one in found.statements if one.content_sha256 == row.content_sha256)


_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS statement_stage (
    key text, txn_id text, place integer, amount_vnd bigint, is_credit boolean, is_reversal boolean, is_fee boolean,
    batch_of integer, booked_on date, value_on date, text text, payer_name text, payer_account text, end_to_end text,
    bank_code text) ON COMMIT DROP
"""
_COPY = """
COPY statement_stage (key, txn_id, place, amount_vnd, is_credit, is_reversal, is_fee, batch_of, booked_on, value_on, text,
    payer_name, payer_account, end_to_end, bank_code) FROM STDIN
"""
_CONTRADICTED = """
SELECT s.key, l.amount_vnd * CASE WHEN l.is_credit THEN 1 ELSE -1 END, s.amount_vnd * CASE WHEN s.is_credit THEN 1 ELSE -1 END,
       l.closed_in_id IS NOT NULL AND %(closes)s
FROM statement_stage s JOIN payments_statementline l ON l.account_id = %(account)s AND l.key = s.key
WHERE (l.amount_vnd, l.is_credit) IS DISTINCT FROM (s.amount_vnd, s.is_credit) OR (l.closed_in_id IS NOT NULL AND %(closes)s)
ORDER BY s.place LIMIT 20
"""
_TAKE = """
INSERT INTO payments_statementline (account_id, key, txn_id, statement_id, closed_in_id, place, amount_vnd, is_credit,
    is_reversal, is_fee, batch_of, booked_on, value_on, text, payer_name, payer_account, end_to_end, bank_code)
SELECT %(account)s, key, txn_id, %(statement)s, CASE WHEN %(closes)s THEN %(statement)s::uuid END, place, amount_vnd, is_credit,
    is_reversal, is_fee, batch_of, booked_on, value_on, text, payer_name, payer_account, end_to_end, bank_code
FROM statement_stage ORDER BY place
ON CONFLICT (account_id, key) DO UPDATE SET closed_in_id = EXCLUDED.closed_in_id
    WHERE payments_statementline.closed_in_id IS NULL AND EXCLUDED.closed_in_id IS NOT NULL
"""


def _take_lines(row: BankStatement, statement: Statement) -> list[Fault]:
    """All lines in three statements; none, when one contradicts what the bank told before."""
    if too_long := [line for line in statement.lines if len(line.key) > 64]:
        return [Fault("REFERENCE_TOO_LONG", f"entry {too_long[0].entry}", too_long[0].key[:40])]
    told: dict[str, Any] = {
        "account": row.account,
        "statement": row.id,
        "closes": statement.kind is Kind.STATEMENT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute("TRUNCATE statement_stage")
        with cursor.copy(_COPY) as copy:
            for line_row in _rows(statement.lines):
                copy.write_row(line_row)
        cursor.execute(_CONTRADICTED, told)
        if wrong := cursor.fetchall():
            return [
                Fault("LINE_TWICE" if twice and before == now else "LINE_DIFFERS", key, f"{before} / {now}")
                for key, before, now, twice in wrong
            ]
        cursor.execute(_TAKE, told)
    account = OwnAccount.objects.select_for_update().get(number=row.account)
    if account.opening_vnd is None and row.opening_vnd is not None and told["closes"]:
        account.opening_vnd = row.opening_vnd
        account.save(update_fields=["opening_vnd"])
    return []


def _rows(lines: Iterable[Line]) -> Iterable[Sequence[Any]]:
    for place, line in enumerate(lines, 1):
        yield (
            line.key, line.txn_id[:64], place, int(line.amount), line.is_credit, line.is_reversal, line.is_fee, line.batch_of,
            line.booked_on, line.value_on, _clean(line.text)[:500], _clean(line.payer_name)[:140],
            _clean(line.payer_account)[:40], _clean(line.end_to_end)[:40], line.bank_code[:40],
        )  # fmt: skip


_clean: Callable[[str], str] = vietnamese.clean


def _lock_account(account: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [f":statement:{account}"],
        )


def _plain(faults: Iterable[Fault]) -> list[dict[str, str]]:
    return [
        {"code": code, "place": place[:80], "about": about[:120]}
        for code, place, about in list(faults)[:KEPT_FAULTS]
    ]


def _audit(actor: Actor, verb: str, kind: str, id: str, at: datetime, **facts: str) -> None:
    company_ops.record_audit(actor=actor, verb=verb, subject_type=kind, subject_id=id, at=at, facts=facts)
