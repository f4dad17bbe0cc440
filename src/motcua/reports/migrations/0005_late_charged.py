"""Who a broken promise is charged to becomes a measure: columns, and the requests that were late counted once more.

A month that is closed published the measures there were then; the new ones restate nothing.
"""

from django.db import migrations, models

NAMES = ("late", "late_company", "late_customer", "late_third_party", "late_unexplained")
PUBLISHED_BEFORE = [
    "received", "received_indirect", "received_direct", "received_unknown", "settled", "fully_online", "on_time", "trips",
    "rejected", "cancelled", "energised", "energise_minutes", "rated", "rating_sum",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_row_security_and_recount"), ("requests", "0006_late_party_mentions")]

    operations = [
        *(
            migrations.AddField(model_name=model, name=name, field=models.BigIntegerField(default=0))
            for model in ("dayrollup", "rollup")
            for name in NAMES
        ),
        migrations.AddField(
            model_name="monthclose",
            name="measures",
            field=models.JSONField(default=PUBLISHED_BEFORE),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "INSERT INTO requests_changed (request_id) SELECT id FROM requests_request WHERE state = 'SETTLED' AND NOT on_time",
            migrations.RunSQL.noop,
            hints={"national": False},
        ),
    ]
