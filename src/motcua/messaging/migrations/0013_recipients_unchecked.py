"""Recipients are written by the million: their notice is not looked up for each of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0012_pace")]

    operations = [
        migrations.AlterField(
            "massrecipient",
            "notice",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipients",
                to="messaging.massnotice",
            ),
        ),
        migrations.AlterField(
            "masscode",
            "notice",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="codes",
                to="messaging.massnotice",
            ),
        ),
    ]
