"""A settlement that waited because nobody knew its gateway may be judged again, and then be taken; nothing else of it changes."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION payments_guard_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.line_id IS NOT NULL OR OLD.dropped_at IS NOT NULL
       OR (OLD.id, OLD.file_id, OLD.gateway, OLD.provider_id,
        OLD.from_date, OLD.to_date, OLD.rows_count, OLD.amount_vnd, OLD.fee_vnd, OLD.content_sha256)
       IS DISTINCT FROM (NEW.id, NEW.file_id, NEW.gateway, NEW.provider_id, NEW.from_date, NEW.to_date, NEW.rows_count,
        NEW.amount_vnd, NEW.fee_vnd, NEW.content_sha256) THEN
        RAISE EXCEPTION 'what a provider settled is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT OLD.is_accepted AND NEW.dropped_at IS NULL AND NEW.line_id IS NULL AND NEW.came_at IS NOT DISTINCT FROM OLD.came_at
       AND OLD.faults @> '[{"code": "GATEWAY_UNKNOWN"}]' AND NEW.is_accepted = (NEW.faults = '[]') THEN
        RETURN NEW;
    END IF;
    IF NEW.is_accepted IS DISTINCT FROM OLD.is_accepted
       OR NOT OLD.is_accepted AND (NEW.line_id IS NOT NULL OR NEW.dropped_at IS NULL OR NEW.faults IS DISTINCT FROM OLD.faults
                                   OR NEW.came_at IS DISTINCT FROM OLD.came_at) THEN
        RAISE EXCEPTION 'what a provider settled is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION payments_guard_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.line_id IS NOT NULL OR OLD.dropped_at IS NOT NULL
       OR NOT OLD.is_accepted AND (NEW.line_id IS NOT NULL OR NEW.dropped_at IS NULL OR NEW.faults IS DISTINCT FROM OLD.faults
                                   OR NEW.came_at IS DISTINCT FROM OLD.came_at)
       OR (OLD.id, OLD.file_id, OLD.gateway, OLD.provider_id,
        OLD.from_date, OLD.to_date, OLD.rows_count, OLD.amount_vnd, OLD.fee_vnd, OLD.content_sha256, OLD.is_accepted)
       IS DISTINCT FROM (NEW.id, NEW.file_id, NEW.gateway, NEW.provider_id, NEW.from_date, NEW.to_date, NEW.rows_count,
        NEW.amount_vnd, NEW.fee_vnd, NEW.content_sha256, NEW.is_accepted) THEN
        RAISE EXCEPTION 'what a provider settled is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0021_settlements_dropped"),
    ]

    operations = [
        migrations.RunSQL(GUARD, UNDO, hints={"national": False}),
    ]
