"""All may read days, targets and published months, each company's role writes its own alone; every request is counted
once more by the board's job, now by day too.
"""

from django.db import migrations

TABLES = (("reports_dayrollup", "company_code"), ("reports_target", "owner_code"), ("reports_monthclose", "company_code"))


def policies(table: str, code: str) -> str:
    mine = rf"current_user LIKE '%\_' || lower({code})"
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON {table} FOR SELECT USING (true);
CREATE POLICY add_own ON {table} FOR INSERT WITH CHECK ({mine});
CREATE POLICY change_own ON {table} FOR UPDATE USING ({mine}) WITH CHECK ({mine});
CREATE POLICY remove_own ON {table} FOR DELETE USING ({mine});
"""


def no_policies(table: str) -> str:
    names = ("read_all", "add_own", "change_own", "remove_own")
    dropped = "".join(f"DROP POLICY {name} ON {table};\n" for name in names)
    return f"{dropped}ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;\n"


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_days_targets_closes"), ("requests", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "".join(policies(*table) for table in TABLES),
            "".join(no_policies(table) for table, _ in TABLES),
            hints={"national": True},
        ),
        migrations.RunSQL(
            "INSERT INTO requests_changed (request_id) SELECT request_id FROM reports_contribution WHERE seq = 0",
            migrations.RunSQL.noop,
            hints={"national": False},
        ),
    ]
