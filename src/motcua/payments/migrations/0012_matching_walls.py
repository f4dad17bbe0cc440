"""What a bank wrote stays as it was; refunds never come to more than the payment brought, whoever asks at the same time."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION payments_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.account_id, OLD.key, OLD.txn_id, OLD.statement_id, OLD.place, OLD.amount_vnd, OLD.is_credit,
        OLD.is_reversal, OLD.is_fee, OLD.batch_of, OLD.booked_on) IS DISTINCT FROM (NEW.account_id, NEW.key, NEW.txn_id,
        NEW.statement_id, NEW.place, NEW.amount_vnd, NEW.is_credit, NEW.is_reversal, NEW.is_fee, NEW.batch_of, NEW.booked_on)
       OR (OLD.closed_in_id IS NOT NULL AND NEW.closed_in_id IS DISTINCT FROM OLD.closed_in_id) THEN
        RAISE EXCEPTION 'what a bank wrote is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_line_guard BEFORE UPDATE OR DELETE ON payments_statementline
    FOR EACH ROW EXECUTE FUNCTION payments_guard_line();

CREATE FUNCTION payments_guard_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.file_id, OLD.kind, OLD.bank_id, OLD.sequence, OLD.account, OLD.opening_vnd, OLD.closing_vnd,
        OLD.content_sha256) IS DISTINCT FROM (NEW.file_id, NEW.kind, NEW.bank_id, NEW.sequence, NEW.account, NEW.opening_vnd,
        NEW.closing_vnd, NEW.content_sha256) OR (OLD.state <> 'QUARANTINED' AND NEW.state <> OLD.state) THEN
        RAISE EXCEPTION 'a statement is decided once and never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_statement_guard BEFORE UPDATE OR DELETE ON payments_bankstatement
    FOR EACH ROW EXECUTE FUNCTION payments_guard_statement();

CREATE FUNCTION payments_guard_difference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'CLOSED' OR (OLD.kind, OLD.day, OLD.subject, OLD.opened_at)
       IS DISTINCT FROM (NEW.kind, NEW.day, NEW.subject, NEW.opened_at) THEN
        RAISE EXCEPTION 'a difference is closed once and never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_difference_guard BEFORE UPDATE OR DELETE ON payments_difference
    FOR EACH ROW EXECUTE FUNCTION payments_guard_difference();

CREATE FUNCTION payments_guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    brought bigint;
    promised bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'refunds are refused, never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.payment_id, OLD.case_id, OLD.customer_id, OLD.amount_vnd, OLD.asked_by, OLD.number) IS DISTINCT FROM
           (NEW.payment_id, NEW.case_id, NEW.customer_id, NEW.amount_vnd, NEW.asked_by, NEW.number)
           OR OLD.state IN ('DONE', 'REFUSED', 'FAILED') THEN
            RAISE EXCEPTION 'a refund is asked for once and ends once' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT amount_vnd INTO brought FROM payments_payment WHERE id = NEW.payment_id FOR UPDATE;
    SELECT COALESCE(sum(amount_vnd), 0) INTO promised FROM payments_refund
        WHERE payment_id = NEW.payment_id AND state NOT IN ('REFUSED', 'FAILED');
    IF promised + NEW.amount_vnd > brought THEN
        RAISE EXCEPTION 'refunds of a payment come to more than it brought' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_refund_guard BEFORE INSERT OR UPDATE OR DELETE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_guard_refund();
"""

UNDO = """
DROP TRIGGER payments_line_guard ON payments_statementline;
DROP FUNCTION payments_guard_line();
DROP TRIGGER payments_statement_guard ON payments_bankstatement;
DROP FUNCTION payments_guard_statement();
DROP TRIGGER payments_difference_guard ON payments_difference;
DROP FUNCTION payments_guard_difference();
DROP TRIGGER payments_refund_guard ON payments_refund;
DROP FUNCTION payments_guard_refund();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_matching")]

    operations = [migrations.RunSQL(GUARDS, UNDO, hints={"national": False})]
