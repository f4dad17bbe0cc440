"""One statement writes a booking, and is checked at its end: whole, into an open day, its balances kept by day.

`ledger_post` is the way in: one call for header and legs. The checks hold whoever writes. A stripe is picked by the
number of the transaction of the database: those that run side by side have numbers side by side, so they meet on other
rows; and all bookings of one such transaction touch the same stripe.
"""

from importlib import import_module
from typing import Any

from django.db import migrations

from motcua.companies.definers import shut_path

HERE = {"national": False}
walls = import_module("motcua.ledger.migrations.0002_walls")

OLD_CHECKS = """
DROP TRIGGER ledger_posting_balanced ON ledger_posting;
DROP TRIGGER ledger_transaction_balanced ON ledger_ledgertransaction;
DROP FUNCTION ledger_check_balanced();
"""

LEGS = """
CREATE OR REPLACE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    wrong record;
BEGIN
    SELECT n.id, p.debit, p.credit, p.legs INTO wrong
    FROM (SELECT DISTINCT transaction_id AS id FROM inserted) n
    LEFT JOIN ledger_ledgertransaction t ON t.id = n.id
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0) AS debit,
               COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0) AS credit,
               count(*) AS legs, min(day) AS first_day, max(day) AS last_day
        FROM ledger_posting WHERE transaction_id = n.id) p
    WHERE (p.debit, p.credit, p.legs, p.first_day, p.last_day)
          IS DISTINCT FROM (t.total_vnd, t.total_vnd, t.posting_count, t.business_date, t.business_date)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction % is not balanced: debit %, credit %, % legs',
            wrong.id, wrong.debit, wrong.credit, wrong.legs
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    INSERT INTO ledger_accountbalance AS held (account_id, day, stripe, debit_vnd, credit_vnd, postings)
    SELECT l.account_id, l.day, pg_current_xact_id()::text::bigint % COALESCE(a.stripes, 1) AS stripe,
           COALESCE(sum(l.amount_vnd) FILTER (WHERE l.side = 'D'), 0),
           COALESCE(sum(l.amount_vnd) FILTER (WHERE l.side = 'C'), 0),
           count(*)
    FROM inserted l LEFT JOIN ledger_account a ON a.code = l.account_id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (account_id, day, stripe) DO UPDATE
    SET debit_vnd = held.debit_vnd + EXCLUDED.debit_vnd,
        credit_vnd = held.credit_vnd + EXCLUDED.credit_vnd,
        postings = held.postings + EXCLUDED.postings;
    RETURN NULL;
END $$;
"""

# A day is closed under an exclusive lock, booked into under a shared one: a close waits for bookings under way, and a booking
# that waited for a close sees it, for its next statement looks anew.
HEADERS = """
CREATE FUNCTION ledger_check_headers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    header record;
BEGIN
    FOR header IN SELECT DISTINCT business_date AS day FROM inserted ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(TG_TABLE_SCHEMA || ':ledger-day:' || header.day, 0));
        IF EXISTS (SELECT FROM ledger_period WHERE state = 'CLOSED' AND (kind, first_day)
                   IN (('DAY', header.day), ('MONTH', date_trunc('month', header.day)::date))) THEN
            RAISE EXCEPTION 'the books of % are closed', header.day
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_day_closed';
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM inserted i
               WHERE NOT EXISTS (SELECT FROM ledger_posting p WHERE p.transaction_id = i.id)) THEN
        RAISE EXCEPTION 'a booking is written together with its legs'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_transaction_whole AFTER INSERT ON ledger_ledgertransaction REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_headers();
"""

