"""Comparing what channels told, what we booked and what our banks wrote, as statements over whole sets.

All work on temporary tables of the run: `match_way` (how each channel's money arrives), `match_fresh` (all lines without a
use), then of what the bank's ids leave over: `match_line` (lines that no use explains yet), `match_notice` (notices that no
line has confirmed yet), and `match_difference` (what does not agree). Only a temporary table can be analysed by the role of
a company, and a day's file has just come in: so each join begins at one whose size the planner knows, and words are only
compared of what is left over.
"""

from __future__ import annotations

WINDOW_DAYS = 45  # what is older and still open is found through its open difference

BEGIN = """
DROP TABLE IF EXISTS pg_temp.match_way, pg_temp.match_covered, pg_temp.match_fresh, pg_temp.match_line,
    pg_temp.match_notice, pg_temp.match_difference
"""
ROOM = "SET LOCAL work_mem = '64MB'"  # a day of a million lines is hashed in memory, or nearly so

WAYS = """
CREATE TEMPORARY TABLE match_way ON COMMIT DROP AS
SELECT DISTINCT ON (channel) channel, account, mode, pattern, lag, most_fee FROM (
    SELECT r.channel::text, r.account_id::text AS account, r.mode::text, r.text_pattern::text AS pattern,
           r.lag_days::int AS lag, r.most_fee_vnd AS most_fee, r.valid_from, 0 AS rank
    FROM payments_settlementrule r WHERE r.valid_from <= %(day)s
    UNION ALL
    SELECT bank, number, 'EACH', '', 0, 0, DATE '0001-01-01', 1 FROM payments_ownaccount WHERE is_active
) AS told ORDER BY channel, rank, valid_from DESC, account;
CREATE TEMPORARY TABLE match_covered ON COMMIT DROP AS
SELECT a.number::text AS account, a.bank::text AS bank, max(s.to_date) AS covered
FROM payments_ownaccount a
LEFT JOIN payments_bankstatement s ON s.account = a.number AND s.kind = 'STATEMENT' AND s.state = 'ACCEPTED'
WHERE a.is_active GROUP BY a.number;
ANALYZE match_way
"""

FRESH = """
CREATE TEMPORARY TABLE match_fresh ON COMMIT DROP AS
SELECT l.id, l.account_id::text AS account, l.key::text, l.txn_id::text, l.amount_vnd, l.is_credit,
       l.closed_in_id IS NOT NULL AS is_closed
FROM payments_statementline l
WHERE l.booked_on BETWEEN %(since)s AND %(day)s
  AND NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.line_id = l.id)
UNION ALL
SELECT l.id, l.account_id::text, l.key::text, l.txn_id::text, l.amount_vnd, l.is_credit, l.closed_in_id IS NOT NULL
FROM payments_statementline l
WHERE l.id IN (SELECT line_id FROM payments_difference WHERE state = 'OPEN' AND line_id IS NOT NULL AND day <= %(day)s)
  AND l.booked_on < %(since)s AND NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.line_id = l.id);
ANALYZE match_fresh
"""

# The bank's id of the transaction says which payment a line is; `{id}` is the line's first or second id. The unique keys of
# the uses see to it that a line and a notice are used once, whatever else bears the same id.
BY_ID = """
INSERT INTO payments_lineuse (line_id, kind, channel, notification_id, fee_vnd, run_id)
SELECT l.id, 'EACH', n.bank, n.id, 0, %(run)s
FROM match_fresh l JOIN match_way w ON w.account = l.account AND w.mode = 'EACH'
JOIN payments_banknotification n ON n.bank = w.channel AND n.txn_id = l.{id} AND n.amount_vnd = l.amount_vnd
                                AND (n.kind = 'RECEIPT') = l.is_credit
WHERE l.is_closed AND l.{id} <> '' AND n.state = 'PROCESSED'
  AND NOT EXISTS (SELECT FROM payments_lumppart u WHERE u.notification_id = n.id)
ORDER BY l.id, n.id ON CONFLICT DO NOTHING
"""

