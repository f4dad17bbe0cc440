"""Rating a whole table of cases in the database: the set-based twin of `rules.rating.rate`, held equal to it by a test.

`stage` (or a bill run's own INSERT) fills `rating_case`; `rate_staged` leaves `rating_line` and `rating_bill`, and in
`rating_refused` the cases that the rule would refuse. All are temporary tables of the transaction. Readings inside a period
(`Case.known`) are not staged: such cases are few and go through the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from motcua.billing import staged_prices
from motcua.billing.rules.case import Case
from motcua.billing.rules.rating import HOUR_PARTS
from motcua.tariffs.book import Part, PriceBook

TABLES = ("case", *staged_prices.TABLES, "segment", "refused", "line", "bill")  # rating_case and so on
CASE_COLUMNS = """
    case_id, customer_group, voltage, area, from_day, to_day, kwh, normal_kwh, off_peak_kwh, peak_kwh,
    quota_hundredths, is_undeclared, cosphi_hundredths, billing_month, norm_days, unit, kw_hundredths
"""

CASE_TABLE = """
CREATE TEMPORARY TABLE rating_case (
    case_id bigint PRIMARY KEY, customer_group text NOT NULL, voltage text NOT NULL, area text NOT NULL,
    from_day date NOT NULL, to_day date NOT NULL CHECK (to_day > from_day),
    kwh bigint, normal_kwh bigint, off_peak_kwh bigint, peak_kwh bigint,
    quota_hundredths bigint NOT NULL, is_undeclared boolean NOT NULL, cosphi_hundredths int,
    billing_month date NOT NULL, norm_days bigint NOT NULL, unit bigint NOT NULL, kw_hundredths bigint,
    CHECK (num_nonnulls(kwh, normal_kwh) = 1 AND num_nonnulls(normal_kwh, off_peak_kwh, peak_kwh) IN (0, 3))
) ON COMMIT DROP
"""

# What a register counted in a segment, in parts: what it had counted until its last day less until its first, each half
# up in whole numbers, (2 a + b) / 2 b.
_COUNTED = """c.unit * ((2 * c.{register} * (w.ends - c.from_day) + w.of) / (2 * w.of)
           - (2 * c.{register} * (w.starts - c.from_day) + w.of) / (2 * w.of))"""

# Days of a case on which one set of prices holds. `is_fit`: the set has prices of the kind that the case asks for.
SEGMENTS = """
CREATE TEMPORARY TABLE rating_segment ON COMMIT DROP AS
SELECT c.case_id, s.span_id, c.customer_group, c.area, c.billing_month, c.norm_days, c.quota_hundredths, c.unit,
       c.is_undeclared, c.kw_hundredths, w.starts, w.ends, w.ends - w.starts AS days,
       s.has_tiers AND NOT c.is_undeclared AND c.kwh IS NOT NULL AS by_tiers,
       (s.has_hours OR c.kwh IS NOT NULL) AND (s.has_undeclared OR NOT c.is_undeclared)
           AND s.has_capacity = (c.kw_hundredths IS NOT NULL) AND NOT (s.has_lack AND EXISTS (
               SELECT FROM rating_lack k WHERE k.span_id = s.span_id
                AND c.billing_month >= k.valid_from AND c.billing_month < k.valid_to)) AS is_fit,
       coalesce(c.kwh, c.normal_kwh + c.off_peak_kwh + c.peak_kwh) AS total_kwh,
       {kwh} AS parts, {normal} AS normal_parts,
       {off_peak} AS off_peak_parts,
       {peak} AS peak_parts
FROM rating_case c
JOIN rating_span s ON s.customer_group = c.customer_group AND s.voltage = c.voltage AND s.area = c.area
 AND s.valid_from < c.to_day AND s.valid_to > c.from_day