# Gives '' when booked, 'TAKEN' when the key is used, 'CLOSED', or the first account that is not in the chart.
POST = """
CREATE FUNCTION ledger_post(p_id uuid, p_kind text, p_key text, p_content jsonb, p_content_hash text, p_outcome jsonb,
    p_charge_id uuid, p_at timestamptz, p_day date, p_actor text, p_reason text, p_reverses_id uuid,
    p_accounts text[], p_sides text[], p_amounts bigint[], p_parties uuid[])
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    unknown text;
    written bigint;
BEGIN
    SELECT w.account INTO unknown FROM unnest(p_accounts) AS w (account)
    WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = w.account) ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RETURN unknown;
    END IF;
    IF EXISTS (SELECT FROM ledger_period WHERE state = 'CLOSED' AND (kind, first_day)
               IN (('DAY', p_day), ('MONTH', date_trunc('month', p_day)::date)))
       AND NOT EXISTS (SELECT FROM ledger_ledgertransaction WHERE key = p_key) THEN
        RETURN 'CLOSED';
    END IF;
    WITH header AS (
        INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, charge_id, at, business_date,
            actor, reason, reverses_id, total_vnd, posting_count)
        VALUES (p_id, p_kind, p_key, p_content, p_content_hash, p_outcome, p_charge_id, p_at, p_day, p_actor, p_reason,
            p_reverses_id, (SELECT sum(l.amount) FROM unnest(p_sides, p_amounts) AS l (side, amount) WHERE l.side = 'D'),
            cardinality(p_accounts))
        ON CONFLICT (key) DO NOTHING
        RETURNING id)
    INSERT INTO ledger_posting (transaction_id, account_id, day, side, amount_vnd, party_id)
    SELECT header.id, l.account, p_day, l.side, l.amount, l.party
    FROM header, unnest(p_accounts, p_sides, p_amounts, p_parties) WITH ORDINALITY AS l (account, side, amount, party, place)
    ORDER BY l.place;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN CASE WHEN written = 0 THEN 'TAKEN' ELSE '' END;
END $$;
"""

# What a seal is over: every word of the bookings numbered after one and up to another, without some, with late ones.
DIGEST = """
CREATE FUNCTION ledger_digest(p_after bigint, p_up_to bigint, p_without bigint[], p_late bigint[],
    OUT bookings bigint, OUT digest text) LANGUAGE sql STABLE AS $$
    SELECT count(*), encode(sha256(convert_to(COALESCE(string_agg(b.line, E'\\n' ORDER BY b.number), ''), 'UTF8')), 'hex')
    FROM (
        SELECT t.number, concat_ws('|', t.number, t.id, t.kind, t.key, t.content_hash, t.outcome::text, t.charge_id,
                   extract(epoch FROM t.at), to_char(t.business_date, 'YYYY-MM-DD'), t.actor, t.reason, t.reverses_id, t.total_vnd,
                   t.posting_count, l.legs) AS line
        FROM ledger_ledgertransaction t
        CROSS JOIN LATERAL (
            SELECT string_agg(concat_ws(':', p.account_id, p.side, p.amount_vnd, p.party_id, to_char(p.day, 'YYYY-MM-DD')), ',' ORDER BY p.id) AS legs
            FROM ledger_posting p WHERE p.transaction_id = t.id) l
        WHERE (t.number > p_after AND t.number <= p_up_to AND t.number <> ALL (p_without)) OR t.number = ANY (p_late)
    ) b
$$;
"""

COUNT_ANEW = """
INSERT INTO ledger_accountbalance (account_id, day, stripe, debit_vnd, credit_vnd, postings)
SELECT account_id, day, 0, COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0),
       COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0), count(*)
FROM ledger_posting GROUP BY account_id, day;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE ledger_accountbalance ENABLE TRIGGER ledger_balance_guard;
"""
STRIPES = """
UPDATE ledger_account SET stripes = 16 WHERE stripes = 8;
UPDATE ledger_account SET stripes = 8 WHERE stripes = 1 AND kind = 'ASSET';
"""


def write_chart(apps: Any, schema_editor: Any) -> None:
    walls.write_chart(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_books")]

    operations = [
        migrations.RunSQL(OLD_CHECKS, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(LEGS, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(HEADERS, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(POST, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(DIGEST, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(shut_path("ledger_keep_balances"), migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(shut_path("ledger_check_headers"), migrations.RunSQL.noop, hints=HERE),
        migrations.RunPython(write_chart, migrations.RunPython.noop, hints=HERE),
        migrations.RunSQL(STRIPES, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(
            "ALTER TABLE ledger_accountbalance DISABLE TRIGGER ledger_balance_guard", migrations.RunSQL.noop, hints=HERE
        ),
        migrations.RunSQL(COUNT_ANEW, migrations.RunSQL.noop, hints=HERE),
    ]