LINES = """
CREATE TEMPORARY TABLE match_line ON COMMIT DROP AS
SELECT l.id, l.account_id::text AS account, l.key::text, l.txn_id::text, l.amount_vnd, l.is_credit, l.is_fee, l.batch_of,
       l.booked_on, upper(regexp_replace(l.text, '[^[:alnum:]]', '', 'g')) AS words, l.end_to_end::text,
       l.closed_in_id IS NOT NULL AS is_closed
FROM match_fresh f JOIN payments_statementline l ON l.id = f.id
WHERE NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.line_id = f.id);
ANALYZE match_line
"""

NOTICES = """
CREATE TEMPORARY TABLE match_notice ON COMMIT DROP AS
SELECT n.id, n.bank::text AS channel, n.txn_id::text, n.kind = 'RECEIPT' AS is_credit, n.amount_vnd,
       (n.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
       upper(regexp_replace(n.text, '[^[:alnum:]]', '', 'g')) AS words, p.status = 'REVERSED' AS is_reversed,
       EXISTS (SELECT FROM payments_settledpayment s JOIN payments_gatewaysettlement g ON g.id = s.settlement_id
               WHERE s.gateway = n.bank AND s.txn_id = n.txn_id AND NOT s.is_refund AND g.line_id IS NULL) AS is_in_file
FROM (
    SELECT o.* FROM payments_banknotification o WHERE o.received_at >= %(since_at)s
    UNION ALL
    SELECT o.* FROM payments_banknotification o
    WHERE o.received_at < %(since_at)s AND o.id IN (
        SELECT notification_id FROM payments_difference
        WHERE state = 'OPEN' AND notification_id IS NOT NULL AND day <= %(day)s
        UNION ALL
        SELECT k.id FROM payments_banknotification k
        WHERE k.bank IN (SELECT channel FROM payments_difference WHERE state = 'OPEN' AND kind IN ('LUMP_OPEN', 'FEE'))
          AND k.received_at < %(since_at)s)
) n JOIN match_way w ON w.channel = n.bank
LEFT JOIN payments_payment p ON p.notification_id = n.id
WHERE n.state = 'PROCESSED'
  AND NOT EXISTS (SELECT FROM payments_lineuse u WHERE u.notification_id = n.id)
  AND NOT EXISTS (SELECT FROM payments_lumppart u WHERE u.notification_id = n.id);
ANALYZE match_notice
"""

# Told under another id: the same money when account, amount, day and words agree. The first is the first, the second the
# second: two equal payments are never one.
BY_CONTENT = """
WITH line AS (
    SELECT l.id, l.account, l.amount_vnd, l.is_credit, l.booked_on AS day, l.words,
           row_number() OVER (PARTITION BY l.account, l.amount_vnd, l.is_credit, l.booked_on, l.words ORDER BY l.id) AS turn
    FROM match_line l WHERE l.is_closed AND l.batch_of = 0 AND l.words <> ''
), notice AS (
    SELECT n.id, n.channel, w.account, n.amount_vnd, n.is_credit, n.day, n.words,
           row_number() OVER (PARTITION BY w.account, n.amount_vnd, n.is_credit, n.day, n.words ORDER BY n.id) AS turn
    FROM match_notice n JOIN match_way w ON w.channel = n.channel AND w.mode = 'EACH' WHERE n.words <> ''
), used AS (
    INSERT INTO payments_lineuse (line_id, kind, channel, notification_id, fee_vnd, run_id)
    SELECT l.id, 'EACH', n.channel, n.id, 0, %(run)s FROM line l
    JOIN notice n USING (account, amount_vnd, is_credit, day, words, turn)
    ON CONFLICT DO NOTHING RETURNING line_id, notification_id
), gone AS (DELETE FROM match_line l USING used WHERE l.id = used.line_id)
DELETE FROM match_notice n USING used WHERE n.id = used.notification_id
"""

