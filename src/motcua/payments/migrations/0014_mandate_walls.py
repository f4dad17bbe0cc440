"""A consent stays as it was given and ends once; a debit that was paid stays paid; a file stays as it was sent."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION payments_guard_mandate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'ACTIVE' OR (OLD.id, OLD.number, OLD.customer_id, OLD.account_code, OLD.partner,
        OLD.debtor_bin, OLD.debtor_account, OLD.debtor_name, OLD.most_vnd, OLD.consent_text, OLD.consent_channel,
        OLD.consent_by, OLD.consent_at) IS DISTINCT FROM (NEW.id, NEW.number, NEW.customer_id, NEW.account_code,
        NEW.partner, NEW.debtor_bin, NEW.debtor_account, NEW.debtor_name, NEW.most_vnd, NEW.consent_text,
        NEW.consent_channel, NEW.consent_by, NEW.consent_at) THEN
        RAISE EXCEPTION 'a consent stays as it was given and ends once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_mandate_guard BEFORE UPDATE OR DELETE ON payments_mandate
    FOR EACH ROW EXECUTE FUNCTION payments_guard_mandate();

CREATE FUNCTION payments_guard_debit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state = 'PAID' AND NEW.state <> 'PAID')
       OR (OLD.id, OLD.end_to_end_id, OLD.mandate_id, OLD.charge_id, OLD.payment_code, OLD.amount_vnd, OLD.attempt)
       IS DISTINCT FROM (NEW.id, NEW.end_to_end_id, NEW.mandate_id, NEW.charge_id, NEW.payment_code, NEW.amount_vnd,
                         NEW.attempt) THEN
        RAISE EXCEPTION 'a debit stays what it is, and paid' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_debit_guard BEFORE UPDATE OR DELETE ON payments_debit
    FOR EACH ROW EXECUTE FUNCTION payments_guard_debit();

CREATE FUNCTION payments_guard_debit_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.id, OLD.number, OLD.partner, OLD.content, OLD.count, OLD.total_vnd)
       IS DISTINCT FROM (NEW.id, NEW.number, NEW.partner, NEW.content, NEW.count, NEW.total_vnd) THEN
        RAISE EXCEPTION 'a file of debits stays as it was made' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_debit_file_guard BEFORE UPDATE OR DELETE ON payments_debitfile
    FOR EACH ROW EXECUTE FUNCTION payments_guard_debit_file();
"""

UNDO = """
DROP TRIGGER payments_mandate_guard ON payments_mandate;
DROP FUNCTION payments_guard_mandate();
DROP TRIGGER payments_debit_guard ON payments_debit;
DROP FUNCTION payments_guard_debit();
DROP TRIGGER payments_debit_file_guard ON payments_debitfile;
DROP FUNCTION payments_guard_debit_file();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_mandates")]

    operations = [migrations.RunSQL(GUARDS, UNDO, hints={"national": False})]
