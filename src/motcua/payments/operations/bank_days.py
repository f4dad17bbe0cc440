"""A bank tells what it counts of its day, page by page; the last page has it compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from motcua.kernel.results import NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import rules as ledger_rules
from motcua.payments import bank_days, partner_queries
from motcua.payments.bank_days import Difference
from motcua.payments.models import BankDay, BankDayLine, Partner
from motcua.payments.operations.refusals import NotificationDiffers, TotalsDiffer


@dataclass(frozen=True)
class ToldLine:
    """A transaction as the bank counts it."""

    txn_id: str
    kind: str
    amount_vnd: int


@dataclass(frozen=True)
class Compared:
    """How the two counts of a day lie beside each other; `state` is open until the last page came."""

    state: str
    told: int
    matched: int
    differences: tuple[Difference, ...]


@transaction.atomic
def tell_day(
    *,
    code: str,
    day: date,
    lines: Sequence[ToldLine],
    totals: tuple[int, int] | None,
    at: datetime,
    anew: bool = False,
) -> Compared:
    """Keep a page of the bank's lines; with `totals` (count and sum of amounts) it was the last one and the day is compared.

    `anew` forgets what was told of the day before. A line may come again, never with other content. Locks the partner.
    Refuses AmountInvalid, NotFound, NotificationDiffers, TotalsDiffer.
    """
    if not all(ledger_rules.is_amount(line.amount_vnd) for line in lines):
        raise ledger_ops.AmountInvalid(field="lines")
    if not Partner.objects.select_for_update().filter(code=code).exists():
        raise NotFound(field="code")
    kept = BankDayLine.objects.filter(partner_id=code, day=day)
    if anew:
        kept.delete()
    _keep(code, day, lines)
    told = kept.count()
    if totals is None:
        return Compared("open", told, 0, ())
    if totals != (told, kept.aggregate(total=Sum("amount_vnd"))["total"] or 0):
        raise TotalsDiffer(field="totals")
    partner = partner_queries.find_partner(code)
    assert partner is not None
    matched, differences = bank_days.list_differences(partner, day)
    BankDay.objects.update_or_create(
        partner_id=code,
        day=day,
        defaults={
            "told_count": totals[0], "told_vnd": totals[1], "matched": matched, "differing": len(differences),
            "compared_at": at,
        },
    )  # fmt: skip
    state = "equal" if not differences else "differs"
    return Compared(state, told, matched, tuple(differences))


def _keep(code: str, day: date, lines: Sequence[ToldLine]) -> None:
    before = {
        row.txn_id: (row.kind, row.amount_vnd)
        for row in BankDayLine.objects.filter(
            partner_id=code, day=day, txn_id__in=[line.txn_id for line in lines]
        )
    }
    news: dict[str, ToldLine] = {}
    for line in lines:
        known = before.get(line.txn_id)
        twin = news.setdefault(line.txn_id, line)
        if (known and known != (line.kind, line.amount_vnd)) or twin != line:
            raise NotificationDiffers(field="lines", name=line.txn_id, txn_id=line.txn_id)
    BankDayLine.objects.bulk_create(
        BankDayLine(partner_id=code, day=day, txn_id=line.txn_id, kind=line.kind, amount_vnd=line.amount_vnd)
        for line in news.values()
        if line.txn_id not in before
    )
