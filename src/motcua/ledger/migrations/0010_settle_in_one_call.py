"""Money for a charge is booked, and the charge says so, by one call."""

from django.db import migrations

SETTLE = """
CREATE FUNCTION ledger_settle(p_id uuid, p_kind text, p_key text, p_content jsonb, p_content_hash text, p_outcome jsonb,
    p_charge_id uuid, p_at timestamptz, p_day date, p_actor text, p_reason text, p_reverses_id uuid,
    p_accounts text[], p_sides text[], p_amounts bigint[], p_parties uuid[],
    p_paid_vnd bigint, p_status text, p_paid_at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    said := ledger_post(p_id, p_kind, p_key, p_content, p_content_hash, p_outcome, p_charge_id, p_at, p_day, p_actor,
        p_reason, p_reverses_id, p_accounts, p_sides, p_amounts, p_parties);
    IF said = '' THEN
        UPDATE ledger_charge SET paid_vnd = p_paid_vnd, status = p_status, paid_at = p_paid_at WHERE id = p_charge_id;
    END IF;
    RETURN said;
END $$;
"""
UNDO = "DROP FUNCTION ledger_settle"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_bills_by_day")]

    operations = [migrations.RunSQL(SETTLE, UNDO, hints={"national": False})]