FEES = """
WITH used AS (
    INSERT INTO payments_lineuse (line_id, kind, channel, fee_vnd, run_id)
    SELECT l.id, 'FEE', '', l.amount_vnd, %(run)s FROM match_line l
    WHERE l.is_closed AND l.is_fee AND NOT l.is_credit
    ON CONFLICT DO NOTHING RETURNING line_id
) DELETE FROM match_line l USING used WHERE l.id = used.line_id
"""

# A line of ours that goes out carries the refund's number as its end-to-end id or in its words.
REFUNDS = """
WITH found AS (
    SELECT DISTINCT ON (r.id) r.id AS refund_id, l.id AS line_id, CASE r.way WHEN 'BACK' THEN p.bank ELSE '' END AS channel
    FROM match_line l JOIN payments_refund r ON r.state = 'ORDERED' AND r.amount_vnd = l.amount_vnd
     AND (l.end_to_end = r.number
          OR position(r.number in l.words) > 0)
    JOIN payments_payment p ON p.id = r.payment_id
    WHERE l.is_closed AND NOT l.is_credit ORDER BY r.id, l.id
), used AS (
    INSERT INTO payments_lineuse (line_id, kind, channel, fee_vnd, run_id)
    SELECT line_id, 'REFUND', channel, 0, %(run)s FROM found
    ON CONFLICT DO NOTHING RETURNING line_id
), gone AS (DELETE FROM match_line l USING used WHERE l.id = used.line_id)
UPDATE payments_refund r SET state = 'DONE', line_id = found.line_id, ended_at = %(at)s
FROM found JOIN used USING (line_id) WHERE r.id = found.refund_id
"""

# Lines of the statement that hand over many payments: told by the words of the channel's rule.
LUMPS = """
SELECT l.id, w.channel, l.amount_vnd, l.booked_on, w.lag, w.most_fee, l.account
FROM match_line l JOIN match_way w ON w.account = l.account AND w.mode = 'LUMP'
WHERE l.is_closed AND l.is_credit
  AND position(upper(replace(w.pattern, ' ', '')) in l.words) > 0
ORDER BY l.booked_on, l.id
"""
LUMP_SUMS = """
SELECT day, sum(CASE WHEN is_credit THEN amount_vnd ELSE -amount_vnd END)::bigint FROM match_notice
WHERE channel = %(channel)s AND day <= %(until)s AND NOT is_in_file GROUP BY day ORDER BY day
"""
LUMP_TAKE = """
WITH used AS (
    INSERT INTO payments_lineuse (line_id, kind, channel, fee_vnd, run_id)
    VALUES (%(line)s, 'LUMP', %(channel)s, %(fee)s, %(run)s) RETURNING line_id
), parts AS (
    INSERT INTO payments_lumppart (notification_id, line_id)
    SELECT n.id, used.line_id FROM match_notice n, used
    WHERE n.channel = %(channel)s AND n.day BETWEEN %(since)s AND %(until)s AND NOT n.is_in_file RETURNING notification_id
), gone AS (DELETE FROM match_line l USING used WHERE l.id = used.line_id)
DELETE FROM match_notice n USING parts WHERE n.id = parts.notification_id
"""

# A refund a sheet tells of (`s`) is one of ours: by the refund's own reference, or, as VNPAY writes it, by that of the payment, and
# then as many of them as we asked for.
REFUND_IS_OURS = """EXISTS (
    SELECT FROM payments_onlinerefund o JOIN payments_onlinepayment p ON p.id = o.payment_id
    WHERE p.gateway_id = s.gateway AND o.amount_vnd = s.amount_vnd AND o.ref = s.own_ref
) OR (SELECT count(*) FROM payments_settledpayment b WHERE b.gateway = s.gateway AND b.is_refund AND b.own_ref = s.own_ref
        AND b.amount_vnd = s.amount_vnd AND b.id <= s.id) <= (
    SELECT count(*) FROM payments_onlinerefund o JOIN payments_onlinepayment p ON p.id = o.payment_id
    WHERE p.gateway_id = s.gateway AND p.ref = s.own_ref AND o.amount_vnd = s.amount_vnd AND o.state <> 'REFUSED'
)"""

