# ruff: noqa: S608 - what is put into these statements stands in this file
"""The statements of a bill run: a chunk of accounts goes from what its meters showed to bills without leaving the database.

`run_account` (whose turn it is, by what terms, after which bill) -> `run_register` (what each register showed at both ends)
-> `run_found` (what was used, and what is doubtful) -> `rating_case` (see `set_rating`) -> bills, charges, exceptions. All
are temporary tables of the chunk's transaction. The rules are those of `rules`; a test holds both equal.
"""

from __future__ import annotations

# A day of Vietnam, whatever the session's zone is.
_DAY = "({} AT TIME ZONE interval '7 hours')::date"

# Contracts of the units whose reading day it is and that have no bill of the period. One that ended is taken once more.
# A bill of the period that was cancelled is not made again by a run: a person replaces it. The month comes from the run's row, not as
# a value: of a new month's value the statistics know no bill, and the plan would go through all of them for each account.
GATHER = f"""
INSERT INTO billing_runaccount (run_id, account_code, contract_id, period)
SELECT run.id, c.account_code, c.id, turn.period
FROM billing_billrun run
CROSS JOIN supply_contract c
JOIN supply_servicepoint p ON p.id = c.service_point_id
LEFT JOIN billing_accountterms t ON t.account_code = c.account_code
 AND t.valid_from <= %(day)s AND (t.valid_to IS NULL OR t.valid_to > %(day)s)
CROSS JOIN LATERAL (
    SELECT u.period FROM unnest(CASE WHEN cardinality(t.reading_days) > 0 THEN t.reading_days
                                     ELSE ARRAY[%(usual_day)s]::smallint[] END) WITH ORDINALITY u(day, period)
    WHERE least(u.day, %(month_days)s) = %(day_number)s LIMIT 1
) turn
WHERE run.id = %(run)s AND p.unit_code = ANY(%(units)s) AND (c.started_at IS NULL OR c.started_at < %(window_to)s)
  AND (c.ended_at IS NULL OR c.ended_at >= %(look_back)s AND NOT EXISTS (
          SELECT FROM billing_bill b WHERE b.account_code = c.account_code AND b.state = 'ISSUED' AND b.kind <> 'ADJUSTMENT'
             AND b.to_day >= {_DAY.format("c.ended_at")}))
  AND NOT EXISTS (SELECT FROM billing_bill b WHERE b.account_code = c.account_code AND b.billing_month = run.billing_month
                     AND b.period = turn.period AND b.kind <> 'ADJUSTMENT')
  AND NOT EXISTS (SELECT FROM billing_runexception x WHERE x.run_id = %(run)s AND x.account_code = c.account_code
                     AND x.state = 'LEFT_OUT')
ON CONFLICT DO NOTHING
"""

# Those whom a person has decided about, and those whose reading has come since.
GATHER_AGAIN = """
INSERT INTO billing_runaccount (run_id, account_code, contract_id, period)
SELECT x.run_id, x.account_code, c.id, (x.facts->>'period')::smallint
FROM billing_runexception x JOIN supply_contract c ON c.account_code = x.account_code
WHERE x.run_id = %(run)s AND x.state IN ('CONFIRMED', 'ESTIMATE', 'REREAD')
ON CONFLICT DO NOTHING
"""

ACCOUNT_TABLE = """
CREATE TEMPORARY TABLE run_account (
    n bigint PRIMARY KEY, account_code text NOT NULL, unit_code text NOT NULL, customer_id uuid, payer_id uuid, period smallint,
    point_id bigint, started_at timestamptz, ended_at timestamptz, since timestamptz, until timestamptz, read_from timestamptz,
    read_to timestamptz, again_to timestamptz, prev_from date, prev_to date, prev_kwh bigint, prev_readings jsonb,
    price_group text, voltage text, area text, quota_hundredths bigint, is_undeclared boolean, factor bigint, pays_reactive boolean,
    by_rule boolean, decision text, decision_code text, decision_kwh bigint
) ON COMMIT DROP
"""

