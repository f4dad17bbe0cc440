"""An attempt to pay online goes along the legal graph alone, keeps what it was begun with, and is never removed."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION payments_guard_online() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'attempts to pay are never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.id, OLD.gateway_id, OLD.ref, OLD.charge_id, OLD.payment_code, OLD.amount_vnd, OLD.started_by, OLD.created_at)
       IS DISTINCT FROM
       (NEW.id, NEW.gateway_id, NEW.ref, NEW.charge_id, NEW.payment_code, NEW.amount_vnd, NEW.started_by, NEW.created_at)
       OR (OLD.provider_txn_id <> '' AND NEW.provider_txn_id <> OLD.provider_txn_id)
       OR NEW.refunded_vnd < OLD.refunded_vnd OR NEW.events_count < OLD.events_count THEN
        RAISE EXCEPTION 'what an attempt was begun with, or paid by, is never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'CREATED>WAITING', 'CREATED>UNKNOWN', 'CREATED>PAID', 'CREATED>FAILED', 'CREATED>EXPIRED', 'CREATED>HELD',
        'WAITING>UNKNOWN', 'WAITING>PAID', 'WAITING>FAILED', 'WAITING>EXPIRED', 'WAITING>HELD',
        'UNKNOWN>WAITING', 'UNKNOWN>PAID', 'UNKNOWN>FAILED', 'UNKNOWN>EXPIRED', 'UNKNOWN>HELD',
        'HELD>PAID', 'HELD>FAILED', 'FAILED>PAID', 'FAILED>HELD', 'EXPIRED>PAID', 'EXPIRED>HELD', 'EXPIRED>FAILED',
        'PAID>REFUNDING', 'REFUNDING>PAID', 'REFUNDING>REFUNDED']) THEN
        RAISE EXCEPTION 'a payment that is % cannot become %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_online_guard BEFORE UPDATE OR DELETE ON payments_onlinepayment
    FOR EACH ROW EXECUTE FUNCTION payments_guard_online();

CREATE FUNCTION payments_guard_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.id, OLD.source, OLD.external_id, OLD.body_sha256, OLD.body, OLD.received_at)
       IS DISTINCT FROM (NEW.id, NEW.source, NEW.external_id, NEW.body_sha256, NEW.body, NEW.received_at)
       OR (OLD.state IN ('DONE', 'IGNORED') AND NEW.state <> OLD.state) THEN
        RAISE EXCEPTION 'a call stays as it came' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_call_guard BEFORE UPDATE OR DELETE ON payments_gatewaycall
    FOR EACH ROW EXECUTE FUNCTION payments_guard_call();

CREATE FUNCTION payments_guard_online_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.id, OLD.payment_id, OLD.ref, OLD.amount_vnd, OLD.reason, OLD.asked_by, OLD.asked_at)
       IS DISTINCT FROM (NEW.id, NEW.payment_id, NEW.ref, NEW.amount_vnd, NEW.reason, NEW.asked_by, NEW.asked_at)
       OR (OLD.state IN ('DONE', 'REFUSED') AND NEW.state <> OLD.state) THEN
        RAISE EXCEPTION 'a refund is decided once and never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_online_refund_guard BEFORE UPDATE OR DELETE ON payments_onlinerefund
    FOR EACH ROW EXECUTE FUNCTION payments_guard_online_refund();
"""

UNDO = """
DROP TRIGGER payments_online_guard ON payments_onlinepayment;
DROP FUNCTION payments_guard_online();
DROP TRIGGER payments_call_guard ON payments_gatewaycall;
DROP FUNCTION payments_guard_call();
DROP TRIGGER payments_online_refund_guard ON payments_onlinerefund;
DROP FUNCTION payments_guard_online_refund();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_online")]

    operations = [migrations.RunSQL(GUARDS, UNDO, hints={"national": False})]