# What a provider's own sheet says it hands over, with the line of the bank that brings just this sum. All it names must be
# what we were told, to the dong, and each refund one that we asked for; else nothing is settled and the differences are named.
SETTLED = """
SELECT g.id, l.id, g.gateway, g.fee_vnd FROM payments_gatewaysettlement g
JOIN match_way w ON w.channel = g.gateway AND w.mode = 'LUMP'
JOIN match_line l ON l.account = w.account AND l.is_closed AND l.is_credit AND l.amount_vnd = g.amount_vnd - g.fee_vnd
                 AND l.booked_on >= g.to_date AND position(upper(replace(w.pattern, ' ', '')) in l.words) > 0
WHERE g.is_accepted AND g.line_id IS NULL AND g.fee_vnd BETWEEN 0 AND w.most_fee
  AND NOT EXISTS (
      SELECT FROM payments_settledpayment s WHERE s.settlement_id = g.id AND NOT s.is_refund AND NOT EXISTS (
          SELECT FROM match_notice n WHERE n.channel = s.gateway AND n.txn_id = s.txn_id AND n.amount_vnd = s.amount_vnd
                                       AND n.is_credit))
  AND NOT EXISTS (
      SELECT FROM payments_settledpayment s WHERE s.settlement_id = g.id AND s.is_refund AND NOT ({ours}))
ORDER BY l.booked_on, l.id, g.to_date, g.id
""".replace("{ours}", REFUND_IS_OURS)
SETTLED_TAKE = """
WITH used AS (
    INSERT INTO payments_lineuse (line_id, kind, channel, fee_vnd, run_id)
    VALUES (%(line)s, 'LUMP', %(channel)s, %(fee)s, %(run)s) RETURNING line_id
), parts AS (
    INSERT INTO payments_lumppart (notification_id, line_id)
    SELECT n.id, used.line_id FROM used, payments_settledpayment s
    JOIN match_notice n ON n.channel = s.gateway AND n.txn_id = s.txn_id AND n.is_credit
    WHERE s.settlement_id = %(settlement)s AND NOT s.is_refund RETURNING notification_id
), brought AS (
    UPDATE payments_gatewaysettlement g SET line_id = used.line_id FROM used WHERE g.id = %(settlement)s
), gone AS (DELETE FROM match_line l USING used WHERE l.id = used.line_id)
DELETE FROM match_notice n USING parts WHERE n.id = parts.notification_id
"""
# A line that brings what an unfinished sheet promises is not explained by days: the sheet knows better. With what we were told
# of its payments.
PROMISED = """
SELECT g.gateway, g.amount_vnd - g.fee_vnd, COALESCE(sum(n.amount_vnd), 0)::bigint FROM payments_gatewaysettlement g
LEFT JOIN payments_settledpayment s ON s.settlement_id = g.id AND NOT s.is_refund
LEFT JOIN match_notice n ON n.channel = s.gateway AND n.txn_id = s.txn_id AND n.is_credit
WHERE g.is_accepted AND g.line_id IS NULL GROUP BY g.id ORDER BY g.id
"""

UNTOLD = """
SELECT l.id, l.account, a.bank, l.key, l.amount_vnd, s.text, l.booked_on, f.sha256
FROM match_line l JOIN payments_ownaccount a ON a.number = l.account
JOIN match_way w ON w.channel = a.bank AND w.mode = 'EACH' AND w.account = l.account
JOIN payments_statementline s ON s.id = l.id JOIN payments_bankstatement b ON b.id = s.closed_in_id
JOIN payments_statementfile f ON f.id = b.file_id
WHERE l.is_closed AND l.is_credit AND l.batch_of = 0
  AND NOT EXISTS (SELECT FROM match_way o WHERE o.account = l.account AND o.mode = 'LUMP'
                  AND position(upper(replace(o.pattern, ' ', '')) in l.words) > 0)
  AND NOT EXISTS (SELECT FROM match_notice n JOIN match_way o ON o.channel = n.channel AND o.mode = 'EACH'
                  WHERE o.account = l.account AND n.is_credit AND NOT COALESCE(n.is_reversed, false)
                    AND n.amount_vnd = l.amount_vnd AND abs(n.day - l.booked_on) <= 3)
  AND NOT EXISTS (SELECT FROM payments_banknotification n WHERE n.bank = a.bank AND n.txn_id = l.key)
ORDER BY l.id LIMIT %(limit)s
"""