ONLY = " AND account_code = %(only)s"

# By the terms of the last day of use, the one before the reading day. Changes inside the period go through the rule.
# The turn of so many. Rows that another worker holds are passed over; whoever is killed gives theirs back. The statistics know
# nothing of a run that has just begun, and may not be asked for by this role: rows are deleted by where they lie, and an exception is
# looked up for each account, or the plan would go through all of the run's for each.
TAKE = f"""
WITH picked AS MATERIALIZED (
    SELECT ctid FROM billing_runaccount WHERE run_id = %(run)s{{only}}
    ORDER BY account_code LIMIT %(size)s FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM billing_runaccount q WHERE q.ctid = ANY (ARRAY(SELECT ctid FROM picked))
    RETURNING q.account_code, q.contract_id, q.period, %(month)s::date AS month
)
INSERT INTO run_account
SELECT row_number() OVER (ORDER BY t.account_code), t.account_code, p.unit_code, c.customer_id, payer.customer_id, t.period,
       p.id, c.started_at, ended.at,
       CASE WHEN last.to_day IS NOT NULL THEN last.to_day::timestamp AT TIME ZONE interval '7 hours'
            ELSE coalesce(c.started_at, %(look_back)s) END,
       coalesce(ended.at, %(window_to)s),
       coalesce(ended.at - interval '1 day', %(window_from)s),
       coalesce(ended.at + interval '1 microsecond', %(window_to)s),
       coalesce(ended.at + interval '1 microsecond', %(at)s),
       last.from_day, last.to_day, last.kwh, last.readings,
       coalesce(m.price_group, usual.price_group), coalesce(m.voltage, usual.voltage), coalesce(m.area, ''),
       coalesce(m.quota_hundredths, c.quota * 100), coalesce(m.is_undeclared, false), coalesce(m.factor, 1),
       coalesce(m.pays_reactive, true),
       coalesce(m.purposes <> '[]', false) OR coalesce(x.state = 'ESTIMATE', false)
           OR EXISTS (SELECT FROM billing_accountterms z WHERE z.account_code = t.account_code
                         AND (z.valid_from > was.billed_to AND z.valid_from < %(day)s
                              OR z.valid_to > was.billed_to AND z.valid_to < %(day)s))
           OR m.id IS NULL AND EXISTS (
               SELECT FROM supply_contractchange z WHERE z.account_code = t.account_code AND z.kind = 'TERMS'
                  AND {_DAY.format("z.effective_at")} > was.billed_to),
       coalesce(x.state, ''), coalesce(x.code, ''), x.kwh
FROM taken t
JOIN supply_contract c ON c.id = t.contract_id
JOIN supply_servicepoint p ON p.id = c.service_point_id
CROSS JOIN LATERAL (SELECT CASE WHEN c.ended_at < %(window_to)s THEN c.ended_at END AS at) ended
LEFT JOIN billing_accountterms m ON m.account_code = t.account_code
 AND m.valid_from < %(day)s AND (m.valid_to IS NULL OR m.valid_to >= %(day)s)
LEFT JOIN (VALUES {{usual}}) usual(purpose, price_group, voltage) ON usual.purpose = c.purpose
LEFT JOIN LATERAL (
    SELECT r.customer_id FROM supply_accountrole r
    WHERE r.account_code = t.account_code AND r.role = 'PAYER' AND r.valid_from <= %(day)s
      AND (r.valid_to IS NULL OR r.valid_to > %(day)s) LIMIT 1
) payer ON true
LEFT JOIN LATERAL (
    SELECT b.from_day, b.to_day, b.kwh, b.readings FROM billing_bill b
    WHERE b.account_code = t.account_code AND b.state = 'ISSUED' AND b.kind IN ('USE', 'REPLACEMENT')
      AND (b.billing_month, b.period) < (t.month, t.period)
    ORDER BY b.billing_month DESC, b.period DESC LIMIT 1
) last ON true
CROSS JOIN LATERAL (
    SELECT coalesce(last.to_day, {_DAY.format("c.started_at")}, %(look_back_day)s) AS billed_to
) was
LEFT JOIN LATERAL (
    SELECT e.state, e.code, e.kwh FROM billing_runexception e
    WHERE e.run_id = %(run)s AND e.account_code = t.account_code LIMIT 1
) x ON true
LEFT JOIN LATERAL (
    SELECT true AS is_billed FROM billing_bill b
    WHERE b.account_code = t.account_code AND b.billing_month = t.month AND b.period = t.period AND b.kind <> 'ADJUSTMENT'
    LIMIT 1
) there ON true
WHERE there.is_billed IS NULL
"""

