"""Money for a charge is one statement: it locks, splits, books and marks the charge, or says why not.

`ledger_settle` is the one place that decides where received money goes; it books through `ledger_post`, as every act does.
"""

from importlib import import_module

from django.db import migrations

HERE = {"national": False}
before = import_module("motcua.ledger.migrations.0010_settle_in_one_call")
booking = import_module("motcua.ledger.migrations.0008_book_walls")

# As before, but the chart and the closed days are looked at together.
POST = booking.POST.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    """    SELECT w.account INTO unknown FROM unnest(p_accounts) AS w (account)
    WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = w.account) ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RETURN unknown;
    END IF;
    IF EXISTS (SELECT FROM ledger_period WHERE state = 'CLOSED' AND (kind, first_day)
               IN (('DAY', p_day), ('MONTH', date_trunc('month', p_day)::date)))
       AND NOT EXISTS (SELECT FROM ledger_ledgertransaction WHERE key = p_key) THEN
        RETURN 'CLOSED';
    END IF;
""",
    """    SELECT (SELECT w.account FROM unnest(p_accounts) AS w (account)
            WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = w.account) ORDER BY 1 LIMIT 1),
           EXISTS (SELECT FROM ledger_period WHERE state = 'CLOSED' AND (kind, first_day)
                   IN (('DAY', p_day), ('MONTH', date_trunc('month', p_day)::date)))
      INTO unknown, is_closed;
    IF unknown IS NOT NULL THEN
        RETURN unknown;
    END IF;
    IF is_closed AND NOT EXISTS (SELECT FROM ledger_ledgertransaction WHERE key = p_key) THEN
        RETURN 'CLOSED';
    END IF;
""",
).replace("    unknown text;\n", "    unknown text;\n    is_closed boolean;\n")

# `said`: '' booked; 'SAME' booked before under this key with this content; 'TAKEN' with other content; 'NONE' no such charge;
# 'HEARD' nothing booked, because the charge would be paid and somebody waits for that; 'CLOSED'; or an unknown account.
SETTLE = """
CREATE FUNCTION ledger_settle(p_id uuid, p_case_id uuid, p_key text, p_content text, p_content_hash text, p_charge_id uuid,
    p_amount bigint, p_account text, p_party uuid, p_at timestamptz, p_day date, p_actor text, p_is_heard boolean,
    OUT said text, OUT booking uuid, OUT settled uuid, OUT told jsonb) LANGUAGE plpgsql AS $$
DECLARE
    owing record;
    applied bigint;
    rest bigint;
    rest_account text := '';
    is_paid boolean;
    accounts text[] := ARRAY[p_account];
    sides text[] := ARRAY['D'];
    amounts bigint[] := ARRAY[p_amount];
    parties uuid[] := ARRAY[p_party];
BEGIN
    SELECT c.kind, c.customer_id, c.status, CASE c.status WHEN 'OPEN' THEN c.total_vnd - c.paid_vnd ELSE 0 END AS owed
      INTO owing FROM ledger_charge c WHERE c.id = p_charge_id FOR UPDATE;
    IF NOT FOUND THEN
        said := 'NONE';
        RETURN;
    END IF;
    applied := least(p_amount, owing.owed);
    rest := p_amount - applied;
    is_paid := applied > 0 AND applied = owing.owed;
    IF is_paid AND p_is_heard THEN
        said := 'HEARD';
        RETURN;
    END IF;
    IF applied > 0 THEN
        accounts := accounts || ('131-' || owing.kind)::text;
        sides := sides || 'C'::text;
        amounts := amounts || applied;
        parties := parties || owing.customer_id;
    END IF;
    IF rest > 0 THEN
        rest_account := CASE WHEN owing.customer_id IS NOT NULL AND owing.status <> 'CANCELLED' THEN '3387' ELSE '3388' END;
        accounts := accounts || rest_account;
        sides := sides || 'C'::text;
        amounts := amounts || rest;
        parties := parties || CASE rest_account WHEN '3387' THEN owing.customer_id ELSE p_case_id END;
    END IF;
    booking := p_id;
    settled := p_charge_id;
    told := jsonb_build_object('applied_vnd', applied, 'excess_vnd', rest, 'excess_account', rest_account,
        'remaining_vnd', owing.owed - applied, 'status', CASE WHEN is_paid THEN 'PAID' ELSE owing.status END,
        'case_id', CASE rest_account WHEN '3388' THEN p_case_id END);
    said := ledger_post(p_id, 'SETTLE', p_key, p_content::jsonb, p_content_hash, told, p_charge_id, p_at, p_day, p_actor, '',
        NULL, accounts, sides, amounts, parties);
    IF said = '' AND applied > 0 THEN
        UPDATE ledger_charge SET paid_vnd = paid_vnd + applied, status = CASE WHEN is_paid THEN 'PAID' ELSE status END,
            paid_at = CASE WHEN is_paid THEN p_at END
        WHERE id = p_charge_id;
    ELSIF said = 'TAKEN' THEN
        SELECT t.id, t.charge_id, t.outcome INTO booking, settled, told FROM ledger_ledgertransaction t
        WHERE t.key = p_key AND t.content_hash = p_content_hash;
        IF FOUND THEN
            said := 'SAME';
        END IF;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_deposit_returns")]

    operations = [
        migrations.RunSQL(POST, migrations.RunSQL.noop, hints=HERE),
        migrations.RunSQL(before.UNDO, before.SETTLE, hints=HERE),
        migrations.RunSQL(SETTLE, "DROP FUNCTION ledger_settle", hints=HERE),
    ]