_OPEN = """
CREATE TEMPORARY TABLE match_difference (kind text, subject text, day date, channel text, account text, line_id bigint,
    notification_id uuid, here_vnd bigint, there_vnd bigint) ON COMMIT DROP
"""

# Each names what it is about (`subject`); what an earlier one has named is not named again by a later one.
DIFFERENCES = (
    _OPEN,
    """INSERT INTO match_difference
    SELECT DISTINCT ON (l.id) 'AMOUNT_DIFFERS', 'line:' || l.id, l.booked_on, n.channel, l.account, l.id, n.id, n.amount_vnd, l.amount_vnd
    FROM match_line l JOIN match_way w ON w.account = l.account AND w.mode = 'EACH'
    CROSS JOIN LATERAL (VALUES (l.key), (l.txn_id)) AS told (id)
    JOIN match_notice n ON n.channel = w.channel AND n.txn_id = told.id AND n.amount_vnd <> l.amount_vnd
    WHERE l.is_closed AND n.is_credit = l.is_credit ORDER BY l.id, n.id""",
    """INSERT INTO match_difference
    SELECT DISTINCT ON (l.id) 'PERHAPS_SAME', 'line:' || l.id, l.booked_on, n.channel, l.account, l.id, n.id, n.amount_vnd, l.amount_vnd
    FROM match_line l JOIN match_way w ON w.account = l.account AND w.mode = 'EACH'
    JOIN match_notice n ON n.channel = w.channel AND n.amount_vnd = l.amount_vnd AND abs(n.day - l.booked_on) <= 3
    WHERE l.is_closed AND l.is_credit AND n.is_credit AND NOT COALESCE(n.is_reversed, false)
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.line_id = l.id)
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.notification_id = n.id)
    ORDER BY l.id, abs(n.day - l.booked_on), n.id""",
    """INSERT INTO match_difference
    SELECT 'MISSING_HERE', 'line:' || l.id, l.booked_on, '', l.account, l.id, NULL, 0, l.amount_vnd
    FROM match_line l WHERE l.is_closed AND l.is_credit
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.line_id = l.id)
      AND NOT EXISTS (SELECT FROM match_way w WHERE w.account = l.account AND w.mode = 'LUMP'
                      AND position(upper(replace(w.pattern, ' ', '')) in l.words) > 0)""",
    """INSERT INTO match_difference
    SELECT 'UNKNOWN_DEBIT', 'line:' || l.id, l.booked_on, '', l.account, l.id, NULL, 0, -l.amount_vnd
    FROM match_line l WHERE l.is_closed AND NOT l.is_credit
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.line_id = l.id)""",
    """INSERT INTO match_difference
    SELECT 'STATEMENT_GONE', 'line:' || l.id, l.booked_on, '', l.account, l.id, NULL, 0,
           CASE WHEN l.is_credit THEN l.amount_vnd ELSE -l.amount_vnd END
    FROM match_line l JOIN match_covered c ON c.account = l.account
    WHERE NOT l.is_closed AND l.booked_on <= c.covered""",
    """INSERT INTO match_difference
    WITH told AS MATERIALIZED (
        SELECT o.id, o.bank, o.amount_vnd, (o.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, o.text
        FROM payments_banknotification o
        WHERE o.kind = 'RECEIPT' AND o.received_at >= %(since_at)s
          AND o.amount_vnd IN (SELECT n.amount_vnd FROM match_notice n WHERE n.is_credit)
    )
    SELECT DISTINCT ON (n.id) 'DOUBLED', 'notice:' || n.id, n.day, n.channel, w.account, u.line_id, n.id, n.amount_vnd, 0
    FROM match_notice n JOIN match_way w ON w.channel = n.channel AND w.mode = 'EACH'
    JOIN match_covered c ON c.account = w.account
    JOIN told o ON o.amount_vnd = n.amount_vnd AND o.day = n.day AND o.id <> n.id
     AND upper(regexp_replace(o.text, '[^[:alnum:]]', '', 'g')) = n.words
    JOIN match_way ow ON ow.channel = o.bank AND ow.account = w.account
    JOIN payments_lineuse u ON u.notification_id = o.id
    WHERE n.is_credit AND NOT COALESCE(n.is_reversed, false) AND n.day <= LEAST(%(day)s, c.covered) AND n.words <> ''
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.notification_id = n.id)
    ORDER BY n.id, o.id""",
    """INSERT INTO match_difference
    SELECT 'MISSING_THERE', 'notice:' || n.id, n.day, n.channel, w.account, NULL, n.id,
           CASE WHEN n.is_credit THEN n.amount_vnd ELSE -n.amount_vnd END, 0
    FROM match_notice n JOIN match_way w ON w.channel = n.channel AND w.mode = 'EACH'
    JOIN match_covered c ON c.account = w.account
    WHERE n.day <= LEAST(%(day)s, c.covered) AND n.is_credit AND NOT COALESCE(n.is_reversed, false)
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.notification_id = n.id)""",
    """INSERT INTO match_difference
    SELECT DISTINCT ON (s.id) 'FILE_AMOUNT', 'settled:' || s.id, s.paid_on, s.gateway, '', NULL, n.id, n.amount_vnd, s.amount_vnd
    FROM payments_settledpayment s JOIN payments_gatewaysettlement g ON g.id = s.settlement_id AND g.line_id IS NULL
    JOIN match_notice n ON n.channel = s.gateway AND n.txn_id = s.txn_id AND n.is_credit AND n.amount_vnd <> s.amount_vnd
    WHERE NOT s.is_refund AND s.paid_on <= %(day)s ORDER BY s.id, n.id""",
    """INSERT INTO match_difference
    SELECT 'FILE_UNKNOWN', 'settled:' || s.id, s.paid_on, s.gateway, '', NULL, NULL, 0,
           CASE WHEN s.is_refund THEN -s.amount_vnd ELSE s.amount_vnd END
    FROM payments_settledpayment s JOIN payments_gatewaysettlement g ON g.id = s.settlement_id AND g.line_id IS NULL
    WHERE s.paid_on <= %(day)s AND CASE WHEN s.is_refund THEN NOT ({ours}) ELSE NOT EXISTS (
        SELECT FROM payments_banknotification n WHERE n.bank = s.gateway AND n.txn_id = s.txn_id AND n.kind = 'RECEIPT') END""".replace(
        "{ours}", REFUND_IS_OURS
    ),
    """INSERT INTO match_difference
    SELECT 'FILE_MISSING', 'notice:' || n.id, n.day, n.channel, '', NULL, n.id, n.amount_vnd, 0
    FROM match_notice n
    WHERE n.is_credit AND NOT COALESCE(n.is_reversed, false) AND n.day <= %(day)s AND NOT n.is_in_file AND EXISTS (
        SELECT FROM payments_gatewaysettlement g
        WHERE g.is_accepted AND g.gateway = n.channel AND n.day BETWEEN g.from_date AND g.to_date)""",
    """INSERT INTO match_difference
    SELECT 'FILE_OPEN', 'settlement:' || g.id, g.to_date, g.gateway, w.account, NULL, NULL, g.amount_vnd - g.fee_vnd, 0
    FROM payments_gatewaysettlement g JOIN match_way w ON w.channel = g.gateway AND w.mode = 'LUMP'
    JOIN match_covered c ON c.account = w.account
    WHERE g.is_accepted AND g.line_id IS NULL AND g.to_date + w.lag <= LEAST(%(day)s, c.covered)""",
    """INSERT INTO match_difference
    SELECT 'LUMP_OPEN', 'lump:' || n.channel || ':' || n.day, n.day, n.channel, w.account, NULL, NULL,
           sum(CASE WHEN n.is_credit THEN n.amount_vnd ELSE -n.amount_vnd END), 0
    FROM match_notice n JOIN match_way w ON w.channel = n.channel AND w.mode = 'LUMP'
    JOIN match_covered c ON c.account = w.account
    WHERE n.day + w.lag <= LEAST(%(day)s, c.covered) AND NOT n.is_in_file
      AND NOT EXISTS (SELECT FROM match_difference d WHERE d.notification_id = n.id)
    GROUP BY n.channel, n.day, w.account HAVING sum(CASE WHEN n.is_credit THEN n.amount_vnd ELSE -n.amount_vnd END) <> 0""",
    """INSERT INTO match_difference
    SELECT 'NOT_BOOKED', 'notice:' || n.id, LEAST((n.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, %(day)s), n.bank, '', NULL, n.id,
           0, n.amount_vnd
    FROM payments_banknotification n WHERE n.state <> 'PROCESSED' AND n.received_at < %(until_at)s""",
    """INSERT INTO match_difference
    SELECT 'NO_STATEMENT', 'account:' || c.account || ':' || %(day)s::date, %(day)s, '', c.account, NULL, NULL, 0, 0
    FROM match_covered c WHERE c.covered IS NULL OR c.covered < %(day)s""",
)