# What a register showed first: on the last bill, where its meter hung then; else when it was hung or handed over; else
# what an older system told last. What it showed last: when it came down, or on the reading day; a re-reading before others, the company's own before
# the customer's.
REGISTERS = f"""
CREATE TEMPORARY TABLE run_register ON COMMIT DROP AS
SELECT a.n, m.serial, r.register, (10 ^ m.digits)::bigint AS size, a.factor,
       coalesce(bill.value, trunc(begun.value_kwh)::bigint) AS previous,
       coalesce(a.prev_to, {_DAY.format("begun.at")}) AS from_day,
       trunc(shown.value_kwh)::bigint AS current, {_DAY.format("shown.at")} AS to_day, i.installed_at
FROM run_account a
CROSS JOIN LATERAL (
    SELECT p.id FROM supply_servicepoint p WHERE p.account_code = a.account_code
    UNION ALL
    SELECT a.point_id WHERE a.ended_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM supply_servicepoint o WHERE o.id = a.point_id AND o.account_code = a.account_code)
) p
JOIN supply_installation i ON i.service_point_id = p.id AND i.installed_at < a.until
 AND (i.removed_at IS NULL OR i.removed_at >= a.since)
JOIN supply_meter m ON m.id = i.meter_id
JOIN LATERAL (
    SELECT known.register FROM (VALUES ('ACTIVE', 'KT'), ('TIME_OF_USE', 'BT'), ('TIME_OF_USE', 'CD'), ('TIME_OF_USE', 'TD'),
                                       ('REACTIVE', 'VC')) known(kind, register) WHERE known.kind = m.kind
    UNION ALL
    SELECT 'VC' WHERE CASE WHEN m.kind <> 'REACTIVE' AND a.price_group <> 'HOME' AND a.pays_reactive THEN EXISTS (
        SELECT FROM supply_reading v WHERE v.meter_id = m.id AND v.register = 'VC' AND v.at >= a.read_from AND v.at < a.read_to)
    END
) r ON true
CROSS JOIN LATERAL (
    SELECT i.removed_at IS NOT NULL AND i.removed_at <= a.until AS is_down
) was
LEFT JOIN LATERAL (
    SELECT (e->>'current')::bigint AS value FROM jsonb_array_elements(a.prev_readings) e
    WHERE e->>'serial' = m.serial AND e->>'register' = r.register LIMIT 1
) bill ON {_DAY.format("i.installed_at")} <= a.prev_to
LEFT JOIN LATERAL (
    SELECT x.value_kwh, x.at FROM supply_reading x
    CROSS JOIN LATERAL (
        SELECT x.source IN ('INSTALL', 'HANDOVER') AND x.at >= greatest(i.installed_at, a.started_at) AS is_first
    ) s
    WHERE bill.value IS NULL AND x.meter_id = m.id AND x.register = r.register AND x.at < a.until
      AND (s.is_first OR x.at < a.read_from AND (x.source = 'IMPORT' OR x.at >= greatest(i.installed_at, a.started_at)))
    ORDER BY s.is_first DESC, CASE WHEN s.is_first THEN x.at END, x.at DESC LIMIT 1
) begun ON true
LEFT JOIN LATERAL (
    SELECT x.value_kwh, x.at FROM supply_reading x
    WHERE x.meter_id = m.id AND x.register = r.register
      AND x.at >= CASE WHEN was.is_down THEN i.removed_at ELSE a.read_from END
      AND x.at <= CASE WHEN was.is_down THEN i.removed_at ELSE greatest(a.read_to, a.again_to) END
      AND (was.is_down OR x.at < a.read_to OR x.source = 'RECHECK')
    ORDER BY x.source = 'RECHECK' DESC, x.source = 'CUSTOMER', x.at DESC, x.id DESC LIMIT 1
) shown ON true
WHERE NOT (was.is_down AND bill.value IS NULL AND coalesce({_DAY.format("i.removed_at")} <= a.prev_to, false))
"""

