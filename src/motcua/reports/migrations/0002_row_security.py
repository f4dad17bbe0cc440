"""All may read the roll-ups, each company's role writes its own rows alone."""

from django.db import migrations

FORWARD = r"""
ALTER TABLE reports_rollup ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON reports_rollup FOR SELECT USING (true);
CREATE POLICY add_own ON reports_rollup FOR INSERT WITH CHECK (current_user LIKE '%%\_' || lower(company_code));
CREATE POLICY change_own ON reports_rollup FOR UPDATE
    USING (current_user LIKE '%%\_' || lower(company_code)) WITH CHECK (current_user LIKE '%%\_' || lower(company_code));
CREATE POLICY remove_own ON reports_rollup FOR DELETE USING (current_user LIKE '%%\_' || lower(company_code));
"""
BACK = """
DROP POLICY read_all ON reports_rollup;
DROP POLICY add_own ON reports_rollup;
DROP POLICY change_own ON reports_rollup;
DROP POLICY remove_own ON reports_rollup;
ALTER TABLE reports_rollup DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD.replace("%%", "%"), BACK, hints={"national": True})]
