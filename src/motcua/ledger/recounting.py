"""The recount that must find nothing: every sum from its parts, every booking whole, every seal as it was set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from motcua.kernel import hashing
from motcua.ledger import sealed
from motcua.ledger.models import LedgerTransaction


@dataclass(frozen=True)
class LedgerProblem:
    """Something that may never be: a stable code, what it is about, and the figures."""

    code: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.code} {self.subject}: {self.detail}"


# The recount: each statement gives rows (subject, detail) and must give none.
_RECOUNT = {
    "TRANSACTION_UNBALANCED": """
        SELECT t.id::text, format('debit %s, credit %s, header %s, legs %s of %s', COALESCE(p.debit, 0),
               COALESCE(p.credit, 0), t.total_vnd, COALESCE(p.legs, 0), t.posting_count)
        FROM ledger_ledgertransaction t LEFT JOIN (
            SELECT transaction_id, count(*) AS legs,
                   COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0) AS debit,
                   COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0) AS credit
            FROM ledger_posting GROUP BY transaction_id) p ON p.transaction_id = t.id
        WHERE p.debit IS DISTINCT FROM t.total_vnd OR p.credit IS DISTINCT FROM t.total_vnd
           OR p.legs IS DISTINCT FROM t.posting_count""",
    "BALANCE_DIFFERS": """
        SELECT format('%s %s', account_id, day), format('stored %s/%s (%s), counted %s/%s (%s)',
               b.debit, b.credit, b.legs, p.debit, p.credit, p.legs)
        FROM (SELECT account_id, day, count(*) AS legs,
                     COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0) AS debit,
                     COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0) AS credit
              FROM ledger_posting GROUP BY account_id, day) p
        FULL JOIN (SELECT account_id, day, sum(debit_vnd) AS debit, sum(credit_vnd) AS credit,
                     sum(postings) AS legs
              FROM ledger_accountbalance GROUP BY account_id, day) b USING (account_id, day)
        WHERE (p.debit, p.credit, p.legs) IS DISTINCT FROM (b.debit, b.credit, b.legs)
          AND (COALESCE(p.legs, 0), COALESCE(b.debit, 0), COALESCE(b.credit, 0)) <> (0, 0, 0)""",
    "LEDGER_NOT_ZERO": """
        SELECT 'ledger', format('debit %s, credit %s', sum(debit_vnd), sum(credit_vnd))
        FROM ledger_accountbalance HAVING sum(debit_vnd) <> sum(credit_vnd)""",
    "CHARGE_DIFFERS": """
        SELECT c.id::text, format('paid %s, booked %s; owed %s, receivable %s', c.paid_vnd,
               COALESCE(p.settled, 0), CASE c.status WHEN 'OPEN' THEN c.total_vnd - c.paid_vnd ELSE 0 END,
               COALESCE(p.receivable, 0) + CASE WHEN c.raised_in_id IS NULL THEN 0 ELSE c.total_vnd END)
        FROM ledger_charge c LEFT JOIN (
            SELECT t.charge_id,
                   COALESCE(sum(CASE l.side WHEN 'C' THEN l.amount_vnd ELSE -l.amount_vnd END) FILTER (
                       WHERE COALESCE(o.kind, t.kind) IN ('SETTLE', 'TRANSFER')), 0) AS settled,
                   sum(CASE l.side WHEN 'D' THEN l.amount_vnd ELSE -l.amount_vnd END) AS receivable
            FROM ledger_ledgertransaction t
            JOIN ledger_posting l ON l.transaction_id = t.id AND l.account_id LIKE '131-%'
            LEFT JOIN ledger_ledgertransaction o ON o.id = t.reverses_id
            WHERE t.charge_id IS NOT NULL GROUP BY t.charge_id) p ON p.charge_id = c.id
        WHERE c.paid_vnd <> COALESCE(p.settled, 0)
           OR COALESCE(p.receivable, 0) + CASE WHEN c.raised_in_id IS NULL THEN 0 ELSE c.total_vnd END
              <> CASE c.status WHEN 'OPEN' THEN c.total_vnd - c.paid_vnd ELSE 0 END""",
    "RUN_DIFFERS": """
        SELECT t.id::text, format('booked %s (tax %s), charges %s (tax %s)', t.total_vnd, p.vat, c.total, c.vat)
        FROM ledger_ledgertransaction t
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(amount_vnd), 0) AS vat FROM ledger_posting
            WHERE transaction_id = t.id AND account_id = '33311') p
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(total_vnd), 0) AS total, COALESCE(sum(vat_vnd), 0) AS vat FROM ledger_charge
            WHERE raised_in_id = t.id) c
        WHERE t.kind = 'RUN' AND (t.total_vnd, p.vat) IS DISTINCT FROM (c.total, c.vat)""",
    "RECEIVABLE_DIFFERS": """
        SELECT COALESCE(b.account_id, c.account_id), format('account %s, open charges %s', b.held, c.owed)
        FROM (SELECT account_id, sum(debit_vnd - credit_vnd) AS held FROM ledger_accountbalance
              WHERE account_id LIKE '131-%' GROUP BY account_id) b
        FULL JOIN (SELECT '131-' || kind AS account_id, sum(total_vnd - paid_vnd) AS owed FROM ledger_charge
              WHERE status = 'OPEN' GROUP BY kind) c USING (account_id)
        WHERE COALESCE(b.held, 0) <> COALESCE(c.owed, 0)""",
    "DAY_DIFFERS": """
        SELECT t.id::text, format('booked on %s, a leg says %s', t.business_date, p.day)
        FROM ledger_posting p JOIN ledger_ledgertransaction t ON t.id = p.transaction_id WHERE p.day <> t.business_date""",
    "REVERSAL_DIFFERS": """
        SELECT t.id::text, 'a reversal does not mirror ' || t.reverses_id
        FROM ledger_ledgertransaction t
        WHERE t.reverses_id IS NOT NULL AND EXISTS (
            (SELECT account_id, side, amount_vnd, party_id FROM ledger_posting WHERE transaction_id = t.id
             EXCEPT ALL
             SELECT account_id, CASE side WHEN 'D' THEN 'C' ELSE 'D' END, amount_vnd, party_id
             FROM ledger_posting WHERE transaction_id = t.reverses_id))""",
}


def check_ledger() -> list[LedgerProblem]:
    """Recount the whole ledger of the company from its postings; an empty list is the only good answer.

    Reads one snapshot per statement; run it in a repeatable-read transaction beside live bookings to compare
    them.
    """
    problems: list[LedgerProblem] = []
    with connection.cursor() as cursor:
        for code, statement in _RECOUNT.items():
            cursor.execute(statement)
            problems += [
                LedgerProblem(code, str(subject), str(detail)) for subject, detail in cursor.fetchall()
            ]
    problems += _check_contents()
    problems += (LedgerProblem("SEAL_BROKEN", str(one.number), one.how) for one in sealed.list_broken())
    return problems


def _check_contents() -> Iterator[LedgerProblem]:
    rows = LedgerTransaction.objects.values_list("id", "content", "content_hash")
    for id, content, content_hash in rows.iterator(chunk_size=5000):
        if hashing.fingerprint(content) != content_hash:
            yield LedgerProblem("CONTENT_HASH_DIFFERS", str(id), "the content is not what was hashed")