# Ids are the instant, the place in the chunk, and sixty bits of chance.
FOUND = """
CREATE TEMPORARY TABLE run_found ON COMMIT DROP AS
WITH used AS (
    SELECT *, mod(current - previous + size, size) * factor AS kwh FROM run_register
), summed AS (
    SELECT n, min(from_day) AS from_day, max(to_day) AS to_day,
           bool_or(current IS NULL) AS is_unread, bool_or(previous IS NULL) AS is_unbased,
           bool_or(previous >= size OR current >= size) AS is_wide,
           bool_or(current < previous AND mod(current - previous + size, size) > size / 2) AS is_negative,
           sum(kwh) FILTER (WHERE register = 'KT')::bigint AS kt, sum(kwh) FILTER (WHERE register = 'BT')::bigint AS bt,
           sum(kwh) FILTER (WHERE register = 'CD')::bigint AS cd, sum(kwh) FILTER (WHERE register = 'TD')::bigint AS td,
           sum(kwh) FILTER (WHERE register = 'VC')::bigint AS vc,
           '[' || string_agg('{"serial": ' || to_json(serial) || ', "register": "' || register || '", "previous": '
               || coalesce(previous::text, 'null') || ', "current": ' || coalesce(current::text, 'null') || ', "factor": ' || factor
               || ', "kwh": ' || coalesce(kwh::text, 'null') || '}', ',' ORDER BY installed_at, serial, register) || ']' AS readings
    FROM used GROUP BY n
), judged AS (
    SELECT a.n, a.account_code, a.unit_code, a.customer_id, a.payer_id, a.period, a.price_group, a.voltage, a.area,
           a.is_undeclared, a.quota_hundredths, a.by_rule, a.decision, a.decision_code, a.decision_kwh, a.prev_kwh,
           a.prev_to - a.prev_from AS prev_days, coalesce(a.prev_to, s.from_day) AS from_day, s.to_day, s.vc, s.readings,
           coalesce(s.kt, 0) + coalesce(s.bt, 0) + coalesce(s.cd, 0) + coalesce(s.td, 0) AS kwh,
           coalesce(s.kt, 0) + s.bt AS normal_kwh, s.cd AS peak_kwh, s.td AS off_peak_kwh,
           a.pays_reactive, s.n IS NULL AS is_bare, s.is_unread, s.is_unbased, s.is_wide, s.is_negative
    FROM run_account a LEFT JOIN summed s USING (n)
)
SELECT j.*, CASE WHEN verdict.code = j.decision_code AND j.decision = 'CONFIRMED' AND j.decision_kwh = j.kwh THEN ''
                 ELSE verdict.code END AS code,
       (%(tick)s || lpad(to_hex(j.n / 8 & 4095), 3, '0') || '8' || substr(chance.text, 1, 8)
           || substr(chance.text, 10, 4) || substr(chance.text, 16, 3))::uuid AS bill_id,
       (%(tick)s || lpad(to_hex(j.n / 8 & 4095), 3, '0') || '9' || substr(chance.text, 21, 3)
           || substr(chance.text, 25, 12))::uuid AS charge_id
FROM judged j
CROSS JOIN LATERAL (SELECT gen_random_uuid()::text AS text WHERE j.n IS NOT NULL) chance
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN j.is_bare THEN 'NO_METER'
        WHEN j.price_group IS NULL THEN 'NO_TERMS'
        WHEN j.is_unbased THEN 'NO_PREVIOUS'
        WHEN j.decision = 'ESTIMATE' THEN ''
        WHEN j.is_unread THEN 'NO_READING'
        WHEN j.to_day <= j.from_day THEN 'NOT_DUE'
        WHEN j.is_wide THEN 'TOO_LARGE'
        WHEN j.is_negative THEN 'NEGATIVE'
        WHEN j.kwh = 0 AND j.price_group = 'HOME' THEN
            CASE WHEN j.prev_kwh IS NULL OR j.prev_kwh > 0 THEN 'ZERO_HOME' ELSE '' END
        WHEN j.kwh * j.prev_days * 100 > j.prev_kwh * (j.to_day - j.from_day) * (100 + %(above)s) THEN 'ABOVE'
        WHEN j.kwh * j.prev_days * 100 < j.prev_kwh * (j.to_day - j.from_day) * (100 - %(below)s) THEN 'BELOW'
        ELSE '' END AS code
) verdict
"""

