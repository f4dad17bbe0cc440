"""Reads of statements and matching: files, statements, differences with age and owner, and checks that must find nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from motcua.payments.models import (
    BankNotification,
    BankStatement,
    Difference,
    DifferenceState,
    GatewaySettlement,
    MatchRun,
    OwnAccount,
    SettlementRule,
    StatementFile,
    StatementLine,
    StatementState,
)
from motcua.payments.queries import PaymentProblem


@dataclass(frozen=True)
class OwnAccountView:
    """An account of ours: what the books hold, what the bank last said, and what lies between."""

    number: str
    bank: str
    name: str
    ledger_account: str
    closing_vnd: int | None
    closed_on: date | None
    books_vnd: int
    unexplained_vnd: int

    @property
    def agrees(self) -> bool:
        """Books and the lines that wait give what the bank says (invariant 12)."""
        return self.closing_vnd is None or self.books_vnd + self.unexplained_vnd == self.closing_vnd


@dataclass(frozen=True)
class StatementView:
    id: UUID
    file_name: str
    kind: str
    format: str
    bank_id: str
    sequence: int | None
    account: str
    currency: str
    opening_vnd: int | None
    closing_vnd: int | None
    from_date: date | None
    to_date: date | None
    lines: int
    state: str
    faults: tuple[Mapping[str, str], ...]
    reason: str
    decided_by: str
    came_at: datetime

    @property
    def waits(self) -> bool:
        return self.state == StatementState.QUARANTINED


@dataclass(frozen=True)
class LineView:
    """A line and what it was for: the kind of its use, empty when nobody knows."""

    id: int
    booked_on: date
    amount_vnd: int
    is_credit: bool
    key: str
    text: str
    payer_name: str
    payer_account: str
    use: str
    channel: str
    notification_id: UUID | None

    @property
    def signed_vnd(self) -> int:
        return self.amount_vnd if self.is_credit else -self.amount_vnd


@dataclass(frozen=True)
class DifferenceView:
    id: int
    kind: str
    day: date
    channel: str
    account: str
    here_vnd: int
    there_vnd: int
    owner: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    reason: str
    line_id: int | None
    notification_id: UUID | None

    @property
    def is_open(self) -> bool:
        return self.state == DifferenceState.OPEN

    @property
    def amount_vnd(self) -> int:
        return self.there_vnd - self.here_vnd

    def age_days(self, today: date) -> int:
        """Since the day it is of, not since it was found."""
        return max((today - self.day).days, 0)


@dataclass(frozen=True)
class RunView:
    day: date
    at: datetime
    actor: str
    seconds: float
    told: Mapping[str, Any]


def open_differences(day: date) -> list[DifferenceView]:
    """What must be looked at before this day can be closed: open differences of the day and of those before it."""
    rows = Difference.objects.filter(state=DifferenceState.OPEN, day__lte=day)
    return [difference_view(row) for row in rows.order_by("day", "id")]


def page_differences(
    *,
    limit: int,
    kind: str = "",
    channel: str = "",
    owner: str = "",
    day: date | None = None,
    is_open: bool = True,
    before: tuple[date, int] | None = None,
) -> list[DifferenceView]:
    """A page of differences, the newest day first; `before`: day and id of the last one shown."""
    rows = _filtered(kind=kind, channel=channel, owner=owner, day=day, is_open=is_open)
    if before:
        rows = rows.filter(Q(day__lt=before[0]) | Q(day=before[0], id__lt=before[1]))
    return [difference_view(row) for row in rows.order_by("-day", "-id")[:limit]]


def _filtered(
    *, kind: str, channel: str, owner: str, day: date | None, is_open: bool
) -> QuerySet[Difference]:
    state = DifferenceState.OPEN if is_open else DifferenceState.CLOSED
    rows = Difference.objects.filter(state=state)
    told = {"kind": kind, "channel": channel, "owner": owner, "day": day}
    return rows.filter(**{name: value for name, value in told.items() if value})


def sum_differences() -> list[tuple[str, int, int]]:
    """Open differences by kind: how many, and what they come to."""
    rows = Difference.objects.filter(state=DifferenceState.OPEN).values("kind")
    summed = rows.annotate(count=Count("id"), here=Sum("here_vnd"), there=Sum("there_vnd")).order_by("kind")
    return [(row["kind"], row["count"], row["there"] - row["here"]) for row in summed]


def find_difference(difference_id: int) -> DifferenceView | None:
    row = Difference.objects.filter(id=difference_id).first()
    return difference_view(row) if row else None


def difference_view(row: Difference) -> DifferenceView:
    return DifferenceView(
        id=row.id, kind=row.kind, day=row.day, channel=row.channel, account=row.account, here_vnd=row.here_vnd,
        there_vnd=row.there_vnd, owner=row.owner, state=row.state, opened_at=row.opened_at, closed_at=row.closed_at,
        closed_by=row.closed_by, reason=row.reason, line_id=row.line_id, notification_id=row.notification_id,
    )  # fmt: skip


def page_statements(
    *, limit: int, waiting_only: bool = False, before: tuple[datetime, UUID] | None = None
) -> list[StatementView]:
    """Statements, the newest first; or those in quarantine."""
    rows = BankStatement.objects.select_related("file")
    if waiting_only:
        rows = rows.filter(state=StatementState.QUARANTINED)
    if before:
        rows = rows.filter(Q(came_at__lt=before[0]) | Q(came_at=before[0], id__lt=before[1]))
    return [statement_view(row) for row in rows.order_by("-came_at", "-id")[:limit]]


def count_quarantined() -> int:
    return BankStatement.objects.filter(state=StatementState.QUARANTINED).count()


def list_refused_files(*, limit: int = 20) -> list[tuple[str, datetime, list[Mapping[str, str]]]]:
    """Files that could not be read at all, the newest first: name, when, why."""
    rows = StatementFile.objects.exclude(faults=[]).order_by("-came_at", "-id")
    return list(rows.values_list("name", "came_at", "faults")[:limit])


@dataclass(frozen=True)
class SettlementView:
    """A wallet's sheet of a hand-over, and the bank's line that brought it (its id of it; empty: not yet). `reason`: why somebody
    dropped it; empty while nobody did.
    """

    id: UUID
    gateway: str
    provider_id: str
    to_date: date | None
    rows: int
    amount_vnd: int
    fee_vnd: int
    is_accepted: bool
    faults: tuple[Mapping[str, str], ...]
    line_key: str
    reason: str
    came_at: datetime

    @property
    def waits(self) -> bool:
        return not self.is_accepted and not self.reason

    @property
    def net_vnd(self) -> int:
        return self.amount_vnd - self.fee_vnd


def page_settlements(*, limit: int, before: tuple[datetime, UUID] | None = None) -> list[SettlementView]:
    """Settlements of wallets and gateways, the newest first; `before`: instant and id of the last one shown."""
    rows = GatewaySettlement.objects.select_related("line")
    if before:
        rows = rows.filter(Q(came_at__lt=before[0]) | Q(came_at=before[0], id__lt=before[1]))
    return [
        SettlementView(
            row.id, row.gateway, row.provider_id, row.to_date, row.rows_count, row.amount_vnd, row.fee_vnd, row.is_accepted,
            tuple(row.faults), row.line.key if row.line else "", row.reason, row.came_at,
        )
        for row in rows.order_by("-came_at", "-id")[:limit]
    ]  # fmt: skip


def file_reasons(file_id: UUID) -> tuple[str, tuple[str, ...]]:
    """The state of a kept file, and what is wrong with it, its statements and its settlements, as codes with places."""
    file = StatementFile.objects.prefetch_related("statements", "settlements").get(id=file_id)
    found = [("", fault) for fault in file.faults]
    found += [(one.bank_id, fault) for one in file.statements.all() for fault in one.faults]
    found += [(one.provider_id, fault) for one in file.settlements.all() for fault in one.faults]
    said = [
        " ".join(filter(None, [of, fault["code"], fault["place"], fault["about"]])) for of, fault in found
    ]
    return file.state, tuple(said[:20])


def find_statement(statement_id: UUID) -> StatementView | None:
    row = BankStatement.objects.select_related("file").filter(id=statement_id).first()
    return statement_view(row) if row else None


def statement_view(row: BankStatement) -> StatementView:
    return StatementView(
        id=row.id, file_name=row.file.name, kind=row.kind, format=row.format, bank_id=row.bank_id, sequence=row.sequence,
        account=row.account, currency=row.currency, opening_vnd=row.opening_vnd, closing_vnd=row.closing_vnd,
        from_date=row.from_date, to_date=row.to_date, lines=row.lines_count, state=row.state, faults=tuple(row.faults),
        reason=row.reason, decided_by=row.decided_by, came_at=row.came_at,
    )  # fmt: skip


def page_lines(statement_id: UUID, *, limit: int, after: int = 0) -> list[LineView]:
    """Lines of a statement behind the one with this id, in the order of the bank."""
    rows = StatementLine.objects.filter(
        Q(statement_id=statement_id) | Q(closed_in_id=statement_id), id__gt=after
    )
    return [_line_view(row) for row in rows.select_related("use").order_by("id")[:limit]]


def find_line(line_id: int) -> LineView | None:
    row = StatementLine.objects.select_related("use").filter(id=line_id).first()
    return _line_view(row) if row else None


def _line_view(row: StatementLine) -> LineView:
    use = getattr(row, "use", None)
    return LineView(
        id=row.id, booked_on=row.booked_on, amount_vnd=row.amount_vnd, is_credit=row.is_credit, key=row.key, text=row.text,
        payer_name=row.payer_name, payer_account=row.payer_account, use=use.kind if use else "",
        channel=use.channel if use else "", notification_id=use.notification_id if use else None,
    )  # fmt: skip


@dataclass(frozen=True)
class NoticeView:
    """What a channel told us."""

    channel: str
    txn_id: str
    amount_vnd: int
    text: str
    paid_at: datetime
    state: str


def find_notice(notification_id: UUID) -> NoticeView | None:
    row = BankNotification.objects.filter(id=notification_id).first()
    return NoticeView(row.bank, row.txn_id, row.amount_vnd, row.text, row.paid_at, row.state) if row else None


def list_runs(*, limit: int = 10) -> list[RunView]:
    """The last comparisons, the newest first; those of a single line left out."""
    rows = MatchRun.objects.filter(told__has_key="open").order_by("-at")[:limit]
    return [RunView(row.day, row.at, row.actor, row.seconds, row.told) for row in rows]


def list_settlement_rules() -> list[tuple[str, str, str, str, int, int, date]]:
    """Channel, account, mode, words, lag in days, most fee, since when; the newest of a channel first."""
    rows = SettlementRule.objects.order_by("channel", "-valid_from")
    return list(
        rows.values_list(
            "channel", "account_id", "mode", "text_pattern", "lag_days", "most_fee_vnd", "valid_from"
        )
    )


_ACCOUNTS = """
SELECT a.number, a.bank, a.name, a.ledger_account, last.closing_vnd, last.to_date,
       COALESCE(a.opening_vnd, 0) + COALESCE((SELECT sum(debit_vnd - credit_vnd) FROM ledger_accountbalance b
                                              WHERE b.account_id = a.ledger_account), 0)::bigint,
       COALESCE((SELECT sum(CASE WHEN l.is_credit THEN l.amount_vnd ELSE -l.amount_vnd END)
                 FROM payments_statementline l LEFT JOIN payments_lineuse u ON u.line_id = l.id
                 WHERE l.account_id = a.number AND l.closed_in_id IS NOT NULL
                   AND (u.line_id IS NULL OR u.kind = 'OTHER')), 0)::bigint
