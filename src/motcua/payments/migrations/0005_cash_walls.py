"""A receipt stays as it was written; it may be struck once."""

from django.db import migrations

GUARD = """
CREATE FUNCTION payments_guard_cash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL OR (OLD.id, OLD.number, OLD.key, OLD.unit_code, OLD.charge_id,
        OLD.amount_vnd, OLD.payer_name, OLD.taken_by, OLD.taken_at, OLD.business_date, OLD.ledger_transaction_id)
       IS DISTINCT FROM (NEW.id, NEW.number, NEW.key, NEW.unit_code, NEW.charge_id, NEW.amount_vnd, NEW.payer_name,
        NEW.taken_by, NEW.taken_at, NEW.business_date, NEW.ledger_transaction_id) THEN
        RAISE EXCEPTION 'a receipt is struck once and never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_cash_guard BEFORE UPDATE OR DELETE ON payments_cashreceipt
    FOR EACH ROW EXECUTE FUNCTION payments_guard_cash();
"""

UNDO = """
DROP TRIGGER payments_cash_guard ON payments_cashreceipt;
DROP FUNCTION payments_guard_cash();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_cash")]

    operations = [migrations.RunSQL(GUARD, UNDO, hints={"national": False})]
