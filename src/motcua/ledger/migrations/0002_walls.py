"""What the models cannot say: debits equal credits at commit, balances kept beside postings, charges that only move on.

The functions are SECURITY DEFINER with the path they were made under: a deferred check may run at a commit after the
code has gone back to another company. Every name in them is found in the company's own schema.
"""

from typing import Any

from django.db import migrations

from motcua.ledger import chart

SEQUENCE = "CREATE SEQUENCE ledger_payment_serial START 1"

# A booking is whole: its header says how many legs and how much, and both sides give that sum. Run at commit.
BALANCED = """
CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    header record;
    debit bigint;
    credit bigint;
    legs integer;
    wanted uuid;
BEGIN
    IF TG_TABLE_NAME = 'ledger_posting' THEN
        wanted := NEW.transaction_id;
    ELSE
        wanted := NEW.id;
    END IF;
    SELECT total_vnd, posting_count INTO header FROM ledger_ledgertransaction WHERE id = wanted;
    SELECT COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0),
           COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0), count(*)
      INTO debit, credit, legs FROM ledger_posting WHERE transaction_id = wanted;
    IF debit IS DISTINCT FROM credit OR debit IS DISTINCT FROM header.total_vnd
       OR legs IS DISTINCT FROM header.posting_count THEN
        RAISE EXCEPTION 'ledger transaction % is not balanced: debit %, credit %, % legs', wanted, debit, credit, legs
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_posting_balanced AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();
CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();
"""

# The transaction's id picks the stripe, so bookings at the same time mostly touch other rows; in order, so that they
# wait for each other and never in a ring.
BALANCES = """
CREATE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO ledger_accountbalance AS held (account_id, stripe, debit_vnd, credit_vnd, postings)
    SELECT l.account_id,
           (hashtext(l.transaction_id::text)::bigint & 2147483647) % COALESCE(a.stripes, 1) AS stripe,
           COALESCE(sum(l.amount_vnd) FILTER (WHERE l.side = 'D'), 0),
           COALESCE(sum(l.amount_vnd) FILTER (WHERE l.side = 'C'), 0),
           count(*)
    FROM inserted l LEFT JOIN ledger_account a ON a.code = l.account_id
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (account_id, stripe) DO UPDATE
    SET debit_vnd = held.debit_vnd + EXCLUDED.debit_vnd,
        credit_vnd = held.credit_vnd + EXCLUDED.credit_vnd,
        postings = held.postings + EXCLUDED.postings;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_posting_balances AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_balances();

CREATE FUNCTION ledger_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'balances follow postings; they are not written by hand'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_balance_guard BEFORE INSERT OR UPDATE OR DELETE ON ledger_accountbalance
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_balance();
"""

CHARGES = """
CREATE FUNCTION ledger_guard_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'charges are cancelled, never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.id, OLD.kind, OLD.payment_code, OLD.net_vnd, OLD.vat_rate, OLD.vat_vnd, OLD.total_vnd, OLD.created_at)
       IS DISTINCT FROM
       (NEW.id, NEW.kind, NEW.payment_code, NEW.net_vnd, NEW.vat_rate, NEW.vat_vnd, NEW.total_vnd, NEW.created_at) THEN
        RAISE EXCEPTION 'the amounts and the code of a charge never change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'CANCELLED' OR (OLD.status = 'PAID' AND NEW.status = 'CANCELLED') THEN
        RAISE EXCEPTION 'a charge does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_charge_guard BEFORE UPDATE OR DELETE ON ledger_charge
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_charge();
"""

UNDO = {
    BALANCED: """
        DROP TRIGGER ledger_posting_balanced ON ledger_posting;
        DROP TRIGGER ledger_transaction_balanced ON ledger_ledgertransaction;
        DROP FUNCTION ledger_check_balanced();""",
    BALANCES: """
        DROP TRIGGER ledger_posting_balances ON ledger_posting;
        DROP FUNCTION ledger_keep_balances();
        DROP TRIGGER ledger_balance_guard ON ledger_accountbalance;
        DROP FUNCTION ledger_guard_balance();""",
    CHARGES: """
        DROP TRIGGER ledger_charge_guard ON ledger_charge;
        DROP FUNCTION ledger_guard_charge();""",
}
HERE = {"national": False}


def write_chart(apps: Any, schema_editor: Any) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.bulk_create(
        (
            account(
                code=line.code,
                kind=line.kind.value,
                normal_side=chart.NORMAL_SIDE[line.kind].value,
                name=line.name,
                charge_kind=line.charge_kind,
                stripes=line.stripes,
            )
            for line in chart.CHART
        ),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE ledger_payment_serial", hints=HERE),
        *[migrations.RunSQL(made, undone, hints=HERE) for made, undone in UNDO.items()],
        migrations.RunPython(write_chart, migrations.RunPython.noop, hints=HERE),
    ]
