"""The account code and the booking of a charge never change either; deposits and interest get their accounts."""

from importlib import import_module
from typing import Any

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION ledger_guard_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'charges are cancelled, never removed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.id, OLD.kind, OLD.payment_code, OLD.net_vnd, OLD.vat_rate, OLD.vat_vnd, OLD.total_vnd, OLD.created_at,
        OLD.raised_in_id)
       IS DISTINCT FROM
       (NEW.id, NEW.kind, NEW.payment_code, NEW.net_vnd, NEW.vat_rate, NEW.vat_vnd, NEW.total_vnd, NEW.created_at,
        NEW.raised_in_id)
       OR (OLD.account_code <> '' AND OLD.account_code <> NEW.account_code) THEN
        RAISE EXCEPTION 'the amounts and the code of a charge never change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'CANCELLED' OR (OLD.status = 'PAID' AND NEW.status = 'CANCELLED') THEN
        RAISE EXCEPTION 'a charge does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
HERE = {"national": False}
walls = import_module("motcua.ledger.migrations.0002_walls")


def write_chart(apps: Any, schema_editor: Any) -> None:
    walls.write_chart(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_charges_of_accounts")]

    operations = [
        migrations.RunSQL(GUARD, migrations.RunSQL.noop, hints=HERE),
        migrations.RunPython(write_chart, migrations.RunPython.noop, hints=HERE),
    ]
