"""Secrets move to where keys have periods; a first policy; what a hold reserves is never changed."""

from django.db import migrations

CARRY_OVER = """
INSERT INTO payments_partnerkey (partner_id, kind, secret_sealed, public_key, is_sandbox, needs_nonce, valid_from,
    valid_to, created_at, created_by)
SELECT code, 'HMAC', secret_sealed, '', false, false, created_at, NULL, created_at, 'system:migration'
FROM payments_partner;

INSERT INTO payments_collectionpolicy (valid_from, "order", part_payment, must_follow_order, hold_seconds, source,
    created_by)
VALUES ('2018-01-01', 'OLDEST_DUE', false, false, 300, 'where the platform begins; no rule of law', 'system:migration');
"""

GUARD = """
CREATE FUNCTION payments_guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a hold is never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.id, OLD.bank, OLD.txn_id, OLD.charge_id, OLD.amount_vnd, OLD.request_id, OLD.held_at, OLD.expires_at)
       IS DISTINCT FROM
       (NEW.id, NEW.bank, NEW.txn_id, NEW.charge_id, NEW.amount_vnd, NEW.request_id, NEW.held_at, NEW.expires_at)
       OR (OLD.state = 'CONFIRMED' AND NEW.state <> 'CONFIRMED') THEN
        RAISE EXCEPTION 'what a hold reserves is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_hold_guard BEFORE UPDATE OR DELETE ON payments_bankhold
    FOR EACH ROW EXECUTE FUNCTION payments_guard_hold();
"""

UNDO = """
DROP TRIGGER payments_hold_guard ON payments_bankhold;
DROP FUNCTION payments_guard_hold();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_banks")]

    operations = [
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop, hints={"national": False}),
        migrations.RunSQL(GUARD, UNDO, hints={"national": False}),
    ]