CROSS JOIN LATERAL (
    SELECT greatest(c.from_day, s.valid_from) AS starts, least(c.to_day, s.valid_to) AS ends,
           c.to_day - c.from_day AS of
) w
""".format(
    kwh=_COUNTED.format(register="kwh"),
    normal=_COUNTED.format(register="normal_kwh"),
    off_peak=_COUNTED.format(register="off_peak_kwh"),
    peak=_COUNTED.format(register="peak_kwh"),
)

# What the rule refuses: days without a price or without VAT, a group that has no such price, a cosphi of no row. Most
# cases lie in one fitting segment; of the others alone the segments are summed, once for all: in the month of a new price
# that is every case.
REFUSED = """
CREATE TEMPORARY TABLE rating_refused ON COMMIT DROP AS
WITH odd AS MATERIALIZED (
    SELECT c.case_id, c.to_day - c.from_day AS days,
           NOT EXISTS (SELECT FROM rating_vat v WHERE c.to_day >= v.valid_from AND c.to_day < v.valid_to) AS no_vat,
           c.cosphi_hundredths IS NOT NULL AND NOT EXISTS (
               SELECT FROM rating_reactive r WHERE r.cosphi_hundredths <= c.cosphi_hundredths
                AND c.to_day >= r.valid_from AND c.to_day < r.valid_to) AS no_cosphi,
           g.case_id IS NULL AS is_cut
    FROM rating_case c
    LEFT JOIN rating_segment g ON g.case_id = c.case_id AND g.is_fit AND g.days = c.to_day - c.from_day
), cut AS MATERIALIZED (
    SELECT r.case_id, sum(r.days) AS days, bool_and(r.is_fit) AS is_fit
    FROM odd o JOIN rating_segment r ON r.case_id = o.case_id WHERE o.is_cut GROUP BY r.case_id
)
SELECT o.case_id, CASE WHEN o.no_vat OR o.is_cut AND coalesce(g.days, 0) < o.days THEN 'NO_PRICE'
                       WHEN o.is_cut AND NOT g.is_fit THEN 'CONTRADICTION' ELSE 'FIELD_WRONG' END AS code
