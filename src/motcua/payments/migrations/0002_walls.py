"""What a bank told us stays as it was told; a booked notice and a closed case stay so."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION payments_guard_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'notices of banks are never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.id, OLD.bank, OLD.txn_id, OLD.kind, OLD.original_txn_id, OLD.amount_vnd, OLD.text, OLD.paid_at,
        OLD.raw_sha256, OLD.request_id, OLD.received_at) IS DISTINCT FROM
       (NEW.id, NEW.bank, NEW.txn_id, NEW.kind, NEW.original_txn_id, NEW.amount_vnd, NEW.text, NEW.paid_at,
        NEW.raw_sha256, NEW.request_id, NEW.received_at) THEN
        RAISE EXCEPTION 'what a bank told us is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'PROCESSED' AND NEW.state <> 'PROCESSED' THEN
        RAISE EXCEPTION 'a notice is booked once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_notification_guard BEFORE UPDATE OR DELETE ON payments_banknotification
    FOR EACH ROW EXECUTE FUNCTION payments_guard_notification();

CREATE FUNCTION payments_guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'payments are reversed, never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.id, OLD.notification_id, OLD.bank, OLD.txn_id, OLD.amount_vnd, OLD.ledger_transaction_id)
       IS DISTINCT FROM
       (NEW.id, NEW.notification_id, NEW.bank, NEW.txn_id, NEW.amount_vnd, NEW.ledger_transaction_id)
       OR (OLD.status = 'REVERSED' AND NEW.status <> 'REVERSED') THEN
        RAISE EXCEPTION 'a booked payment is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_payment_guard BEFORE UPDATE OR DELETE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_guard_payment();

CREATE FUNCTION payments_guard_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'CLOSED' OR (OLD.id, OLD.payment_id, OLD.amount_vnd, OLD.opened_at)
       IS DISTINCT FROM (NEW.id, NEW.payment_id, NEW.amount_vnd, NEW.opened_at) THEN
        RAISE EXCEPTION 'a case is closed once and never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_case_guard BEFORE UPDATE OR DELETE ON payments_suspensecase
    FOR EACH ROW EXECUTE FUNCTION payments_guard_case();
"""

UNDO = """
DROP TRIGGER payments_notification_guard ON payments_banknotification;
DROP FUNCTION payments_guard_notification();
DROP TRIGGER payments_payment_guard ON payments_payment;
DROP FUNCTION payments_guard_payment();
DROP TRIGGER payments_case_guard ON payments_suspensecase;
DROP FUNCTION payments_guard_case();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunSQL(GUARDS, UNDO, hints={"national": False})]
