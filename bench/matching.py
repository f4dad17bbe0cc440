"""Matching a million statement lines to as many notices, by sets; beside it the same rows joined and copied by one bare statement.

`python -m bench.matching --lines 1000000`. An embedded database of its own, durable as in production. The statement's lines and the
notices are laid in directly (they are not what is measured); a few in a thousand differ: missing on either side, other amounts.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, date, datetime

from bench.installation import made

DAY = date(2026, 11, 16)
AT = datetime(2026, 11, 17, 1, tzinfo=UTC)
ACCOUNT, BANK = "0011001234567", "VCB"

# A notice, its payment and its booking for each number; each thousandth is missing in the statement.
NOTICES = """
INSERT INTO payments_banknotification (id, bank, txn_id, kind, original_txn_id, amount_vnd, text, paid_at, raw_sha256, request_id,
    channel, received_at, state, outcome, attempts, next_at, last_error, processed_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %(bank)s, 'FT' || n, 'RECEIPT', '', 50000 + n %% 900000, 'TD' || n,
    %(paid)s, repeat('0', 64), '', '', %(paid)s, 'PROCESSED', 'SUSPENSE', 0, %(paid)s, '', %(paid)s
FROM generate_series(1, %(lines)s) n
"""
PAYMENTS = """
INSERT INTO payments_payment (id, notification_id, bank, txn_id, amount_vnd, paid_at, booked_at, status, ledger_transaction_id)
SELECT id, id, bank, txn_id, amount_vnd, paid_at, paid_at, 'BOOKED', id FROM payments_banknotification
"""
LINES = """
INSERT INTO payments_statementline (account_id, key, txn_id, statement_id, closed_in_id, place, amount_vnd, is_credit, is_reversal,
    is_fee, batch_of, booked_on, text, payer_name, payer_account, end_to_end, bank_code)
SELECT %(account)s, CASE WHEN n %% 1000 = 1 THEN 'XX' ELSE 'FT' END || n, '', %(statement)s, %(statement)s, n,
    50000 + n %% 900000 + CASE WHEN n %% 1000 = 2 THEN 100 ELSE 0 END, true, false, false, 0, %(day)s, 'CK ' || n, '', '', '', ''
FROM generate_series(1, %(lines)s) n WHERE n %% 1000 <> 0 ORDER BY n
"""
BARE = """
CREATE TEMPORARY TABLE bench_bare AS SELECT l.id AS line_id, n.id AS notification_id FROM payments_statementline l
JOIN payments_banknotification n ON n.bank = %(bank)s AND n.txn_id = l.key AND n.amount_vnd = l.amount_vnd;
ALTER TABLE bench_bare ADD PRIMARY KEY (line_id); CREATE UNIQUE INDEX ON bench_bare (notification_id)
"""


def lay_out(lines: int) -> None:
    from django.db import connection

    from motcua.kernel import ids
    from motcua.kernel.actors import Actor
    from motcua.ledger import operations as ledger_ops
    from motcua.payments.models import BankStatement, StatementFile
    from motcua.payments.operations import statements
    from motcua.payments.operations.clearing import open_clearing

    actor = Actor.system("bench")
    statements.open_own_account(number=ACCOUNT, bank=BANK, name="Bench", actor=actor, at=AT)
    open_clearing(BANK, BANK)
    file = StatementFile.objects.create(
        id=ids.new_id(AT), sha256="0" * 64, name="bench", size=1, document_id=ids.new_id(AT), state="READ", came_at=AT, came_by="bench"
    )  # fmt: skip
    statement = BankStatement.objects.create(
        id=ids.new_id(AT), file=file, kind="STATEMENT", format="bench", bank_id="B", account=ACCOUNT, currency="VND", opening_vnd=0,
        closing_vnd=0, from_date=DAY, to_date=DAY, lines_count=lines, content_sha256="0" * 64, state="ACCEPTED", came_at=AT,
    )  # fmt: skip
    facts = {
        "bank": BANK,
        "paid": AT.replace(day=16),
        "lines": lines,
        "account": ACCOUNT,
        "statement": statement.id,
        "day": DAY,
    }
    with connection.cursor() as cursor:
        for sql in (NOTICES, PAYMENTS, LINES):
            cursor.execute(sql, facts)
        cursor.execute("ANALYZE payments_banknotification, payments_payment, payments_statementline")
        cursor.execute("SELECT sum(amount_vnd)::bigint FROM payments_banknotification")
        total = cursor.fetchone()[0]
    ledger_ops.transfer(
        debit_account=f"138-{BANK}",
        credit_account="3388",
        amount_vnd=total,
        actor=actor,
        at=AT,
        key="bench-told",
    )


def measure(lines: int) -> int:
    from django.db import connection

    from motcua.companies.context import using_company
    from motcua.kernel.actors import Actor
    from motcua.payments import matching_queries
    from motcua.payments.operations import matching

    with using_company("HANOI"):
        lay_out(lines)
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(BARE.replace("%(bank)s", f"'{BANK}'"))
            bare = time.perf_counter() - began
            cursor.execute("DROP TABLE bench_bare")
        done = matching.match_day(day=DAY, actor=Actor.system("bench"), at=AT)
        again = matching.match_day(day=DAY, actor=Actor.system("bench"), at=AT)
        kinds = {kind: count for kind, count, _ in matching_queries.sum_differences()}
    print(
        f"lines {lines:,}: matched in {done.seconds:.1f} s ({lines / done.seconds:,.0f} lines/s); again in {again.seconds:.1f} s"
    )
    print(f"bare join and copy with both keys {bare:.1f} s; ratio {bare / done.seconds:.2f}")
    print(f"explained {done.explained:,}, open by kind {kinds}")
    expected = lines - lines // 1000 - 2 * -(-(lines - 2) // 1000)
    return 0 if again.explained == 0 and abs(done.explained - expected) <= 4 and done.still_open else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.matching")
    parser.add_argument("--lines", type=int, default=1_000_000)
    told = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    with made():
        return measure(told.lines)


if __name__ == "__main__":
    raise SystemExit(main())
