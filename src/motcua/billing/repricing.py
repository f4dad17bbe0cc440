"""What the next price decision would make of last month's bills: rated again in the database, a part at a time.

A proposal is tried in every company by a job (`jobs.try_proposals`); each part is one transaction and says how far it came, so a
stopped worker goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from motcua.billing import set_rating
from motcua.billing.models import Bill, BillKind, BillState
from motcua.companies.context import current_company_code
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import Price, PriceBook
from motcua.tariffs.models import PriceProposal, PriceTrial, ProposalKind, ProposalState
from motcua.tariffs.new_prices import NewPrice

PART = 50_000
LONG_AGO = date(1990, 1, 1)

# The bills of one part, with what each was rated from. Several purposes behind one meter are rated by the pure rule and left
# out here: their number is told as bills without a price.
PART_OF_MONTH = """
CREATE TEMPORARY TABLE repriced ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY id) AS case_id, b.id, b.subtotal_vnd, b.kwh, b.from_day, b.to_day,
       CASE WHEN jsonb_typeof(b.case) = 'object' THEN b.case ELSE '{}'::jsonb END AS told
FROM billing_bill b
WHERE b.billing_month = %(month)s AND b.state = 'ISSUED' AND b.kind IN ('USE', 'REPLACEMENT')
  AND (%(reached)s::uuid IS NULL OR b.id > %(reached)s)
ORDER BY id LIMIT %(part)s
"""
CASES = """
INSERT INTO rating_case (case_id, customer_group, voltage, area, from_day, to_day, kwh, normal_kwh, off_peak_kwh, peak_kwh,
    quota_hundredths, is_undeclared, cosphi_hundredths, billing_month, norm_days, unit)
SELECT r.case_id, g.code, upper(coalesce(told->>'voltage', '')), upper(coalesce(told->>'area', '')), from_day, to_day,
       (told->>'kwh')::numeric::bigint, (told->'registers'->>'normal')::numeric::bigint,
       (told->'registers'->>'off_peak')::numeric::bigint, (told->'registers'->>'peak')::numeric::bigint,
       CASE WHEN t.people > 0 THEN coalesce(floor(t.people * 100 / %(tenants_per_quota)s + 0.5)::bigint, 100)
            ELSE coalesce((told->>'quotas')::numeric * 100, 100)::bigint END,
       coalesce(t.people = 0, false), floor((told->>'cosphi')::numeric * 100 + 0.5)::int, m.month,
       CASE WHEN told->>'billing_month' IS NULL AND extract(day FROM from_day + 1) = 1 AND extract(day FROM to_day + 1) = 1
                 AND date_trunc('month', to_day) = date_trunc('month', from_day) + interval '1 month'
            THEN to_day - from_day ELSE extract(day FROM m.month - 1)::int END,
       CASE WHEN upper(coalesce(told->>'norm_rounding', '')) IN ('NONE', 'EXACT', 'DECIMAL', 'FALSE') THEN 10000 ELSE 1 END
FROM repriced r
CROSS JOIN LATERAL (
    SELECT CASE WHEN upper(told->>'group') = ANY(%(groups)s) THEN upper(told->>'group')
                ELSE 'WHOLESALE_' || upper(told->>'group') END AS code
) g
CROSS JOIN LATERAL (
    SELECT CASE WHEN upper(told->>'tenants') = 'UNDECLARED' THEN 0 ELSE (told->>'tenants')::numeric END AS people
) t
CROSS JOIN LATERAL (
    SELECT coalesce((told->>'billing_month' || '-01')::date, date_trunc('month', to_day)::date) AS month
) m
WHERE told ? 'group' AND g.code = ANY(%(groups)s)
"""
EFFECTS = """
INSERT INTO public.tariffs_priceeffect AS held (trial_id, customer_group, bills, kwh, before_vnd, after_vnd, cheaper, same,
    dearer_to_5, dearer_to_10, dearer_above_10, without_price)