KINDS = "SELECT DISTINCT price_group, voltage FROM run_found WHERE code = ''"

# A price that changed inside the period, and a reading on the very day: the rule takes the reading.
READ_ON_CHANGE = f"""
UPDATE run_found f SET by_rule = true
FROM (SELECT * FROM unnest(%(groups)s::text[], %(voltages)s::text[], %(days)s::date[]) AS c(price_group, voltage, day)) c
WHERE f.code = '' AND f.price_group = c.price_group AND f.voltage = c.voltage AND f.from_day < c.day AND f.to_day > c.day
  AND EXISTS (
      SELECT FROM run_register r JOIN supply_meter m ON m.serial = r.serial
      JOIN supply_reading x ON x.meter_id = m.id AND x.register = r.register
      WHERE r.n = f.n AND {_DAY.format("x.at")} = c.day)
"""

# Prices that know no hours take all registers together; shares of households are for tiers alone. Who used the same on the same
# days by the same terms owes the same: one case is rated for all of them.
CASES = """
CREATE TEMPORARY TABLE run_case ON COMMIT DROP AS
SELECT c.*, min(c.n) OVER (PARTITION BY c.kwh, c.normal_kwh, c.off_peak_kwh, c.peak_kwh, c.from_day, c.to_day, c.quota_hundredths,
                           c.customer_group, c.voltage, c.area, c.is_undeclared, c.cosphi_hundredths) AS case_id
FROM (
    SELECT f.n, f.price_group AS customer_group, f.voltage, f.area, f.from_day, f.to_day,
           CASE WHEN NOT k.by_hours THEN f.kwh END AS kwh, CASE WHEN k.by_hours THEN f.normal_kwh END AS normal_kwh,
           CASE WHEN k.by_hours THEN f.off_peak_kwh END AS off_peak_kwh, CASE WHEN k.by_hours THEN f.peak_kwh END AS peak_kwh,
           CASE WHEN k.by_tiers THEN f.quota_hundredths ELSE 100 END AS quota_hundredths,
           f.is_undeclared AND k.by_tiers AS is_undeclared,
           CASE WHEN f.vc IS NOT NULL AND f.pays_reactive AND f.price_group <> 'HOME' AND f.kwh > 0
                THEN round(100 * f.kwh / sqrt(f.kwh::numeric ^ 2 + f.vc::numeric ^ 2))::int END AS cosphi_hundredths
    FROM run_found f
    CROSS JOIN LATERAL (
        SELECT f.normal_kwh IS NOT NULL AND f.price_group || '|' || f.voltage = ANY(%(hours)s) AS by_hours,
               f.price_group || '|' || f.voltage = ANY(%(tiers)s) AS by_tiers
    ) k
    WHERE f.code = '' AND NOT f.by_rule
) c
"""

