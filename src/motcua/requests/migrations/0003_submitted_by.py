"""What a clerk of an administration centre sent in, newest first, without reading everybody's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests", "0002_number_sequence")]

    operations = [
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["submitted_by", "-submitted_at", "id"], name="request_submitted_by"),
        ),
    ]