FROM payments_ownaccount a LEFT JOIN LATERAL (
    SELECT closing_vnd, to_date FROM payments_bankstatement s
    WHERE s.account = a.number AND s.kind = 'STATEMENT' AND s.state = 'ACCEPTED'
    ORDER BY to_date DESC, sequence DESC NULLS LAST LIMIT 1) last ON true
WHERE a.is_active ORDER BY a.number
"""


def list_own_accounts() -> list[OwnAccountView]:
    """Our accounts: the books, the bank's last word, and the lines nobody has explained yet."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS)
        return [OwnAccountView(*row) for row in cursor.fetchall()]


def has_own_accounts() -> bool:
    return OwnAccount.objects.filter(is_active=True).exists()


# Each gives rows (subject, detail) and must give none. The first is invariant 11: what a channel's clearing account holds is
# what it told us of and no statement has confirmed yet; the second: each of these, once its day was compared, is a difference
# by name; the third is invariant 12.
_CHECKS = {
    "CLEARING_DIFFERS": """
        SELECT b.account_id, format('account %s, unsettled %s', b.held, COALESCE(n.told, 0) - COALESCE(r.back, 0))
        FROM (SELECT account_id, sum(debit_vnd - credit_vnd) AS held FROM ledger_accountbalance
              WHERE account_id LIKE '138-%%' GROUP BY account_id) b
        LEFT JOIN (SELECT '138-' || n.bank AS account_id, sum(CASE WHEN n.kind = 'RECEIPT' THEN n.amount_vnd ELSE -n.amount_vnd END) AS told
              FROM payments_banknotification n
              WHERE n.state = 'PROCESSED' AND (n.kind = 'RECEIPT' OR n.outcome = 'REVERSED')
                AND NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.notification_id = n.id)
                AND NOT EXISTS (SELECT FROM payments_lumppart u WHERE u.notification_id = n.id)
              GROUP BY n.bank) n USING (account_id)
        LEFT JOIN (SELECT '138-' || o.bank AS account_id, sum(o.amount_vnd) AS back FROM (
              SELECT p.bank, a.amount_vnd FROM payments_allocation a JOIN payments_payment p ON p.id = a.payment_id
              WHERE a.target = 'RETURN' AND a.source = 'SUSPENSE'
                AND NOT EXISTS (SELECT FROM payments_refund r WHERE r.case_id = a.target_id AND r.decided_by <> '')
              UNION ALL
              SELECT p.bank, r.amount_vnd FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
              WHERE r.way = 'BACK' AND r.state IN ('ORDERED', 'DONE') AND NOT (
                    r.line_id IS NOT NULL AND EXISTS (SELECT FROM payments_lineuse u WHERE u.line_id = r.line_id))
                AND NOT EXISTS (
                    SELECT FROM payments_onlinerefund w JOIN payments_onlinepayment t ON t.id = w.payment_id
                    WHERE w.refund_id = r.id AND (
                        EXISTS (SELECT FROM payments_settledpayment s
                                JOIN payments_gatewaysettlement g ON g.id = s.settlement_id AND g.line_id IS NOT NULL
                                WHERE s.gateway = p.bank AND s.own_ref = w.ref AND s.is_refund)
                        OR (SELECT count(*) FROM payments_onlinerefund b
                            WHERE b.payment_id = w.payment_id AND b.amount_vnd = w.amount_vnd AND b.state <> 'REFUSED'
                              AND b.id <= w.id)
                           <= (SELECT count(*) FROM payments_settledpayment s
                               JOIN payments_gatewaysettlement g ON g.id = s.settlement_id AND g.line_id IS NOT NULL
                               WHERE s.gateway = p.bank AND s.own_ref = t.ref AND s.is_refund AND s.amount_vnd = w.amount_vnd)))
                ) o
              GROUP BY o.bank) r USING (account_id)
        WHERE b.held <> COALESCE(n.told, 0) - COALESCE(r.back, 0)""",
    "UNSETTLED_WITHOUT_CASE": """
        SELECT n.id::text, format('%s %s of %s', n.bank, n.amount_vnd, (n.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
        FROM payments_banknotification n JOIN payments_payment p ON p.notification_id = n.id AND p.status = 'BOOKED'
        JOIN payments_ownaccount a ON a.bank = n.bank AND a.is_active
        JOIN (SELECT account, max(to_date) AS covered FROM payments_bankstatement WHERE kind = 'STATEMENT' AND state = 'ACCEPTED'
              GROUP BY account) c ON c.account = a.number
        WHERE (n.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
              <= LEAST(c.covered, (SELECT max(day) FROM payments_matchrun WHERE told ? 'open'))
          AND n.received_at < (SELECT max(at) FROM payments_matchrun WHERE told ? 'open')
          AND NOT EXISTS (SELECT FROM payments_settlementrule r WHERE r.channel = n.bank)
          AND NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.notification_id = n.id)
          AND NOT EXISTS (SELECT FROM payments_lumppart u WHERE u.notification_id = n.id)
          AND NOT EXISTS (SELECT FROM payments_difference d WHERE d.notification_id = n.id)""",
    "BANK_DIFFERS": """
        SELECT t.number, format('books %s, waiting %s, bank %s', t.books, t.waiting, t.closing) FROM (
            SELECT a.number, COALESCE(a.opening_vnd, 0) + COALESCE((SELECT sum(debit_vnd - credit_vnd) FROM ledger_accountbalance b
                       WHERE b.account_id = a.ledger_account), 0) AS books,
                   COALESCE((SELECT sum(CASE WHEN l.is_credit THEN l.amount_vnd ELSE -l.amount_vnd END)
                       FROM payments_statementline l LEFT JOIN payments_lineuse u ON u.line_id = l.id
                       WHERE l.account_id = a.number AND l.closed_in_id IS NOT NULL
                         AND (u.line_id IS NULL OR u.kind = 'OTHER')), 0) AS waiting,
                   (SELECT closing_vnd FROM payments_bankstatement s WHERE s.account = a.number AND s.kind = 'STATEMENT'
                       AND s.state = 'ACCEPTED' ORDER BY to_date DESC, sequence DESC NULLS LAST LIMIT 1) AS closing
            FROM payments_ownaccount a) t
        WHERE t.closing IS NOT NULL AND t.books + t.waiting <> t.closing""",
    "SETTLEMENT_DIFFERS": """
        SELECT g.id::text, format('line %s, fee %s, payments %s', l.amount_vnd, g.fee_vnd, parts.sum - refunds.sum)
        FROM payments_gatewaysettlement g JOIN payments_statementline l ON l.id = g.line_id
        CROSS JOIN LATERAL (SELECT COALESCE(sum(n.amount_vnd), 0) AS sum FROM payments_lumppart p
                            JOIN payments_banknotification n ON n.id = p.notification_id WHERE p.line_id = g.line_id) parts
        CROSS JOIN LATERAL (SELECT COALESCE(sum(s.amount_vnd), 0) AS sum FROM payments_settledpayment s
                            WHERE s.settlement_id = g.id AND s.is_refund) refunds
        WHERE parts.sum - refunds.sum <> l.amount_vnd + g.fee_vnd""",
    "LINE_WITHOUT_CASE": """
        SELECT l.id::text, format('%s %s of %s', l.account_id, l.amount_vnd, l.booked_on)
        FROM payments_statementline l JOIN payments_bankstatement s ON s.id = l.closed_in_id
        WHERE s.came_at < (SELECT max(at) FROM payments_matchrun WHERE told ? 'open' AND day >= l.booked_on)
          AND NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.line_id = l.id)
          AND NOT EXISTS (SELECT FROM payments_difference d WHERE d.line_id = l.id)""",
    "REFUND_ABOVE_PAYMENT": """
        SELECT p.id::text, format('refunds %s of %s', sum(r.amount_vnd), p.amount_vnd)
        FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id WHERE r.state NOT IN ('REFUSED', 'FAILED')
        GROUP BY p.id, p.amount_vnd HAVING sum(r.amount_vnd) > p.amount_vnd""",
}


def count_lines() -> int:
    """How many lines of statements the company has."""
    return StatementLine.objects.count()


def check_matching() -> list[PaymentProblem]:
    """Recount settlement: clearing accounts, bank accounts, what waits without a name. Empty is the only good answer."""
    problems: list[PaymentProblem] = []
    with connection.cursor() as cursor:
        for code, statement in _CHECKS.items():
            cursor.execute(statement.replace("%%", "%"))
            problems += [
                PaymentProblem(code, str(subject), str(detail)) for subject, detail in cursor.fetchall()
            ]
    return problems