STAGED = """
INSERT INTO rating_case (case_id, customer_group, voltage, area, from_day, to_day, kwh, normal_kwh, off_peak_kwh, peak_kwh,
                         quota_hundredths, is_undeclared, cosphi_hundredths, billing_month, norm_days, unit)
SELECT c.case_id, c.customer_group, c.voltage, c.area, c.from_day, c.to_day, c.kwh, c.normal_kwh, c.off_peak_kwh, c.peak_kwh,
       c.quota_hundredths, c.is_undeclared, c.cosphi_hundredths, %(month)s,
       CASE WHEN c.to_day < %(month)s::date + interval '1 month' AND c.to_day >= %(month)s
             AND extract(day FROM c.to_day + 1) = 1 AND c.from_day = date_trunc('month', c.to_day)::date - 1
            THEN c.to_day - c.from_day ELSE %(month)s::date - (%(month)s::date - interval '1 month')::date END,
       %(unit)s
FROM run_case c WHERE c.n = c.case_id
"""

# Every rated case as its bills tell it.
TOLD = """
CREATE TEMPORARY TABLE run_told ON COMMIT DROP AS
SELECT b.*, jsonb_strip_nulls(jsonb_build_object(
           'group', c.customer_group, 'voltage', nullif(c.voltage, ''), 'from', c.from_day, 'to', c.to_day, 'kwh', c.kwh,
           'registers', CASE WHEN c.normal_kwh IS NOT NULL THEN jsonb_build_object(
               'normal', c.normal_kwh, 'off_peak', c.off_peak_kwh, 'peak', c.peak_kwh) END,
           'quotas', CASE WHEN c.quota_hundredths <> 100 AND NOT c.is_undeclared
                          THEN trim_scale(c.quota_hundredths::numeric / 100) END,
           'tenants', CASE WHEN c.is_undeclared THEN 0 END, 'cosphi', c.cosphi_hundredths::numeric / 100,
           'area', nullif(c.area, ''), 'norm_rounding', CASE WHEN c.unit > 1 THEN 'NONE' END,
           'billing_month', CASE WHEN date_trunc('month', c.to_day) <> %(month)s THEN to_char(%(month)s::date, 'YYYY-MM') END)) AS told,
       coalesce(l.lines, '[]') AS lines
FROM rating_case c
JOIN rating_bill b ON b.case_id = c.case_id
LEFT JOIN (
    SELECT case_id, jsonb_agg(jsonb_build_object(
        'kwh', CASE WHEN unit = 1 THEN kwh_parts ELSE trim_scale(round(kwh_parts::numeric / unit, 4)) END,
        'price_vnd', price_vnd, 'amount_vnd', amount_vnd,
        'rule', CASE part WHEN 'TIER' THEN 'TIER_' || tier ELSE part END || CASE WHEN relief <> '' THEN ' ' || relief ELSE '' END,
        'source', decision, 'from', starts, 'to', ends)
        ORDER BY starts, tier, CASE part WHEN 'NORMAL' THEN 1 WHEN 'OFF_PEAK' THEN 2 ELSE 3 END) AS lines
    FROM rating_line GROUP BY case_id
) l ON l.case_id = c.case_id
"""

