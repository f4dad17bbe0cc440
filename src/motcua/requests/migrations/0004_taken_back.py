"""Since when money that was paid is owed again, and the list of such requests."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("requests", "0003_submitted_by")]

    operations = [
        migrations.AddField(
            model_name="request", name="taken_back_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                fields=["unit_code", "step_due_at", "id"],
                condition=Q(taken_back_at__isnull=False),
                name="request_taken_back",
            ),
        ),
    ]