# A hand-over that does not fit its payments is named by the run itself, line by line: there are few.
LUMP_DIFFERS = """
INSERT INTO match_difference
SELECT 'FEE', 'line:' || l.id, l.booked_on, %(channel)s, l.account, l.id, NULL, %(here)s, l.amount_vnd
FROM match_line l WHERE l.id = %(line)s
"""

CLOSE_GONE = """
UPDATE payments_difference d SET state = 'CLOSED', closed_at = GREATEST(%(at)s, d.opened_at), closed_by = %(actor)s,
    reason = 'AUTO'
WHERE d.state = 'OPEN' AND d.day <= %(day)s AND NOT EXISTS (
    SELECT FROM match_difference w WHERE w.kind = d.kind AND w.subject = d.subject)
"""

OPEN_NEW = """
INSERT INTO payments_difference (kind, day, channel, account, subject, line_id, notification_id, here_vnd, there_vnd, state,
    owner, opened_at, closed_by, reason)
SELECT kind, day, channel, account, subject, line_id, notification_id, here_vnd, there_vnd, 'OPEN', '', %(at)s, '', ''
FROM match_difference w
WHERE NOT EXISTS (SELECT FROM payments_difference d WHERE d.kind = w.kind AND d.subject = w.subject
                  AND (d.state = 'OPEN' OR d.reason <> 'AUTO'))
ORDER BY day, subject ON CONFLICT DO NOTHING
"""

OTHER_DAYS = """
INSERT INTO payments_difference (kind, day, channel, account, subject, line_id, notification_id, here_vnd, there_vnd, state,
    owner, opened_at, closed_at, closed_by, reason)
SELECT 'OTHER_DAY', l.booked_on, u.channel, l.account_id, 'line:' || l.id, l.id, n.id, n.amount_vnd, l.amount_vnd, 'CLOSED',
       '', %(at)s, %(at)s, %(actor)s, 'AUTO'
FROM payments_lineuse u JOIN payments_statementline l ON l.id = u.line_id JOIN payments_banknotification n ON n.id = u.notification_id
WHERE u.run_id = %(run)s AND (n.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date <> l.booked_on
"""

# What a run found, to be booked in one sum each: account of ours, use, channel, in or out.
TOTALS = """
SELECT l.account_id, u.kind, u.channel, l.is_credit, count(*), sum(l.amount_vnd)::bigint, sum(u.fee_vnd)::bigint
FROM payments_lineuse u JOIN payments_statementline l ON l.id = u.line_id
WHERE u.run_id = %(run)s AND u.kind <> 'OTHER' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