FROM odd o LEFT JOIN cut g ON g.case_id = o.case_id
WHERE o.no_vat OR o.no_cosphi OR o.is_cut AND (coalesce(g.days, 0) < o.days OR NOT g.is_fit)
"""

# Norms are worked out once for each kind of segment: of a million contracts read on one day there are a few.
LINES = """
CREATE TEMPORARY TABLE rating_line ON COMMIT DROP AS
WITH kind AS MATERIALIZED (
    SELECT DISTINCT span_id, days, norm_days, quota_hundredths, unit FROM rating_segment WHERE by_tiers
), norm AS MATERIALIZED (
    SELECT k.*, p.part, p.tier, p.price_vnd, p.decision,
           (2 * k.unit * p.width_kwh * k.days * k.quota_hundredths + k.norm_days * 100)
               / (2 * k.norm_days * 100) AS norm_parts
    FROM kind k JOIN rating_price p ON p.span_id = k.span_id AND p.part = 'TIER'
), bound AS MATERIALIZED (
    SELECT norm.*, coalesce(sum(norm_parts) OVER below, 0)::bigint AS above
    FROM norm WINDOW below AS (
        PARTITION BY span_id, days, norm_days, quota_hundredths, unit ORDER BY tier
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), priced AS (
    SELECT g.case_id, g.span_id, g.starts, g.ends, g.customer_group, g.area, g.billing_month, g.unit, g.total_kwh,
           b.part, b.tier, b.price_vnd, b.decision,
           least(g.parts - b.above, coalesce(b.norm_parts, g.parts)) AS taken
    FROM rating_segment g JOIN bound b USING (span_id, days, norm_days, quota_hundredths, unit)
    WHERE g.by_tiers AND g.parts > b.above
    UNION ALL
    SELECT g.case_id, g.span_id, g.starts, g.ends, g.customer_group, g.area, g.billing_month, g.unit, g.total_kwh,
           p.part, p.tier, p.price_vnd, p.decision, r.parts
    FROM rating_segment g
    CROSS JOIN LATERAL (VALUES ('ONE', g.parts), ('NORMAL', g.normal_parts), ('OFF_PEAK', g.off_peak_parts),
                               ('PEAK', g.peak_parts)) r(part, parts)
    JOIN rating_price p ON p.span_id = g.span_id
     AND CASE WHEN r.part <> 'ONE' THEN p.part = r.part
              WHEN g.is_undeclared THEN p.part = 'UNDECLARED' ELSE p.is_plain END
    WHERE NOT g.by_tiers AND r.parts > 0
), final AS (
    {final}
)
SELECT case_id, starts, ends, part, tier, taken AS kwh_parts, unit, price_vnd,
       (2 * taken * price_vnd + unit) / (2 * unit) AS amount_vnd, customer_group, decision, relief, NULL::bigint AS kw_hundredths
FROM final WHERE taken > 0
UNION ALL
SELECT g.case_id, g.starts, g.ends, p.part, 0, 0, g.unit, p.price_vnd,
       (2 * p.price_vnd * g.kw_hundredths * g.days + 100 * g.norm_days) / (200 * g.norm_days), g.customer_group, p.decision, '',
       g.kw_hundredths
FROM rating_segment g JOIN rating_price p ON p.span_id = g.span_id AND p.part = 'CAPACITY'
WHERE g.kw_hundredths IS NOT NULL
"""

NO_RELIEF = "SELECT *, '' AS relief FROM priced"

# The relief that leaves the lowest price; of several that leave the same the largest percentage.
WITH_RELIEF = """
    SELECT case_id, starts, ends, part, tier, taken, unit, customer_group, coalesce(relief.decision, priced.decision) AS decision,
           coalesce(relief.code, '') AS relief, coalesce(relief.left_vnd, price_vnd) AS price_vnd
    FROM priced
    LEFT JOIN LATERAL (
        SELECT r.code, t.decision, l.left_vnd FROM rating_relief r
        LEFT JOIN rating_lent t ON r.price_group <> '' AND t.span_id = priced.span_id AND t.price_group = r.price_group
         AND t.part = priced.part
        CROSS JOIN LATERAL (
            SELECT (2 * coalesce(t.price_vnd, priced.price_vnd) * (10000 - r.percent_hundredths) + 10000) / 20000 AS left_vnd
        ) l
        WHERE r.customer_group = priced.customer_group AND r.area IN ('', priced.area)
          AND (r.span_id = priced.span_id OR r.span_id IS NULL
               AND priced.billing_month >= r.valid_from AND priced.billing_month < r.valid_to)
          AND (r.tiers_to IS NULL OR priced.tier <= r.tiers_to)
          AND r.from_kwh <= priced.total_kwh AND (r.to_kwh IS NULL OR priced.total_kwh <= r.to_kwh)
          AND l.left_vnd <= priced.price_vnd
        ORDER BY l.left_vnd, r.percent_hundredths DESC, r.position LIMIT 1
    ) relief ON true
"""

ANY_RELIEF = """
SELECT EXISTS (
    SELECT FROM rating_relief r
    WHERE r.span_id IN (SELECT g.span_id FROM rating_segment g WHERE g.span_id = r.span_id)
       OR r.span_id IS NULL AND EXISTS (
           SELECT FROM rating_case c WHERE c.customer_group = r.customer_group
            AND c.billing_month >= r.valid_from AND c.billing_month < r.valid_to))
"""

BILLS = """
CREATE TEMPORARY TABLE rating_bill ON COMMIT DROP AS
SELECT case_id, active_vnd, capacity_vnd, reactive_hundredths, reactive_vnd, net_vnd AS subtotal_vnd,
       vat_millionths, vat_vnd, net_vnd + vat_vnd AS total_vnd
FROM rating_case c
LEFT JOIN (
    SELECT case_id, sum(amount_vnd)::bigint AS sum_vnd,
           sum(amount_vnd) FILTER (WHERE kw_hundredths IS NOT NULL)::bigint AS capacity_vnd
    FROM rating_line GROUP BY case_id
) l USING (case_id)
CROSS JOIN LATERAL (SELECT coalesce(l.sum_vnd, 0) - coalesce(l.capacity_vnd, 0) AS active_vnd) a
LEFT JOIN LATERAL (
    SELECT r.percent_hundredths FROM rating_reactive r
    WHERE r.cosphi_hundredths <= c.cosphi_hundredths AND c.to_day >= r.valid_from AND c.to_day < r.valid_to
    ORDER BY r.cosphi_hundredths DESC LIMIT 1
) found ON c.cosphi_hundredths IS NOT NULL
CROSS JOIN LATERAL (SELECT coalesce(found.percent_hundredths, 0) AS reactive_hundredths) q
CROSS JOIN LATERAL (SELECT (2 * active_vnd * reactive_hundredths + 10000) / 20000 AS reactive_vnd) x
CROSS JOIN LATERAL (SELECT active_vnd + coalesce(capacity_vnd, 0) + reactive_vnd AS net_vnd) n
JOIN LATERAL (
    SELECT v.millionths AS vat_millionths FROM rating_vat v WHERE c.to_day >= v.valid_from AND c.to_day < v.valid_to
) rate ON true
CROSS JOIN LATERAL (
    SELECT (2 * net_vnd * vat_millionths + 1000000) / 2000000 AS vat_vnd
) vat
WHERE NOT EXISTS (SELECT FROM rating_refused f WHERE f.case_id = c.case_id)
"""


@dataclass(frozen=True)
class Rated:
    """How many cases became bills of how many lines, and how many were refused."""

    bills: int
    lines: int
    refused: int


def open_stage() -> None:
    """Make the empty table of cases; in a transaction, at whose end it goes."""
    with connection.cursor() as cursor:
        cursor.execute(CASE_TABLE)


def stage(cases: Iterable[tuple[int, Case]]) -> None:
    """Put cases into the stage under ids of the caller's. Cases with readings inside are a bug: the rule rates them."""
    statement = f"COPY rating_case ({CASE_COLUMNS}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for case_id, case in cases:
            if case.known:
                raise ValueError("a case with readings inside its period is rated by the rule")
            copy.write_row(_case_row(case_id, case))


def rate_staged(book: PriceBook) -> Rated:
    """Rate everything staged; once in a transaction."""
    with connection.cursor() as cursor:
        staged_prices.stage_prices(cursor, book)
        _analyze(cursor, "case", "span", "price")
        cursor.execute(SEGMENTS)
        _analyze(cursor, "segment")
        cursor.execute(REFUSED)
        refused = cursor.rowcount
        if refused:
            cursor.execute("DELETE FROM rating_segment WHERE case_id IN (SELECT case_id FROM rating_refused)")
        cursor.execute(ANY_RELIEF)
        (has_relief,) = cursor.fetchone()
        cursor.execute(LINES.format(final=WITH_RELIEF if has_relief else NO_RELIEF))
        lines = cursor.rowcount
        cursor.execute(BILLS)
        return Rated(bills=cursor.rowcount, lines=lines, refused=refused)


def _analyze(cursor: Any, *names: str) -> None:
    for name in names:
        cursor.execute(f"ANALYZE rating_{name}")


def _case_row(case_id: int, case: Case) -> tuple[Any, ...]:
    hours = [case.use[part] if case.has_registers else None for part in HOUR_PARTS]
    return (
        case_id,
        case.group,
        case.voltage,
        case.area,
        case.start,
        case.end,
        None if case.has_registers else case.use[Part.ONE],
        *hours,
        case.quota_hundredths,
        case.is_undeclared,
        case.cosphi_hundredths,
        case.billing_month,
        case.norm_days,
        case.norm_rounding.unit,
        case.kw_hundredths,
    )