SELECT %(trial)s, coalesce(c.customer_group, ''), count(*), coalesce(sum(r.kwh) FILTER (WHERE b.case_id IS NOT NULL), 0),
       coalesce(sum(r.subtotal_vnd) FILTER (WHERE b.case_id IS NOT NULL), 0), coalesce(sum(b.subtotal_vnd), 0),
       count(*) FILTER (WHERE b.subtotal_vnd < r.subtotal_vnd), count(*) FILTER (WHERE b.subtotal_vnd = r.subtotal_vnd),
       count(*) FILTER (WHERE b.subtotal_vnd > r.subtotal_vnd AND b.subtotal_vnd * 100 <= r.subtotal_vnd * 105),
       count(*) FILTER (WHERE b.subtotal_vnd * 100 > r.subtotal_vnd * 105 AND b.subtotal_vnd * 100 <= r.subtotal_vnd * 110),
       count(*) FILTER (WHERE b.subtotal_vnd * 100 > r.subtotal_vnd * 110), count(*) FILTER (WHERE b.case_id IS NULL)
FROM repriced r
LEFT JOIN rating_case c ON c.case_id = r.case_id
LEFT JOIN rating_bill b ON b.case_id = r.case_id
GROUP BY coalesce(c.customer_group, '')
ON CONFLICT (trial_id, customer_group) DO UPDATE SET
    bills = held.bills + EXCLUDED.bills, kwh = held.kwh + EXCLUDED.kwh, before_vnd = held.before_vnd + EXCLUDED.before_vnd,
    after_vnd = held.after_vnd + EXCLUDED.after_vnd, cheaper = held.cheaper + EXCLUDED.cheaper, same = held.same + EXCLUDED.same,
    dearer_to_5 = held.dearer_to_5 + EXCLUDED.dearer_to_5, dearer_to_10 = held.dearer_to_10 + EXCLUDED.dearer_to_10,
    dearer_above_10 = held.dearer_above_10 + EXCLUDED.dearer_above_10,
    without_price = held.without_price + EXCLUDED.without_price
"""


def try_next(at: datetime) -> int:
    """Rate the next part of this company's last month again for the oldest proposal that waits for it; how many bills."""
    proposal = _waiting()
    if proposal is None:
        return 0
    with transaction.atomic():
        PriceTrial.objects.get_or_create(proposal=proposal, company_code=current_company_code())
        trial = PriceTrial.objects.select_for_update().get(
            proposal=proposal, company_code=current_company_code()
        )
        if trial.finished_at is not None:
            return 0
        if trial.month is None:
            _begin(trial)
        done = _rate_part(trial, proposal) if trial.month is not None else 0
        if not done or trial.done >= trial.bills:
            trial.finished_at = at
        trial.save()
        return done


def with_prices(book: PriceBook, prices: Iterable[NewPrice], number: str) -> PriceBook:
    """The book as if these prices had always held, for the groups they name."""
    made = [
        Price(
            LONG_AGO, None, number, number, one.customer_group, one.voltage, one.part, one.tier, one.width_kwh, one.price_vnd, ""
        )
        for one in prices
    ]  # fmt: skip
    named = {price.customer_group for price in made}
    kept: Sequence[Price] = [price for price in book.prices if price.customer_group not in named]
    return replace(book, prices=[*kept, *made], _spans={}, _reliefs={})


def _waiting() -> PriceProposal | None:
    done = PriceTrial.objects.filter(company_code=current_company_code(), finished_at__isnull=False)
    decisions = PriceProposal.objects.filter(state=ProposalState.SUBMITTED, kind=ProposalKind.DECISION)
    waiting = decisions.exclude(trials__in=done)
    return waiting.order_by("entered_at", "id").first()


def _begin(trial: PriceTrial) -> None:
    bills = Bill.objects.filter(state=BillState.ISSUED).exclude(kind=BillKind.ADJUSTMENT)
    trial.month = bills.aggregate(last=Max("billing_month"))["last"]
    if trial.month is not None:
        trial.bills = bills.filter(billing_month=trial.month).count()


def _rate_part(trial: PriceTrial, proposal: PriceProposal) -> int:
    book = with_prices(tariff_queries.price_book(), map(NewPrice.read, proposal.prices), proposal.number)
    people = book.find_rate("TENANTS_PER_QUOTA", proposal.valid_from)
    with connection.cursor() as cursor:
        cursor.execute(PART_OF_MONTH, {"month": trial.month, "reached": trial.reached, "part": PART})
        cursor.execute("SELECT count(*), max(id::text) FROM repriced")
        count, reached = cursor.fetchone()
        if not count:
            return 0
        set_rating.open_stage()
        groups = sorted(book.groups)
        cursor.execute(CASES, {"groups": groups, "tenants_per_quota": people.value if people else None})
        set_rating.rate_staged(book)
        cursor.execute(EFFECTS, {"trial": trial.pk})
    trial.reached = UUID(reached)
    trial.done += count
    return int(count)