BILLS = """
INSERT INTO billing_bill (id, kind, state, account_code, customer_id, payer_id, unit_code, billing_month, period, from_day,
    to_day, readings, "case", lines, kwh, active_vnd, reactive_vnd, subtotal_vnd, vat_rate, vat_vnd, total_vnd, charge_id,
    run_id, reason, due_at, issued_at, issued_by)
SELECT f.bill_id, 'USE', 'ISSUED', f.account_code, f.customer_id, f.payer_id, f.unit_code, %(month)s, f.period, f.from_day,
       f.to_day, f.readings::jsonb, t.told, t.lines, f.kwh, t.active_vnd, t.reactive_vnd, t.subtotal_vnd,
       t.vat_millionths::numeric / 1000000, t.vat_vnd, t.total_vnd, CASE WHEN t.total_vnd > 0 THEN f.charge_id END, %(run)s, '',
       %(due_at)s, %(at)s, %(actor)s
FROM run_case c JOIN run_found f ON f.n = c.n JOIN run_told t ON t.case_id = c.case_id
"""

CHARGES = """
INSERT INTO ledger_to_raise (charge_id, net_vnd, vat_rate, vat_vnd, customer_id, account_code, unit_code, due_at, description)
SELECT f.charge_id, b.subtotal_vnd, b.vat_millionths::numeric / 1000000, b.vat_vnd, coalesce(f.payer_id, f.customer_id),
       f.account_code, f.unit_code, %(due_at)s, f.account_code || ' ' || to_char(%(month)s::date, 'MM/YYYY')
FROM run_case c JOIN run_found f ON f.n = c.n JOIN rating_bill b ON b.case_id = c.case_id
WHERE b.total_vnd > 0
"""

_UNBILLED = """
    SELECT f.account_code, f.unit_code, coalesce(nullif(f.code, ''), r.code) AS code, f.kwh, jsonb_strip_nulls(jsonb_build_object(
               'period', f.period, 'from', f.from_day, 'to', f.to_day, 'kwh', f.kwh, 'last_kwh', f.prev_kwh,
               'last_days', f.prev_days, 'readings', f.readings::jsonb)) AS facts
    FROM run_found f LEFT JOIN run_case c ON c.n = f.n LEFT JOIN rating_refused r ON r.case_id = coalesce(c.case_id, f.n)
    WHERE f.code NOT IN ('', 'NOT_DUE') OR r.code IS NOT NULL
"""

# The same found again leaves what a person said; something else asks anew.
EXCEPTIONS = f"""
INSERT INTO billing_runexception AS x (run_id, account_code, unit_code, code, facts, kwh, state, found_at, decided_by, reason)
SELECT %(run)s, u.account_code, u.unit_code, u.code, u.facts, u.kwh, 'OPEN', %(at)s, '', ''
FROM ({_UNBILLED}) u
ON CONFLICT (run_id, account_code) DO UPDATE SET code = EXCLUDED.code, facts = EXCLUDED.facts, kwh = EXCLUDED.kwh,
    state = 'OPEN', found_at = EXCLUDED.found_at, decided_at = NULL, decided_by = '', reason = ''
WHERE x.state = 'SETTLED' OR (x.code, x.kwh) IS DISTINCT FROM (EXCLUDED.code, EXCLUDED.kwh)
"""

SETTLED = """
UPDATE billing_runexception x SET state = 'SETTLED'
FROM run_found f
WHERE x.run_id = %(run)s AND x.account_code = f.account_code AND x.state <> 'SETTLED'
  AND EXISTS (SELECT FROM billing_bill b WHERE b.id = f.bill_id)
"""

COUNTED = """
SELECT (SELECT count(*) FROM run_account), (SELECT count(*) FROM run_found WHERE code = 'NOT_DUE'),
       count(*), coalesce(sum(coalesce(c.kwh, c.normal_kwh + c.off_peak_kwh + c.peak_kwh)), 0)::bigint,
       coalesce(sum(b.total_vnd), 0)::bigint
FROM run_case c JOIN rating_bill b USING (case_id)
"""

CODES = f"SELECT code, count(*) FROM ({_UNBILLED}) u GROUP BY code"
