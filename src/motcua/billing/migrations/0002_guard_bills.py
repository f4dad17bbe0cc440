"""What a bill says never changes: only its state does, onward and once."""

from django.db import migrations

GUARD = """
CREATE FUNCTION billing_guard_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'bills are cancelled, never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF to_jsonb(OLD) - 'state' - 'customer_id' - 'payer_id' IS DISTINCT FROM to_jsonb(NEW) - 'state' - 'customer_id' - 'payer_id' THEN
        RAISE EXCEPTION 'a bill is corrected by another bill, never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> 'ISSUED' AND OLD.state <> NEW.state THEN
        RAISE EXCEPTION 'a bill does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_bill_guard BEFORE UPDATE OR DELETE ON billing_bill
    FOR EACH ROW EXECUTE FUNCTION billing_guard_bill();
"""
UNDO = """
DROP TRIGGER billing_bill_guard ON billing_bill;
DROP FUNCTION billing_guard_bill();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNDO, hints={"national": False})]
