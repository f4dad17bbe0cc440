"""How bills are run until somebody says otherwise. What no text fixes is named so in the source and is the company's to change."""

from django.db import migrations

FIRST = """
INSERT INTO billing_billingpolicy (unit_code, valid_from, valid_to, reading_day, days_around, above_percent, below_percent,
                                   due_days, estimate_cycles, norm_rounding, source, set_at, set_by)
VALUES ('', '2015-01-01', NULL, 5, 1, 30, 50, 5, 3, 'CIRCULAR',
        'Reading may move by one day: Decree 18/2025, article 7. Above 30 %: EVN practice since 2020. Three cycles: Decree 137/2013, article 20. Reading day, 50 % below and days to pay: configuration, to be set by the company.',
        '2026-11-23 00:00:00+07', 'system:install')
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_bill_runs")]

    operations = [migrations.RunSQL(FIRST, "DELETE FROM billing_billingpolicy", hints={"national": False})]
